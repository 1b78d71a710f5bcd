package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// patience is how much processor time a process of a container may take, and waiting how
// long all of it may take: on a busy machine, much longer. libseccomp never finishes with some
// sections.
const patience, waiting = 3 * time.Second, 30 * time.Second

// needs are the calls of the probe, and those without which runtimes do not start it.
var needs = strings.Fields("clone close execve exit_group fstatfs futex getdents64 openat rt_sigaction wait4 write")

// uses are other calls that runtimes make under the filter. A group that asks for one
// decides about it itself.
var uses = strings.Fields("epoll_ctl epoll_pwait fcntl fstat getpid gettid madvise mmap munmap nanosleep newfstatat " +
	"pread64 prctl prlimit64 read rt_sigprocmask rt_sigreturn sched_yield sigaltstack tgkill " +
	"fcntl64 fstat64 fstatat64 fstatfs64 mmap2") // of 32 bits

// newer are calls that newer runtimes make under the filter, too. They are high numbers, so
// that sections which name them say less about calls newer than the profile.
var newer = strings.Fields("readlinkat statx")

// An asker puts sections through a runtime.
type asker struct {
	ctx        context.Context // ends if the program is interrupted
	probe      *probe
	dir        string
	command    []string // of the runtime
	containers int      // started
	uses       []string // the host's calls of uses, and of newer if the runtime makes these
	unknown    []string // calls of the host's ABI that the runtime has no number for
	enosys     bool     // whether newer calls answer ENOSYS
}

// newAsker returns one for a runtime, which is a command and its global options.
func newAsker(ctx context.Context, p *probe, dir, runtime string) (*asker, error) {
	a := &asker{ctx: ctx, probe: p, dir: dir, command: strings.Fields(runtime), uses: calledBy(p.host, uses)}
	if len(a.command) == 0 {
		return nil, errors.New("no runtime (name one with -runtime)")
	}
	if filepath.Base(a.command[0]) == "crun" && len(a.command) == 1 {
		a.command = append(a.command, "--cgroup-manager=disabled")
	}
	return a, nil
}

// calledBy returns the calls that an ABI has.
func calledBy(a arch.Arch, names []string) (has []string) {
	for _, name := range names {
		if _, ok := syscalls.Number(a, name); ok {
			has = append(has, name)
		}
	}
	return has
}

// version returns the first line that the runtime says of itself.
func (a *asker) version() (string, error) {
	out, says, err := guarded(a.ctx, a.probe, a.command[0], "--version")
	line, _, _ := strings.Cut(string(out), "\n")
	if line = strings.TrimSpace(line); line == "" || err != nil {
		return "", fmt.Errorf("%s --version: %s (%v)", a.command[0], lastLine(says), err)
	}
	return line, nil
}

// withNeeds returns a section that allows what a container needs to start. Rules for
// calls that runc's reading does not always allow are replaced. Unless all are wanted, the
// calls of uses are left to the group if it asks for them.
func (a *asker) withNeeds(g *group, all bool) (*specs.LinuxSeccomp, error) {
	s := new(specs.LinuxSeccomp)
	if err := json.Unmarshal(g.Section, s); err != nil {
		return nil, err
	}
	res, err := g.resolve(g.Section, profile.CompatRunc, "")
	if err != nil {
		return nil, err
	}
	host := a.probe.host
	probes, err := owns(host)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range slices.Concat(needs, a.uses) {
		names := func(c call) bool { return nameOf(c.call) == name }
		if !all && !slices.Contains(needs, name) && slices.ContainsFunc(g.Calls, names) {
			continue
		}
		nr, ok := syscalls.Number(host, name)
		if !ok {
			return nil, fmt.Errorf("%s has no call %s", host, name)
		}
		made := []syscalls.Call{{Audit: host.Audit(), Nr: nr}}
		if slices.Contains(own, name) {
			made = slices.DeleteFunc(slices.Clone(probes), func(c syscalls.Call) bool { return c.Nr != nr })
		}
		if slices.ContainsFunc(made, func(c syscalls.Call) bool { return decide(res, c) != policy.Allow.String() }) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return s, nil
	}
	var kept []specs.LinuxSyscall
	for _, c := range s.Syscalls {
		if c.Names = slices.DeleteFunc(c.Names, func(n string) bool { return slices.Contains(missing, n) }); len(c.Names) > 0 {
			kept = append(kept, c)
		}
	}
	s.Syscalls = append(kept, specs.LinuxSyscall{Names: missing, Action: specs.ActAllow})
	return s, nil
}

// ask returns the runtime's answers to the calls of a group under a section, by their
// index, and what it says if it does not start a container. Each program of the probe has
// a container of its own.
func (a *asker) ask(s *specs.LinuxSeccomp, calls []call) (answers []string, fault string, err error) {
	answers = make([]string, len(calls))
	var order []string // of programs
	of := map[string][]int{}
	words := make([]string, len(calls))
	for i, c := range calls {
		abi, _ := c.call.Arch()
		path, letter, ok := a.probe.entry(abi)
		if !ok {
			return nil, "", fmt.Errorf("%s: the probe is not built for %s", c.Text, abi)
		}
		if of[path] == nil {
			order = append(order, path)
		}
		of[path] = append(of[path], i)
		words[i] = fmt.Sprintf("%s %x", letter, c.call.Nr)
		for _, v := range c.call.Args {
			words[i] += fmt.Sprintf(" %x", v)
		}
	}
	for _, path := range order {
		args := []string{path}
		for _, i := range of[path] {
			args = append(args, words[i])
		}
		says, fault, err := a.start(s, args)
		if err != nil || fault != "" {
			return nil, fault, err
		}
		for n, i := range of[path] {
			if says.answers[n] == "" {
				return nil, "", fmt.Errorf("%s: no answer to %s: %s", a.command[0], calls[i].Text, says.last)
			}
			answers[i] = says.answers[n]
		}
	}
	return answers, "", nil
}

// A saying is what a container printed.
type saying struct {
	answers []string // by the index of the argument
	last    string   // of the runtime
}

// start starts a container that executes args.
func (a *asker) start(s *specs.LinuxSeccomp, args []string) (r saying, fault string, err error) {
	bundle, err := os.MkdirTemp(a.dir, "bundle-")
	if err != nil {
		return r, "", err
	}
	defer os.RemoveAll(bundle)
	if err := writeBundle(bundle, a.probe.rootfs, s, args); err != nil {
		return r, "", err
	}
	a.containers++
	id := fmt.Sprintf("kit-%d-%d", os.Getpid(), a.containers)
	command := append(slices.Clone(a.command), "--root", filepath.Join(bundle, "state"), "run", "--bundle", bundle, id)
	out, says, err := guarded(a.ctx, a.probe, command...)
	r.last = fmt.Sprintf("%s (%v)", lastLine(says), err)
	if err != nil { // a runtime that is killed leaves its cgroup
		if err := removeCgroups(a.probe, id); err != nil {
			return r, "", err
		}
	}
	if a.ctx.Err() != nil {
		return r, "", errInterrupted
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return r, fmt.Sprintf("%s after %s", neverEnds, patience), nil
	case len(out) == 0:
		return r, r.last, nil
	}
	r.answers = make([]string, len(args)-1)
	for line := range strings.Lines(string(out)) {
		n, word, _ := strings.Cut(strings.TrimSpace(line), " ")
		i, err := strconv.Atoi(n)
		if err != nil || i < 0 || i >= len(r.answers) {
			return r, "", fmt.Errorf("%s: the probe says %q", a.command[0], line)
		}
		if r.answers[i], err = answer(word); err != nil {
			return r, "", err
		}
	}
	return r, "", nil
}

// errInterrupted is the error of a kit that a signal ends.
var errInterrupted = errors.New("interrupted")

// neverEnds is what is said of a runtime that is killed.
const neverEnds = "does not come back"

// starts returns an error unless the runtime starts a container under a section that allows
// the calls of needs and uses alone. What it says of another section is then about that.
func (a *asker) starts() error {
	s := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Syscalls: []specs.LinuxSyscall{{Names: slices.Concat(needs, a.uses), Action: specs.ActAllow}}}
	_, fault, err := a.ask(s, []call{{call: syscalls.Call{Audit: a.probe.host.Audit()}}})
	if err == nil && fault != "" {
		err = fmt.Errorf("no container starts under a section that allows only what containers of known runtimes need: %s (what else does it need? add it to needs in ask.go)", fault)
	}
	return err
}

// passed is the live answer of actions that are more permissive than an errno.
const passed = "passes"

// answer returns a line of the probe in the words of policies.
func answer(word string) (string, error) {
	kind, data, _ := strings.Cut(word, " ")
	n, err := strconv.ParseUint(data, 10, 12)
	switch kind {
	case "passed":
		return passed, nil
	case "errno":
		if err != nil {
			break
		}
		return policy.Errno(uint16(n)).String(), nil
	case "trap":
		return policy.Trap.String(), nil
	case "kill_thread":
		return policy.KillThread.String(), nil
	case "kill_process":
		return policy.KillProcess.String(), nil
	case "unguarded":
		return "", errors.New("the container does not inherit the filter by which the probe's calls are not executed: the runtime starts it elsewhere, and nothing can be asked of it")
	}
	return "", fmt.Errorf("the probe says %q", word)
}

// live returns what the probe sees of an action in a reading.
func live(action string) string {
	if a, err := policy.ParseAction(action); err == nil && policy.Errno(0).Stricter(a) {
		return passed
	}
	return action
}

// lastLine returns what a runtime says at last.
func lastLine(says []byte) string {
	lines := bytes.Split(bytes.TrimSpace(says), []byte("\n"))
	return string(lines[len(lines)-1])
}

// writeBundle writes the bundle of a container that executes args.
func writeBundle(dir, rootfs string, s *specs.LinuxSeccomp, args []string) error {
	config, err := json.Marshal(specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: rootfs, Readonly: true},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}, {Destination: "/dev", Type: "tmpfs", Source: "tmpfs"}},
		Process: &specs.Process{Args: args, Cwd: "/", Capabilities: &specs.LinuxCapabilities{}, NoNewPrivileges: true},
		Linux: &specs.Linux{
			Namespaces: []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}},
			Seccomp:    s,
		},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), config, 0o644)
}
