package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/store"
	"github.com/seccompile/seccompile/syscalls"
)

// exec becomes the command. It returns only if it cannot, with the exit status.
func (o *options) exec(command []string, s stdio) (status int, err error) {
	if len(command) == 0 {
		return exitRun, errNoCommand
	}
	if err := o.forThisMachine(); err != nil {
		return exitRun, err
	}
	privs, err := o.privs()
	if err != nil {
		return exitRun, err
	}
	stack, err := o.stack(s)
	unconfined := errors.Is(err, store.ErrUnconfined)
	switch {
	case unconfined:
		fmt.Fprintf(s.err, "seccompile run: %s; the command runs without one\n", err)
	case err != nil:
		return exitRun, err
	default:
		if err := canRun(stack); err != nil {
			return exitRun, err
		}
		s.notes(stack.Notes(), o.verbose)
	}
	path, status, err := lookPath(command[0])
	if err != nil {
		return status, err
	}
	env := os.Environ()
	if unconfined {
		return privs.unconfined(path, command, env)
	}
	err = install.Exec(stack.Insns(), install.Options{Flags: stack.Flags(), Before: stack.Before(), AllowNewPrivs: privs == privsAllowed}, path, command, env)
	status, _ = install.ExitStatus(err)
	return status, privs.explain(err)
}

// execStatus is the exit status for the errno of execve: a file that does not exist
// may be the interpreter that the command names.
func execStatus(errno error) int {
	if errors.Is(errno, syscall.ENOENT) {
		return exitNoCommand
	}
	return exitNotExec
}

var errNoCommand = errors.New("no command to run (write it after --)")

// lookPath finds a command; status is the exit status for the error.
func lookPath(name string) (path string, status int, err error) {
	path, err = exec.LookPath(name)
	switch {
	case err == nil:
		return path, 0, nil
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		return path, exitNoCommand, err
	}
	return path, exitNotExec, err
}

// unconfined becomes the command without a filter. It returns only if it cannot.
func (p privs) unconfined(path string, command, env []string) (status int, err error) {
	if p == privsSet {
		runtime.LockOSThread() // whose attribute it is
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return exitRun, fmt.Errorf("prctl(PR_SET_NO_NEW_PRIVS, 1): %w", err)
		}
	}
	err = syscall.Exec(path, command, env)
	return execStatus(err), fmt.Errorf("execve %s: %w", path, err)
}

// canRun faults filters under which run cannot start a command.
func canRun(s *compile.Stack) error {
	if s.Flags()&uint(policy.FlagNewListener) != 0 {
		return errors.New("the profile has NOTIFY rules, but run has no supervisor (give these calls another action)")
	}
	return allowsExecve(s.Policy())
}

// forThisMachine faults an --arch that is not this program's own ABI: the filter
// would kill it before it became the command.
func (o *options) forThisMachine() error {
	if o.Arch == "" {
		return nil
	}
	a, err := arch.Parse(o.Arch)
	if err != nil {
		return err
	}
	host, err := profile.Host()
	if err == nil && a != host.Arch {
		err = fmt.Errorf("--arch %s on a machine of %s (leave it out: run is for this machine)", a, host.Arch)
	}
	if o.Arch = ""; o.Kernel == "" && err == nil {
		o.Kernel = host.Kernel.String()
	}
	return err
}

// allowsExecve faults a policy that refuses run's last call whatever its
// arguments, which are addresses.
func allowsExecve(pol *policy.Policy) error {
	a := pol.Arches[0].Arch
	nr, _ := syscalls.Number(a, "execve")
	action, _ := pol.Decide(syscalls.Call{Audit: a.Audit(), Nr: nr})
	conditional := slices.ContainsFunc(pol.Arches[0].Rules, func(r policy.Rule) bool { return r.Nr == nr && len(r.Conds) > 0 })
	if action == policy.Allow || action == policy.Log || conditional {
		return nil
	}
	return fmt.Errorf("the profile answers %s to execve, with which run starts the command (allow execve)", action)
}
