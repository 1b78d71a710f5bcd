package install

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// TestThreadsChecksFirst: what is not a process ID, or not one of a process, is an error.
func TestThreadsChecksFirst(t *testing.T) {
	for _, pid := range []int{0, -1, math.MinInt, math.MaxInt32} {
		n := 0
		for th, err := range Threads(pid) {
			n++
			if !errors.Is(err, syscall.ESRCH) || th.ID != pid {
				t.Errorf("Threads(%d) yields %v, %v, want its ID and ESRCH", pid, th, err)
			}
		}
		if n != 1 {
			t.Errorf("Threads(%d) yields %d times, want 1", pid, n)
		}
	}
}

// Each thread has its own filters, also those that start meanwhile.
func caseThreads() {
	if !privileged() {
		return // Filters is refused
	}
	t := newTarget(targeted, 1)
	defer t.end()
	got := map[int][]Installed{}
	for th, err := range Threads(t.pid) {
		if err != nil {
			failf("Threads: %v", err)
		}
		if got[th.ID] != nil {
			failf("Threads yields thread %d twice", th.ID)
		}
		got[th.ID] = th.Filters
	}
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", t.pid))
	if err != nil || len(got) < len(entries) {
		failf("Threads yields %d threads of %d, %v", len(got), len(entries), err)
	}
	for tid, n := range map[int]int{t.pid: 1, t.other: 2} {
		if diff := cmp.Diff(targetFilters[:n], got[tid]); diff != "" {
			failf("the filters of thread %d (-want +got):\n%s", tid, diff)
		}
	}
	n := 0
	for range Threads(t.pid) {
		n++
		break
	}
	if n != 1 {
		failf("after a break Threads has yielded %d threads", n)
	}
	t.wantAlive()
}

// A zombie has no threads, which is not the same as threads without filters.
func caseThreadsEnded() {
	cmd := exec.Command("/bin/true")
	if err := cmd.Start(); err != nil {
		failf("%v", err)
	}
	defer cmd.Wait()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		failf("%v", err)
	}
	var list []Thread
	var errs []error
	for th, err := range Threads(cmd.Process.Pid) {
		list, errs = append(list, th), append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], unix.ESRCH) || list[0].ID != cmd.Process.Pid {
		failf("Threads of a zombie yields %v, %v, want ESRCH", list, errs)
	}
}

// headless is a target whose first thread ends, and others do not.
const headless = "headless"

func caseHeadless() {
	onFirstThread(func() {
		fmt.Println(unix.Gettid())
		unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
	})
}

// onFirstThread calls f on the first thread of the process. It holds other threads meanwhile.
func onFirstThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		f()
		return
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		onFirstThread(f)
	}()
	<-done
}

// The first thread can end before the others, which still count.
func caseThreadsHeadless() {
	if !privileged() {
		return
	}
	t := newTarget(headless, 1)
	defer t.Wait()
	defer unix.Kill(t.pid, unix.SIGKILL)
	for {
		s, err := statusOf(t.pid)
		if err != nil {
			failf("%v", err)
		}
		if s.state[0] == 'Z' {
			break
		}
	}
	var ids []int
	for th, err := range Threads(t.pid) {
		if err != nil {
			failf("Threads: %v", err)
		}
		ids = append(ids, th.ID)
	}
	if len(ids) == 0 || slices.Contains(ids, t.pid) {
		failf("Threads of a process without its first thread %d yields %v", t.pid, ids)
	}
}
