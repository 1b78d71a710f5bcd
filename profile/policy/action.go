package policy

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/syscalls"
)

// An Action is a filter's answer to a call. It is the 32-bit word that the program
// returns, with the action in the high half and its data in the low half
// (include/uapi/linux/seccomp.h, SECCOMP_RET_*). The zero value is [KillThread].
type Action uint32

// Actions without data. [Errno] and [Trace] return actions with data.
const (
	KillProcess Action = abi.RetKillProcess
	KillThread  Action = abi.RetKillThread
	Trap        Action = abi.RetTrap
	Notify      Action = abi.RetUserNotif
	Log         Action = abi.RetLog
	Allow       Action = abi.RetAllow
)

// Errno returns the action that refuses the call with errno n. The kernel replaces n
// above 4095 with 4095. With n = 0 the call is not executed, and succeeds.
func Errno(n uint16) Action { return abi.RetErrno | Action(n) }

// Trace returns the action that notifies the tracer, which reads msg with
// PTRACE_GETEVENTMSG. Without a tracer the call fails with ENOSYS.
func Trace(msg uint16) Action { return abi.RetTrace | Action(msg) }

// Kind returns the action without its data.
func (a Action) Kind() Action { return a & abi.RetActionFull }

// Data returns the low half of the word: the errno, or the message to the tracer.
func (a Action) Data() uint16 { return uint16(a & abi.RetData) }

// Stricter reports whether the kernel prefers a to b when two filters answer differently.
// The kernel prefers the smaller action as a signed number and ignores the data
// (kernel/seccomp.c, seccomp_run_filters).
func (a Action) Stricter(b Action) bool { return int32(a.Kind()) < int32(b.Kind()) }

// Passes reports whether the kernel executes the call without a supervisor: for ALLOW and
// LOG.
func (a Action) Passes() bool { return a.Kind() == Allow || a.Kind() == Log }

// Effective returns the action as the kernel executes it. An errno above 4095 is 4095.
// The data of ALLOW, LOG and NOTIFY are ignored. An unknown action kills the process
// (kernel/seccomp.c, __seccomp_filter).
func (a Action) Effective() Action {
	switch k := a.Kind(); k {
	case Errno(0):
		return Errno(min(a.Data(), abi.MaxErrno))
	case Allow, Log, Notify:
		return k
	case KillProcess, KillThread, Trap, Trace(0):
		return a
	}
	return KillProcess
}

// Valid reports whether the kernel has the action. It ignores the data.
func (a Action) Valid() bool { return a.row() >= 0 }

// HasData reports whether profiles can give the action an errno or a message.
func (a Action) HasData() bool {
	i := a.row()
	return i >= 0 && abi.Actions[i].Data
}

// Since returns the kernel release that added the action. It is 3.5, which added filters,
// for most actions, and zero for an unknown one.
func (a Action) Since() syscalls.Version {
	if i := a.row(); i >= 0 {
		return version(abi.Actions[i].Since)
	}
	return syscalls.Version{}
}

// row returns the action's first row in abi.Actions, -1 if it has none.
func (a Action) row() int {
	for i := range abi.Actions {
		if Action(abi.Actions[i].Ret) == a.Kind() {
			return i
		}
	}
	return -1
}

func version(r abi.Release) syscalls.Version {
	return syscalls.Version{Major: r.Major, Minor: r.Minor}
}

// SCMP returns the action's name in profiles, such as "SCMP_ACT_ERRNO", without its data.
// It is empty if the kernel does not have the action.
func (a Action) SCMP() string {
	if i := a.row(); i >= 0 {
		return abi.Actions[i].SCMP
	}
	return ""
}

// ActionNames returns an iterator over the names of actions in profiles, such as
// "SCMP_ACT_KILL_PROCESS", the strictest first. SCMP_ACT_KILL means [KillThread].
func ActionNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, row := range abi.Actions {
			if !yield(row.SCMP) {
				return
			}
		}
	}
}

// LookupAction returns the action with the given name in profiles, with data 0. ok is
// false if there is no such action.
func LookupAction(scmp string) (a Action, ok bool) {
	for _, row := range abi.Actions {
		if row.SCMP == scmp {
			return Action(row.Ret), true
		}
	}
	return 0, false
}

// String returns the action in the notation of vectors, such as "ALLOW", "ERRNO(1)",
// "TRAP" or "TRAP(2)". An unknown action prints as a number, such as "0x12345678".
func (a Action) String() string {
	i := a.row()
	switch {
	case i < 0:
		return fmt.Sprintf("0x%08x", uint32(a))
	case abi.Actions[i].Data || a.Data() != 0:
		return abi.Actions[i].Name + "(" + strconv.Itoa(int(a.Data())) + ")"
	}
	return abi.Actions[i].Name
}

// ParseAction parses the notation of [Action.String], which includes the action's data. A
// name in [ActionNames] does not, and is an error; use [LookupAction].
func ParseAction(s string) (Action, error) {
	name, data, hasData := strings.Cut(s, "(")
	for _, row := range abi.Actions {
		if row.Name == "" || row.Name != name {
			continue
		}
		if !hasData {
			if row.Data {
				return 0, fmt.Errorf("action %q without a number (write %s(1))", s, row.Name)
			}
			return Action(row.Ret), nil
		}
		d, err := strconv.ParseUint(strings.TrimSuffix(data, ")"), 10, 16)
		if err != nil || !strings.HasSuffix(data, ")") {
			return 0, fmt.Errorf("action %q: want %s(0) to %s(65535)", s, row.Name, row.Name)
		}
		return Action(row.Ret) | Action(d), nil
	}
	if w, err := strconv.ParseUint(s, 0, 32); err == nil && strings.HasPrefix(s, "0x") {
		return Action(w), nil
	}
	if a, ok := LookupAction(s); ok {
		return 0, fmt.Errorf("action %q is in the notation of profiles (write %s; LookupAction takes the names of profiles)", s, a)
	}
	if a, ok := LookupAction("SCMP_ACT_" + s); ok { // KILL
		return 0, fmt.Errorf("unknown action %q (did you mean %s?)", s, a)
	}
	return 0, fmt.Errorf("unknown action %q%s", s, spell.Hint(name, func(yield func(string) bool) {
		for _, row := range abi.Actions {
			if row.Name != "" && !yield(row.Name) {
				return
			}
		}
	}))
}

// MarshalText returns the text of [Action.String], since the name in profiles would
// lose the data.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText parses the notation of [Action.String].
func (a *Action) UnmarshalText(text []byte) (err error) {
	if a == nil {
		return errors.New("UnmarshalText of a nil Action")
	}
	*a, err = ParseAction(string(text))
	return err
}
