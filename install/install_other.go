//go:build !linux

package install

import (
	"os"
	"runtime"

	"golang.org/x/net/bpf"
)

// filter is Filter after check. Seccomp is Linux's alone.
func filter([]bpf.RawInstruction, Options) (*os.File, error) {
	return nil, noLinux("install.Filter")
}

// filters is Filters after its check.
func filters(int) ([]Installed, error) {
	return nil, noLinux("install.Filters")
}

func noLinux(op string) error {
	return &Error{
		Op:           op,
		fault:        "seccomp filters need Linux, this is " + runtime.GOOS,
		notSupported: true,
	}
}
