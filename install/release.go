package install

import "strconv"

// A Release is a release of the Linux kernel, such as 5.19. The zero value means
// unknown, or as old as filters, 3.5.
type Release struct{ Major, Minor uint16 }

// String returns "5.19", and "3.5" for the zero value.
func (r Release) String() string {
	if r == (Release{}) {
		r = Release{3, 5}
	}
	return strconv.Itoa(int(r.Major)) + "." + strconv.Itoa(int(r.Minor))
}
