package profile

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/syscalls"
)

func TestHost(t *testing.T) {
	got, err := Host()
	if err != nil {
		t.Fatalf("Host() = %v", err)
	}
	if got.Arch.GOARCH() != runtime.GOARCH {
		t.Errorf("Host().Arch = %s, whose GOARCH is %q, want %q", got.Arch, got.Arch.GOARCH(), runtime.GOARCH)
	}
	if got.Kernel.Compare(syscalls.Version{Major: 3, Minor: 17}) < 0 || got.Kernel.Major > 99 {
		t.Errorf("Host().Kernel = %s, which runs no program of Go's", got.Kernel)
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		if want := got.Kernel.String() + "."; !strings.HasPrefix(string(release), want) {
			t.Errorf("Host().Kernel = %s, want the start of %q", got.Kernel, release)
		}
	}
	if got.Caps != nil || got.Compat != CompatKernel || got.Enosys != (Enosys{}) || got.BadArch != nil || got.AcceptWeaker {
		t.Errorf("Host() = %+v, want no more than the ABI and the kernel", got)
	}
	if _, err := Default().Resolve(got); err != nil {
		t.Errorf("Resolve(Host()) of the default: %v", err)
	}
}
