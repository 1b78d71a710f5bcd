package syscalls_test

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/syscalls"
)

// FuzzParseCall: what can be read is written so that it reads as the same call,
// and what cannot is quoted in the error.
func FuzzParseCall(f *testing.F) {
	for _, s := range []string{
		"x86_64 openat(-100, 0, 2)", "x32 read(0)", "x86_64 470(1, 0x100000028)", "x86_64 -1()",
		"0xdeadbeef 5() @0x401000", "mips 4003(1,2,3,4,5,6)", "arm sync_file_range2()", "SCMP_ARCH_S390X -0x1(-0x1)@0",
		"x86_64 opennat()", "x86_64 read(", "x86_64 read(,)", "386 3()", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := syscalls.ParseCall(s)
		if err != nil {
			if !strings.HasPrefix(err.Error(), `call "`) {
				t.Errorf("ParseCall(%q): %v, want the call quoted", s, err)
			}
			return
		}
		text := c.String()
		back, err := syscalls.ParseCall(text)
		if err != nil || back != c {
			t.Errorf("ParseCall(%q) = %+v, %v, want %+v as of %q", text, back, err, c, s)
		}
	})
}
