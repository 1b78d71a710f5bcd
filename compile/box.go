package compile

import (
	"math/bits"
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
)

// A box is what is known of the arguments of some calls.
type box [6]values

// values are the values that an argument can have: from lo to hi, with some bits
// of which the value is known.
type values struct {
	width       int // that lo, hi and the bits are compared in; 0 if nothing is known
	lo, hi      uint64
	mask, known uint64
}

// boxOf returns the arguments for which all conditions hold, at the least. Those on
// one argument have one width.
func boxOf(conds []policy.Cond) (b box) {
	for _, c := range conds {
		b[c.Arg] = b[c.Arg].with(c)
	}
	return b
}

// with returns the values for which a condition holds, too.
func (v values) with(c policy.Cond) values {
	if v.width == 0 {
		v = values{width: width(c), hi: ^uint64(0) >> (64 - width(c))}
	}
	switch lo, hi, ok := span(&c, ^uint64(0)>>(64-v.width)); {
	case ok:
		v.lo, v.hi = max(v.lo, lo), min(v.hi, hi)
	case c.Op == policy.MaskedEQ:
		v.mask, v.known = v.mask|c.Mask, v.known|c.Value&c.Mask
	}
	return v
}

// width returns how many bits a condition compares.
func width(c policy.Cond) int {
	if c.Width == 0 {
		return 64
	}
	return int(c.Width)
}

// excludes reports whether a condition holds for none of the values. It does not
// see all that do.
func (v values) excludes(c policy.Cond) bool {
	if v.width != width(c) {
		return false
	}
	same := ^uint64(0) << bits.Len64(v.lo^v.hi) // bits that lo and hi have alike, and what is between them
	if v.lo > v.hi {
		same = 0
	}
	mask, known := v.mask|same, v.known|v.lo&same
	switch c.Op {
	case policy.NE:
		return v.lo == v.hi && v.lo == c.Value
	case policy.MaskedEQ:
		return (known^c.Value)&mask&c.Mask != 0
	}
	lo, hi, ok := span(&c, ^uint64(0)>>(64-v.width))
	return !ok || hi < v.lo || v.hi < lo || lo == hi && (known^lo)&mask != 0
}

// satisfiable reports whether a rule can match in the box. It tests each condition alone.
func (b *box) satisfiable(r *policy.Rule) bool {
	return !slices.ContainsFunc(r.Conds, func(c policy.Cond) bool { return b[c.Arg].excludes(c) })
}

// negation returns the condition that holds where c, which is a comparison or of
// one bit, does not.
func negation(c policy.Cond) policy.Cond {
	if c.Op == policy.MaskedEQ {
		c.Value ^= c.Mask
		return c
	}
	return opposite(c)
}

// cut returns the condition that parts the calls for which conds hold in two, so
// that as few of the rules as possible can match in each part: a comparison with a
// value that rules compare with, or one bit of a mask. If all rules can match in one of
// the parts of any condition, as those of many NE can, as few of their own conditions
// as possible are left. Not ok: no condition leaves fewer.
func cut(rules []*policy.Rule, conds []policy.Cond) (best policy.Cond, ok bool) {
	b := boxOf(conds)
	list := cuts(rules, &b)
	total := 0
	for _, r := range rules {
		total += weight(r)
	}
	least := 4 * total
	consider := func(c policy.Cond, yes, no int) {
		if score := 2*max(yes, no) + yes + no; score < least && max(yes, no) < total {
			best, ok, least = c, true, score
		}
	}
	for _, c := range list {
		yes, no := total, total
		with, without := b[c.Arg].with(c), b[c.Arg].with(negation(c))
		for _, r := range rules {
			for _, own := range r.Conds {
				if own.Arg != c.Arg {
					continue
				}
				if with.excludes(own) {
					yes -= weight(r)
				}
				if without.excludes(own) {
					no -= weight(r)
				}
				break
			}
		}
		consider(c, yes, no)
	}
	if ok {
		return best, ok
	}
	total = b.undecided(rules)
	least = 4 * total
	for _, c := range list {
		with, without := b, b
		with[c.Arg], without[c.Arg] = b[c.Arg].with(c), b[c.Arg].with(negation(c))
		consider(c, with.undecided(rules), without.undecided(rules))
	}
	return best, ok
}

// weight is how much a rule adds to a program, roughly.
func weight(r *policy.Rule) int { return 1 + len(r.Conds) }

// undecided returns how many conditions of rules can fail in the box.
func (b *box) undecided(rules []*policy.Rule) (n int) {
	for _, r := range rules {
		for _, c := range r.Conds {
			if c.Op == policy.MaskedEQ || !b[c.Arg].excludes(opposite(c)) {
				n++
			}
		}
	}
	return n
}

// opposite returns the condition that holds where a comparison does not.
func opposite(c policy.Cond) policy.Cond {
	c.Op = [...]policy.Op{policy.NE: policy.EQ, policy.EQ: policy.NE, policy.LT: policy.GE, policy.GE: policy.LT, policy.LE: policy.GT, policy.GT: policy.LE}[c.Op]
	return c
}

// valuesMost is how many values of an argument are tried.
const valuesMost = 32

// cuts returns conditions to choose from.
func cuts(rules []*policy.Rule, b *box) (list []policy.Cond) {
	for i := range b {
		arg := uint8(i)
		wide, masks := b[arg].width, uint64(0)
		var starts []uint64
		for _, r := range rules {
			for _, c := range r.Conds {
				if c.Arg == arg && b[arg].width == 0 {
					wide = max(wide, width(c))
				}
			}
		}
		for _, r := range rules {
			for _, c := range r.Conds {
				switch {
				case c.Arg != arg || width(c) != wide:
				case c.Op == policy.MaskedEQ:
					masks |= c.Mask
				case c.Op == policy.LT, c.Op == policy.GE, c.Op == policy.EQ:
					starts = append(starts, c.Value)
				default:
					starts = append(starts, c.Value+1)
				}
			}
		}
		slices.Sort(starts)
		starts = slices.Compact(starts)
		for i := range min(valuesMost, len(starts)) {
			v := starts[i*len(starts)/min(valuesMost, len(starts))]
			if v != 0 && v <= ^uint64(0)>>(64-wide) {
				list = append(list, policy.Cond{Arg: arg, Op: policy.LT, Value: v, Width: uint8(wide)})
			}
		}
		for bit := uint64(1); bit != 0; bit <<= 1 {
			if masks&bit != 0 {
				list = append(list, policy.Cond{Arg: arg, Op: policy.MaskedEQ, Mask: bit, Value: bit, Width: uint8(wide)})
			}
		}
	}
	return list
}
