package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// load returns the filter of a program in the assembler of x/net/bpf, for a machine.
func load(t *testing.T, a arch.Arch, program ...bpf.Instruction) *compile.Filter {
	t.Helper()
	raw, err := bpf.Assemble(program)
	if err != nil {
		t.Fatal(err)
	}
	f, err := compile.Load(raw, a)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const (
	offNr   = 0
	offArch = 4
)

func ret(a policy.Action) bpf.Instruction { return bpf.RetConstant{Val: uint32(a)} }

// denies is the program that refuses ptrace and lets all else pass. It compares the audit
// value if it is told to, and kills numbers of x32.
func denies(t *testing.T, a arch.Arch, audit, x32 bool) *compile.Filter {
	nr, ok := syscalls.Number(a, "ptrace")
	if !ok {
		t.Fatalf("%s has no ptrace", a)
	}
	var p []bpf.Instruction
	if audit {
		p = append(p, bpf.LoadAbsolute{Off: offArch, Size: 4}, bpf.JumpIf{Cond: bpf.JumpEqual, Val: a.Audit(), SkipTrue: 1}, ret(policy.KillProcess))
	}
	p = append(p, bpf.LoadAbsolute{Off: offNr, Size: 4})
	if x32 {
		p = append(p, bpf.JumpIf{Cond: bpf.JumpLessThan, Val: arch.X32Bit, SkipTrue: 1}, ret(policy.KillProcess))
	}
	p = append(p, bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: nr, SkipTrue: 1}, ret(policy.Errno(1)), ret(policy.Allow))
	return load(t, a, p...)
}

// TestABIChecks: a filter without a comparison of the audit value is found out on every ABI,
// and one of x86_64 without a test for the numbers of x32.
func TestABIChecks(t *testing.T) {
	for a := range arch.All() {
		if a == arch.X32 { // a kernel's native ABI is x86_64
			continue
		}
		for _, audit := range []bool{false, true} {
			list, err := Filter(denies(t, a, audit, a == arch.X86_64), Options{})
			if err != nil {
				t.Fatalf("Filter on %s: %v", a, err)
			}
			if got := len(ofCode(list, "no-abi-check")) > 0; got == audit {
				t.Errorf("no-abi-check on %s = %v where the filter compares the audit value: %v", a, got, audit)
			}
			if got := ofCode(list, "permissive-default"); len(got) != 1 || !strings.Contains(got[0], a.String()) {
				t.Errorf("permissive-default on %s: %q, want one", a, got)
			}
		}
	}
	for _, x32 := range []bool{false, true} {
		list, err := Filter(denies(t, arch.X86_64, true, x32), Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"error: abi-gap: 1 call, ptrace, refused on x86_64 passes on x32 (kill numbers from 0x40000000 on, or refuse the same calls there)"}
		if x32 {
			want = nil
		}
		if got := ofCode(list, "abi-gap"); !slices.Equal(got, want) {
			t.Errorf("abi-gap where the filter kills x32: %v: %q, want %q", x32, got, want)
		}
	}
}

// TestExactSubjects: what a finding says of arguments is what the filter answers: for
// sockets of a family, on both sides of each bound.
func TestExactSubjects(t *testing.T) {
	list := filterFindings(t, wrap(`{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 3, "op": "SCMP_CMP_LE"}]}`))
	i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == "dangerous-calls" })
	if i < 0 {
		t.Fatal("no finding on socket")
	}
	j := slices.IndexFunc(list[i].Subjects, func(s Subject) bool { return s.Call == "socket" && s.Arch == arch.X86_64 })
	if j < 0 {
		t.Fatalf("socket is not among %v", list[i].Subjects)
	}
	s := list[i].Subjects[j]
	for _, family := range []uint64{0, 3, 4, 40, 1<<32 + 3, 1<<32 + 4} {
		holds := slices.ContainsFunc(s.Where, func(c compile.Case) bool { return c.Holds(syscalls.Call{Args: [6]uint64{family}}) })
		if want := family&0xffffffff <= 3; holds != want {
			t.Errorf("the finding on socket holds for the family %#x: %v, want %v", family, holds, want)
		}
	}
}

// TestUnlistedSiblings: in an allow list that is a filter nobody can see what the author
// refuses by name, so that siblings are one fact.
func TestUnlistedSiblings(t *testing.T) {
	list := filterFindings(t, wrap(allowed(`"open", "creat"`)))
	got := ofCode(list, "sibling-open")
	if len(got) != 1 || !strings.HasPrefix(got[0], "info: sibling-open: ") {
		t.Errorf("sibling-open = %q, want one of severity info", got)
	}
}

// TestOverBudget: a profile of more than one filter is an error, with their number.
func TestOverBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for -short")
	}
	var entries []string
	for i := range 3000 {
		entries = append(entries, fmt.Sprintf(`{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": %d, "op": "SCMP_CMP_EQ"}]}`, 7*i+1, uint64(1)<<33|uint64(13*i)))
	}
	list := findings(t, wrap(strings.Join(entries, ",\n")))
	got := ofCode(list, "over-budget")
	if len(got) != 1 || !strings.HasPrefix(got[0], "1:1: error: over-budget: the profile needs ") {
		t.Errorf("over-budget = %q, want one error", got)
	}
	if got := ofCode(findings(t, wrap(entries[0])), "over-budget"); len(got) > 0 {
		t.Errorf("over-budget on a small profile: %q", got)
	}
}

// TestNoFilter: nothing to audit is an error.
func TestNoFilter(t *testing.T) {
	for _, c := range []compile.Compiled{nil, (*compile.Filter)(nil), &compile.Filter{}, &compile.Stack{}} {
		if list, err := Filter(c, Options{}); err == nil {
			t.Errorf("Filter(%#v) = %v, want an error", c, list)
		}
	}
	if list, err := Profile(nil, target, Options{}); err == nil {
		t.Errorf("Profile(nil) = %v, want an error", list)
	}
	if _, err := Profile(profile.Default(), profile.Target{}, Options{}); err == nil {
		t.Error("Profile without a target's ABI: no error")
	}
}
