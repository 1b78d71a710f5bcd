package profile

import (
	"fmt"
	"runtime"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/sys/unix"
)

// Host returns the Target of this machine: the ABI for which this program was built, and
// the release of the running kernel. Caps is empty, since only the caller knows the
// container's capabilities. Features is nil, since only install.Probe probes the kernel.
// No other function reads the machine for a Target.
func Host() (Target, error) {
	a, err := arch.Parse(runtime.GOARCH)
	if err != nil {
		return Target{}, err
	}
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return Target{}, fmt.Errorf("uname: %w", err)
	}
	v, err := syscalls.ParseVersion(unix.ByteSliceToString(u.Release[:]))
	if err != nil {
		return Target{}, fmt.Errorf("uname: %w", err)
	}
	return Target{Arch: a, Kernel: v}, nil
}
