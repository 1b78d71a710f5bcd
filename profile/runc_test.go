package profile

import "testing"

// TestCompareConds holds compareConds against all low halves of an argument, of
// 16 bits, and some high parts.
func TestCompareConds(t *testing.T) {
	r := random(t)
	values := []uint64{0, 1, 2, 5, 6, 7, 0x10, 0x7fff, 0x8000, 0xfffd, 0xfffe, 0xffff}
	any := func() uint64 {
		if r.IntN(4) == 0 {
			return r.Uint64N(1 << 16)
		}
		return values[r.IntN(len(values))]
	}
	cond := func() Cond {
		c := Cond{Op: Op(1 + r.IntN(len(opNames)-1)), Value: any(), Width: []int{16, 64}[r.IntN(2)]}
		if c.Width == 64 && r.IntN(3) == 0 {
			c.Value |= any() << 48
		}
		if c.Op == MaskedEQ {
			c.Mask = any()
			if c.Width == 64 && r.IntN(2) == 0 {
				c.Mask |= any() << 48
			}
			c.Value &= c.Mask
		}
		return c
	}
	differ := 0
	for range 100 {
		c, k := cond(), cond()
		if r.IntN(3) > 0 { // conditions that have something in common
			k.Op, k.Mask = c.Op, c.Mask
			if k.Value = c.Value + r.Uint64N(3) - 1; k.Op == MaskedEQ {
				k.Value = c.Value
			}
			k.Value &= k.field()
			k.Mask &= k.field()
		}
		// All low halves below some high parts, and some below all that can matter.
		var his, los []uint64
		for _, v := range []uint64{0, c.Value, k.Value, c.Mask, k.Mask} {
			his = append(his, v>>16, v>>16-1, v>>16+1, v>>16^1)
			los = append(los, v&0xffff, (v-1)&0xffff, (v+1)&0xffff, ^v&0xffff, (c.Value|v&^c.Mask)&0xffff, (k.Value|v&^k.Mask)&0xffff)
		}
		for bit := range 48 {
			his = append(his, c.Value>>16^1<<bit, k.Value>>16^1<<bit)
		}
		var inK, inC bool
		try := func(v uint64) {
			args := [6]uint64{v}
			x, y := c.Matches(args), k.Matches(args)
			inC, inK = inC || x && !y, inK || y && !x
		}
		for _, hi := range []uint64{0, c.Value >> 16} {
			for lo := range uint64(1 << 16) {
				try(hi<<16 | lo)
			}
		}
		for _, hi := range his {
			for _, lo := range los {
				try(hi<<16 | lo)
			}
		}
		if gotK, gotC := compareConds(c, k); gotK != inK || gotC != inC {
			t.Errorf("compareConds(%v, %v) = %v, %v, want %v, %v", c, k, gotK, gotC, inK, inC)
		}
		if inC != inK {
			differ++
		}
	}
	if differ < 7 {
		t.Errorf("of 100 pairs %d are of a condition that includes the other", differ)
	}
}
