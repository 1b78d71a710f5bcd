//go:build linux

package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"syscall"

	"github.com/seccompile/seccompile/install/notify"
)

// Receive and Respond handle one call at a time.
func ExampleListener_Receive() {
	made := make(chan string, 2)
	l := target(made) // a Listener, from New
	defer l.Close()   // the second call fails with ENOSYS

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

// An agent receives the listeners of containers whose profiles have its socket as
// listenerPath.
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
