package policy

import (
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/syscalls"
)

// A Flag is one SECCOMP_FILTER_FLAG_ bit of seccomp(2)
// (include/uapi/linux/seccomp.h).
type Flag uint

// Flags that a [Policy] can have. The kernel requires FlagNewListener for NOTIFY, and
// profiles cannot name it.
const (
	FlagLog              Flag = abi.FlagLog
	FlagSpecAllow        Flag = abi.FlagSpecAllow
	FlagNewListener      Flag = abi.FlagNewListener
	FlagWaitKillableRecv Flag = abi.FlagWaitKillableRecv
)

// Flags that say how a filter is installed (install.Options). A [Policy] cannot have
// them. Profiles can name FlagTSync; package profile ignores it, with a note.
const (
	FlagTSync      Flag = abi.FlagTSync
	FlagTSyncESRCH Flag = abi.FlagTSyncESRCH
)

// FlagNames returns an iterator over the names of the flags that profiles can name, the
// oldest first.
func FlagNames() iter.Seq[string] { return flagNames(true) }

// flagNames returns the names of flags: of those that profiles can name, or of all.
func flagNames(ofProfiles bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, row := range abi.Flags {
			if (row.Profile || !ofProfiles) && !yield(row.Name) {
				return
			}
		}
	}
}

// ParseFlag returns the flag with the given name, such as "SECCOMP_FILTER_FLAG_LOG". It
// knows all flags of this package; [FlagNames] has those that profiles can name.
func ParseFlag(s string) (Flag, error) {
	for _, row := range abi.Flags {
		if row.Name == s {
			return Flag(row.Flag), nil
		}
	}
	for name := range flagNames(false) {
		if name == "SECCOMP_FILTER_FLAG_"+strings.ToUpper(s) {
			return 0, fmt.Errorf("unknown flag %q (did you mean %s?)", s, name)
		}
	}
	return 0, fmt.Errorf("unknown flag %q%s", s, spell.HintOr(s, flagNames(false), "SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ..."))
}

// row returns the flag's row in abi.Flags, -1 if it has none.
func (f Flag) row() int {
	for i := range abi.Flags {
		if Flag(abi.Flags[i].Flag) == f {
			return i
		}
	}
	return -1
}

// String returns the kernel's name for the flag, or a number such as "0x40" if the flag
// is unknown.
func (f Flag) String() string {
	if i := f.row(); i >= 0 {
		return abi.Flags[i].Name
	}
	return fmt.Sprintf("%#x", uint(f))
}

// Valid reports whether f is one known flag.
func (f Flag) Valid() bool { return f.row() >= 0 }

// inPolicy reports whether f is a flag that a Policy can have.
func (f Flag) inPolicy() bool {
	i := f.row()
	return i >= 0 && abi.Flags[i].Policy
}

// Since returns the kernel release that added the flag. It is zero for an unknown flag.
func (f Flag) Since() syscalls.Version {
	if i := f.row(); i >= 0 {
		return version(abi.Flags[i].Since)
	}
	return syscalls.Version{}
}

// MarshalText returns the text of [Flag.String]. It returns an error for a value that is
// not one known flag.
func (f Flag) MarshalText() ([]byte, error) {
	if !f.Valid() {
		return nil, fmt.Errorf("%s is not a flag (use a constant)", f)
	}
	return []byte(f.String()), nil
}

// UnmarshalText parses a name, as [ParseFlag] does.
func (f *Flag) UnmarshalText(text []byte) (err error) {
	if f == nil {
		return errors.New("UnmarshalText of a nil Flag")
	}
	*f, err = ParseFlag(string(text))
	return err
}

// A Listener tells a container runtime where to send the file descriptor of a filter with
// NOTIFY rules. The zero value means nowhere. This module does not use it.
type Listener struct {
	Path     string // a Unix stream socket
	Metadata string
}
