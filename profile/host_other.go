//go:build !linux

package profile

import (
	"errors"
	"fmt"
	"runtime"
)

// Host returns the Target of this machine, which there is on Linux alone.
func Host() (Target, error) {
	return Target{}, fmt.Errorf("%s has no seccomp (name the ABI and the kernel of a Linux machine): %w", runtime.GOOS, errors.ErrUnsupported)
}
