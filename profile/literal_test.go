package profile

import (
	"cmp"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A literal answers calls by the laws of the package comment as they read, from
// the entries of the profile as written. It has nothing of Resolve's: no rules
// in order, no narrowed conditions, no ranges of numbers.
type literal struct {
	*Profile
	target Target
	unseen bool // the filter does not see the arguments of the call as the kernel reads them
}

// A claim is what an entry says of a call by one of its names.
type claim struct {
	name   string
	conds  []policy.Cond // as written
	action policy.Action
	place  int // in the order of the text
}

// decide returns the answer to a call.
func (l *literal) decide(c syscalls.Call) policy.Action {
	a, ok := l.abi(c)
	if !ok {
		return policy.KillThread
	}
	listed := l.rules(a, func(name string) bool {
		nr, ok := syscalls.Number(a, name)
		return ok && nr == c.Nr
	})
	newer := l.newer(a, c.Nr)
	if newer && l.target.Compat == CompatRunc && l.target.Enosys.Mode == EnosysRunc {
		return policy.Errno(a.ENOSYS())
	}
	l.unseen = a.Audit() != c.Audit
	if action, ok := l.which(a, slices.Concat(listed, l.viaMux(a, c, listed)), c.Args, newer); ok {
		return action
	}
	if newer {
		return policy.Errno(a.ENOSYS())
	}
	return l.def
}

// filtered returns the ABIs of the filter: law 1, for a profile without archMap.
func (l *literal) filtered() []arch.Arch {
	list := []arch.Arch{l.target.Arch}
	for _, at := range l.architectures {
		list = append(list, at.Arch)
	}
	return list
}

// abi returns the call's ABI: law 1.
func (l *literal) abi(c syscalls.Call) (arch.Arch, bool) {
	list := l.filtered()
	if c.Audit == arch.X86_64.Audit() {
		a := arch.X86_64
		switch x32 := slices.Contains(list, arch.X32); {
		case !x32 && c.Nr >= 0x40000000 && c.Nr != 0xffffffff:
			// Runc's ENOSYS comes before libseccomp's program, for numbers without the bit.
			runc := l.target.Compat == CompatRunc && l.target.Enosys.Mode == EnosysRunc
			return a, runc && c.Nr&0x40000000 == 0 && l.newer(a, c.Nr)
		case x32 && c.Nr&0x40000000 != 0:
			a = arch.X32
		}
		return a, slices.Contains(list, a)
	}
	i := slices.IndexFunc(list, func(a arch.Arch) bool { return a.Audit() == c.Audit })
	if i < 0 {
		return 0, false
	}
	a := list[i]
	if l.target.Compat == CompatKernel {
		for _, mips := range [][]arch.Arch{{arch.MIPS, arch.MIPS64, arch.MIPS64N32}, {arch.MIPSEL, arch.MIPSEL64, arch.MIPSEL64N32}} {
			if slices.Contains(mips, a) && 4000 <= c.Nr && c.Nr < 7000 {
				a = mips[c.Nr/1000-4]
			}
		}
	}
	return a, slices.Contains(list, a)
}

// kept reports whether the entry's guards let it count: law 2, of capabilities.
func (l *literal) kept(e *entry) bool {
	for _, c := range e.Excludes.Caps {
		if slices.Contains(l.target.Caps, c) {
			return false
		}
	}
	for _, c := range e.Includes.Caps {
		if !slices.Contains(l.target.Caps, c) {
			return false
		}
	}
	return true
}

// rules returns what the profile says of the calls whose names fit, an argument
// that comes twice by law 7.
func (l *literal) rules(a arch.Arch, fits func(name string) bool) (list []claim) {
	for i := range l.entries {
		e := &l.entries[i]
		if !l.kept(e) {
			continue
		}
		for j, n := range e.Names {
			if !fits(n.Name) {
				continue
			}
			rule := claim{n.Name, l.tested(a, bare(e.Conds)), e.Action, i<<8 | j}
			if !twice(bare(e.Conds)) {
				list = append(list, rule)
				continue
			}
			for k := range e.Conds {
				rule.conds = l.tested(a, bare(e.Conds[k:k+1]))
				list = append(list, rule)
			}
		}
	}
	return list
}

// viaMux returns the claims of the rules for the call that a multiplexer makes (law 9).
func (l *literal) viaMux(a arch.Arch, c syscalls.Call, listed []claim) []claim {
	own, _ := syscalls.Name(a, c.Nr)
	muxed := func(name string) (sub uint32, ok bool) {
		nr, sub, ok := syscalls.Mux(a, name)
		return sub, ok && nr == c.Nr
	}
	if l.target.Compat == CompatRunc {
		list := l.rules(a, func(name string) bool { _, ok := muxed(name); return ok })
		for i, rule := range list {
			sub, _ := muxed(rule.name)
			conds := []policy.Cond{{Op: policy.EQ, Value: uint64(sub)}}
			for _, cond := range rule.conds {
				if cond.Arg != 0 {
					conds = append(conds, cond)
				}
			}
			list[i].conds = conds
		}
		return list
	}
	unconditional := func(rule claim) bool { return len(rule.conds) == 0 }
	open := slices.ContainsFunc(listed, func(rule claim) bool { return unconditional(rule) && rule.action != l.def })
	subcall := uint32(c.Args[0])
	if own == "ipc" {
		subcall &= 0xffff
	}
	list := l.rules(a, func(name string) bool { sub, ok := muxed(name); return ok && (sub == subcall || l.unseen) })
	list = slices.DeleteFunc(list, func(rule claim) bool { return !unconditional(rule) && (open || l.permissive(rule)) })
	for i := range list {
		list[i].conds = []policy.Cond{{Op: policy.GE}} // holds, and is one: the number's
	}
	return list
}

// which returns the action of the rule that decides, of a call that is newer
// than the profile or not: law 3, then those that match.
func (l *literal) which(a arch.Arch, list []claim, args [6]uint64, newer bool) (policy.Action, bool) {
	slices.SortStableFunc(list, func(x, y claim) int { return cmp.Compare(x.place, y.place) })
	other := slices.ContainsFunc(list, func(rule claim) bool { return rule.action != l.def })
	keep := other && l.target.Compat == CompatKernel || newer
	if l.unseen {
		// Any condition may hold: the strictest answer that the call can have counts.
		general := claim{action: l.def}
		if newer {
			general.action = policy.Errno(a.ENOSYS())
		}
		list = slices.DeleteFunc(list, func(rule claim) bool { return rule.action == l.def && !keep })
		if !slices.ContainsFunc(list, func(rule claim) bool { return len(rule.conds) == 0 }) {
			list = append(list, general)
		}
		best := l.among(a, list)
		return best.action, true
	}
	var matching []claim
	for _, rule := range list {
		if (rule.action != l.def || keep) && l.matches(a, rule, args) {
			matching = append(matching, rule)
		}
	}
	if len(matching) == 0 {
		return 0, false
	}
	return l.among(a, matching).action, true
}

// among returns the rule that decides of those that match: laws 5 and 6.
func (l *literal) among(a arch.Arch, matching []claim) claim {
	before := func(x, y claim) bool { return x.action.Stricter(y.action) }
	if l.target.Compat == CompatRunc {
		before = func(x, y claim) bool { return runcRank(a, x, y) < 0 }
	}
	best := matching[0]
	for _, rule := range matching[1:] {
		if before(rule, best) {
			best = rule
		}
	}
	return best
}

// runcRank is negative where libseccomp asks for x first: laws 5 and 6.
func runcRank(a arch.Arch, x, y claim) int {
	switch {
	case len(x.conds) == 0 && len(y.conds) == 0:
		return 0
	case len(x.conds) == 0 || len(y.conds) == 0:
		return cmp.Compare(len(x.conds), len(y.conds))
	}
	group := map[policy.Op]int{policy.EQ: 0, policy.NE: 0, policy.MaskedEQ: 0, policy.LT: 1, policy.LE: 1, policy.GE: 2, policy.GT: 2}
	byArg := func(rule claim) []policy.Cond {
		return slices.SortedFunc(slices.Values(rule.conds), func(c, d policy.Cond) int { return cmp.Compare(c.Arg, d.Arg) })
	}
	datum := func(c policy.Cond) uint64 {
		if c.Op == policy.MaskedEQ {
			c.Value &= c.Mask
		}
		if a.Bits() == 32 {
			c = low32(c)
		}
		return c.Value
	}
	return slices.CompareFunc(byArg(x), byArg(y), func(c, d policy.Cond) int {
		byDatum := cmp.Compare(datum(d), datum(c))
		if group[c.Op] == 1 {
			byDatum = -byDatum
		}
		return cmp.Or(cmp.Compare(d.Arg, c.Arg), cmp.Compare(group[c.Op], group[d.Op]), byDatum)
	})
}

// newer reports whether a number that no rule decides answers ENOSYS: law 10.
func (l *literal) newer(a arch.Arch, nr uint32) bool {
	mode := l.target.Enosys
	if mode.Mode == EnosysOff || mode.Mode == EnosysRunc && slices.Contains([]policy.Action{policy.Allow, policy.Log, policy.Trace(0)}, l.def.Kind()) {
		return false
	}
	special := func(nr uint32) bool {
		lo, hi, ok := a.Special()
		return ok && lo <= nr && nr <= hi
	}
	highest, named := uint32(0), false
	if mode.Mode == EnosysSince {
		if name, ok := syscalls.Name(a, nr); ok {
			v, ok := syscalls.Since(a, name)
			return ok && v.Compare(mode.Since) > 0
		}
		for nr := range syscalls.All(a) {
			if !special(nr) {
				highest, named = max(highest, nr), true
			}
		}
	} else {
		for i := range l.entries {
			for _, n := range l.entries[i].Names {
				_, _, viaMux := syscalls.Mux(a, n.Name)
				if nr, ok := syscalls.Number(a, n.Name); ok && l.kept(&l.entries[i]) && !special(nr) && !(viaMux && l.target.Compat == CompatRunc) {
					highest, named = max(highest, nr), true
				}
			}
		}
	}
	if !named || special(nr) || a == arch.X86_64 && nr == ^uint32(0) {
		return false
	}
	return nr > highest || nr == 0 && (a == arch.S390 || a == arch.S390X)
}
