package compile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Harden is like [profile.Profile.Harden], with a proof that runc reads the result as the
// kernel reads p. The proof covers each native ABI in natives, and every combination of the
// guards on the entries of any call. If natives is empty, the ABIs are those of
// [profile.Profile.Natives], or x86_64 and aarch64 if the profile names none. The error is
// a [*HardenError] if the two readings differ, and a [*profile.PrintError] if no entries
// can express the profile or libseccomp may compile them wrongly.
//
// Some differences are accepted, since no profile can express them. They are in calls
// newer than the profile, in numbers of other MIPS ABIs, and, before Linux 5.4, in the
// numbers of x86_64 and x32 that reach calls of the other ABI. Where runc is stricter,
// they are also in calls through socketcall and ipc, since the kernel ignores the upper
// bits of their first argument. Targets with a kernel that is too old for the profile are
// left out.
func Harden(p *profile.Profile, natives ...arch.Arch) (*profile.Profile, error) {
	hard, err := p.Harden()
	if err != nil {
		return nil, err
	}
	natives = nativesOf(p, natives)
	for _, a := range natives {
		targets, err := p.Variants(a)
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			if err := hardened(p, hard, t); err != nil {
				return nil, err
			}
		}
	}
	return hard, nil
}

// hardened proves that runc reads the one as the kernel reads the other, for a target.
func hardened(p, hard *profile.Profile, t profile.Target) error {
	t.AcceptWeaker, t.Enosys.Mode = true, profile.EnosysOff
	res, err := p.Resolve(t)
	var fault *profile.Error
	if errors.As(err, &fault) && fault.Code == profile.CodeKernelTooOld {
		return nil
	}
	if err != nil {
		return err
	}
	want := res.Policy()
	want.ByAudit = true
	for i := range want.Arches {
		a := &want.Arches[i]
		a.Rules = slices.DeleteFunc(a.Rules, func(r policy.Rule) bool { return r.Pos() == policy.Pos{} })
	}
	t.Compat = profile.CompatRunc
	if res, err = hard.Resolve(t); err != nil {
		return err
	}
	if err := res.Miscompiled(); err != nil {
		return err
	}
	list, err := prove.Policies(want, res.Policy())
	for _, d := range listed(list, t.Arch) {
		if mux := d.Call == "socketcall" || d.Call == "ipc"; !mux || d.Change != Stricter {
			return &HardenError{t, d}
		}
	}
	return decided(err, want)
}

// A HardenError says that a profile cannot be hardened entry by entry: runc answers a call
// differently from the kernel's reading of the profile.
type HardenError struct {
	Target     profile.Target
	Difference Difference // Old is what the profile says, New what runc answers
}

// Error returns the difference and the target.
func (e *HardenError) Error() string {
	if e == nil {
		return "<nil>"
	}
	d, t := e.Difference, e.Target
	caps := strings.Join(t.Caps, ", ")
	if caps == "" {
		caps = "no capabilities"
	}
	return fmt.Sprintf("%s is %s and under runc %s, with %s on Linux %s: %s", d.Witness, d.Old, d.New, caps, t.Kernel, e.reason())
}

// reason returns why runc answers otherwise.
func (e *HardenError) reason() string {
	c := e.Difference.Witness
	a, ok := c.Arch()
	name, _ := syscalls.Name(a, c.Nr)
	_, _, viaMux := syscalls.Mux(a, name)
	high := slices.ContainsFunc(c.Args[:], func(arg uint64) bool { return arg>>32 != 0 })
	switch {
	case name == "socketcall" || name == "ipc" || viaMux:
		return "socketcall and ipc hide the arguments of the calls that they make, and runc compares their own instead (write entries without conditions for these calls)"
	case ok && high && (a == arch.X32 || a == arch.MIPS64N32 || a == arch.MIPSEL64N32):
		return fmt.Sprintf("libseccomp compares the low 32 bits of arguments on %s, but the kernel reads 64 (leave out the ABI or the condition)", a)
	}
	return "entries with different actions match it (write entries that do not overlap)"
}
