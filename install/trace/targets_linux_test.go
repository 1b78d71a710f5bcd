package trace

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// targets are what cases trace.
var targets = map[string]func(){
	"threads":   targetThreads,
	"fork":      targetFork,
	"exec":      targetExec,
	"executed":  func() { makeMarked(10); os.Exit(9) },
	"stop":      targetStop,
	"busy":      targetBusy,
	"signals":   targetSignals,
	"yield":     targetYield,
	"leaderend": targetLeaderEnd,
	"kill":      targetKill,
	"filter":    targetFilter,
	"tracing":   targetTracing,
	"calls":     targetCalls,
	"reads":     targetReads,
	"waits":     targetWaits,
}

const manyThreads = 64

// manyCalls are those of a thread.
var manyCalls int

func init() {
	selftest.IntVar(&manyCalls, "calls", 1000, 1, "how many marked `calls` a thread makes")
}

// onThreads calls f on n threads at the same time.
func onThreads(n int, f func(i int)) {
	var wg sync.WaitGroup
	ready := make(chan bool)
	for i := range n {
		wg.Go(func() {
			runtime.LockOSThread() // and ends it
			<-ready
			f(i)
		})
	}
	close(ready)
	wg.Wait()
}

func targetThreads() { onThreads(manyThreads, func(int) { makeMarked(manyCalls) }) }

// targetFork makes processes as package os does, with CLONE_VFORK, and by clone3 and
// fork alone, which make marked calls.
func targetFork() {
	for range 5 {
		wantStatus("child", target("executed").Run(), 9)
	}
	args := struct {
		flags, pidfd, childTID, parentTID, exitSignal uint64
		rest                                          [6]uint64
	}{exitSignal: uint64(unix.SIGCHLD)}
	for range 5 {
		var status unix.WaitStatus
		pid, errno := forkMarked(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args))
		if errno != 0 {
			failf("clone3: %v", errno)
		}
		_, err := unix.Wait4(int(pid), &status, 0, nil)
		if err != nil || status.ExitStatus() != 5 {
			failf("clone3: status %#x, %v", status, err)
		}
	}
}

// forkMarked makes a process that makes marked calls.
//
//go:norace
//go:nosplit
func forkMarked(nr, a0, a1 uintptr) (uintptr, syscall.Errno) {
	pid, _, errno := unix.RawSyscall(nr, a0, a1, 0)
	if pid == 0 && errno == 0 {
		makeMarked(10)
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 5, 0, 0)
		}
	}
	return pid, errno
}

// targetExec executes another program from a thread that is not the first.
func targetExec() {
	onThreads(manyThreads, func(i int) {
		makeMarked(10)
		if i == manyThreads/2 {
			syscall.Exec(selftest.Self, []string{selftest.Self}, selftest.Env("executed"))
			failf("execve has failed")
		}
		time.Sleep(time.Hour)
	})
}

// targetBusy makes calls on several threads until it is killed.
func targetBusy() {
	onThreads(4, func(i int) {
		makeMarked(1)
		if i == 0 {
			os.Stdout.Write([]byte{'x'})
		}
		for {
			makeMarked(10)
			time.Sleep(time.Millisecond)
		}
	})
}

// targetStop stops and continues its child, and prints what waitid(2) says.
func targetStop() {
	cmd := target("busy")
	must("start", cmd.Start())
	pid := cmd.Process.Pid
	wait := func(what string, options int) {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, options, nil)
		fmt.Printf("%s: %#x %v\n", what, uint32(status), err)
	}
	for _, stop := range []unix.Signal{unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGSTOP} {
		time.Sleep(20 * time.Millisecond)
		unix.Kill(pid, stop)
		wait("stop", unix.WUNTRACED)
		time.Sleep(20 * time.Millisecond)
		stopped := contextSwitches(pid)
		time.Sleep(20 * time.Millisecond)
		fmt.Println("it runs although it has stopped:", contextSwitches(pid) != stopped)
		unix.Kill(pid, unix.SIGCONT)
		wait("continue", unix.WCONTINUED)
	}
	unix.Kill(pid, unix.SIGSTOP)
	wait("stop", unix.WUNTRACED)
	unix.Kill(pid, unix.SIGKILL)
	wait("kill", 0)
}

// contextSwitches returns how often the threads of a process have run.
func contextSwitches(pid int) string {
	out, err := exec.Command("sh", "-c", "grep -h ctxt_switches /proc/"+strconv.Itoa(pid)+"/task/*/status").Output()
	must("context switches", err)
	return string(out)
}

// targetSignals sends signals to a thread that makes calls, which its handler has the
// kernel restart or not, and prints what the calls return.
func targetSignals() {
	for _, restart := range []bool{true, false} {
		restartSignal(unix.SIGUSR1, restart)
		var r [2]int
		must("pipe", unix.Pipe2(r[:], unix.O_CLOEXEC))
		var tid atomic.Int32
		var stop atomic.Bool
		sent := make(chan bool)
		go func() {
			for !stop.Load() {
				if tid := tid.Load(); tid != 0 {
					unix.Tgkill(unix.Getpid(), int(tid), unix.SIGUSR1)
				}
				time.Sleep(200 * time.Microsecond)
			}
			close(sent)
		}()
		onThreads(1, func(int) {
			tid.Store(int32(unix.Gettid()))
			failed := 0
			for range 5 * manyCalls {
				if _, _, errno := unix.RawSyscall(marked, mark, 0, 0); errno != 0 {
					failed++
				}
			}
			fmt.Printf("restart %t: getppid fails %d times\n", restart, failed)
			time.AfterFunc(100*time.Millisecond, func() { unix.Write(r[1], []byte{7}) })
			var b [1]byte
			n, _, errno := unix.Syscall(unix.SYS_READ, uintptr(r[0]), uintptr(unsafe.Pointer(&b)), 1)
			fmt.Printf("restart %t: read returns %d, %v\n", restart, int(n), errno)
			pause := unix.Timespec{Sec: 10}
			_, _, errno = unix.Syscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
			fmt.Printf("restart %t: nanosleep: %v\n", restart, errno)
			stop.Store(true)
			<-sent
		})
	}
}

// restartSignal sets or clears SA_RESTART of the runtime's handler.
func restartSignal(n unix.Signal, restart bool) {
	changeFlags(n, func(flags sigFlags) sigFlags {
		if restart {
			return flags | saRestart
		}
		return flags &^ saRestart
	})
	if a, ok := actionOf(n); !ok || (a.flags&saRestart != 0) != restart {
		failf("rt_sigaction: flags %#x", a.flags)
	}
}

// targetYield has threads that make calls until the first one, which the kernel tells of
// last, has made its own.
func targetYield() {
	const threads = 8
	runtime.GOMAXPROCS(2 * threads) // so that the kernel alone says which one runs
	var started atomic.Int32
	var done atomic.Bool
	for range threads {
		go func() {
			runtime.LockOSThread()
			started.Add(1)
			for !done.Load() {
				unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
			}
		}()
	}
	for started.Load() < threads {
		time.Sleep(time.Millisecond)
	}
	makeMarked(manyCalls)
	done.Store(true)
}

// targetLeaderEnd ends its first thread before the others.
func targetLeaderEnd() {
	runtime.GOMAXPROCS(4)
	first := unix.Getpid()
	go func() {
		runtime.LockOSThread()
		for {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", first))
			if len(text) > 0 && string(text[len(fmt.Sprint(first)):])[1] == '(' && containsZombie(string(text)) {
				break
			}
			time.Sleep(time.Millisecond)
		}
		makeMarked(manyCalls)
		unix.Exit(6)
	}()
	time.Sleep(10 * time.Millisecond)
	for {
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	}
}

// containsZombie reports whether a line of /proc/PID/stat has the state Z.
func containsZombie(stat string) bool {
	for i := len(stat) - 1; i >= 0; i-- {
		if stat[i] == ')' {
			return len(stat) > i+2 && stat[i+2] == 'Z'
		}
	}
	return false
}

// targetKill kills children while they make calls.
func targetKill() {
	for i := range 20 {
		cmd := target("busy")
		out, err := cmd.StdoutPipe()
		must("pipe", err)
		must("start", cmd.Start())
		_, err = out.Read(make([]byte, 1))
		must("read", err)
		time.Sleep(time.Duration(i) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		if s := cmd.ProcessState.Sys().(syscall.WaitStatus); s != syscall.WaitStatus(unix.SIGKILL) {
			failf("status %#x of a killed child", uint32(s))
		}
	}
}

// targetFilter makes marked calls before and under a filter of its own, which refuses them.
func targetFilter() {
	makeMarked(10)
	_, err := install.Filter([]bpf.RawInstruction{
		{Op: abi.ModeABS, K: abi.DataNr},
		{Op: abi.ClassJMP | abi.OpJEQ, Jf: 1, K: marked},
		{Op: abi.ClassRET, K: abi.RetErrno | uint32(unix.EDOM)},
		{Op: abi.ClassRET, K: abi.RetAllow},
	}, install.Options{})
	must("Filter", err)
	for range 10 {
		if _, _, errno := unix.RawSyscall(marked, mark, 0, 0); errno != unix.EDOM {
			failf("the call under the filter: %v", errno)
		}
	}
}

// targetTracing is a tracer that is killed.
func targetTracing() {
	cmd := exec.Command("sh", "-c", "sleep 1000 & echo $$ $!; wait")
	cmd.Stdout = os.Stdout
	_, err := traced(cmd)
	failf("it has ended: %v", err)
}

// callsEnv is how many calls the target of BenchmarkCall makes.
const callsEnv = "SECCOMPILE_TRACE_TEST_CALLS"

func targetCalls() {
	n, err := strconv.Atoi(os.Getenv(callsEnv))
	must("number of calls", err)
	makeMarked(n)
}
