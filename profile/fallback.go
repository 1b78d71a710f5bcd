package profile

import (
	"slices"
	"strings"
)

// fallbacks are calls that C libraries and common programs try first: where they get ENOSYS
// they make older calls, and where they get EPERM they fail (glibc, sysdeps/unix/sysv/linux;
// util-linux, libmount; Go, internal/syscall/unix).
const fallbacks = `
	clone3 close_range copy_file_range epoll_pwait2 faccessat2 fchmodat2 fsconfig fsmount fsopen fspick futex_waitv getrandom
	mount_setattr move_mount open_tree openat2 pidfd_open pidfd_send_signal preadv2 pwritev2 renameat2 rseq statx`

// FallsBack reports whether programs make older calls if a call gets ENOSYS. With another
// errno many of them fail instead.
func FallsBack(call string) bool {
	return slices.Contains(strings.Fields(fallbacks), call) || strings.HasSuffix(call, "time64")
}
