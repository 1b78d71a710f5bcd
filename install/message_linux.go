package install

import (
	"encoding/binary"
	"errors"
	"strings"
	"syscall"

	"golang.org/x/net/bpf"
)

// What Start and its child tell each other: numbers as the machine has them, then
// strings, each with a NUL after it. Both ends are the same program.

var errMessage = errors.New("garbled message")

// A launchHead is a launch but for its strings.
type launchHead struct {
	Flags         uint64
	AllowNewPrivs bool
	SetBounding   bool
	Traced        bool
	Bounding      uint64 // bit mask
	Ignored       signals
	DeathSignal   int32
	Before        uint32 // filters, after the others each with its length
	Insns         uint32
	Argv          uint32
}

// marshal returns the launch with its length in front.
func (l *launch) marshal() ([]byte, error) {
	h := launchHead{
		Flags:         uint64(l.o.Flags),
		AllowNewPrivs: l.o.AllowNewPrivs,
		SetBounding:   l.o.Bounding != nil,
		Traced:        l.traced,
		Ignored:       l.ignored,
		DeathSignal:   int32(l.deathSignal),
		Before:        uint32(len(l.o.Before)),
		Insns:         uint32(len(l.insns)),
		Argv:          uint32(len(l.argv)),
	}
	for _, c := range l.o.Bounding {
		if c < 64 { // the kernel has none beyond (kernel/capability.c)
			h.Bounding |= 1 << c
		}
	}
	b, err := binary.Append(make([]byte, 4), binary.NativeEndian, h)
	if err == nil {
		b, err = binary.Append(b, binary.NativeEndian, l.insns)
	}
	for _, insns := range l.o.Before {
		b = binary.NativeEndian.AppendUint32(b, uint32(len(insns)))
		if err == nil {
			b, err = binary.Append(b, binary.NativeEndian, insns)
		}
	}
	b = appendStrings(b, l.path)
	b = appendStrings(b, l.argv...)
	b = appendStrings(b, l.env...)
	binary.NativeEndian.PutUint32(b, uint32(len(b)-4))
	return b, err
}

// unmarshal is marshal's inverse, without the length.
func (l *launch) unmarshal(b []byte) error {
	var h launchHead
	n, err := binary.Decode(b, binary.NativeEndian, &h)
	if err != nil {
		return err
	}
	insns, b, err := cutInsns(b[n:], h.Insns)
	if err != nil {
		return err
	}
	var before [][]bpf.RawInstruction
	for range h.Before {
		if len(b) < 4 {
			return errMessage
		}
		var other []bpf.RawInstruction
		if other, b, err = cutInsns(b[4:], binary.NativeEndian.Uint32(b)); err != nil {
			return err
		}
		before = append(before, other)
	}
	list, err := cutStrings(b)
	if err != nil || uint64(len(list)) < 1+uint64(h.Argv) {
		return errMessage
	}
	*l = launch{
		insns:       insns,
		o:           Options{Flags: uint(h.Flags), Before: before, AllowNewPrivs: h.AllowNewPrivs},
		path:        list[0],
		argv:        list[1 : 1+h.Argv],
		env:         list[1+h.Argv:],
		ignored:     h.Ignored,
		deathSignal: int(h.DeathSignal),
		traced:      h.Traced,
	}
	if h.SetBounding {
		l.o.Bounding = []uintptr{}
		for c := range uintptr(64) {
			if h.Bounding>>c&1 != 0 {
				l.o.Bounding = append(l.o.Bounding, c)
			}
		}
	}
	return nil
}

// cutInsns cuts n instructions off.
func cutInsns(b []byte, n uint32) (insns []bpf.RawInstruction, rest []byte, err error) {
	if uint64(len(b)) < 8*uint64(n) {
		return nil, nil, errMessage
	}
	insns = make([]bpf.RawInstruction, n)
	size, err := binary.Decode(b, binary.NativeEndian, insns)
	return insns, b[size:], err
}

// An errorHead is an Error but for its strings. Before stays with the child, which
// ends.
type errorHead struct {
	Errno        uint32
	Thread       int32
	Lacks        uint64
	NotSupported bool
	Since        Release
}

func (e *Error) marshal() ([]byte, error) {
	b, err := binary.Append(nil, binary.NativeEndian, errorHead{uint32(e.Errno), int32(e.Thread), uint64(e.Lacks), e.Cause == ErrNotSupported, e.Since})
	return appendStrings(b, e.Op, e.Advice, e.Fault), err
}

func (e *Error) unmarshal(b []byte) error {
	var h errorHead
	n, err := binary.Decode(b, binary.NativeEndian, &h)
	if err != nil {
		return err
	}
	list, err := cutStrings(b[n:])
	if err != nil || len(list) != 3 {
		return errMessage
	}
	*e = Error{
		Op:     list[0],
		Errno:  syscall.Errno(h.Errno),
		Thread: int(h.Thread),
		Lacks:  uint(h.Lacks),
		Since:  h.Since,
		Advice: list[1],
		Fault:  list[2],
	}
	if h.NotSupported {
		e.Cause = ErrNotSupported
	}
	return nil
}

func appendStrings(b []byte, list ...string) []byte {
	for _, s := range list {
		b = append(append(b, s...), 0)
	}
	return b
}

func cutStrings(b []byte) ([]string, error) {
	s, ok := strings.CutSuffix(string(b), "\x00")
	if !ok {
		return nil, errMessage
	}
	return strings.Split(s, "\x00"), nil
}
