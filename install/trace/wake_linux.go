package trace

import (
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// wakeSignal is one that nothing else uses in a program without cgo.
const wakeSignal = unix.Signal(64)

// A waker makes waitid(2) return on a thread: the call has no time limit, and nothing but
// its tracees and signals ends it.
type waker struct {
	caught chan os.Signal
	waits  *atomic.Bool // the thread is in waitid, or about to call it
	mu     sync.Mutex
	tid    int // 0 if the thread need not wake any more, and may end
}

// newWaker returns a waker for the calling thread. It works if ok is true.
func newWaker(waits *atomic.Bool) (w *waker, ok bool) {
	w = &waker{caught: make(chan os.Signal, 1), waits: waits, tid: unix.Gettid()}
	signal.Notify(w.caught, wakeSignal) // has the runtime handle it, whatever it was before
	changeFlags(wakeSignal, func(flags sigFlags) sigFlags { return flags &^ saRestart })
	a, ok := actionOf(wakeSignal)
	return w, ok && a.flags&saRestart == 0
}

// wake wakes the thread until it calls close, since a signal that comes just before
// waitid(2) is without effect. Calls of a handler are not interrupted.
func (w *waker) wake() {
	for w.send() {
		time.Sleep(time.Millisecond)
	}
}

// send sends the signal once if the thread waits, and reports whether it is there.
func (w *waker) send() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tid != 0 && w.waits.Load() {
		unix.Tgkill(unix.Getpid(), w.tid, wakeSignal)
	}
	return w.tid != 0
}

// close ends wake.
func (w *waker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tid = 0
	signal.Stop(w.caught)
}
