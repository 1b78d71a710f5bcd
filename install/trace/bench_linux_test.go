package trace

import (
	"context"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// BenchmarkCall is what a traced call costs, with a handler that counts it.
func BenchmarkCall(b *testing.B) {
	requireTracing(b)
	n := 0
	cmd := target("calls", callsEnv+"="+strconv.Itoa(b.N))
	err := Run(context.Background(), AllCalls(), install.Options{}, cmd, func(c *Call) {
		if c.Nr == marked && c.Args[0] == mark {
			n++
		}
	})
	if err != nil || n != b.N {
		b.Fatalf("Run: %v, %d marked calls, want %d", err, n, b.N)
	}
}

// BenchmarkAttachedCall is what a call costs in a process that is attached to.
func BenchmarkAttachedCall(b *testing.B) {
	requireTracing(b)
	a := startApart("calls", callsEnv+"="+strconv.Itoa(b.N))
	n := 0
	err := Attach(context.Background(), a.pid, func(c *Call) {
		switch {
		case c.Nr == unix.SYS_READ && c.Args[0] == 0 && n == 0:
			n = 1
			a.in.Write([]byte{1})
		case c.Nr == marked && c.Args[0] == mark:
			n++
		}
	})
	if err != nil || n != b.N+1 {
		b.Fatalf("Attach: %v, %d marked calls, want %d", err, n-1, b.N)
	}
	a.ends()
}
