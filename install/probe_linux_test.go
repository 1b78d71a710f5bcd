package install

import (
	"errors"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// An answer to a probe.
type verdict int

const (
	has verdict = iota
	lacks
	unknown
)

func verdictOf(err error) verdict {
	var e *Error
	switch {
	case err == nil:
		return has
	case !errors.As(err, &e):
		failf("error %v is no *Error", err)
	case errors.Is(err, ErrNotSupported):
		return lacks
	}
	return unknown
}

// Probes change nothing, and an outer filter's answer is not taken for the
// kernel's.
func caseProbes() {
	for _, f := range abi.Flags {
		if err := HaveFlag(f.Flag); err != nil {
			skipf("older kernels can be played only by a newer one: %v", err)
		}
	}
	filterOf := func(list ...[]bpf.RawInstruction) [][]bpf.RawInstruction { return list }
	seeming := firstArg(unix.SYS_PRCTL, unix.PR_GET_SECCOMP, 0)
	for _, tt := range []struct {
		name                         string
		outer                        [][]bpf.RawInstruction
		supported, log, errno, notif verdict // Supported, HaveFlag(LOG), HaveAction of ERRNO and of USER_NOTIF
	}{
		{"this kernel", nil, has, has, has, has},
		{"an outer filter that allows it", filterOf(retAllow(1)), has, has, has, has},
		{"an outer EPERM", filterOf(answer(errno(unix.EPERM), unix.SYS_SECCOMP)), unknown, unknown, unknown, unknown},
		{"an outer ENOSYS", filterOf(answer(errno(unix.ENOSYS), unix.SYS_SECCOMP)), has, unknown, has, unknown},
		{"an outer ENOSYS for prctl, too", filterOf(answer(errno(unix.ENOSYS), unix.SYS_SECCOMP, unix.SYS_PRCTL)), unknown, unknown, unknown, unknown},
		{"an outer EINVAL", filterOf(answer(errno(unix.EINVAL), unix.SYS_SECCOMP)), unknown, unknown, unknown, unknown},
		{"an outer pretence", filterOf(answer(errno(0), unix.SYS_SECCOMP)), unknown, unknown, unknown, unknown},
		{"Linux 3.16", filterOf(seeming, answer(errno(unix.ENOSYS), unix.SYS_SECCOMP)), has, lacks, has, lacks},
		{"Linux 4.13", filterOf(seeming, flagsAre(abi.OpJSET, abi.FlagLog), firstArg(unix.SYS_SECCOMP, abi.GetActionAvail, unix.EINVAL)), has, lacks, has, lacks},
		{"Linux 4.13 or an outer filter", filterOf(firstArg(unix.SYS_SECCOMP, abi.GetActionAvail, unix.EINVAL)), has, has, has, unknown},
		{"a kernel without filters", filterOf(seeming, answer(errno(unix.EINVAL), unix.SYS_SECCOMP)), lacks, lacks, lacks, lacks},
	} {
		newThread().do(func() {
			for _, insns := range tt.outer {
				mustInstall(insns)
			}
			before, files := current(), openFiles()
			for _, p := range []struct {
				name string
				err  error
				want verdict
			}{
				{"Supported()", Supported(), tt.supported},
				{"HaveFlag(LOG)", HaveFlag(abi.FlagLog), tt.log},
				{"HaveFlag(0)", HaveFlag(0), tt.supported},
				{"HaveAction(ERRNO)", HaveAction(abi.RetErrno | 1), tt.errno},
				{"HaveAction(USER_NOTIF)", HaveAction(abi.RetUserNotif), tt.notif},
			} {
				if got := verdictOf(p.err); got != p.want {
					failf("%s: %s = %v, verdict %d, want %d", tt.name, p.name, p.err, got, p.want)
				}
				var e *Error
				if errors.As(p.err, &e) && (e.Since != Release{}) != (p.want == lacks) {
					failf("%s: %s = %v, since %s", tt.name, p.name, p.err, e.Since)
				}
			}
			wantState(tt.name, before)
			wantNothingLeft(tt.name, files)
		})
	}

	// What is lacking is named, with the release that brought it.
	for _, a := range abi.Actions {
		if err := HaveAction(a.Ret | abi.RetData); err != nil {
			failf("HaveAction(%s) = %v", a.SCMP, err)
		}
	}
	if err := HaveFlag(1 << 31); verdictOf(err) != lacks || err.Error() != "install.HaveFlag: unknown flag 0x80000000" {
		failf("HaveFlag(0x80000000) = %v", err)
	}
	const op = "seccomp(SECCOMP_GET_ACTION_AVAIL): "
	if err := HaveAction(0x00010000); verdictOf(err) != lacks || err.Error() != op+"unknown action 0x10000" {
		failf("HaveAction(0x10000) = %v", err)
	}
	mustInstall(firstArg(unix.SYS_SECCOMP, abi.GetActionAvail, unix.EOPNOTSUPP))
	if err := HaveAction(abi.RetUserNotif); verdictOf(err) != lacks || err.Error() != op+"the kernel lacks NOTIFY (since Linux 5.0)" {
		failf("HaveAction(USER_NOTIF) = %v", err)
	}
}
