package diagram

import (
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", 1, "of the random tests, 0 for a new one")

func newRand(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// tests are in the order that paths have; small masks, so that all values of
// all words can be tried.
var tests = []Test{
	{Arch, whole}, {Nr, whole}, {Nr, 3}, {Nr, 1}, {High(0), whole}, {Low(0), whole}, {Low(0), 2},
}

const values = 4 // 0 to 3 of each of the words

// A model is the plain meaning of a diagram: what it answers, if anything.
type model func(w *[Words]uint32) (verdict uint32, ok bool)

func nothing(*[Words]uint32) (uint32, bool) { return 0, false }

// random returns a diagram that asks tests from the first on, and its meaning.
func random(b *Builder, r *rand.Rand, first int) (*Node, model) {
	if first == len(tests) || r.IntN(4) == 0 {
		if r.IntN(3) == 0 {
			return b.None(), nothing
		}
		v := r.Uint32N(3)
		return b.Leaf(v), func(*[Words]uint32) (uint32, bool) { return v, true }
	}
	i := first + r.IntN(len(tests)-first)
	test := tests[i]
	var cuts []uint32
	for range r.IntN(4) {
		cuts = append(cuts, r.Uint32N(values+1))
	}
	slices.Sort(cuts)
	var children []*Node
	var models []model
	for range len(cuts) + 1 {
		n, m := random(b, r, i+1)
		children, models = append(children, n), append(models, m)
	}
	return b.Split(test, slices.Clone(cuts), children), func(w *[Words]uint32) (uint32, bool) {
		k := 0
		for k < len(cuts) && cuts[k] <= w[test.Word]&test.Mask {
			k++
		}
		return models[k](w)
	}
}

func over(top, bottom model) model {
	return func(w *[Words]uint32) (uint32, bool) {
		if v, ok := top(w); ok {
			return v, true
		}
		return bottom(w)
	}
}

// TestRandom builds diagrams by Split and Over, compares them with their meaning
// for every call, and holds them to the form that nodes have.
func TestRandom(t *testing.T) {
	r := newRand(t)
	rest := func(*[Words]uint32) (uint32, bool) { return 9, true }
	for range 300 {
		var b Builder
		n, m := random(&b, r, 0)
		for range r.IntN(4) {
			n2, m2 := random(&b, r, 0)
			if r.IntN(2) == 0 {
				n2, m2, n, m = n, m, n2, m2
			}
			n, m = b.Over(n, n2), over(m, m2)
		}
		n, m = b.Over(n, b.Leaf(9)), over(m, rest)
		checkForm(t, &b, n)
		for w := range calls() {
			want, _ := m(&w)
			if got := n.Eval(&w); got != want {
				t.Fatalf("Eval(%v) = %d, want %d:%s", w, got, want, b.format(n))
			}
		}
	}
}

// calls yields all calls with small words.
func calls() iter.Seq[[Words]uint32] {
	return func(yield func([Words]uint32) bool) {
		words := [...]Word{Arch, Nr, High(0), Low(0)}
		for i := range values * values * values * values {
			var w [Words]uint32
			for _, word := range words {
				w[word], i = uint32(i%values), i/values
			}
			if !yield(w) {
				return
			}
		}
	}
}

// TestOverLaws: Over is associative, and None is neutral; as nodes, not only in
// what they answer.
func TestOverLaws(t *testing.T) {
	r := newRand(t)
	for range 1000 {
		var b Builder
		x, _ := random(&b, r, 0)
		y, _ := random(&b, r, 0)
		z, _ := random(&b, r, 0)
		if b.Over(x, b.None()) != x || b.Over(b.None(), x) != x || b.Over(x, x) != x {
			t.Errorf("Over with None or with itself gives another diagram than%s", b.format(x))
		}
		if l, r := b.Over(b.Over(x, y), z), b.Over(x, b.Over(y, z)); l != r {
			t.Errorf("(x over y) over z is%sx over (y over z) is%swith x%sy%sz%s", b.format(l), b.format(r), b.format(x), b.format(y), b.format(z))
		}
	}
}

// checkForm reports nodes that Split should not have made.
func checkForm(t *testing.T, b *Builder, n *Node) {
	t.Helper()
	seen := map[*Node]bool{}
	shapes := map[string]*Node{}
	var visit func(*Node)
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		text := fmt.Sprintf("%+v", shapeOf(n))
		if shapes[text] != nil {
			t.Errorf("two nodes are%s", b.format(n))
		}
		shapes[text] = n
		if n == b.None() {
			t.Error("None is left in a diagram that answers everything")
		}
		if n.Leaf() {
			return
		}
		if len(n.Children) != len(n.Cuts)+1 || n.Cuts[0] == 0 {
			t.Errorf("%d children, cuts %v:%s", len(n.Children), n.Cuts, b.format(n))
		}
		for i := 1; i < len(n.Cuts); i++ {
			if n.Cuts[i-1] >= n.Cuts[i] {
				t.Errorf("cuts %v:%s", n.Cuts, b.format(n))
			}
		}
		for i, k := range n.Children {
			if i > 0 && n.Children[i-1] == k {
				t.Errorf("equal neighbours:%s", b.format(n))
			}
			if !k.Leaf() && n.Test.compare(k.Test) >= 0 {
				t.Errorf("%+v is asked behind %+v:%s", k.Test, n.Test, b.format(n))
			}
			visit(k)
		}
	}
	visit(n)
}

// format prints a diagram; None within it looks like verdict 0.
func (b *Builder) format(n *Node) string {
	if n == b.None() {
		return " none\n"
	}
	return n.Format(func(v uint32) string { return fmt.Sprint(v) })
}
