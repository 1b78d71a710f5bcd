package main

import (
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestDiffTooMany: what is too much to list is a difference, exit status 1, and
// standard error says that there are more.
func TestDiffTooMany(t *testing.T) {
	t.Chdir(t.TempDir())
	allow := bpf.RawInstruction{Op: 0x06, K: uint32(policy.Allow)}
	write := func(name string, insns ...bpf.RawInstruction) {
		f, err := compile.Load(insns, arch.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		writeText(t, name, string(f.Bytes()))
	}
	write("all.bpf", allow)
	write("even.bpf", bpf.RawInstruction{Op: 0x20}, bpf.RawInstruction{Op: 0x45, Jf: 1, K: 1}, bpf.RawInstruction{Op: 0x06, K: uint32(policy.Errno(1))}, allow)
	const line = "stricter: x86_64 write is ERRNO(1) instead of ALLOW, as in x86_64 write()\n"
	const more = "seccompile diff: the filters differ in more than 65536 runs of numbers and pairs of answers: only an example is listed\n"
	got := seccompile("", "diff", "--arch", "x86_64", "all.bpf", "even.bpf")
	if want := (result{line, more, 1}); got != want {
		t.Errorf("diff of parities:\n%swant\n%s", got, want)
	}
	got = seccompile("", "diff", "--json", "--arch", "x86_64", "all.bpf", "even.bpf")
	if got.Status != 1 || got.Err != more || !strings.Contains(got.Out, `"x86_64 write()"`) || !strings.Contains(got.Out, `"change": "stricter"`) {
		t.Errorf("diff --json of parities:\n%s", got)
	}
}
