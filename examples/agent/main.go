// Agent starts a task as a Mesos agent does: under the profile that the task requests from
// the agent's directory, and with limited capabilities.
//
//	GOWORK=off go build .
//	./agent -seccomp_config_dir DIR -seccomp_profile_name default.json -task task.json -- COMMAND
//
// With -check PID it reports whether a running task has the filter that the flags mean.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/choice"
	"github.com/seccompile/seccompile/profile/store"
)

var (
	dir   = flag.String("seccomp_config_dir", "", "the `DIR`ectory of profiles")
	name  = flag.String("seccomp_profile_name", "", "the `NAME` of the default profile; empty means unconfined")
	caps  = flag.String("bounding_capabilities", "none", "the `CAPS` that a task can have, such as docker,CAP_SYS_PTRACE")
	cache = flag.String("cache", "/var/cache/agent", "the `DIR`ectory of compiled filters")
	task  = flag.String("task", "", "a `FILE` with the task's SeccompInfo, or with a message that contains it")
	app   = flag.String("app", "", "a `FILE` with the task's Marathon app, which counts if -task is empty")
	pid   = flag.Int("check", 0, "check the process `PID`, and start nothing")
)

func main() {
	install.Child()
	flag.Parse()
	if exit, err := (*exec.ExitError)(nil), run(); errors.As(err, &exit) {
		os.Exit(status(exit.Sys().(syscall.WaitStatus)))
	} else if err != nil {
		log.Fatal(err)
	}
}

// status returns the status with which a shell ends after such a command, and says which
// signal killed it.
func status(s syscall.WaitStatus) int {
	if !s.Signaled() {
		return s.ExitStatus()
	}
	why := ""
	if s.Signal() == unix.SIGSYS {
		why = ": a filter kills it for a call that it made"
	}
	fmt.Fprintf(os.Stderr, "agent: the command was killed by %s%s\n", unix.SignalName(s.Signal()), why)
	return 128 + int(s.Signal())
}

func run() error {
	profiles, err := store.Open(*dir, store.Options{Default: *name})
	if err != nil {
		return err
	}
	target, err := profile.Host()
	if err != nil {
		return err
	}
	if target.Caps, err = profile.ParseCaps(*caps); err != nil {
		return err
	}
	request, err := requested()
	if err != nil {
		return err
	}
	var filter *compile.Filter // nil if the task is unconfined
	var fingerprint [32]byte
	p, err := profiles.Profile(request)
	if err == nil {
		filter, fingerprint, err = compiled(p, target)
	}
	switch {
	case err != nil && !errors.Is(err, store.ErrUnconfined):
		return err
	case *pid != 0:
		return check(*pid, target, fingerprint)
	case flag.NArg() == 0:
		return errors.New("no command (pass it after --)")
	}
	return start(filter, target.Caps)
}

// requested returns the profile that the task requests itself, or its app.
func requested() (choice.Choice, error) {
	text, err := os.ReadFile(cmp.Or(*task, *app, os.DevNull))
	if err != nil || *task == "" && *app == "" {
		return choice.Choice{}, err
	}
	if *task != "" {
		return choice.ParseSeccompInfo(text, *task)
	}
	list, err := choice.ParseMarathon(text, *app)
	if err != nil || len(list) != 1 {
		return choice.Choice{}, cmp.Or(err, errors.New(*app+": a pod (want an app)"))
	}
	return list[0].Choice, nil
}

// start runs the command with the capabilities caps at most, with or without a filter.
func start(f *compile.Filter, caps []string) error {
	cmd := exec.Command(flag.Arg(0), flag.Args()[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	bounding, err := profile.CapNumbers(caps)
	if err != nil {
		return err
	}
	if f != nil {
		if _, err := install.Start(f.Insns(), install.Options{Bounding: bounding}, cmd); err != nil {
			return err
		}
		return cmd.Wait()
	}
	runtime.LockOSThread() // which the command inherits its capabilities from
	if err := limit(bounding); err != nil {
		return err
	}
	return cmd.Run()
}

// limit does for the thread what Options.Bounding does for a command with a filter.
func limit(bounding []uintptr) (err error) {
	for c := uintptr(0); err == nil; c++ {
		if !slices.Contains(bounding, c) {
			err = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		}
	}
	if err != unix.EINVAL { // the answer after the last capability
		return err
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return err
	}
	for c := range uintptr(64) {
		if !slices.Contains(bounding, c) {
			sets[c/32].Inheritable &^= 1 << (c % 32) // and so from the ambient set
		}
	}
	return unix.Capset(&header, &sets[0])
}
