package trace

import (
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// wakeSignal is one that nothing else uses in a program without cgo.
const wakeSignal = unix.Signal(64)

// A waker makes waitid(2) return on a thread: the call has no time limit, and nothing but
// its tracees and signals ends it.
type waker struct {
	caught chan os.Signal
	mu     sync.Mutex
	tid    int // 0 if the thread need not wake any more, and may end
}

// newWaker returns a waker for the calling thread. It works if ok is true, and not on MIPS.
func newWaker() (w *waker, ok bool) {
	w = &waker{caught: make(chan os.Signal, 1), tid: unix.Gettid()}
	signal.Notify(w.caught, wakeSignal) // has the runtime handle it, whatever it was before
	changeFlags(wakeSignal, func(flags uintptr) uintptr { return flags &^ saRestart })
	a, ok := actionOf(wakeSignal)
	return w, ok && a.flags&saRestart == 0
}

// wake wakes the thread until it calls close, since a signal that comes just before
// waitid(2) is without effect.
func (w *waker) wake() {
	for w.send() {
		time.Sleep(time.Millisecond)
	}
}

// send sends the signal once, and reports whether the thread was there.
func (w *waker) send() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tid != 0 && unix.Tgkill(unix.Getpid(), w.tid, wakeSignal) == nil
}

// close ends wake.
func (w *waker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tid = 0
	signal.Stop(w.caught)
}
