package diagram

import "testing"

// TestSimplify: what Simplify leaves out tells nothing apart, opaque leaves stay,
// and a mask is not asked where its word is known.
func TestSimplify(t *testing.T) {
	r := newRand(t)
	smaller := 0
	for range 500 {
		var b Builder
		n, m := random(&b, r, 0)
		for range r.IntN(3) {
			n2, m2 := random(&b, r, 0)
			n, m = b.Over(n, n2), over(m, m2)
		}
		next := b.Split(Test{Nr, whole}, []uint32{2}, []*Node{b.Leaf(7), b.Leaf(8)})
		n = b.Over(n, b.Opaque(next))
		s := b.Simplify(n)
		if s != n {
			smaller++
		}
		for w := range calls() {
			want, ok := m(&w)
			if !ok {
				want = next.Eval(&w)
			}
			if got := s.Eval(&w); got != want {
				t.Fatalf("Eval(%v) = %d, want %d:%sof%s", w, got, want, b.format(s), b.format(n))
			}
		}
	}
	if smaller == 0 {
		t.Error("no diagram got simpler")
	}
	var b Builder
	low, mask := Test{Low(0), whole}, Test{Low(0), 0xf}
	n := b.At(low, 9, b.Leaf(1), b.At(mask, 9, b.Leaf(2), b.Leaf(3), b.Leaf(2)), b.Leaf(1))
	if got, want := b.Simplify(n), b.At(low, 9, b.Leaf(1), b.Leaf(3), b.Leaf(1)); got != want {
		t.Errorf("Simplify is%swant%s", b.format(got), b.format(want))
	}
}

// TestOverWithin: it is Over, or nothing where that takes more pairs.
func TestOverWithin(t *testing.T) {
	r := newRand(t)
	within, beyond := 0, 0
	for range 500 {
		var b Builder
		x, _ := random(&b, r, 0)
		y, _ := random(&b, r, 0)
		got, ok := b.OverWithin(x, y, 3)
		if want := b.Over(x, y); ok && got != want {
			t.Errorf("OverWithin is%swant%s", b.format(got), b.format(want))
		}
		if ok {
			within++
		} else {
			beyond++
		}
	}
	if within == 0 || beyond == 0 {
		t.Errorf("%d within and %d beyond three pairs", within, beyond)
	}
}

// TestLowFirst: it is the same word of a call as Low, and is asked before High.
func TestLowFirst(t *testing.T) {
	var b Builder
	n := b.At(Test{LowFirst(2), whole}, 5, b.Leaf(1), b.At(Test{High(2), whole}, 1, b.Leaf(2), b.Leaf(3), b.Leaf(2)), b.Leaf(1))
	w := [Words]uint32{}
	w[Low(2)], w[High(2)] = 5, 1
	if got := n.Eval(&w); got != 3 {
		t.Errorf("Eval = %d, want 3:%s", got, b.format(n))
	}
}
