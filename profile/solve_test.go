package profile

import (
	"math/rand/v2"
	"testing"

	"github.com/seccompile/seccompile/profile/policy"
)

const most = ^uint64(0)

// randomCond returns a condition on an argument whose datum and mask are below
// limit+1, so that all that can tell values of up to limit apart may come.
func randomCond(r *rand.Rand, arg uint8, limit uint64) policy.Cond {
	c := policy.Cond{Arg: arg, Op: policy.NE + policy.Op(r.IntN(7)), Value: r.Uint64N(limit + 1)}
	switch r.IntN(8) {
	case 0:
		c.Value = 0
	case 1:
		c.Value = limit
	case 2:
		c.Value = limit + 1
	}
	if c.Op == policy.MaskedEQ {
		c.Mask = r.Uint64N(limit + 1)
		if r.IntN(2) == 0 {
			c.Value &= c.Mask
		}
	}
	return c
}

func matchesAll(conds []policy.Cond, args [6]uint64) bool {
	r := policy.Rule{Conds: conds}
	return r.Matches(args)
}

// TestMeetSmall compares meet with trying every value, where one condition
// keeps values to 8 bits, or to the last 256 of 64.
func TestMeetSmall(t *testing.T) {
	r := random(t)
	met := 0
	for range 30000 {
		bound := policy.Cond{Op: policy.LE, Value: 255}
		var first uint64
		if r.IntN(4) == 0 {
			first = most - 255
			bound = policy.Cond{Op: policy.GE, Value: first}
		}
		conds := []policy.Cond{bound}
		for range r.IntN(6) {
			c := randomCond(r, 0, 255)
			if first > 0 {
				c.Value += first // beyond the last value it wraps
				if c.Op == policy.MaskedEQ && r.IntN(2) == 0 {
					c.Mask += first
				}
			}
			conds = append(conds, c)
		}
		r.Shuffle(len(conds), func(i, j int) { conds[i], conds[j] = conds[j], conds[i] })
		var want uint64
		wantOK := false
		for v := range uint64(256) {
			if matchesAll(conds, [6]uint64{first + v}) {
				want, wantOK = first+v, true
				break
			}
		}
		got, ok := satisfy(conds)
		if ok != wantOK || ok && got != [6]uint64{want} {
			t.Fatalf("satisfy(%v) = %#x, %v, want %#x, %v", conds, got, ok, want, wantOK)
		}
		if ok {
			met++
		}
	}
	if met < 5000 || met > 28000 {
		t.Errorf("of 30000 lists %d can be met: the random lists are no good", met)
	}
}

// TestMeetWide: what meet returns does match, for any conditions on any
// arguments, and where it finds nothing random calls find nothing either.
func TestMeetWide(t *testing.T) {
	r := random(t)
	edges := []uint64{0, 1, 2, 0xff, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 63, most - 1, most}
	for range 30000 {
		var conds []policy.Cond
		for range 1 + r.IntN(8) {
			c := randomCond(r, uint8(r.IntN(3)), 63)
			switch r.IntN(3) {
			case 0:
				c.Value = edges[r.IntN(len(edges))]
			case 1:
				c.Value <<= r.IntN(64)
			}
			if c.Op == policy.MaskedEQ {
				c.Mask = r.Uint64() | r.Uint64()
			}
			conds = append(conds, c)
		}
		args, ok := satisfy(conds)
		if ok && !matchesAll(conds, args) {
			t.Fatalf("satisfy(%v) = %#x, which does not match", conds, args)
		}
		for i := range args {
			smaller := args
			if smaller[i]--; ok && args[i] > 0 && matchesAll(conds, smaller) {
				t.Fatalf("satisfy(%v) = %#x, and argument %d could be smaller", conds, args, i)
			}
		}
		for range 20 {
			var try [6]uint64
			for i := range 3 {
				c := conds[r.IntN(len(conds))]
				try[i] = c.Value + uint64(r.IntN(3)) - 1
			}
			if matchesAll(conds, try) && (!ok || try[0] < args[0] || try[1] < args[1] || try[2] < args[2]) {
				t.Fatalf("satisfy(%v) = %#x, %v, but %#x matches", conds, args, ok, try)
			}
		}
	}
}

func TestMeetEdges(t *testing.T) {
	tests := []struct {
		name  string
		conds []policy.Cond
		want  [6]uint64
		ok    bool
	}{
		{"no conditions", nil, [6]uint64{}, true},
		{"below nothing", []policy.Cond{{Op: policy.LT, Value: 0}}, [6]uint64{}, false},
		{"at most nothing", []policy.Cond{{Op: policy.LE, Value: 0}}, [6]uint64{}, true},
		{"above all", []policy.Cond{{Op: policy.GT, Value: most}}, [6]uint64{}, false},
		{"at least all", []policy.Cond{{Op: policy.GE, Value: most}}, [6]uint64{most}, true},
		{"all but the last", []policy.Cond{{Op: policy.GE, Value: most}, {Op: policy.NE, Value: most}}, [6]uint64{}, false},
		{"all but 0", []policy.Cond{{Op: policy.NE, Value: 0}}, [6]uint64{1}, true},
		{"not 0, 1, 2, in no order", []policy.Cond{{Op: policy.NE, Value: 2}, {Op: policy.NE, Value: 0}, {Op: policy.NE, Value: 1}}, [6]uint64{3}, true},
		{"an interval of one", []policy.Cond{{Op: policy.GT, Value: 4}, {Op: policy.LT, Value: 6}}, [6]uint64{5}, true},
		{"an empty interval", []policy.Cond{{Op: policy.GT, Value: 4}, {Op: policy.LT, Value: 5}}, [6]uint64{}, false},
		{"two values", []policy.Cond{{Op: policy.EQ, Value: 1}, {Op: policy.EQ, Value: 2}}, [6]uint64{}, false},
		{"a mask's next value", []policy.Cond{{Op: policy.MaskedEQ, Mask: 0xf0, Value: 0x30}, {Op: policy.GT, Value: 0x3f}}, [6]uint64{0x130}, true},
		{"a mask over all bits", []policy.Cond{{Op: policy.MaskedEQ, Mask: most, Value: most}}, [6]uint64{most}, true},
		{"a mask that fixes the top bit", []policy.Cond{{Op: policy.MaskedEQ, Mask: 1 << 63, Value: 1 << 63}}, [6]uint64{1 << 63}, true},
		{"a mask and no room above", []policy.Cond{{Op: policy.MaskedEQ, Mask: 1, Value: 0}, {Op: policy.GT, Value: most - 1}}, [6]uint64{}, false},
		{"masks that contradict", []policy.Cond{{Op: policy.MaskedEQ, Mask: 3, Value: 1}, {Op: policy.MaskedEQ, Mask: 2, Value: 2}}, [6]uint64{}, false},
		{"masks that agree", []policy.Cond{{Op: policy.MaskedEQ, Mask: 3, Value: 1}, {Op: policy.MaskedEQ, Mask: 6, Value: 4}}, [6]uint64{5}, true},
		{"bits outside a mask do not count", []policy.Cond{{Op: policy.MaskedEQ, Mask: 1, Value: 7}}, [6]uint64{1}, true},
		{"no mask", []policy.Cond{{Op: policy.MaskedEQ, Mask: 0, Value: 7}}, [6]uint64{}, true},
		{"masks take turns with holes", []policy.Cond{{Op: policy.MaskedEQ, Mask: 1, Value: 1}, {Op: policy.NE, Value: 1}, {Op: policy.NE, Value: 3}, {Op: policy.NE, Value: 4}}, [6]uint64{5}, true},
		{"one argument of several", []policy.Cond{{Arg: 5, Op: policy.GT, Value: 8}, {Arg: 0, Op: policy.EQ, Value: 2}}, [6]uint64{2, 0, 0, 0, 0, 9}, true},
		{"the last argument spoils it", []policy.Cond{{Arg: 0, Op: policy.EQ, Value: 2}, {Arg: 5, Op: policy.LT, Value: 0}}, [6]uint64{}, false},
	}
	for _, tt := range tests {
		got, ok := satisfy(tt.conds)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s: satisfy(%v) = %#x, %v, want %#x, %v", tt.name, tt.conds, got, ok, tt.want, tt.ok)
		}
	}
}

// TestNormal: conditions of one normal form match the same calls.
func TestNormal(t *testing.T) {
	r := random(t)
	for range 10000 {
		c := randomCond(r, uint8(r.IntN(6)), 7)
		if r.IntN(4) == 0 {
			c.Mask = most // which counts for MaskedEQ alone
		}
		n := c.Normal()
		if n.Normal() != n {
			t.Fatalf("%v.Normal() = %v, which has another one", c, n)
		}
		for v := range uint64(10) {
			args := [6]uint64{v, v, v, v, v, v}
			if c.Matches(args) != n.Matches(args) {
				t.Fatalf("%v.Normal() = %v, which answers %d otherwise", c, n, v)
			}
		}
	}
}
