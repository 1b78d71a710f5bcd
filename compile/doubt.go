package compile

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// doubt reports, as an error, a call of a policy in runc's reading of which libseccomp may
// compile something else. Where a condition that follows another one fails, so that a
// further rule counts, libseccomp may continue in code that it shares with another call, or
// with an ABI of another width, for which another word is loaded. The error may be about a
// call that it compiles right. TestMiscompiled in internal/oracle/libseccomp has examples.
func doubt(pol *policy.Policy) error {
	users := map[word]string{} // by name; several for more than one
	const several = "*"
	var calls []*comparedCall
	for i := range pol.Arches {
		part := &pol.Arches[i]
		for rules := part.Rules; len(rules) > 0; {
			n := 1
			for n < len(rules) && rules[n].Nr == rules[0].Nr {
				n++
			}
			c := comparedFor(part.Arch, rules[:n])
			for _, w := range c.words {
				if user, ok := users[w]; ok && user != c.name {
					users[w] = several
				} else {
					users[w] = c.name
				}
			}
			calls = append(calls, c)
			rules = rules[n:]
		}
	}
	mixed := slices.ContainsFunc(pol.Arches, func(a policy.ArchPolicy) bool { return a.Arch.Bits() != pol.Arches[0].Arch.Bits() })
	for _, c := range calls {
		shared := slices.ContainsFunc(c.words, func(w word) bool { return users[w] == several })
		if c.nested && (shared || mixed && c.uneven) {
			return &profile.PrintError{Arch: c.arch, Call: c.name, Reason: "libseccomp may compile its entries wrongly: some have conditions on several arguments, and another call or an ABI of another width compares arguments with the same numbers (install a filter of this policy instead of a profile, or compare with other numbers)"}
		}
	}
	return nil
}

// A word is what libseccomp compares the low word of an argument with.
type word struct{ mask, value uint32 }

// A comparedCall is what the rules for a call compare arguments with.
type comparedCall struct {
	arch   arch.Arch
	name   string
	words  []word
	nested bool // several rules, some with several conditions
	uneven bool // its code for ABIs of 32 bits differs by more than the words that these lack
}

func comparedFor(a arch.Arch, rules []policy.Rule) *comparedCall {
	c := &comparedCall{arch: a}
	c.name, _ = syscalls.Name(a, rules[0].Nr)
	equal, masked := false, false
	for _, r := range rules {
		c.nested = c.nested || len(rules) > 1 && len(r.Conds) > 1
		for _, d := range r.Conds {
			w := word{^uint32(0), uint32(d.Value)}
			if d.Op == policy.MaskedEQ {
				w = word{uint32(d.Mask), uint32(d.Value & d.Mask)}
			}
			c.words = append(c.words, w)
			equal, masked = equal || d.Op != policy.MaskedEQ, masked || d.Op == policy.MaskedEQ
			c.uneven = c.uneven || d.Value>>32 != 0 || d.Mask>>32 != 0
		}
	}
	c.uneven = c.uneven || equal && masked
	return c
}
