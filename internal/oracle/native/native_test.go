//go:build seccomp

package native

import (
	"testing"

	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompile/seccompile/arch"
)

// TestSet: the binding names the ABI that was set, and the machine's before and
// after.
func TestSet(t *testing.T) {
	ask := func() string {
		a, err := seccomp.GetNativeArch()
		if err != nil {
			return err.Error()
		}
		return a.String()
	}
	here := ask()
	tests := []struct {
		arch arch.Arch
		want string
	}{
		{arch.X86_64, "amd64"},
		{arch.X32, "x32"},
		{arch.MIPSEL64N32, "mipsel64n32"},
		{arch.S390X, "s390x"},
	}
	for _, tt := range tests {
		restore := Set(tt.arch)
		if got := ask(); got != tt.want {
			t.Errorf("Set(%s): the binding says %s, want %s", tt.arch, got, tt.want)
		}
		restore()
		if got := ask(); got != here {
			t.Errorf("after Set(%s) and restore the binding says %s, want %s", tt.arch, got, here)
		}
	}
}
