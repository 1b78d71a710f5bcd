package prove

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// TestWithin interrupts a sum after every number of steps that it can take and
// does it again: what was left unfinished must not be taken for a result.
func TestWithin(t *testing.T) {
	calls := []syscalls.Call{{}}
	r := newRand(t)
	for range 50 {
		calls = append(calls, randomCall(r, nil))
	}
	whole := newDiagrams()
	sum := func(d *diagrams) node {
		a, x := d.input(low(0)), d.input(low(1))
		mask := constant(0xff)
		a, x = a.each(&mask, d.and), x.each(&mask, d.and)
		v := d.add(&a, &x, no)
		k := constant(0x180)
		return d.less(&v, &k)
	}
	want := sum(whole)
	interrupted := 0
	for most := 1; ; most += 7 {
		d := newDiagrams()
		if d.within(most, func() { sum(d) }) {
			break
		}
		interrupted++
		if d.full {
			t.Fatalf("after %d steps there are none left for others", most)
		}
		again := sum(d)
		for _, c := range calls {
			if got, want := d.at(again, c).lo, whole.at(want, c).lo; got != want {
				t.Fatalf("interrupted after %d steps the sum for %s is below: %d, want %d", most, c, got, want)
			}
		}
	}
	if interrupted < 100 {
		t.Errorf("the sum was interrupted %d times, want 100", interrupted)
	}
}

// TestGrow makes more nodes than the first tables hold, and finds them again.
func TestGrow(t *testing.T) {
	d := newDiagrams()
	nodes := make([]node, 3*slotsFirst)
	for i := range nodes {
		nodes[i] = d.ite(d.bit(0), d.leaf(uint32(i)+2), d.leaf(uint32(i)+3))
	}
	if len(d.slots) <= slotsFirst || len(d.cache) <= cacheFirst {
		t.Fatalf("%d slots and %d cached results for %d nodes", len(d.slots), len(d.cache), len(d.rows))
	}
	for i, n := range nodes {
		if again := d.ite(d.bit(0), d.leaf(uint32(i)+2), d.leaf(uint32(i)+3)); again != n {
			t.Fatalf("function %d is node %d and later %d", i, n, again)
		}
		if lo, hi := d.at(n, syscalls.Call{}).lo, d.at(n, syscalls.Call{Audit: 1 << 31}).lo; lo != node(i)+3 || hi != node(i)+2 {
			t.Fatalf("function %d is %d and %d, want %d and %d", i, lo, hi, i+3, i+2)
		}
	}
}

// TestNodesMost: the node too many is no node but the end of the question.
func TestNodesMost(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes 100 MB")
	}
	d := newDiagrams()
	for len(d.rows) < nodesMost {
		d.opaque()
	}
	if d.full {
		t.Fatal("full before the limit is exceeded")
	}
	if n := d.opaque(); n != no || !d.full {
		t.Errorf("the node too many is %d, full %v", n, d.full)
	}
	if d.within(1<<20, func() {}) {
		t.Error("there is still something to do within limits")
	}
}

// TestPool: questions that are answered at the same time and one after the other
// know nothing of each other, the tables that they leave being used again.
func TestPool(t *testing.T) {
	intel := defaultPolicy(t, arch.X86_64, mustCaps("docker"))
	bare := defaultPolicy(t, arch.X86_64, nil)
	insns := mustCompile(t, intel)
	want, err := Policy(insns, bare)
	if err != nil || want == nil {
		t.Fatalf("Policy = %+v, %v, want a witness", want, err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 5 {
				if w, err := Policy(insns, intel); w != nil || err != nil {
					t.Errorf("Policy = %+v, %v, want nil, nil", w, err)
				}
				w, err := Policy(insns, bare)
				if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(want, w); diff != "" {
					t.Errorf("witness (-first +later)\n%s", diff)
				}
			}
		})
	}
	wg.Wait()
}
