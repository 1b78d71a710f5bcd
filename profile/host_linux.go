package profile

import (
	"fmt"
	"runtime"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/sys/unix"
)

// Host returns the Target of this machine: the ABI that this program was built
// for and the running kernel's release. Caps are the container's to give, so
// there are none. It is the only function of the project that looks at the host.
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
