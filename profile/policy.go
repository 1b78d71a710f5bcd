package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A Policy is a profile for one Target: numbers alone, names for display. It is
// what Resolve returns; it must not be changed, and is safe for concurrent use. A
// nil Policy is as the zero value, which kills whatever makes a call.
type Policy struct {
	Default  Action       // for calls that nothing below answers
	BadArch  Action       // for calls of other ABIs
	Flags    []Flag       // for the installation
	Arches   []ArchPolicy // the native ABI first, the others as the profile lists them
	Listener Listener
	ByAudit  bool   // the audit value alone tells MIPS ABIs apart, as in libseccomp's filters, so that a program of one can use the others' numbers
	Notes    []Note // the profile's and Resolve's

	flagsGiven bool
	entries    []*Entry  // that the guards let count, as written; nil for a policy that Resolve did not make
	from       *resolver // that made it
}

// orZero returns the policy, and for nil one that is empty.
func (p *Policy) orZero() *Policy {
	if p == nil {
		return &Policy{}
	}
	return p
}

// An ArchPolicy is the part of a Policy for one ABI.
type ArchPolicy struct {
	Arch   arch.Arch
	Rules  []Rule  // by number; of one number in the order in which they decide
	Newer  []Range // calls newer than the profile, by number; they get Enosys unless a rule matches
	Enosys Action
}

// of returns the rules for a number.
func (a *ArchPolicy) of(nr uint32) []Rule {
	lo, _ := slices.BinarySearchFunc(a.Rules, nr, func(r Rule, nr uint32) int { return cmp.Compare(r.Nr, nr) })
	hi := lo
	for hi < len(a.Rules) && a.Rules[hi].Nr == nr {
		hi++
	}
	return a.Rules[lo:hi]
}

// A Range is an inclusive range of call numbers.
type Range struct{ Lo, Hi uint32 }

// A Rule gives an action to a call under conditions, all of which must hold.
type Rule struct {
	Nr     uint32 // as in seccomp_data.nr
	Action Action
	Name   *Name  // of the call, as the profile has it; nil where no profile has
	Conds  []Cond // by argument, one on each at most; none: always
}

// Pos returns the place of the name in the profile. Like Path, it is zero for a nil
// Rule, which stands for a general answer.
func (r *Rule) Pos() Pos {
	if r == nil || r.Name == nil {
		return Pos{}
	}
	return r.Name.Pos
}

// Path returns the JSON Pointer of the name in the profile.
func (r *Rule) Path() string {
	if r == nil || r.Name == nil {
		return ""
	}
	return r.Name.path()
}

// Matches reports whether all conditions hold. A nil Rule matches nothing.
func (r *Rule) Matches(args [6]uint64) bool {
	if r == nil {
		return false
	}
	for _, c := range r.Conds {
		if !c.Matches(args) {
			return false
		}
	}
	return true
}

// String returns "openat if a2 & 0x3 == 0 -> ALLOW", and "no rule" for nil.
func (r *Rule) String() string {
	if r == nil {
		return "no rule"
	}
	var b strings.Builder
	b.WriteString(r.Name.String())
	for i, c := range r.Conds {
		b.WriteString([...]string{" if ", " and "}[min(i, 1)])
		b.WriteString(c.String())
	}
	b.WriteString(" -> " + r.Action.String())
	return b.String()
}

// String returns the policy as text: the general answers, then each ABI's rules,
// one a line with its place in the profile.
func (p *Policy) String() string {
	p = p.orZero()
	var b strings.Builder
	fmt.Fprintf(&b, "default %s\nbad arch %s\n", p.Default, p.BadArch)
	for _, f := range p.Flags {
		fmt.Fprintf(&b, "flag %s\n", f)
	}
	for i := range p.Arches {
		a := &p.Arches[i]
		fmt.Fprintf(&b, "%s\n", a.Arch)
		for j := range a.Rules {
			r := &a.Rules[j]
			fmt.Fprintf(&b, "  %d %s", r.Nr-a.Arch.NumberBase(), r)
			if pos := r.Pos(); pos.Line > 0 {
				fmt.Fprintf(&b, "  # %d:%d", pos.Line, pos.Col)
			}
			b.WriteByte('\n')
		}
		for _, n := range a.Newer {
			fmt.Fprintf(&b, "  %#x..%#x -> %s\n", n.Lo, n.Hi, a.Enosys)
		}
	}
	return b.String()
}
