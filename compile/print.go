package compile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Print is like [profile.Print], with the proof of [ReadAs].
func Print(pol *policy.Policy) ([]byte, error) {
	text, err := profile.Print(pol)
	if err != nil {
		return nil, err
	}
	if err := ReadAs(text, pol); err != nil {
		return nil, err
	}
	return text, nil
}

// ReadAs proves that runc with libseccomp reads a profile as a policy. The profile has no
// guards and is for machines of the policy's native ABI. ReadAs resolves the text in runc's
// reading, and compares the result with the policy for all inputs. It also compares the
// flags and the listener. It returns nil if the proof succeeds. The error is a
// [*PrintedError] if the two differ. It is a [*profile.PrintError] if runc refuses the
// text, if rules with different actions overlap in it, or if libseccomp is known to compile
// such rules wrongly.
//
// Three differences are accepted. Two are in numbers that no kernel assigns to a call, if the
// filter has x86_64 but not x32. To numbers from 0x80000000 to 0xbfffffff, runc answers ENOSYS.
// To 0xffffffff, libseccomp gives the default action, which may be another errno than the
// policy's. The third is in calls newer than the profile: runc does not count the numbers of
// calls that socketcall and ipc can also make. It may answer ENOSYS to these calls, and to all
// calls above the highest number that it counts, where the policy is not stricter.
func ReadAs(text []byte, pol *policy.Policy) error {
	if err := pol.Check(); err != nil {
		return err
	}
	res, err := readBack(text, pol.Arches[0].Arch)
	if err != nil {
		return &profile.PrintError{Reason: "runc refuses the printed profile: " + err.Error()}
	}
	back := res.Policy()
	list, err := prove.Policies(pol, back)
	for i := range list {
		if !beyond(&list[i], pol) && !uncounted(&list[i], back) {
			return &PrintedError{listed(list[i:i+1], pol.Arches[0].Arch)[0]}
		}
	}
	if err != nil {
		return decided(err, pol)
	}
	if x, y := flagsOf(back), flagsOf(pol); !slices.Equal(x, y) || back.Listener != pol.Listener {
		return &profile.PrintError{Reason: fmt.Sprintf("runc reads flags %v and listener %q in the printed profile, and the policy has %v and %q", x, back.Listener.Path, y, pol.Listener.Path)}
	}
	return res.Miscompiled()
}

// flagsOf returns the flags of a policy in order.
func flagsOf(pol *policy.Policy) []policy.Flag { return slices.Sorted(slices.Values(pol.Flags)) }

// readBack returns what runc reads in a printed profile. It is an error if rules of
// different actions match one call, which libseccomp may refuse or decide either way: a
// 32-bit ABI does not have the upper halves of arguments, nor do conditions hold for what
// socketcall passes in memory.
func readBack(text []byte, a arch.Arch) (*profile.Resolution, error) {
	p, err := profile.Parse(text, profile.ParseOptions{Dialect: profile.OCI})
	if err != nil {
		return nil, err
	}
	res, err := p.Resolve(profile.Target{Arch: a, Compat: profile.CompatRunc, AcceptWeaker: true})
	if err != nil {
		return nil, err
	}
	for _, n := range res.Notes() {
		if n.Code == profile.CodeOverlap {
			return nil, &profile.Error{Code: n.Code, Path: n.Path, Err: errors.New(n.Text)}
		}
	}
	return res, nil
}

// beyond reports whether a difference from a policy with x86_64 and without x32 is in numbers
// that no kernel has, which runc looks at before it looks at the ABI.
func beyond(d *prove.Difference, pol *policy.Policy) bool {
	const lo, hi, none = 2 * arch.X32Bit, 3*arch.X32Bit - 1, 1<<32 - 1
	fails := func(a policy.Action) bool { return a.Kind() == policy.Errno(0) && a.Data() > 0 }
	has := func(a arch.Arch) bool {
		return slices.ContainsFunc(pol.Arches, func(part policy.ArchPolicy) bool { return part.Arch == a })
	}
	switch {
	case d.FirstAudit != arch.X86_64.Audit() || d.LastAudit != d.FirstAudit || !has(arch.X86_64) || has(arch.X32):
		return false
	case d.FirstNr == none:
		return fails(d.Old) && fails(d.New)
	}
	return lo <= d.FirstNr && d.LastNr <= hi && d.New == policy.Errno(arch.X86_64.ENOSYS())
}

// uncounted reports whether a difference is that runc takes calls for newer than its profile,
// back, up to the highest that a multiplexer makes, too, where the policy is not stricter.
func uncounted(d *prove.Difference, back *policy.Policy) bool {
	if d.FirstAudit != d.LastAudit || d.Old.Stricter(d.New) {
		return false
	}
	for i := range back.Arches {
		part := &back.Arches[i]
		within := func(r policy.Range) bool { return r.Lo <= d.FirstNr && d.LastNr <= r.Hi }
		if part.Arch.Audit() != d.FirstAudit || d.New != part.Enosys || !slices.ContainsFunc(part.Newer, within) {
			continue
		}
		for nr, name := range syscalls.All(part.Arch) {
			if _, _, viaMux := syscalls.Mux(part.Arch, name); viaMux && d.LastNr <= nr {
				return true
			}
		}
	}
	return false
}

// A PrintedError says that runc reads a printed profile differently from the policy,
// and shows a call with both answers.
type PrintedError struct{ Difference Difference }

// Error returns the difference.
func (e *PrintedError) Error() string {
	if e == nil {
		return "<nil>"
	}
	d := e.Difference
	return fmt.Sprintf("no profile for runc expresses this policy: in the printed one, %s would be %s instead of %s", d.Witness, d.New, d.Old)
}
