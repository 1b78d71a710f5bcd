package install

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// stopWithin is how long a thread may take to stop. One that runs or waits where
// it can be interrupted takes less than a millisecond.
const stopWithin = 2 * time.Second

// filters is Filters after its check.
func filters(tid int) (list []Installed, err error) {
	onOwnThread(func() { list, err = readFilters(tid, stopWithin) })
	return list, err
}

// onOwnThread calls f on a thread that ends soon after it: whatever that traces
// then is let go (kernel/ptrace.c, exit_ptrace). A goroutine that ends locked
// takes its thread along, unless that is the first one of the process.
func onOwnThread(f func()) {
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			onOwnThread(f) // another one, as this is held meanwhile
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}

// readFilters does the calls. All of them must come from one thread.
func readFilters(tid int, within time.Duration) ([]Installed, error) {
	t, err := seize(tid)
	if err != nil {
		return nil, err
	}
	if err := t.stop(within); err != nil {
		return nil, err
	}
	defer t.detach()

	// The kernel would say EINVAL of a thread without filters as well as
	// without CONFIG_CHECKPOINT_RESTORE.
	s, err := t.status()
	if err != nil {
		return nil, err
	}
	switch s.mode {
	case unix.SECCOMP_MODE_DISABLED:
		return nil, nil
	case unix.SECCOMP_MODE_FILTER:
	default: // strict, or killed by seccomp and ending (kernel/seccomp.c)
		return nil, &Error{
			Op:     "install.Filters",
			Errno:  unix.EINVAL,
			Fault:  fmt.Sprintf("thread %d is in seccomp mode %d", tid, s.mode),
			Advice: "filters are mode 2, and only they are programs",
		}
	}

	// The list can grow meanwhile, by another thread's TSYNC, at its end alone.
	var list []Installed
	for {
		in, err := t.filter(uintptr(len(list)))
		if errors.Is(err, unix.ENOENT) && len(list) > 0 {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, in)
	}
}

// filter returns the filter of that index, 0 for the oldest, and ENOENT after
// the last (kernel/seccomp.c, get_nth_filter).
func (t *tracee) filter(index uintptr) (Installed, error) {
	n, err := t.request(getFilter, index, nil)
	if err != nil {
		return Installed{}, err
	}
	if n == 0 {
		return Installed{}, pretended(t.op(getFilter))
	}
	code := make([]unix.SockFilter, n)
	if _, err := t.request(getFilter, index, unsafe.Pointer(&code[0])); err != nil {
		return Installed{}, err
	}
	in := Installed{Insns: make([]bpf.RawInstruction, n)}
	for i, c := range code {
		in.Insns[i] = bpf.RawInstruction{Op: c.Code, Jt: c.Jt, Jf: c.Jf, K: c.K}
	}
	// struct seccomp_metadata (include/uapi/linux/ptrace.h)
	meta := struct{ index, flags uint64 }{index: uint64(index)}
	_, err = t.request(getMetadata, unsafe.Sizeof(meta), unsafe.Pointer(&meta))
	if err != nil && !errors.Is(err, unix.EIO) { // EIO: before Linux 4.16
		return Installed{}, err
	}
	if err == nil {
		in.Flags, in.Told = uint(meta.flags), abi.FlagLog
	}
	return in, nil
}
