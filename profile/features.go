package profile

import (
	"fmt"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Features are the actions and flags that a kernel accepts, as a probe finds them
// where its release says less than the truth: distributions port them back. The zero
// value has none.
type Features struct {
	Actions []policy.Action // without data
	Flags   []policy.Flag
}

// FeaturesOf returns the Features with these actions, SECCOMP_RET_* words, and flags,
// SECCOMP_FILTER_FLAG_* bits: what install.Probe returns.
func FeaturesOf(actions []uint32, flags uint) *Features {
	f := &Features{}
	for _, a := range actions {
		f.Actions = append(f.Actions, policy.Action(a).Kind())
	}
	for _, row := range abi.Flags {
		if flags&row.Flag != 0 {
			f.Flags = append(f.Flags, policy.Flag(row.Flag))
		}
	}
	return f
}

// A KernelError says that the Target's kernel lacks something that the profile asks
// for. It is what an Error with CodeKernelTooOld wraps.
type KernelError struct {
	What   string           // "action LOG", "SECCOMP_FILTER_FLAG_LOG", "seccomp"
	Since  syscalls.Version // the release that brought it
	Kernel syscalls.Version // the Target's, zero if the Target has Features instead
}

// Error returns "action LOG came with Linux 4.14, the target has 4.4".
func (e *KernelError) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case e.Kernel.IsZero():
		return fmt.Sprintf("%s came with Linux %s, and the target's Features lack it", e.What, e.Since)
	}
	return fmt.Sprintf("%s came with Linux %s, the target has %s", e.What, e.Since, e.Kernel)
}

// lacksAction returns a KernelError if the kernel is known to lack the action.
func (t *Target) lacksAction(a policy.Action) error {
	has := false
	if t.Features != nil {
		for _, b := range t.Features.Actions {
			has = has || b == a.Kind()
		}
	}
	return t.lacks(has, "action "+a.String(), a.Since())
}

// lacksFlag returns a KernelError if the kernel is known to lack the flag.
func (t *Target) lacksFlag(f policy.Flag) error {
	has := false
	if t.Features != nil {
		for _, g := range t.Features.Flags {
			has = has || g == f
		}
	}
	return t.lacks(has, f.String(), f.Since())
}

// lacks goes by the Features of the Target, if it has them, else by the release.
func (t *Target) lacks(has bool, what string, since syscalls.Version) error {
	switch {
	case t.Features != nil && !has:
		return &KernelError{what, since, syscalls.Version{}}
	case t.Features == nil && !t.Kernel.IsZero() && t.Kernel.Compare(since) < 0:
		return &KernelError{what, since, t.Kernel}
	}
	return nil
}
