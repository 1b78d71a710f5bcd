package main

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/sys/unix"
)

// magic in argument 3, the last that o32 has in a register, asks the filter of watch for a byte of what it sees.
const magic = 0x5ecc0de0

// watch installs a filter that answers calls whose argument 3 is magic plus i with byte i, plus 1, of the number and the
// audit value.
func watch() {
	filter := []unix.SockFilter{ins(ld, low(3)), ins(and, 0xfffffff0), ins(jeq, magic, 1, 0), ins(ret, allow)}
	for i := range uint32(8) {
		filter = append(filter, ins(ld, low(3)), ins(jeq, magic+i, 0, 6),
			ins(ld, i/4*dataArch), ins(rshk, 8*(i%4)), ins(and, 0xff), ins(0x04, 1), ins(or, errno), ins(0x16, 0))
	}
	must(install(append(filter, ins(ret, allow))))
}

// seen returns the number and the audit value that filters see of a call; ok is false if none sees it.
func seen(nr uint64) (number, audit uint32, ok bool) {
	var v uint64
	for i := range uint64(8) {
		_, e := call(nr, 0, 0, 0, magic+i)
		if e == 0 || e > 256 {
			return 0, 0, false
		}
		v |= uint64(e-1) << (8 * i)
	}
	return uint32(v), uint32(v >> 32), true
}

// describe tells of a number that may be getppid's with other bits what filters see, and then what ask answers, of
// which the process may die.
func describe(nr uint64, ask func(nr uint64) string) string {
	watch()
	number, audit, ok := seen(nr)
	what := "seen as itself"
	switch {
	case !ok:
		what = "not seen"
	case uint64(number) == nr || uint64(int32(number)) == nr:
	case number == unix.SYS_GETPPID:
		what = "seen as the number"
	default:
		what = fmt.Sprintf("seen as %#x", number)
	}
	if ok && audit != host.Audit() {
		what += fmt.Sprintf(" of %#x", audit)
	}
	fmt.Print(what, ", ")
	return ask(nr)
}

// getppid makes the call by another number, and tells whether it is getppid.
func getppid(nr uint64) string {
	want, _ := call(unix.SYS_GETPPID)
	got, e := call(nr)
	switch {
	case e == unix.ENOSYS:
		return "ENOSYS"
	case e != 0:
		return fmt.Sprintf("errno %d", e)
	case got == want:
		return "served"
	}
	return fmt.Sprintf("answers %d", got)
}

func plus16() string { return describe(unix.SYS_GETPPID+1<<16, getppid) }

func plus32() string {
	if !wide {
		return ""
	}
	const nr = unix.SYS_GETPPID + 1<<32
	unfiltered := getppid(nr)
	return describe(nr, func(nr uint64) string {
		if filtered := getppid(nr); filtered != unfiltered {
			return filtered + " (without a filter " + unfiltered + ")"
		}
		return unfiltered
	})
}

// unassigned asks for a number far after the last and below the next ABI's on MIPS.
func unassigned() string {
	nr := uint64(host.NumberBase()) + 900
	return describe(nr, getppid)
}

func minusOne() string {
	const nr = ^uint64(0)
	return describe(nr, getppid)
}

func x32() string {
	if host != arch.X86_64 {
		return ""
	}
	return describe(unix.SYS_GETPPID|1<<30, getppid)
}

// foreign tells of MIPS which ABIs' getppid this program can call.
func foreign() string {
	if !strings.HasPrefix(runtime.GOARCH, "mips") {
		return ""
	}
	numbers := []struct {
		name string
		nr   uint64
	}{{"o32", 4064}, {"n64", 5108}, {"n32", 6108}}
	var answers []string
	for _, n := range numbers {
		answers = append(answers, getppid(n.nr))
	}
	watch()
	for i, n := range numbers {
		answers[i] = n.name + " " + answers[i]
		if number, audit, ok := seen(n.nr); !ok {
			answers[i] += ", not seen"
		} else if a, _ := arch.Of(audit, number); uint64(number) != n.nr || a != host {
			answers[i] += fmt.Sprintf(", seen as %d of %s", number, a)
		}
	}
	return strings.Join(answers, "; ")
}

// private makes ARM's own calls: one that a filter sees, and how each ends.
func private() string {
	nr, ok := syscalls.Number(host, "cacheflush")
	if lo, _, special := host.Special(); !ok || !special || nr < lo {
		return ""
	}
	answers := []string{describe(uint64(nr), func(nr uint64) string { // cacheflush(0, 0, 0)
		if _, e := call(nr, 0, 0, 0); e != 0 {
			return e.Error()
		}
		return "served"
	})}
	for _, name := range []string{"set_tls", "get_tls", "breakpoint", "usr26", "usr32"} {
		nr, _ := syscalls.Number(host, name)
		answers = append(answers, name+" "+privately(nr))
	}
	return strings.Join(answers, "; ")
}

// privately tells how a private call ends in a process of its own, whose register for thread-local data has a value that
// the call may return.
func privately(nr uint32) string {
	const value = 24680
	every := ^uint64(0) // a signal of a fault then kills, whatever handler it has
	set, _ := syscalls.Number(host, "set_tls")
	pid, _, e := syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 {
		return "not called: " + e.Error()
	}
	if pid == 0 {
		syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&every)), 0, unsafe.Sizeof(every), 0, 0)
		syscall.RawSyscall(uintptr(set), value, 0, 0)
		r, _, e := syscall.RawSyscall(uintptr(nr), value, 0, 0)
		switch {
		case e != 0:
			r = 100 + uintptr(e)
		case r == value:
			r = 1
		}
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, r, 0, 0)
	}
	var ws unix.WaitStatus
	unix.Wait4(int(pid), &ws, unix.WALL, nil)
	switch n := ws.ExitStatus(); {
	case ws.Signaled():
		return unix.SignalName(ws.Signal())
	case n == 0:
		return "served"
	case n == 1:
		return "has the value"
	case n > 100:
		return unix.ErrnoName(syscall.Errno(n - 100))
	default:
		return fmt.Sprintf("answers %d", n)
	}
}

// socketcall opens a socket by the multiplexer, with bits that it may not read.
func socketcall() string {
	return mux("socketcall", 1, uint64(uintptr(unsafe.Pointer(&[3]uintptr{unix.AF_UNIX, unix.SOCK_STREAM, 0}))))
}

// ipc makes a set of semaphores.
func ipc() string { return mux("ipc", 2, 0, 1, 0o1600) }

// mux tells how many bits a multiplexer reads of its first argument, with which it works.
func mux(name string, args ...uint64) string {
	n, ok := syscalls.Number(host, name)
	if !ok {
		return ""
	}
	if _, e := call(uint64(n), args...); e != 0 {
		return fmt.Sprintf("errno %d", e)
	}
	return fmt.Sprintf("reads %d bits", readBits(func(high uint64) syscall.Errno {
		a := append([]uint64{args[0] | high}, args[1:]...)
		_, e := call(uint64(n), a...)
		return e
	}))
}

// readBits returns how many bits of an argument matter: 16, 32 or 64. with makes the call with other
// bits in it.
func readBits(with func(high uint64) syscall.Errno) int {
	switch {
	case wide && with(1<<32) != 0:
		return 64
	case with(1<<16) != 0:
		return 32
	}
	return 16
}

// cloneArgs returns the arguments of a clone that is a fork, but for s390's order.
func cloneArgs(flags uintptr) [2]uintptr {
	if host == arch.S390X || host == arch.S390 {
		return [2]uintptr{0, flags}
	}
	return [2]uintptr{flags, 0}
}

// cloneOrder tells what each argument of clone is, by what it does.
func cloneOrder() string {
	order := [5]string{"stack", "stack", "tls", "tls", "tls"}
	for i := range 2 { // flags that a child with another host name has had
		var a [6]uintptr
		a[i] = unix.CLONE_NEWUTS | uintptr(unix.SIGCHLD)
		before := hostname()
		pid, _, e := syscall.RawSyscall6(unix.SYS_CLONE, a[0], a[1], 0, 0, 0, 0)
		if e == 0 && pid == 0 {
			name := [1]byte{'x'}
			_, _, e := syscall.RawSyscall(unix.SYS_SETHOSTNAME, uintptr(unsafe.Pointer(&name)), 1, 0)
			syscall.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(e), 0, 0)
		}
		var ws unix.WaitStatus
		unix.Wait4(int(pid), &ws, unix.WALL, nil)
		if e == 0 && ws.Exited() && ws.ExitStatus() == 0 && hostname() == before {
			order[i] = "flags"
		}
	}
	// The places that have the child's ID afterwards, in the parent and in the child.
	var ids [3]int32
	flags := cloneArgs(unix.CLONE_PARENT_SETTID | unix.CLONE_CHILD_SETTID | uintptr(unix.SIGCHLD))
	p := func(i int) uintptr { return uintptr(unsafe.Pointer(&ids[i])) }
	pid, _, e := syscall.RawSyscall6(unix.SYS_CLONE, flags[0], flags[1], p(0), p(1), p(2), 0)
	if e == 0 && pid == 0 {
		at := uintptr(9)
		for i, id := range ids {
			if id != 0 {
				at = uintptr(i)
			}
		}
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, at, 0, 0)
	}
	var ws unix.WaitStatus
	unix.Wait4(int(pid), &ws, unix.WALL, nil)
	for i, id := range ids {
		if id == int32(pid) {
			order[2+i] = "ptid"
		}
	}
	if at := ws.ExitStatus(); e == 0 && at >= 0 && at < 3 {
		order[2+at] = "ctid"
	}
	return strings.Join(order[:], " ")
}

func hostname() string {
	var u unix.Utsname
	unix.Uname(&u)
	return unix.ByteSliceToString(u.Nodename[:])
}
