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
	return &install.Error{
		Op:    "trace.Run",
		Fault: "tracing seccomp filters needs Linux, this is " + runtime.GOOS,
		Cause: install.ErrNotSupported,
	}
}
