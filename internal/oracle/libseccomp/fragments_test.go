//go:build seccomp

package libseccomp

import "github.com/opencontainers/runtime-spec/specs-go"

// A fragment is a kind of rules for one call of which libseccomp makes what they
// say, and of which it is certain what they say: miscompiled_test.go has what
// comes of others.
type fragment struct {
	name  string
	where func(family) bool                   // nil: for any ABIs
	alone bool                                // no other call of the profile may have conditions
	muxed bool                                // of calls that multiplexers can make, others are of those that they cannot
	rules func(m *maker) []specs.LinuxSyscall // without names
}

// fragments is where libseccomp 2.5 is exact. It is not where a condition behind
// another one fails and a further rule is to be tried, since it shares code of
// different calls and ABIs without regard to which argument is loaded. Rules of
// several actions also have to be in an order that is always the same.
var fragments = []fragment{
	{name: "no conditions", rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(3, m.action, m.none)
	}},
	{name: "one rule", rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(1, m.action, func() []specs.LinuxSeccompArg { return m.conds(6, anyOp, m.wide) })
	}},
	// Where ABIs of 64 and of 32 bits meet, what these compare besides, high words
	// that are not there on the others, makes their code differ, and what is the
	// same in it is shared.
	{name: "== and masks", alone: true, where: family.uniform, rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(6, m.oneAction(), func() []specs.LinuxSeccompArg { return m.conds(4, eqOrMask, m.wide) })
	}},
	{name: "== of low words", alone: true, rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(6, m.oneAction(), func() []specs.LinuxSeccompArg { return m.conds(4, eq, m.word) })
	}},
	{name: "masks of low words", alone: true, rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(6, m.oneAction(), func() []specs.LinuxSeccompArg { return m.conds(4, mask, m.word) })
	}},
	{name: "one condition each, no order", rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(6, m.oneAction(), func() []specs.LinuxSeccompArg { return m.conds(1, unordered, m.wide) })
	}},
	{name: "one condition each, one high word", rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.oneHighWord()
		return m.rules(6, m.oneAction(), func() []specs.LinuxSeccompArg { return m.conds(1, anyOp, datum) })
	}},
	{name: "an argument twice", rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(1, m.action, func() []specs.LinuxSeccompArg {
			list := m.conds(3, anyOp, m.word)
			again := m.cond(int(list[0].Index), anyOp, m.word)
			return append(list, again)
		})
	}},
	{name: "a rule without conditions among others", rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.distinct()
		list := m.rules(4, m.action, func() []specs.LinuxSeccompArg { return m.conds(1, anyOp, datum) })
		list = append(list, m.rules(2, m.otherAction, m.none)...)
		m.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return list
	}},
	{name: "several actions, ==", alone: true, rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.distinct()
		return m.rules(5, m.action, func() []specs.LinuxSeccompArg { return m.conds(3, eq, datum) })
	}},
	{name: "several actions, == and a mask of 0", alone: true, rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.distinct()
		return m.rules(5, m.action, func() []specs.LinuxSeccompArg {
			args := m.Perm(6)
			list := []specs.LinuxSeccompArg{{Index: uint(args[0]), Op: specs.OpMaskedEqual, ValueTwo: m.wide()}}
			for _, arg := range args[1 : 1+m.IntN(3)] {
				list = append(list, m.cond(arg, eq, datum))
			}
			return list
		})
	}},
	{name: "several actions, == and a mask of the high word", alone: true, where: family.narrow, rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.distinct()
		return m.rules(5, m.action, func() []specs.LinuxSeccompArg {
			args := m.Perm(6)
			list := []specs.LinuxSeccompArg{{Index: uint(args[0]), Op: specs.OpMaskedEqual, Value: 0xff << 32, ValueTwo: m.wide()}}
			for _, arg := range args[1 : 1+m.IntN(3)] {
				list = append(list, m.cond(arg, eq, datum))
			}
			return list
		})
	}},
	// With masks that have high words the order goes by these first.
	{name: "several actions, masks of low words", rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.distinct()
		return m.rules(5, m.action, func() []specs.LinuxSeccompArg { return m.conds(1, mask, datum) })
	}},
	{name: "several actions, == and below", rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.distinct()
		return m.rules(5, m.action, func() []specs.LinuxSeccompArg { return m.conds(1, eqOrBelow, datum) })
	}},
	// On 64 bits all of these match a high word other than 0, and which of them
	// answers to it is up to how they came together. So it is with below and above
	// in one call, where boundaries meet.
	{name: "several actions, ==, != and above", where: family.narrow, rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.distinct()
		return m.rules(5, m.action, func() []specs.LinuxSeccompArg { return m.conds(1, notBelow, datum) })
	}},
	{name: "multiplexed, argument 0", where: family.muxed, muxed: true, rules: func(m *maker) []specs.LinuxSyscall {
		datum := m.oneHighWord()
		return m.rules(5, m.oneAction(), func() []specs.LinuxSeccompArg {
			if m.IntN(4) == 0 {
				return nil
			}
			return []specs.LinuxSeccompArg{m.cond(0, anyOp, datum)}
		})
	}},
	{name: "multiplexed, one rule", alone: true, where: family.muxed, muxed: true, rules: func(m *maker) []specs.LinuxSyscall {
		return m.rules(1, m.action, func() []specs.LinuxSeccompArg { return m.conds(6, anyOp, m.wide) })
	}},
}

// rules returns up to most rules.
func (m *maker) rules(most int, action func() specs.LinuxSyscall, conds func() []specs.LinuxSeccompArg) (list []specs.LinuxSyscall) {
	for range 1 + m.IntN(most) {
		rule := action()
		rule.Args = conds()
		list = append(list, rule)
	}
	return list
}

// action returns a rule with an action alone.
func (m *maker) action() specs.LinuxSyscall {
	e := specs.LinuxSyscall{Action: pick(m, specs.ActAllow, specs.ActAllow, specs.ActErrno, specs.ActErrno, specs.ActErrno,
		specs.ActTrace, specs.ActTrap, specs.ActLog, specs.ActKill, specs.ActKillProcess, specs.ActKillThread)}
	if m.IntN(2) == 0 {
		n := pick[uint](m, 0, 1, 2, 38, 4094)
		e.ErrnoRet = &n
	}
	return e
}

// otherAction returns a rule with an action alone that is not the default: a rule
// that is would be left out.
func (m *maker) otherAction() specs.LinuxSyscall {
	def, _ := actionOf(m.def.Action, m.def.ErrnoRet)
	for {
		e := m.action()
		if a, _ := actionOf(e.Action, e.ErrnoRet); a != def {
			return e
		}
	}
}

// oneAction returns what makes rules of one action.
func (m *maker) oneAction() func() specs.LinuxSyscall {
	e := m.action()
	return func() specs.LinuxSyscall { return e }
}

func (m *maker) none() []specs.LinuxSeccompArg { return nil }

// conds returns conditions on up to most arguments.
func (m *maker) conds(most int, ops []specs.LinuxSeccompOperator, datum func() uint64) (list []specs.LinuxSeccompArg) {
	for _, arg := range m.Perm(6)[:1+m.IntN(most)] {
		list = append(list, m.cond(arg, ops, datum))
	}
	return list
}

// cond returns a condition. A mask has a high word only if the datum may have
// one, and never none of both.
func (m *maker) cond(arg int, ops []specs.LinuxSeccompOperator, datum func() uint64) specs.LinuxSeccompArg {
	c := specs.LinuxSeccompArg{Index: uint(arg), Op: pick(m, ops...), Value: datum()}
	if c.Op == specs.OpMaskedEqual {
		mask := pick[uint64](m, 1, 0xf0, 0xff, 0x7fffffff, 1<<32-1, uint64(m.Uint32()|1))
		if c.Value>>32 != 0 {
			mask |= pick[uint64](m, 0, 0xff<<32, (1<<32-1)<<32, m.Uint64())
		}
		c.Value, c.ValueTwo = mask, c.Value
	}
	return c
}

var (
	eq        = []specs.LinuxSeccompOperator{specs.OpEqualTo}
	mask      = []specs.LinuxSeccompOperator{specs.OpMaskedEqual}
	eqOrMask  = []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpMaskedEqual}
	unordered = []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpMaskedEqual, specs.OpNotEqual}
	eqOrBelow = []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpLessThan, specs.OpLessEqual}
	notBelow  = []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpNotEqual, specs.OpGreaterEqual, specs.OpGreaterThan}
	anyOp     = []specs.LinuxSeccompOperator{specs.OpEqualTo, specs.OpMaskedEqual, specs.OpNotEqual, specs.OpLessThan, specs.OpLessEqual, specs.OpGreaterEqual, specs.OpGreaterThan}
)

// word returns a datum of 32 bits, often one at which comparisons change.
func (m *maker) word() uint64 {
	return pick(m, 0, 1, 2, 3, 5, 7, 8, 9, 38, 40, 255, 256, 0xffff, 1<<31-1, 1<<31, 1<<32-1, uint64(m.Uint32()))
}

// wide returns a datum of 64 bits.
func (m *maker) wide() uint64 {
	if m.IntN(2) == 0 {
		return m.word()
	}
	return pick(m, 1, 2, 1<<31, 1<<32-1, uint64(m.Uint32()))<<32 | m.word()
}

// oneHighWord returns what makes data that have their high words in common.
func (m *maker) oneHighWord() func() uint64 {
	high := pick[uint64](m, 0, 0, 1, 1<<32-1) << 32
	return func() uint64 { return high | m.word() }
}

// distinct returns what makes data of 32 bits without making one twice: the same
// condition for two actions is refused.
func (m *maker) distinct() func() uint64 {
	used := map[uint64]bool{}
	return func() uint64 {
		d := m.word()
		for used[d] {
			d = m.word()
		}
		used[d] = true
		return d
	}
}
