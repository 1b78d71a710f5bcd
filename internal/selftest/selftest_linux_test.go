package selftest

import (
	"os"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	Main(func(name string) func() {
		return map[string]func(){
			"well":   func() { os.Stdout.WriteString("out") },
			"fails":  func() { Failf("why %d", 7) },
			"skips":  func() { Skipf("no reason") },
			"killed": killed,
		}[name]
	})
	os.Exit(m.Run())
}

// killed kills its process by a call that no program makes.
func killed() {
	prog := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_GETPPID},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_KILL_PROCESS},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW},
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	if _, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&fprog))); errno != 0 {
		Skipf("%v", errno)
	}
	unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
}

// outcome runs checks of a result as a test of its own would.
func outcome(t *testing.T, check func(t testing.TB)) (failed, skipped bool, log string) {
	r := &recorder{TB: t}
	done := make(chan bool)
	go func() {
		defer close(done)
		check(r)
	}()
	<-done
	return r.failed, r.skipped, r.log
}

func TestChild(t *testing.T) {
	for _, tt := range []struct {
		part            string
		failed, skipped bool
		log             string // what it says
	}{
		{"well", false, false, ""},
		{"fails", true, false, "why 7"},
		{"skips", false, true, "no reason"},
		{"none", true, false, `no part "none"`},
	} {
		failed, skipped, log := outcome(t, func(t testing.TB) { Child{Part: tt.part}.Run(t).Succeeds(t) })
		if failed != tt.failed || skipped != tt.skipped || !strings.Contains(log, tt.log) {
			t.Errorf("part %s: failed %t, skipped %t, %q, want %t, %t, %q", tt.part, failed, skipped, log, tt.failed, tt.skipped, tt.log)
		}
	}
	r := Child{Part: "well"}.Run(t)
	if got := r.Out.String(); got != "out" {
		t.Errorf("part well writes %q", got)
	}
}

// TestKilledAt: the call that a filter kills at has its number in the report.
func TestKilledAt(t *testing.T) {
	if why := NoLive(); why != "" {
		t.Skip(why)
	}
	r := Child{Part: "killed"}.Run(t)
	r.Dies(t, unix.SIGSYS)
	failed, _, log := outcome(t, r.Succeeds)
	if !failed || !strings.Contains(log, "bad system call") {
		t.Fatalf("Succeeds of a killed process: failed %t, %q", failed, log)
	}
	if strings.Contains(log, "does not tell") {
		t.Skip(log) // no root, or too many lines
	}
	if !strings.Contains(log, " at call "+itoa(unix.SYS_GETPPID)+" of audit value 0x") {
		t.Errorf("Succeeds of a process killed at getppid says %q", log)
	}
}
