package notify

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/install"
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
			"Listener.Receive":  received,
			"Listener.Serve":    l.Serve(ctx, nil, Options{}),
			"Listener.SetFlags": l.SetFlags(0),
			"Call.Respond":      c.Respond(Continue()),
			"Call.Waiting":      c.Waiting(),
			"Call.AddFD":        added,
			"Call.ReadMemory":   c.ReadMemory(0, make([]byte, 1)),
			"Call.WriteMemory":  c.WriteMemory(0, make([]byte, 1)),
			"Call.ReadString":   func() error { _, err := c.ReadString(0, math.MaxInt); return err }(),
			"Socket.Accept":     accepted,
		} {
			if err == nil {
				t.Errorf("%s of a zero value = nil, want an error", what)
			}
			var e *install.Error
			if errors.As(err, &e) && !strings.HasPrefix(e.Op+"(", "notify."+what+"(") {
				t.Errorf("%s of a zero value: Op is %s", what, e.Op)
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
