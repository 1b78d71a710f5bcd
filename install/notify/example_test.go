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

// handOver is a filter that hands getppid to its listener and allows the rest;
// compile.Filter.Insns returns one for a profile with SCMP_ACT_NOTIFY.
var handOver = []bpf.RawInstruction{
	{Op: 0x20, K: 0},
	{Op: 0x15, Jt: 1, K: unix.SYS_GETPPID},
	{Op: 0x06, K: 0x7fff0000},
	{Op: 0x06, K: 0x7fc00000},
}

// target starts a thread under the filter that makes the call two times and
// ends. A target is another process as a rule.
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
	// It is nil if the threads have ended before that.
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
	<-printed
	// Output:
	// 42 errno 0
	// -1 operation not permitted
}

// Without Serve, calls are received and answered one by one.
func ExampleListener_Receive() {
	made := make(chan string, 2)
	l := target(made)
	defer l.Close() // the second call fails with ENOSYS

	c, err := l.Receive(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Args[:3])
	if err := c.Respond(notify.Value(7)); err != nil {
		log.Fatal(err)
	}
	fmt.Print(<-made)
	// Output:
	// [40 2 0]
	// 7 errno 0
}

// An agent receives the listeners of containers whose profiles name its socket
// as listenerPath.
func ExampleSocket_Accept() {
	ctx := context.Background()
	s, err := notify.Listen("/run/agent.sock")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	for {
		l, state, err := s.Accept(ctx)
		if errors.Is(err, notify.ErrBadState) {
			log.Print(err)
			continue
		} else if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer l.Close()
			err := l.Serve(ctx, func(_ context.Context, c *notify.Call) notify.Answer {
				return notify.Errno(syscall.EPERM)
			}, notify.Options{})
			log.Printf("container %s: %v", state.State.ID, err)
		}()
	}
}
