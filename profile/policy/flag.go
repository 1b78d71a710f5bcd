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

// Flags that profiles can request, and FlagNewListener, which the kernel requires for
// NOTIFY.
const (
	FlagTSync            Flag = abi.FlagTSync
	FlagLog              Flag = abi.FlagLog
	FlagSpecAllow        Flag = abi.FlagSpecAllow
	FlagNewListener      Flag = abi.FlagNewListener
	FlagWaitKillableRecv Flag = abi.FlagWaitKillableRecv
)

// FlagNames returns an iterator over the names of the flags that profiles can request,
// the oldest first.
func FlagNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, row := range abi.Flags {
			if row.Profile && !yield(row.Name) {
				return
			}
		}
	}
}

// ParseFlag returns the flag with the given name, one of [FlagNames].
func ParseFlag(s string) (Flag, error) {
	for _, row := range abi.Flags {
		if row.Profile && row.Name == s {
			return Flag(row.Flag), nil
		}
	}
	for _, row := range abi.Flags {
		if row.Profile && row.Name == "SECCOMP_FILTER_FLAG_"+strings.ToUpper(s) {
			return 0, fmt.Errorf("unknown flag %q (did you mean %s?)", s, row.Name)
		}
	}
	return 0, fmt.Errorf("unknown flag %q%s", s, spell.HintOr(s, FlagNames(), "SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ..."))
}

// String returns the kernel's name for the flag, or a number such as "0x40" if the flag
// is unknown.
func (f Flag) String() string {
	for _, row := range abi.Flags {
		if Flag(row.Flag) == f {
			return row.Name
		}
	}
	return fmt.Sprintf("%#x", uint(f))
}

// Since returns the kernel release that added the flag.
func (f Flag) Since() syscalls.Version {
	for _, row := range abi.Flags {
		if Flag(row.Flag) == f {
			return version(row.Since)
		}
	}
	return syscalls.Version{}
}

// MarshalText returns the text of [Flag.String].
func (f Flag) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText parses a name, one of [FlagNames].
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
