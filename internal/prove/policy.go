package prove

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"sort"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// policy returns what the policy answers to every input, as Policy.Decide
// defines it. Calls that claims are about, and others whose rules are too many for
// one diagram, end in leaves of their own.
func (d *diagrams) policy(pol *policy.Policy, claims []Claim) (t table, long []longCall) {
	parts := partsOf(pol)
	for _, audit := range auditStarts(parts) {
		if !slices.ContainsFunc(parts, func(p *part) bool { return p.Arch.Audit() == audit }) {
			t = append(t, audits{audit, []span{{0, d.leaf(uint32(pol.BadArch))}}})
			continue
		}
		t = append(t, audits{audit, d.numbers(pol, parts, numberStarts(owners(parts, audit)), audit, func(p *part, nr uint32) node {
			if p.Arch.Audit() != audit {
				answer, _ := unseen(p.of(nr), p.general(pol, nr))
				return d.leaf(uint32(answer))
			}
			c := longCall{p.Arch, nr, p.of(nr), p.general(pol, nr), about(claims, p.Arch, nr), no}
			return d.callOrLeaf(c, &long)
		})})
	}
	return t, long
}

// auditStarts returns the audit values at which the answers of a policy with these
// parts can change, sorted.
func auditStarts(parts []*part) []uint32 {
	starts := []uint32{0}
	for _, p := range parts {
		audit := p.Arch.Audit()
		starts = append(starts, audit, audit+1)
	}
	slices.Sort(starts)
	return slices.Compact(starts)
}

// A longCall is a call whose rules are too many for one diagram.
type longCall struct {
	arch    arch.Arch
	nr      uint32
	rules   []*policy.Rule
	general policy.Action
	claims  []Claim
	leaf    node // that stands for its answer; the same for the same rules
}

// callSteps is how many steps the diagram of a call may take before it counts as
// too large: some hundred for a condition are usual.
func callSteps(rules []*policy.Rule) int {
	steps := 1 << 12
	for _, r := range rules {
		steps += len(r.Conds) << 10
	}
	return steps
}

// callOrLeaf is call, but adds long calls to long and returns their leaves.
func (d *diagrams) callOrLeaf(c longCall, long *[]longCall) (answer node) {
	for _, other := range *long {
		if other.general == c.general && slices.EqualFunc(other.rules, c.rules, sameRule) {
			c.leaf = other.leaf
		}
	}
	if c.leaf == no && c.claims == nil {
		if d.within(callSteps(c.rules), func() { answer = d.call(c.rules, c.general) }) ||
			d.within(callSteps(c.rules), func() { answer = d.tidied(c.rules, c.general) }) {
			return answer
		}
	}
	if d.entire {
		return d.call(c.rules, c.general)
	}
	if c.leaf == no {
		c.leaf = d.opaque()
	}
	*long = append(*long, c)
	return c.leaf
}

// sameRule reports whether two rules say the same under the same conditions.
func sameRule(a, b *policy.Rule) bool {
	return a.Action == b.Action && slices.Equal(a.Conds, b.Conds)
}

// numbers returns what the policy answers to calls with one audit value, which can
// change at the numbers in starts alone.
func (d *diagrams) numbers(pol *policy.Policy, parts []*part, starts []uint32, audit uint32, call func(p *part, nr uint32) node) []span {
	list := make([]span, 0, len(starts))
	for _, nr := range starts {
		var n node
		if p := owner(pol, parts, audit, nr); p != nil {
			n = call(p, nr)
		} else {
			n = d.leaf(uint32(pol.BadArch))
		}
		if k := len(list); k == 0 || list[k-1].node != n {
			list = append(list, span{nr, n})
		}
	}
	return list
}

// numberStarts returns the numbers at which the answers of a policy with these
// parts can change, in order.
func numberStarts(parts []*part) []uint32 {
	const bit = arch.X32Bit
	room := 9
	for _, p := range parts {
		room += 2*len(p.rules) + 2*len(p.Newer)
	}
	starts := append(make([]uint32, 0, room), 0) // nearly in order, which sorts fast
	for _, p := range parts {
		for _, r := range p.rules {
			if starts[len(starts)-1] != r.Nr {
				starts = append(starts, r.Nr)
			}
			starts = append(starts, r.Nr+1)
		}
		for _, n := range p.Newer {
			starts = append(starts, n.Lo, n.Hi+1)
		}
	}
	if slices.ContainsFunc(parts, (*part).isMIPS) {
		starts = append(starts, 4000, 5000, 6000, 7000)
	}
	starts = append(starts, bit, 2*bit, 3*bit, ^uint32(0))
	slices.Sort(starts)
	return slices.Compact(starts)
}

// A part is the part of a policy for one ABI.
type part struct {
	*policy.ArchPolicy
	rules []*policy.Rule // by number; of one number in the order in which they decide
}

// partsOf returns the parts of a policy, in its order.
func partsOf(pol *policy.Policy) []*part {
	parts := make([]*part, len(pol.Arches))
	for i := range pol.Arches {
		p := &part{ArchPolicy: &pol.Arches[i], rules: make([]*policy.Rule, 0, len(pol.Arches[i].Rules))}
		for j := range p.Rules {
			p.rules = append(p.rules, &p.Rules[j])
		}
		slices.SortStableFunc(p.rules, func(a, b *policy.Rule) int { return cmp.Compare(a.Nr, b.Nr) })
		parts[i] = p
	}
	return parts
}

// mips are the ABIs of MIPS, for each byte order, by the thousand of their
// numbers: 4000, 5000, 6000.
var mips = [2][3]arch.Arch{
	{arch.MIPS, arch.MIPS64, arch.MIPS64N32},
	{arch.MIPSEL, arch.MIPSEL64, arch.MIPSEL64N32},
}

// isMIPS reports whether the part is that of an ABI of mips.
func (p *part) isMIPS() bool {
	return slices.ContainsFunc(mips[:], func(abis [3]arch.Arch) bool { return slices.Contains(abis[:], p.Arch) })
}

// owners returns the parts that owner may return for calls with an audit value, and
// perhaps others.
func owners(parts []*part, audit uint32) (list []*part) {
	for _, p := range parts {
		if p.Arch.Audit() == audit || p.isMIPS() {
			list = append(list, p)
		}
	}
	return list
}

// owner returns the part that answers a number in calls with an audit value; nil
// if none does. x86_64 and x32 have one value; x32's numbers are those with bit
// 30, and without x32 in the filter those from bit 30 on are nobody's, except -1 and
// the newer ones, which are x86_64's then. On a 64-bit MIPS kernel the number chooses the ABI.
func owner(pol *policy.Policy, parts []*part, audit, nr uint32) *part {
	of := func(a arch.Arch) *part {
		for _, p := range parts { // of two of one ABI the first counts
			if p.Arch == a {
				return p
			}
		}
		return nil
	}
	if audit == arch.X86_64.Audit() {
		switch x32 := of(arch.X32); {
		case x32 != nil && nr&arch.X32Bit != 0:
			return x32
		case x32 != nil || nr < arch.X32Bit || nr == ^uint32(0):
			return of(arch.X86_64)
		}
		if p := of(arch.X86_64); p != nil && p.newer(nr) {
			return p
		}
		return nil
	}
	for _, p := range parts {
		if p.Arch.Audit() != audit {
			continue
		}
		for _, abis := range mips {
			if t := nr / 1000; !pol.ByAudit && slices.Contains(abis[:], p.Arch) && 4 <= t && t <= 6 {
				return of(abis[t-4])
			}
		}
		return p
	}
	return nil
}

// unseen returns the answer to a call by another MIPS ABI's number, of which the
// filter does not see the arguments: any condition may hold or not, and the
// strictest answer that it can have counts.
func unseen(rules []*policy.Rule, general policy.Action) (policy.Action, *policy.Rule) {
	always := slices.ContainsFunc(rules, func(r *policy.Rule) bool { return len(r.Conds) == 0 })
	rank := func(a policy.Action) int32 { return int32(a & 0xffff0000) }
	var best *policy.Rule
	for _, r := range rules {
		if best == nil && (always || rank(r.Action) <= rank(general)) || best != nil && rank(r.Action) < rank(best.Action) {
			best = r
		}
	}
	if best == nil {
		return general, nil
	}
	return best.Action, best
}

// of returns the rules for a number.
func (p *part) of(nr uint32) []*policy.Rule {
	lo := sort.Search(len(p.rules), func(i int) bool { return p.rules[i].Nr >= nr })
	hi := lo
	for hi < len(p.rules) && p.rules[hi].Nr == nr {
		hi++
	}
	return p.rules[lo:hi]
}

// general returns the answer to a number where no rule matches.
func (p *part) general(pol *policy.Policy, nr uint32) policy.Action {
	if p.newer(nr) {
		return p.Enosys
	}
	return pol.Default
}

// newer reports whether a number is in one of the part's ranges of newer calls.
func (p *part) newer(nr uint32) bool {
	return slices.ContainsFunc(p.Newer, func(r policy.Range) bool { return r.Lo <= nr && nr <= r.Hi })
}

// call returns the answer to one call: that of its first rule that matches, and
// general where none does.
func (d *diagrams) call(rules []*policy.Rule, general policy.Action) node {
	match, answer := d.first(len(rules), func(i int) (cond, says node) { return d.rule(rules[i]), d.leaf(uint32(rules[i].Action)) })
	return d.ite(match, answer, d.leaf(uint32(general)))
}

// tidied is call without the rules that change nothing. To find these takes longer,
// but what is left may be small where a diagram of all rules is not.
func (d *diagrams) tidied(rules []*policy.Rule, general policy.Action) node {
	l := d.newList(rules, general)
	l.tidy()
	match, answer := l.first(len(l.rules), func(i int) (cond, says node) { return l.conds[i], l.leaf(uint32(l.rules[i].Action)) })
	return l.ite(match, answer, l.general)
}

// first returns the condition that one of so many conditions holds, and where it
// does what the first of them says. Halves are put together, since to add them one
// by one to all the others takes time that grows with their square.
func (d *diagrams) first(n int, at func(i int) (cond, says node)) (match, answer node) {
	switch n {
	case 0:
		return no, no
	case 1:
		return at(0)
	}
	mid := n / 2
	if match, answer = d.first(mid, at); match == yes {
		return match, answer // before the others, which may be thousands, are made
	}
	more, other := d.first(n-mid, func(i int) (cond, says node) { return at(mid + i) })
	return d.or(match, more), d.ite(match, answer, other)
}

// rule returns the condition that all conditions of the rule hold.
func (d *diagrams) rule(r *policy.Rule) node {
	all := yes
	for _, c := range slices.Backward(r.Conds) {
		all = d.and(d.cond(c), all)
	}
	return all
}

// cond returns the condition as one on the bits of the argument.
func (d *diagrams) cond(c policy.Cond) node {
	arg, width := int(c.Arg), c.Width
	if width == 0 {
		width = 64
	}
	field := ^uint64(0) >> (64 - width)
	switch c.Op {
	case policy.EQ:
		return d.masked(arg, field, c.Value, ^uint64(0))
	case policy.NE:
		return d.not(d.masked(arg, field, c.Value, ^uint64(0)))
	case policy.MaskedEQ:
		return d.masked(arg, field, c.Value, c.Mask)
	case policy.GE:
		return d.atLeast(arg, field, c.Value)
	case policy.LT:
		return d.not(d.atLeast(arg, field, c.Value))
	case policy.GT:
		return d.above(arg, field, c.Value)
	case policy.LE:
		return d.not(d.above(arg, field, c.Value))
	}
	return no // an invalid Op never matches
}

// masked returns the condition that the argument's bits in field are, under the
// mask, those of v.
func (d *diagrams) masked(arg int, field, v, mask uint64) node {
	if v&mask&^field != 0 {
		return no // a bit that is never there
	}
	c := yes
	for left := mask & field; left != 0; left &= left - 1 {
		i := bits.TrailingZeros64(left)
		if v>>i&1 == 1 {
			c = d.test(argLevel(arg, i), no, c)
		} else {
			c = d.test(argLevel(arg, i), c, no)
		}
	}
	return c
}

// atLeast returns the condition that the argument's bits in field are v or more.
func (d *diagrams) atLeast(arg int, field, v uint64) node {
	if v > field {
		return no
	}
	c := yes
	for i := range bits.Len64(field) {
		if v>>i&1 == 1 {
			c = d.test(argLevel(arg, i), no, c)
		} else {
			c = d.test(argLevel(arg, i), c, yes)
		}
	}
	return c
}

// above returns the condition that the argument's bits in field are more than v.
func (d *diagrams) above(arg int, field, v uint64) node {
	if v >= field {
		return no
	}
	return d.atLeast(arg, field, v+1)
}

// argLevel returns the level of a bit of an argument, 0 being the lowest: the word
// before the low one is the high one.
func argLevel(arg, bit int) int32 { return low(arg).level(bit) }

// dispatch returns the function of the word's low bits that is children[i] from
// starts[i] on, if the others are those of base. starts[0] is not above base, and
// the others are.
func (d *diagrams) dispatch(w word, bits int, base uint32, starts []uint32, children []node) node {
	if len(starts) == 1 {
		return children[0]
	}
	bits--
	mid := base | 1<<bits
	upper, found := slices.BinarySearch(starts, mid)
	lower := upper
	if !found {
		upper-- // the one below mid goes on there
	}
	return d.test(w.level(bits),
		d.dispatch(w, bits, base, starts[:lower], children[:lower]),
		d.dispatch(w, bits, mid, starts[upper:], children[upper:]))
}

// checkPolicy returns what is wrong with a policy that Resolve cannot have made
// and that means nothing.
func checkPolicy(pol *policy.Policy) error {
	if len(pol.Arches) == 0 {
		return fmt.Errorf("a policy without ABIs (Resolve returns none)")
	}
	for i := range pol.Arches {
		a := &pol.Arches[i]
		if !a.Arch.Valid() {
			return fmt.Errorf("a policy for an unknown ABI (Resolve returns none)")
		}
		for j := range a.Rules {
			for _, c := range a.Rules[j].Conds {
				if c.Arg > 5 || c.Width > 64 {
					return fmt.Errorf("%s, %s: a condition on %d bits of argument %d (a call has six of 64)", a.Arch, a.Rules[j].Origin, c.Width, c.Arg)
				}
			}
		}
	}
	return nil
}
