package notify

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// The case load is the supervisor of one process, loading, whose threads make so
// many calls; the listener comes over a socket.
const (
	loadEnv     = "SECCOMPILE_NOTIFY_TEST_SOCKET"
	loadThreads = 64
)

var loadCalls int

func init() {
	selftest.IntVar(&loadCalls, "calls", 100_000, 10, "how many `calls` the case load makes")
}

// loadAnswer is the answer to call number n.
func loadAnswer(n uint64) Answer {
	a, _ := distinct(int64(n*7 + 1))
	return a
}

// loadReply is what it returns.
func loadReply(n uint64) reply {
	_, r := distinct(int64(n*7 + 1))
	return r
}

// runLoad is the process loading. It checks every reply.
func runLoad() {
	listener, err := install.Filter(handOver(notified), install.Options{Flags: abi.FlagTSync | abi.FlagTSyncESRCH | abi.FlagNewListener})
	must("Filter", err)
	file := listener.File()
	must("Send", Send(context.Background(), os.Getenv(loadEnv), file, ContainerProcessState{PID: os.Getpid()}))
	file.Close()
	var n atomic.Uint64
	var wg sync.WaitGroup
	for range loadThreads {
		wg.Go(func() {
			runtime.LockOSThread()
			for {
				i := n.Add(1) - 1
				if i >= uint64(loadCalls) {
					return
				}
				if got, want := ask(uintptr(i)), loadReply(i); got != want {
					failf("call %d returned %+v, want %+v", i, got, want)
				}
			}
		})
	}
	wg.Wait()
}

// caseLoad: no call is lost, none comes twice, and memory does not grow with
// their number. The filter is without WAIT_KILLABLE_RECV: the runtime interrupts
// threads, and interrupted calls come again, but none is answered twice.
func caseLoad() {
	dir, err := os.MkdirTemp("", "notify")
	must("temporary directory", err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "listener")
	s, err := Listen(path)
	must("Listen", err)
	cmd := exec.Command(self)
	cmd.Env = append(selftest.Env(loading), loadEnv+"="+path)
	cmd.Stderr = os.Stderr
	must("start", cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // before 6.11 its threads count as left until then
	ctx, cancel := context.WithTimeout(context.Background(), selftest.Within(110*time.Second))
	defer cancel()
	l, state, err := s.Accept(ctx)
	must("Accept", err)
	must("Close", s.Close())
	if state.PID != cmd.Process.Pid {
		failf("the state is of process %d, want %d", state.PID, cmd.Process.Pid)
	}

	answers := make([]atomic.Int32, loadCalls)
	var total atomic.Int64
	var again atomic.Int64
	var early, late runtime.MemStats
	start := time.Now()
	err = l.Serve(ctx, func(_ context.Context, c *Call) Answer {
		if total.Add(1) == int64(loadCalls/10) {
			runtime.GC()
			runtime.ReadMemStats(&early)
		}
		n := c.Args[0]
		switch err := c.Respond(loadAnswer(n)); {
		case isGone(err):
			again.Add(1)
		case err != nil:
			failf("call %d: %v", n, err)
		default:
			answers[n].Add(1)
		}
		return Answer{}
	}, Options{})
	took := time.Since(start)
	must("Serve", err)
	must("the process loading", <-ended)
	for i := range answers {
		// The kernel may take an answer and then interrupt its call.
		if n := answers[i].Load(); n == 0 {
			failf("call %d has no answer", i)
		} else if n > 1 {
			failf("call %d was answered %d times", i, n)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&late)
	if late.HeapAlloc > early.HeapAlloc+1<<20 || late.Sys > early.Sys+8<<20 {
		failf("memory grows: heap %d to %d, system %d to %d bytes", early.HeapAlloc, late.HeapAlloc, early.Sys, late.Sys)
	}
	fmt.Fprintf(os.Stderr, "%d calls in %v, %.0f a second; %d interrupted\n", loadCalls, took, float64(loadCalls)/took.Seconds(), again.Load())
}
