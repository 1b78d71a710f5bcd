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
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A bench is where containers of one configuration are started by several builds.
type bench struct {
	builds      []buildOf
	dir, rootfs string
	section     []byte // Docker's default
	cgroup      string
}

func newBench(builds []buildOf) (*bench, error) {
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
	dir := filepath.Join(filepath.Dir(builds[0].tree), "bench")
	w := &bench{builds: builds, dir: dir, rootfs: filepath.Join(dir, "root"), cgroup: fmt.Sprintf("/seccompile-runc-%d", os.Getpid())}
	if w.section, err = json.Marshal(res); err != nil {
		return nil, err
	}
	return w, writeRoot(w.rootfs)
}

// A start is what one container took.
type start struct{ wall, cpu time.Duration }

// run starts a container that does nothing, and returns when it has ended. The CPU time
// is that of runc and of all processes of the container.
func (w *bench) run(b buildOf, section []byte, limits *specs.LinuxResources) (start, error) {
	bundle := filepath.Join(w.dir, "run")
	if err := writeBundle(bundle, w.rootfs, section, w.cgroup, limits, "/bin/true"); err != nil {
		return start{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.runc, "--root", filepath.Join(w.dir, "state"), "run", "--bundle", bundle, "bench")
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := start{wall: time.Since(began)}
	if cmd.ProcessState != nil {
		took.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	if err != nil {
		w.remove(b)
		return took, fmt.Errorf("%s: %w\n%s", b.name, err, out)
	}
	return took, nil
}

func (w *bench) remove(b buildOf) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	exec.CommandContext(ctx, b.runc, "--root", filepath.Join(w.dir, "state"), "delete", "--force", "bench").Run()
}

// A created is a container that is about to execute its program.
type created struct {
	peak  int64 // bytes of its cgroup
	insns []bpf.RawInstruction
}

// create returns what a container has when its filter is installed.
func (w *bench) create(b buildOf, section []byte) (c created, err error) {
	bundle := filepath.Join(w.dir, "create")
	if err := writeBundle(bundle, w.rootfs, section, w.cgroup, nil, "/bin/true"); err != nil {
		return c, err
	}
	pidFile := filepath.Join(bundle, "pid")
	cmd := exec.Command(b.runc, "--root", filepath.Join(w.dir, "state"), "create", "--bundle", bundle, "--pid-file", pidFile, "bench")
	log, err := os.Create(filepath.Join(bundle, "log")) // the container keeps it open
	if err != nil {
		return c, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return c, fmt.Errorf("%s: %w\n%s", b.name, err, said)
	}
	defer w.remove(b)
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
		return c, fmt.Errorf("%s: %d filters, want %d", b.name, len(list), want)
	}
	return c, nil
}

// peak returns the most memory that the cgroup has had.
func (w *bench) peak() (int64, error) {
	for _, file := range []string{"/sys/fs/cgroup" + w.cgroup + "/memory.peak", "/sys/fs/cgroup/memory" + w.cgroup + "/memory.max_usage_in_bytes"} {
		if text, err := os.ReadFile(file); err == nil {
			return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		}
	}
	return 0, errors.New("no cgroup here tells how much memory it had: runc needs one of version 1, or of version 2 from Linux 5.19 on")
}

const step = 1 << 18 // bytes between limits that are tried

// least returns the least limit with which all of several starts succeed.
func (w *bench) least(b buildOf, section []byte, tries int) (int64, error) {
	fails, starts := int64(0), int64(64<<20/step)
	for fails+1 < starts {
		mid := (fails + starts) / 2
		limit, ok := mid*step, true
		for range tries {
			_, err := w.run(b, section, &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &limit}})
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
		return 0, fmt.Errorf("%s does not start with less than %d bytes", b.name, starts*step)
	}
	return starts * step, nil
}

// An effort is how often something is measured.
type effort struct{ Rounds, Quotas, Peaks, Tries int }

// An arm is a build, with or without a filter, and what was measured.
type arm struct {
	Name         string
	Wall, CPU    time.Duration // of a start
	MoreCPU      time.Duration // than the first arm, the median of the differences within a round
	Throttled    time.Duration // wall time of a start at 5 % of a processor
	Peak         int64         // bytes of the cgroup
	Least        int64         // bytes, the least limit
	Instructions int           // installed
	Mean, Most   float64       // executed for a call of x86_64
	Size         int64         // bytes of the program without symbols
	build        buildOf
	section      []byte
	starts, slow []start
}

// measure measures the builds, the first of which is libseccomp's, and a container of its
// without a filter.
func measure(builds []buildOf, e effort) (*report, error) {
	w, err := newBench(builds)
	if err != nil {
		return nil, err
	}
	var arms []*arm
	for _, b := range builds {
		arms = append(arms, &arm{Name: b.name, build: b, section: w.section})
	}
	arms = append(arms, &arm{Name: "without a filter", build: builds[0]})
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

// times starts the containers of all arms in turns, in another order each time.
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
		var walls, cpus, more, slows []time.Duration
		for i, s := range a.starts {
			walls, cpus, more = append(walls, s.wall), append(cpus, s.cpu), append(more, s.cpu-arms[0].starts[i].cpu)
		}
		for _, s := range a.slow {
			slows = append(slows, s.wall)
		}
		a.Wall, a.CPU, a.MoreCPU, a.Throttled = median(walls), median(cpus), median(more), median(slows)
	}
	return nil
}

// sizes measures what is not a time.
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

// executed returns how many instructions are executed for a call of x86_64, arguments zero:
// the mean over all of them, and the most.
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
