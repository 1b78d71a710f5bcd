package notify

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"sync"
	"syscall"
)

// A Handler answers one call. [Listener.Serve] gives the returned Answer, unless the
// handler has already answered the call by [Call.Respond] or [Call.AddFD]; the handler
// then returns the zero Answer. When ctx ends, the handler must return, because Serve is
// about to return.
//
// A handler may be called for several calls at once. It must not wait for the handler of
// another call, which may not run until this one returns.
type Handler func(ctx context.Context, c *Call) Answer

// Options control Serve. The zero value means at most 64 handlers at once, and an end at
// the first failure.
type Options struct {
	// Handlers is the maximum number of handlers that run at once; 0 means 64. Further
	// calls wait in the kernel, where signals and kills still reach their targets.
	Handlers int

	// Failed is called, in the handler's goroutine, when a call is refused because its
	// handler panicked (a *PanicError) or its answer could not be given (an
	// *install.Error), or when a call was answered twice. If it is nil, the first such
	// error ends Serve, which returns it.
	Failed func(c *Call, err error)
}

// Serve receives calls and answers each with the result of h. It returns nil when no
// thread with the filter is left, the cause of ctx when ctx ends, and an error when the
// listener is closed or fails. Before it returns, it waits for all handlers; it leaves no
// goroutine. Calls that were not received continue to wait, for another Serve or for the
// end of the listener.
//
// Serve answers every received call exactly once, even if its handler panics. If the
// handler does not give an answer that the kernel accepts, the answer is [Refusal]. A
// target waits on only if its handler does not return. It is not a failure if a target
// stops waiting before the answer.
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

	err := l.during(ctx, "notify.Listener.Serve", func() error {
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
