package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/install"
)

// nodeVerb groups the processes of this machine by what their filters answer.
func nodeVerb(s stdio) *verb {
	v := &verb{
		name: "node", section: sectionFacts, args: []string{"[flags]"},
		about: "group the processes of this machine by their filters' answers",
		text:  "All filters of a thread count together. To read them, threads are stopped one by one, for a moment. With --profile, each process must answer as one of the profiles does. The exit status is 1 if a process does not, or cannot be read, and 2 for an error.",
		examples: []string{
			"node --containers --profile docker.json --compat runc",
			"node --cgroup 4c01db0b339c --json",
			"node --dry-run    # stops nothing",
		},
		values: []string{},
	}
	var n node
	g := v.group("Flags")
	g.Func("profile", "a `FILE` with a profile or filter to compare with; repeatable", func(file string) error {
		if file == "" {
			return errors.New("it is empty (name a file, or default for the built-in profile)")
		}
		n.files = append(n.files, file)
		return nil
	})
	g.BoolVar(&n.scope.containers, "containers", false, "only processes in containers")
	value(g, &n.scope.cgroup, "cgroup", leaveOut, "only processes in a cgroup, by `PATH`, or in a container or unit, by the start of its ID")
	g.Func("pid", "only the process `N`; repeatable", func(text string) error {
		pid, err := strconv.Atoi(text)
		if err != nil {
			return errors.New("want a number")
		}
		n.scope.pids = append(n.scope.pids, pid)
		return nil
	})
	g.BoolVar(&n.threads, "threads", false, "read all threads, as for a profile (default: only some)")
	g.BoolVar(&n.stricter, "accept-stricter", false, "accept processes that are at least as strict as a profile")
	g.BoolVar(&n.dry, "dry-run", false, "list what would be stopped, and stop nothing")
	g.BoolVar(&n.json, "json", false, "print JSON")
	n.addTarget(v)
	v.run = func(args []string) int {
		status, err := n.run(v, args, s)
		if err != nil {
			return s.trouble(v.name, err)
		}
		return status
	}
	return v
}

// A node is the processes of this machine and the profiles that they are held against.
type node struct {
	options
	files   []string // of profiles and filters
	scope   scope
	threads bool // all of them are read
	dry     bool // nothing is
	json    bool

	stricter bool // processes are accepted, too
}

func (n *node) run(v *verb, args []string, s stdio) (status int, err error) {
	if len(args) > 0 {
		return 0, fmt.Errorf("unexpected argument %q (pass profiles with --profile, and a container with --cgroup)", args[0])
	}
	if err := n.check(v); err != nil {
		return 0, err
	}
	var profiles []side
	slices.Sort(n.files)
	for _, file := range slices.Compact(n.files) {
		p, err := n.sideOf(file, s)
		if err != nil {
			return 0, err
		}
		profiles = append(profiles, p)
	}
	if !n.dry {
		if err := mayRead(); err != nil {
			return 0, err
		}
	}
	list, err := survey(procDir)
	if err == nil {
		list, err = n.scope.of(list, os.Getpid())
	}
	if err != nil {
		return 0, err
	}
	if len(list) == 0 && len(profiles) > 0 {
		return 0, errors.New("no process in a container, and nothing has been compared (leave out --containers for all processes)")
	}
	if n.dry {
		return exitOK, n.printStops(list, s)
	}
	r := newReader(n.threads || len(profiles) > 0)
	if err := r.announce(list, s); err != nil {
		return 0, err
	}
	if err := r.readAll(list); err != nil {
		return 0, err
	}
	all := len(list)
	list = slices.DeleteFunc(list, func(p nodeProcess) bool { return p.ended })
	r.report(all-len(list), s)
	if len(list) == 0 && len(profiles) > 0 {
		return 0, errors.New("all processes have ended, and nothing has been compared (try again)")
	}
	found, err := n.judge(list, r.stacks, profiles)
	if err != nil {
		return 0, err
	}
	if err := found.print(n.json, s); err != nil {
		return 0, err
	}
	switch found.Verdict {
	case "", nodeEqual:
		return exitOK, nil
	case nodeStricter:
		if n.stricter {
			return exitOK, nil
		}
	}
	return exitRefused, nil
}

// check returns what is wrong with the flags.
func (n *node) check(v *verb) error {
	target := []string{"arch", "kernel", "caps", "dialect", "compat", "enosys", "bad-arch", "strict", "accept-weaker", "verbose", "accept-stricter"}
	switch {
	case len(n.files) == 0:
		if err := v.unused("without --profile", target...); err != nil {
			return err
		}
	case n.dry:
		return v.unused("beside --dry-run", "profile")
	}
	for _, pid := range n.scope.pids {
		if pid == os.Getpid() {
			return fmt.Errorf("process %d is seccompile itself (leave it out of --pid)", pid)
		}
	}
	return nil
}

// What reading the filters of others needs (kernel/seccomp.c, seccomp_get_filter;
// kernel/ptrace.c, ptrace_may_access).
const (
	capSysPtrace = 19
	capSysAdmin  = 21
)

// mayRead returns why this process cannot read the filters of others.
func mayRead() error {
	state, err := install.Status()
	if err != nil {
		return err
	}
	if state.Mode != 0 {
		return errors.New("this process has a filter itself, so the kernel does not show it other filters: run it outside of the container or sandbox")
	}
	if self, err := os.Readlink(procDir + "/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return fmt.Errorf("%s is of another PID namespace, whose IDs mean other processes here (mount it again, or run seccompile in that namespace)", procDir)
	}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		value, ok := strings.CutPrefix(line, "CapEff:")
		if !ok {
			continue
		}
		caps, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err == nil && caps>>capSysPtrace&caps>>capSysAdmin&1 == 1 {
			return nil
		}
		break
	}
	return errors.New("reading the filters of other processes needs CAP_SYS_ADMIN and CAP_SYS_PTRACE: run it as root of the machine (--dry-run works without)")
}
