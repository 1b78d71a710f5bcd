package install

import "strconv"

// A Release is a release of the Linux kernel, such as 5.19. The zero value means that the
// release is unknown, or is 3.5, which added filters.
type Release struct{ Major, Minor uint16 }

// String returns the release, such as "5.19". It returns "3.5" for the zero value.
func (r Release) String() string {
	if r == (Release{}) {
		r = Release{3, 5}
	}
	return strconv.Itoa(int(r.Major)) + "." + strconv.Itoa(int(r.Minor))
}
