package profile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Demands on the installer and on the kernel as such, rather than on single actions
// or flags (law 11).

// firstFilters is the release that brought SECCOMP_MODE_FILTER.
var firstFilters = syscalls.Version(abi.FirstFilters)

// check faults a Target that means nothing.
func (t Target) check(p *Profile) error {
	switch {
	case p == nil:
		return errors.New("no profile: nil (Parse returns one)")
	case p.zero():
		return errors.New("no profile: the zero value (Parse returns one)")
	}
	fail := func(format string, args ...any) error { // at no place: the text is not at fault
		return &Error{Code: CodeTarget, Err: fmt.Errorf(format, args...)}
	}
	switch {
	case !t.Arch.Valid():
		return fail("the target names no ABI (set Target.Arch, or start from Host)")
	case t.Compat > CompatRunc:
		return fail("Target.Compat is %s, which is not a reading (CompatKernel or CompatRunc)", t.Compat)
	case t.Enosys.check() != nil:
		return fail("Target.%w", t.Enosys.check())
	case t.Features.check() != nil:
		return fail("%w", t.Features.check())
	case t.BadArch == nil:
	case t.BadArch.Kind() == policy.Notify || !t.BadArch.Valid():
		return fail("--bad-arch, or Target.BadArch, is %s (use an action that needs no listener)", *t.BadArch)
	case *t.BadArch != t.BadArch.Effective():
		return fail("--bad-arch, or Target.BadArch, is %s, which the kernel treats as %s (errnos are 1 to %d)", *t.BadArch, t.BadArch.Effective(), abi.MaxErrno)
	}
	return nil
}

// noteBadArch notes an action for foreign ABIs by which their calls are done, or may
// be, or seem to have been: all that the profile refuses can be had from there.
func (r *resolver) noteBadArch() {
	a := r.badArch
	if passes(a) || a == policy.Errno(0) {
		r.note(Note{Code: CodeBadArch, Effect: Weaker,
			Text: fmt.Sprintf("--bad-arch, or Target.BadArch, is %s: all calls of ABIs outside the filter pass (KILL_PROCESS, or an errno such as ERRNO(38), refuses them)", a)})
	}
}

// checkRelease faults a release that has no filters, unless the Target has Features, and
// notes one that the tables of calls do not know.
func (r *resolver) checkRelease() {
	k, p := r.target.Kernel, r.profile
	newest := syscalls.Newest()
	switch {
	case k.IsZero():
	case r.target.Features == nil && k.Compare(firstFilters) < 0:
		r.fail(CodeKernelTooOld, policy.Pos{}, "", "%w (--kernel and Target.Kernel say which kernel the filter is for)", &KernelError{"seccomp with filters", firstFilters, k})
	case k.Compare(newest) > 0:
		r.note(Note{Code: CodeNewKernel, Pos: p.pos, Path: p.path,
			Text: fmt.Sprintf("the target has Linux %s, and the call tables end with %s: newer calls have no name here", k, newest)})
	}
}

// checkNotify faults NOTIFY on write in runc's reading, and notes that calls can be
// interrupted while they are answered if the kernel could do without.
func (r *resolver) checkNotify(pol *policy.Policy) {
	p := r.profile
	if r.target.Compat == CompatRunc {
		for _, e := range r.entries {
			if e.Action == policy.Notify && slices.ContainsFunc(e.Names, func(n callName) bool { return n.Name == "write" }) {
				r.fail(CodeNotifyWrite, e.Pos, e.path, "NOTIFY on write: runc calls write before a supervisor can answer, and would hang (leave write out)")
			}
		}
	}
	if !slices.Contains(pol.Flags, policy.FlagNewListener) || slices.Contains(pol.Flags, policy.FlagWaitKillableRecv) ||
		p.dialect.row().noFlags() || r.target.unknown() || r.target.lacksFlag(policy.FlagWaitKillableRecv) != nil {
		return
	}
	r.note(Note{Code: CodeInterrupts, Pos: p.pos, Path: p.path,
		Text: fmt.Sprintf("any signal can interrupt a NOTIFY call while it waits for the answer (add %s to flags, so that only fatal signals can)", policy.FlagWaitKillableRecv)})
}
