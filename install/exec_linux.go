package install

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// become is Exec after its checks.
func become(l *launch) error {
	runtime.LockOSThread()
	j, err := l.prepare()
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	answer, errno := j.leap(nil)
	if !j.installed {
		if j.set.done == 0 {
			runtime.UnlockOSThread()
		}
		_, err := j.set.result(answer, errno)
		return err
	}
	e := refusedExec(l.path, errno)
	e.Installed = true
	return e
}

// A jump is a launch with all that the kernel will read.
type jump struct {
	set        setter
	prog       *unix.SockFprog
	path       *byte
	argv, envv []*byte
	installed  bool // set by leap
}

// prepare does what can be done before the filter is there.
func (l *launch) prepare() (*jump, error) {
	j := &jump{
		prog: program(l.insns),
		path: cString(l.path),
		argv: cStrings(l.argv),
		envv: cStrings(l.env),
	}
	// An execve of nothing changes nothing, but package syscall puts back the
	// limit on open files before, and waits until no thread is being created.
	syscall.Exec("", nil, nil)
	var err error
	before := programs(l.o.Before)
	j.set, err = prepare(l.o)
	j.set.before = before
	return j, err
}

// cString returns a string as the kernel reads it; check has refused what it would
// cut off.
func cString(s string) *byte {
	return &append([]byte(s), 0)[0]
}

// cStrings returns a list of them with its end.
func cStrings(list []string) []*byte {
	p := make([]*byte, len(list)+1)
	for i, s := range list {
		p[i] = cString(s)
	}
	return p
}

// A relay is where a thread that may make no call any more tells another one how
// it goes on.
type relay struct {
	listener word // 1 more than the descriptor
	taken    word // by the other thread, if not 0
	refused  word // 1 more than the errno of execve
	partial  word // how many filters are there, and in the low 16 bits the errno of the next
}

// A word is all that two threads tell each other: nothing else is to be seen
// before or after it, so the memory need not be ordered. Under the race detector,
// sync/atomic waits for locks by system calls; these functions are loads and stores
// that are neither left out nor seen by it.
type word uint32

//go:noinline
//go:nosplit
//go:norace
func (w *word) load() uint32 { return uint32(*w) }

//go:noinline
//go:nosplit
//go:norace
func (w *word) store(n uint32) { *w = word(n) }

// leap installs the filters and executes the program, and returns only if one of
// both was refused; j.installed says which. In between it makes no call. Nor does
// the runtime, as a function with go:nosplit has no point at which a goroutine can
// be preempted (cmd/compile, liveness.allUnsafe). syscall.Exec would have, and
// would allocate.
//
// With a relay it does not return once a filter is there.
//
//go:nosplit
//go:norace
func (j *jump) leap(to *relay) (uintptr, syscall.Errno) {
	r, errno := j.set.install(j.prog)
	if errno != 0 || j.set.done < len(j.set.before) {
		if to != nil && j.set.done > 0 {
			to.partial.store(uint32(j.set.done)<<16 | uint32(errno))
			for to.partial.load() != 0 { // for ever: the other thread ends the process
			}
		}
		return r, errno
	}
	j.installed = true
	if to != nil && j.set.flags&abi.FlagNewListener != 0 {
		to.listener.store(uint32(r) + 1)
		for to.taken.load() == 0 {
		}
	}
	_, _, errno = unix.RawSyscall(unix.SYS_EXECVE,
		uintptr(unsafe.Pointer(j.path)),
		uintptr(unsafe.Pointer(&j.argv[0])),
		uintptr(unsafe.Pointer(&j.envv[0])))
	if to != nil {
		to.refused.store(uint32(errno) + 1)
		for to.refused.load() != 0 { // for ever: the other thread ends the process
		}
	}
	return r, errno
}

// refusedExec is the error of execve.
func refusedExec(path string, errno syscall.Errno) *Error {
	op := "execve(" + path + ")"
	if errno == 0 {
		return pretended(op)
	}
	e := &Error{Op: op, Errno: errno, Advice: "the filter or an outer one may refuse execve"}
	for _, a := range execAdvice {
		if a.errno == errno {
			e.Advice = a.text
		}
	}
	return e
}

// execAdvice is what the errnos of execve mean, if they are the kernel's
// (fs/exec.c, do_execveat_common).
var execAdvice = []struct {
	errno syscall.Errno
	text  string
}{
	{unix.ENOENT, "there is no such file, or not the interpreter that it names"},
	{unix.ENOTDIR, "the path leads through a file"},
	{unix.EACCES, "no execute permission on the file, or none to search a directory on the way; or the filter refuses execve"},
	{unix.EPERM, "the filter refuses execve: allow it"},
	{unix.ENOSYS, "the filter refuses execve: allow it"},
	{unix.ENOEXEC, "no program of this machine, nor a script that begins with #!"},
	{unix.E2BIG, "arguments and environment are too long: see getconf ARG_MAX"},
	{unix.ETXTBSY, "the file is open for writing"},
	{unix.ELOOP, "too many symbolic links or interpreters"},
	{unix.ENOMEM, "out of memory"},
	{unix.EAGAIN, "the user has more processes than RLIMIT_NPROC"},
}
