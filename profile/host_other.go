//go:build !linux

package profile

import (
	"errors"
	"fmt"
	"runtime"
)

// Host returns an error that wraps errors.ErrUnsupported: only Linux has seccomp.
func Host() (Target, error) {
	return Target{}, fmt.Errorf("%s has no seccomp (name the ABI and the kernel of a Linux machine): %w", runtime.GOOS, errors.ErrUnsupported)
}
