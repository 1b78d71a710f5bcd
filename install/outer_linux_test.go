package install

import (
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// Older kernels, and sandboxes that answer for the kernel, are played by an
// outer filter on the thread. Each case runs on the first thread, or on one of
// its own where there are several kernels to play.

// disguise has the thread seem to have no filter, as on a kernel that lacks them.
func disguise() {
	mustInstall(firstArg(unix.SYS_PRCTL, unix.PR_GET_SECCOMP, 0))
}

// Without seccomp(2), prctl does what it can, which is no flags. Only where the
// thread has no filter does ENOSYS speak of the kernel.
func caseNoSeccomp() {
	const byPrctl = "prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER)"
	flags := []uint{abi.FlagTSync, abi.FlagLog, abi.FlagNewListener, abi.FlagLog | abi.FlagSpecAllow}
	mustInstall(answer(errno(unix.ENOSYS), unix.SYS_SECCOMP))
	for _, flags := range flags {
		wantError(Options{Flags: flags}, Error{Op: bySeccomp(flags).op, Errno: unix.ENOSYS, Lacks: flags}, false)
	}
	want := current().with(1, refused)
	want.NoNewPrivs = 1
	if _, err := Filter(refuseGetppid, Options{}); err != nil {
		failf("Filter by prctl: %v", err)
	}
	wantState("after prctl", want)
	disguise()
	for _, flags := range flags {
		e := wantError(Options{Flags: flags}, Error{Op: bySeccomp(flags).op, Errno: unix.ENOSYS, Lacks: flags}, true)
		want := bySeccomp(flags).op + ": function not implemented (flags need seccomp(2), which came with Linux 3.17: prctl(2) has none)"
		if e.Error() != want {
			failf("error %q, want %q", e, want)
		}
	}
	newThread().do(func() {
		mustInstall(answer(errno(unix.ENOSYS), unix.SYS_SECCOMP, unix.SYS_PRCTL))
		wantError(Options{}, Error{Op: byPrctl, Errno: unix.ENOSYS}, false)
	})
	newThread().do(func() {
		mustInstall(answer(errno(unix.ENOSYS), unix.SYS_SECCOMP))
		mustInstall(answer(errno(unix.EPERM), unix.SYS_PRCTL))
		wantError(Options{}, Error{Op: byPrctl, Errno: unix.EPERM}, false)
	})
}

// A kernel without CONFIG_SECCOMP_FILTER answers EINVAL to everything. A thread
// that has a filter is not on one.
func caseNoFilters() {
	mustInstall(answer(errno(unix.EINVAL), unix.SYS_SECCOMP))
	for _, flags := range []uint{0, abi.FlagTSync} {
		wantError(Options{Flags: flags}, Error{Op: bySeccomp(flags).op, Errno: unix.EINVAL}, false)
	}
	newThread().do(func() {
		disguise()
		mustInstall(answer(errno(unix.EINVAL), unix.SYS_SECCOMP))
		for _, flags := range []uint{0, abi.FlagTSync} {
			e := wantError(Options{Flags: flags}, Error{Op: bySeccomp(flags).op, Errno: unix.EINVAL}, true)
			if want := bySeccomp(flags).op + ": invalid argument (filters need Linux 3.5 and CONFIG_SECCOMP_FILTER)"; e.Error() != want {
				failf("error %q, want %q", e, want)
			}
		}
	})
}

// Of a kernel's missing flags each is named.
func caseNoFlags() {
	var all uint
	for _, f := range abi.Flags {
		all |= f.Flag
	}
	if _, err := probe(all); err != nil {
		skipf("older kernels can be played only by a newer one: %v", err)
	}
	for _, tt := range []struct {
		kernel uint // the flags that it lacks
		flags  uint
		lacks  uint
		want   string
	}{
		{
			kernel: abi.FlagWaitKillableRecv,
			flags:  abi.FlagNewListener | abi.FlagWaitKillableRecv,
			lacks:  abi.FlagWaitKillableRecv,
			want: "seccomp(SECCOMP_SET_MODE_FILTER, NEW_LISTENER|WAIT_KILLABLE_RECV):" +
				" the kernel lacks WAIT_KILLABLE_RECV (since Linux 5.19)",
		},
		{
			kernel: abi.FlagSpecAllow | abi.FlagNewListener | abi.FlagTSyncESRCH | abi.FlagWaitKillableRecv,
			flags:  abi.FlagTSync | abi.FlagLog | abi.FlagSpecAllow,
			lacks:  abi.FlagSpecAllow,
			want: "seccomp(SECCOMP_SET_MODE_FILTER, TSYNC|LOG|SPEC_ALLOW):" +
				" the kernel lacks SPEC_ALLOW (since Linux 4.17)",
		},
		{
			kernel: abi.FlagSpecAllow, // WAIT_KILLABLE_RECV is there, but not alone
			flags:  abi.FlagSpecAllow | abi.FlagNewListener | abi.FlagWaitKillableRecv,
			lacks:  abi.FlagSpecAllow,
			want: "seccomp(SECCOMP_SET_MODE_FILTER, SPEC_ALLOW|NEW_LISTENER|WAIT_KILLABLE_RECV):" +
				" the kernel lacks SPEC_ALLOW (since Linux 4.17)",
		},
		{
			kernel: abi.FlagNewListener | abi.FlagTSyncESRCH | abi.FlagWaitKillableRecv,
			flags:  abi.FlagTSync | abi.FlagNewListener | abi.FlagTSyncESRCH | abi.FlagWaitKillableRecv,
			lacks:  abi.FlagNewListener | abi.FlagTSyncESRCH | abi.FlagWaitKillableRecv,
			want: "seccomp(SECCOMP_SET_MODE_FILTER, TSYNC|NEW_LISTENER|TSYNC_ESRCH|WAIT_KILLABLE_RECV):" +
				" the kernel lacks NEW_LISTENER (since Linux 5.0), TSYNC_ESRCH (since Linux 5.7)," +
				" WAIT_KILLABLE_RECV (since Linux 5.19)",
		},
		{
			kernel: all,
			flags:  abi.FlagTSync | abi.FlagLog,
			lacks:  abi.FlagTSync | abi.FlagLog,
			want: "seccomp(SECCOMP_SET_MODE_FILTER, TSYNC|LOG):" +
				" the kernel lacks TSYNC (since Linux 3.17), LOG (since Linux 4.14)",
		},
	} {
		newThread().do(func() {
			mustInstall(flagsAre(abi.OpJSET, uint32(tt.kernel)))
			e := wantError(Options{Flags: tt.flags}, Error{Op: bySeccomp(tt.flags).op, Errno: unix.EINVAL, Lacks: tt.lacks}, true)
			if e.Error() != tt.want {
				failf("error %q, want %q", e, tt.want)
			}
			if _, err := Filter(refuseGetppid, Options{}); err != nil {
				failf("Filter without the flags that the kernel lacks: %v", err)
			}
		})
	}
}

// EINVAL for flags that are all known is not the kernel's.
func caseFlagsTogether() {
	const flags = abi.FlagLog | abi.FlagSpecAllow
	mustInstall(flagsAre(abi.OpJEQ, flags))
	wantError(Options{Flags: flags}, Error{Op: bySeccomp(flags).op, Errno: unix.EINVAL}, false)
}

// An outer filter that refuses one of the calls says nothing of the kernel.
func caseOuterRefusal() {
	newThread().do(func() {
		mustInstall(answer(errno(unix.EPERM), unix.SYS_SECCOMP))
		e := wantError(Options{}, Error{Op: "seccomp(SECCOMP_SET_MODE_FILTER, 0)", Errno: unix.EPERM}, false)
		want := "seccomp(SECCOMP_SET_MODE_FILTER, 0): operation not permitted" +
			" (not the kernel's answer: an outer filter or a tracer refuses the call)"
		if e.Error() != want {
			failf("error %q, want %q", e, want)
		}
	})
	newThread().do(func() {
		mustInstall(answer(errno(unix.EPERM), unix.SYS_PRCTL))
		wantError(Options{}, Error{Op: "prctl(PR_SET_NO_NEW_PRIVS, 1)", Errno: unix.EPERM}, false)
	})
	newThread().do(func() {
		mustInstall(answer(errno(unix.EINVAL), unix.SYS_PRCTL))
		wantError(Options{}, Error{Op: "prctl(PR_SET_NO_NEW_PRIVS, 1)", Errno: unix.EINVAL}, true)
	})
}

// What the kernel says where it has no room for compiled code names the limit, and
// an outer filter that can say so, too.
func caseNoRoomForCode() {
	mustInstall(installation(errnoNotSupp))
	before := current()
	before.NoNewPrivs = 1
	_, err := Filter(refuseGetppid, Options{})
	if !errors.Is(err, errnoNotSupp) {
		failf("Filter: %v, want errno %d", err, int(errnoNotSupp))
	}
	for _, want := range []string{"errno 524 (ENOTSUPP: ", "/proc/sys/net/core/bpf_jit_limit", "an outer filter"} {
		if !strings.Contains(err.Error(), want) {
			failf("error %q has no %q", err, want)
		}
	}
	wantState("after "+err.Error(), before)
}

// A success that an outer filter made up is an error.
func caseOuterPretence() {
	const success = syscall.Errno(0)
	newThread().do(func() {
		mustInstall(answer(errno(success), unix.SYS_SECCOMP))
		wantError(Options{}, Error{Op: "seccomp(SECCOMP_SET_MODE_FILTER, 0)"}, false)
		wantError(Options{Flags: abi.FlagTSync}, Error{Op: "seccomp(SECCOMP_SET_MODE_FILTER, TSYNC)"}, false)
	})
	newThread().do(func() {
		mustInstall(answer(errno(success), unix.SYS_PRCTL))
		wantError(Options{}, Error{Op: "prctl(PR_SET_NO_NEW_PRIVS, 1)"}, false)
	})
	if privileged() { // the outer filter needs no no_new_privs, of which the kernel says that it is not set
		newThread().do(func() {
			mustInstall(firstArg(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, success))
			wantError(Options{}, Error{Op: "prctl(PR_SET_NO_NEW_PRIVS, 1)"}, false)
		})
	}
	newThread().do(func() {
		mustInstall(answer(errno(unix.ENOSYS), unix.SYS_SECCOMP))
		mustInstall(answer(errno(success), unix.SYS_PRCTL))
		wantError(Options{}, Error{Op: "prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER)"}, false)
	})
}
