package profile

import (
	"strconv"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

// A Profile is a profile as written, checked for itself and against nothing
// else: no machine, no capabilities, no numbers of calls. It is what Parse
// returns; it must not be changed, and is safe for concurrent use.
type Profile struct {
	Pos           Pos
	Dialect       Dialect
	Default       Action
	Architectures []Arch // beside the native one
	ArchMap       []ArchMap
	Flags         []Flag
	FlagsGiven    bool // flags is there, be it empty
	Listener      Listener
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
	Pos  Pos

	subsGiven bool
	path      string
}

// An Arch is an ABI with the place where it is named.
type Arch struct {
	Arch arch.Arch
	Pos  Pos
	path string
}

// An Entry is an element of syscalls: an action for some calls under conditions
// that must all hold. Guards decide whether the entry counts for a Target.
type Entry struct {
	Pos      Pos
	Names    []Name
	Action   Action
	Conds    []Cond
	Includes Guard
	Excludes Guard
	Comment  string

	path  string
	errno string // of Action, if the text has it by name
}

// A Name is the name of a call.
type Name struct {
	Text string
	Pos  Pos

	id   syscalls.ID
	list string // JSON Pointer of the list that it stands in, or of the name where there is none
	i    int32  // where in the list; -1: there is none
}

// String returns the name, "call" for nil.
func (n *Name) String() string {
	if n == nil {
		return "call"
	}
	return n.Text
}

// path returns the JSON Pointer of the name.
func (n *Name) path() string {
	if n.i < 0 {
		return n.list
	}
	return n.list + "/" + strconv.Itoa(int(n.i))
}

// argPath returns the JSON Pointer of condition i of the entry.
func (e *Entry) argPath(i int) string { return e.path + "/args/" + strconv.Itoa(i) }

// A Guard is a condition on the Target. The zero value is none.
type Guard struct {
	Caps      []string
	Arches    []string          // the dialect's names, see arch.Arch.Docker and Containers; empty and not nil, in Mesos: never holds
	MinKernel *syscalls.Version // nil: none; zero: written as "", which Docker reads as 0.0
	Pos       Pos
	path      string
}

// Listener is where the container runtime sends the file descriptor of a filter
// with NOTIFY rules. This package passes it on.
type Listener struct {
	Path     string // a Unix stream socket
	Metadata string
}

// A Flag is a SECCOMP_FILTER_FLAG_ of seccomp(2), one bit.
type Flag uint

// The flags (include/uapi/linux/seccomp.h). Profiles may give TSync, LogFlag,
// SpecAllow and WaitKillableRecv; Resolve adds NewListener where a rule says
// NOTIFY.
const (
	TSync            Flag = abi.FlagTSync
	LogFlag          Flag = abi.FlagLog
	SpecAllow        Flag = abi.FlagSpecAllow
	NewListener      Flag = abi.FlagNewListener
	WaitKillableRecv Flag = abi.FlagWaitKillableRecv
)

// flagNames are the flags that profiles may give (runtime-spec, config-linux.md)
// and the kernel releases that brought them (man page seccomp(2)).
var flagNames = [...]struct {
	name  string
	flag  Flag
	since syscalls.Version
}{
	{"SECCOMP_FILTER_FLAG_TSYNC", TSync, syscalls.Version{Major: 3, Minor: 17}},
	{"SECCOMP_FILTER_FLAG_LOG", LogFlag, syscalls.Version{Major: 4, Minor: 14}},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SpecAllow, syscalls.Version{Major: 4, Minor: 17}},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", WaitKillableRecv, syscalls.Version{Major: 5, Minor: 19}},
}

// String returns the kernel's name.
func (f Flag) String() string {
	for _, n := range flagNames {
		if n.flag == f {
			return n.name
		}
	}
	if f == NewListener {
		return "SECCOMP_FILTER_FLAG_NEW_LISTENER"
	}
	return "SECCOMP_FILTER_FLAG_" + strconv.Itoa(int(f))
}
