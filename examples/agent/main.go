// Agent starts a task as a Mesos agent does: under the profile that the task requests from
// the agent's directory, and with limited capabilities.
//
//	GOWORK=off go build .
//	./agent -seccomp_config_dir DIR -seccomp_profile_name default.json -task task.json -- COMMAND
//
// With -check PID it reports whether a running task has the filter that the flags mean.
//
// The task has a session of its own, so it cannot type into the agent's terminal, unless it
// has CAP_SYS_ADMIN. SIGINT and SIGTERM end its process group by SIGTERM, and after ten
// seconds the task by SIGKILL. It ends with the agent. Processes that it has started can
// live on: a container has a PID namespace for them. The task has descriptors that the agent
// inherited: a caller should set close-on-exec on its own.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/compile/cache"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/choice"
	"github.com/seccompile/seccompile/profile/store"
)

var (
	dir  = flag.String("seccomp_config_dir", "", "the `DIR`ectory of profiles")
	name = flag.String("seccomp_profile_name", "", "the `NAME` of the default profile; empty means unconfined")
	caps = flag.String("bounding_capabilities", "none", "the `CAPS` that a task can have, such as docker,CAP_SYS_PTRACE")
	kept = flag.String("cache", "/var/cache/agent", "the `DIR`ectory of compiled filters")
	task = flag.String("task", "", "a `FILE` with the task's SeccompInfo, or with a message that contains it")
	app  = flag.String("app", "", "a `FILE` with the task's Marathon app, which counts if -task is empty")
	pid  = flag.Int("check", 0, "check the process `PID`, and start nothing")
)

func main() {
	install.Child()
	flag.Parse()
	status, text := install.ExitStatus(run())
	if text != "" {
		log.Print(text)
	}
	os.Exit(status)
}

func run() error {
	profiles, err := store.Open(*dir, store.Options{Default: *name})
	if err != nil {
		return err
	}
	request, err := requested()
	if err != nil {
		return err
	}
	target, err := profile.Host()
	if err == nil {
		target.Caps, err = profile.ParseCaps(*caps)
	}
	if err != nil {
		return err
	}
	var res *profile.Resolution // nil if the task is unconfined
	p, err := profiles.Profile(request)
	if err == nil {
		res, err = p.Resolve(target)
	}
	switch {
	case err != nil && !errors.Is(err, store.ErrUnconfined):
		return err
	case *pid != 0:
		return check(*pid, target, res)
	case flag.NArg() == 0:
		return errors.New("no command (pass it after --)")
	}
	return start(res, target.Caps)
}

// requested returns the profile that the task requests itself, or its app.
func requested() (choice.Choice, error) {
	if *task == "" && *app == "" {
		return choice.Choice{}, nil
	}
	text, err := store.ReadFile(cmp.Or(*task, *app))
	if err != nil {
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
func start(res *profile.Resolution, caps []string) error {
	runtime.LockOSThread() // whose end is what Pdeathsig means, and for ReduceCaps
	bounding, err := profile.CapNumbers(caps)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGINT, unix.SIGTERM)
	defer stop()
	cmd := exec.CommandContext(ctx, flag.Arg(0), flag.Args()[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: unix.SIGKILL}
	// Without an error of the kill, the status is the task's own, 0 included.
	cmd.Cancel = func() error { return cmp.Or(unix.Kill(-cmd.Process.Pid, unix.SIGTERM), os.ErrProcessDone) }
	cmd.WaitDelay = 10 * time.Second
	if res == nil {
		if err := install.ReduceCaps(bounding); err != nil {
			return err
		}
		return cmd.Run()
	}
	program, err := cache.Dir{Path: *kept, Failed: func(err error) { log.Print(err) }}.Program(res, compile.Options{Optimal: true})
	if err != nil {
		return err
	}
	o := program.Options()
	o.Bounding = bounding
	if _, err := install.Start(program.Insns(), o, cmd); err != nil {
		return err
	}
	return cmd.Wait()
}

// check reports whether each thread of a process has the filters of a policy, or none if
// res is nil.
func check(pid int, target profile.Target, res *profile.Resolution) error {
	for t, err := range install.Threads(pid) {
		if err == nil {
			err = compare(t.Filters, target, res)
		}
		if err != nil {
			return fmt.Errorf("thread %d: %w", t.ID, err)
		}
	}
	return nil
}

// compare reports whether filters together answer each call as a policy does.
func compare(installed []install.Installed, target profile.Target, res *profile.Resolution) error {
	if n := len(installed); n == 0 || res == nil {
		if n > 0 || res != nil {
			return fmt.Errorf("%d filters, which is not what the flags mean", n)
		}
		return nil
	}
	var list []*compile.Filter
	for _, in := range installed {
		f, err := compile.Load(in.Insns, target.Arch)
		if err != nil {
			return err
		}
		list = append(list, f)
	}
	stack, err := compile.NewStack(list...)
	if err != nil {
		return err
	}
	return compile.Verify(stack, res.Policy())
}
