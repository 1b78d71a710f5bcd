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

// ReadMemory fills p from the target's memory at addr, or fails: with EFAULT
// where the target could not read it either, with ErrGone if the call does not
// wait any more. The target is asked for before and after: without an error, p is
// the target's memory and no other process's.
//
// It is what stands there now. Other threads of the target, and whoever shares
// the memory, can change it at any time, and do it on purpose: read once, and
// act on the copy. To look at memory and then to Continue decides nothing.
//
// The supervisor needs what ptrace(2) needs over the target: the same user and
// a target that may be dumped, or CAP_SYS_PTRACE (kernel/ptrace.c,
// __ptrace_may_access).
func (c *Call) ReadMemory(addr uint64, p []byte) error {
	return c.transfer(reading, addr, p)
}

// WriteMemory puts p into the target's memory at addr, where the target can
// write, or fails as ReadMemory does; after an error a part of p may be written.
// The kernel finds the target by its number: if it is killed and reaped within
// the microsecond behind the first question, and the numbers of processes come
// round, another one's memory is written.
func (c *Call) WriteMemory(addr uint64, p []byte) error {
	return c.transfer(writing, addr, p)
}

// ReadString returns the string that stands at addr, without the byte 0 behind
// it. It fails as ReadMemory does, and with ENAMETOOLONG if the string has more
// than limit bytes; paths have less than 4096.
func (c *Call) ReadString(addr uint64, limit int) (string, error) {
	var s []byte
	for len(s) <= limit {
		at := addr + uint64(len(s))
		part := make([]byte, min(limit-len(s), int(page-at%page)-1)+1)
		if err := c.ReadMemory(at, part); err != nil {
			return "", err
		}
		if i := bytes.IndexByte(part, 0); i >= 0 {
			return string(append(s, part[:i]...)), nil
		}
		s = append(s, part...)
	}
	return "", &install.Error{Op: "notify.Call.ReadString", Errno: syscall.ENAMETOOLONG, Fault: fmt.Sprintf("no end within %d bytes", limit)}
}

// transfer reads or writes between two questions whether the target waits.
func (c *Call) transfer(d direction, addr uint64, p []byte) error {
	if len(p) == 0 {
		return c.Waiting()
	}
	if err := c.Waiting(); err != nil {
		return err
	}
	err := d.memory(c.Thread, addr, p)
	if gone := c.Waiting(); gone != nil {
		return gone
	}
	return err
}
