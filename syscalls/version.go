package syscalls

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
)

// A Version is a kernel release as far as system calls go: the first two
// numbers. The zero value stands for an unknown release.
type Version struct{ Major, Minor uint16 }

// ParseVersion reads the release from the start of s, as from a uname release:
// "6.1", "6.1.0-32-amd64". Text behind the second number is ignored.
func ParseVersion(s string) (Version, error) {
	major, rest, ok := strings.Cut(s, ".")
	end := 0
	for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
		end++
	}
	x, err1 := strconv.ParseUint(major, 10, 16)
	y, err2 := strconv.ParseUint(rest[:end], 10, 16)
	if !ok || err1 != nil || err2 != nil || x == 0 && y == 0 {
		return Version{}, fmt.Errorf("kernel version %q: want MAJOR.MINOR, as in 6.1", s)
	}
	return Version{uint16(x), uint16(y)}, nil
}

// Newest returns the newest release that the tables come from.
func Newest() Version {
	var newest Version
	for from := range strings.SplitSeq(Source, "; ") {
		_, release, _ := strings.Cut(from, ": linux ")
		if v, err := ParseVersion(release); err == nil && v.Compare(newest) > 0 {
			newest = v
		}
	}
	return newest
}

// IsZero reports whether the release is unknown.
func (v Version) IsZero() bool { return v == Version{} }

// Compare returns -1, 0 or 1 as v is older than, the same as or newer than w.
// An unknown release is older than any other; ask IsZero first.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor))
}

// String returns "6.1", and "unknown" for the zero value.
func (v Version) String() string {
	if v.IsZero() {
		return "unknown"
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

// Since returns the release in which the call came to a. ok is false if a has no
// such call, and where the exact release is not known, as it is for most calls
// older than 3.1. An ABI often gets a call releases after the first one did.
func Since(a arch.Arch, name string) (v Version, ok bool) {
	v.Major, v.Minor, ok = calls.Lookup(name).Since(a)
	return v, ok
}
