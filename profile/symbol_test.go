package profile

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

const symbolic = `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_ARM"], "syscalls": [
{"names": ["openat"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 2, "op": "SCMP_CMP_MASKED_EQ", "value": "O_DIRECTORY|O_CREAT", "valueTwo": "O_DIRECTORY"}]},
{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": "AF_INET6"}]}]}`

// TestSymbols: a name in a text has the value of each ABI of the filter.
func TestSymbols(t *testing.T) {
	p, err := Parse([]byte(symbolic), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		native arch.Arch
		call   string
		want   policy.Action
	}{
		{arch.X86_64, "x86_64 openat(0, 0, 0x10000)", policy.Allow},
		{arch.X86_64, "x86_64 openat(0, 0, 0x4000)", policy.Errno(1)},
		{arch.X86_64, "x86_64 openat(0, 0, 0x10040)", policy.Errno(1)},
		{arch.X86_64, "x86_64 socket(10)", policy.Allow},
		{arch.AArch64, "aarch64 openat(0, 0, 0x4000)", policy.Allow},
		{arch.AArch64, "arm openat(0, 0, 0x4000)", policy.Allow},
		{arch.AArch64, "aarch64 openat(0, 0, 0x10000)", policy.Errno(1)},
		{arch.PARISC, "parisc openat(0, 0, 0x1000)", policy.Allow},
		{arch.PARISC, "parisc openat(0, 0, 0x1100)", policy.Errno(1)},
	}
	for _, tt := range tests {
		p := p
		if tt.native == arch.PARISC {
			if p, err = Parse([]byte(strings.Replace(symbolic, `"SCMP_ARCH_ARM"`, "", 1)), ParseOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		for _, compat := range []Compat{CompatKernel, CompatRunc} {
			res, err := p.Resolve(Target{Arch: tt.native, Compat: compat})
			if err != nil {
				t.Fatal(err)
			}
			if got := decide(t, res, tt.call); got != tt.want {
				t.Errorf("on %s, %s: %s = %s, want %s", tt.native, compat, tt.call, got, tt.want)
			}
		}
	}
}

// TestSymbolsPrinted: a Profile prints names, a Resolution numbers.
func TestSymbolsPrinted(t *testing.T) {
	p, err := Parse([]byte(symbolic), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	text := marshal(t, p)
	for _, want := range []string{`"O_DIRECTORY|O_CREAT"`, `"valueTwo": "O_DIRECTORY"`, `"AF_INET6"`} {
		if !strings.Contains(text, want) {
			t.Errorf("MarshalJSON = %s, want %s", text, want)
		}
	}
	if again, err := Parse([]byte(text), ParseOptions{}); err != nil || marshal(t, again) != text {
		t.Errorf("Parse of MarshalJSON: %v, and not the same", err)
	}
	res, err := p.Resolve(Target{Arch: arch.AArch64})
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(res)
	if want := `"args":[{"index":2,"value":16448,"valueTwo":16384,"op":"SCMP_CMP_MASKED_EQ"}]`; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("the Resolution prints %s, %v, want %s", out, err, want)
	}
}

// TestSymbolsOfTwoABIs: where a constant has two values, one text for runtimes cannot
// say both.
func TestSymbolsOfTwoABIs(t *testing.T) {
	text := `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": "FS_IOC_GETFLAGS"}]}]}`
	p, err := Parse([]byte(text), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[string]policy.Action{
		"x86_64 ioctl(0, 0x80086601)": policy.Allow, "x86 ioctl(0, 0x80046601)": policy.Allow,
		"x86_64 ioctl(0, 0x80046601)": policy.Errno(1), "x86 ioctl(0, 0x80086601)": policy.Errno(1),
	} {
		if got := decide(t, res, call); got != want {
			t.Errorf("%s = %s, want %s", call, got, want)
		}
	}
	if out, err := json.Marshal(res); err == nil || !strings.Contains(err.Error(), "other values on x86 than on x86_64") {
		t.Errorf("the Resolution prints %s, %v", out, err)
	}
}

func TestSymbolFaults(t *testing.T) {
	arg := func(arg string) string { return one + `"args": [` + arg + `]}]}` }
	tests := []struct{ text, want string }{
		{arg(`{"index": 0, "op": "SCMP_CMP_EQ", "value": "12"}`), `a string where a number should be (write digits without quotes)`},
		{arg(`{"index": 0, "op": "SCMP_CMP_EQ", "value": ""}`), `a string where a number should be`},
		{arg(`{"index": 0, "op": "SCMP_CMP_EQ", "value": "o_creat"}`), `unknown constant "o_creat" (did you mean O_CREAT?)`},
		{arg(`{"index": 0, "op": "SCMP_CMP_EQ", "value": "O_CREAT | O_EXCL"}`), `"O_CREAT | O_EXCL" has spaces`},
		{arg(`{"index": 0, "op": "SCMP_CMP_EQ", "value": "O_CREAT|"}`), `"O_CREAT|" has an empty name`},
		{arg(`{"index": 0, "op": "SCMP_CMP_EQ", "value": "-1"}`), `unknown constant "-1"`},
		{arg(`{"index": 0, "op": "O_CREAT", "value": "O_CREAT"}`), `unknown operator`},
	}
	for _, tt := range tests {
		if _, err := Parse([]byte(tt.text), ParseOptions{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Parse(%s) = %v, want an error with %q", tt.text, err, tt.want)
		}
	}
	// Only an ABI that has the call can lack the constant.
	p, err := Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["fcntl64"], "action": "SCMP_ACT_ALLOW",
"args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": "F_GETLK64"}]}]}`), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[arch.Arch]bool{arch.X86_64: true, arch.X86: true, arch.ARM: true} {
		if _, err := p.Resolve(Target{Arch: a, AcceptWeaker: true}); (err == nil) != want {
			t.Errorf("Resolve for %s: %v", a, err)
		}
	}
	if _, err := Parse([]byte(symbolic), ParseOptions{Strict: true}); err == nil || !strings.Contains(err.Error(), `"O_DIRECTORY|O_CREAT" is a name of a constant, and runtimes read only numbers`) {
		t.Errorf("strict: %v", err)
	}
}
