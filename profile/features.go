package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Features are the actions and flags that a kernel accepts, as a probe finds them. A
// probe is better than the release, because distributions backport features. The zero
// value has none. [Profile.Resolve] returns an error for elements that are not an action
// without data, or not one known flag.
type Features struct {
	Actions []policy.Action // without data
	Flags   []policy.Flag
}

// FeaturesOf returns the Features with the given actions, SECCOMP_RET_* words, and flags,
// SECCOMP_FILTER_FLAG_* bits. install.Probe returns both. FeaturesOf keeps what is not an
// action or a flag, for Resolve to report.
func FeaturesOf(actions []uint32, flags uint) *Features {
	f := &Features{}
	for _, a := range actions {
		f.Actions = append(f.Actions, policy.Action(a))
	}
	for bit := uint(1); flags != 0; bit <<= 1 {
		if flags&bit != 0 {
			f.Flags = append(f.Flags, policy.Flag(bit))
			flags &^= bit
		}
	}
	return f
}

// check returns the first fault of the Features.
func (f *Features) check() error {
	if f == nil {
		return nil
	}
	for i, a := range f.Actions {
		if !a.Valid() || a != a.Kind() {
			return fmt.Errorf("Target.Features.Actions[%d] is %s, which is not an action without data (use the constants, Errno(0) and Trace(0))", i, a)
		}
	}
	for i, g := range f.Flags {
		if !g.Valid() {
			return fmt.Errorf("Target.Features.Flags[%d] is %s, which is not a flag (use the constants, one for each flag)", i, g)
		}
	}
	return nil
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

// lacksAction returns a KernelError if the kernel is known to lack the action, or the
// listener that NOTIFY needs.
func (t *Target) lacksAction(a policy.Action) error {
	switch {
	case t.lacks(a.Since(), t.Features != nil && slices.Contains(t.Features.Actions, a.Kind())):
		return &KernelError{"action " + a.String(), a.Since(), t.release()}
	case a.Kind() == policy.Notify:
		return t.lacksFlag(policy.FlagNewListener)
	}
	return nil
}

// lacksFlag returns a KernelError if the kernel is known to lack the flag.
func (t *Target) lacksFlag(f policy.Flag) error {
	if t.lacks(f.Since(), t.Features != nil && slices.Contains(t.Features.Flags, f)) {
		return &KernelError{f.String(), f.Since(), t.release()}
	}
	return nil
}

// lacks reports whether the kernel is known to lack what a release added. If the Target
// has Features, they alone count, and has says whether it is among them. A release
// without filters is checkRelease's to fault.
func (t *Target) lacks(since syscalls.Version, has bool) bool {
	if t.Features != nil {
		return !has
	}
	return since != firstFilters && t.before(since)
}

// release returns the Target's release if it counts for actions and flags, else zero.
func (t *Target) release() syscalls.Version {
	if t.Features != nil {
		return syscalls.Version{}
	}
	return t.Kernel
}
