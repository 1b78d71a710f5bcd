package syscalls

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
)

// A Version is a kernel release, without the parts after the second number: system calls
// are added only in such releases. The zero value means an unknown release.
type Version struct{ Major, Minor uint16 }

// ParseVersion parses the release at the start of s, such as "6.1" or the uname release
// "6.1.0-32-amd64". It ignores the text after the second number.
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

// Newest returns the newest kernel release among those that the tables come from.
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

// Compare returns -1 if v is older than w, 0 if they are the same, and 1 if v is newer.
// An unknown release is older than any other; use [Version.IsZero] to detect it.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor))
}

// String returns the release, such as "6.1". It returns "unknown" for the zero value.
func (v Version) String() string {
	if v.IsZero() {
		return "unknown"
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

// Since returns the release that added the call on a. It is often later than the release
// that first added the call on any ABI. ok is false if a has no such call, or if the
// release is not known. It is not known for most calls older than 3.1.
func Since(a arch.Arch, name string) (v Version, ok bool) {
	v.Major, v.Minor, ok = calls.Lookup(name).Since(a)
	return v, ok
}
