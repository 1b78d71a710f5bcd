//go:build linux

package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/install/notify"
)

// Serve answers the calls of all threads under a filter.
func ExampleListener_Serve() {
	made := make(chan string)
	l := target(made)
	defer l.Close()

	ctx, cancel := context.WithCancel(context.Background())
	printed := make(chan bool)
	go func() {
		for reply := range made {
			fmt.Print(reply)
		}
		cancel()
		close(printed)
	}()
	first := true
	err := l.Serve(ctx, func(_ context.Context, c *notify.Call) notify.Answer {
		if first {
			first = false
			return notify.Value(int64(c.Args[0] + c.Args[1]))
		}
		return notify.Errno(syscall.EPERM)
	}, notify.Options{Handlers: 1})
	// The error is nil if all threads under the filter ended first.
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
	<-printed
	// Output:
	// 42 errno 0
	// -1 operation not permitted
}

// handOver is a filter that hands getppid over to its listener and allows all other calls.
// compile.Filter.Insns returns such a filter for a profile with SCMP_ACT_NOTIFY.
var handOver = []bpf.RawInstruction{
	{Op: 0x20, K: 0},
	{Op: 0x15, Jt: 1, K: unix.SYS_GETPPID},
	{Op: 0x06, K: 0x7fff0000},
	{Op: 0x06, K: 0x7fc00000},
}

// target starts a thread under the filter. The thread makes the call twice and ends. A
// target is usually another process.
func target(made chan<- string) *notify.Listener {
	listeners := make(chan *os.File)
	go func() {
		runtime.LockOSThread()
		listener, err := install.Filter(handOver, install.Options{Flags: unix.SECCOMP_FILTER_FLAG_NEW_LISTENER})
		if err != nil {
			log.Fatal(err)
		}
		listeners <- listener.File()
		for range 2 {
			v, _, errno := unix.Syscall(unix.SYS_GETPPID, 40, 2, 0)
			made <- fmt.Sprintln(int(v), errno)
		}
		close(made)
	}()
	l, err := notify.New(<-listeners)
	if err != nil {
		log.Fatal(err)
	}
	return l
}
