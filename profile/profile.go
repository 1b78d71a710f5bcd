package profile

import (
	"strconv"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Profile is a profile as written, checked for itself and against nothing
// else: no machine, no capabilities, no numbers of calls. It is what Parse
// returns; it must not be changed, and is safe for concurrent use.
type Profile struct {
	Pos           policy.Pos
	Dialect       Dialect
	Default       policy.Action
	Architectures []Arch // beside the native one
	ArchMap       []ArchMap
	Flags         []policy.Flag
	FlagsGiven    bool // flags is there, be it empty
	Listener      policy.Listener
	Entries       []Entry // the elements of syscalls
	Notes         []Note  // in the order of the text

	strict bool
	path   string // JSON Pointer of the profile in its text
	errno  string // of Default, if the text has it by name
}

// An ArchMap is an element of archMap: on that native ABI filter the others, too.
type ArchMap struct {
	Arch arch.Arch
	Subs []Arch
	Pos  policy.Pos

	subsGiven bool
	path      string
}

// An Arch is an ABI with the place where it is named.
type Arch struct {
	Arch arch.Arch
	Pos  policy.Pos
	path string
}

// An Entry is an element of syscalls: an action for some calls under conditions
// that must all hold. Guards decide whether the entry counts for a Target.
type Entry struct {
	Pos      policy.Pos
	Names    []Name
	Action   policy.Action
	Conds    []Cond
	Includes Guard
	Excludes Guard
	Comment  string

	path  string
	errno string // of Action, if the text has it by name
}

// A Name is the name of a call.
type Name struct {
	policy.Origin
	id syscalls.ID
}

// A Cond is a condition as written.
type Cond struct {
	policy.Cond
	Pos policy.Pos
}

// argPath returns the JSON Pointer of condition i of the entry.
func (e *Entry) argPath(i int) string { return e.path + "/args/" + strconv.Itoa(i) }

// A Guard is a condition on the Target. The zero value is none.
type Guard struct {
	Caps      []string
	Arches    []string          // the dialect's names, see arch.Arch.Docker and Containers; empty and not nil, in Mesos: never holds
	MinKernel *syscalls.Version // nil: none; zero: written as "", which Docker reads as 0.0
	Pos       policy.Pos
	path      string
}
