package install

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// someProgram has two filters and a flag.
func someProgram() *Program {
	last := []bpf.RawInstruction{{Op: abi.ClassLD | abi.ModeABS, K: 4}, {Op: abi.ClassJMP | abi.OpJEQ, Jt: 1, Jf: 2, K: 0xc000003e}, {Op: abi.ClassRET, K: 0x7fff0000}, {Op: abi.ClassRET}}
	return NewProgram(last, abi.FlagLog, []bpf.RawInstruction{{Op: abi.ClassRET, K: 0x7fff0000}})
}

// TestProgram: what is read is what was written, on every machine in the same bytes.
func TestProgram(t *testing.T) {
	p := someProgram()
	b, err := p.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var q Program
	if err := q.UnmarshalBinary(b); err != nil || !reflect.DeepEqual(&q, p) {
		t.Fatalf("UnmarshalBinary = %v, %v, want %v", &q, err, p)
	}
	if got, want := crc32.ChecksumIEEE(b[:len(b)-4]), uint32(0x5f3091b2); got != want {
		t.Errorf("the bytes have the checksum %#x, want %#x: their form has changed", got, want)
	}
	o := q.Options()
	if len(q.Insns()) != 4 || len(o.Before) != 1 || len(o.Before[0]) != 1 || o.Flags != abi.FlagLog {
		t.Errorf("Insns and Options = %v, %+v", q.Insns(), o)
	}
	if got, want := q.String(), "2 filters of 1 and 4 instructions, flags LOG"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	q.Insns()[0].K, o.Before[0][0].K = 99, 99
	if !reflect.DeepEqual(&q, p) {
		t.Error("a Program changes with the slices that it returned")
	}
}

// TestProgramText: a Program in JSON is its bytes in base64, as value and as pointer.
func TestProgramText(t *testing.T) {
	type both struct {
		Value   Program
		Pointer *Program
	}
	want := both{*someProgram(), someProgram()}
	text, err := json.Marshal(want)
	if err != nil || strings.Count(string(text), `":"c2VjY29tcGlsZSBwcm9ncmFt`) != 2 {
		t.Fatalf("Marshal = %s, %v", text, err)
	}
	var got both
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Unmarshal = %v, %v, want %v", got, err, want)
	}
	if text, err := json.Marshal(Program{}); err == nil {
		t.Errorf("Marshal of a Program without a filter = %s, want an error", text)
	}
	for _, text := range []string{`"***"`, `"c2VjY29tcGlsZSBwcm9ncmFt"`, `{}`, `""`} {
		if err := json.Unmarshal([]byte(text), &got.Value); err == nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Unmarshal(%s) = %v, want an error and the Program as it was", text, err)
		}
	}
}

// TestProgramFaults: bytes that were cut, changed, or made by others are refused, and
// leave the Program as it was.
func TestProgramFaults(t *testing.T) {
	b, err := someProgram().MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	p := someProgram()
	refused := func(what string, data []byte, want string) {
		t.Helper()
		err := p.UnmarshalBinary(data)
		var e *Error
		if !errors.As(err, &e) || e.Errno != syscall.EINVAL || !strings.Contains(e.Fault, want) {
			t.Errorf("%s: %v, want an error with %q", what, err, want)
		}
		if !reflect.DeepEqual(p, someProgram()) {
			t.Fatalf("%s: the Program has changed", what)
		}
	}
	for i := range b {
		refused("cut", b[:i], "")
		changed := append([]byte(nil), b...)
		changed[i] ^= 0x10
		refused("changed", changed, "")
	}
	refused("longer", append(append([]byte(nil), b...), 0), "checksum")
	refused("another version", append([]byte("seccompile program 2\n"), b[len(programHead):]...), "not a program of this version")
	// Bytes with a right checksum.
	sealed := func(flags uint64, words ...uint32) []byte {
		c := binary.LittleEndian.AppendUint64([]byte(programHead), flags)
		for _, w := range words {
			c = binary.LittleEndian.AppendUint32(c, w)
		}
		return binary.LittleEndian.AppendUint32(c, crc32.ChecksumIEEE(c))
	}
	ret := []uint32{uint32(abi.ClassRET), 0x7fff0000}
	if err := new(Program).UnmarshalBinary(sealed(0, 1, 1, ret[0], ret[1])); err != nil {
		t.Fatalf("a program of one instruction: %v", err)
	}
	refused("no filter", sealed(0, 0), "0 instructions")
	refused("an empty filter", sealed(0, 1, 0), "0 instructions")
	refused("an empty filter before another", sealed(0, 2, 0, 1, ret[0], ret[1]), "0 instructions in Before[0]")
	refused("a filter that is not there", sealed(0, 2, 1, ret[0], ret[1]), "lengths")
	refused("more than the filters", sealed(0, 1, 1, ret[0], ret[1], 7), "lengths")
	refused("a length of gigabytes", sealed(0, 1, 1<<31), "lengths")
	refused("unknown flags", sealed(1<<20, 1, 1, ret[0], ret[1]), "unknown flag")
	refused("flags that exclude each other", sealed(abi.FlagWaitKillableRecv, 1, 1, ret[0], ret[1]), "needs NEW_LISTENER")
	if _, err := NewProgram(nil, 0).MarshalBinary(); err == nil {
		t.Error("MarshalBinary of nothing: no error")
	}
	if _, err := (*Program)(nil).MarshalBinary(); err == nil || (*Program)(nil).UnmarshalBinary(b) == nil {
		t.Error("a nil Program is written or read")
	}
}

// FuzzProgram: what is read can be written, as the same bytes.
func FuzzProgram(f *testing.F) {
	b, err := someProgram().MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) >= 4 { // a right checksum lets the rest be looked at
			body := data[:len(data)-4]
			data = binary.LittleEndian.AppendUint32(append([]byte(nil), body...), crc32.ChecksumIEEE(body))
		}
		var p Program
		if p.UnmarshalBinary(data) != nil {
			return
		}
		if again, err := p.MarshalBinary(); err != nil || string(again) != string(data) {
			t.Fatalf("MarshalBinary = %x, %v, want %x", again, err, data)
		}
	})
}
