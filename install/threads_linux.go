package install

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// threadRounds is how often threads looks for new threads of a process. One whose threads
// do not start others takes two rounds.
const threadRounds = 20

// threads is Threads after its check.
func threads(pid int) iter.Seq2[Thread, error] {
	return func(yield func(Thread, error) bool) {
		seen, alive := make(map[int]bool), false
		for range threadRounds {
			list, err := newThreads(pid, seen)
			if err == nil && len(list) == 0 && !alive {
				err = endedProcess(pid, nil)
			}
			if err != nil {
				yield(Thread{ID: pid}, err)
				return
			}
			if len(list) == 0 {
				return
			}
			for _, tid := range list {
				seen[tid] = true
				installed, err := filters(tid)
				if err != nil && hasEnded(pid, tid) {
					continue
				}
				if !yield(Thread{tid, installed}, err) || err != nil {
					return
				}
				alive = true
			}
		}
		yield(Thread{ID: pid}, &Error{
			Op:     "install.Threads",
			Errno:  unix.ETIMEDOUT,
			Fault:  fmt.Sprintf("process %d starts new threads all the time", pid),
			Advice: "stop it by SIGSTOP meanwhile",
		})
	}
}

// newThreads returns the threads of a process that are not seen yet, by ID.
func newThreads(pid int, seen map[int]bool) (list []int, err error) {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, endedProcess(pid, err)
	}
	for _, entry := range entries {
		if tid, err := strconv.Atoi(entry.Name()); err == nil && !seen[tid] {
			list = append(list, tid)
		}
	}
	slices.Sort(list)
	return list, nil
}

// hasEnded reports whether a thread of a process has ended. The first one stays in /proc as
// a zombie while others run, and cannot be traced.
func hasEnded(pid, tid int) bool {
	s, err := readStatus(fmt.Sprintf("/proc/%d/task/%d/status", pid, tid))
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || strings.HasPrefix(s.state, "Z") || strings.HasPrefix(s.state, "X")
}

// endedProcess is the error for a process without threads, or whose threads cannot be
// listed because of err.
func endedProcess(pid int, err error) *Error {
	e := &Error{Op: fmt.Sprintf("readdir /proc/%d/task", pid), Errno: unix.ESRCH}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		errors.As(err, &e.Errno)
	}
	if e.Errno == unix.ESRCH {
		e.Advice = "the process has ended, or /proc is not mounted"
	}
	return e
}
