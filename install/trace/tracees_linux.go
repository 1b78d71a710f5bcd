package trace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// tracees are the traced threads and their processes, by their IDs. All methods but kill
// are for the tracing thread.
type tracees struct {
	threads map[int]*process
	last    *process // the last one that was looked up

	outlived bool // they go on when the tracer ends, instead of being killed

	mu        sync.Mutex       // holds off kill
	processes map[int]*process // none that has been waited for
	killing   bool             // whatever comes, too
}

// A process is one that has traced threads.
type process struct {
	pid        int
	threads    int
	executable string
	hasRead    bool // executable
}

// of returns the process of a tracee, which has stopped. One that comes by fork or clone
// shows itself by its first stop, before or after that of its creator. It is nil if the
// thread has been killed, which it is after an error unless the tracer is outlived.
func (t *tracees) of(tid int) (*process, error) {
	p := t.threads[tid]
	if p == nil {
		pid := 0
		switch {
		case isThread(tid, tid):
			pid = tid
		case t.last != nil && isThread(t.last.pid, tid):
			pid = t.last.pid
		default:
			var err error
			if pid, err = processOf(tid); pid == 0 {
				if !t.outlived {
					unix.Kill(tid, unix.SIGKILL)
				}
				return nil, err
			}
		}
		p = t.add(tid, pid)
	}
	t.last = p
	return p, nil
}

// isThread reports whether a process has the thread. EPERM is an answer about one that
// exists (kernel/signal.c, do_send_specific).
func isThread(pid, tid int) bool { return unix.Tgkill(pid, tid, 0) != unix.ESRCH }

// processOf asks /proc, which install.StartTraced or seizeAll has seen to be of this PID
// namespace. It returns 0 if the thread has ended.
func processOf(tid int) (int, error) {
	s, err := statusOf(tid)
	return s.process, err
}

// A status is what /proc says of a thread, zero if it has ended.
type status struct {
	state   string // "Z (zombie)"
	process int
	tracer  int // the thread that traces it, 0 for none
}

// statusOf reads /proc/TID/status.
func statusOf(tid int) (s status, err error) {
	name := fmt.Sprintf("/proc/%d/status", tid)
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return status{}, nil
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "State":
			s.state = value
		case "Tgid":
			s.process, _ = strconv.Atoi(value)
		case "TracerPid":
			s.tracer, _ = strconv.Atoi(value)
		}
	}
	if s.process > 0 {
		return s, nil
	}
	e := &install.Error{Op: "read " + name, Fault: "no process of thread " + strconv.Itoa(tid)}
	if errors.As(err, &e.Errno) {
		e.Fault = ""
	}
	return status{}, e
}

// add has a thread be one of a process.
func (t *tracees) add(tid, pid int) *process {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.processes[pid]
	if p == nil {
		p = &process{pid: pid}
		t.processes[pid] = p
		if t.killing {
			unix.Kill(pid, unix.SIGKILL)
		}
	}
	p.threads++
	t.threads[tid] = p
	return p
}

// remove forgets a thread that has ended. Its ID, and that of its process after its last
// thread, may soon be another's.
func (t *tracees) remove(tid int) {
	p := t.threads[tid]
	if p == nil {
		return
	}
	delete(t.threads, tid)
	if p.threads--; p.threads > 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.processes, p.pid)
	if t.last == p {
		t.last = nil
	}
}

// executed has the thread that was former be the first and only one of its process: the
// others have been waited for (fs/exec.c, de_thread).
func (t *tracees) executed(pid, former int) {
	if former != pid {
		if t.threads[pid] == nil {
			t.add(pid, pid)
		}
		t.remove(former)
	}
	if p := t.threads[pid]; p != nil {
		p.executable, p.hasRead = "", false
	}
}

// kill ends all processes, and has those that come end, too.
func (t *tracees) kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.killing = true
	for pid := range t.processes {
		unix.Kill(pid, unix.SIGKILL)
	}
}

func (t *tracees) isKilling() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.killing
}

// readExecutable returns the target of /proc/PID/exe.
func (p *process) readExecutable() string {
	if !p.hasRead {
		p.hasRead = true
		p.executable, _ = os.Readlink("/proc/" + strconv.Itoa(p.pid) + "/exe")
	}
	return p.executable
}
