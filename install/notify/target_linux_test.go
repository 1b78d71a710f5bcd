package notify

import (
	"bytes"
	"math"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/install"
	"golang.org/x/sys/unix"
)

// inode is which file a descriptor stands for.
func inode(fd int) uint64 {
	var s unix.Stat_t
	must("fstat", unix.Fstat(fd, &s))
	return s.Ino
}

func caseAddFD()                { addsFD(false) }
func caseAddFDAnswered()        { addsFD(true) }
func caseAddFDRefused()         { refusesFD(false) }
func caseAddFDAnsweredRefused() { refusesFD(true) }

// Descriptors come to the target, which is a thread of this process: they are
// its own, too.
func addsFD(answer bool) {
	l, t := filtered(0)
	requireAddFD(l, answer)
	file, err := os.CreateTemp("", "notify")
	must("temporary file", err)
	os.Remove(file.Name())
	ino := inode(int(file.Fd()))
	const high = 200
	for _, f := range []FD{
		{File: file},
		{File: file, CloseOnExec: true},
		{File: file, Replace: true, Number: high},
		{File: file, Replace: true, Number: high, CloseOnExec: true}, // in the place of that
		{File: file, CloseOnExec: true, Replace: true, Number: high + 1},
	} {
		f.Answer = answer
		replied := t.asks(0)
		c := next(l)
		n, err := c.AddFD(f)
		must("AddFD", err)
		if f.Replace && n != f.Number || inode(n) != ino {
			failf("AddFD(%+v) = %d, which is file %d, want %d", f, n, inode(n), ino)
		}
		flags, err := unix.FcntlInt(uintptr(n), unix.F_GETFD, 0)
		must("fcntl", err)
		if on := flags&unix.FD_CLOEXEC != 0; on != f.CloseOnExec {
			failf("AddFD(%+v): close-on-exec is %t", f, on)
		}
		if f.Answer {
			want("AddFD with Answer", replied, value(int64(n)))
			wantErrors("Respond after AddFD with Answer", c.Respond(Value(1)), unix.EINPROGRESS)
		} else {
			must("Waiting after AddFD", c.Waiting())
			must("Respond after AddFD", c.Respond(Value(1)))
			want("after AddFD", replied, value(1))
		}
		if n < high {
			unix.Close(n)
		}
	}

	if !answer {
		return
	}
	// A descriptor of the target may be this process's 0.
	in, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
	must("fcntl", err)
	replied := t.asks(0)
	n, err := next(l).AddFD(FD{File: file, Replace: true, Answer: true})
	must("AddFD as 0", err)
	if n != 0 || inode(0) != ino {
		failf("AddFD as 0 = %d", n)
	}
	must("dup3", unix.Dup3(in, 1, 0))
	want("AddFD as 0", replied, reply{})
}

// What cannot be added leaves the call waiting, or finds it gone.
func refusesFD(answer bool) {
	l, t := filtered(0)
	requireAddFD(l, answer)
	replied := t.asks(0)
	c := next(l)
	gone, err := os.Open("/dev/null")
	must("open", err)
	gone.Close()

	var limit unix.Rlimit
	must("getrlimit", unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	for _, tt := range []struct {
		name string
		fd   FD
		want error
	}{
		{"no file", FD{}, unix.EBADF},
		{"a closed file", FD{File: gone}, os.ErrClosed},
		{"a number without Replace", FD{File: os.Stderr, Number: 9}, unix.EINVAL},
		{"a negative number", FD{File: os.Stderr, Number: -1, Replace: true}, unix.EBADF},
		{"a number beyond the limit", FD{File: os.Stderr, Number: int(limit.Cur), Replace: true}, unix.EBADF},
	} {
		tt.fd.Answer = answer
		n, err := c.AddFD(tt.fd)
		wantErrors(tt.name, err, tt.want)
		if n != 0 {
			failf("AddFD of %s = %d", tt.name, n)
		}
		must("Waiting after "+tt.name, c.Waiting())
	}

	// More than 31 bits are refused before the kernel, which reads 32, is asked.
	for _, n := range []int64{-1, 1 << 31, 1<<31 + 1, 1 << 32, 1<<32 + 1} {
		if int64(int(n)) != n {
			continue // another number where int has 32 bits
		}
		_, err := c.AddFD(FD{File: os.Stderr, Number: int(n), Replace: true, Answer: answer})
		if err == nil || !strings.Contains(err.Error(), "31 bits") {
			failf("AddFD as number %d: %v, want that these have 31 bits", n, err)
		}
	}

	// The target is at its limit.
	must("setrlimit", unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: limit.Max}))
	_, err = c.AddFD(FD{File: os.Stderr, Answer: answer})
	must("setrlimit", unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	wantErrors("AddFD beyond the limit", err, unix.EMFILE)
	must("Respond", c.Respond(Value(1)))
	want("the call", replied, value(1))

	gone2 := &Call{ID: c.ID, listener: l}
	_, err = gone2.AddFD(FD{File: os.Stderr, Answer: answer})
	wantErrors("AddFD of who is gone", err, ErrGone, unix.ENOENT)
}

func caseMemory() {
	l, t := filtered(0)
	page := os.Getpagesize()
	// Two pages and a third that is not there.
	mem, err := unix.Mmap(-1, 0, 3*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	must("mmap", err)
	base := uint64(uintptr(unsafe.Pointer(&mem[0])))
	must("mprotect", unix.Mprotect(mem[2*page:], unix.PROT_NONE))
	for i := range mem[:2*page] {
		mem[i] = 'a' + byte(i%26)
	}
	mem[9] = 0
	copy(mem[page-3:], "across\x00")
	copy(mem[2*page-4:], "end\x00")

	replied := t.asks(0)
	c := next(l)
	for _, tt := range []struct {
		name string
		addr uint64
		n    int
		want error
	}{
		{"two pages", base, 2 * page, nil},
		{"nothing", base, 0, nil},
		{"from the middle", base + 100, page, nil},
		{"into no page", base + uint64(page), page + 1, unix.EFAULT},
		{"no page", base + 2*uint64(page), 1, unix.EFAULT},
		{"NULL", 0, 1, unix.EFAULT},
		{"the kernel's", 1 << 63, 1, unix.EFAULT},
		{"the last byte", ^uint64(0), 1, unix.EFAULT},
	} {
		p := make([]byte, tt.n)
		if err := c.ReadMemory(tt.addr, p); !errorsIs(err, tt.want) {
			failf("ReadMemory of %s: %v, want %v", tt.name, err, tt.want)
		} else if err == nil && !bytes.Equal(p, mem[tt.addr-base:][:tt.n]) {
			failf("ReadMemory of %s: %q", tt.name, p)
		}
		if err := c.WriteMemory(tt.addr, p); !errorsIs(err, tt.want) {
			failf("WriteMemory of %s: %v, want %v", tt.name, err, tt.want)
		}
	}
	must("WriteMemory", c.WriteMemory(base, []byte("written")))
	if got := string(mem[:8]); got != "writtenh" {
		failf("WriteMemory: the memory is %q", got)
	}
	for _, tt := range []struct {
		addr  uint64
		limit int
		want  string
		err   error
	}{
		{base, 4096, "writtenhi", nil},
		{base, 9, "writtenhi", nil},
		{base, math.MaxInt, "writtenhi", nil},
		{base, 8, "", unix.ENAMETOOLONG},
		{base, 0, "", unix.ENAMETOOLONG},
		{base, -1, "", unix.ENAMETOOLONG},
		{base + 9, 0, "", nil},
		{base + uint64(page) - 3, 4096, "across", nil},
		{base + 2*uint64(page) - 4, 4096, "end", nil},
		{base + 2*uint64(page) - 4, 3, "end", nil},
		{base + 2*uint64(page), 4096, "", unix.EFAULT},
		{^uint64(0) - 2, 4096, "", unix.EFAULT},
	} {
		got, err := c.ReadString(tt.addr, tt.limit)
		if diff := cmp.Diff(tt.want, got); diff != "" || !errorsIs(err, tt.err) {
			failf("ReadString(%#x, %d) = %q, %v, want %q, %v", tt.addr, tt.limit, got, err, tt.want, tt.err)
		}
	}
	mem[2*page-1] = 'x'
	_, err = c.ReadString(base+2*uint64(page)-4, 4096)
	wantErrors("ReadString up to no page", err, unix.EFAULT)

	must("Respond", c.Respond(Value(1)))
	want("the call", replied, value(1))
	wantErrors("ReadMemory of who is gone", c.ReadMemory(base, make([]byte, 1)), ErrGone)
	wantErrors("ReadMemory of nothing of who is gone", c.ReadMemory(base, nil), ErrGone)
	wantErrors("WriteMemory of who is gone", c.WriteMemory(base, []byte("x")), ErrGone)
	_, err = c.ReadString(base, 9)
	wantErrors("ReadString of who is gone", err, ErrGone)
	if mem[0] != 'w' {
		failf("WriteMemory of who is gone wrote")
	}
}

// errorsIs reports whether err is want, which may be nil.
func errorsIs(err, want error) bool {
	if want == nil || err == nil {
		return err == want
	}
	e, ok := err.(*install.Error)
	return ok && e.Errno == want.(syscall.Errno)
}
