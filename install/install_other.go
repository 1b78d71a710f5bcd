//go:build !linux

package install

import (
	"iter"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/net/bpf"
)

// Seccomp is Linux's alone: these are Filter and the others after their checks.

func filter([]bpf.RawInstruction, Options) (*Listener, error) {
	return nil, noLinux("install.Filter")
}

// closeDescriptor does nothing: there are no listeners here.
func closeDescriptor(int) error { return nil }

func become(*launch) error {
	return noLinux("install.Exec")
}

func start(*launch, *exec.Cmd) (*os.File, error) {
	return nil, noLinux("install.Start")
}

// child does nothing: no process here was started by Start.
func child() {}

func filters(int) ([]Installed, error) {
	return nil, noLinux("install.Filters")
}

func threads(pid int) iter.Seq2[Thread, error] {
	return func(yield func(Thread, error) bool) { yield(Thread{ID: pid}, noLinux("install.Threads")) }
}

func reduceCaps([]uintptr) error {
	return noLinux("install.ReduceCaps")
}

// killedBy returns 0: signals do not end processes here, or not by their numbers.
func killedBy(*os.ProcessState) (n int, name string) { return 0, "" }

func threadState() (State, error) {
	return State{}, noLinux("install.Status")
}

func haveFlag(op string, _ uint) error {
	return noLinux(op)
}

func haveAction(uint32) error {
	return noLinux("install.HaveAction")
}

func noLinux(op string) error {
	return &Error{
		Op:    op,
		Fault: "seccomp filters need Linux, this is " + runtime.GOOS,
		Cause: ErrNotSupported,
	}
}
