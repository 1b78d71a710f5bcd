package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A bench starts containers.
type bench struct {
	dir, rootfs string
	section     []byte // Docker's default profile
	cgroup      string
}

// newBench prepares the directory.
func newBench(dir string) (*bench, error) {
	target, err := profile.Host()
	if err != nil {
		return nil, err
	}
	target.Compat, target.AcceptWeaker = profile.CompatRunc, true
	if target.Caps, err = profile.ParseCaps("docker"); err != nil {
		return nil, err
	}
	res, err := profile.Default().Resolve(target)
	if err != nil {
		return nil, err
	}
	w := &bench{dir: dir, rootfs: filepath.Join(dir, "root"), cgroup: fmt.Sprintf("/seccompile-runc-%d", os.Getpid())}
	if w.section, err = json.Marshal(res); err != nil {
		return nil, err
	}
	return w, writeRoot(w.rootfs)
}

// A start has the times of one container.
type start struct{ wall, cpu time.Duration }

// run runs a container that executes true. The CPU time is that of runc and of all processes
// of the container.
func (w *bench) run(v variant, section []byte, limits *specs.LinuxResources) (start, error) {
	bundle := filepath.Join(w.dir, "run")
	if err := writeBundle(bundle, w.rootfs, section, w.cgroup, limits, "/bin/true"); err != nil {
		return start{}, err
	}
	containers.Lock()
	defer containers.Unlock()
	cmd, cancel := w.command(v, "run", "--bundle", bundle, "bench")
	defer cancel()
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := start{wall: time.Since(began)}
	if cmd.ProcessState != nil {
		took.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	if err != nil {
		w.remove(v)
		return took, fmt.Errorf("%s: %w\n%s", v.name, err, out)
	}
	return took, nil
}

// command returns a command of runc, which a terminal's signals do not interrupt.
func (w *bench) command(v variant, args ...string) (*exec.Cmd, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	cmd := exec.CommandContext(ctx, v.runc, append([]string{"--root", filepath.Join(w.dir, "state")}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, cancel
}

func (w *bench) remove(v variant) {
	cmd, cancel := w.command(v, "delete", "--force", "bench")
	defer cancel()
	cmd.Run()
}

// A created is a container before it executes its program.
type created struct {
	peak  int64 // bytes of its cgroup
	insns []bpf.RawInstruction
}

// create creates a container, and removes it.
func (w *bench) create(v variant, section []byte) (c created, err error) {
	bundle := filepath.Join(w.dir, "create")
	if err := writeBundle(bundle, w.rootfs, section, w.cgroup, nil, "/bin/true"); err != nil {
		return c, err
	}
	pidFile := filepath.Join(bundle, "pid")
	containers.Lock()
	defer containers.Unlock()
	cmd, cancel := w.command(v, "create", "--bundle", bundle, "--pid-file", pidFile, "bench")
	defer cancel()
	log, err := os.Create(filepath.Join(bundle, "log")) // the container keeps it open
	if err != nil {
		return c, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	defer w.remove(v)
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return c, fmt.Errorf("%s: %w\n%s", v.name, err, said)
	}
	if c.peak, err = w.peak(); err != nil {
		return c, err
	}
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return c, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return c, err
	}
	list, err := install.Filters(pid)
	if err != nil {
		return c, err
	}
	for _, f := range list {
		c.insns = append(c.insns, f.Insns...)
	}
	if want := min(len(section), 1); len(list) != want {
		return c, fmt.Errorf("%s: %d filters, want %d", v.name, len(list), want)
	}
	return c, nil
}

// peak returns the peak memory of the cgroup.
func (w *bench) peak() (int64, error) {
	for _, file := range []string{"/sys/fs/cgroup" + w.cgroup + "/memory.peak", "/sys/fs/cgroup/memory" + w.cgroup + "/memory.max_usage_in_bytes"} {
		if text, err := os.ReadFile(file); err == nil {
			return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		}
	}
	return 0, errors.New("the memory controller of cgroups is missing, or older than Linux 5.19")
}

const step = 1 << 18 // bytes between limits that are tried

// least returns the smallest memory limit with which all of several starts succeed.
func (w *bench) least(v variant, section []byte, tries int) (int64, error) {
	fails, starts := int64(0), int64(64<<20/step)
	for fails+1 < starts {
		mid := (fails + starts) / 2
		limit, ok := mid*step, true
		for range tries {
			_, err := w.run(v, section, &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &limit}})
			if ok = err == nil; !ok {
				break
			}
		}
		if ok {
			starts = mid
		} else {
			fails = mid
		}
	}
	if starts == 64<<20/step {
		return 0, fmt.Errorf("%s does not start with less than %d bytes", v.name, starts*step)
	}
	return starts * step, nil
}

// An effort is how often something is measured.
type effort struct{ Rounds, Quotas, Peaks, Tries int }

// An arm is a variant, with or without a filter, and its measurements.
type arm struct {
	Name              string
	Wall, CPU         time.Duration // of a start
	MoreWall, MoreCPU time.Duration // minus those of the first arm in the same round, median
	Throttled         time.Duration // wall time of a start at 5 % of a processor
	Peak              int64         // bytes of the cgroup
	Least             int64         // bytes, the smallest memory limit
	Instructions      int           // installed
	Mean, Most        float64       // executed for a call of x86_64
	Size              int64         // bytes of the program without symbols
	build             variant
	section           []byte
	starts, slow      []start
}

// measure measures all variants, and the first one without a filter.
func measure(variants []variant, e effort) (*report, error) {
	w, err := newBench(filepath.Join(filepath.Dir(variants[0].tree), "bench"))
	if err != nil {
		return nil, err
	}
	var arms []*arm
	for _, v := range variants {
		arms = append(arms, &arm{Name: v.name, build: v, section: w.section})
	}
	arms = append(arms, &arm{Name: "without a filter", build: variants[0]})
	if err := w.times(arms, e); err != nil {
		return nil, err
	}
	for _, a := range arms {
		if err := w.sizes(a, e); err != nil {
			return nil, err
		}
	}
	return newReport(arms, e)
}

// times measures the starts of all arms in turns, in a different order each round.
func (w *bench) times(arms []*arm, e effort) error {
	quota, period := int64(5000), uint64(100_000)
	slow := &specs.LinuxResources{CPU: &specs.LinuxCPU{Quota: &quota, Period: &period}}
	for i := range e.Rounds {
		for j := range arms {
			a := arms[(i+j)%len(arms)]
			s, err := w.run(a.build, a.section, nil)
			if err != nil {
				return err
			}
			a.starts = append(a.starts, s)
			if i >= e.Quotas {
				continue
			}
			if s, err = w.run(a.build, a.section, slow); err != nil {
				return err
			}
			a.slow = append(a.slow, s)
		}
	}
	for _, a := range arms {
		var walls, cpus, moreWalls, moreCPUs, slows []time.Duration
		for i, s := range a.starts {
			first := arms[0].starts[i]
			walls, cpus = append(walls, s.wall), append(cpus, s.cpu)
			moreWalls, moreCPUs = append(moreWalls, s.wall-first.wall), append(moreCPUs, s.cpu-first.cpu)
		}
		for _, s := range a.slow {
			slows = append(slows, s.wall)
		}
		a.Wall, a.CPU, a.MoreWall, a.MoreCPU = median(walls), median(cpus), median(moreWalls), median(moreCPUs)
		a.Throttled = median(slows)
	}
	return nil
}

// sizes measures everything else of an arm.
func (w *bench) sizes(a *arm, e effort) (err error) {
	var peaks []int64
	for range e.Peaks {
		c, err := w.create(a.build, a.section)
		if err != nil {
			return err
		}
		peaks = append(peaks, c.peak)
		a.Instructions = len(c.insns)
		if a.Mean, a.Most, err = executed(c.insns); err != nil {
			return err
		}
	}
	a.Peak = median(peaks)
	if a.Least, err = w.least(a.build, a.section, e.Tries); err != nil {
		return err
	}
	stripped := filepath.Join(w.dir, "stripped")
	if err := in(a.build.tree, "go", "build", "-trimpath", "-ldflags", "-s -w", "-tags", a.build.tag, "-o", stripped, "."); err != nil {
		return err
	}
	info, err := os.Stat(stripped)
	if err == nil {
		a.Size = info.Size()
	}
	return err
}

// executed returns the mean and the maximum of the executed instructions over all calls of
// x86_64, with zero arguments.
func executed(insns []bpf.RawInstruction) (mean, most float64, err error) {
	if len(insns) == 0 {
		return 0, 0, nil
	}
	p, err := vm.New(insns, arch.X86_64.ByteOrder())
	if err != nil {
		return 0, 0, err
	}
	calls := 0.0
	for _, name := range syscalls.All(arch.X86_64) {
		nr, _ := syscalls.Number(arch.X86_64, name)
		_, n := p.Run(syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr})
		mean, most, calls = mean+float64(n), max(most, float64(n)), calls+1
	}
	return mean / calls, most, nil
}

func median[T int64 | time.Duration](list []T) T {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
