package selftest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) {
	Main(func(name string) func() {
		return map[string]func(){
			"well":      func() { os.Stdout.WriteString("out") },
			"fails":     func() { Failf("why %d", 7) },
			"skips":     func() { Skipf("no reason") },
			"killed":    killed,
			"forbidden": forbidden,
		}[name]
	})
	os.Exit(m.Run())
}

// killed kills its process by a call that no program makes.
func killed() {
	unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	filter(unix.SYS_GETPPID, unix.SECCOMP_RET_KILL_PROCESS)
	unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
}

// forbidden has a filter that refuses seccomp(2), as containers have, and says what becomes of a test.
func forbidden() {
	failed, skipped, log := outcome(nil, func(t testing.TB) {
		filter(unix.SYS_SECCOMP, unix.SECCOMP_RET_ERRNO|uint32(unix.EPERM))
		Live(t)
	})
	fmt.Println(failed, skipped, log)
}

// filter has a call answered on this thread, which the goroutine keeps.
func filter(nr, answer uint32) {
	runtime.LockOSThread()
	prog := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: nr},
		{Code: unix.BPF_RET, K: answer},
		{Code: unix.BPF_RET, K: unix.SECCOMP_RET_ALLOW},
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	if _, _, errno := unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&fprog))); errno != 0 {
		Skipf("%v", errno)
	}
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

// TestLive: a test that cannot have filters fails where the kernel has them.
func TestLive(t *testing.T) {
	Live(t)
	r := Child{Part: "forbidden"}.Run(t)
	r.Succeeds(t)
	if got := r.Out.String(); !strings.HasPrefix(got, "true false") || !strings.Contains(got, "operation not permitted") {
		t.Errorf("under a filter that refuses seccomp(2): failed and skipped %s", got)
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
