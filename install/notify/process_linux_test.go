package notify

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/live"
	"github.com/seccompile/seccompile/internal/selftest"
)

// Every case of the tests on the live kernel is a process of its own, a part in
// the words of package selftest.
const (
	// asking is not a case but what cases execute: a process that makes the call
	// asked until it is killed. loading is the target of the case load.
	asking  = "asking"
	loading = "loading"

	self    = selftest.Self
	skipped = selftest.Skipped
)

// patience is how long a call may wait for what this process does about it: less
// than the case has.
func patience() time.Duration { return selftest.Within(selftest.Patience / 2) }

// asked is the call that is handed over. Nothing else here makes it, and it has
// an argument that the kernel does not look at.
const notified = unix.SYS_GETPPID

// In a case, goroutine 1 holds the first thread, so that the others are on
// threads that end when a locked goroutine does.
func init() {
	switch selftest.Part() {
	case "":
	case asking:
		for ask(0) != (reply{-1, unix.ENOSYS}) { // of a listener that is closed
		}
		os.Exit(0)
	default:
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	selftest.Main(func(name string) func() {
		for _, c := range cases {
			if c.name == name {
				return c.run
			}
		}
		if name == loading {
			return runLoad
		}
		return nil
	})
	why := noListeners()
	if why == "" && losesValues() {
		os.Setenv(lossyEnv, "1")
		why = "this kernel answers 0 where a supervisor answers a value, as the tests expect now"
	}
	if why != "" { // examples cannot skip themselves
		flag.Parse()
		fmt.Fprintln(os.Stderr, "the examples are left out:", why)
		flag.Set("test.skip", strings.TrimPrefix(flag.Lookup("test.skip").Value.String()+"|^Example", "|"))
	}
	os.Exit(m.Run())
}

var failf = selftest.Failf

// TestListenerOnKernel runs the cases.
func TestListenerOnKernel(t *testing.T) {
	requireListeners(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.long {
				t.Skip("it takes long")
			}
			runCase(t, c.name)
		})
	}
}

// noListeners returns why there are none here, as under qemu-user; "" if there
// are.
func noListeners() string {
	if why := selftest.NoLive(); why != "" {
		return why
	}
	_, err := kernel()
	switch {
	case err == nil:
		return ""
	case errors.Is(err, install.ErrNotSupported):
		return err.Error()
	}
	return "" // what forbids listeners has the tests fail
}

func requireListeners(t testing.TB) {
	t.Helper()
	if why := noListeners(); why != "" {
		t.Skip(why)
	}
}

func runCase(t *testing.T, name string) {
	t.Helper()
	r := selftest.Child{Part: name}.Run(t)
	r.Succeeds(t)
	if testing.Verbose() && r.Err.Len() > 0 {
		t.Logf("%s", r.Err.Bytes())
	}
}

// handOver is a filter that hands the calls nrs to its listener.
func handOver(nrs ...uint32) []bpf.RawInstruction { return answer(abi.RetUserNotif, nrs...) }

// answer is a filter that answers action to the calls nrs and allows others.
func answer(action uint32, nrs ...uint32) []bpf.RawInstruction {
	insns := []bpf.RawInstruction{{Op: abi.ModeABS, K: abi.DataNr}}
	for i, nr := range nrs {
		insns = append(insns, bpf.RawInstruction{Op: abi.ClassJMP | abi.OpJEQ, Jt: uint8(len(nrs) - i), K: nr})
	}
	return append(insns,
		bpf.RawInstruction{Op: abi.ClassRET, K: abi.RetAllow},
		bpf.RawInstruction{Op: abi.ClassRET, K: action})
}

// A thread does what it is told on one thread of the kernel.
type thread struct {
	tid  int
	work chan func()
	done chan bool
}

func newThread() *thread {
	t := &thread{work: make(chan func()), done: make(chan bool)}
	go func() {
		runtime.LockOSThread()
		t.tid = unix.Gettid()
		t.done <- true
		for f := range t.work {
			f()
			t.done <- true
		}
		close(t.done)
	}()
	<-t.done
	return t
}

func (t *thread) do(f func()) {
	t.work <- f
	<-t.done
}

// begin is do without waiting; the channel is closed when f is done.
func (t *thread) begin(f func()) <-chan bool {
	ended := make(chan bool)
	t.work <- func() { f(); close(ended) }
	go func() { <-t.done }()
	return ended
}

// end ends the thread.
func (t *thread) end() { close(t.work) }

// filtered is a thread under a filter that hands over the calls nrs, asked if
// none are given, and the filter's listener.
func filtered(flags uint, nrs ...uint32) (*Listener, *thread) {
	if nrs == nil {
		nrs = []uint32{notified}
	}
	t := newThread()
	var l *Listener
	t.do(func() {
		listener, err := install.Filter(handOver(nrs...), install.Options{Flags: flags | abi.FlagNewListener})
		if errors.Is(err, install.ErrNotSupported) {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(skipped)
		}
		if err != nil {
			failf("%v", err)
		}
		l = mustNew(listener.File())
	})
	return l, t
}

// requireAddFD skips the case if the kernel cannot add descriptors, or answer with one: it
// refuses flags before it looks for the call.
func requireAddFD(l *Listener, answer bool) {
	a := struct {
		id                              uint64
		flags, srcfd, newfd, newfdFlags uint32
	}{id: ^uint64(0), srcfd: 2}
	if answer {
		a.flags = unix.SECCOMP_ADDFD_FLAG_SEND
	}
	var errno syscall.Errno
	must("Control", l.conn.Control(func(fd uintptr) { _, errno = addFDRequest.on(fd, unsafe.Pointer(&a)) }))
	switch errno {
	case unix.ENOENT:
	case unix.EINVAL:
		selftest.Skipf("the kernel has no %s with flags %#x", addFDRequest.name, a.flags)
	default:
		failf("%s for a call that does not exist: %v", addFDRequest.name, errno)
	}
}

func mustNew(file *os.File) *Listener {
	l, err := New(file)
	if err != nil {
		failf("New: %v", err)
	}
	return l
}

// A reply is what a call returns.
type reply struct {
	Value int64
	Errno syscall.Errno
}

// value is the reply to a call that is answered with Value(v).
func value(v int64) reply {
	if os.Getenv(lossyEnv) != "" {
		v = 0
	}
	return reply{Value: v}
}

// distinct returns an answer that tells calls apart, on a kernel that loses values too, and the
// reply.
func distinct(v int64) (Answer, reply) {
	if os.Getenv(lossyEnv) != "" {
		e := syscall.Errno(v%4000 + 1)
		return Errno(e), reply{-1, e}
	}
	return Value(v), reply{Value: v}
}

// lossyEnv tells cases that the kernel loses values.
const lossyEnv = "SECCOMPILE_NOTIFY_TEST_LOSSY"

// losesValues reports whether the kernel answers 0 where a supervisor answers a value, as
// Linux 7.2 does on ppc64: seen without this package.
func losesValues() bool {
	got, errno, err := live.Supervised(7, 0)
	return got == 0 && errno == 0 && err == nil
}

// ask makes the call that is handed over.
func ask(arg uintptr) reply { return call(notified, arg) }

func call(nr, arg uintptr) reply {
	v, _, errno := unix.Syscall(nr, arg, 0, 0)
	if int(v) == -abi.MaxErrno { // which package syscall takes for a value on x86 and others
		v, errno = ^uintptr(0), abi.MaxErrno
	}
	return reply{int64(int(v)), errno}
}

// asks has the thread ask; the channel has the reply.
func (t *thread) asks(arg uintptr) <-chan reply {
	replied := make(chan reply, 1)
	t.begin(func() { replied <- ask(arg) })
	return replied
}

// next receives one call.
func next(l *Listener) *Call {
	ctx, cancel := context.WithTimeout(context.Background(), patience())
	defer cancel()
	c, err := l.Receive(ctx)
	if err != nil {
		failf("Receive: %v", err)
	}
	return c
}

// want ends the case unless the reply that comes is this one.
func want(when string, replied <-chan reply, want reply) {
	select {
	case got := <-replied:
		if got != want {
			failf("%s: the call returned %+v, want %+v", when, got, want)
		}
	case <-time.After(patience()):
		failf("%s: the call hangs", when)
	}
}

// wantErrors ends the case unless err is all of these.
func wantErrors(what string, err error, are ...error) {
	for _, e := range are {
		if !errors.Is(err, e) {
			failf("%s: error %v, want one that is %v", what, err, e)
		}
	}
}

func must(what string, err error) {
	if err != nil {
		failf("%s: %v", what, err)
	}
}

// openFiles counts the descriptors of this process.
func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	must("descriptors", err)
	return len(list)
}
