//go:build !linux

package trace

import (
	"context"
	"os/exec"
	"runtime"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/install"
)

// run is Run after its checks. Seccomp is Linux's alone.
func run(context.Context, []bpf.RawInstruction, install.Options, *exec.Cmd, func(*Call)) error {
	return noLinux("trace.Run", "tracing seccomp filters")
}

// attach is Attach after its checks.
func attach(context.Context, int, func(*Call)) error {
	return noLinux("trace.Attach", "tracing calls")
}

func attachable(int) error { return noLinux("trace.CanAttach", "tracing calls") }

func noLinux(op, what string) error {
	return &install.Error{
		Op:    op,
		Fault: what + " needs Linux, this is " + runtime.GOOS,
		Cause: install.ErrNotSupported,
	}
}
