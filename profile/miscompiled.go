package profile

import (
	"fmt"
	"iter"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Miscompiled returns an error if runc does not load the entries of the Resolution, or if
// libseccomp may compile them differently from runc's reading. It returns nil if neither
// is known. The error is a [*PrintError] about a call that libseccomp may compile
// wrongly, or the errors of resolving in runc's reading. It may be about a call that
// libseccomp compiles correctly. TestMiscompiled in internal/oracle/libseccomp has
// examples.
func (res *Resolution) Miscompiled() error {
	if res == nil || res.from == nil {
		return nil
	}
	pol, errs := res.from.inRunc(Enosys{Mode: EnosysOff})
	if err := errs.join(); err != nil {
		return err
	}
	if err := res.from.unloaded(pol); err != nil {
		return err
	}
	for i := range pol.Arches {
		for rules := range callsOf(pol.Arches[i].Rules) {
			if reason := uncertain(rules); reason != "" {
				name, _ := nameFor(pol.Arches[i].Arch, pointers(rules))
				return &PrintError{pol.Arches[i].Arch, name, reason}
			}
		}
	}
	return sharedCode(pol)
}

// callsOf returns rules of an ABI, which are in the order of their numbers, by call.
func callsOf(rules []policy.Rule) iter.Seq[[]policy.Rule] {
	return func(yield func([]policy.Rule) bool) {
		for rules := rules; len(rules) > 0; {
			n := 1
			for n < len(rules) && rules[n].Nr == rules[0].Nr {
				n++
			}
			if !yield(rules[:n]) {
				return
			}
			rules = rules[n:]
		}
	}
}

// uncertain returns why libseccomp may answer a call of these rules otherwise than they
// say, by themselves, or "".
func uncertain(rules []policy.Rule) string {
	switch {
	case len(rules) == 1:
		return ""
	case !compiledRight(rules):
		return "libseccomp may compile its entries wrongly: some compare with numbers whose upper 32 bits differ, or have conditions on several arguments other than EQ and MASKED_EQ (compare by EQ and MASKED_EQ alone)"
	case oneAction(rules):
		return ""
	case len(rules) > maxCompared || !apartByAction(rules):
		return "entries with different actions match the same call, and libseccomp has its own order for them (write entries that do not overlap)"
	}
	return ""
}

// compiledRight reports whether the rules of a call are of a kind that libseccomp compiles
// as they mean: a single one; any of EQ and MaskedEQ; and those of one condition each, of
// EQ, NE and MaskedEQ, or with data of one high word.
func compiledRight(rules []policy.Rule) bool {
	equal, single, unordered, oneHigh := true, true, true, true
	var high *uint64
	for _, r := range rules {
		for _, c := range r.Conds {
			masks := c.Op == policy.EQ || c.Op == policy.MaskedEQ
			equal = equal && masks
			unordered = unordered && (masks || c.Op == policy.NE)
			h := c.Value >> 32
			if high == nil {
				high = &h
			}
			oneHigh = oneHigh && c.Op != policy.MaskedEQ && h == *high
		}
		single = single && len(r.Conds) == 1
	}
	return equal || len(rules) == 1 || single && (unordered || oneHigh)
}

// unloaded reports, as an error, an ABI whose filter libseccomp may make without loading
// the call's number, so that all calls of the ABI get the default action. It loads the
// number before the first call alone, the one with the fewest conditions, and leaves out
// calls that the ABI does not have, even the first (src/gen_bpf.c, _gen_bpf_arch and
// _gen_bpf_syscall). x86_64 without x32 loads the number to refuse x32's.
func (r *resolver) unloaded(pol *policy.Policy) error {
	x32 := slices.ContainsFunc(pol.Arches, func(p policy.ArchPolicy) bool { return p.Arch == arch.X32 })
	for i := range pol.Arches {
		part := &pol.Arches[i]
		if part.Arch == arch.X86_64 && !x32 {
			continue
		}
		first := ""
		for j := range part.Rules {
			rule := &part.Rules[j]
			if len(rule.Conds) == 0 && longKnown(rule.Origin) {
				first = ""
				break
			}
			if first == "" {
				first, _ = nameFor(part.Arch, []*policy.Rule{rule})
			}
		}
		if first == "" {
			continue // all get the default action, or a call without conditions is first
		}
		if name := r.foreign(part.Arch); name != "" {
			return &PrintError{part.Arch, first, fmt.Sprintf("libseccomp may compile the filter for the ABI without any rule: all calls named for it have conditions, except %s, which it does not have (add an entry without conditions for a call of the ABI, or delete %s)", name, name)}
		}
	}
	return nil
}

// longKnown reports whether every libseccomp in use knows a call: one that some ABI had
// before Linux 5.5, or that is older than the records.
func longKnown(o *policy.Origin) bool {
	if o == nil {
		return false
	}
	dated := false
	for a := range arch.All() {
		v, ok := syscalls.Since(a, o.Name)
		if ok && v.Compare(syscalls.Version{Major: 5, Minor: 4}) <= 0 {
			return true
		}
		dated = dated || ok
	}
	return !dated
}

// foreign returns a name with rules that an ABI does not have, or "". If the ABI has
// multiplexers, libseccomp drops all but those of calls that these alone make.
func (r *resolver) foreign(a arch.Arch) string {
	_, _, multiplexed := syscalls.Mux(a, "socket")
	for _, e := range r.entries {
		if e.Action == r.profile.def {
			continue
		}
		for i := range e.Names {
			n := &e.Names[i]
			_, _, viaMux := syscalls.Mux(a, n.Name)
			if _, ok := n.id.Number(a); !ok && n.id != 0 && viaMux == multiplexed {
				return n.Name
			}
		}
	}
	return ""
}

func pointers(rules []policy.Rule) (list []*policy.Rule) {
	for i := range rules {
		list = append(list, &rules[i])
	}
	return list
}

// sharedCode reports, as an error, a call of a policy in runc's reading of which libseccomp
// may compile something else. Where a condition that follows another one fails, so that a
// further rule counts, libseccomp may continue in code that it shares with another call, or
// with an ABI of another width, for which another word is loaded.
func sharedCode(pol *policy.Policy) error {
	users := map[word]string{} // by name; several for more than one
	const several = "*"
	var list []*comparedCall
	for i := range pol.Arches {
		for rules := range callsOf(pol.Arches[i].Rules) {
			c := comparedFor(pol.Arches[i].Arch, rules)
			for _, w := range c.words {
				if user, ok := users[w]; ok && user != c.name {
					users[w] = several
				} else {
					users[w] = c.name
				}
			}
			list = append(list, c)
		}
	}
	mixed := slices.ContainsFunc(pol.Arches, func(a policy.ArchPolicy) bool { return a.Arch.Bits() != pol.Arches[0].Arch.Bits() })
	for _, c := range list {
		shared := slices.ContainsFunc(c.words, func(w word) bool { return users[w] == several })
		if c.nested && (shared || mixed && c.uneven) {
			return &PrintError{Arch: c.arch, Call: c.name, Reason: "libseccomp may compile its entries wrongly: some have conditions on several arguments, and another call or an ABI of another width compares arguments with the same numbers (install a filter of this policy instead of a profile, or compare with other numbers)"}
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
