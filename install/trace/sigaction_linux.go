package trace

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

var quiet struct {
	mu   sync.Mutex
	runs int
	set  bool
}

const (
	saNoCldStop = 1
	saRestart   = 0x10000000
)

// quietChildren has the kernel send no SIGCHLD for stops of tracees, until the last of
// those who want it so calls restore. The signal would interrupt this process once for
// each call of the program. Where the runtime or the kernel has it otherwise, tracing is
// slower and no different.
func quietChildren() (restore func()) {
	quiet.mu.Lock()
	defer quiet.mu.Unlock()
	if quiet.runs++; quiet.runs == 1 {
		quiet.set = changeFlags(unix.SIGCHLD, func(flags sigFlags) sigFlags { return flags | saNoCldStop })
	}
	return func() {
		quiet.mu.Lock()
		defer quiet.mu.Unlock()
		if quiet.runs--; quiet.runs == 0 && quiet.set {
			changeFlags(unix.SIGCHLD, func(flags sigFlags) sigFlags { return flags &^ saNoCldStop })
		}
	}
}

// actionOf returns the action for a signal.
func actionOf(n unix.Signal) (a sigaction, ok bool) {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(n), 0, uintptr(unsafe.Pointer(&a)), sigsetSize, 0, 0)
	return a, errno == 0
}

// changeFlags changes the flags of the action for a signal, and reports whether they were
// others before.
func changeFlags(n unix.Signal, change func(flags sigFlags) sigFlags) bool {
	a, ok := actionOf(n)
	old := a.flags
	if a.flags = change(old); !ok || a.flags == old {
		return false
	}
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&a)), 0, sigsetSize, 0, 0)
	return errno == 0
}
