package trace

import (
	"context"
	"strconv"
	"testing"

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
