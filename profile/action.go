package profile

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/syscalls"
)

// An Action is what a filter answers to a call: the 32-bit word that the
// program returns, action in the high half and data in the low one
// (include/uapi/linux/seccomp.h, SECCOMP_RET_*). The zero value is KillThread.
type Action uint32

// The actions without data. Errno and Trace make the ones with data.
const (
	KillProcess Action = abi.RetKillProcess
	KillThread  Action = abi.RetKillThread
	Trap        Action = abi.RetTrap
	Notify      Action = abi.RetUserNotif
	Log         Action = abi.RetLog
	Allow       Action = abi.RetAllow
)

// Errno returns the action that refuses the call with errno n. The kernel takes
// n above 4095 for 4095, and with 0 the call returns success without being done.
func Errno(n uint16) Action { return abi.RetErrno | Action(n) }

// Trace returns the action that asks the tracer, whom msg reaches by
// PTRACE_GETEVENTMSG; without a tracer the call fails with ENOSYS.
func Trace(msg uint16) Action { return abi.RetTrace | Action(msg) }

// Kind returns the action without its data.
func (a Action) Kind() Action { return a & abi.RetActionFull }

// Data returns the low half: the errno, the tracer's message.
func (a Action) Data() uint16 { return uint16(a & abi.RetData) }

// Stricter reports whether the kernel prefers a to b when two filters answer
// differently: the smaller as signed number, data ignored (kernel/seccomp.c,
// seccomp_run_filters).
func (a Action) Stricter(b Action) bool { return int32(a.Kind()) < int32(b.Kind()) }

// Effective returns the action that the kernel takes for the word: an errno above
// 4095 is 4095, data of ALLOW, LOG and NOTIFY do nothing, and what is no action
// kills the process (kernel/seccomp.c, __seccomp_filter).
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

// An actionName ties a profile's name to an action.
type actionName struct {
	scmp   string
	short  string // the notation of String; "" for an alias
	action Action
	data   bool             // takes errnoRet
	since  syscalls.Version // zero: as old as seccomp filters, 3.5
}

// The actions in the kernel's order, strictest first. KILL is everybody's alias
// of KILL_THREAD. Releases: Documentation/userspace-api/seccomp_filter.rst and
// the man page seccomp(2).
var actionNames = [...]actionName{
	{"SCMP_ACT_KILL_PROCESS", "KILL_PROCESS", KillProcess, false, syscalls.Version{Major: 4, Minor: 14}},
	{"SCMP_ACT_KILL_THREAD", "KILL_THREAD", KillThread, false, syscalls.Version{}},
	{"SCMP_ACT_KILL", "", KillThread, false, syscalls.Version{}},
	{"SCMP_ACT_TRAP", "TRAP", Trap, false, syscalls.Version{}},
	{"SCMP_ACT_ERRNO", "ERRNO", abi.RetErrno, true, syscalls.Version{}},
	{"SCMP_ACT_NOTIFY", "NOTIFY", Notify, false, syscalls.Version{Major: 5, Minor: 0}},
	{"SCMP_ACT_TRACE", "TRACE", abi.RetTrace, true, syscalls.Version{}},
	{"SCMP_ACT_LOG", "LOG", Log, false, syscalls.Version{Major: 4, Minor: 14}},
	{"SCMP_ACT_ALLOW", "ALLOW", Allow, false, syscalls.Version{}},
}

// actionNamed returns the row of a profile's name.
func actionNamed(scmp string) (actionName, error) {
	for _, n := range actionNames {
		if n.scmp == scmp {
			return n, nil
		}
	}
	return actionName{}, fmt.Errorf("unknown action %q%s", scmp, spell.HintOr(scmp, scmpActions(), "SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, ..."))
}

func scmpActions() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, n := range actionNames {
			if !yield(n.scmp) {
				return
			}
		}
	}
}

// since returns the release of the kernel that brought the action.
func (a Action) since() syscalls.Version {
	for _, n := range actionNames {
		if n.action == a.Kind() {
			return n.since
		}
	}
	return syscalls.Version{}
}

// String returns the action in the notation of vectors: "ALLOW", "ERRNO(1)",
// "TRAP", "TRAP(2)". A word that is no action of the kernel, which kills the
// process, is printed as "0x12345678".
func (a Action) String() string {
	for _, n := range actionNames {
		if n.short == "" || n.action != a.Kind() {
			continue
		}
		if n.data || a.Data() != 0 {
			return n.short + "(" + strconv.Itoa(int(a.Data())) + ")"
		}
		return n.short
	}
	return fmt.Sprintf("0x%08x", uint32(a))
}

// ParseAction reads the notation of String.
func ParseAction(s string) (Action, error) {
	name, data, hasData := strings.Cut(s, "(")
	for _, n := range actionNames {
		if n.short == "" || n.short != name {
			continue
		}
		if !hasData {
			if n.data {
				return 0, fmt.Errorf("action %q: want a number behind it, as in %s(1)", s, n.short)
			}
			return n.action, nil
		}
		d, err := strconv.ParseUint(strings.TrimSuffix(data, ")"), 10, 16)
		if err != nil || !strings.HasSuffix(data, ")") {
			return 0, fmt.Errorf("action %q: want %s(0) to %s(65535)", s, n.short, n.short)
		}
		return n.action | Action(d), nil
	}
	if w, err := strconv.ParseUint(s, 0, 32); err == nil && strings.HasPrefix(s, "0x") {
		return Action(w), nil
	}
	return 0, fmt.Errorf("unknown action %q%s", s, spell.Hint(name, shortActions()))
}

func shortActions() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, n := range actionNames {
			if n.short != "" && !yield(n.short) {
				return
			}
		}
	}
}
