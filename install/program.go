package install

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"syscall"

	"golang.org/x/net/bpf"
)

// A Program is what a process needs to install one or several filters: instructions and
// flags. It can be encoded as bytes, to send it from a parent to a child, store it in a
// cache, or embed it in a program.
//
//	b, err := install.NewProgram(f.Insns(), f.Flags()).MarshalBinary() // in the parent
//
//	var p install.Program // in the child
//	if err := p.UnmarshalBinary(b); err != nil {
//		return err
//	}
//	listener, err := install.Filter(p.Insns(), p.Options())
//
// The zero value has no instructions, which [Filter] refuses. A Program is immutable
// except for UnmarshalBinary and UnmarshalText.
type Program struct {
	filters [][]bpf.RawInstruction // in the order of installation
	flags   uint
}

// NewProgram returns a Program with the instructions of a filter and its flags,
// SECCOMP_FILTER_FLAG_*. The filters in before are installed before it, as in
// Options.Before. NewProgram does not retain the slices.
func NewProgram(insns []bpf.RawInstruction, flags uint, before ...[]bpf.RawInstruction) *Program {
	p := &Program{flags: flags}
	for _, f := range append(slices.Clip(before), insns) {
		p.filters = append(p.filters, slices.Clone(f))
	}
	return p
}

// Insns returns the instructions of the filter that is installed last. The caller owns
// the slice.
func (p *Program) Insns() []bpf.RawInstruction {
	if p == nil || len(p.filters) == 0 {
		return nil
	}
	return slices.Clone(p.filters[len(p.filters)-1])
}

// Options returns Options with the Program's flags and with the filters to install before
// the last one. The caller may set other fields.
func (p *Program) Options() Options {
	if p == nil || len(p.filters) == 0 {
		return Options{}
	}
	o := Options{Flags: p.flags}
	for _, f := range p.filters[:len(p.filters)-1] {
		o.Before = append(o.Before, slices.Clone(f))
	}
	return o
}

// The form of a Program, all numbers little-endian on every machine:
//
//	"seccompile program 1\n"
//	flags, 8 bytes; number of filters, 4 bytes
//	for each filter: number of instructions, 4 bytes; for each of these: code, 2
//	    bytes; jt, 1; jf, 1; k, 4 (struct sock_filter, include/uapi/linux/filter.h)
//	CRC-32 (IEEE) of all that, 4 bytes
const (
	programHead = "seccompile program 1\n"
	insnSize    = 8
)

// MarshalBinary returns the Program in a format that is the same on every machine. The
// format has a version number, and UnmarshalBinary checks the version and the contents. A
// Program that [Filter] would refuse for its length or its flags is an error.
func (p *Program) MarshalBinary() ([]byte, error) {
	if err := p.check("install.Program.MarshalBinary"); err != nil {
		return nil, err
	}
	b := append([]byte(nil), programHead...)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.flags))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(p.filters)))
	for _, f := range p.filters {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(f)))
		for _, in := range f {
			b = binary.LittleEndian.AppendUint16(b, in.Op)
			b = append(b, in.Jt, in.Jf)
			b = binary.LittleEndian.AppendUint32(b, in.K)
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

// UnmarshalBinary decodes the format of [Program.MarshalBinary]. After an error p is
// unchanged.
func (p *Program) UnmarshalBinary(data []byte) error {
	const op = "install.Program.UnmarshalBinary"
	refuse := func(fault, advice string) error {
		return &Error{Op: op, Errno: syscall.EINVAL, Fault: fault, Advice: advice}
	}
	const least = len(programHead) + 8 + 4 + 4
	switch {
	case p == nil:
		return refuse("a nil Program", "declare a variable and pass its address")
	case len(data) < least || string(data[:len(programHead)]) != programHead:
		return refuse("the bytes are not a program of this version", "MarshalBinary of the same version writes them")
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return refuse("the checksum is wrong", "the bytes were truncated or changed")
	}
	body = body[len(programHead):]
	q := Program{flags: uint(binary.LittleEndian.Uint64(body))}
	if uint64(q.flags) != binary.LittleEndian.Uint64(body) {
		return refuse("flags of more bits than this machine has", "the kernel has no such flags")
	}
	n := binary.LittleEndian.Uint32(body[8:])
	for body = body[12:]; n > 0 && len(body) >= 4; n-- {
		count := uint64(binary.LittleEndian.Uint32(body))
		if body = body[4:]; count*insnSize > uint64(len(body)) {
			break
		}
		f := make([]bpf.RawInstruction, count)
		for i := range f {
			b := body[i*insnSize:]
			f[i] = bpf.RawInstruction{Op: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.LittleEndian.Uint32(b[4:])}
		}
		q.filters, body = append(q.filters, f), body[count*insnSize:]
	}
	if n > 0 || len(body) > 0 {
		return refuse("the lengths do not fit", "the bytes were made by another program")
	}
	if err := q.check(op); err != nil {
		return err
	}
	*p = q
	return nil
}

// MarshalText returns the result of [Program.MarshalBinary] in base64 (RFC 4648, section
// 4), so that a Program is a string in JSON.
func (p Program) MarshalText() ([]byte, error) { // of a value: encoding/json ignores a pointer's for one
	b, err := p.MarshalBinary()
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText decodes the format of [Program.MarshalText]. After an error p is
// unchanged.
func (p *Program) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return &Error{Op: "install.Program.UnmarshalText", Errno: syscall.EINVAL, Fault: err.Error(), Advice: "MarshalText writes base64"}
	}
	return p.UnmarshalBinary(b)
}

// check is what Filter can say without a kernel.
func (p *Program) check(op string) error {
	if p == nil {
		return &Error{Op: op, Errno: syscall.EINVAL, Fault: "a nil Program", Advice: "NewProgram returns one"}
	}
	return check(op, p.Insns(), p.Options())
}

// String returns a summary such as "2 filters of 62 and 4096 instructions, flags LOG".
func (p *Program) String() string {
	if p == nil || len(p.filters) == 0 {
		return "no filter"
	}
	s := "a filter of "
	if n := len(p.filters); n > 1 {
		s = fmt.Sprintf("%d filters of ", n)
	}
	for i, f := range p.filters {
		if i > 0 {
			s += " and "
		}
		s += fmt.Sprint(len(f))
	}
	return s + " instructions, flags " + flagString(p.flags)
}
