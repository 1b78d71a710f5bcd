package policy

import (
	"cmp"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A side is a policy with the rules of each ABI in the order of their numbers.
type side struct {
	pol   *Policy
	parts []sidePart
}

type sidePart struct {
	*ArchPolicy
	rules []*Rule
}

func newSide(p *Policy) *side {
	s := &side{pol: p}
	for i := range p.Arches {
		part := sidePart{ArchPolicy: &p.Arches[i]}
		for j := range part.Rules {
			part.rules = append(part.rules, &part.Rules[j])
		}
		byNumber := func(a, b *Rule) int { return cmp.Compare(a.Nr, b.Nr) }
		if !slices.IsSortedFunc(part.rules, byNumber) {
			slices.SortStableFunc(part.rules, byNumber)
		}
		s.parts = append(s.parts, part)
	}
	return s
}

// at returns what the policy answers to a number in calls with an audit value.
func (s *side) at(audit, nr uint32) answer {
	part := s.pol.archOf(syscalls.Call{Audit: audit, Nr: nr})
	if part == nil {
		return answer{general: s.pol.BadArch}
	}
	general := s.pol.Default
	if part.newer(nr) {
		general = part.Enosys
	}
	var rules []*Rule
	for i := range s.parts {
		if p := &s.parts[i]; p.ArchPolicy == part {
			lo, _ := slices.BinarySearchFunc(p.rules, nr, func(r *Rule, nr uint32) int { return cmp.Compare(r.Nr, nr) })
			hi := lo
			for hi < len(p.rules) && p.rules[hi].Nr == nr {
				hi++
			}
			rules = p.rules[lo:hi:hi]
		}
	}
	if part.Arch.Audit() == audit {
		return newAnswer(rules, general)
	}
	if r := Unseen(rules, general); r != nil {
		return answer{general: r.Action, by: r.Origin}
	}
	return answer{general: general}
}

// A run is a range of numbers that have the same answer unless a rule matches.
type run struct {
	Range
	action Action
}

// runs returns the answers without rules to the numbers of own, in order.
func (c *composer) runs(own []Range, audit uint32) (runs []run) {
	const bit = arch.X32Bit
	starts := []uint32{bit, 2 * bit, 3 * bit, ^uint32(0), 4000, 5000, 6000, 7000} // where another ABI may answer
	for _, s := range c.sides {
		for _, p := range s.parts {
			for _, n := range p.Newer {
				starts = append(starts, n.Lo, n.Hi+1)
			}
		}
	}
	slices.Sort(starts)
	starts = slices.Compact(starts)
	for _, r := range own {
		for lo, i := r.Lo, 0; ; {
			for i < len(starts) && starts[i] <= lo {
				i++
			}
			hi := r.Hi
			if i < len(starts) {
				hi = min(hi, starts[i]-1)
			}
			action := c.without(audit, lo)
			if n := len(runs); n > 0 && runs[n-1].action == action && runs[n-1].Hi+1 == lo {
				runs[n-1].Hi = hi
			} else {
				runs = append(runs, run{Range{lo, hi}, action})
			}
			if hi == r.Hi {
				break
			}
			lo = hi + 1
		}
	}
	return runs
}

// without returns the answer to a number that no rule matches.
func (s *side) without(audit, nr uint32) Action {
	part := s.pol.archOf(syscalls.Call{Audit: audit, Nr: nr})
	switch {
	case part == nil:
		return s.pol.BadArch
	case part.newer(nr):
		return part.Enosys
	}
	return s.pol.Default
}

// maxListed is how many numbers get a rule that says what those without a rule get.
const maxListed = 1 << 12

// general sets Newer and Enosys of the part of the result for an ABI, so that the numbers
// of own, its own, have their answers where no rule matches. It returns the numbers that
// need a rule for that.
func (c *composer) general(out *ArchPolicy, abis []arch.Arch, own []Range) (nrs []uint32, err error) {
	audit := out.Arch.Audit()
	runs := c.runs(own, audit)
	var foreign []run // of x86_64, whose numbers are an outside ABI's, unless they are in Newer
	if out.Arch == arch.X86_64 && !slices.Contains(abis, arch.X32) {
		foreign = c.runs([]Range{{arch.X32Bit, ^uint32(0) - 1}}, audit)
		foreign = slices.DeleteFunc(foreign, func(r run) bool { return r.action == c.out.BadArch })
	}
	enosys, ok := c.frequent(runs)
	for i, r := range foreign {
		if i > 0 && r.action != enosys {
			return nil, about(out.Arch, r.Lo, "is %s, other numbers of x32 %s and others %s, which one policy cannot express (give both policies one bad-arch action, or x32)", r.action, enosys, c.out.BadArch)
		}
		enosys, ok = r.action, true
	}
	for _, r := range foreign {
		out.Newer = append(out.Newer, r.Range)
	}
	for _, r := range runs {
		switch n := r.Hi - r.Lo; {
		case r.action == c.out.Default:
		case ok && r.action == enosys:
			out.Newer = append(out.Newer, r.Range)
		case n >= maxListed || len(nrs)+int(n) >= maxListed:
			return nil, about(out.Arch, r.Lo, "is %s unless a rule says otherwise, and other calls are %s and %s, which one policy cannot express for so many numbers (let both have the same ABIs, and the same calls newer than the profile)", r.action, c.out.Default, enosys)
		default:
			for nr := range n + 1 {
				nrs = append(nrs, r.Lo+nr)
			}
		}
	}
	if len(out.Newer) > 0 {
		out.Enosys = enosys
	}
	slices.SortFunc(out.Newer, func(a, b Range) int { return cmp.Compare(a.Lo, b.Lo) })
	return nrs, nil
}

// frequent returns the answer that most numbers have of those that do not get Default; ok
// is false if all get that.
func (c *composer) frequent(runs []run) (a Action, ok bool) {
	counts := map[Action]uint64{}
	for _, r := range runs {
		if r.action == c.out.Default {
			continue
		}
		counts[r.action] += uint64(r.Hi-r.Lo) + 1
		if n := counts[r.action]; !ok || n > counts[a] {
			a, ok = r.action, true
		}
	}
	return a, ok
}
