package install

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// cases are the processes of TestFilterOnKernel.
var cases = []struct {
	name  string
	run   func()
	times int            // at least 1
	dies  syscall.Signal // how it ends, 0 for well
}{
	{name: "thread", run: caseThread},
	{name: "locked", run: caseLocked},
	{name: "twice", run: caseTwice},
	{name: "tsync", run: caseTSync},
	{name: "tsync conflict", run: caseTSyncConflict},
	{name: "allow new privs", run: caseAllowNewPrivs},
	{name: "refused program", run: caseRefusedProgram},
	{name: "too much code", run: caseTooMuchCode},
	{name: "several", run: caseBefore},
	{name: "several, tsync", run: caseBeforeTSync},
	{name: "several, refused", run: caseBeforeRefused},
	{name: "several, one that feigns", run: caseBeforeFeigned},
	{name: "several, exec", run: caseBeforeExec, times: 5},
	{name: "several, start", run: caseBeforeStart},
	{name: "listener", run: caseListener},
	{name: "every flag", run: caseEveryFlag},
	{name: "quiet", run: caseQuiet},
	{name: "quiet with a listener", run: caseQuietListener},
	{name: "exec", run: caseExec, times: 20},
	{name: "fork and exec", run: caseForkExec},
	{name: "start", run: caseStart},
	{name: "state of a started command", run: caseStartState},
	{name: "limit on open files", run: caseOpenFiles},
	{name: "start with a bounding set", run: caseStartBounding},
	{name: "capabilities without a filter", run: caseReduceCaps},
	{name: "start with inheritable capabilities", run: caseStartInheritable},
	{name: "start with a listener", run: caseStartListener},
	{name: "start, any number of processors", run: caseStartProcessors},
	{name: "start, no execve", run: caseStartExecve},
	{name: "start, refused", run: caseStartRefused},
	{name: "start, no child", run: caseStartNoChild},
	{name: "start, canceled", run: caseStartCanceled},
	{name: "start, ended early", run: caseStartEndedEarly},
	{name: "start, input that blocks", run: caseStartBlockedInput},
	{name: "start, nothing said", run: caseStartSilent},
	{name: "start, SIGCHLD ignored", run: caseStartNoReaping},
	{name: "start, real-time", run: caseStartRealTime},
	{name: "child alone", run: caseChildAlone},
	{name: "start, many at once", run: caseStartAtOnce},
	{name: "start, a long environment", run: caseStartLong},
	{name: "start, faults", run: caseStartFaults},
	{name: "exec, faults", run: caseExecFaults},
	{name: "probes", run: caseProbes},
	{name: "status", run: caseStatus},
	{name: "precedence", run: casePrecedence},
	{name: "cost", run: caseCost},
	{name: "two at once", run: caseTwoAtOnce},
	{name: "500 threads", run: caseManyThreads},
	{name: "no seccomp(2)", run: caseNoSeccomp},
	{name: "no filters", run: caseNoFilters},
	{name: "no flags", run: caseNoFlags},
	{name: "flags refused together", run: caseFlagsTogether},
	{name: "outer refusal", run: caseOuterRefusal},
	{name: "no room for code", run: caseNoRoomForCode},
	{name: "outer pretence", run: caseOuterPretence},
	{name: "filters", run: caseFilters},
	{name: "filters of a stopped process", run: caseFiltersStopped},
	{name: "filters and a signal", run: caseFiltersSignal},
	{name: "filters of who dies", run: caseFiltersDies},
	{name: "filters of who cannot stop", run: caseFiltersBusy},
	{name: "filters, refused", run: caseFiltersRefused},
	{name: "threads", run: caseThreads},
	{name: "threads of who has ended", run: caseThreadsEnded},
	{name: "threads without the first", run: caseThreadsHeadless},
	{name: "filters, from under one", run: caseFiltersFiltered},
}

// refused is the errno that the filters under test give to getppid, a call
// that nothing else here makes.
const refused = syscall.Errno(99)

func errno(e syscall.Errno) uint32 { return abi.RetErrno | uint32(e) }

// audit is the AUDIT_ARCH_* of this binary, which is made of what an ELF file says
// of itself (include/uapi/linux/audit.h). Commands can be of another ABI, as on
// x86_64 for a binary of x86.
var audit = func() uint32 {
	f, err := elf.Open(self)
	if err != nil {
		panic(err)
	}
	defer f.Close()
	a := uint32(f.Machine)
	if f.Class == elf.ELFCLASS64 {
		a |= 0x80000000
	}
	if f.Data == elf.ELFDATA2LSB {
		a |= 0x40000000
	}
	return a
}()

// answer is a filter that answers action to the calls nrs of this binary's ABI and
// allows others.
func answer(action uint32, nrs ...uint32) []bpf.RawInstruction {
	insns := []bpf.RawInstruction{
		{Op: abi.ModeABS, K: abi.DataArch},
		{Op: abi.ClassJMP | abi.OpJEQ, Jt: 1, K: audit},
		{Op: abi.ClassRET, K: abi.RetAllow},
		{Op: abi.ModeABS, K: abi.DataNr},
	}
	for i, nr := range nrs {
		insns = append(insns, bpf.RawInstruction{Op: abi.ClassJMP | abi.OpJEQ, Jt: uint8(len(nrs) - i), K: nr})
	}
	return append(insns,
		bpf.RawInstruction{Op: abi.ClassRET, K: abi.RetAllow},
		bpf.RawInstruction{Op: abi.ClassRET, K: action})
}

// only is a filter that answers action to all calls but nrs.
func only(action uint32, nrs ...uint32) []bpf.RawInstruction {
	insns := answer(abi.RetAllow, nrs...)
	insns[len(insns)-2].K = action
	return insns
}

// lowArg is the offset of an argument's low half.
func lowArg(i uint32) uint32 {
	low := abi.DataArgs + 8*i
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		low += 4
	}
	return low
}

// firstArg is a filter that answers errno to a call whose first argument is arg.
func firstArg(nr, arg uint32, e syscall.Errno) []bpf.RawInstruction {
	return []bpf.RawInstruction{
		{Op: abi.ModeABS, K: abi.DataNr},
		{Op: abi.ClassJMP | abi.OpJEQ, Jf: 3, K: nr},
		{Op: abi.ModeABS, K: lowArg(0)},
		{Op: abi.ClassJMP | abi.OpJEQ, Jf: 1, K: arg},
		{Op: abi.ClassRET, K: errno(e)},
		{Op: abi.ClassRET, K: abi.RetAllow},
	}
}

// flagsAre is a filter that answers EINVAL to seccomp(2) if the flags given to
// it pass test, a jump.
func flagsAre(test uint16, flags uint32) []bpf.RawInstruction {
	return []bpf.RawInstruction{
		{Op: abi.ModeABS, K: abi.DataNr},
		{Op: abi.ClassJMP | abi.OpJEQ, Jf: 2, K: unix.SYS_SECCOMP},
		{Op: abi.ModeABS, K: lowArg(1)},
		{Op: abi.ClassJMP | test, Jt: 1, K: flags},
		{Op: abi.ClassRET, K: abi.RetAllow},
		{Op: abi.ClassRET, K: errno(unix.EINVAL)},
	}
}

var refuseGetppid = answer(errno(refused), unix.SYS_GETPPID)

// mustInstall installs insns on the calling thread only, and where it can
// without setting no_new_privs.
func mustInstall(insns []bpf.RawInstruction) {
	if _, err := Filter(insns, Options{AllowNewPrivs: privileged()}); err != nil {
		failf("Filter of the outer filter: %v", err)
	}
}

// wantError ends the case unless Filter(refuseGetppid, o) is an *Error like
// want in all exported fields but Advice, and leaves the thread as it was.
func wantError(o Options, want Error, notSupported bool) *Error {
	before := current()
	listener, err := Filter(refuseGetppid, o)
	var got *Error
	if listener != nil || !errors.As(err, &got) {
		failf("Filter(%+v) = %v, %v, want *Error", o, listener, err)
	}
	if got.Op != want.Op || got.Errno != want.Errno || got.Thread != want.Thread || got.Lacks != want.Lacks {
		failf("Filter(%+v) error is %+v, want %+v", o, got, want)
	}
	if is := errors.Is(err, ErrNotSupported); is != notSupported {
		failf("Filter(%+v): errors.Is(%v, ErrNotSupported) = %t", o, err, is)
	}
	wantState("after "+err.Error(), before)
	return got
}

// Without flags, the calling thread is filtered and no other.
func caseThread() {
	a, b := newThread(), newThread()
	var before state
	b.do(func() { before = current() })
	a.do(func() {
		wantState("before", before)
		listener, err := Filter(refuseGetppid, Options{})
		if listener != nil || err != nil {
			failf("Filter = %v, %v, want nil, nil", listener, err)
		}
		want := before.with(1, refused)
		want.NoNewPrivs = 1
		wantState("filtered thread", want)
	})
	b.do(func() { wantState("the other thread", before) })
	newThread().do(func() { wantState("a new thread", before) })
	wantState("first thread", before)
}

// waitGone waits until the thread has ended; alive looks for a while whether
// it does.
func waitGone(tid int) bool {
	return selftest.Eventually(func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid))
		return errors.Is(err, os.ErrNotExist)
	})
}

func alive(tid int) bool {
	time.Sleep(50 * time.Millisecond)
	_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid))
	return err == nil
}

// The goroutine stays on a filtered thread, which ends with it; after an error
// and with TSYNC it is free.
func caseLocked() {
	end := func(insns []bpf.RawInstruction, o Options) (tid int, err error) {
		done := make(chan bool)
		go func() {
			defer close(done)
			_, err = Filter(insns, o)
			tid = unix.Gettid()
			for range 100 {
				runtime.Gosched()
				if now := unix.Gettid(); err == nil && o.Flags == 0 && now != tid {
					failf("goroutine moved from thread %d to %d", tid, now)
				}
			}
			tid = unix.Gettid()
		}()
		<-done
		return tid, err
	}
	if tid, err := end(refuseGetppid, Options{}); err != nil || !waitGone(tid) {
		failf("Filter: %v; thread %d outlives its goroutine", err, tid)
	}
	if tid, err := end([]bpf.RawInstruction{{}}, Options{}); err == nil || !alive(tid) {
		failf("Filter: %v; thread %d ended with its goroutine after an error", err, tid)
	}
	if tid, err := end(refuseGetppid, Options{Flags: abi.FlagTSync}); err != nil || !alive(tid) {
		failf("Filter with TSYNC: %v; thread %d ended with its goroutine", err, tid)
	}
}

// Filters add up, and so do locks.
func caseTwice() {
	newThread().do(func() {
		want := current().with(2, refused)
		want.NoNewPrivs = 1
		for _, insns := range [][]bpf.RawInstruction{refuseGetppid, retAllow(abi.MaxInsns)} {
			if _, err := Filter(insns, Options{}); err != nil {
				failf("Filter of %d instructions: %v", len(insns), err)
			}
			runtime.LockOSThread()
			runtime.UnlockOSThread()
		}
		wantState("after two filters", want)
	})
}

// With TSYNC every thread is filtered, new ones too.
func caseTSync() {
	want := current().with(1, refused)
	want.NoNewPrivs = 1
	var threads []*thread
	for range 4 {
		threads = append(threads, newThread())
	}
	if _, err := Filter(refuseGetppid, Options{Flags: abi.FlagTSync}); err != nil {
		failf("Filter with TSYNC: %v", err)
	}
	for _, t := range append(threads, newThread()) {
		t.do(func() { wantState("after TSYNC", want) })
	}
	wantState("after TSYNC, first thread", want)

	// A thread whose filters begin with the common ones syncs the others to
	// its own.
	want = want.with(2, refused)
	threads[0].do(func() {
		mustInstall(retAllow(1))
		if _, err := Filter(refuseGetppid, Options{Flags: abi.FlagTSync | abi.FlagTSyncESRCH}); err != nil {
			failf("Filter with TSYNC from a thread with more filters: %v", err)
		}
	})
	wantState("after the second TSYNC, first thread", want)
}

// A thread with a filter of its own keeps TSYNC from working for all.
func caseTSyncConflict() {
	a, b := newThread(), newThread()
	a.do(func() {
		// no_new_privs before, so that the thread is the same after.
		if err := setNoNewPrivs(); err != nil {
			failf("%v", err)
		}
	})
	b.do(func() { mustInstall(retAllow(1)) })
	a.do(func() {
		e := wantError(Options{Flags: abi.FlagTSync}, Error{
			Op:     "seccomp(SECCOMP_SET_MODE_FILTER, TSYNC)",
			Errno:  unix.ESRCH,
			Thread: b.tid,
		}, false)
		want := fmt.Sprintf("seccomp(SECCOMP_SET_MODE_FILTER, TSYNC): thread %d has a filter of its own"+
			" (install before other threads install theirs, or without TSYNC)", b.tid)
		if e.Error() != want {
			failf("error %q, want %q", e, want)
		}
		wantError(Options{Flags: abi.FlagTSync | abi.FlagTSyncESRCH}, Error{
			Op:    "seccomp(SECCOMP_SET_MODE_FILTER, TSYNC|TSYNC_ESRCH)",
			Errno: unix.ESRCH,
		}, false)
	})
}

// AllowNewPrivs needs a capability and leaves no_new_privs alone.
func caseAllowNewPrivs() {
	before := current()
	if before.NoNewPrivs != 0 {
		skipf("no_new_privs is set for the test itself, so AllowNewPrivs cannot be told")
	}
	o := Options{AllowNewPrivs: true}
	if !privileged() {
		wantError(o, Error{Op: "seccomp(SECCOMP_SET_MODE_FILTER, 0)", Errno: unix.EACCES}, false)
		return
	}
	if _, err := Filter(refuseGetppid, o); err != nil {
		failf("Filter with AllowNewPrivs: %v", err)
	}
	wantState("after AllowNewPrivs", before.with(1, refused))
}

// The kernel judges the program last, when no_new_privs is set already.
func caseRefusedProgram() {
	want := current()
	want.NoNewPrivs = 1
	for _, insns := range [][]bpf.RawInstruction{
		{{Op: abi.ModeABS, K: abi.DataNr}},                                    // no return
		{{Op: abi.ModeABS, K: abi.DataSize}, {Op: abi.ClassRET}},              // load after the data
		{{Op: abi.ClassJMP | abi.OpJA, K: 1}, {Op: abi.ClassRET}},             // jump after the end
		append(retAllow(abi.MaxInsns-1), bpf.RawInstruction{Op: abi.ModeIMM}), // the same, at full length
	} {
		_, err := Filter(insns, Options{})
		var e *Error
		if !errors.As(err, &e) || e.Errno != unix.EINVAL || errors.Is(err, ErrNotSupported) {
			failf("Filter(%v...) = %v, want EINVAL", insns[0], err)
		}
		wantState("after "+err.Error(), want)
	}
}

// A thread's filters have a budget together.
func caseTooMuchCode() {
	for n := 0; ; n++ {
		_, err := Filter(retAllow(abi.MaxInsns), Options{})
		if err == nil && n < 8 {
			continue // at most: each counts for no less than its own length
		}
		if n < 2 || !errors.Is(err, unix.ENOMEM) {
			failf("Filter %d of %d instructions: %v, want ENOMEM after some", n, abi.MaxInsns, err)
		}
		return
	}
}
