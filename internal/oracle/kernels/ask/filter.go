package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"github.com/seccompile/seccompile/internal/live"
	"golang.org/x/sys/unix"
)

// Opcodes of linux/filter.h, by their names in the kernel's documentation.
const (
	ld, ldx, ldi, st       = 0x20, 0x61, 0x00, 0x02 // of words: A = data[k], X = M[k], A = k, M[k] = A
	jeq, jeqX, ret, tax    = 0x15, 0x1d, 0x06, 0x07
	and, or, rshk, lsh     = 0x54, 0x44, 0x74, 0x6c
	andX, orX, rsh, div    = 0x5c, 0x4c, 0x7c, 0x3c
	allow, errno, dataArch = 0x7fff0000, 0x00050000, 4
)

func ins(code uint16, k uint32, jumps ...uint8) unix.SockFilter {
	f := unix.SockFilter{Code: code, K: k}
	if len(jumps) == 2 {
		f.Jt, f.Jf = jumps[0], jumps[1]
	}
	return f
}

// low returns the offset of an argument's low word.
func low(arg uint32) uint32 {
	if host.BigEndian() {
		return 16 + 8*arg + 4
	}
	return 16 + 8*arg
}

// high returns the offset of an argument's high word.
func high(arg uint32) uint32 { return low(arg) ^ 4 }

// install installs a filter on this thread and returns why it cannot.
func install(filter []unix.SockFilter) syscall.Errno {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err.(syscall.Errno)
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, e := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(filter)
	return e
}

// must ends the process, and so the question, if a filter cannot be installed.
func must(e syscall.Errno) {
	if e != 0 {
		fmt.Fprintln(os.Stderr, "install:", e)
		os.Exit(1)
	}
}

// call makes a call. What does not fit the registers is cut.
func call(nr uint64, args ...uint64) (uintptr, syscall.Errno) {
	var a [6]uintptr
	for i, v := range args {
		a[i] = uintptr(v)
	}
	r, _, e := syscall.RawSyscall6(uintptr(nr), a[0], a[1], a[2], a[3], a[4], a[5])
	return r, e
}

// wide reports whether registers have 64 bits.
const wide = unsafe.Sizeof(uintptr(0)) == 8

func pointer[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }

func release() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err.Error()
	}
	return unix.ByteSliceToString(u.Release[:])
}

func actions() string { return read("/proc/sys/kernel/seccomp/actions_avail") }

// filterFlags tells the flags of SECCOMP_SET_MODE_FILTER: with one that the kernel has it misses the filter, with
// another it refuses the flag.
func filterFlags() string {
	var has []string
	for i, name := range []string{"tsync", "log", "spec_allow", "new_listener", "tsync_esrch", "wait_killable_recv", "7th", "8th"} {
		flag := uint64(1) << i
		if name == "wait_killable_recv" {
			flag |= unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
		}
		if _, e := call(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flag, 0); e == unix.EFAULT {
			has = append(has, name)
		}
	}
	return strings.Join(has, " ")
}

func read(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

const sysctl = "/proc/sys/net/core/"

// set writes a sysctl and reports whether it now has the value.
func set(name, value string) bool {
	os.WriteFile(sysctl+name, []byte(value), 0)
	return read(sysctl+name) == value
}

func jit() string {
	now := read(sysctl + "bpf_jit_enable")
	if now == "" {
		return "none"
	}
	defer set("bpf_jit_enable", now)
	if !set("bpf_jit_enable", "0") {
		return "always"
	}
	return map[string]string{"0": "off by default", "1": "on by default"}[now]
}

func shiftsCompiled() string    { return shifts("1") }
func shiftsInterpreted() string { return shifts("0") }

// shifts tells how much of its operand a shift by a register takes.
func shifts(enable string) string {
	now := read(sysctl + "bpf_jit_enable")
	if now == "" && enable == "1" || now != "" && !set("bpf_jit_enable", enable) {
		return ""
	}
	defer set("bpf_jit_enable", now)
	// getppid(value, shift, value shifted by the low five bits) answers 1 if the result is 0, 2 if it is argument 2,
	// else 3. With argument 3 it shifts to the right.
	filter := []unix.SockFilter{
		ins(ld, 0), ins(jeq, unix.SYS_GETPPID, 1, 0), ins(ret, allow),
		ins(ld, low(2)), ins(st, 0), ins(ld, low(1)), ins(tax, 0),
		ins(ld, low(3)), ins(jeq, 0, 0, 3),
		ins(ld, low(0)), ins(lsh, 0), ins(jeq, 0, 3, 4),
		ins(ld, low(0)), ins(rsh, 0), ins(jeq, 0, 0, 1),
		ins(ret, errno|1), ins(ldx, 0), ins(jeqX, 0, 0, 1), ins(ret, errno|2), ins(ret, errno|3),
	}
	must(install(filter))
	tell := func(right uint64, shifted func(v uint32, by uint32) uint32) string {
		const v = 0xffffffff
		var ends string
		widths := []uint32{32, 33, 63, 64, 65, 255, 256, 1 << 31, ^uint32(0)}
		for _, by := range widths {
			_, e := call(unix.SYS_GETPPID, v, uint64(by), uint64(shifted(v, by&31)), right)
			ends += strconv.Itoa(int(e))
		}
		// What is shifted out leaves 0.
		for name, mask := range map[string]uint32{"x&31": 31, "x&63": 63, "x&255": 255, "x": ^uint32(0)} {
			want := ""
			for _, by := range widths {
				if by&mask >= 32 {
					want += "1"
				} else {
					want += "2"
				}
			}
			if ends == want {
				return name
			}
		}
		return "else: " + ends
	}
	l := tell(0, func(v, by uint32) uint32 { return v << by })
	r := tell(1, func(v, by uint32) uint32 { return v >> by })
	if l == r {
		return l
	}
	return fmt.Sprintf("left %s; right %s", l, r)
}

// divide tells what a division by a register that is 0 does.
func divide() string {
	filter := []unix.SockFilter{
		ins(ld, 0), ins(jeq, unix.SYS_GETPPID, 1, 0), ins(ret, allow),
		ins(ld, low(1)), ins(tax, 0), ins(ld, low(0)), ins(div, 0), ins(and, 0xff), ins(or, errno), ins(0x16, 0),
	}
	must(install(filter))
	if _, e := call(unix.SYS_GETPPID, 100, 7); e != 14 {
		return fmt.Sprintf("100/7 is %d", e)
	}
	// In a child, which makes calls alone: RET 0 kills the thread.
	flags := cloneArgs(uintptr(unix.SIGCHLD))
	pid, _, e := syscall.RawSyscall6(unix.SYS_CLONE, flags[0], flags[1], 0, 0, 0, 0)
	if e == 0 && pid == 0 {
		_, _, e := syscall.RawSyscall(unix.SYS_GETPPID, 100, 0, 0)
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(e)&0x7f, 0, 0)
	}
	var ws unix.WaitStatus
	unix.Wait4(int(pid), &ws, 0, nil)
	if ws.Signaled() && ws.Signal() == unix.SIGSYS {
		return "killed, as by RET 0"
	}
	return fmt.Sprintf("answers %d", ws.ExitStatus())
}

// actionCache tells whether the kernel remembers that a call is always allowed: long filters then take next to
// no time on it. Others differ in one load, which the cache cannot follow.
func actionCache() string {
	if now := read(sysctl + "bpf_jit_enable"); now != "" { // machine code would be quicker
		set("bpf_jit_enable", "0")
		defer set("bpf_jit_enable", now)
	}
	// timer returns a function that tells how long calls take under filters.
	timer := func(first unix.SockFilter) func() time.Duration {
		filter := []unix.SockFilter{first, ins(ld, dataArch)}
		for range 4000 {
			filter = append(filter, ins(jeq, 0, 0, 0))
		}
		filter = append(filter, ins(ret, allow))
		ask, answer := make(chan bool), make(chan time.Duration)
		go func() { // a thread of its own
			runtime.LockOSThread()
			for range 6 {
				must(install(filter))
			}
			for range ask {
				start := time.Now()
				for range 10 {
					call(unix.SYS_GETPPID)
				}
				answer <- time.Since(start)
			}
		}()
		return func() time.Duration { ask <- true; return <-answer }
	}
	first, other := timer(ins(ld, 0)), timer(ins(ld, low(0)))
	cached, run := time.Hour, time.Hour
	for range 25 { // by turns: the machine may do something else for a time
		cached, run = min(cached, first()), min(run, other())
	}
	if 3*cached < run {
		return "yes"
	}
	return "no"
}

// jitLimit tells what an ordinary user is answered where no memory is left for machine code.
func jitLimit() string {
	limit := read(sysctl + "bpf_jit_limit")
	if limit == "" {
		return ""
	}
	enable := read(sysctl + "bpf_jit_enable")
	defer func() { // by the root that other threads still are
		done := make(chan bool)
		go func() {
			set("bpf_jit_limit", limit)
			set("bpf_jit_enable", enable)
			close(done)
		}()
		<-done
	}()
	if !set("bpf_jit_limit", "1") || !set("bpf_jit_enable", "1") {
		return "cannot be set"
	}
	if _, e := call(unix.SYS_SETRESUID, 65534, 65534, 65534); e != 0 {
		return e.Error()
	}
	if e := install([]unix.SockFilter{ins(ret, allow)}); e != 0 {
		return "errno " + strconv.Itoa(int(e))
	}
	return "installs"
}

// supervised answers calls by a listener with values and with errnos.
func supervised() string {
	var lost []string
	for _, a := range []struct {
		value int64
		errno syscall.Errno
	}{{0, 0}, {7, 0}, {1<<31 - 1, 0}, {-4096, 0}, {0, 1}, {0, 4094}} {
		value, errno, err := live.Supervised(a.value, a.errno)
		if err != nil {
			return err.Error()
		}
		if a.errno != 0 {
			value = 0 // -1 for Go
		}
		if value != a.value || errno != a.errno {
			lost = append(lost, fmt.Sprintf("%d arrives as %d", cmp.Or(a.value, -int64(a.errno)), cmp.Or(value, -int64(errno))))
		}
	}
	if len(lost) == 0 {
		return "values and errnos arrive"
	}
	return strings.Join(lost, ", ")
}

// interrupted has a signal come while a supervisor has a call.
func interrupted() string {
	errno, err := live.Interrupted()
	switch {
	case err != nil:
		return err.Error()
	case errno != 0:
		return fmt.Sprintf("fails with errno %d", int(errno))
	}
	return "made again"
}
