//go:build linux

package install_test

import (
	"log"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/install"
)

// A launcher filters one thread, which then becomes the command. No other
// thread of the launcher is filtered; execve ends them.
func ExampleFilter() {
	// From compile.Filter.Insns: here, all calls are allowed.
	insns := []bpf.RawInstruction{{Op: 0x06, K: 0x7fff0000}}

	// For whatever is set on this thread before the filter. It is never
	// unlocked: the thread is not fit for other goroutines any more.
	runtime.LockOSThread()
	if _, err := install.Filter(insns, install.Options{}); err != nil {
		log.Fatal(err)
	}
	log.Fatal(syscall.Exec("/bin/true", []string{"true"}, os.Environ()))
}
