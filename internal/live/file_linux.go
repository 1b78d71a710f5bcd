package live

import (
	"os"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A file is what a child gets as its standard input and both map: the header, the calls
// and the instructions of the filter under test, in the byte order of the kernel. What the
// child has found out stands there however it ends.
type file struct {
	*header
	calls []call
	insns []unix.SockFilter
	mem   []byte
}

// A header and a call have the same layout in processes of 32 and of 64 bits.
type header struct {
	next  uint32 // index of the call that is being made
	state uint32 // how the child has seen the call end
	calls uint32
	insns uint32
	errno uint32 // of what state says, if it failed
	_     uint32
}

// Values of header.state. A process that was killed has left stateCalling.
const (
	stateInstalling = iota
	stateCalling
	stateTrapped // the handler of SIGSYS has run
	stateGone    // the thread does not exist any more
	stateRefused // seccomp(2) has failed
	stateDone
)

type call struct {
	nr     uint64 // as it is put into the register
	args   [6]uint64
	result uint64
	errno  uint64
}

func sizes(calls, insns int) (insnsAt, total int) {
	insnsAt = int(unsafe.Sizeof(header{})) + calls*int(unsafe.Sizeof(call{}))
	return insnsAt, insnsAt + insns*int(unsafe.Sizeof(unix.SockFilter{}))
}

// newFile makes a file with the instructions, and room for the calls.
func newFile(calls int, insns []bpf.RawInstruction) (*os.File, *file, error) {
	f, err := os.CreateTemp("", "live")
	if err != nil {
		return nil, nil, err
	}
	os.Remove(f.Name())
	_, total := sizes(calls, len(insns))
	if err := f.Truncate(int64(total)); err != nil {
		return nil, nil, err
	}
	b, err := mmap(int(f.Fd()), total)
	if err != nil {
		return nil, nil, err
	}
	h := (*header)(unsafe.Pointer(&b[0]))
	h.calls, h.insns = uint32(calls), uint32(len(insns))
	m := overlay(b)
	copy(m.insns, sockFilters(insns))
	return f, m, nil
}

// openFile maps the file of another process.
func openFile(fd int) (*file, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, err
	}
	b, err := mmap(fd, int(st.Size))
	if err != nil {
		return nil, err
	}
	return overlay(b), nil
}

func (m *file) close() { unix.Munmap(m.mem) }

func mmap(fd, size int) ([]byte, error) {
	return unix.Mmap(fd, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

func overlay(b []byte) *file {
	h := (*header)(unsafe.Pointer(&b[0]))
	insnsAt, _ := sizes(int(h.calls), int(h.insns))
	return &file{
		header: h,
		calls:  unsafe.Slice((*call)(unsafe.Pointer(&b[unsafe.Sizeof(*h)])), h.calls),
		insns:  unsafe.Slice((*unix.SockFilter)(unsafe.Pointer(&b[insnsAt])), h.insns),
		mem:    b,
	}
}

func sockFilters(insns []bpf.RawInstruction) []unix.SockFilter {
	s := make([]unix.SockFilter, len(insns))
	for i, x := range insns {
		s[i] = unix.SockFilter{Code: x.Op, Jt: x.Jt, Jf: x.Jf, K: x.K}
	}
	return s
}
