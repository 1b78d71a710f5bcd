package policy

import (
	"errors"
	"fmt"
	"iter"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/syscalls"
)

// A Flag is one SECCOMP_FILTER_FLAG_ bit of seccomp(2)
// (include/uapi/linux/seccomp.h).
type Flag uint

// The flags that profiles may ask for, and NewListener, which the kernel needs for
// NOTIFY.
const (
	FlagTSync            Flag = abi.FlagTSync
	FlagLog              Flag = abi.FlagLog
	FlagSpecAllow        Flag = abi.FlagSpecAllow
	FlagNewListener      Flag = abi.FlagNewListener
	FlagWaitKillableRecv Flag = abi.FlagWaitKillableRecv
)

// FlagNames yields the names of the flags that profiles may ask for, the oldest
// first.
func FlagNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, row := range abi.Flags {
			if row.Profile && !yield(row.Name) {
				return
			}
		}
	}
}

// ParseFlag returns the flag of a name that FlagNames has.
func ParseFlag(s string) (Flag, error) {
	for _, row := range abi.Flags {
		if row.Profile && row.Name == s {
			return Flag(row.Flag), nil
		}
	}
	return 0, fmt.Errorf("unknown flag %q%s", s, spell.HintOr(s, FlagNames(), "SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ..."))
}

// String returns the kernel's name, and "0x40" for an unknown flag.
func (f Flag) String() string {
	for _, row := range abi.Flags {
		if Flag(row.Flag) == f {
			return row.Name
		}
	}
	return fmt.Sprintf("%#x", uint(f))
}

// Since returns the release of the kernel that brought the flag.
func (f Flag) Since() syscalls.Version {
	for _, row := range abi.Flags {
		if Flag(row.Flag) == f {
			return version(row.Since)
		}
	}
	return syscalls.Version{}
}

// MarshalText returns what String does.
func (f Flag) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads a name that FlagNames has.
func (f *Flag) UnmarshalText(text []byte) (err error) {
	if f == nil {
		return errors.New("UnmarshalText of a nil Flag")
	}
	*f, err = ParseFlag(string(text))
	return err
}

// A Listener says where the container runtime sends the file descriptor of a
// filter with NOTIFY rules. The zero value is nowhere. Nothing here uses it.
type Listener struct {
	Path     string // a Unix stream socket
	Metadata string
}
