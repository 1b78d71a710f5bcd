package install

import (
	"strconv"

	"github.com/seccompile/seccompile/internal/abi"
)

// A Release is a release of the Linux kernel, such as 5.19. The zero value means that the
// release is unknown. It has the fields and the zero value of syscalls.Version, to which
// it can be converted.
type Release struct{ Major, Minor uint16 }

// Releases that added what errors say is lacking.
var (
	firstFilters = Release(abi.FirstFilters)
	seccompCall  = Release(abi.SeccompCall)
)

// String returns the release, such as "5.19". It returns "unknown" for the zero value.
func (r Release) String() string {
	if r == (Release{}) {
		return "unknown"
	}
	return strconv.Itoa(int(r.Major)) + "." + strconv.Itoa(int(r.Minor))
}
