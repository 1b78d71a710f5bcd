package trace

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"testing"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
)

// TestElsewhere: systems without seccomp get one error.
func TestElsewhere(t *testing.T) {
	if runtime.GOOS == "linux" {
		t.Skip("for systems other than Linux")
	}
	err := Run(context.Background(), AllCalls(), install.Options{}, exec.Command("true"), func(*Call) {})
	if !errors.Is(err, install.ErrNotSupported) || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Run: error %v, want %v", err, install.ErrNotSupported)
	}
	err = Attach(context.Background(), 1, func(*Call) {})
	if !errors.Is(err, install.ErrNotSupported) || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Attach: error %v, want %v", err, install.ErrNotSupported)
	}
}

func TestAllCalls(t *testing.T) {
	insns := AllCalls()
	if len(insns) != 1 || insns[0].Op != abi.ClassRET || insns[0].K&abi.RetActionFull != abi.RetTrace {
		t.Errorf("AllCalls() = %v, want one return of TRACE", insns)
	}
	insns[0].K = 0
	if AllCalls()[0].K == 0 {
		t.Error("callers of AllCalls share instructions")
	}
}
