package install

import (
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reduceCaps is ReduceCaps after its check.
func reduceCaps(keep []uintptr) error { return setBounding(keep) }

// setBounding removes from the calling thread's bounding, inheritable and ambient sets
// all capabilities but those to keep.
func setBounding(keep []uintptr) error {
	if err := dropBounding(keep); err != nil {
		return err
	}
	return dropInheritable(keep)
}

// dropBounding reduces the bounding set (security/commoncap.c, cap_prctl_drop and
// cap_task_prctl). The kernel says EINVAL after the last capability that it knows, which
// is below 64. A filter that answers one of the calls with success is noticed.
func dropBounding(keep []uintptr) error {
	for c := uintptr(0); c <= 64; c++ {
		has, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_CAPBSET_READ, c, 0)
		if errno == unix.EINVAL && c > 0 {
			return nil
		}
		if errno != 0 {
			return &Error{Op: fmt.Sprintf("prctl(PR_CAPBSET_READ, %d)", c), Errno: errno, Advice: outerAdvice}
		}
		if has == 0 || slices.Contains(keep, c) {
			continue
		}
		if _, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c, 0); errno != 0 {
			e := &Error{Op: fmt.Sprintf("prctl(PR_CAPBSET_DROP, %d)", c), Errno: errno, Advice: outerAdvice}
			if errno == unix.EPERM {
				e.Advice = "needs CAP_SETPCAP: run as root, or leave the sets as they are, Bounding nil"
			}
			return e
		}
		if has, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_CAPBSET_READ, c, 0); errno != 0 || has != 0 {
			return pretended(fmt.Sprintf("prctl(PR_CAPBSET_DROP, %d)", c))
		}
	}
	return pretended("prctl(PR_CAPBSET_READ, 64)")
}

// dropInheritable reduces the inheritable set. The bounding set does not mask it when a
// program is executed (security/commoncap.c, cap_bprm_creds_from_file). The ambient set
// follows, since the kernel keeps it within the inheritable set (cap_capset).
func dropInheritable(keep []uintptr) error {
	var kept [2]uint32
	for _, c := range keep {
		if c < 64 {
			kept[c/32] |= 1 << (c % 32)
		}
	}
	within := func(sets *capabilities) bool {
		return sets[0].Inheritable&^kept[0] == 0 && sets[1].Inheritable&^kept[1] == 0
	}
	const set = "capset(inheritable)"
	sets, err := getCapabilities()
	if err != nil || within(&sets) {
		return err
	}
	for i := range sets {
		sets[i].Inheritable &= kept[i]
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if _, _, errno := unix.RawSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets[0])), 0); errno != 0 {
		return &Error{Op: set, Errno: errno, Advice: outerAdvice}
	}
	sets, err = getCapabilities()
	if err == nil && !within(&sets) {
		return pretended(set)
	}
	return err
}

// capabilities are the sets of a thread, the numbers below 32 first.
type capabilities [2]unix.CapUserData

// getCapabilities returns those of the calling thread. No kernel has all 64, so these
// remain only if a filter answers in its place.
func getCapabilities() (sets capabilities, err error) {
	for i := range sets {
		sets[i].Inheritable = ^uint32(0)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if _, _, errno := unix.RawSyscall(unix.SYS_CAPGET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&sets[0])), 0); errno != 0 {
		return sets, &Error{Op: "capget", Errno: errno, Advice: outerAdvice}
	}
	if sets[0].Inheritable&sets[1].Inheritable == ^uint32(0) {
		return sets, pretended("capget")
	}
	return sets, nil
}
