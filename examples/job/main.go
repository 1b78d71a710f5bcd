// Job runs a script of somebody else as a CI runner does: under Docker's default profile,
// without capabilities and network, and not longer than a limit. It needs no root. The job
// ends with the runner, also if that is interrupted or killed.
//
//	GOWORK=off go run . -limit 10m build.sh
//
// The job has the user's files, with the sockets among them, and descriptors that the
// runner inherited: a caller should set close-on-exec on its own. Unlike Docker's, the
// filter is for the machine's own ABI, and kills 32-bit programs.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

func main() {
	install.Child()
	limit := flag.Duration("limit", 10*time.Minute, "end the job after this `TIME`")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("no script (name a file)")
	}
	f, err := filter()
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *limit)
	defer cancel()
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	status, text := install.ExitStatus(run(ctx, f, flag.Args()...))
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		log.Print("the job was interrupted")
		os.Exit(130)
	case ctx.Err() != nil:
		log.Print("the job took longer than ", *limit)
		os.Exit(124)
	case text != "":
		log.Print(text)
	}
	os.Exit(status)
}

// filter returns a filter that lets pass what Docker's default profile and limits both do.
// limits refuses networks, and to type into the runner's terminal; of an ioctl's number the
// kernel reads 32 bits.
func filter() (*compile.Filter, error) {
	target, err := profile.Host()
	if err != nil {
		return nil, err
	}
	limits, err := profile.New(policy.Allow).
		Errno("EACCES", "socket").If(profile.Arg(0).Not("AF_UNIX")).
		Errno("EPERM", "ioctl").If(profile.Arg(1).Masked(uint64(0xffffffff), unix.TIOCSTI, unix.TIOCLINUX)).
		Profile()
	if err != nil {
		return nil, err
	}
	var all []*policy.Policy
	for _, p := range []*profile.Profile{profile.Default(), limits} {
		res, err := p.Resolve(target)
		if err != nil {
			return nil, err
		}
		all = append(all, res.Policy())
	}
	both, err := policy.Intersect(all[0], all[1])
	if err != nil {
		return nil, err
	}
	return compile.Policy(both, compile.Options{})
}

// run runs a script until it, ctx or this program ends. In its PID namespace nothing
// outlives it. Its network namespace hides the machine's abstract sockets (unix(7)).
func run(ctx context.Context, f *compile.Filter, script ...string) error {
	runtime.LockOSThread() // whose end is what Pdeathsig means
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-e"}, script...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET,
		Pdeathsig:   unix.SIGKILL,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	o := install.Options{Flags: f.Flags(), Bounding: []uintptr{}} // no capabilities
	if _, err := install.Start(f.Insns(), o, cmd); err != nil {
		return err
	}
	return cmd.Wait()
}
