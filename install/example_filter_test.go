//go:build linux && amd64

package install_test

import (
	"fmt"
	"log"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// sandboxed is the main of a program that runs under a filter. All threads have the
// filter, including those of the Go runtime.
func sandboxed() {
	insns := noSockets // from compile.Filter.Insns
	if _, err := install.Filter(insns, install.Options{Flags: unix.SECCOMP_FILTER_FLAG_TSYNC}); err != nil {
		log.Fatal(err)
	}
	done := make(chan bool)
	go func() { // on any thread
		_, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		fmt.Println("socket:", err)
		close(done)
	}()
	<-done
}

// A program that runs under a filter itself uses TSYNC.
func ExampleFilter() {
	inNewProcess("sandboxed")
	// Output: socket: permission denied
}
