package notify

import (
	"context"
	"errors"
	"math"
	"os"
	"testing"
)

// TestZeroValues: what New, Listen and Receive have not made is closed.
func TestZeroValues(t *testing.T) {
	ctx := context.Background()
	for _, zero := range []struct {
		l *Listener
		c *Call
		s *Socket
	}{{&Listener{}, &Call{}, &Socket{}}, {}} {
		l, c, s := zero.l, zero.c, zero.s
		_, received := l.Receive(ctx)
		_, added := c.AddFD(FD{File: os.Stderr})
		_, _, accepted := s.Accept(ctx)
		for what, err := range map[string]error{
			"Receive":  received,
			"Serve":    l.Serve(ctx, nil, Options{}),
			"SetFlags": l.SetFlags(0),
			"Respond":  c.Respond(Continue()),
			"Waiting":  c.Waiting(),
			"AddFD":    added,
			"Memory":   c.ReadMemory(0, make([]byte, 1)),
			"String":   func() error { _, err := c.ReadString(0, math.MaxInt); return err }(),
			"Accept":   accepted,
		} {
			if err == nil {
				t.Errorf("%s of a zero value = nil, want an error", what)
			}
		}
		if l.Close() == nil || s.Close() == nil {
			t.Error("Close of what is not open = nil")
		}
	}
	zero := new(os.File)
	_, err := New(zero)
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("New of the zero file = %v, want os.ErrClosed", err)
	}
	if err := Send(ctx, "socket", zero, ContainerProcessState{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Send of the zero file = %v, want os.ErrClosed", err)
	}
	if _, err := new(Call).AddFD(FD{File: zero}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("AddFD of the zero file = %v, want os.ErrClosed", err)
	}
}
