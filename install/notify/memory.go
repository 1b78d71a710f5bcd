package notify

import (
	"bytes"
	"fmt"
	"syscall"

	"github.com/seccompile/seccompile/install"
)

// page is what memory comes in, at the least: a read that stays in one finds
// all of its bytes or none.
const page = 4096

// ReadMemory fills p from the target's memory at addr. The error is EFAULT if the target
// itself could not read the memory, and [ErrGone] if the call no longer waits. ReadMemory
// checks before and after the read that the target waits. Without an error, p therefore
// holds the target's memory, and not that of another process.
//
// The memory is as it was at the time of the read. Other threads of the target, and
// processes that share the memory, can change it at any time, and may do so deliberately.
// Read it once, and act on the copy. Reading memory before [Continue] does not secure
// anything.
//
// The supervisor needs the permission of ptrace(2) for the target: the same user and a
// dumpable target, or CAP_SYS_PTRACE (kernel/ptrace.c, __ptrace_may_access).
func (c *Call) ReadMemory(addr uint64, p []byte) error {
	return c.transfer("notify.Call.ReadMemory", reading, addr, p)
}

// WriteMemory writes p to the target's memory at addr, which the target must be able to
// write. Errors are those of [Call.ReadMemory]. After an error, a part of p may have been
// written.
//
// The kernel finds the target by its number. WriteMemory checks that the target waits
// immediately before the write. If the target is killed and reaped in the microsecond
// between the two, and its number is reused, WriteMemory writes to another process.
func (c *Call) WriteMemory(addr uint64, p []byte) error {
	return c.transfer("notify.Call.WriteMemory", writing, addr, p)
}

// ReadString returns the string at addr, without its terminating zero byte. Errors are
// those of [Call.ReadMemory], and ENAMETOOLONG if the string is longer than limit bytes.
// Paths are shorter than 4096 bytes.
func (c *Call) ReadString(addr uint64, limit int) (string, error) {
	const op = "notify.Call.ReadString"
	var s []byte
	for len(s) <= limit {
		at := addr + uint64(len(s))
		part := make([]byte, min(limit-len(s), int(page-at%page)-1)+1)
		if err := c.transfer(op, reading, at, part); err != nil {
			return "", err
		}
		if i := bytes.IndexByte(part, 0); i >= 0 {
			return string(append(s, part[:i]...)), nil
		}
		s = append(s, part...)
	}
	return "", &install.Error{Op: op, Errno: syscall.ENAMETOOLONG, Fault: fmt.Sprintf("no end within %d bytes", limit)}
}

// transfer reads or writes for the method op, between two questions whether the target
// waits.
func (c *Call) transfer(op string, d direction, addr uint64, p []byte) error {
	if len(p) == 0 {
		return c.waiting(op)
	}
	if err := c.waiting(op); err != nil {
		return err
	}
	err := d.memory(c.Thread, addr, p)
	if gone := c.waiting(op); gone != nil {
		return gone
	}
	return err
}
