//go:build !linux

package install

import (
	"os"
	"runtime"

	"golang.org/x/net/bpf"
)

// filter is Filter after check. Seccomp is Linux's alone.
func filter([]bpf.RawInstruction, Options) (*os.File, error) {
	return nil, &Error{
		Op:           "install.Filter",
		fault:        "seccomp filters need Linux, this is " + runtime.GOOS,
		notSupported: true,
	}
}
