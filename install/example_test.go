//go:build linux && amd64

package install_test

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// noSockets answers EACCES to socket(2) and allows all other calls. A program would use
// compile.Filter.Insns, which returns a longer filter, since other ABIs have other numbers.
var noSockets = []bpf.RawInstruction{
	{Op: 0x20, K: 0},                                // load seccomp_data.nr
	{Op: 0x15, Jf: 1, K: unix.SYS_SOCKET},           // if it is socket
	{Op: 0x06, K: 0x00050000 | uint32(unix.EACCES)}, // return ERRNO(EACCES)
	{Op: 0x06, K: 0x7fff0000},                       // return ALLOW
}

// A program starts commands under filters, and has no filter itself. Its main must begin
// with install.Child().
func ExampleStart() {
	insns := noSockets // from compile.Filter.Insns
	cmd := exec.Command("sh", "-c", "grep Seccomp: /proc/self/status; exit 3")
	cmd.Stdout = os.Stdout
	if _, err := install.Start(insns, install.Options{}, cmd); err != nil {
		log.Fatal(err)
	}
	fmt.Println(cmd.Wait())

	_, err := install.Start(insns, install.Options{}, exec.Command("/no/such/program"))
	fmt.Println(err)

	// Output:
	// Seccomp:	2
	// exit status 3
	// execve(/no/such/program): no such file or directory (there is no such file, or not the interpreter that it names)
}

// Status counts the filters of a thread, and Room tells how much more fits.
func ExampleStatus() {
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked, so the filtered thread ends
		before, err := install.Status()
		if err != nil {
			log.Fatal(err)
		}
		if _, err := install.Filter(noSockets, install.Options{}); err != nil {
			log.Fatal(err)
		}
		after, err := install.Status()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("mode", after.Mode, "no_new_privs", after.NoNewPrivs, "new filters", after.Filters-before.Filters)
	}()
	<-done

	least, most := install.Room(nil, 1) // with one filter of unknown length
	fmt.Println("room for", least, "to", most)
	fmt.Println("a small filter costs", install.Cost(noSockets))

	// Output:
	// mode 2 no_new_privs true new filters 1
	// room for 12284 to 32760
	// a small filter costs 9
}

// inNewProcess runs one of the examples' mains in a new process, since a filter cannot be
// removed from this one.
func inNewProcess(name string) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), exampleEnv+"="+name)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Println(err)
	}
}

const exampleEnv = "SECCOMPILE_INSTALL_EXAMPLE"

func init() {
	switch os.Getenv(exampleEnv) {
	case "sandboxed":
		sandboxed()
		syscall.Exit(0)
	case "launcher":
		os.Unsetenv(exampleEnv)
		launcher()
	}
}
