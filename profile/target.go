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

// A Target is the machine and container for which a profile is resolved. A policy depends
// on nothing else outside the profile. Only Arch is required.
type Target struct {
	Arch   arch.Arch        // the native ABI of the programs that will run
	Caps   []string         // the container's bounding set, by names such as "CAP_CHOWN"; nil means no capabilities
	Kernel syscalls.Version // the kernel's release; zero means unknown, which is an error if the profile has minKernel

	// Features are the result of a probe of the kernel. If Features is not nil, it counts
	// instead of the release for actions, for flags, and for whether there are filters at
	// all. The release still counts for minKernel and for the calls that the kernel has.
	Features *Features

	Compat       Compat
	Enosys       Enosys
	BadArch      *policy.Action // for calls of ABIs that are not in the filter; nil means KillThread, libseccomp's default
	AcceptWeaker bool           // accept notes with effect Weaker
}

// unknown reports whether nothing is known of the kernel.
func (t *Target) unknown() bool { return t.Kernel.IsZero() && t.Features == nil }

// before reports whether the kernel is known to be older than a release.
func (t *Target) before(v syscalls.Version) bool {
	return !t.Kernel.IsZero() && t.Kernel.Compare(v) < 0
}

// Compat selects one of two readings of a profile, for places where runc does something
// other than the text says.
type Compat uint8

const (
	CompatKernel Compat = iota // follow the text; if it has two meanings, the stricter counts
	CompatRunc                 // follow runc with libseccomp
)

var compatNames = enum.Names{"kernel", "runc"}

// ParseCompat parses "kernel" or "runc".
func ParseCompat(s string) (Compat, error) {
	i, err := compatNames.Parse("reading", s)
	return Compat(i), err
}

// String returns "kernel" or "runc".
func (c Compat) String() string { return compatNames.Name("Compat", int(c)) }

// MarshalText returns the text of [Compat.String]. It returns an error for a value that
// is not a constant of this package.
func (c Compat) MarshalText() ([]byte, error) { return compatNames.Marshal("Compat", int(c)) }

// UnmarshalText parses the text of [Compat.String].
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

// Enosys selects the calls, among those that no rule names, that answer ENOSYS instead of
// the default action. ENOSYS means that the kernel has no such call, so programs fall
// back to older calls. The zero value is runc's rule.
type Enosys struct {
	Mode  EnosysMode
	Since syscalls.Version // for EnosysSince, else zero: the release for which the profile was written
}

// An EnosysMode is a method to find the calls that the author of a profile did not know.
type EnosysMode uint8

const (
	EnosysRunc  EnosysMode = iota // calls above the highest number that the profile names on the ABI, unless the default is ALLOW, LOG or TRACE
	EnosysOff                     // no calls
	EnosysSince                   // calls newer than a release, and calls beyond the tables; not calls of unknown release
)

// ParseEnosys parses "runc", "off" or "since=5.15".
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

// String returns the rule, such as "runc", "off" or "since=5.15".
func (e Enosys) String() string {
	if e.Mode == EnosysSince {
		return "since=" + e.Since.String()
	}
	return enum.Names{"runc", "off"}.Name("EnosysMode", int(e.Mode))
}

// MarshalText returns the text of [Enosys.String]. It returns an error for an invalid
// rule.
func (e Enosys) MarshalText() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return []byte(e.String()), nil
}

// check returns which field is invalid, and why.
func (e Enosys) check() error {
	switch {
	case e.Mode > EnosysSince:
		return fmt.Errorf("Enosys.Mode is %s, which is not a rule (EnosysRunc, EnosysOff or EnosysSince)", e)
	case e.Mode == EnosysSince && e.Since.IsZero():
		return errors.New("Enosys.Since is zero (EnosysSince needs the release for which the profile was written)")
	case e.Mode != EnosysSince && !e.Since.IsZero():
		return fmt.Errorf("Enosys.Since is %s, and Mode is %s (only EnosysSince has a release)", e.Since, e)
	}
	return nil
}

// UnmarshalText parses the text of [Enosys.String].
func (e *Enosys) UnmarshalText(text []byte) (err error) {
	if e == nil {
		return errors.New("UnmarshalText of a nil Enosys")
	}
	*e, err = ParseEnosys(string(text))
	return err
}
