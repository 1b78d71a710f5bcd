package trace

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strconv"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// targetEnv is which target the parent starts, or the process to which a tracer attaches.
const targetEnv = "SECCOMPILE_TRACE_TEST_TARGET"

// starters start targets, or attach to them.
var starters = map[string]func(){
	"parent":    targetParent,
	"later":     targetLater,
	"attaching": targetAttaching,
}

// targetParent starts another target, tells its ID, and prints its status.
func targetParent() {
	name := os.Getenv(targetEnv)
	cmd := target("later", targetEnv+"="+name)
	if name == "shell" {
		cmd = exec.Command("sh", "-c", "read line; case $line in /*) $line;; esac; for i in 1 2 3; do echo $i | cat; done; trap 'echo caught' TERM; kill $$; exit 3")
	}
	cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
	const id = 3 // startApart's
	unix.CloseOnExec(id)
	must("start", cmd.Start())
	fmt.Fprintln(os.NewFile(id, "id"), cmd.Process.Pid)
	cmd.Wait()
	fmt.Println("status", cmd.ProcessState.ExitCode())
}

// targetLater is a target that begins when it gets a byte, or at once if it reads itself.
func targetLater() {
	name := os.Getenv(targetEnv)
	if name != "reads" && name != "waits" && name != "busy" {
		if n, errno := readByte(); n != 1 {
			failf("read returns %d, %v", n, errno)
		}
	}
	targets[name]()
}

// readByte reads from the standard input and waits in that call.
func readByte() (int, syscall.Errno) {
	var b [1]byte
	n, _, errno := unix.Syscall(unix.SYS_READ, 0, uintptr(unsafe.Pointer(&b)), 1)
	return int(n), errno
}

// targetReads has 8 threads that make marked calls for each byte, and prints how many.
func targetReads() {
	var made, failed atomic.Int32
	onThreads(8, func(int) {
		for {
			n, errno := readByte()
			switch {
			case errno != 0:
				failed.Add(1)
			case n == 0:
				return
			default:
				makeMarked(manyCalls)
				made.Add(int32(manyCalls))
			}
		}
	})
	fmt.Printf("%d marked calls, reads failed %d times\n", made.Load(), failed.Load())
	os.Exit(9)
}

// targetWaits waits in several calls for the end of the input, and prints how often they
// were interrupted.
func targetWaits() {
	epoll, err := unix.EpollCreate1(0)
	must("epoll", err)
	must("epoll", unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, 0, &unix.EpollEvent{Events: unix.EPOLLIN}))
	var ended uint32 // a futex
	forever := func(nr, a0, a1, a2, a3 uintptr) syscall.Errno {
		_, _, errno := unix.Syscall6(nr, a0, a1, a2, a3, 0, 0)
		return errno
	}
	calls := map[string]func() syscall.Errno{
		"read": func() syscall.Errno { _, errno := readByte(); return errno },
		"ppoll": func() syscall.Errno {
			fd := unix.PollFd{Events: unix.POLLIN}
			return forever(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fd)), 1, 0, 0)
		},
		"epoll_pwait": func() syscall.Errno {
			var e unix.EpollEvent
			return forever(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&e)), 1, ^uintptr(0))
		},
		"futex": func() syscall.Errno {
			const wait = 0
			errno := forever(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&ended)), wait, 0, 0)
			if errno == unix.EAGAIN { // it has ended
				return 0
			}
			return errno
		},
		"nanosleep": func() syscall.Errno {
			var errno syscall.Errno
			for errno == 0 && atomic.LoadUint32(&ended) == 0 {
				t := unix.Timespec{Nsec: 20e6}
				errno = forever(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0, 0)
			}
			return errno
		},
	}
	var names []string
	for name := range calls {
		names = append(names, name)
	}
	sort.Strings(names)
	lines := make([]string, len(names))
	onThreads(len(names), func(i int) {
		// Without the signals by which the runtime preempts goroutines, nothing but the
		// tracer interrupts.
		var all unix.Sigset_t
		for i := range all.Val {
			all.Val[i] = ^all.Val[i]
		}
		must("mask", unix.PthreadSigmask(unix.SIG_BLOCK, &all, nil))
		interrupted := 0
		for {
			errno := calls[names[i]]()
			if errno == 0 {
				break
			}
			if errno != unix.EINTR {
				failf("%s: %v", names[i], errno)
			}
			interrupted++
		}
		lines[i] = fmt.Sprintf("%s: EINTR %d times", names[i], interrupted)
		if names[i] == "read" {
			atomic.StoreUint32(&ended, 1)
			const wake = 1
			unix.RawSyscall6(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&ended)), wake, 1000, 0, 0, 0)
		}
	})
	for _, line := range lines {
		fmt.Println(line)
	}
}

// targetAttaching attaches to a process, says when that waits for its input, and is killed
// in the middle of its calls.
func targetAttaching() {
	pid, err := strconv.Atoi(os.Getenv(targetEnv))
	must("ID", err)
	n := 0
	err = Attach(context.Background(), pid, func(c *Call) {
		if c.Nr == unix.SYS_READ && n == 0 {
			os.Stdout.Write([]byte{'x'})
		}
		if c.Nr == marked && c.Args[0] == mark {
			if n++; n == 1000 {
				unix.Kill(unix.Getpid(), unix.SIGKILL)
			}
		}
	})
	failf("Attach: %v", err)
}
