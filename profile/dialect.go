package profile

import (
	"errors"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Dialect is a format of profile texts.
type Dialect uint8

const (
	Auto           Dialect = iota // detected: OCI for a whole config.json, SeccompProfile for such a resource, Containers for a text with its errno keys, else Docker
	Docker                        // Docker's current format and the one before 1.13; includes the format of OCI's section
	OCI                           // linux.seccomp of a config.json, or that section alone, without archMap, includes, excludes or name
	Containers                    // the format of Podman, Buildah and CRI-O (containers/common): Docker's with errnos by name and without minKernel
	Mesos                         // the format of a Mesos agent: fewer names, more required fields, EPERM as the only errno
	SeccompProfile                // a custom resource of the Kubernetes security-profiles-operator, or its spec alone: OCI's keys and the name of a base profile
)

// A level is one of the kinds of objects that a profile consists of.
type level uint8

const (
	levelTop level = iota
	levelArchMap
	levelEntry
	levelArg
	levelGuard
)

// A dialect is all that tells one family of texts from the others. Each is a type, in a
// file of its own, which embeds docker and has the methods in which it differs.
type dialect interface {
	name() string
	keys(at level) []string   // that it knows
	host(a arch.Arch) string  // the name of an ABI in lists of arches, "" if it has none
	path() []string           // of the profile in its text; none if it is all of that
	is(v *jsonpos.Value) bool // whether a text of unknown dialect is one of this
	noFlags() bool            // no flags are asked for
	emptyArchesNever() bool   // an empty list of included arches never holds

	// Faults that Docker's dialect does not have, of what is being read.
	wraps(r *reader, v *jsonpos.Value) bool       // whether a text that has a path can hold a profile
	object(r *reader, at level, v *jsonpos.Value) // before its keys are read
	arch(a arch.Arch) error
	action(scmp string) error
	entry(r *reader, v *jsonpos.Value, p *Profile, e *entry) // whose action is not at fault
	call(r *reader, v *jsonpos.Value, id calls.ID)
	cond(r *reader, v *jsonpos.Value, e *entry, c cond) // e has those before it
	guard(r *reader, v *jsonpos.Value, g *guard)

	archMap(r *resolver, m *archMapItem) (more bool) // whether further items for the native ABI count, too
	resolve(r *resolver, pol *policy.Policy)         // faults and notes of the whole policy
	marshal(p *Profile, out *jsonProfile)            // adapts Docker's text
}

// dialects has them by Dialect.
var dialects = []dialect{
	Auto:           auto{},
	Docker:         docker{},
	OCI:            oci{},
	Containers:     containers{},
	Mesos:          mesos{},
	SeccompProfile: seccompProfile{},
}

// auto is the dialect of a text of which none is known yet.
type auto struct{ docker }

func (auto) name() string        { return "auto" }
func (auto) keys(level) []string { return nil }

// row returns what tells the dialect from others.
func (d Dialect) row() dialect {
	if !d.valid() {
		return docker{}
	}
	return dialects[d]
}

// valid reports whether d is one of the constants.
func (d Dialect) valid() bool { return int(d) < len(dialects) }

// dialectNames returns the names of all dialects.
func dialectNames() enum.Names {
	names := make(enum.Names, len(dialects))
	for i, d := range dialects {
		names[i] = d.name()
	}
	return names
}

// ParseDialect parses the text of [Dialect.String].
func ParseDialect(s string) (Dialect, error) {
	i, err := dialectNames().Parse("dialect", s)
	return Dialect(i), err
}

// String returns "auto", "docker", "oci", "containers", "mesos" or
// "seccompprofile".
func (d Dialect) String() string { return dialectNames().Name("Dialect", int(d)) }

// MarshalText returns the text of [Dialect.String]. It returns an error for a value that
// is not a constant of this package.
func (d Dialect) MarshalText() ([]byte, error) { return dialectNames().Marshal("Dialect", int(d)) }

// UnmarshalText parses the text of [Dialect.String].
func (d *Dialect) UnmarshalText(text []byte) error {
	if d == nil {
		return errors.New("UnmarshalText of a nil Dialect")
	}
	i, err := dialectNames().Parse("dialect", string(text))
	if err == nil {
		*d = Dialect(i)
	}
	return err
}
