package profile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// kernel returns a Target for x86_64 with that kernel and without law 10.
func kernel(major, minor uint16) Target {
	return Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: major, Minor: minor}, Enosys: Enosys{Mode: EnosysOff}}
}

func TestLaw11Values(t *testing.T) {
	// text gives getpid that action and errno.
	text := func(action, errno string) string {
		if errno != "" {
			errno = `, "errnoRet": ` + errno
		}
		return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_%s"%s}]}`, action, errno)
	}
	def := func(action, errno string) string {
		if errno != "" {
			errno = `, "defaultErrnoRet": ` + errno
		}
		return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_%s"%s}`, action, errno)
	}
	killProcess := policy.KillProcess
	killsNow, killsThen := kernel(4, 14), kernel(4, 13)
	killsNow.BadArch, killsThen.BadArch = &killProcess, &killProcess
	runLaw(t, []lawTest{
		{"no errno is EPERM", text("ERRNO", ""), Target{}, `x86_64 getpid() = ERRNO(1)`, ""},
		{"nor is null one", text("ERRNO", "null"), Target{}, `x86_64 getpid() = ERRNO(1)`, ""},
		{"an errno", text("ERRNO", "38"), Target{}, `x86_64 getpid() = ERRNO(38)`, ""},
		// libseccomp takes 4094 at most.
		{"the largest", text("ERRNO", "4095"), Target{}, `x86_64 getpid() = ERRNO(4095)`, `
			x86_64 getpid() = ERRNO(4095)
			note errno-runc same /syscalls/0`},
		{"the largest that libseccomp takes", text("ERRNO", "4094"), Target{}, `x86_64 getpid() = ERRNO(4094)`, ""},
		{"above the largest", text("ERRNO", "4096"), Target{}, `error errno /syscalls/0/errnoRet`, ""},
		{"above 16 bits", text("ERRNO", "65538"), Target{}, `error errno /syscalls/0/errnoRet`, ""},
		{"0", text("ERRNO", "0"), Target{}, `
			x86_64 getpid() = ERRNO(0)
			note errno-zero same /syscalls/0/errnoRet`, ""},
		{"no errno of TRACE", text("TRACE", ""), Target{}, `x86_64 getpid() = TRACE(1)`, ""},
		{"one of TRACE", text("TRACE", "65535"), Target{}, `x86_64 getpid() = TRACE(65535)`, ""},
		{"0 of TRACE", text("TRACE", "0"), Target{}, `x86_64 getpid() = TRACE(0)`, ""},
		{"TRACE, above 16 bits", text("TRACE", "65536"), Target{}, `error errno /syscalls/0/errnoRet`, ""},
		{"of an action that takes none", text("ALLOW", "38"), Target{}, `
			x86_64 getpid() = ALLOW
			note errno-unused same /syscalls/0/errnoRet`, ""},
		{"of TRAP", text("TRAP", "1"), Target{}, `
			x86_64 getpid() = TRAP
			note errno-unused same /syscalls/0/errnoRet`, ""},
		{"KILL", text("KILL", ""), Target{}, `x86_64 getpid() = KILL_THREAD`, ""},
		{"KILL_THREAD", text("KILL_THREAD", ""), Target{}, `x86_64 getpid() = KILL_THREAD`, ""},
		{"KILL_PROCESS", text("KILL_PROCESS", ""), Target{}, `x86_64 getpid() = KILL_PROCESS`, ""},
		{"NOTIFY", text("NOTIFY", ""), Target{}, `x86_64 getpid() = NOTIFY`, ""},

		{"the default's errno", def("ERRNO", "38"), Target{}, `x86_64 getpid() = ERRNO(38)`, ""},
		{"the default's is EPERM", def("ERRNO", ""), Target{}, `x86_64 getpid() = ERRNO(1)`, ""},
		{"the default's of TRACE", def("TRACE", ""), Target{}, `x86_64 getpid() = TRACE(1)`, ""},
		{"the default's above the largest", def("ERRNO", "4096"), Target{}, `error errno /defaultErrnoRet`, ""},
		{"the default's 0", def("ERRNO", "0"), Target{}, `
			x86_64 getpid() = ERRNO(0)
			note errno-zero same /defaultErrnoRet`, ""},
		{"the default's of an action that takes none", def("ALLOW", "1"), Target{}, `
			x86_64 getpid() = ALLOW
			note errno-unused same /defaultErrnoRet`, ""},

		{"NOTIFY as the default", def("NOTIFY", ""), Target{}, `error notify-default /defaultAction`, ""},
		{"NOTIFY on write", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_NOTIFY"}]}`, Target{},
			`x86_64 write() = NOTIFY`, `error notify-write /syscalls/0`},
		{"NOTIFY on write, the old way", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"name": "write", "action": "SCMP_ACT_NOTIFY"}]}`, Target{},
			`x86_64 write() = NOTIFY`, `error notify-write /syscalls/0`},
		{"NOTIFY on write, dropped by a guard", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["write"], "action": "SCMP_ACT_NOTIFY", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}`, Target{}, `x86_64 write() = ALLOW`, ""},
		{"NOTIFY on others", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read", "writev"], "action": "SCMP_ACT_NOTIFY"}]}`, Target{}, `
			x86_64 writev() = NOTIFY`, ""},

		{"KILL_PROCESS before its kernel", rules("ALLOW", "getpid -> KILL_PROCESS"), kernel(4, 13), `error kernel-too-old /syscalls/0/names/0`, ""},
		{"KILL_PROCESS from its kernel on", text("KILL_PROCESS", ""), kernel(4, 14), `x86_64 getpid() = KILL_PROCESS`, `
			x86_64 getpid() = KILL_PROCESS
			note number-range weaker`},
		{"LOG before its kernel", text("ALLOW", ""), kernel(4, 13), `error kernel-too-old /defaultAction`, ""},
		{"NOTIFY before its kernel", text("NOTIFY", ""), kernel(4, 19), `error kernel-too-old /syscalls/0/names/0`, ""},
		{"NOTIFY from its kernel on", text("NOTIFY", ""), kernel(5, 0), `x86_64 getpid() = NOTIFY`, `
			x86_64 getpid() = NOTIFY
			note number-range weaker`},
		{"no filters", rules("ERRNO(1)", "read -> ALLOW"), kernel(3, 4), `error kernel-too-old`, ""},
		{"beyond the tables", rules("ERRNO(1)", "read -> ALLOW"), kernel(syscalls.Newest().Major, syscalls.Newest().Minor+1), `
			x86_64 read() = ALLOW
			note new-kernel same`, ""},
		{"the newest of the tables", rules("ERRNO(1)", "read -> ALLOW"), kernel(syscalls.Newest().Major, syscalls.Newest().Minor), `x86_64 read() = ALLOW`, ""},
		{"the oldest", rules("KILL", "read -> TRAP", "write -> ERRNO(1)", "getpid -> TRACE(1)", "open -> ALLOW"), kernel(3, 5), `x86_64 open() = ALLOW`, ""},
		{"dropped by a guard", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["getpid"], "action": "SCMP_ACT_NOTIFY", "includes": {"minKernel": "5.0"}}]}`, kernel(4, 19), `x86_64 getpid() = ALLOW`, ""},
		{"BadArch before its kernel", def("ALLOW", ""), killsThen, `error kernel-too-old`, ""},
		{"BadArch from its kernel on", def("ALLOW", ""), killsNow, `x86 getpid() = KILL_PROCESS`, ""},
	})
}

func TestLaw11Flags(t *testing.T) {
	text := func(flags, action string) string {
		if flags != "" {
			flags = `"flags": ` + flags + `, `
		}
		return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_ALLOW", %s"syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_%s"}]}`, flags, action)
	}
	const logFlag, specAllow, wait = `["SECCOMP_FILTER_FLAG_LOG"]`, `["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]`, `["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]`
	tests := []struct {
		name, text string
		target     Target
		want       string // flags without the kernel's prefix, or notes and errors
	}{
		{"absent, no kernel", text("", "TRAP"), Target{Arch: arch.X86_64}, "SPEC_ALLOW"},
		{"absent, from its kernel on", text("", "TRAP"), kernel(4, 17), "SPEC_ALLOW"},
		{"absent, before", text("", "TRAP"), kernel(4, 16), ""},
		{"null is absent", text("null", "TRAP"), kernel(6, 18), "SPEC_ALLOW"},
		{"empty", text("[]", "TRAP"), kernel(6, 18), ""},
		{"SPEC_ALLOW", text(specAllow, "TRAP"), kernel(6, 18), "SPEC_ALLOW"},
		{"SPEC_ALLOW before its kernel", text(specAllow, "TRAP"), kernel(4, 16), "error kernel-too-old /flags"},
		{"LOG", text(logFlag, "TRAP"), kernel(4, 14), "LOG"},
		{"LOG before its kernel", text(logFlag, "TRAP"), kernel(4, 13), "error kernel-too-old /flags"},
		{"LOG, no kernel", text(logFlag, "TRAP"), Target{Arch: arch.X86_64}, "LOG"},
		{"twice, in the kernel's order", text(`["SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_LOG"]`, "TRAP"), kernel(6, 18), "LOG SPEC_ALLOW"},
		{"both before their kernels", text(`["SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG"]`, "TRAP"), kernel(4, 13), "error kernel-too-old /flags; error kernel-too-old /flags"},
		{"TSYNC", text(`["SECCOMP_FILTER_FLAG_TSYNC"]`, "TRAP"), kernel(6, 18), "note flag-ignored same /flags/0"},
		{"NOTIFY needs a listener", text("", "NOTIFY"), kernel(5, 18), "SPEC_ALLOW NEW_LISTENER"},
		{"NOTIFY, no flags", text("[]", "NOTIFY"), kernel(5, 18), "NEW_LISTENER"},
		{"NOTIFY, no kernel", text("[]", "NOTIFY"), Target{Arch: arch.X86_64}, "NEW_LISTENER"},
		{"NOTIFY where WAIT_KILLABLE_RECV would do", text("[]", "NOTIFY"), kernel(5, 19), "note interrupts same"},
		{"WAIT_KILLABLE_RECV", text(wait, "NOTIFY"), kernel(5, 19), "NEW_LISTENER WAIT_KILLABLE_RECV"},
		{"WAIT_KILLABLE_RECV before its kernel", text(wait, "NOTIFY"), kernel(5, 18), "error kernel-too-old /flags"},
		{"WAIT_KILLABLE_RECV without NOTIFY", text(wait, "TRAP"), kernel(6, 18), "error wait-killable /flags"},
		{"WAIT_KILLABLE_RECV with NOTIFY on no call of this ABI", `{"defaultAction": "SCMP_ACT_ALLOW", "flags": ` + wait + `,
			"syscalls": [{"names": ["chown32"], "action": "SCMP_ACT_NOTIFY"}]}`, kernel(6, 18), "error wait-killable /flags"},
		{"a flag that is not for profiles", text(`["SECCOMP_FILTER_FLAG_NEW_LISTENER"]`, "NOTIFY"), kernel(6, 18), "error unknown-flag /flags/0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pol, err := resolveText(tt.text, tt.target)
			got := outcome(pol, err)
			if got == nil {
				var flags []string
				for _, f := range pol.policy.Flags {
					flags = append(flags, strings.TrimPrefix(f.String(), "SECCOMP_FILTER_FLAG_"))
				}
				got = []string{strings.Join(flags, " ")}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("Resolve(%s) on Linux %s: flags (-want +got):\n%s", tt.text, tt.target.Kernel, diff)
			}
		})
	}
}
