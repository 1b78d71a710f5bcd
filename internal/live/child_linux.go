package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/seccompile/seccompile/internal/abi"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// patience is how long a child waits for what takes some milliseconds, on an emulated
// machine some seconds.
const patience = 2 * time.Minute

// magic is a sixth argument that no call under test has: the older filter allows calls with
// it.
const magic = 0x5ecc0de5

// shared is the file, where the handler of SIGSYS finds it.
var shared *file

// Main is the child. It must be the first that a program does.
func Main() {
	if len(os.Args) > 1 && os.Args[1] == askNumbers {
		for name, nr := range numbers {
			fmt.Println(name, nr)
		}
		return
	}
	debug.SetGCPercent(-1) // a collection waits for all threads
	runtime.GOMAXPROCS(4)  // the thread with the filters keeps one, also on one CPU
	var err error
	if shared, err = openFile(0); err != nil {
		fail(err)
	}
	site, err := callSite()
	if err != nil {
		fail(err)
	}
	if err := handleTrap(); err != nil {
		fail(err)
	}
	var thread atomic.Int32
	go makeCalls(sockFilters(older(site, nativeBig())), &thread)
	for start := time.Now(); time.Since(start) < patience; time.Sleep(time.Millisecond) {
		switch state := atomic.LoadUint32(&shared.state); {
		case state > stateCalling:
			os.Exit(0)
		case state == stateCalling && unix.Tgkill(os.Getpid(), int(thread.Load()), 0) == unix.ESRCH:
			atomic.CompareAndSwapUint32(&shared.state, stateCalling, stateGone)
			os.Exit(0)
		}
	}
	fail(errors.New("the thread with the filters does not come back"))
}

// makeCalls installs the filters on a thread and makes the calls there.
func makeCalls(older []unix.SockFilter, thread *atomic.Int32) {
	runtime.LockOSThread()
	if unix.Gettid() == os.Getpid() { // the kernel keeps the first thread as a zombie, and others do not see that it is gone
		go makeCalls(older, thread)
		select {}
	}
	thread.Store(int32(unix.Gettid()))
	if _, _, e := syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
		fail(fmt.Errorf("prctl: %w", e))
	}
	for _, f := range [][]unix.SockFilter{older, shared.insns} {
		prog := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
		if _, _, e := syscall.RawSyscall6(unix.SYS_SECCOMP, abi.SetModeFilter, 0, uintptr(unsafe.Pointer(&prog)), 0, 0, magic); e != 0 {
			shared.errno = uint32(e)
			atomic.StoreUint32(&shared.state, stateRefused)
			select {}
		}
	}
	// From here on the runtime must not make a call of its own: nothing allocates, grows
	// the stack or can be preempted.
	atomic.StoreUint32(&shared.state, stateCalling)
	for i := shared.next; i < uint32(len(shared.calls)); i++ {
		atomic.StoreUint32(&shared.next, i)
		c := &shared.calls[i]
		a := &c.args
		r, _, e := syscall.RawSyscall6(uintptr(c.nr), uintptr(a[0]), uintptr(a[1]), uintptr(a[2]), uintptr(a[3]), uintptr(a[4]), uintptr(a[5]))
		c.result, c.errno = uint64(r), uint64(e)
	}
	for atomic.StoreUint32(&shared.state, stateDone); ; {
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// callSite returns the instruction pointer that filters see of raw calls.
func callSite() (uint64, error) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], 0); err != nil {
		return 0, err
	}
	var thread atomic.Int32
	go func() {
		runtime.LockOSThread() // and not unlocked: the thread ends
		thread.Store(int32(unix.Gettid()))
		var b [1]byte
		syscall.RawSyscall6(unix.SYS_READ, uintptr(pipe[0]), uintptr(unsafe.Pointer(&b[0])), 1, 0, 0, 0)
	}()
	want := fmt.Sprintf("%d %#x ", unix.SYS_READ, pipe[0])
	var last string
	for start := time.Now(); time.Since(start) < patience; time.Sleep(100 * time.Microsecond) {
		id := thread.Load()
		if id == 0 {
			continue
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/syscall", id))
		if err != nil {
			return 0, err
		}
		if last = string(b); strings.HasPrefix(last, want) {
			unix.Write(pipe[1], []byte{0})
			words := strings.Fields(last) // number, six arguments, stack and instruction pointer
			return strconv.ParseUint(words[len(words)-1], 0, 64)
		}
	}
	return 0, fmt.Errorf("the kernel says of a thread in %q: %q", want, last)
}

// older is the filter that answers what comes from site.
func older(site uint64, big bool) []bpf.RawInstruction {
	load := func(at uint32, high bool) bpf.RawInstruction {
		if high != big {
			at += 4
		}
		return bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS, K: at}
	}
	const jeq = abi.ClassJMP | abi.OpJEQ
	return []bpf.RawInstruction{
		load(abi.DataIP, false),
		{Op: jeq, K: uint32(site), Jf: 5},
		load(abi.DataIP, true),
		{Op: jeq, K: uint32(site >> 32), Jf: 3},
		load(abi.DataArgs+5*8, false),
		{Op: jeq, K: magic, Jt: 1},
		{Op: abi.ClassRET, K: abi.RetErrno | Passed},
		{Op: abi.ClassRET, K: abi.RetAllow},
	}
}

func nativeBig() bool { return binary.NativeEndian.Uint16([]byte{0, 1}) == 1 }

// handleTrap has SIGSYS handled by trapped. The runtime's handler would make calls, which
// the filter may not let it.
func handleTrap() error {
	var action [32]uintptr // struct sigaction, whose parts differ
	handler, setSize := &action[0], uintptr(8)
	if strings.HasPrefix(runtime.GOARCH, "mips") { // arch/mips/include/uapi/asm/signal.h: the flags are first
		handler, setSize = &action[1], 16
	}
	if _, _, e := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGSYS), 0, uintptr(unsafe.Pointer(&action)), setSize, 0, 0); e != 0 {
		return fmt.Errorf("rt_sigaction: %w", e)
	}
	f := trapped
	*handler = **(**uintptr)(unsafe.Pointer(&f)) // a func value is a pointer to where the code's address stands
	if _, _, e := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGSYS), uintptr(unsafe.Pointer(&action)), 0, setSize, 0, 0); e != 0 {
		return fmt.Errorf("rt_sigaction: %w", e)
	}
	return nil
}

// trapped is the handler of SIGSYS, which the kernel calls: it has no goroutine and no
// stack of Go's, and cannot make calls, nor return.
//
//go:nosplit
func trapped() {
	for atomic.StoreUint32(&shared.state, stateTrapped); ; { // a plain store before an endless loop is taken for dead
	}
}
