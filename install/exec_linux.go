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
	answer, errno := j.exec(nil)
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

// An execCall is a launch with all memory that the kernel will read.
type execCall struct {
	set        setter
	prog       *unix.SockFprog
	path       *byte
	argv, envv []*byte
	installed  bool // set by exec
}

// prepare does everything that can be done before the filter is installed.
func (l *launch) prepare() (*execCall, error) {
	j := &execCall{
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

// cStrings returns a list of such strings with a terminating nil.
func cStrings(list []string) []*byte {
	p := make([]*byte, len(list)+1)
	for i, s := range list {
		p[i] = cString(s)
	}
	return p
}

// A mailbox is memory in which a thread that can make no more calls reports its progress
// to another thread.
type mailbox struct {
	listener cell // the descriptor plus 1
	taken    cell // not 0 if the other thread has taken the listener
	refused  cell // the errno of execve plus 1
	partial  cell // in the high 16 bits the number of installed filters, in the low 16 bits the errno of the next one
}

// A cell holds one number that a thread tells another. The threads share nothing else
// before or after it, so the memory need not be ordered. Under the race detector,
// sync/atomic makes system calls to wait for locks. The methods of cell are plain loads
// and stores, which the compiler keeps and the race detector does not see.
type cell uint32

//go:noinline
//go:nosplit
//go:norace
func (w *cell) load() uint32 { return uint32(*w) }

//go:noinline
//go:nosplit
//go:norace
func (w *cell) store(n uint32) { *w = cell(n) }

// exec installs the filters and executes the program. It returns only if one of these is
// refused; j.installed says which. It makes no call in between. The runtime makes none
// either, since goroutines are not preempted in a function with go:nosplit (cmd/compile,
// liveness.allUnsafe). syscall.Exec can be preempted, and allocates.
//
// With a mailbox, exec does not return once a filter is installed.
//
//go:nosplit
//go:norace
func (j *execCall) exec(to *mailbox) (uintptr, syscall.Errno) {
	r, errno := j.set.install(j.prog)
	if errno != 0 || j.set.done < len(j.set.before) {
		if to != nil && j.set.done > 0 {
			to.partial.store(uint32(j.set.done)<<16 | uint32(errno))
			for to.partial.load() != 0 { // forever: the other thread ends the process
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
		for to.refused.load() != 0 { // forever: the other thread ends the process
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
	{unix.EACCES, "no execute permission on the file, or no search permission on a directory of its path; or the filter refuses execve"},
	{unix.EPERM, "the filter refuses execve: allow it"},
	{unix.ENOSYS, "the filter refuses execve: allow it"},
	{unix.ENOEXEC, "neither a program for this machine nor a script that begins with #!"},
	{unix.E2BIG, "arguments and environment are too long: see getconf ARG_MAX"},
	{unix.ETXTBSY, "the file is open for writing"},
	{unix.ELOOP, "too many symbolic links or interpreters"},
	{unix.ENOMEM, "out of memory"},
	{unix.EAGAIN, "the user has more processes than RLIMIT_NPROC"},
}
