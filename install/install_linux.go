package install

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// filter is Filter after check. It holds the goroutine on one thread. The listener
// is allocated beforehand: an allocation can make calls.
func filter(insns []bpf.RawInstruction, o Options) (*Listener, error) {
	prog, listener := program(insns), &Listener{}
	before := programs(o.Before)
	runtime.LockOSThread()
	fd, filtered, err := installOnThread(prog, before, o)
	if !filtered || o.Flags&abi.FlagTSync != 0 {
		runtime.UnlockOSThread()
	}
	if fd < 0 {
		return nil, err
	}
	listener.next = fd + 1
	return listener, err
}

func closeDescriptor(fd int) error { return unix.Close(fd) }

// program allocates what the kernel will read, before the first call.
func program(insns []bpf.RawInstruction) *unix.SockFprog {
	code := make([]unix.SockFilter, len(insns))
	for i, in := range insns {
		code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	return &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
}

// programs is program for several.
func programs(list [][]bpf.RawInstruction) (progs []*unix.SockFprog) {
	for _, insns := range list {
		progs = append(progs, program(insns))
	}
	return progs
}

// installOnThread does the calls, in the order that Filter documents, and
// returns the listener's descriptor or -1, and whether the thread has got a filter. All calls must come from one thread.
// They are raw: the scheduler does not know of them, so that it neither hands
// the processor on nor, by taking it back, makes calls of its own under the new
// filter.
func installOnThread(prog *unix.SockFprog, before []*unix.SockFprog, o Options) (listener int, filtered bool, err error) {
	set, err := prepare(o)
	if err != nil {
		return -1, false, err
	}
	set.before = before
	r, errno := set.install(prog)
	listener, err = set.result(r, errno)
	return listener, err == nil || set.done > 0, err
}

// prepare does what comes before the installation and finds the call for it.
func prepare(o Options) (setter, error) {
	set, err := probe(o.Flags)
	if err == nil && o.Bounding != nil {
		err = setBounding(o.Bounding)
	}
	if err == nil && !o.AllowNewPrivs {
		err = setNoNewPrivs()
	}
	set.newPrivs = o.AllowNewPrivs
	return set, err
}

// A setter is a call that installs a filter, but for its last argument, the
// program.
type setter struct {
	prctl    bool    // by prctl(2), whose second argument is a mode, else by seccomp(2), with flags
	a1       uintptr // the argument before the program
	flags    uint
	op       string
	newPrivs bool // no_new_privs is left alone

	before  []*unix.SockFprog // to be installed first
	done    int               // how many of them are installed; set by install
	feigned bool              // one of them answers the next installation with success; set by install
}

// ofListener are the flags of the one filter that can have a listener.
const ofListener = abi.FlagNewListener | abi.FlagWaitKillableRecv

func bySeccomp(flags uint) setter {
	return setter{a1: uintptr(flags), flags: flags, op: "seccomp(SECCOMP_SET_MODE_FILTER, " + flagString(flags) + ")"}
}

// byPrctl is the call of kernels older than seccomp(2). It has no flags:
// kernel/seccomp.c:prctl_set_seccomp passes 0.
var byPrctl = setter{prctl: true, a1: abi.ModeFilter, op: "prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER)"}

// install makes the call for the programs before, and for prog. It stops at the first that
// is refused.
//
//go:nosplit
//go:norace
func (s *setter) install(prog *unix.SockFprog) (uintptr, syscall.Errno) {
	flags := s.a1
	if !s.prctl {
		s.a1 &^= ofListener
	}
	for s.done < len(s.before) {
		r, errno := s.call(s.before[s.done])
		if errno != 0 || r != 0 { // with TSYNC it is a thread
			return r, errno
		}
		s.done++
		// The filter may answer the next call in the kernel's place. The kernel answers a
		// call without a program with EFAULT.
		if r, errno := s.call(nil); errno == 0 {
			s.feigned = true
			return r, errno
		}
	}
	s.a1 = flags
	return s.call(prog)
}

// call makes the call. Its number is a constant at each place, which "seccompile needs" reads.
//
//go:nosplit
//go:norace
func (s *setter) call(prog *unix.SockFprog) (r uintptr, errno syscall.Errno) {
	if s.prctl {
		r, _, errno = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, s.a1, uintptr(unsafe.Pointer(prog)))
	} else {
		r, _, errno = unix.RawSyscall(unix.SYS_SECCOMP, abi.SetModeFilter, s.a1, uintptr(unsafe.Pointer(prog)))
	}
	runtime.KeepAlive(prog)
	return r, errno
}

// result says what an answer means, which depends on the flags
// (kernel/seccomp.c, seccomp_set_mode_filter and seccomp_attach_filter). With
// TSYNC alone it is 0 or a thread; with NEW_LISTENER, which check lets come with
// TSYNC only if TSYNC_ESRCH does, it is the listener, else -1 is returned.
func (s *setter) result(r uintptr, errno syscall.Errno) (listener int, err error) {
	flags, op := s.flags, s.op
	if s.done < len(s.before) && !s.prctl {
		flags &^= ofListener
		op = bySeccomp(flags).op
	}
	switch {
	case s.feigned:
		e := pretended(op)
		e.Before, e.Advice = s.done, "a filter of Before answers in the kernel's place: it must allow seccomp and prctl"
		return -1, e
	case errno != 0:
		e := &Error{Op: op, Errno: errno, Before: s.done, Advice: adviceFor(errno, requested{flags, s.newPrivs})}
		if s.done > 0 && e.Advice == outerAdvice {
			e.Advice = ownAdvice
		}
		return -1, e
	case flags&abi.FlagNewListener != 0:
		return int(r), nil
	case flags&abi.FlagTSync != 0 && r != 0:
		return -1, &Error{Op: op, Errno: unix.ESRCH, Thread: int(r), Before: s.done, Advice: tsyncAdvice}
	case s.done < len(s.before):
		return -1, pretended(op)
	}
	return -1, nil
}

// setNoNewPrivs sets no_new_privs on the calling thread and looks whether it
// is set: a process with CAP_SYS_ADMIN would not learn it from seccomp(2) if
// an outer filter had answered instead of the kernel. If the question itself
// is refused, the first answer counts (kernel/sys.c, prctl).
func setNoNewPrivs() error {
	const op = "prctl(PR_SET_NO_NEW_PRIVS, 1)"
	if _, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		e := &Error{Op: op, Errno: errno, Advice: outerAdvice}
		if errno == unix.EINVAL {
			e.Advice = "the kernel is older than Linux 3.5"
			e.Since, e.Cause = firstFilters, ErrNotSupported
		}
		return e
	}
	r, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0, 0)
	if errno == 0 && r != 1 {
		return pretended(op)
	}
	return nil
}
