package profile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Target is what a profile is resolved for: everything of the outside world
// that a policy depends on. Only Arch must be set.
type Target struct {
	Arch   arch.Arch        // the native ABI of the programs that will run
	Caps   []string         // the container's bounding set, by names such as "CAP_CHOWN"; nil is none
	Kernel syscalls.Version // the kernel that it will run on; zero: unknown, an error where the profile asks

	// Features are what the kernel accepts, if it was probed: they count instead of its
	// release. Nil goes by the release.
	Features *Features

	Compat       Compat
	Enosys       Enosys
	BadArch      *policy.Action // for calls of ABIs that are not in the filter; nil: KillThread, as libseccomp has it
	AcceptWeaker bool           // take notes with effect Weaker
}

// unknown reports whether nothing is known of the kernel.
func (t *Target) unknown() bool { return t.Kernel.IsZero() && t.Features == nil }

// before reports whether the kernel is known to be older than a release.
func (t *Target) before(v syscalls.Version) bool {
	return !t.Kernel.IsZero() && t.Kernel.Compare(v) < 0
}

// Compat is one of two readings of a profile where the text says one thing and
// runc does another.
type Compat uint8

const (
	CompatKernel Compat = iota // what the text says, the stricter where it can be taken in two ways
	CompatRunc                 // what runc with libseccomp does
)

var compatNames = enum.Names{"kernel", "runc"}

// ParseCompat reads "kernel" or "runc".
func ParseCompat(s string) (Compat, error) {
	i, err := compatNames.Parse("reading", s)
	return Compat(i), err
}

// String returns "kernel" or "runc".
func (c Compat) String() string { return compatNames.Name("Compat", int(c)) }

// MarshalText returns what String does. A value that is not a constant is an error.
func (c Compat) MarshalText() ([]byte, error) { return compatNames.Marshal("Compat", int(c)) }

// UnmarshalText reads what String returns.
func (c *Compat) UnmarshalText(text []byte) error {
	if c == nil {
		return errors.New("UnmarshalText of a nil Compat")
	}
	i, err := compatNames.Parse("reading", string(text))
	if err == nil {
		*c = Compat(i)
	}
	return err
}

// Enosys says which calls that no rule names are answered with ENOSYS, "this
// kernel has no such call", instead of the default action, so that programs fall
// back to older calls. The zero value is runc's rule.
type Enosys struct {
	Mode  EnosysMode
	Since syscalls.Version // for EnosysSince: the release that the profile was written for
}

// EnosysMode is a way to tell which calls a profile's author did not know.
type EnosysMode uint8

const (
	EnosysRunc  EnosysMode = iota // those above the highest that the profile names on the ABI, unless the default is ALLOW, LOG or TRACE
	EnosysOff                     // none
	EnosysSince                   // those newer than a release, and those beyond our tables; not those of unknown release
)

// ParseEnosys reads "runc", "off" or "since=5.15".
func ParseEnosys(s string) (Enosys, error) {
	if v, ok := strings.CutPrefix(s, "since="); ok {
		since, err := syscalls.ParseVersion(v)
		return Enosys{EnosysSince, since}, err
	}
	switch s {
	case "runc":
		return Enosys{}, nil
	case "off":
		return Enosys{Mode: EnosysOff}, nil
	}
	return Enosys{}, fmt.Errorf("unknown ENOSYS rule %q (runc, off or since=VERSION)", s)
}

// String returns "runc", "off" or "since=5.15".
func (e Enosys) String() string {
	if e.Mode == EnosysSince {
		return "since=" + e.Since.String()
	}
	return enum.Names{"runc", "off"}.Name("EnosysMode", int(e.Mode))
}

// MarshalText returns what String does. A rule that is not one is an error.
func (e Enosys) MarshalText() ([]byte, error) {
	if e.Mode > EnosysSince {
		return nil, fmt.Errorf("%s is not a rule", e)
	}
	return []byte(e.String()), nil
}

// UnmarshalText reads what String returns.
func (e *Enosys) UnmarshalText(text []byte) (err error) {
	if e == nil {
		return errors.New("UnmarshalText of a nil Enosys")
	}
	*e, err = ParseEnosys(string(text))
	return err
}
