//go:build seccomp

package libseccomp

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var (
	seed  = flag.Uint64("seed", 1, "of the made-up profiles")
	count = flag.Int("count", 20000, "how many made-up profiles")
)

// TestRandom: what libseccomp makes of made-up profiles is what they mean to us,
// in the fragments in which it is exact.
func TestRandom(t *testing.T) {
	all, shown := allNames(t), map[string]int{}
	for i := range uint64(*count) {
		m := maker{Rand: rand.New(rand.NewPCG(*seed, i))}
		c := m.trial(all)
		stuck := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("-seed=%d, profile %d: libseccomp does not come back", *seed, i)) })
		verdict, err := c.judge()
		stuck.Stop()
		if err != nil {
			t.Fatalf("-seed=%d, profile %d, of %s:\n%s", *seed, i, c.fragments, c.shrink().report())
		}
		shown[verdict]++
		for _, f := range c.fragments {
			shown[f]++
		}
	}
	t.Logf("-seed=%d: %v", *seed, shown)
	if n := shown[refused]; n > *count/20 {
		t.Errorf("libseccomp and we refuse %d of %d profiles, want one in twenty at most: they are too odd to say much", n, *count)
	}
	for i := range fragments {
		if name := fragments[i].name; shown[name] < *count/100 {
			t.Errorf("%d of %d profiles have calls of the fragment %q, want one in a hundred", shown[name], *count, name)
		}
	}
}
