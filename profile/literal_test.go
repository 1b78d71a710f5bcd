package profile

import (
	"cmp"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A literal answers calls by the laws of the package comment as they read, from
// the entries of the profile as written. It has nothing of Resolve's: no rules
// in order, no narrowed conditions, no ranges of numbers.
type literal struct {
	*Profile
	target Target
}

// A claim is what an entry says of a call by one of its names.
type claim struct {
	name   string
	conds  []Cond // as written
	action Action
	place  int // in the order of the text
}

// decide returns the answer to a call.
func (l *literal) decide(c syscalls.Call) Action {
	a, ok := l.abi(c)
	if !ok {
		return KillThread
	}
	listed := l.rules(a, func(name string) bool {
		nr, ok := syscalls.Number(a, name)
		return ok && nr == c.Nr
	})
	newer := l.newer(a, c.Nr)
	if action, ok := l.which(a, slices.Concat(listed, l.behind(a, c, listed)), c.Args, newer); ok {
		return action
	}
	if newer {
		return Errno(a.ENOSYS())
	}
	return l.Default
}

// filtered returns the ABIs of the filter: law 1, for a profile without archMap.
func (l *literal) filtered() []arch.Arch {
	list := []arch.Arch{l.target.Arch}
	for _, at := range l.Architectures {
		list = append(list, at.Arch)
	}
	return list
}

// abi returns the call's ABI: law 1.
func (l *literal) abi(c syscalls.Call) (arch.Arch, bool) {
	list := l.filtered()
	if c.Audit == arch.X86_64.Audit() {
		x32 := slices.Contains(list, arch.X32)
		a := arch.X86_64
		if c.Nr&arch.X32Bit != 0 && (x32 || c.Nr != ^uint32(0)) {
			a = arch.X32
		}
		return a, slices.Contains(list, a)
	}
	i := slices.IndexFunc(list, func(a arch.Arch) bool { return a.Audit() == c.Audit })
	if i < 0 {
		return 0, false
	}
	return list[i], true
}

// kept reports whether the entry's guards let it count: law 2, of capabilities.
func (l *literal) kept(e *Entry) bool {
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
	for i := range l.Entries {
		e := &l.Entries[i]
		if !l.kept(e) {
			continue
		}
		for j, n := range e.Names {
			if !fits(n.Text) {
				continue
			}
			rule := claim{n.Text, e.Conds, e.Action, i<<8 | j}
			if !twice(e.Conds) {
				list = append(list, rule)
				continue
			}
			for k := range e.Conds {
				rule.conds = e.Conds[k : k+1]
				list = append(list, rule)
			}
		}
	}
	return list
}

// twice reports whether two conditions are on one argument.
func twice(conds []Cond) bool {
	for i, c := range conds {
		if slices.ContainsFunc(conds[:i], func(d Cond) bool { return d.Arg == c.Arg }) {
			return true
		}
	}
	return false
}

// ambiguous reports whether an entry is an error by law 7: in CompatKernel, of
// conditions on one argument that can all hold on one of the ABIs.
func (l *literal) ambiguous() bool {
	for _, a := range l.filtered() {
		for i := range l.Entries {
			e := &l.Entries[i]
			if l.target.Compat == CompatRunc || !l.kept(e) || !twice(e.Conds) {
				continue
			}
			for _, n := range e.Names {
				_, own := syscalls.Number(a, n.Text)
				_, _, muxed := syscalls.Mux(a, n.Text)
				if (own || muxed) && l.canHold(a, claim{n.Text, e.Conds, e.Action, 0}) {
					return true
				}
			}
		}
	}
	return false
}

// canHold tries values near all edges for each argument.
func (l *literal) canHold(a arch.Arch, rule claim) bool {
	var args [6]uint64
	for arg := range args {
		on := rule
		on.conds = slices.DeleteFunc(slices.Clone(rule.conds), func(c Cond) bool { return c.Arg != arg })
		if !slices.ContainsFunc(nearEdges, func(v uint64) bool {
			args[arg] = v
			return l.matches(a, on, args)
		}) {
			return false
		}
	}
	return true
}

// edges are where an argument changes its meaning, and its signs.
var edges = []uint64{0, 1 << 15, 1 << 16, 1 << 31, 1 << 32, 1 << 63}

// nearEdges are the values up to 32 away from an edge or from the sum of two.
var nearEdges = func() (list []uint64) {
	for _, x := range edges {
		for _, y := range edges {
			for d := range uint64(65) {
				list = append(list, x+y+d-32)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}()

// matches reports whether all of the rule's conditions hold: law 8.
func (l *literal) matches(a arch.Arch, rule claim, args [6]uint64) bool {
	for _, c := range rule.conds {
		arg := args[c.Arg]
		if l.target.Compat == CompatRunc {
			if a.Bits() == 32 {
				arg, c = arg&(1<<32-1), low32(c)
			}
			if !compared(c, arg) {
				return false
			}
		} else if !byLaw8(c, arg, syscalls.Width(a, rule.name, c.Arg), l.permissive(rule)) {
			return false
		}
	}
	return true
}

func (l *literal) permissive(rule claim) bool { return l.Default.Stricter(rule.action) }

func low32(c Cond) Cond {
	c.Value &= 1<<32 - 1
	c.Mask &= 1<<32 - 1
	return c
}

// byLaw8 reports whether a condition holds for an argument of which the kernel
// reads w bits.
func byLaw8(c Cond, arg uint64, w int, permissive bool) bool {
	zeros := func(v uint64) uint64 { return v << (64 - w) >> (64 - w) }
	signs := func(v uint64) uint64 { return uint64(int64(v<<(64-w)) >> (64 - w)) }
	d := c.Value
	if c.Op == MaskedEQ {
		d &= c.Mask
	}
	if d == zeros(d) || d == signs(d) {
		c.Value, c.Mask = zeros(d), zeros(c.Mask)
		return compared(c, zeros(arg))
	}
	if permissive {
		return compared(c, zeros(arg)) && compared(c, signs(arg))
	}
	return compared(c, zeros(arg)) || compared(c, signs(arg))
}

// compared is the comparison itself, of all 64 bits.
func compared(c Cond, arg uint64) bool {
	switch c.Op {
	case NE:
		return arg != c.Value
	case LT:
		return arg < c.Value
	case LE:
		return arg <= c.Value
	case EQ:
		return arg == c.Value
	case GE:
		return arg >= c.Value
	case GT:
		return arg > c.Value
	}
	return arg&c.Mask == c.Value&c.Mask
}

// behind returns what the rules for a call say of a multiplexer that is asked
// for it: law 9.
func (l *literal) behind(a arch.Arch, c syscalls.Call, listed []claim) []claim {
	own, _ := syscalls.Name(a, c.Nr)
	muxed := func(name string) (sub uint32, ok bool) {
		nr, sub, ok := syscalls.Mux(a, name)
		return sub, ok && nr == c.Nr
	}
	if l.target.Compat == CompatRunc {
		list := l.rules(a, func(name string) bool { _, ok := muxed(name); return ok })
		for i, rule := range list {
			sub, _ := muxed(rule.name)
			conds := []Cond{{Op: EQ, Value: uint64(sub)}}
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
	if slices.ContainsFunc(listed, unconditional) {
		return nil
	}
	asked := uint32(c.Args[0])
	if own == "ipc" {
		asked &= 0xffff
	}
	var blind []claim
	for _, rule := range l.rules(a, func(name string) bool { sub, ok := muxed(name); return ok && sub == asked }) {
		if unconditional(rule) || !l.permissive(rule) {
			blind = append(blind, rule)
		}
	}
	// All of them match, whatever they ask, and what they come to is a rule under
	// a condition: the number's.
	winner := -1
	for i, rule := range blind {
		if unconditional(rule) && slices.ContainsFunc(blind[:i], unconditional) {
			continue
		}
		if winner < 0 || rule.action.Stricter(blind[winner].action) {
			winner = i
		}
	}
	if winner < 0 {
		return nil
	}
	rule := blind[winner]
	rule.conds = []Cond{{Op: GE}}
	return []claim{rule}
}

// which returns the action of the rule that decides: laws 3, 5 and 6.
func (l *literal) which(a arch.Arch, list []claim, args [6]uint64, newer bool) (Action, bool) {
	runc := l.target.Compat == CompatRunc
	slices.SortStableFunc(list, func(x, y claim) int { return cmp.Compare(x.place, y.place) })
	other := slices.ContainsFunc(list, func(rule claim) bool { return rule.action != l.Default })
	aside := func(rule claim) bool { return rule.action == l.Default && (other && runc || !other && !newer) }
	var matching []claim
	unconditional := false
	for _, rule := range list {
		always := len(rule.conds) == 0
		if aside(rule) || always && unconditional || !l.matches(a, rule, args) {
			continue
		}
		unconditional = unconditional || always
		matching = append(matching, rule)
	}
	if len(matching) == 0 {
		return 0, false
	}
	before := func(x, y claim) bool { return x.action.Stricter(y.action) }
	if runc {
		before = func(x, y claim) bool { return runcRank(a, x, y) < 0 }
	}
	best := matching[0]
	for _, rule := range matching[1:] {
		if before(rule, best) {
			best = rule
		}
	}
	return best.action, true
}

// runcRank is negative where libseccomp asks for x first: law 6.
func runcRank(a arch.Arch, x, y claim) int {
	if len(x.conds) == 0 || len(y.conds) == 0 {
		return cmp.Compare(len(x.conds), len(y.conds))
	}
	group := map[Op]int{EQ: 0, NE: 0, MaskedEQ: 0, LT: 1, LE: 1, GE: 2, GT: 2}
	byArg := func(rule claim) []Cond {
		return slices.SortedFunc(slices.Values(rule.conds), func(c, d Cond) int { return cmp.Compare(c.Arg, d.Arg) })
	}
	datum := func(c Cond) uint64 {
		if c.Op == MaskedEQ {
			c.Value &= c.Mask
		}
		if a.Bits() == 32 {
			c = low32(c)
		}
		return c.Value
	}
	return slices.CompareFunc(byArg(x), byArg(y), func(c, d Cond) int {
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
	if mode.Mode == EnosysOff || mode.Mode == EnosysRunc && slices.Contains([]Action{Allow, Log, Trace(0)}, l.Default.Kind()) {
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
		for i := range l.Entries {
			for _, n := range l.Entries[i].Names {
				if nr, ok := syscalls.Number(a, n.Text); ok && l.kept(&l.Entries[i]) && !special(nr) {
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
