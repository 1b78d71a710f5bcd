package notify

import (
	"fmt"
	"syscall"

	"github.com/seccompile/seccompile/install"
	"golang.org/x/sys/unix"
)

// A direction is one of the calls of mm/process_vm_access.c.
type direction struct {
	name string
	call func(pid int, local []unix.Iovec, remote []unix.RemoteIovec, flags uint) (int, error)
}

var (
	reading = direction{"process_vm_readv", unix.ProcessVMReadv}
	writing = direction{"process_vm_writev", unix.ProcessVMWritev}
)

// memory moves all of p or fails.
func (d direction) memory(tid int, addr uint64, p []byte) error {
	e := &install.Error{Op: fmt.Sprintf("%s(%d, %#x)", d.name, tid, addr)}
	base := uintptr(addr)
	if uint64(base) != addr {
		e.Errno = unix.EFAULT
		return e
	}
	local := unix.Iovec{Base: &p[0]}
	local.SetLen(len(p))
	n, err := d.call(tid, []unix.Iovec{local}, []unix.RemoteIovec{{Base: base, Len: len(p)}}, 0)
	switch {
	case err == nil && n == len(p):
		return nil
	case err == nil:
		e.Errno = unix.EFAULT // after n bytes
		return e
	}
	e.Errno, _ = err.(syscall.Errno)
	switch e.Errno {
	case unix.EPERM:
		e.Advice = "needs CAP_SYS_PTRACE over the target, or its user; if the program is not readable or gained privileges, its user is not enough"
	case unix.ESRCH:
		e.Advice, e.Cause = goneAdvice, ErrGone
		if tid == 0 {
			e.Advice, e.Cause = "the target is not in this PID namespace", nil
		}
	case unix.ENOSYS:
		e.Advice, e.Cause = "the kernel is built without CONFIG_CROSS_MEMORY_ATTACH", install.ErrNotSupported
	}
	return e
}
