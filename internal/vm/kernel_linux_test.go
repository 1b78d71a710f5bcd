package vm

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
	"github.com/seccompile/seccompile/syscalls"
)

// These tests ask the running kernel. What they do to a thread cannot be
// undone, so it is done in a part in the words of package selftest. It reads
// programs from its standard input and answers a line each, or one line that begins
// with "skip" if the kernel cannot be asked.

func TestMain(m *testing.M) {
	selftest.Main(func(name string) func() {
		part, ok := map[string]func(in *bufio.Reader, out io.Writer){
			"accept": acceptChild, "run": runChild, "divide": divideChild,
		}[name]
		if !ok {
			return nil
		}
		return func() {
			out := bufio.NewWriter(os.Stdout)
			part(bufio.NewReader(os.Stdin), out)
			out.Flush()
		}
	})
	os.Exit(m.Run())
}

// askKernel returns the child's lines, want of them.
func askKernel(t *testing.T, part string, input []byte, want int) []string {
	t.Helper()
	selftest.Live(t)
	r := selftest.Child{Part: part, Stdin: bytes.NewReader(input)}.Run(t)
	lines := strings.Split(strings.TrimSuffix(r.Out.String(), "\n"), "\n")
	if strings.HasPrefix(lines[0], "skip ") {
		t.Skip(lines[0][len("skip "):])
	}
	r.Succeeds(t)
	if len(lines) != want {
		t.Fatalf("child %q: %d lines, want %d: %.200q", part, len(lines), want, r.Out.Bytes())
	}
	return lines
}

// send appends a program to the child's input.
func send(input []byte, insns []bpf.RawInstruction) []byte {
	input = binary.LittleEndian.AppendUint16(input, uint16(len(insns)))
	return appendProgram(input, insns)
}

// receive reads a program that was sent, in a form that the kernel takes; ok is
// false at the end.
func receive(in *bufio.Reader) (prog []unix.SockFilter, ok bool) {
	var n [2]byte
	if _, err := io.ReadFull(in, n[:]); err != nil {
		return nil, false
	}
	b := make([]byte, 8*int(binary.LittleEndian.Uint16(n[:])))
	if _, err := io.ReadFull(in, b); err != nil {
		panic(err)
	}
	for _, i := range readProgram(b) {
		prog = append(prog, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	return prog, true
}

func setFilter(flags uintptr, prog []unix.SockFilter) unix.Errno {
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: unsafe.SliceData(prog)}
	if len(prog) == 0 {
		fprog.Filter = &unix.SockFilter{}
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, abi.SetModeFilter, flags, uintptr(unsafe.Pointer(&fprog)))
	return errno
}

// A breather gives the kernel time to free programs. It does so in work of its
// own, a thousand of which at once can block each other and the next
// installation for good: bpf_prog_pack_free takes the mutex that
// bpf_prog_pack_alloc holds while it waits for other work of the same queue
// (kernel/bpf/core.c, mm/vmalloc.c; seen on Linux 6.18).
type breather int

func (b *breather) program() {
	if *b++; *b%50 == 0 {
		time.Sleep(20 * time.Millisecond)
	}
}

func skipLine(out io.Writer, what string, err error) {
	fmt.Fprintf(out, "skip this kernel has no way to ask: %s: %v\n", what, err)
}

// acceptChild answers whether the kernel accepts each program, installing none.
// A thread can have one filter with a listener, and the kernel only finds out
// that there is one already after it has accepted the new program
// (kernel/seccomp.c:seccomp_set_mode_filter, has_duplicate_listener): EBUSY says
// that the program is good.
func acceptChild(in *bufio.Reader, out io.Writer) {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(out, "prctl(PR_SET_NO_NEW_PRIVS):", err)
		return
	}
	allow := []unix.SockFilter{{Code: 0x06, K: abi.RetAllow}}
	if errno := setFilter(abi.FlagNewListener, allow); errno == unix.EINVAL { // before Linux 5.0
		skipLine(out, "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER)", errno)
		return
	} else if errno != 0 && errno != unix.EBUSY {
		fmt.Fprintln(out, "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER):", errno)
		return
	}
	if errno := setFilter(abi.FlagNewListener, allow); errno != unix.EBUSY {
		skipLine(out, "a second listener is not refused", errno)
		return
	}
	var rest breather
	for {
		prog, ok := receive(in)
		if !ok {
			return
		}
		switch errno := setFilter(abi.FlagNewListener, prog); errno {
		case unix.EBUSY:
			fmt.Fprintln(out, "accepts")
			rest.program()
		case unix.EINVAL:
			fmt.Fprintln(out, "refuses")
		case 0:
			panic("the kernel has installed a program")
		default:
			fmt.Fprintln(out, "errno", errno)
		}
	}
}

// compareWithKernel reports the programs of which Check and the kernel think
// differently, and returns how many there were of those that both accept.
func compareWithKernel(t *testing.T, programs [][]bpf.RawInstruction) (accepted int) {
	t.Helper()
	var input []byte
	for _, insns := range programs {
		input = send(input, insns)
	}
	faults := 0
	for i, got := range askKernel(t, "accept", input, len(programs)) {
		want, err := "accepts", Check(programs[i])
		if err != nil {
			want = "refuses"
		} else {
			accepted++
		}
		if got != want {
			t.Errorf("kernel %s, Check = %v: %v", got, err, programs[i])
			if faults++; faults == 10 {
				t.FailNow()
			}
		}
	}
	return accepted
}

func TestKernelAcceptsEveryCode(t *testing.T) {
	var programs [][]bpf.RawInstruction
	for code := range 1 << 16 {
		inside, last := around(uint16(code))
		programs = append(programs, inside, last)
	}
	if got, want := compareWithKernel(t, programs), len(codes)+2; got != want {
		t.Errorf("kernel accepts %d programs, want %d", got, want)
	}
}

func TestKernelAcceptsRandomPrograms(t *testing.T) {
	r := random(t)
	ret := stmt(codeRetK, abi.RetAllow)
	var programs [][]bpf.RawInstruction
	for _, n := range []int{0, 1, 4095, 4096, 4097, 65535} {
		programs = append(programs, slices.Repeat([]bpf.RawInstruction{ret}, n))
	}
	for _, code := range codes {
		for _, k := range edges {
			programs = append(programs, []bpf.RawInstruction{stmt(codeSt, 4), stmt(code, k), ret})
		}
	}
	for range 1000 {
		insns := randomProgram(r, 1+r.IntN(24), codes)
		scratch := scratchProgram(randomProgram(r, 2+r.IntN(14), scratchCodes))
		programs = append(programs, insns, mutate(r, insns), scratch, mutate(r, scratch))
	}
	for range 10 {
		insns := randomProgram(r, 3000+r.IntN(1097), codes)
		programs = append(programs, insns, mutate(r, insns), mutate(r, insns))
	}
	accepted := compareWithKernel(t, programs)
	t.Logf("kernel and Check accept the same %d of %d programs", accepted, len(programs))
	if accepted < 1000 || len(programs)-accepted < 500 {
		t.Errorf("%d of %d programs accepted, too few or too many to show anything", accepted, len(programs))
	}
}

// witness makes a program of the kind that runChild runs of a body without
// returns: for getppid it returns ERRNO of 11 bits of A^X, from bit args[5] on,
// plus 1, and it allows all else, so that the child lives on.
func witness(body []bpf.RawInstruction) []bpf.RawInstruction {
	insns := []bpf.RawInstruction{
		stmt(codeLdAbs, abi.DataNr), jump(codeJeqK, unix.SYS_GETPPID, 1, 0), stmt(codeRetK, abi.RetAllow),
	}
	insns = append(insns, body...)
	shift := uint32(abi.DataArgs + 5*8)
	if hostABI().ByteOrder() == binary.BigEndian {
		shift += 4
	}
	return append(insns,
		stmt(codeXorX, 0), stmt(codeSt, 15),
		stmt(codeLdAbs, shift), stmt(codeTax, 0), stmt(codeLdMem, 15), stmt(codeRshX, 0),
		stmt(codeAndK, 0x7ff), stmt(codeAddK, 1), stmt(codeOrK, abi.RetErrno), stmt(codeRetA, 0))
}

func hostABI() arch.Arch {
	a, err := arch.Parse(runtime.GOARCH)
	if err != nil {
		panic(err)
	}
	return a
}

// runChild installs each program, in a thread of its own, and answers with the
// errno of each of the getppid calls that follow it in the input, six arguments a
// call; their number comes first.
func runChild(in *bufio.Reader, out io.Writer) {
	first := true
	var rest breather
	for {
		rest.program()
		prog, ok := receive(in)
		if !ok {
			return
		}
		var n [1]byte
		if _, err := io.ReadFull(in, n[:]); err != nil {
			panic(err)
		}
		calls := make([][6]uint64, n[0])
		if err := binary.Read(in, binary.LittleEndian, calls); err != nil {
			panic(err)
		}
		errnos := make([]unix.Errno, len(calls))
		var what string
		done := make(chan error)
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
			if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
				what = "prctl(PR_SET_NO_NEW_PRIVS)"
				done <- err
				return
			}
			if errno := setFilter(0, prog); errno != 0 {
				what = "seccomp(SECCOMP_SET_MODE_FILTER)"
				done <- errno
				return
			}
			for i, a := range calls {
				_, _, errnos[i] = unix.RawSyscall6(unix.SYS_GETPPID,
					uintptr(a[0]), uintptr(a[1]), uintptr(a[2]), uintptr(a[3]), uintptr(a[4]), uintptr(a[5]))
			}
			done <- nil
		}()
		switch err := <-done; {
		case err != nil && first:
			skipLine(out, what, err)
			return
		case err != nil:
			panic(fmt.Sprint(what, ": ", err))
		}
		first = false
		for _, errno := range errnos {
			fmt.Fprintln(out, uint32(errno))
		}
	}
}

func TestKernelRuns(t *testing.T) {
	r := random(t)
	host := hostABI()
	body := slices.DeleteFunc(slices.Clone(codes), func(code uint16) bool { return code&7 == 6 })
	type run struct {
		insns []bpf.RawInstruction
		call  syscalls.Call
		want  uint32
	}
	var runs []run
	var input []byte
	for range 200 {
		insns := randomProgram(r, 1+r.IntN(40), body)
		for i := range insns {
			in := &insns[i]
			switch {
			case in.Op == codeLdAbs && in.K/8 == abi.DataIP/8: // which this test does not know
				in.K += 8
			case in.Op&7 == 6: // the last
				in.Op = codeNeg
			}
		}
		insns = witness(insns)
		p := mustNew(t, host.ByteOrder(), insns...)
		var calls [][6]uint64
		for range 4 {
			c := randomCall(r)
			c.Audit, c.Nr = host.Audit(), unix.SYS_GETPPID
			if host.Bits() == 32 { // and positive, whatever a 64-bit kernel makes of their sign
				for i := range c.Args {
					c.Args[i] &= 0x7fffffff
				}
			}
			for _, c.Args[5] = range []uint64{0, 11, 22} {
				ret, _ := p.Run(c)
				if ret == abi.RetKillThread {
					continue // a division by 0, see TestKernelDividesByZero
				}
				if !slices.Contains([]string{"386", "amd64", "arm64"}, runtime.GOARCH) && shiftsFar(p, c) {
					continue // as the JIT compiler likes
				}
				runs = append(runs, run{insns, c, ret})
				calls = append(calls, c.Args)
			}
		}
		input = send(input, insns)
		input = append(input, byte(len(calls)))
		for _, args := range calls {
			for _, v := range args {
				input = binary.LittleEndian.AppendUint64(input, v)
			}
		}
	}
	for i, line := range askKernel(t, "run", input, len(runs)) {
		run := runs[i]
		if got, want := line, fmt.Sprint(run.want&abi.RetData); got != want {
			t.Fatalf("kernel answers %v with errno %s, Run = %#x: %v", run.call, got, run.want, run.insns)
		}
	}
	t.Logf("kernel and Run agree on %d calls", len(runs))
	if len(runs) < 1000 {
		t.Errorf("%d calls compared, too few", len(runs))
	}
}

// divideChild has a thread divide by an X of 0 and sees it killed, which is what
// the return word 0 says.
func divideChild(in *bufio.Reader, out io.Writer) {
	prog, ok := receive(in)
	if !ok {
		panic("no program")
	}
	thread, failed := make(chan string), make(chan string)
	var divide func()
	divide = func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() { // stays in /proc when it is dead, so not this one
			go divide()
			select {}
		}
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			failed <- fmt.Sprint("prctl(PR_SET_NO_NEW_PRIVS): ", err)
		} else if errno := setFilter(0, prog); errno != 0 {
			failed <- fmt.Sprint("seccomp(SECCOMP_SET_MODE_FILTER): ", errno)
		}
		path := fmt.Sprintf("/proc/self/task/%d", unix.Gettid())
		if _, err := os.Stat(path); err != nil {
			failed <- fmt.Sprint(err)
		}
		thread <- path
		_, _, errno := unix.Syscall(unix.SYS_GETPPID, 0, 0, 0) // not raw: the runtime has to go on without the thread
		failed <- fmt.Sprintf("errno %d", errno)
	}
	go divide()
	select {
	case path := <-thread:
		for {
			if _, err := os.Stat(path); err != nil {
				fmt.Fprintln(out, "killed")
				return
			}
			select {
			case line := <-failed:
				fmt.Fprintln(out, line)
				return
			case <-time.After(time.Millisecond):
			}
		}
	case line := <-failed:
		fmt.Fprintln(out, line)
	}
}

func TestKernelDividesByZero(t *testing.T) {
	insns := []bpf.RawInstruction{
		stmt(codeLdAbs, abi.DataNr), jump(codeJeqK, unix.SYS_GETPPID, 1, 0), stmt(codeRetK, abi.RetAllow),
		stmt(codeDivX, 0), stmt(codeRetK, abi.RetErrno|1),
	}
	c := syscalls.Call{Audit: hostABI().Audit(), Nr: unix.SYS_GETPPID}
	if ret, _ := mustNew(t, hostABI().ByteOrder(), insns...).Run(c); ret != abi.RetKillThread {
		t.Errorf("Run = %#x, want %#x", ret, abi.RetKillThread)
	}
	if got := askKernel(t, "divide", send(nil, insns), 1)[0]; got != "killed" {
		t.Errorf("kernel: %s, want the thread killed", got)
	}
}
