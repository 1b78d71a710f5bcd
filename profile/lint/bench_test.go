package lint

import (
	"testing"

	"github.com/seccompile/seccompile/profile"
)

func BenchmarkProfile(b *testing.B) {
	p := profile.Default()
	for b.Loop() {
		if _, err := Profile(p, target, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
