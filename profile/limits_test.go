package profile

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
)

// hostileText is a text that asks for much.
type hostileText struct {
	name string
	in   string
	code Code // "": it is taken
}

func hostileTexts() []hostileText {
	repeat := strings.Repeat
	entries := func(n int, format string, args func(i int) []any) string {
		var b strings.Builder
		b.WriteString(`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [`)
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, format, args(i)...)
		}
		return b.String() + "]}"
	}
	number := func(i int) []any { return []any{i} }
	action := func(i int) []any { return []any{[...]string{"ALLOW", "TRAP", "KILL", "LOG"}[i%4], i, i%5 + 1} }
	conditions := func(format string, args func(i int) []any) string {
		var b strings.Builder
		for i := range maxRules - 1 {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, format, args(i)...)
		}
		return `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [` + b.String() + `]}]}`
	}
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"opennat%d",`, i)
		}
		return b.String()
	}
	return []hostileText{
		{"100 MB of blanks", repeat(" ", 100<<20), CodeTooLarge},
		{"100 MB of a profile", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + repeat(`{"names": ["read"], "action": "SCMP_ACT_ALLOW"},`, 100<<20/48) + `{}]}`, CodeTooLarge},
		{"blanks up to the limit", repeat(" ", MaxText), CodeSyntax},
		{"a string up to the limit", `"` + repeat("x", MaxText-2) + `"`, CodeEmpty},
		{"escapes up to the limit", `"` + repeat(`\u0000`, MaxText/6-1) + `"`, CodeEmpty},
		{"arrays in each other", repeat("[", MaxText), CodeTooLarge},
		{"objects in each other", repeat(`{"a":`, MaxText/5), CodeTooLarge},
		{"many values", "[" + repeat("0,", MaxText/2-2) + "0]", CodeTooLarge},
		{"many empty objects", "[" + repeat("{},", MaxText/3-2) + "0]", CodeTooLarge},
		{"many equal keys", `{"defaultAction": "SCMP_ACT_ERRNO"` + repeat(`,"x":0`, mostValues-10) + "}", CodeDuplicateKey},
		{"a million rules", entries(1<<20, `{"names":["read"],"action":"SCMP_ACT_ALLOW"}`, func(int) []any { return nil }), CodeTooLarge},
		{"a million names", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [` + repeat(`"read",`, 1<<20) + `"dup"], "action": "SCMP_ACT_ALLOW"}]}`, CodeTooLarge},
		{"many names", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [` + repeat(`"read",`, mostValues-10) + `"dup"], "action": "SCMP_ACT_ALLOW"}]}`, CodeTooLarge},
		{"many unknown names", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [` + names(mostValues-10) + `"dup"], "action": "SCMP_ACT_ALLOW"}]}`, CodeTooLarge},
		{"as many unknown names as may be", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [` + names(maxRules-1) + `"dup"], "action": "SCMP_ACT_ALLOW"}]}`, ""},
		{"many faults", entries(mostValues/4-10, `{"names":["x%d"],"action":"SCMP_ACT_ALOW"}`, number), CodeUnknownAction},
		{"many unknown keys", entries(maxRules-1, `{"names":["read"],"action":"SCMP_ACT_ALLOW","argz":[%d]}`, number), CodeUnknownKey},
		{"many pairs of rules", entries(maxRules-1, `{"names":["lseek"],"action":"SCMP_ACT_%s","args":[{"index":1,"value":%d,"op":"SCMP_CMP_EQ"},{"index":2,"value":%d,"op":"SCMP_CMP_LE"}]}`, action), CodeTooLarge},
		{"many rules of one call", entries(maxRules/2-1, `{"names":["lseek"],"action":"SCMP_ACT_%s","args":[{"index":1,"value":%d,"op":"SCMP_CMP_GE"},{"index":2,"value":%d,"op":"SCMP_CMP_LE"}]}`, action), ""},
		{"many conditions and names", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [` + repeat(`"lseek",`, 1<<15) + `"dup"], "action": "SCMP_ACT_ALLOW", "args": [` +
			repeat(`{"index":1,"value":1,"op":"SCMP_CMP_EQ"},`, 1<<15) + `{"index":1,"value":2,"op":"SCMP_CMP_EQ"}]}]}`, CodeTooLarge},
		{"many values of one argument", conditions(`{"index":1,"value":%d,"op":"SCMP_CMP_EQ"}`, number), ""},
		{"many masks of one argument", conditions(`{"index":1,"value":65535,"valueTwo":%d,"op":"SCMP_CMP_MASKED_EQ"}`, number), ""},
		{"many pairs of masks", entries(5000, `{"names":["lseek"],"action":"SCMP_ACT_%s","args":[{"index":1,"value":%[2]d,"valueTwo":%[2]d,"op":"SCMP_CMP_MASKED_EQ"},{"index":2,"value":%[3]d,"valueTwo":%[3]d,"op":"SCMP_CMP_MASKED_EQ"}]}`,
			func(i int) []any {
				return []any{[...]string{"ALLOW", "TRAP", "KILL"}[i%3], 1<<20 | i, uint64(i)*7919 | 1<<40}
			}), CodeTooLarge},
		{"many guards", entries(mostValues/10-10, `{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_%d","x","y"]}}`, number), ""},
		{"many architectures", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": [` + repeat(`"SCMP_ARCH_S390X",`, mostValues-10) + `"SCMP_ARCH_X86"]}`, CodeByteOrder},
	}
}

// mostValues is the most JSON values of a text.
const mostValues = 1 << 18

// TestHostile: a text that asks for much gets its answer within seconds, and
// without much memory.
func TestHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("texts of 100 MB")
	}
	const seconds, megabytes = 20, 600 // under the race detector on a slow machine; a tenth is usual
	for _, tt := range hostileTexts() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := resolveText(tt.in, Target{Arch: arch.X86_64, AcceptWeaker: tt.code != CodeUnknownKey})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		allocated := (after.TotalAlloc - before.TotalAlloc) >> 20

		var code Code
		var e *Error
		if errors.As(err, &e) {
			code = e.Code
		}
		if code != tt.code {
			t.Errorf("%s: code %q, want %q: %.300v", tt.name, code, tt.code, err)
		}
		if n := len(faults(err)); n > maxFaults+1 {
			t.Errorf("%s: %d faults", tt.name, n)
		}
		if took > seconds*time.Second || allocated > megabytes {
			t.Errorf("%s took %s and %d MB", tt.name, took, allocated)
		}
		t.Logf("%s: %s, %d MB", tt.name, took.Round(time.Millisecond), allocated)
	}
}

// TestFaultLimit: a hundred faults are listed, and of more a hundred and that
// there are more, at the place of the first that is not listed.
func TestFaultLimit(t *testing.T) {
	for _, n := range []int{99, 100, 101, 200} {
		in := `{"defaultAction": "SCMP_ACT_ERRNO", "flags": [` + "\n" + strings.TrimSuffix(strings.Repeat("\"x\",\n", n), ",\n") + `]}`
		_, err := Parse([]byte(in), ParseOptions{})
		got := faults(err)
		listed := min(n, 100)
		if len(got) < listed {
			t.Fatalf("%d faults: %d are listed", n, len(got))
		}
		for i, e := range got[:listed] {
			if e.Code != CodeUnknownFlag || e.Pos.Line != i+2 {
				t.Fatalf("%d faults: number %d is %v", n, i, e)
			}
		}
		switch rest := got[listed:]; {
		case n <= 100 && len(rest) != 0:
			t.Errorf("%d faults: %v as well", n, rest)
		case n > 100 && (len(rest) != 1 || rest[0].Error() != "102:1: /flags/100: more than 100 faults: those from here on are not listed"):
			t.Errorf("%d faults: the last is %v", n, rest)
		}
	}
}
