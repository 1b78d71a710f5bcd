package notify

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/selftest"
)

// caseSignals: signals to the supervisor do not end Serve. Where one is pending
// while another thread holds the filter's lock, the kernel tells who polls the
// listener that it failed (kernel/seccomp.c, seccomp_notify_poll). Serve
// ended so in every other run of this case when the runtime's poller watched the
// listener itself.
func caseSignals() {
	const targets, calls, minimal = 4, 20_000, 1000 // the fewest of a slow machine
	l, t := filtered(0)
	var answered, sent atomic.Int64
	done := make(chan bool)
	ctx, cancel := context.WithTimeout(context.Background(), selftest.Within(time.Minute))
	ended := served(ctx, l, func(_ context.Context, c *Call) Answer {
		if answered.Add(1) == calls {
			close(done)
		}
		c.Waiting() // takes the lock
		return Value(0)
	}, Options{})
	for range targets {
		cmd := t.child(asking)
		defer cmd.Wait()
		defer cmd.Process.Kill()
	}

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGUSR1)
	go func() {
		for ctx.Err() == nil {
			threads, err := os.ReadDir("/proc/self/task")
			must("threads", err)
			for _, thread := range threads {
				tid, err := strconv.Atoi(thread.Name())
				must("a thread", err)
				unix.Tgkill(os.Getpid(), tid, unix.SIGUSR1) // it may have ended
				sent.Add(1)
			}
		}
	}()
	select {
	case err := <-ended:
		failf("Serve after %d calls and %d signals: %v", answered.Load(), sent.Load(), err)
	case <-done:
	case <-time.After(selftest.Within(30 * time.Second)):
		if n := answered.Load(); n < minimal {
			failf("Serve has answered %d calls during %d signals, want %d at least", n, sent.Load(), minimal)
		}
	}
	if sent.Load() == 0 {
		failf("no signal was sent meanwhile")
	}
	fmt.Fprintf(os.Stderr, "%d calls answered during %d signals\n", answered.Load(), sent.Load())
	cancel()
	<-ended
}
