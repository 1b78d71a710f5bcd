package profile

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

func TestLaw10Newer(t *testing.T) {
	amd64 := Target{Arch: arch.X86_64}
	with := func(arches, def, names string) string {
		return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_%s", "architectures": [%s], "syscalls": [{"names": [%s], "action": "SCMP_ACT_LOG"}]}`, def, arches, names)
	}
	runLaw(t, []lawTest{
		{"above the highest", rules("ERRNO(1)", "read -> ALLOW", "futex_waitv -> ALLOW", "openat -> ALLOW"), amd64, `
			x86_64 openat() = ALLOW
			x86_64 clone3() = ERRNO(1)
			x86_64 449() = ALLOW
			x86_64 450() = ERRNO(38)
			x86_64 470(1, 2, 3) = ERRNO(38)
			x86_64 0x3fffffff() = ERRNO(38)
			x86_64 0x40000000() = KILL_THREAD
			x86_64 0x7fffffff() = KILL_THREAD
			x86_64 0x80000000() = KILL_THREAD
			x86_64 0xbfffffff() = KILL_THREAD
			x86_64 0xc0000000() = KILL_THREAD
			x86_64 0xfffffffe() = KILL_THREAD
			x86_64 -1() = ERRNO(1)`, `
			x86_64 450() = ERRNO(38)
			x86_64 0x40000000() = KILL_THREAD
			x86_64 0x7fffffff() = KILL_THREAD
			x86_64 0x80000000() = ERRNO(38)
			x86_64 0xbfffffff() = ERRNO(38)
			x86_64 0xc0000000() = KILL_THREAD
			x86_64 0xfffffffe() = KILL_THREAD
			x86_64 -1() = ERRNO(1)`},
		{"the highest is the one that a strict rule names", rules("KILL_PROCESS", "futex_waitv -> ERRNO(2)", "read -> ALLOW"), amd64, `
			x86_64 clone3() = KILL_PROCESS
			x86_64 449() = ERRNO(2)
			x86_64 450() = ERRNO(38)`, ""},
		{"or one that says the default", rules("TRAP", "futex_waitv -> TRAP", "read -> ALLOW"), amd64, `
			x86_64 449() = TRAP
			x86_64 450() = ERRNO(38)
			note says-default same /syscalls/0/names/0`, ""},
		{"or one under a condition", rules("ERRNO(1)", "futex_waitv if a0 == 1 -> ALLOW"), amd64, `
			x86_64 449(1) = ALLOW
			x86_64 449(2) = ERRNO(1)
			x86_64 450(1) = ERRNO(38)`, ""},
		{"but none that a guard drops", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
			{"names": ["openat"], "action": "SCMP_ACT_ALLOW"},
			{"names": ["futex_waitv"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}]}`, amd64, `
			x86_64 257() = ALLOW
			x86_64 258() = ERRNO(38)
			x86_64 449() = ERRNO(38)`, ""},
		{"nor one of another ABI", with(`"SCMP_ARCH_X86"`, "ERRNO", `"chown32", "openat"`), amd64, `
			x86 openat() = LOG
			x86 296() = ERRNO(38)
			x86_64 openat() = LOG
			x86_64 258() = ERRNO(38)`, ""},
		{"errno 38 for every default that refuses: KILL", rules("KILL", "read -> ALLOW", "write -> ALLOW"), amd64, `x86_64 2() = ERRNO(38)`, ""},
		{"KILL_PROCESS", rules("KILL_PROCESS", "write -> ALLOW"), amd64, `x86_64 2() = ERRNO(38)`, ""},
		{"TRAP", rules("TRAP", "write -> ALLOW"), amd64, `x86_64 2() = ERRNO(38)`, ""},
		{"ERRNO(38)", rules("ERRNO(38)", "write -> ALLOW"), amd64, `x86_64 2() = ERRNO(38)`, ""},
		// libseccomp tells runc negative numbers of them.
		{"calls that multiplexers make, too", rules("ERRNO(1)", "bpf -> ALLOW", "socket -> ALLOW", "msgget -> KILL_PROCESS"), Target{Arch: arch.X86}, `
			x86 bpf() = ALLOW
			x86 358() = ERRNO(1)
			x86 socket(2, 1, 0) = ALLOW
			x86 socketcall(1) = ALLOW
			x86 msgget() = KILL_PROCESS
			x86 400() = ERRNO(38)`, `
			x86 bpf() = ALLOW
			x86 358() = ERRNO(38)
			x86 socket(2, 1, 0) = ERRNO(38)
			x86 socketcall(1) = ALLOW
			x86 msgget() = ERRNO(38)
			x86 ipc(13) = KILL_PROCESS
			note multiplexer stricter /syscalls/1/names/0
			note multiplexer weaker /syscalls/2/names/0`},
		// runc takes 0 for no number and makes no section for the ABI.
		{"the highest is number 0", rules("TRAP", "read -> ALLOW"), amd64, `x86_64 1() = ERRNO(38)`, ""},
		// The action's word, 0x50026, for which runc leaves its section out, is not an errno.
		{"an errno that runc takes for its own answer", `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 327718}`, amd64, `error errno /defaultErrnoRet`, ""},
		{"not for ALLOW", rules("ALLOW", "write -> TRAP"), amd64, `x86_64 2() = ALLOW`, ""},
		{"not for LOG", rules("LOG", "write -> TRAP"), amd64, `x86_64 2() = LOG`, ""},
		{"not for TRACE", rules("TRACE(5)", "write -> TRAP"), amd64, `x86_64 2() = TRACE(5)`, ""},
		{"turned off", rules("TRAP", "write -> ALLOW"), Target{Arch: arch.X86_64, Enosys: Enosys{Mode: EnosysOff}}, `
			x86_64 2() = TRAP
			x86_64 999() = TRAP
			x86_64 0x3fffffff() = TRAP
			x86_64 0x80000000() = KILL_THREAD`, ""},
		{"no call named", rules("TRAP"), amd64, `
			x86_64 2() = TRAP
			x86_64 999() = TRAP`, ""},
		{"no call named on one ABI", with(`"SCMP_ARCH_X86"`, "ERRNO", `"chown32"`), amd64, `
			x86_64 999() = ERRNO(1)
			x86 999() = ERRNO(38)`, ""},

		{"x32 beside x86_64", with(`"SCMP_ARCH_X32"`, "ERRNO", `"openat", "execve"`), amd64, `
			x86_64 openat() = LOG
			x86_64 258() = ERRNO(38)
			x86_64 512() = ERRNO(38)
			x86_64 0x80000000() = ERRNO(38)
			x32 openat() = LOG
			x86_64 0x40000100() = ERRNO(1)
			x86_64 0x40000102() = ERRNO(38)
			x86_64 0x400001ff() = ERRNO(38)
			x86_64 0x40000200() = ERRNO(1)
			x32 execve() = LOG
			x86_64 0x40000223() = ERRNO(1)
			x86_64 0x40000224() = ERRNO(38)
			x86_64 0x7fffffff() = ERRNO(38)
			x86_64 0xc0000000() = ERRNO(38)
			x86_64 -1() = ERRNO(38)`, ""},
		{"x32, special calls alone", with(`"SCMP_ARCH_X32"`, "ERRNO", `"execve"`), amd64, `
			x86_64 58() = ERRNO(1)
			x86_64 60() = ERRNO(38)
			x32 execve() = LOG
			x86_64 0x40000300() = ERRNO(1)
			x86_64 -1() = ERRNO(1)`, ""},
		// In runc's sections x32's special calls and ARM's private ones raise the
		// highest number, so that nothing is above it; neither reading has that.
		{"arm's private calls", with(`"SCMP_ARCH_ARM"`, "ERRNO", `"openat", "set_tls"`), Target{Arch: arch.AArch64}, `
			aarch64 openat() = LOG
			aarch64 57() = ERRNO(38)
			aarch64 -1() = ERRNO(38)
			arm openat() = LOG
			arm 323() = ERRNO(38)
			arm 0xf0000() = ERRNO(38)
			arm cacheflush() = ERRNO(1)
			arm set_tls() = LOG
			arm get_tls() = ERRNO(1)
			arm 0xf0007() = ERRNO(38)
			arm 0x80000000() = ERRNO(38)
			arm -1() = ERRNO(38)`, ""},
		{"s390's number 0", with(`"SCMP_ARCH_S390"`, "KILL", `"read"`), Target{Arch: arch.S390X}, `
			s390x 0() = ERRNO(38)
			s390x 1() = KILL_THREAD
			s390x read() = LOG
			s390x 4() = ERRNO(38)
			s390 0() = ERRNO(38)
			s390 2() = KILL_THREAD
			s390 999() = ERRNO(38)`, ""},
		{"s390's number 0 under ALLOW", rules("ALLOW", "read -> TRAP"), Target{Arch: arch.S390X}, `s390x 0() = ALLOW`, ""},
		{"s390's number 0, turned off", rules("TRAP", "read -> ALLOW"), Target{Arch: arch.S390X, Enosys: Enosys{Mode: EnosysOff}}, `s390x 0() = TRAP`, ""},
		{"number 0 elsewhere", rules("TRAP", "openat -> ALLOW"), Target{Arch: arch.PPC64LE}, `
			ppc64le 0() = TRAP
			ppc64le 999() = ERRNO(38)`, ""},
		{"mips", with(`"SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32"`, "TRAP", `"openat"`), Target{Arch: arch.MIPS64}, `
			mips64 openat() = LOG
			mips64 5246() = TRAP
			mips64 5248() = ERRNO(89)
			mips64 0() = TRAP
			mips openat() = LOG
			mips 4289() = ERRNO(89)
			mips 4287() = TRAP
			mips64n32 openat() = LOG
			mips64n32 6252() = ERRNO(89)
			mips64 -1() = ERRNO(89)`, ""},
		{"parisc", rules("TRAP", "openat -> ALLOW"), Target{Arch: arch.PARISC}, `
			parisc 0() = TRAP
			parisc 999() = ERRNO(251)`, ""},
	})
}

func TestLaw10Since(t *testing.T) {
	since := func(a arch.Arch) Target {
		return Target{Arch: a, Enosys: Enosys{EnosysSince, syscalls.Version{Major: 5, Minor: 15}}}
	}
	// Linux 5.16 brought futex_waitv.
	const allow = `{"defaultAction": "SCMP_ACT_ALLOW"}`
	runLaw(t, []lawTest{
		{"whatever the default", allow, since(arch.X86_64), `
			x86_64 448() = ALLOW
			x86_64 449() = ERRNO(38)
			x86_64 0x3fffffff() = ERRNO(38)
			x86_64 0x40000000() = KILL_THREAD
			x86_64 0x80000000() = KILL_THREAD
			x86_64 -1() = ALLOW`, ""},
		{"numbers below an ABI's own are none of its", allow, since(arch.MIPS), `
			mips 449() = ALLOW
			mips 4448() = ALLOW
			mips 4449() = ERRNO(89)
			mips 5000() = KILL_THREAD
			mips 7000() = ERRNO(89)`, `
			mips 449() = ALLOW
			mips 4448() = ALLOW
			mips 4449() = ERRNO(89)
			mips 5000() = ERRNO(89)`},
		{"the ABI's errno", allow, since(arch.PARISC), `parisc 449() = ERRNO(251)`, ""},
		{"s390's number 0", allow, since(arch.S390X), `s390x 0() = ERRNO(38)`, ""},
		{"arm's private calls", allow, since(arch.ARM), `
			arm 449() = ERRNO(38)
			arm 0xf0000() = ERRNO(38)
			arm set_tls() = ALLOW
			arm 0xf0007() = ERRNO(38)`, ""},
		{"the highest name says nothing", rules("TRAP", "read -> ALLOW"), since(arch.X86_64), `
			x86_64 1() = TRAP
			x86_64 448() = TRAP
			x86_64 449() = ERRNO(38)`, ""},
		{"rules win", rules("TRAP", "futex_waitv -> ALLOW"), since(arch.X86_64), `
			x86_64 449() = ALLOW
			x86_64 450() = ERRNO(38)`, ""},
		{"under a condition where it holds", rules("TRAP", "futex_waitv if a0 == 0x100000000 -> ALLOW"), since(arch.X86_64), `
			x86_64 449(0x100000000) = ALLOW
			x86_64 449(0) = ERRNO(38)`, ""},
		{"rules that say the default win, too", rules("KILL_PROCESS", "futex_waitv -> KILL_PROCESS", "read -> KILL_PROCESS"), since(arch.X86_64), `
			x86_64 449() = KILL_PROCESS
			x86_64 450() = ERRNO(38)
			x86_64 0() = KILL_PROCESS
			note says-default same /syscalls/1/names/0`, ""},
	})
}

// TestNewer holds every ABI's ranges to the law, and to being in order and of
// that ABI.
func TestNewer(t *testing.T) {
	mips := []arch.Arch{arch.MIPS, arch.MIPS64, arch.MIPS64N32, arch.MIPSEL, arch.MIPSEL64, arch.MIPSEL64N32}
	for a := range arch.All() {
		pol, err := resolveText(rules("ERRNO(1)", "openat -> ALLOW", "close -> ALLOW"), Target{Arch: a})
		if err != nil {
			t.Fatalf("Resolve for %s: %v", a, err)
		}
		ap := pol.policy.Arches[0]
		if len(ap.Newer) == 0 {
			t.Errorf("Newer of %s is empty", a)
		}
		for i, n := range ap.Newer {
			if n.Lo > n.Hi || i > 0 && n.Lo <= ap.Newer[i-1].Hi {
				t.Errorf("Newer of %s = %#x, want ranges in order", a, ap.Newer)
			}
		}
		last, _ := syscalls.Number(a, "openat")
		if nr, _ := syscalls.Number(a, "close"); nr > last {
			last = nr
		}
		special := func(nr uint32) bool {
			lo, hi, ok := a.Special()
			return ok && lo <= nr && nr <= hi
		}
		numbers := []uint32{0, 1, 3999, 4000, 4999, 5000, 5999, 6000, 6999, 7000, last - 1, last, last + 1, last + 1000, 511, 512, 547, 548, 0x40000000, 0x400001ff, 0x40000200,
			0x40000223, 0x40000224, 0xf0000, 0xf0001, 0xf0006, 0xf0007, 0x3fffffff, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xfffffffe, 0xffffffff}
		for _, nr := range numbers {
			want := policy.Errno(1)
			switch {
			case a == arch.X86_64 && nr >= arch.X32Bit && nr != 0xffffffff, a == arch.X32 && nr&arch.X32Bit == 0:
				want = policy.KillThread
			case slices.Contains(mips, a) && nr/1000 != a.NumberBase()/1000 && 4000 <= nr && nr < 7000:
				want = policy.KillThread // of another of the three
			case nr == last:
				want = policy.Allow
			case a == arch.X86_64 && nr == 0xffffffff, special(nr):
			case nr > last, nr == 0 && (a == arch.S390 || a == arch.S390X):
				want = policy.Errno(a.ENOSYS())
			}
			if name, _ := syscalls.Name(a, nr); name == "close" || name == "openat" {
				want = policy.Allow
			}
			c := syscalls.Call{Audit: a.Audit(), Nr: nr}
			if got, _ := pol.Decide(c); got != want {
				t.Errorf("%s: Decide(%#x) = %s, want %s (highest named %d)", a, nr, got, want, last)
			}
		}
	}
}

// TestNewerKeepsToRules: rules win over ENOSYS, whichever number they have.
func TestNewerKeepsToRules(t *testing.T) {
	var got []string
	for a := range arch.All() {
		var list []string
		for _, name := range syscalls.All(a) {
			if name != "write" {
				list = append(list, name+" -> LOG")
			}
		}
		pol, err := resolveText(rules("TRAP", list...), Target{Arch: a})
		if err != nil {
			t.Fatalf("Resolve for %s: %v", a, err)
		}
		for nr, name := range syscalls.All(a) {
			want := policy.Log
			if name == "write" {
				want = policy.Trap
			}
			if action, _ := pol.Decide(syscalls.Call{Audit: a.Audit(), Nr: nr}); action != want {
				got = append(got, fmt.Sprintf("%s %s = %s", a, name, action))
			}
		}
	}
	if diff := cmp.Diff([]string(nil), got); diff != "" {
		t.Errorf("Decide of calls that rules name (-want +got):\n%s", diff)
	}
}
