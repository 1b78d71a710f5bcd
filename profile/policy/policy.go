package policy

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A Policy defines what a filter answers to each call. It consists of numbers; names are
// for display. Profile.Resolve of package profile returns a Policy. A Policy may also be
// written by hand; [Policy.Check] reports its faults. A nil Policy means the same as the
// zero value: every call kills the thread that makes it.
type Policy struct {
	Default  Action       // for calls that have no other answer
	BadArch  Action       // for calls of other ABIs
	Flags    []Flag       // for installation
	Arches   []ArchPolicy // the native ABI first
	Listener Listener

	// ByAudit says that the audit value alone distinguishes MIPS ABIs, as in libseccomp's
	// filters. A program of one ABI can then use the call numbers of the others. It says
	// nothing about other ABIs.
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
	Arch  arch.Arch
	Rules []Rule // numbers in any order; of the rules for a call, the first that matches decides

	// Newer has the numbers, ascending, of calls that are newer than the profile. Enosys is
	// the answer to them if no rule matches; its zero value kills the thread. Only numbers
	// count that calls of the ABI have ([Policy.Numbers]), and on x86_64 without x32 in the
	// filter also those from 0x40000000 on, which get BadArch otherwise and cannot have rules.
	Newer  []Range
	Enosys Action
}

// A Range is an inclusive range of call numbers.
type Range struct{ Lo, Hi uint32 }

// A Rule is the answer to a call whose arguments satisfy all conditions.
type Rule struct {
	Nr     uint32 // as in seccomp_data.nr
	Action Action
	Conds  []Cond  // all must hold; none: the rule always matches
	Origin *Origin // nil if the rule does not come from a profile
}

// Pos returns the rule's position in its profile. It is the zero Pos if the rule has no
// origin.
func (r *Rule) Pos() Pos {
	if r == nil || r.Origin == nil {
		return Pos{}
	}
	return r.Origin.Pos
}

// Path returns the JSON Pointer of the rule's name in its profile. It is empty if the
// rule has no origin.
func (r *Rule) Path() string {
	if r == nil {
		return ""
	}
	return r.Origin.Path()
}

// Matches reports whether all conditions hold for these arguments. A nil Rule never
// matches.
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

// String returns the rule, such as "openat if a2 & 0x3 == 0 -> ALLOW". A rule without an
// origin has its number, as in "call 257 -> ALLOW". It returns "no rule" for a nil Rule.
func (r *Rule) String() string {
	if r == nil {
		return "no rule"
	}
	var b strings.Builder
	if r.Origin == nil || r.Origin.Name == "" {
		fmt.Fprintf(&b, "call %d", r.Nr)
	} else {
		b.WriteString(r.Origin.Name)
	}
	for i, c := range r.Conds {
		b.WriteString([...]string{" if ", " and "}[min(i, 1)])
		b.WriteString(c.String())
	}
	b.WriteString(" -> " + r.Action.String())
	return b.String()
}

// String returns the policy as text: first the general answers, then the rules of each
// ABI, one per line with its places in the profiles.
func (p *Policy) String() string {
	p = p.orZero()
	oneFile := p.oneFile()
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
			if places := r.Origin.places(oneFile); places != "" {
				fmt.Fprintf(&b, "  # %s", places)
			}
			b.WriteByte('\n')
		}
		for _, n := range a.Newer {
			fmt.Fprintf(&b, "  %#x..%#x -> %s\n", n.Lo, n.Hi, a.Enosys)
		}
	}
	return b.String()
}

// oneFile reports whether no two rules come from different files.
func (p *Policy) oneFile() bool {
	var first *Origin
	for i := range p.Arches {
		for j := range p.Arches[i].Rules {
			for o := p.Arches[i].Rules[j].Origin; o != nil; o = o.With {
				if first == nil {
					first = o
				} else if o.Pos.File != first.Pos.File {
					return false
				}
			}
		}
	}
	return true
}
