package compile

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// The live kernel judges calls without executing them. A child process puts two
// filters on a thread: an older one that answers ERRNO(4095) to what comes from
// one instruction and allows everything else, and the newer one, which is under
// test. The kernel takes the stricter answer, of two errnos the newer filter's,
// so a call from that instruction fails with 4095 if the filter under test lets
// it pass, and with that filter's errno if it refuses it.

// liveEnv tells the test binary to be such a child: it holds a vector file's
// name and, for a call that kills, the line.
const liveEnv = "SECCOMPILE_LIVE_TEST"

// passed is what the older filter answers.
const passed = 4095

func TestLive(t *testing.T) {
	if os.Getenv(liveEnv) != "" {
		liveChild(t)
	}
	if why := selftest.NoLive(); why != "" {
		t.Skip(why)
	}
	if raceEnabled {
		t.Skip("the race detector makes calls on the thread with the filter that vectors refuse")
	}
	if _, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, abi.SetModeFilter, 0, 0); errno != syscall.EFAULT {
		t.Skipf("seccomp(2) says %v: no filters on this machine", errno)
	}
	judged, other := 0, map[string]int{}
	for _, f := range vectorFiles(t) {
		if !f.filter.native.SameKernel(arch.X86_64) {
			other["vectors of machines other than this"] += len(f.Vectors)
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			got := live(t, f.name)
			for _, v := range f.Vectors {
				switch how := liveHow(v); how {
				case judgedInFile:
					if got[v.Line] != liveVerdict(v.Want) {
						t.Errorf("%s:%d: the kernel answers %s with %s, want %s", f.name, v.Line, v.Text, got[v.Line], liveVerdict(v.Want))
					}
				case judgedAlone:
					k := ""
					for range 3 { // the runtime can make a call of its own from the thread, and the filter answers it first
						if k = live(t, fmt.Sprintf("%s:%d", f.name, v.Line))[v.Line]; k == v.Want.String() {
							break
						}
					}
					if k != v.Want.String() {
						t.Errorf("%s:%d: the kernel answers %s with %s, want %s", f.name, v.Line, v.Text, k, v.Want)
					}
				default:
					other[how]++
					continue
				}
				judged++
			}
		})
	}
	t.Logf("the kernel judged %d vectors; not asked: %v", judged, other)
	if judged < 150 {
		t.Errorf("the kernel judged %d vectors, want 150 at least", judged)
	}
}

const (
	judgedInFile = ""
	judgedAlone  = "alone"
)

// liveHow says how the kernel can be asked, or why not.
func liveHow(v vector.Vector) string {
	a, ok := v.Call.Arch()
	switch {
	case !ok || !a.SameKernel(arch.X86_64):
		return "audit values that this machine's kernel has no entry for"
	case v.Call.IP != 0:
		return "calls from an address"
	case v.Call.Audit == arch.X86_64.Audit() && (v.Call.Nr == 335 || v.Call.Nr == 336):
		return "uretprobe and uprobe, which pass every filter"
	}
	switch v.Want.Kind() {
	case policy.KillProcess, policy.KillThread, policy.Trap:
		return judgedAlone
	case policy.Notify:
		return "NOTIFY, which needs somebody to answer"
	}
	return judgedInFile
}

// liveVerdict is what a child sees of an action: that of the older filter where
// the newer one's is more permissive than an errno.
func liveVerdict(a policy.Action) string {
	if policy.Errno(0).Stricter(a) {
		return "passes"
	}
	return a.String()
}

// live runs a child and returns its verdicts by line.
func live(t *testing.T, job string) map[int]string {
	t.Helper()
	// A signal to the filtered thread would need rt_sigreturn.
	r := selftest.Child{Args: []string{"-test.run=^TestLive$"}, Env: []string{liveEnv + "=" + job, "GODEBUG=asyncpreemptoff=1"}}.Run(t)
	verdicts := map[int]string{}
	_, after, _ := strings.Cut(job, ":")
	switch alone, _ := strconv.Atoi(after); {
	case r.State.Success():
	case alone > 0 && r.Signal() == syscall.SIGSYS:
		verdicts[alone] = "KILL_PROCESS"
	case alone > 0 && (strings.Contains(r.Err.String(), "SIGSYS: bad system call") || r.Signal() == syscall.SIGTRAP):
		verdicts[alone] = "TRAP" // the runtime's handler, which stops at a breakpoint where the filter lets it neither write nor exit
	default:
		r.Succeeds(t) // says how it did not
	}
	for line := range strings.Lines(r.Out.String()) {
		n, verdict, _ := strings.Cut(strings.TrimSpace(line), " ")
		if i, err := strconv.Atoi(n); err == nil {
			verdicts[i] = verdict
		}
	}
	return verdicts
}

// liveChild judges the vectors of a file, or one of them, and ends the process.
func liveChild(t *testing.T) {
	debug.SetGCPercent(-1)                       // a collection waits for all threads
	runtime.GOMAXPROCS(max(2, runtime.NumCPU())) // the thread with the filter keeps one
	name, line, alone := strings.Cut(os.Getenv(liveEnv), ":")
	i := 0
	files := vectorFiles(t)
	for files[i].name != name {
		i++
	}
	f := files[i]
	var vectors []vector.Vector
	for _, v := range f.Vectors {
		if alone && strconv.Itoa(v.Line) == line || !alone && liveHow(v) == judgedInFile {
			vectors = append(vectors, v)
		}
	}
	enter := newEntry(t)
	calls := make([]entryCall, len(vectors))
	for i, v := range vectors {
		calls[i] = entryCall{nr: uint64(v.Call.Nr), args: v.Call.Args}
	}
	var done, thread atomic.Int64
	go func() {
		runtime.LockOSThread()
		thread.Store(int64(unix.Gettid()))
		for _, insns := range [][]bpf.RawInstruction{enter.older(), f.filter.Insns()} {
			if _, err := install.Filter(insns, install.Options{}); err != nil {
				done.Store(1)
				panic(err)
			}
		}
		for i, v := range vectors {
			if v.Call.Audit == arch.X86.Audit() {
				enter.int80(&calls[i])
			} else {
				enter.syscall(&calls[i])
			}
		}
		for done.Store(1); done.Load() == 1; { // the thread may not be able to make any other call
		}
	}()
	for start := time.Now(); done.Load() == 0; time.Sleep(time.Millisecond) {
		if id := thread.Load(); id != 0 && alone {
			status, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/status", id))
			if gone := err != nil || bytes.Contains(status, []byte("State:\tZ")); gone { // Z: the first thread
				fmt.Println(line, "KILL_THREAD") // it is gone, and the process lives
				os.Exit(0)
			}
		}
		if time.Since(start) > selftest.Patience/2 {
			fmt.Fprintln(os.Stderr, "the thread with the filter does not come back")
			os.Exit(1)
		}
	}
	for i, v := range vectors {
		switch errno := -int64(calls[i].ret); {
		case errno == passed:
			fmt.Println(v.Line, "passes")
		case errno >= 0 && errno < passed:
			fmt.Println(v.Line, policy.Errno(uint16(errno)))
		default:
			fmt.Println(v.Line, "returned", errno)
		}
	}
	os.Exit(0)
}

// An entryCall is a call and, afterwards, what the kernel returned.
type entryCall struct {
	nr   uint64
	args [6]uint64
	ret  uint64
}

// An entry makes calls from known instructions, by the 64-bit entry and by the
// 32-bit one.
type entry struct {
	syscall, int80     func(*entryCall)
	afterSyscall       uint64 // the instruction pointers that the filters see
	afterInt80         uint64
	syscallPC, int80PC uintptr // what the functions point to
}

// The code takes its argument in rax, as Go passes it, and keeps rsp, rbp, r14
// and xmm15, which belong to Go.
var syscallCode = []byte{
	0x48, 0x89, 0xc3, // mov rbx, rax
	0x48, 0x8b, 0x7b, 0x08, // mov rdi, [rbx+8]
	0x48, 0x8b, 0x73, 0x10, // mov rsi, [rbx+16]
	0x48, 0x8b, 0x53, 0x18, // mov rdx, [rbx+24]
	0x4c, 0x8b, 0x53, 0x20, // mov r10, [rbx+32]
	0x4c, 0x8b, 0x43, 0x28, // mov r8, [rbx+40]
	0x4c, 0x8b, 0x4b, 0x30, // mov r9, [rbx+48]
	0x48, 0x8b, 0x03, // mov rax, [rbx]
	0x0f, 0x05, // syscall
	0x48, 0x89, 0x43, 0x38, // mov [rbx+56], rax
	0xc3, // ret
}

var int80Code = []byte{
	0x55,             // push rbp
	0x49, 0x89, 0xc4, // mov r12, rax
	0x49, 0x8b, 0x5c, 0x24, 0x08, // mov rbx, [r12+8]
	0x49, 0x8b, 0x4c, 0x24, 0x10, // mov rcx, [r12+16]
	0x49, 0x8b, 0x54, 0x24, 0x18, // mov rdx, [r12+24]
	0x49, 0x8b, 0x74, 0x24, 0x20, // mov rsi, [r12+32]
	0x49, 0x8b, 0x7c, 0x24, 0x28, // mov rdi, [r12+40]
	0x49, 0x8b, 0x6c, 0x24, 0x30, // mov rbp, [r12+48]
	0x49, 0x8b, 0x04, 0x24, // mov rax, [r12]
	0xcd, 0x80, // int 0x80
	0x49, 0x89, 0x44, 0x24, 0x38, // mov [r12+56], rax
	0x5d, // pop rbp
	0xc3, // ret
}

func newEntry(t *testing.T) *entry {
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	second := (len(syscallCode) + 15) &^ 15
	copy(page, syscallCode)
	copy(page[second:], int80Code)
	if err := unix.Mprotect(page, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		t.Fatal(err)
	}
	e := &entry{
		syscallPC: uintptr(unsafe.Pointer(&page[0])),
		int80PC:   uintptr(unsafe.Pointer(&page[second])),
	}
	e.afterSyscall = uint64(e.syscallPC) + uint64(bytes.Index(syscallCode, []byte{0x0f, 0x05})) + 2
	e.afterInt80 = uint64(e.int80PC) + uint64(bytes.Index(int80Code, []byte{0xcd, 0x80})) + 2
	// A func value is a pointer to where the code's address stands.
	*(*unsafe.Pointer)(unsafe.Pointer(&e.syscall)) = unsafe.Pointer(&e.syscallPC)
	*(*unsafe.Pointer)(unsafe.Pointer(&e.int80)) = unsafe.Pointer(&e.int80PC)
	return e
}

// older returns the filter that answers what comes from the entry.
func (e *entry) older() []bpf.RawInstruction {
	var insns []bpf.RawInstruction
	for _, ip := range []uint64{e.afterSyscall, e.afterInt80} {
		for i, half := range []uint32{uint32(ip), uint32(ip >> 32)} {
			insns = append(insns,
				bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS, K: abi.DataIP + 4*uint32(i)},
				bpf.RawInstruction{Op: abi.ClassJMP | abi.OpJEQ, Jf: uint8(3 - 2*i), K: half})
		}
		insns = append(insns, bpf.RawInstruction{Op: abi.ClassRET, K: uint32(policy.Errno(passed))})
	}
	return append(insns, bpf.RawInstruction{Op: abi.ClassRET, K: uint32(policy.Allow)})
}

// TestLiveEntry is about the test itself: the entries make the calls.
func TestLiveEntry(t *testing.T) {
	e := newEntry(t)
	c := entryCall{nr: unix.SYS_GETPPID, args: [6]uint64{1, 2, 3, 4, 5, 6}}
	e.syscall(&c)
	if want := uint64(os.Getppid()); c.ret != want {
		t.Errorf("getppid by syscall = %d, want %d", c.ret, want)
	}
	nr, _ := syscalls.Number(arch.X86, "getppid")
	c = entryCall{nr: uint64(nr)}
	e.int80(&c)
	if want := uint64(os.Getppid()); c.ret != want {
		t.Errorf("getppid by int 0x80 = %d, want %d", int64(c.ret), want)
	}
}
