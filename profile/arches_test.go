package profile

import (
	"fmt"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

func TestArchesAt(t *testing.T) {
	for text, want := range map[string]string{
		`{"defaultAction": "SCMP_ACT_ERRNO"}`:                                        "-:0:0 ",
		`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": []}`:                   "-:0:0 ",
		`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"]}`: "-:1:55 /architectures/0",
		`{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []},
{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}]}`: "-:2:1 /archMap/1",
		`{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": []}]}`: "-:0:0 ",
	} {
		p, err := Parse([]byte(text), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pos, path := p.ArchesAt(arch.X86_64)
		if got := fmt.Sprintf("-:%d:%d %s", pos.Line, pos.Col, path); got != want {
			t.Errorf("ArchesAt of %s = %s, want %s", text, got, want)
		}
	}
}

func TestSuggestion(t *testing.T) {
	for name, want := range map[string]string{
		"newuname": " (did you mean uname?)",
		"opennat":  " (did you mean openat?)",
		"futimens": " (a library's function, which calls utimensat)",
		"qqqqqqqq": "",
	} {
		if got := Suggestion(name); got != want {
			t.Errorf("Suggestion(%s) = %q, want %q", name, got, want)
		}
	}
}
