package syscalls

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/seccompile/seccompile/arch"
)

// A Call is one system call as a filter sees it. It has the fields of struct seccomp_data
// (include/uapi/linux/seccomp.h). The zero value is call 0 with audit value 0, which does
// not belong to an ABI.
type Call struct {
	Audit uint32    // seccomp_data.arch; arch.Of gives the ABI
	Nr    uint32    // as in seccomp_data.nr, including x32's bit and MIPS's base; -1 is 0xffffffff
	IP    uint64    // the address after the instruction that made the call
	Args  [6]uint64 // whole registers; unused ones can have any value
}

// Arch returns the ABI of the call, as [arch.Of] does. ok is false if the audit value is
// unknown.
func (c Call) Arch() (a arch.Arch, ok bool) { return arch.Of(c.Audit, c.Nr) }

// ParseCall parses the notation of vectors, ABI NAME(ARGS):
//
//	x86_64 openat(-100, 0, 2)
//	x32 read(0)
//	x86_64 470(1, 0x100000028)
//	x86_64 -1()
//	0xdeadbeef 5() @0x401000
//
// The ABI is a name that [arch.Parse] accepts, or an audit value that starts with 0x. The
// call is a name on that ABI, or a number in the form of seccomp_data.nr. Up to six
// arguments follow, as decimal or 0x numbers of 64 bits. Negative numbers are in two's
// complement, and omitted arguments are 0. The number after @ is the instruction pointer.
// The error is a [*CallError].
func ParseCall(s string) (Call, error) {
	c, at, err := parseCall(s)
	if err != nil {
		return Call{}, &CallError{s, at, err}
	}
	return c, nil
}

// A CallError is a fault in the text of a call.
type CallError struct {
	Call   string // the text
	Offset int    // of the fault in the text, in bytes
	Err    error
}

// Error returns "call TEXT: FAULT".
func (e *CallError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return fmt.Sprintf("call %q: %v", e.Call, e.Err)
}

// Unwrap returns the fault.
func (e *CallError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// parseCall is ParseCall. Of a fault it returns the offset.
func parseCall(s string) (c Call, at int, err error) {
	s = strings.TrimRightFunc(s, unicode.IsSpace)
	// offset returns where the text of a suffix of s begins.
	offset := func(suffix string) int {
		return len(s) - len(strings.TrimLeftFunc(suffix, unicode.IsSpace))
	}
	start := offset(s)
	abi, rest, ok := strings.Cut(s[start:], " ")
	if !ok {
		return c, start, errors.New("want ABI NAME(ARGS), as in x86_64 openat(-100, 0, 2)")
	}
	nameAt := offset(rest)
	name, rest, ok := strings.Cut(rest, "(")
	if !ok {
		return c, len(s), errors.New("want ( after the name")
	}
	argAt := len(s) - len(rest)
	args, ip, ok := strings.Cut(rest, ")")
	if !ok {
		return c, len(s), errors.New("want ) after the arguments")
	}
	name = strings.TrimSpace(name)

	var a arch.Arch
	if strings.HasPrefix(abi, "0x") {
		n, err := parseWord(abi, 32)
		if err != nil {
			return c, start, fmt.Errorf("audit value %s is not a number of 32 bits", abi)
		}
		c.Audit = uint32(n)
	} else if a, err = arch.Parse(abi); err != nil {
		return c, start, err
	} else {
		c.Audit = a.Audit()
	}
	if nr, err := parseWord(name, 32); err == nil {
		c.Nr = uint32(nr)
	} else if !a.Valid() {
		return c, nameAt, errors.New("an audit value takes a number, not a name")
	} else if c.Nr, ok = Number(a, name); !ok {
		return c, nameAt, unknownName(a, name)
	}

	if strings.TrimSpace(args) != "" {
		list := strings.Split(args, ",")
		for i, arg := range list {
			at := offset(s[argAt:])
			argAt += len(arg) + len(",")
			if i == len(c.Args) {
				return c, at, fmt.Errorf("%d arguments, a call has at most 6", len(list))
			}
			arg = strings.TrimSpace(arg)
			if c.Args[i], err = parseWord(arg, 64); err != nil {
				return c, at, fmt.Errorf("argument %d: %q is not a number of 64 bits%s", i, arg, inNumbers(a, arg))
			}
		}
	}
	if at := offset(ip); at < len(s) {
		ip = s[at:]
		v, err := parseWord(strings.TrimPrefix(ip, "@"), 64)
		if err != nil || !strings.HasPrefix(ip, "@") || strings.HasPrefix(ip, "@-") {
			return c, at, errors.New("want @ADDRESS or nothing after )")
		}
		c.IP = v
	}
	return c, 0, nil
}

// inNumbers says how constants joined by | are written as a number, "" if they are not
// constants of an ABI.
func inNumbers(a arch.Arch, text string) string {
	var value uint64
	for name := range strings.SplitSeq(text, "|") {
		n, ok := Constant(a, strings.TrimSpace(name))
		if !ok || !a.Valid() {
			return ""
		}
		value |= n
	}
	number := fmt.Sprint(int64(value))
	if int64(value) > 0xffff {
		number = fmt.Sprintf("%#x", value)
	}
	return fmt.Sprintf(" (it is %s on %s: write the number)", number, a)
}

// parseWord reads a decimal or 0x number of bits, or a negative one in two's
// complement.
func parseWord(s string, bits int) (uint64, error) {
	digits, negative := strings.CutPrefix(s, "-")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "0x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, bits)
	if err == nil && negative {
		if n > 1<<(bits-1) {
			return 0, strconv.ErrRange
		}
		n = -n
	}
	return n, err
}

// String returns the call in the notation of [ParseCall], without trailing zero
// arguments. ParseCall returns the same Call from it.
func (c Call) String() string {
	var b strings.Builder
	a, ok := c.Arch()
	if ok {
		b.WriteString(a.String())
	} else {
		fmt.Fprintf(&b, "%#x", c.Audit)
	}
	b.WriteByte(' ')
	if name, ok := Name(a, c.Nr); ok {
		b.WriteString(name)
	} else if c.Nr == ^uint32(0) {
		b.WriteString("-1")
	} else if c.Nr > 0xffff {
		fmt.Fprintf(&b, "%#x", c.Nr)
	} else {
		fmt.Fprint(&b, c.Nr)
	}
	b.WriteByte('(')
	n := len(c.Args)
	for n > 0 && c.Args[n-1] == 0 {
		n--
	}
	for i, v := range c.Args[:n] {
		if i > 0 {
			b.WriteString(", ")
		}
		switch s := int64(v); {
		case v <= 0xffff:
			fmt.Fprint(&b, v)
		case s < 0 && s >= -0xffff:
			fmt.Fprint(&b, s)
		default:
			fmt.Fprintf(&b, "%#x", v)
		}
	}
	b.WriteByte(')')
	if c.IP != 0 {
		fmt.Fprintf(&b, " @%#x", c.IP)
	}
	return b.String()
}
