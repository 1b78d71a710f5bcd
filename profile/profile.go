package profile

import (
	"slices"
	"strconv"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Profile is a profile as written. It has been checked, but does not depend on a
// machine, on capabilities or on call numbers. [Parse], [Builder.Profile], [FromStruct]
// and [Default] return a Profile. It is immutable and safe for concurrent use. A nil
// Profile and the zero value are not profiles, and resolving one is an error.
type Profile struct {
	pos           policy.Pos
	dialect       Dialect
	def           policy.Action
	defPos        policy.Pos
	architectures []archAt // beside the native one
	archMap       []archMapItem
	flags         []policy.Flag
	flagsGiven    bool // flags is there, be it empty
	flagsPos      policy.Pos
	listener      policy.Listener
	entries       []entry // the elements of syscalls
	notes         []Note  // in the order of the text
	comments      []Comment

	strict bool
	code   bool   // made by a Builder: conditions of an entry on one argument must all hold
	path   string // JSON Pointer of the profile in its text
	errno  string // of Default, if the text has it by name
	base   baseAt // the profile that this one adds to, for ParseChain alone
}

// Dialect returns the dialect of the text.
func (p *Profile) Dialect() Dialect { return p.orZero().dialect }

// Default returns the action for calls that no entry names.
func (p *Profile) Default() policy.Action { return p.orZero().def }

// DefaultAt returns the position of the default action in the text, or of the Go code that
// sets it, and its JSON Pointer.
func (p *Profile) DefaultAt() (pos policy.Pos, path string) {
	p = p.orZero()
	return p.defPos, p.path + "/defaultAction"
}

// ArchesAt returns where the profile adds ABIs to a filter for a native ABI: the position and the
// JSON Pointer of the first element of architectures, or else of the native ABI's element of
// archMap. The position is zero if the profile has neither.
func (p *Profile) ArchesAt(native arch.Arch) (pos policy.Pos, path string) {
	p = p.orZero()
	if len(p.architectures) > 0 {
		return p.architectures[0].Pos, p.architectures[0].path
	}
	for _, m := range p.archMap {
		if m.Arch == native {
			return m.Pos, m.path
		}
	}
	return pos, ""
}

// Notes returns the notes of [Parse], in the order of the text. The caller owns the
// slice.
func (p *Profile) Notes() []Note { return slices.Clone(p.orZero().notes) }

// Pos returns the position at which the profile starts in its text.
func (p *Profile) Pos() policy.Pos { return p.orZero().pos }

// zero reports whether Parse has not returned the profile: it settles the dialect.
func (p *Profile) zero() bool { return p == nil || p.dialect == Auto }

// orZero returns the profile, and for nil one that is empty.
func (p *Profile) orZero() *Profile {
	if p == nil {
		return &Profile{}
	}
	return p
}

// An archMapItem is an element of archMap: on that native ABI filter the others, too.
type archMapItem struct {
	Arch arch.Arch
	Subs []archAt
	Pos  policy.Pos

	subsGiven bool
	path      string
}

// An archAt is an ABI with the place where it is named.
type archAt struct {
	Arch arch.Arch
	Pos  policy.Pos
	path string
}

// An entry is an element of syscalls: an action for some calls under conditions
// that must all hold. Guards decide whether the entry counts for a Target.
type entry struct {
	Pos      policy.Pos
	Names    []callName
	Action   policy.Action
	Conds    []cond
	Includes guard
	Excludes guard
	Comment  string

	path  string
	index int    // in syscalls
	errno string // of Action, if the text has it by name
}

// A callName is the name of a call.
type callName struct {
	policy.Origin
	id calls.ID
}

// A cond is a condition as written.
type cond struct {
	policy.Cond
	Pos policy.Pos

	value, mask string // Value and Mask if they are written as names, which count in place of the numbers
}

// argPath returns the JSON Pointer of condition i of the entry.
func (e *entry) argPath(i int) string { return e.path + "/args/" + strconv.Itoa(i) }

// A guard is a condition on the Target. The zero value is none.
type guard struct {
	Caps      []string
	Arches    []string          // the dialect's names, see arch.Arch.Docker and Containers; empty and not nil, in Mesos: never holds
	MinKernel *syscalls.Version // nil: none; zero: written as "", which Docker reads as 0.0
	Pos       policy.Pos
	path      string
}
