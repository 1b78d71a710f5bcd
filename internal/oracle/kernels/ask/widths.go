package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/sys/unix"
)

// widths makes calls by the tables' numbers that succeed, and those with a bit of the high word flipped in one argument
// after the other. It compares which bits matter with the tables. The calls are those whose answer shows it.
func widths() string {
	var fds [2]int32
	var buf [512]byte // for any struct stat
	name := [2]byte{'x'}
	root := [2]byte{'/'}
	at := uint64(uint32(0xffffffff - 99)) // AT_FDCWD in 32 bits
	dir, err := os.Open("/")
	if err != nil {
		return err.Error()
	}
	fd := uint64(dir.Fd())
	calls := []struct {
		name   string
		args   []uint64
		judged string // a digit an argument
	}{
		{"socket", []uint64{unix.AF_UNIX, unix.SOCK_STREAM, 0}, "012"},
		{"socket", []uint64{unix.AF_NETLINK, unix.SOCK_RAW, 0}, "012"},
		{"socketpair", []uint64{unix.AF_UNIX, unix.SOCK_STREAM, 0, pointer(&fds)}, "0123"},
		{"dup", []uint64{fd}, "0"},
		{"fcntl", []uint64{fd, unix.F_GETFD, 0}, "01"},
		{"fstat", []uint64{fd, pointer(&buf)}, "01"},
		{"lseek", []uint64{fd, 0, 1}, "02"},
		{"kill", []uint64{uint64(os.Getpid()), 0}, "01"},
		{"getpriority", []uint64{0, 0}, "01"},
		{"setpriority", []uint64{0, 0, 0}, "01"},
		{"prctl", []uint64{unix.PR_GET_DUMPABLE, 0, 0, 0, 0}, "0"},
		{"seccomp", []uint64{unix.SECCOMP_GET_ACTION_AVAIL, 0, pointer(&[1]uint32{errno})}, "012"},
		{"semget", []uint64{0, 1, 0o1600}, "1"},
		{"memfd_create", []uint64{pointer(&name), 0}, "01"},
		{"eventfd2", []uint64{0, 0}, "1"},
		{"epoll_create1", []uint64{0}, "0"},
		{"pipe2", []uint64{pointer(&fds), 0}, "01"},
		{"openat", []uint64{at, pointer(&root), 0, 0}, "012"},
		{"faccessat", []uint64{at, pointer(&root), 0}, "012"},
		{"prlimit64", []uint64{0, 7, 0, pointer(&buf)}, "0123"},
		{"clock_gettime", []uint64{0, pointer(&buf)}, "01"},
		{"unshare", []uint64{0}, "0"},
		{"flock", []uint64{fd, unix.LOCK_UN}, "01"},
		{"getrandom", []uint64{pointer(&buf), 1, 0}, "2"},
		{"madvise", []uint64{0, 0, 0}, "2"},
	}
	made, agree := 0, 0
	var differ []string
	for _, c := range calls {
		n, ok := syscalls.Number(host, c.name)
		if !ok {
			differ = append(differ, "without "+c.name)
			continue
		}
		if _, e := call(uint64(n), c.args...); e != 0 {
			differ = append(differ, fmt.Sprintf("%s: errno %d", c.name, e))
			continue
		}
		made++
		if !wide {
			continue
		}
		for _, digit := range c.judged {
			i := int(digit - '0')
			bits := readBits(func(high uint64) syscall.Errno {
				a := append([]uint64(nil), c.args...)
				a[i] ^= high // flips a pointer's bit, too
				_, e := call(uint64(n), a...)
				return e
			})
			table := syscalls.Width(host, c.name, i)
			if max(bits, 32) != max(table, 32) {
				differ = append(differ, fmt.Sprintf("%s %d has %d, %d in the tables", c.name, i, bits, table))
			} else {
				agree++
			}
		}
	}
	if bits := personalityBits(); bits != syscalls.Width(host, "personality", 0) {
		differ = append(differ, fmt.Sprintf("personality 0 has %d", bits))
	}
	all := fmt.Sprintf("%d succeed", made)
	if wide {
		all += fmt.Sprintf(", %d widths as in the tables", agree)
	}
	return strings.Join(append([]string{all}, differ...), "; ")
}

// personalityBits returns how many bits of personality's argument matter: 0xffffffff reads the
// personality and sets none.
func personalityBits() int {
	before, _ := call(unix.SYS_PERSONALITY, 0xffffffff)
	if wide {
		call(unix.SYS_PERSONALITY, 1<<32|0xffffffff)
	}
	if after, _ := call(unix.SYS_PERSONALITY, 0xffffffff); after != before {
		return 64
	}
	return 32
}

// upperHalves tells what filters see above arguments of 32 bits that are negative, in registers and on the stack.
func upperHalves() string {
	if wide {
		return ""
	}
	const none, signs, others = 1, 2, 3
	filter := []unix.SockFilter{ins(ld, 0), ins(jeq, unix.SYS_GETPPID, 1, 0), ins(ret, allow)}
	all := func(op uint16) { // of the high words
		filter = append(filter, ins(ld, high(0)))
		for i := range uint32(5) {
			filter = append(filter, ins(tax, 0), ins(ld, high(i+1)), ins(op, 0))
		}
	}
	all(orX)
	filter = append(filter, ins(jeq, 0, 0, 1), ins(ret, errno|none))
	all(andX)
	filter = append(filter, ins(jeq, 0xffffffff, 0, 1), ins(ret, errno|signs), ins(ret, errno|others))
	must(install(filter))
	const negative = 1<<32 - 6
	switch _, e := call(unix.SYS_GETPPID, negative, negative, negative, negative, negative, negative); e {
	case none:
		return "0"
	case signs:
		return "signs"
	case others:
		return "neither 0 nor signs"
	default:
		return e.Error()
	}
}
