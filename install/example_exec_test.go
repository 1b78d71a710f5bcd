//go:build linux && amd64

package install_test

import (
	"log"
	"os"

	"github.com/seccompile/seccompile/install"
)

// launcher is the main of a launcher. It becomes the program: process ID, parent and exit
// status are the program's. Exec does not return if it succeeds.
func launcher() {
	insns := noSockets // from compile.Filter.Insns
	argv := []string{"grep", "Seccomp:", "/proc/self/status"}
	log.Fatal(install.Exec(insns, install.Options{}, "/bin/grep", argv, os.Environ()))
}

// A launcher becomes the program that it starts.
func ExampleExec() {
	inNewProcess("launcher")
	// Output: Seccomp:	2
}
