package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Features are the actions and flags that a kernel accepts, as a probe finds them. A
// probe is better than the release, because distributions backport features. The zero
// value has none.
type Features struct {
	Actions []policy.Action // without data
	Flags   []policy.Flag
}

// FeaturesOf returns the Features with the given actions, SECCOMP_RET_* words, and flags,
// SECCOMP_FILTER_FLAG_* bits. install.Probe returns both.
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

// A KernelError says that the Target's kernel lacks something that the profile requires.
// An [*Error] with [CodeKernelTooOld] wraps it.
type KernelError struct {
	What   string           // "action LOG", "SECCOMP_FILTER_FLAG_LOG", "seccomp"
	Since  syscalls.Version // the release that added it
	Kernel syscalls.Version // the Target's release; zero if the Target has Features
}

// Error returns a line such as "action LOG came with Linux 4.14, the target has 4.4".
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
	switch {
	case t.Features != nil && !slices.Contains(t.Features.Actions, a.Kind()):
		return &KernelError{What: "action " + a.String(), Since: a.Since()}
	case t.Features == nil && t.before(a.Since()):
		return &KernelError{"action " + a.String(), a.Since(), t.Kernel}
	}
	return nil
}

// lacksFlag returns a KernelError if the kernel is known to lack the flag.
func (t *Target) lacksFlag(f policy.Flag) error {
	switch {
	case t.Features != nil && !slices.Contains(t.Features.Flags, f):
		return &KernelError{What: f.String(), Since: f.Since()}
	case t.Features == nil && t.before(f.Since()):
		return &KernelError{f.String(), f.Since(), t.Kernel}
	}
	return nil
}
