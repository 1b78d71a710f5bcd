package profile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/syscalls"
)

// Demands on the installer and on the kernel as such, rather than on single actions
// or flags (law 11).

var (
	firstFilters      = syscalls.Version{Major: 3, Minor: 5}  // SECCOMP_MODE_FILTER
	firstKillableRecv = syscalls.Version{Major: 5, Minor: 19} // SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
)

// check faults a Target that means nothing.
func (t Target) check(p *Profile) error {
	if p == nil {
		return errors.New("no profile: nil (Parse returns one)")
	}
	fail := func(format string, args ...any) error {
		return &Error{CodeTarget, p.Pos, p.path, fmt.Errorf(format, args...)}
	}
	switch {
	case !t.Arch.Valid():
		return fail("the target names no ABI (set Target.Arch, or start from Host)")
	case t.Compat > CompatRunc:
		return fail("Target.Compat is %s, which is not a reading (CompatKernel or CompatRunc)", t.Compat)
	case t.Enosys.Mode > EnosysSince:
		return fail("Target.Enosys.Mode is %s, which is not a rule (EnosysRunc, EnosysOff or EnosysSince)", t.Enosys)
	case t.BadArch != nil && (*t.BadArch == Notify || !t.BadArch.known()):
		return fail("Target.BadArch is %s (calls of other ABIs can get any action that takes no listener)", *t.BadArch)
	}
	return nil
}

// known reports whether the kernel has the action.
func (a Action) known() bool {
	return slices.ContainsFunc(actionNames[:], func(n actionName) bool { return n.action == a.Kind() })
}

// checkRelease faults a kernel that has no filters, and notes one that the tables
// of calls do not know.
func (r *resolver) checkRelease() {
	k, p := r.target.Kernel, r.profile
	newest := syscalls.Newest()
	switch {
	case k.IsZero():
	case k.Compare(firstFilters) < 0:
		r.fail(CodeKernelTooOld, p.Pos, p.path, "seccomp filters came with Linux %s, the target has %s", firstFilters, k)
	case k.Compare(newest) > 0:
		r.note(Note{Code: CodeNewKernel, Pos: p.Pos, Path: p.path,
			Text: fmt.Sprintf("the target has Linux %s, and the tables of calls end with %s: calls that came later have no name here", k, newest)})
	}
}

// checkNotify faults NOTIFY on write in runc's reading, and notes that calls can be
// interrupted while they are answered if the kernel could do without.
func (r *resolver) checkNotify(pol *Policy) {
	p := r.profile
	if r.target.Compat == CompatRunc {
		for _, e := range pol.entries {
			if e.Action == Notify && slices.ContainsFunc(e.Names, func(n Name) bool { return n.Text == "write" }) {
				r.fail(CodeNotifyWrite, e.Pos, e.path, "NOTIFY on write: runc writes before anybody answers and would hang (leave write out)")
			}
		}
	}
	if !slices.Contains(pol.Flags, NewListener) || slices.Contains(pol.Flags, WaitKillableRecv) ||
		p.Dialect == Mesos || r.target.Kernel.Compare(firstKillableRecv) < 0 {
		return
	}
	r.note(Note{Code: CodeInterrupts, Pos: p.Pos, Path: p.path,
		Text: fmt.Sprintf("any signal can interrupt a call that says NOTIFY while it is answered (add %s to flags, and only fatal ones do)", WaitKillableRecv)})
}
