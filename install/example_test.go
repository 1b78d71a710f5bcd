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

// noSockets answers EACCES to socket(2) and allows the rest. In a program it comes
// from compile.Filter.Insns, and is longer, for other ABIs have other numbers.
var noSockets = []bpf.RawInstruction{
	{Op: 0x20, K: 0},                                // load seccomp_data.nr
	{Op: 0x15, Jf: 1, K: unix.SYS_SOCKET},           // if it is socket
	{Op: 0x06, K: 0x00050000 | uint32(unix.EACCES)}, // return ERRNO(EACCES)
	{Op: 0x06, K: 0x7fff0000},                       // return ALLOW
}

// A program that goes on under a filter has it on all threads, those of the Go
// runtime included.
func ExampleFilter() {
	inNewProcess("sandboxed")
	// Output: socket: permission denied
}

// sandboxed is the main of such a program.
func sandboxed() {
	if _, err := install.Filter(noSockets, install.Options{Flags: unix.SECCOMP_FILTER_FLAG_TSYNC}); err != nil {
		log.Fatal(err)
	}
	done := make(chan bool)
	go func() { // on whatever thread
		_, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		fmt.Println("socket:", err)
		close(done)
	}()
	<-done
}

// A launcher becomes the program: process ID, parent and exit status are the
// program's.
func ExampleExec() {
	inNewProcess("launcher")
	// Output: Seccomp:	2
}

// launcher is the main of such a launcher. Exec does not return if all goes well.
func launcher() {
	log.Fatal(install.Exec(noSockets, install.Options{}, "/bin/grep", []string{"grep", "Seccomp:", "/proc/self/status"}, os.Environ()))
}

// A program starts commands under filters and has none itself. Its main begins
// with install.Child().
func ExampleStart() {
	cmd := exec.Command("sh", "-c", "grep Seccomp: /proc/self/status; exit 3")
	cmd.Stdout = os.Stdout
	if _, err := install.Start(noSockets, install.Options{}, cmd); err != nil {
		log.Fatal(err)
	}
	fmt.Println(cmd.Wait())

	_, err := install.Start(noSockets, install.Options{}, exec.Command("/no/such/program"))
	fmt.Println(err)

	// Output:
	// Seccomp:	2
	// exit status 3
	// execve(/no/such/program): no such file or directory (there is no such file, or not the interpreter that it names)
}

// What is installed already, and what room it leaves.
func ExampleStatus() {
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with its filter
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

	least, most := install.Room(nil, 1) // behind a filter of unknown length
	fmt.Println("room for", least, "to", most)
	fmt.Println("a small filter costs", install.Cost(noSockets))

	// Output:
	// mode 2 no_new_privs true new filters 1
	// room for 12284 to 32760
	// a small filter costs 9
}

// inNewProcess runs one of the mains above: a filter cannot be taken out of this
// process again.
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
