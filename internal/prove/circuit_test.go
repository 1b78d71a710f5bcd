package prove

import (
	"testing"

	"github.com/seccompile/seccompile/syscalls"
)

// TestCircuits holds the circuits against Go's arithmetic: of the two operands
// four bits each are of the input, at random places, and all their values are
// tried; the other bits are constants.
func TestCircuits(t *testing.T) {
	arithmetic := []struct {
		name    string
		circuit func(d *diagrams, a, x *value) value
		want    func(a, x uint32) uint32
	}{
		{"add", func(d *diagrams, a, x *value) value { return d.add(a, x, no) }, func(a, x uint32) uint32 { return a + x }},
		{"sub", (*diagrams).sub, func(a, x uint32) uint32 { return a - x }},
		{"mul", (*diagrams).mul, func(a, x uint32) uint32 { return a * x }},
		{"div", (*diagrams).div, func(a, x uint32) uint32 { return a / max(x, 1) }},
		{"left", func(d *diagrams, a, x *value) value { return d.shift(a, x, (*value).left) }, func(a, x uint32) uint32 { return a << (x % 32) }},
		{"right", func(d *diagrams, a, x *value) value { return d.shift(a, x, (*value).right) }, func(a, x uint32) uint32 { return a >> (x % 32) }},
		{"or", func(d *diagrams, a, x *value) value { return a.each(x, d.or) }, func(a, x uint32) uint32 { return a | x }},
		{"and", func(d *diagrams, a, x *value) value { return a.each(x, d.and) }, func(a, x uint32) uint32 { return a & x }},
		{"xor", func(d *diagrams, a, x *value) value { return a.each(x, d.xor) }, func(a, x uint32) uint32 { return a ^ x }},
	}
	comparisons := []struct {
		name    string
		circuit func(d *diagrams, a, x *value) node
		want    func(a, x uint32) bool
	}{
		{"equal", (*diagrams).equal, func(a, x uint32) bool { return a == x }},
		{"less", (*diagrams).less, func(a, x uint32) bool { return a < x }},
		{"meet", (*diagrams).meet, func(a, x uint32) bool { return a&x != 0 }},
	}
	r := newRand(t)
	for range repeat(300) {
		d := newDiagrams()
		d.raw = true
		a, x := constant(randomWord(r)), constant(randomWord(r))
		if r.IntN(2) == 0 {
			x = a
		}
		for bit := range 4 {
			a[r.IntN(32)] = d.bit(low(0).level(bit))
			x[r.IntN(32)] = d.bit(low(1).level(bit))
		}
		word := func(v *value, c syscalls.Call) (w uint32) {
			for i, b := range v {
				w |= uint32(d.at(b, c).lo) << i
			}
			return w
		}
		for _, tt := range arithmetic {
			v := tt.circuit(d, &a, &x)
			verdict := d.verdict(&v)
			for i := range uint64(256) {
				c := syscalls.Call{Args: [6]uint64{i & 15, i >> 4}}
				av, xv := word(&a, c), word(&x, c)
				if tt.name == "div" && xv == 0 {
					continue
				}
				if got, want := word(&v, c), tt.want(av, xv); got != want || uint32(d.at(verdict, c).lo) != want {
					t.Fatalf("%s(%#x, %#x) = %#x, verdict %#x, want %#x", tt.name, av, xv, got, uint32(d.at(verdict, c).lo), want)
				}
			}
		}
		for _, tt := range comparisons {
			f := tt.circuit(d, &a, &x)
			for i := range uint64(256) {
				c := syscalls.Call{Args: [6]uint64{i & 15, i >> 4}}
				av, xv := word(&a, c), word(&x, c)
				if got, want := d.at(f, c).lo == yes, tt.want(av, xv); got != want {
					t.Fatalf("%s(%#x, %#x) = %v, want %v", tt.name, av, xv, got, want)
				}
			}
		}
		if d.full {
			t.Fatal("the circuits of eight bits took too many steps")
		}
	}
}
