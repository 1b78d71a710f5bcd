package install

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// threadSize is the length of what a thread that waits for its tracer sends: sentThread
// and its ID as its own PID namespace counts, which SysProcAttr can have made.
const threadSize = 1 + 4

// waitForTracer has the parent trace the calling thread, and returns when it does. The
// calls are raw, as all others of the thread from here to execve are: the scheduler then
// makes no calls between them.
func waitForTracer(conn int) error {
	b := binary.NativeEndian.AppendUint32([]byte{sentThread}, uint32(unix.Gettid()))
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(conn), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		if errno == 0 {
			break
		}
		if errno != unix.EINTR {
			return refusedCall("write to the parent", errno)
		}
	}
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(conn), uintptr(unsafe.Pointer(&b[0])), 1)
		switch {
		case errno == 0 && n == 1:
			return nil
		case errno == 0:
			return &Error{Op: "install.StartTraced", Fault: "the tracer has ended"}
		case errno != unix.EINTR:
			return refusedCall("read from the parent", errno)
		}
	}
}

// attachThread has the thread traced that the child names at the end of text, and tells
// it. It returns text without that.
func (l *launch) attachThread(conn *os.File, text []byte) ([]byte, error) {
	if len(text) < 1+threadSize || text[1] != sentThread {
		return text, nil
	}
	tid, err := threadOf(l.pid, int(binary.NativeEndian.Uint32(text[2:])))
	if err == nil {
		err = l.attach(tid)
	}
	if err != nil {
		l.notTraced = err
		return text, err
	}
	if _, err := conn.Write([]byte{0}); err != nil && !errors.Is(err, unix.EPIPE) {
		return text, err
	}
	return slices.Delete(text, 1, 1+threadSize), nil
}

// threadOf returns the ID of the thread of a process that its own PID namespace counts as
// inner.
func threadOf(pid, inner int) (int, error) {
	dir := fmt.Sprintf("/proc/%d/task", pid)
	list, err := os.ReadDir(dir)
	if err != nil {
		e := refusedCall("read "+dir, err)
		e.Advice = "/proc is not mounted, or is of another PID namespace: mount one for this"
		return 0, e
	}
	for _, entry := range list {
		text, err := os.ReadFile(dir + "/" + entry.Name() + "/status")
		if errors.Is(err, unix.ENOENT) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended
		}
		if err != nil {
			return 0, refusedCall("read "+dir+"/"+entry.Name()+"/status", err)
		}
		for line := range strings.Lines(string(text)) {
			// One number for each namespace, the innermost last (fs/proc/array.c, task_state).
			numbers, ok := strings.CutPrefix(line, "NSpid:")
			if fields := strings.Fields(numbers); ok && len(fields) > 0 && fields[len(fields)-1] == strconv.Itoa(inner) {
				return strconv.Atoi(entry.Name())
			}
		}
	}
	return 0, &Error{Op: "read " + dir, Fault: fmt.Sprintf("no thread %d", inner), Advice: "the kernel is older than Linux 4.1, or /proc is of another PID namespace: mount one for this"}
}
