package policy

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A Policy says what a filter answers to each call: numbers alone, names for
// display. Profile.Resolve returns one, and it may be written by hand: Check says
// what is wrong with it. A nil Policy is as the zero value, which kills any thread
// that makes a call.
type Policy struct {
	Default  Action       // for calls that nothing below answers
	BadArch  Action       // for calls of other ABIs
	Flags    []Flag       // for the installation
	Arches   []ArchPolicy // the native ABI first
	Listener Listener

	// ByAudit says that the audit value alone tells MIPS ABIs apart, as in
	// libseccomp's filters, so that a program of one can use the others' numbers.
	ByAudit bool
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
	Rules  []Rule  // in any order of numbers; of those of one number the first that matches decides
	Newer  []Range // numbers of calls that are newer than the profile, ascending: they get Enosys unless a rule matches
	Enosys Action
}

// A Range is an inclusive range of call numbers.
type Range struct{ Lo, Hi uint32 }

// A Rule gives an action to a call under conditions, all of which must hold.
type Rule struct {
	Nr     uint32 // as in seccomp_data.nr
	Action Action
	Conds  []Cond  // none: always
	Origin *Origin // nil if it comes from no profile
}

// Pos returns the place of the rule in its profile, the zero Pos if it has none.
func (r *Rule) Pos() Pos {
	if r == nil || r.Origin == nil {
		return Pos{}
	}
	return r.Origin.Pos
}

// Path returns the JSON Pointer of the rule's name in its profile, "" if it has none.
func (r *Rule) Path() string {
	if r == nil {
		return ""
	}
	return r.Origin.Path()
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
	b.WriteString(r.Origin.String())
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
