package profile

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// TestTraps has what profiles and filters have gone wrong with in the field, by
// what was seen there, where the tests of the laws have no case that says so.
func TestTraps(t *testing.T) {
	amd64 := Target{Arch: arch.X86_64}
	const clone = "clone if a0 & 0x7e020000 == 0 -> ALLOW"
	runLaw(t, []lawTest{
		{"threads fail: libc falls back from clone3 for ENOSYS alone", rules("ERRNO(1)", clone, "clone3 -> ERRNO(38)"), amd64, `
			x86_64 clone3() = ERRNO(38)
			x86_64 clone(0x10000000) = ERRNO(1)
			x86_64 clone(0x50f00) = ALLOW`, ""},
		{"access fails: a libc newer than the profile tries faccessat2 first", rules("ERRNO(1)", "faccessat -> ALLOW", "pidfd_getfd -> ALLOW"), amd64, `
			x86_64 faccessat2() = ERRNO(38)
			x86_64 fchmodat2() = ERRNO(38)
			x86_64 mseal() = ERRNO(38)
			x86_64 openat2() = ERRNO(1)
			x86_64 clone3() = ERRNO(1)`, ""},
		{"clone3 fails again: one rule for a newer call is enough", rules("ERRNO(1)", clone, "futex_waitv -> ERRNO(1)"), amd64, `
			x86_64 clone3() = ERRNO(1)
			x86_64 futex_waitv() = ERRNO(1)
			x86_64 450() = ERRNO(38)
			note says-default same /syscalls/1/names/0`, ""},
		{"a profile is refused for a rule that says the default", rules("ERRNO(1)", "bdflush -> ERRNO(1)", "read -> ALLOW"), Target{Arch: arch.X86}, `
			x86 bdflush() = ERRNO(1)
			x86 read() = ALLOW
			note says-default same /syscalls/0/names/0`, ""},
		{"conditions of one rule are alternatives", rules("ERRNO(1)", "ptrace if a0 == 0 and a1 == 7 -> ALLOW"), Target{}, `
			x86_64 ptrace(0, 7) = ALLOW
			x86_64 ptrace(0, 8) = ERRNO(1)
			x86_64 ptrace(1, 7) = ERRNO(1)`, ""},
		{"a list of refused calls is passed with x32's numbers", rules("ALLOW", "mount -> ERRNO(1)"), amd64, `
			x86_64 mount() = ERRNO(1)
			x86_64 0x400000a5() = KILL_THREAD
			x86 mount() = KILL_THREAD`, ""},
		{"rules for calls that an ABI lacks cost it the others", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_ARM"], "syscalls": [
			{"names": ["open", "chown32"], "action": "SCMP_ACT_ERRNO"},
			{"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": 7, "op": "SCMP_CMP_EQ"}]}]}`, Target{Arch: arch.AArch64}, `
			aarch64 lseek(0, 7) = ERRNO(1)
			aarch64 lseek(0, 8) = ALLOW
			arm lseek(0, 7) = ERRNO(1)
			arm open() = ERRNO(1)`, ""},
		{"guards of a Docker profile are lost in a config.json", `{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
			{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}]}}}`, Target{}, `
			refused foreign-key /linux/seccomp/syscalls/0/includes`, `
			x86_64 bpf() = ALLOW
			note foreign-key weaker /linux/seccomp/syscalls/0/includes`},
		{"mask and datum exchanged", rules("ERRNO(1)", "clone if a0 & 0 == 0x7e020000 -> ALLOW"), Target{}, `
			x86_64 clone(0x10000000) = ALLOW
			note mask-bits same /syscalls/0/args/0`, ""},
		{"rules vanish for names that an old library lacks", rules("ERRNO(1)", "cachestat -> ALLOW", "fchmodat2 -> ALLOW", "getxattrat -> ALLOW", "listmount -> ALLOW", "lsm_list_modules -> ALLOW",
			"map_shadow_stack -> ALLOW", "mseal -> ALLOW", "riscv_hwprobe -> ALLOW", "statmount -> ALLOW", "uretprobe -> ALLOW"), amd64, `
			x86_64 cachestat() = ALLOW
			x86_64 getxattrat() = ALLOW
			x86_64 mseal() = ALLOW
			x86_64 uretprobe() = ALLOW`, ""},
	})
}

// TestTrapTime64: programs see the year 1970 where a filter does not know the
// calls with times of 64 bits, which all ABIs of 32 bits have but x32.
func TestTrapTime64(t *testing.T) {
	var list, want []string
	for _, name := range []string{"clock_gettime64", "clock_settime64", "clock_adjtime64", "clock_getres_time64", "clock_nanosleep_time64",
		"timer_gettime64", "timer_settime64", "timerfd_gettime64", "timerfd_settime64", "utimensat_time64", "pselect6_time64", "ppoll_time64",
		"io_pgetevents_time64", "recvmmsg_time64", "mq_timedsend_time64", "mq_timedreceive_time64", "semtimedop_time64",
		"rt_sigtimedwait_time64", "futex_time64", "sched_rr_get_interval_time64"} {
		list, want = append(list, name+" -> ALLOW"), append(want, "ABI "+name+"() = ALLOW")
	}
	var tests []lawTest
	for a := range arch.All() {
		if a.Bits() == 32 && a != arch.X32 {
			tests = append(tests, lawTest{a.String(), rules("ERRNO(1)", list...), Target{Arch: a},
				strings.ReplaceAll(strings.Join(want, "\n"), "ABI", a.String()), ""})
		}
	}
	runLaw(t, tests)
}
