// Job runs a script of somebody else as a CI runner does: under Docker's default profile,
// without capabilities and network, and not longer than a limit. It has the user's files,
// and needs no root.
//
//	go run . -limit 10m build.sh
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"os/exec"
	"syscall"
	"time"

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
	err = run(ctx, f, flag.Args()...)
	exit := (*exec.ExitError)(nil)
	switch {
	case ctx.Err() != nil:
		log.Print("the job took longer than ", *limit)
		os.Exit(124)
	case errors.As(err, &exit) && exit.Exited():
		os.Exit(exit.ExitCode())
	case err != nil:
		log.Fatal(err)
	}
}

// filter returns a filter that lets pass what Docker's default profile and noNetwork both do.
func filter() (*compile.Filter, error) {
	target, err := profile.Host()
	if err != nil {
		return nil, err
	}
	noNetwork, err := profile.New(policy.Allow).
		Errno("EACCES", "socket").If(profile.Arg(0).Not("AF_UNIX")).
		Profile()
	if err != nil {
		return nil, err
	}
	var all []*policy.Policy
	for _, p := range []*profile.Profile{profile.Default(), noNetwork} {
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

// run runs a script until it or ctx ends. In its PID namespace nothing outlives it.
func run(ctx context.Context, f *compile.Filter, script ...string) error {
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-e"}, script...)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	o := install.Options{Flags: f.Flags(), Bounding: []uintptr{}} // no capabilities
	if _, err := install.Start(f.Insns(), o, cmd); err != nil {
		return err
	}
	return cmd.Wait()
}
