package syscalls_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

var seed = flag.Uint64("seed", 1, "of the random tests, 0 for a new one")

const (
	amd64 = 0xc000003e
	i386  = 0x40000003
	minus = ^uint64(0)
)

func TestParseCall(t *testing.T) {
	tests := []struct {
		text string
		want syscalls.Call
		back string // of String; "" if it is the text
	}{
		{"x86_64 openat(-100, 0, 2)", syscalls.Call{Audit: amd64, Nr: 257, Args: [6]uint64{minus - 99, 0, 2}}, ""},
		{"x86_64 read()", syscalls.Call{Audit: amd64}, ""},
		{"x86_64 read(1, 2, 3, 4, 5, 6)", syscalls.Call{Audit: amd64, Args: [6]uint64{1, 2, 3, 4, 5, 6}}, ""},
		{"x86_64 read(0, 0, 0, 0, 0, 1)", syscalls.Call{Audit: amd64, Args: [6]uint64{5: 1}}, ""},
		{"x86_64 read() @0x401000", syscalls.Call{Audit: amd64, IP: 0x401000}, ""},
		{"x86_64 read() @4096", syscalls.Call{Audit: amd64, IP: 4096}, "x86_64 read() @0x1000"},
		{"x86_64 read()@0xffffffffffffffff", syscalls.Call{Audit: amd64, IP: minus}, "x86_64 read() @0xffffffffffffffff"},
		{"x86_64 600()", syscalls.Call{Audit: amd64, Nr: 600}, ""},
		{"x86_64 0()", syscalls.Call{Audit: amd64}, "x86_64 read()"},
		{"x86_64 -1()", syscalls.Call{Audit: amd64, Nr: 0xffffffff}, ""},
		{"x86_64 0xffffffff()", syscalls.Call{Audit: amd64, Nr: 0xffffffff}, "x86_64 -1()"},
		{"x86_64 65535()", syscalls.Call{Audit: amd64, Nr: 65535}, ""},
		{"x86_64 0x10000()", syscalls.Call{Audit: amd64, Nr: 65536}, ""},
		{"x86_64 -2()", syscalls.Call{Audit: amd64, Nr: 0xfffffffe}, "x32 0xfffffffe()"},
		{"x86_64 0x80000000()", syscalls.Call{Audit: amd64, Nr: 1 << 31}, ""},

		// x32's calls have x86_64's audit value; a number is taken as it stands.
		{"x32 read(0)", syscalls.Call{Audit: amd64, Nr: 0x40000000}, "x32 read()"},
		{"x86_64 0x40000000()", syscalls.Call{Audit: amd64, Nr: 0x40000000}, "x32 read()"},
		{"x32 0x40000200(1)", syscalls.Call{Audit: amd64, Nr: 0x40000200, Args: [6]uint64{1}}, "x32 rt_sigaction(1)"},
		{"x32 1()", syscalls.Call{Audit: amd64, Nr: 1}, "x86_64 write()"},
		{"x32 -1()", syscalls.Call{Audit: amd64, Nr: 0xffffffff}, "x86_64 -1()"},

		{"mips read(1)", syscalls.Call{Audit: 8, Nr: 4003, Args: [6]uint64{1}}, ""},
		{"mips 3(1)", syscalls.Call{Audit: 8, Nr: 3, Args: [6]uint64{1}}, ""},
		{"mips64n32 6000()", syscalls.Call{Audit: 0xa0000008, Nr: 6000}, "mips64n32 read()"},
		{"arm set_tls(0x1000)", syscalls.Call{Audit: 0x40000028, Nr: 0xf0005, Args: [6]uint64{0x1000}}, "arm set_tls(4096)"},
		{"arm sync_file_range2()", syscalls.Call{Audit: 0x40000028, Nr: 341}, "arm arm_sync_file_range()"},

		// Names of the other worlds.
		{"SCMP_ARCH_X86 read()", syscalls.Call{Audit: i386, Nr: 3}, "x86 read()"},
		{"amd64 read()", syscalls.Call{Audit: amd64}, "x86_64 read()"},
		{"i686 socketcall(1, 0xbffff000)", syscalls.Call{Audit: i386, Nr: 102, Args: [6]uint64{1, 0xbffff000}}, "x86 socketcall(1, 0xbffff000)"},

		// Audit values.
		{"0xc000003e 257()", syscalls.Call{Audit: amd64, Nr: 257}, "x86_64 openat()"},
		{"0xdeadbeef 5() @0x401000", syscalls.Call{Audit: 0xdeadbeef, Nr: 5, IP: 0x401000}, ""},
		{"0xDEADBEEF 0x5()", syscalls.Call{Audit: 0xdeadbeef, Nr: 5}, "0xdeadbeef 5()"},
		{"0x0 0()", syscalls.Call{}, ""},
		{"0x4000003e -1()", syscalls.Call{Audit: 0x4000003e, Nr: 0xffffffff}, ""},

		// Arguments are 64 bits.
		{"x86_64 read(65535, 0x10000)", syscalls.Call{Audit: amd64, Args: [6]uint64{65535, 65536}}, ""},
		{"x86_64 read(-1, -65535, -65536)", syscalls.Call{Audit: amd64, Args: [6]uint64{minus, minus - 65534, minus - 65535}}, "x86_64 read(-1, -65535, 0xffffffffffff0000)"},
		{"x86_64 read(18446744073709551615)", syscalls.Call{Audit: amd64, Args: [6]uint64{minus}}, "x86_64 read(-1)"},
		{"x86_64 read(0x100000028)", syscalls.Call{Audit: amd64, Args: [6]uint64{0x100000028}}, ""},
		{"x86_64 read(-0x8000000000000000)", syscalls.Call{Audit: amd64, Args: [6]uint64{1 << 63}}, "x86_64 read(0x8000000000000000)"},
		{"x86 read(0xffffffff)", syscalls.Call{Audit: i386, Nr: 3, Args: [6]uint64{0xffffffff}}, ""},

		{"  x86_64   openat ( 1 ,2,  3 )  @0x10  ", syscalls.Call{Audit: amd64, Nr: 257, IP: 16, Args: [6]uint64{1, 2, 3}}, "x86_64 openat(1, 2, 3) @0x10"},
	}
	for _, tt := range tests {
		got, err := syscalls.ParseCall(tt.text)
		if err != nil {
			t.Errorf("ParseCall(%q): %v", tt.text, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("ParseCall(%q) (-want +got)\n%s", tt.text, diff)
		}
		want := tt.back
		if want == "" {
			want = tt.text
		}
		if s := got.String(); s != want {
			t.Errorf("String of %q = %q, want %q", tt.text, s, want)
		}
	}
}

func TestParseCallErrors(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `want ABI NAME(ARGS), as in x86_64 openat(-100, 0, 2)`},
		{"x86_64", `want ABI NAME(ARGS), as in x86_64 openat(-100, 0, 2)`},
		{"openat(1)", `want ABI NAME(ARGS), as in x86_64 openat(-100, 0, 2)`},
		{"x86_64 read", `want ( after the name`},
		{"x86_64 read(1", `want ) after the arguments`},
		{"amd65 read()", `unknown architecture "amd65" (did you mean amd64?)`},
		{"0x1c000003e 5()", `audit value 0x1c000003e is not a number of 32 bits`},
		{"x86_64 opennat()", `unknown system call "opennat" (did you mean openat?)`},
		{"x86_64 ()", `unknown system call ""`},
		{"x86_64 4294967296()", `unknown system call "4294967296"`},
		{"x86_64 -2147483649()", `unknown system call "-2147483649"`},
		{"aarch64 open()", `aarch64 has no call open, but other ABIs do`},
		{"0xc000003e read()", `an audit value takes a number, not a name`},
		{"x86_64 read(1, 2, 3, 4, 5, 6, 7)", `7 arguments, a call has at most 6`},
		{"x86_64 read(1, , 3)", `argument 1: "" is not a number of 64 bits`},
		{"x86_64 read(1,)", `argument 1: "" is not a number of 64 bits`},
		{"x86_64 read(AT_FDCWD)", `argument 0: "AT_FDCWD" is not a number of 64 bits (it is -100 on x86_64: write the number)`},
		{"aarch64 openat(0, 0, O_DIRECTORY | O_CREAT)", `argument 2: "O_DIRECTORY | O_CREAT" is not a number of 64 bits (it is 16448 on aarch64: write the number)`},
		{"0xdead 5(AT_FDCWD)", `argument 0: "AT_FDCWD" is not a number of 64 bits`},
		{"x86_64 clone(CLONE_NEWUSER)", `argument 0: "CLONE_NEWUSER" is not a number of 64 bits (it is 0x10000000 on x86_64: write the number)`},
		{"x86_64 openat(0, 0, O_CREAT|O_NONE)", `argument 2: "O_CREAT|O_NONE" is not a number of 64 bits`},
		{"x86_64 read(0, ff)", `argument 1: "ff" is not a number of 64 bits`},
		{"x86_64 read(1 2)", `argument 0: "1 2" is not a number of 64 bits`},
		{"x86_64 read(+1)", `argument 0: "+1" is not a number of 64 bits`},
		{"x86_64 read(--1)", `argument 0: "--1" is not a number of 64 bits`},
		{"x86_64 read(18446744073709551616)", `argument 0: "18446744073709551616" is not a number of 64 bits`},
		{"x86_64 read(-9223372036854775809)", `argument 0: "-9223372036854775809" is not a number of 64 bits`},
		{"x86_64 read() ALLOW", `want @ADDRESS or nothing after )`},
		{"x86_64 read() 5", `want @ADDRESS or nothing after )`},
		{"x86_64 read() @", `want @ADDRESS or nothing after )`},
		{"386 0b11()", `unknown system call "0b11"`},
		{"x86_64 0o10()", `unknown system call "0o10"`},
		{"x86_64 1_0()", `unknown system call "1_0"`},
		{"x86_64 read() @-1", `want @ADDRESS or nothing after )`},
		{"x86_64 read() @@5", `want @ADDRESS or nothing after )`},
		{"x86_64 read())", `want @ADDRESS or nothing after )`},
	}
	for _, tt := range tests {
		_, err := syscalls.ParseCall(tt.text)
		if want := `call "` + tt.text + `": ` + tt.want; err == nil || err.Error() != want {
			t.Errorf("ParseCall(%q): %v, want %s", tt.text, err, want)
		}
	}
}

// TestCallErrorOffset: a fault knows where in the text it is. What stands from there on
// is what is wrong, or missing.
func TestCallErrorOffset(t *testing.T) {
	tests := []struct{ text, from string }{
		{"", ""},
		{"  x86_64  ", "x86_64  "},
		{"x86_64 read  ", "  "},
		{" amd65 read()", "amd65 read()"},
		{"0x1c000003e 5()", "0x1c000003e 5()"},
		{"x86_64   opennat (1)", "opennat (1)"},
		{"0xc000003e read()", "read()"},
		{"x86_64 read(1, 2", ""},
		{"x86_64 read( ff)", "ff)"},
		{"x86_64 read(1,  ff , 2)", "ff , 2)"},
		{"x86_64 read(1,)", ")"},
		{"x86_64 read(1, 2, 3, 4, 5, 6, 7, 8)", "7, 8)"},
		{"x86_64 read(1)  5 ", "5 "},
	}
	for _, tt := range tests {
		_, err := syscalls.ParseCall(tt.text)
		var fault *syscalls.CallError
		if !errors.As(err, &fault) || fault.Call != tt.text || fault.Offset != len(tt.text)-len(tt.from) {
			t.Errorf("ParseCall(%q): %#v, want a fault at %q", tt.text, err, tt.from)
		}
	}
}

func TestCallArch(t *testing.T) {
	for a := range arch.All() {
		c := syscalls.Call{Audit: a.Audit(), Nr: a.NumberBase()}
		if got, ok := c.Arch(); got != a || !ok {
			t.Errorf("Arch of %v = %s, %v, want %s", c, got, ok, a)
		}
	}
	if got, ok := (syscalls.Call{}).Arch(); got != 0 || ok {
		t.Errorf("Arch of the zero Call = %s, %v, want none", got, ok)
	}
}

// TestEveryCall writes and reads every call of every ABI.
func TestEveryCall(t *testing.T) {
	for a := range arch.All() {
		for nr, name := range syscalls.All(a) {
			text := a.String() + " " + name + "()"
			c, err := syscalls.ParseCall(text)
			if want := (syscalls.Call{Audit: a.Audit(), Nr: nr}); err != nil || c != want {
				t.Errorf("ParseCall(%q) = %+v, %v, want %+v", text, c, err, want)
			}
			if got := c.String(); got != text && name != "sync_file_range2" {
				t.Errorf("String of %+v = %q, want %q", c, got, text)
			}
		}
	}
}

// TestRandomCalls reads back what String writes.
func TestRandomCalls(t *testing.T) {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed=%d", s)
	r := rand.New(rand.NewPCG(s, 0))
	word := func() uint64 {
		edges := [...]uint64{0, 1, 255, 0xffff, 0x10000, 0x3fffffff, arch.X32Bit, 1 << 31, 0xffffffff, 1 << 32, 1 << 63}
		switch v := edges[r.IntN(len(edges))]; r.IntN(4) {
		case 0:
			return v
		case 1:
			return -v
		case 2:
			return v + r.Uint64N(3) - 1
		}
		return r.Uint64()
	}
	for range 50000 {
		c := syscalls.Call{Audit: uint32(word()), Nr: uint32(word())}
		if a := arch.Arch(r.IntN(24)); a.Valid() {
			c.Audit = a.Audit()
			if r.IntN(2) == 0 {
				c.Nr = a.NumberBase() + r.Uint32N(600)
			}
		}
		for i := range r.IntN(7) {
			c.Args[i] = word()
		}
		if r.IntN(4) == 0 {
			c.IP = word()
		}
		if got, err := syscalls.ParseCall(c.String()); err != nil || got != c {
			t.Fatalf("ParseCall(%q) = %+v, %v, want %+v", c, got, err, c)
		}
	}
}
