package prove

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Shadow is a rule that never decides a call.
type Shadow struct {
	Arch arch.Arch
	Rule *policy.Rule
	By   []*policy.Rule // those before it that match what it matches, in order; none: it matches nothing

	Witness syscalls.Call // the first call that it matches, if there is one
}

// Shadowed returns the rules of the policy that never decide a call, because earlier rules
// decide every call that they match, or because they do not match any. They are in the order
// of the policy's ABIs, of numbers, and of decision. The error says what is wrong with the
// policy, or is an *UndecidedError.
func Shadowed(pol *policy.Policy) (list []Shadow, err error) {
	err = eachCall(pol, func(d *diagrams, p *part, rules []*policy.Rule, conds []node) {
		unseen := firstUnseen(pol, p, rules)
		for i, r := range rules {
			if d.full {
				return
			}
			if i == unseen || conds[i] != no && d.decides(rules[:i], conds[i]) {
				continue
			}
			open := conds[i] // what no rule before decides
			for j := 0; j < i && open != no; j++ {
				open = d.and(open, d.not(conds[j]))
			}
			if open == no && !d.full {
				s := Shadow{Arch: p.Arch, Rule: r}
				if conds[i] != no {
					in, _ := d.smallest(conds[i], conds[i])
					in[wordArch], in[wordNr] = p.Arch.Audit(), r.Nr
					s.Witness = in.call()
				}
				for j := range i {
					if d.and(conds[j], conds[i]) != no {
						s.By = append(s.By, rules[j])
					}
				}
				list = append(list, s)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// firstUnseen returns the rule that decides calls by another MIPS ABI's number,
// of which the filter does not see the arguments; -1 if there is no such call.
func firstUnseen(pol *policy.Policy, p *part, rules []*policy.Rule) int {
	mine := func(abis [3]arch.Arch) bool { return slices.Contains(abis[:], p.Arch) }
	if pol.ByAudit || len(pol.Arches) == 1 || !slices.ContainsFunc(mips[:], mine) {
		return -1
	}
	_, decides := unseen(rules, p.general(pol, rules[0].Nr))
	return slices.Index(rules, decides)
}

// decides reports whether one of a few inputs that the condition holds for is
// matched by none of the rules, which shows that without a diagram of all of them.
func (d *diagrams) decides(before []*policy.Rule, cond node) bool {
	s := search{state: 1}
	for try := range decidesTries {
		d.spendRules(len(before))
		in := s.sample(d, cond, try)
		if args := in.call().Args; !slices.ContainsFunc(before, func(r *policy.Rule) bool { return r.Matches(args) }) {
			return true
		}
	}
	return false
}

const decidesTries = 64

// An Overlap is two rules with different actions that match the same call.
type Overlap struct {
	Arch          arch.Arch
	First, Second *policy.Rule  // in the order in which they decide
	Witness       syscalls.Call // the first that both match
}

// Overlaps returns the pairs of rules for one call that have different actions and both match
// for some arguments, even if earlier rules decide these. They are in the order of the
// policy's ABIs, of numbers, and of decision by the second. The error says what is wrong with
// the policy, or is an *UndecidedError.
func Overlaps(pol *policy.Policy) (list []Overlap, err error) {
	err = eachCall(pol, func(d *diagrams, p *part, rules []*policy.Rule, conds []node) {
		for i, r := range rules {
			for j := range i {
				if rules[j].Action == r.Action {
					continue
				}
				if both := d.and(conds[j], conds[i]); both != no {
					in, _ := d.smallest(both, both)
					in[wordArch], in[wordNr] = p.Arch.Audit(), r.Nr
					list = append(list, Overlap{p.Arch, rules[j], r, in.call()})
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// eachCall visits the calls that have rules, with the conditions of these as
// functions. A rule for a number that its ABI does not answer matches nothing.
func eachCall(pol *policy.Policy, visit func(d *diagrams, p *part, rules []*policy.Rule, conds []node)) error {
	if err := checkPolicy(pol); err != nil {
		return err
	}
	d := newDiagrams()
	parts := partsOf(pol)
	for _, p := range parts {
		for rest := p.rules; len(rest) > 0; {
			nr := rest[0].Nr
			rules := p.of(nr)
			rest = rest[len(rules):]
			conds := make([]node, len(rules))
			if owner(pol, parts, p.Arch.Audit(), nr) == p {
				for i, r := range rules {
					conds[i] = d.rule(r)
				}
			}
			visit(d, p, rules, conds)
			if d.full {
				return tooLong(longCall{arch: p.Arch, nr: nr, rules: rules})
			}
		}
	}
	return nil
}
