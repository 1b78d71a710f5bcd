package install

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// NEW_LISTENER gives a listener, one at a time.
func caseListener() {
	newThread().do(func() {
		want := current().with(1, refused)
		want.NoNewPrivs = 1
		listener, err := Filter(refuseGetppid, Options{Flags: abi.FlagNewListener})
		if err != nil || listener == nil {
			failf("Filter with NEW_LISTENER = %v, %v", listener, err)
		}
		first := listener.File()
		wantListener(first)
		wantState("with listener", want)
		wantError(Options{Flags: abi.FlagNewListener}, Error{
			Op:    "seccomp(SECCOMP_SET_MODE_FILTER, NEW_LISTENER)",
			Errno: unix.EBUSY,
		}, false)
		if listener.FD() != -1 || listener.File() != nil || listener.Close() != nil {
			failf("a listener after File: descriptor %d", listener.FD())
		}
		if err := first.Close(); err != nil {
			failf("Close of the listener: %v", err)
		}
		if listener, err = Filter(refuseGetppid, Options{Flags: abi.FlagNewListener}); err != nil {
			failf("Filter with NEW_LISTENER after the first was closed: %v", err)
		}
		if err := listener.Close(); err != nil || listener.FD() != -1 || listener.File() != nil {
			failf("Close of the listener: %v, descriptor %d", err, listener.FD())
		}
		if listener, err = Filter(refuseGetppid, Options{Flags: abi.FlagNewListener}); err != nil {
			failf("Filter with NEW_LISTENER after the second was closed: %v", err)
		}
		wantListener(listener.File())
	})
}

func wantListener(f *os.File) {
	if f.Name() != "seccomp-listener" {
		failf("listener's name is %q", f.Name())
	}
	conn, err := f.SyscallConn()
	if err != nil {
		failf("%v", err)
	}
	conn.Control(func(fd uintptr) {
		link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil || link != "anon_inode:seccomp notify" {
			failf("listener is %q, %v, want the seccomp notify inode", link, err)
		}
		if flags, err := unix.FcntlInt(fd, unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			failf("listener's F_GETFD = %#x, %v, want FD_CLOEXEC", flags, err)
		}
		if flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK != 0 {
			failf("listener's F_GETFL = %#x, %v, want blocking mode", flags, err)
		}
	})
}

// What valid flags the kernel lacks, and only those, Filter says; without them
// it installs.
func caseEveryFlag() {
	var flags uint
	for _, f := range abi.Flags {
		flags |= f.Flag
	}
	listener, err := Filter(refuseGetppid, Options{Flags: flags})
	if errors.Is(err, ErrNotSupported) {
		var e *Error
		errors.As(err, &e)
		if e.Lacks == 0 {
			failf("%v: no flag named", err)
		}
		skipf("%v", err)
	}
	if err != nil {
		failf("Filter with all flags: %v", err)
	}
	wantListener(listener.File())
	newThread().do(func() {
		if s := current(); s.Probe != refused {
			failf("other thread's state is %+v, want errno %d", s, refused)
		}
	})
}

// runtimeCalls is what the Go runtime may do on a thread at any time.
var runtimeCalls = []uint32{
	unix.SYS_EXIT_GROUP, unix.SYS_EXIT, unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_SCHED_YIELD,
	unix.SYS_RT_SIGRETURN, unix.SYS_RT_SIGPROCMASK, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_TGKILL,
	unix.SYS_MADVISE, unix.SYS_MUNMAP, unix.SYS_CLONE,
	futexTime64,
}

// futexTime64 is the number of futex_time64, which the newest runtime uses on ABIs of 32 bits;
// others have none by it. exit has the number 1 in all their tables.
const futexTime64 = unix.SYS_EXIT - 1 + 422

// noCore keeps a process that is to be killed from leaving a core file.
func noCore() {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		failf("setrlimit: %v", err)
	}
}

func quiet(flags uint) {
	noCore()
	insns := only(abi.RetKillProcess, runtimeCalls...)
	if _, err := Filter(insns, Options{Flags: flags}); err != nil {
		failf("Filter: %v", err)
	}
	unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
}

// Filter makes no call under the new filter, with a listener neither.
func caseQuiet()         { quiet(0) }
func caseQuietListener() { quiet(abi.FlagNewListener) }

// A locked thread that becomes another program keeps its filter.
func caseExec() {
	newThread().do(func() {
		want := current().with(1, refused)
		want.NoNewPrivs = 1
		os.Setenv(stateEnv, fmt.Sprintf("%+v", want))
		if _, err := Filter(refuseGetppid, Options{}); err != nil {
			failf("Filter: %v", err)
		}
		failf("execve: %v", syscall.Exec(self, os.Args, selftest.Env(executed)))
	})
}

// caseExecuted is the other program.
func caseExecuted() {
	if got, want := fmt.Sprintf("%+v", current()), os.Getenv(stateEnv); got != want {
		failf("after execve: state %s, want %s", got, want)
	}
}

// A command started from the locked goroutine is filtered too.
func caseForkExec() {
	newThread().do(func() {
		want := current().with(1, refused)
		want.NoNewPrivs = 1
		if _, err := Filter(refuseGetppid, Options{}); err != nil {
			failf("Filter: %v", err)
		}
		cmd := exec.Command(self)
		cmd.Env = append(selftest.Env(executed), fmt.Sprintf("%s=%+v", stateEnv, want))
		if out, err := cmd.CombinedOutput(); err != nil {
			failf("command of a filtered thread: %v\n%s", err, out)
		}
	})
}
