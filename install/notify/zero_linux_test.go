package notify

import (
	"context"
	"os"
	"testing"
)

// TestZeroValues: what New, Listen and Receive have not made is closed.
func TestZeroValues(t *testing.T) {
	ctx := context.Background()
	l, c, s := &Listener{}, &Call{}, &Socket{}
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
