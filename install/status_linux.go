package install

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A status is what /proc says of a thread.
type status struct {
	state      string // "Z (zombie)"
	tracer     int    // the thread that traces it, 0 for none
	mode       int    // of seccomp: unix.SECCOMP_MODE_FILTER
	filters    int    // how many, -1 before Linux 5.9
	noNewPrivs int    // 0 or 1, -1 before Linux 4.10
}

// statusOf reads /proc/TID/status.
func statusOf(tid int) (status, error) {
	return readStatus(fmt.Sprintf("/proc/%d/status", tid))
}

// readStatus reads such a file (fs/proc/array.c, proc_pid_status).
func readStatus(name string) (status, error) {
	s := status{mode: -1, filters: -1, noNewPrivs: -1}
	text, err := os.ReadFile(name)
	if err != nil {
		e := refusedCall("read "+name, err)
		if e.Errno == unix.ENOENT || e.Errno == unix.ESRCH {
			e.Advice = "the thread has ended, or /proc is not mounted"
		}
		return s, e
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "State":
			s.state = value
		case "TracerPid":
			s.tracer, err = strconv.Atoi(value)
		case "NoNewPrivs":
			s.noNewPrivs, err = strconv.Atoi(value)
		case "Seccomp":
			s.mode, err = strconv.Atoi(value)
		case "Seccomp_filters":
			s.filters, err = strconv.Atoi(value)
		}
		if err != nil {
			return s, &Error{Op: "read " + name, Fault: err.Error()}
		}
	}
	if s.mode < 0 {
		return s, &Error{Op: "read " + name, Fault: "no line Seccomp", Advice: "the kernel is older than Linux 3.8 or built without CONFIG_SECCOMP", Since: Release{3, 8}, Cause: ErrNotSupported}
	}
	return s, nil
}

// threadState is Status.
func threadState() (State, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const name = "/proc/thread-self/status"
	s, err := readStatus(name)
	var e *Error
	if errors.As(err, &e) && e.Errno == unix.ENOENT {
		err = without(e.Op, e.Errno, Release{3, 17}, "the kernel is older than Linux 3.17, or /proc is not mounted")
	}
	if err != nil {
		return State{}, err
	}
	if s.noNewPrivs < 0 {
		r, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0, 0)
		if errno != 0 {
			return State{}, &Error{Op: "prctl(PR_GET_NO_NEW_PRIVS)", Errno: errno, Advice: outerAdvice}
		}
		s.noNewPrivs = int(r)
	}
	if s.mode == unix.SECCOMP_MODE_DISABLED {
		s.filters = 0
	}
	return State{Mode: s.mode, Filters: s.filters, NoNewPrivs: s.noNewPrivs == 1}, nil
}
