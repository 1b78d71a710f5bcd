package notify

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"syscall"
)

// A Handler answers one call. Serve gives its Answer unless the handler has
// answered the call itself, by Call.Respond or Call.AddFD; then it returns the
// zero Answer. It must heed ctx, which ends when Serve is to return.
//
// A handler may be called for several calls at once. It must not count on
// handlers of other calls, for there may be no room for them.
type Handler func(ctx context.Context, c *Call) Answer

// Options says how Serve works. The zero value is 64 handlers at once and an
// end at the first failure.
type Options struct {
	// Handlers is how many run at once, at least 1; 0 is 64. Further calls
	// wait in the kernel, where signals and kills still reach their targets.
	Handlers int

	// Failed is told, from the handler's goroutine, that a call is refused
	// because its handler panicked (a *PanicError) or its answer could not be
	// given (an *install.Error), or that an answer was one too many. If it is nil,
	// the first of these ends Serve, as its error.
	Failed func(c *Call, err error)
}

// Serve receives calls and has each answered by h, until no thread with the
// filter is left, which is nil; until ctx ends, which is its cause; or until the
// listener is closed or fails. It returns when the handlers have, and leaves no
// goroutine. Calls that nobody has received wait on, for another Serve or the
// end of the listener.
//
// A call that was received is answered exactly once, whatever its handler does:
// with Refusal where that gives no answer that the kernel takes. Only a handler
// that does not return leaves its target waiting. A target that goes away
// before it is answered is no failure.
func (l *Listener) Serve(ctx context.Context, h Handler, o Options) error {
	if o.Handlers <= 0 {
		o.Handlers = 64
	}
	ctx, end := context.WithCancelCause(ctx)
	failed := o.Failed
	var once sync.Once
	var failure error // the first, where it ends Serve
	if failed == nil {
		failed = func(_ *Call, err error) {
			once.Do(func() { failure = err })
			end(err)
		}
	}
	var handlers sync.WaitGroup
	room := make(chan struct{}, o.Handlers)

	err := l.during(ctx, func() error {
		for {
			if err := take(ctx, room); err != nil {
				return err
			}
			c, err := l.receive()
			if err != nil {
				return err
			}
			handlers.Go(func() {
				defer func() { <-room }()
				c.handle(ctx, h, failed)
			})
		}
	})
	end(err)
	handlers.Wait()
	switch {
	case failure != nil:
		return failure
	case err == io.EOF:
		return nil
	}
	return err
}

// handle has h answer the call, and answers where that does not.
func (c *Call) handle(ctx context.Context, h Handler, failed func(*Call, error)) {
	var a Answer
	returned := false
	defer func() { // for runtime.Goexit, too
		if !returned {
			p := &PanicError{Value: recover(), Stack: debug.Stack()}
			c.refuse(failed)
			failed(c, p)
		}
	}()
	a = h(ctx, c)
	returned = true
	if a == (Answer{}) {
		c.refuse(failed)
		return
	}
	if err := c.Respond(a); err != nil && !isGone(err) {
		c.refuse(failed)
		failed(c, err)
	}
}

// refuse gives the zero Answer to a call that has none.
func (c *Call) refuse(failed func(*Call, error)) {
	err := c.Respond(Answer{})
	if err != nil && !isGone(err) && !errors.Is(err, syscall.EINPROGRESS) {
		failed(c, err) // an outer filter keeps this process from answering
	}
}

func isGone(err error) bool { return errors.Is(err, ErrGone) }
