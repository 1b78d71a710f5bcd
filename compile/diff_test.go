package compile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

func mustCompile(t *testing.T, text string, target profile.Target) *Filter {
	t.Helper()
	if target.Arch == 0 {
		target.Arch = arch.X86_64
	}
	f, err := JSON([]byte(text), target, Options{})
	if err != nil {
		t.Fatalf("JSON(%s): %v", text, err)
	}
	return f
}

func TestDiff(t *testing.T) {
	off := profile.Target{Enosys: profile.Enosys{Mode: profile.EnosysOff}}
	deny := func(rest string) string { return `{"defaultAction": "SCMP_ACT_ERRNO"` + rest + `}` }
	rules := func(list ...string) string { return deny(`, "syscalls": [` + strings.Join(list, ",") + `]`) }
	const (
		read    = `{"names": ["read"], "action": "SCMP_ACT_ALLOW"}`
		readLog = `{"names": ["read"], "action": "SCMP_ACT_LOG"}`
		lseek1  = `{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 5, "op": "SCMP_CMP_LE"}]}`
		lseek2  = `{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 7, "op": "SCMP_CMP_GE"}]}`
	)
	tests := []struct {
		name     string
		old, new string
		target   profile.Target
		want     []string
		sum      Change
	}{
		{"the same text", rules(read, lseek1), rules(read, lseek1), off, nil, Equal},
		{"another order", rules(read, lseek1, lseek2), rules(lseek2, lseek1, read), off, nil, Equal},
		{"one more", rules(), rules(read), off, []string{
			"weaker: x86_64 read is ALLOW instead of ERRNO(1), as in x86_64 read()"}, Weaker},
		{"one fewer", rules(read), rules(), off, []string{
			"stricter: x86_64 read is ERRNO(1) instead of ALLOW, as in x86_64 read()"}, Stricter},
		{"another action", rules(read), rules(readLog), off, []string{
			"stricter: x86_64 read is LOG instead of ALLOW, as in x86_64 read()"}, Stricter},
		{"an argument", rules(lseek1), rules(lseek2), off, []string{
			"weaker: x86_64 lseek is ALLOW instead of ERRNO(1), as in x86_64 lseek(0, 7)",
			"stricter: x86_64 lseek is ERRNO(1) instead of ALLOW, as in x86_64 lseek()"}, Incomparable},
		{"another errno", rules(), strings.Replace(rules(), `ERRNO"`, `ERRNO", "defaultErrnoRet": 38`, 1), profile.Target{}, nil, Incomparable},
		{"an ABI", rules(read), deny(`, "architectures": ["SCMP_ARCH_X32"], "syscalls": [` + read + `]`), off, nil, Weaker},
		{"other ABIs", rules(read), rules(read), profile.Target{}, nil, Equal},
	}
	for _, tt := range tests {
		list, err := Diff(mustCompile(t, tt.old, tt.target), mustCompile(t, tt.new, tt.target))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		checkDiff(t, mustCompile(t, tt.old, tt.target), mustCompile(t, tt.new, tt.target), list)
		var got []string
		for _, d := range list {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" && tt.want != nil {
			t.Errorf("%s: Diff (-want +got):\n%s", tt.name, diff)
		}
		if sum := Overall(list); sum != tt.sum {
			t.Errorf("%s: Sum = %s, want %s: %v", tt.name, sum, tt.sum, got)
		}
	}
}

// checkDiff: each difference's witness, and each of its numbers with the
// witness's arguments, shows it, and no number is in two differences of a pair of
// answers.
func checkDiff(t *testing.T, old, new *Filter, list []Difference) {
	t.Helper()
	seen := map[string]bool{}
	for _, d := range list {
		calls := []syscalls.Call{d.Witness}
		for _, r := range d.Numbers {
			for _, nr := range []uint32{r.Lo, r.Lo + (r.Hi-r.Lo)/2, r.Hi} {
				c := d.Witness
				c.Nr = nr
				calls = append(calls, c)
			}
		}
		for _, c := range calls {
			if o, n := old.Run(c), new.Run(c); o != d.Old || n != d.New {
				if c == d.Witness || d.Call != "" || len(d.Numbers) == 1 {
					t.Errorf("%v: %s is %s and %s", d, c, o, n)
				}
			}
		}
		key := fmt.Sprint(d.Arch, d.Call, d.Old, d.New)
		if seen[key] {
			t.Errorf("%v is there twice", d)
		}
		seen[key] = true
	}
}

// TestDiffABIs: what an ABI more does is one difference for each call that is
// allowed and one for all that is refused.
func TestDiffABIs(t *testing.T) {
	const rest = `"syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}`
	off := profile.Target{Enosys: profile.Enosys{Mode: profile.EnosysOff}}
	old := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", `+rest, off)
	new := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"], `+rest, off)
	list, err := Diff(old, new)
	if err != nil {
		t.Fatal(err)
	}
	checkDiff(t, old, new, list)
	count := map[string]int{}
	for _, d := range list {
		what := d.Call
		if d.Call != "read" && d.Call != "write" && d.Call != "" {
			what = "others"
		}
		count[fmt.Sprintf("%s %s: %s -> %s, %s", d.Arch, what, d.Old, d.New, d.Change)]++
	}
	want := map[string]int{
		"x86 : KILL_THREAD -> ERRNO(1), weaker":       1,
		"x86 read: KILL_THREAD -> ALLOW, weaker":      1,
		"x86 write: KILL_THREAD -> ALLOW, weaker":     1,
		"x86 others: KILL_THREAD -> ERRNO(1), weaker": calls(arch.X86) - 2,
		"x86_64 : KILL_THREAD -> ERRNO(1), weaker":    1, // from 0x80000000 on, without x32's bit
		"x32 : KILL_THREAD -> ERRNO(1), weaker":       1,
		"x32 read: KILL_THREAD -> ALLOW, weaker":      1,
		"x32 write: KILL_THREAD -> ALLOW, weaker":     1,
		"x32 others: KILL_THREAD -> ERRNO(1), weaker": calls(arch.X32) - 2,
	}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("Diff (-want +got):\n%s", diff)
	}
	if back, err := Diff(new, old); err != nil || len(back) != len(list) || Overall(back) != Stricter {
		t.Errorf("Diff the other way: %d differences, %s, %v", len(back), Overall(back), err)
	}
}

// calls returns how many numbers of an ABI are calls.
func calls(a arch.Arch) (n int) {
	last := uint32(0)
	for nr := range syscalls.All(a) {
		if n == 0 || nr != last {
			n++
		}
		last = nr
	}
	return n
}

// TestDiffTooMany: filters whose differences are too many to list differ all the
// same, and one call shows it.
func TestDiffTooMany(t *testing.T) {
	load := func(insns ...bpf.RawInstruction) *Filter {
		f, err := Load(insns, arch.AArch64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	allow := bpf.RawInstruction{Op: 0x06, K: uint32(policy.Allow)}
	odd := load(bpf.RawInstruction{Op: 0x20}, bpf.RawInstruction{Op: 0x45, Jf: 1, K: 1}, bpf.RawInstruction{Op: 0x06, K: uint32(policy.Errno(1))}, allow)
	list, err := Diff(load(allow), odd)
	var many *DiffError
	if !errors.As(err, &many) || list != nil {
		t.Fatalf("Diff = %v, %v, want a *DiffError", list, err)
	}
	const want = "the filters differ in more than 65536 runs of numbers and pairs of answers; one of them is " +
		"stricter: aarch64 io_destroy is ERRNO(1) instead of ALLOW, as in aarch64 io_destroy()"
	if err.Error() != want {
		t.Errorf("Diff = %v, want %s", err, want)
	}
	checkDiff(t, load(allow), odd, []Difference{many.Example})
}

// TestDiffOrder: differences of the native ABI come first, then those of the
// others, then those of audit values that are no ABI's.
func TestDiffOrder(t *testing.T) {
	const rest = `"architectures": ["SCMP_ARCH_X32", "SCMP_ARCH_X86"], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`
	target := profile.Target{Enosys: profile.Enosys{Mode: profile.EnosysOff}}
	old := mustCompile(t, `{"defaultAction": "SCMP_ACT_ERRNO", `+rest, target)
	target.BadArch = new(policy.Action)
	*target.BadArch = policy.Trap
	list, err := Diff(old, mustCompile(t, `{"defaultAction": "SCMP_ACT_LOG", `+rest, target))
	if err != nil {
		t.Fatal(err)
	}
	var got []arch.Arch
	for i, d := range list {
		if i == 0 || d.Arch != list[i-1].Arch {
			got = append(got, d.Arch)
		} else if d.Witness.Nr < list[i-1].Witness.Nr {
			t.Errorf("%s comes after %s", d, list[i-1])
		}
	}
	if want := []arch.Arch{arch.X86_64, arch.X86, arch.X32, 0}; !slices.Equal(got, want) {
		t.Errorf("Diff has ABIs in the order %v, want %v", got, want)
	}
}

// TestDiffNumbers: unassigned numbers are one difference for a pair of
// answers and the arguments that get it, with ranges that are as long as they can be.
func TestDiffNumbers(t *testing.T) {
	ld := func(off uint32) bpf.RawInstruction { return bpf.RawInstruction{Op: 0x20, K: off} }
	jge := func(k uint32, jt, jf uint8) bpf.RawInstruction {
		return bpf.RawInstruction{Op: 0x35, Jt: jt, Jf: jf, K: k}
	}
	jeq := func(k uint32, jt, jf uint8) bpf.RawInstruction {
		return bpf.RawInstruction{Op: 0x15, Jt: jt, Jf: jf, K: k}
	}
	allow, deny := bpf.RawInstruction{Op: 0x06, K: uint32(policy.Allow)}, bpf.RawInstruction{Op: 0x06, K: uint32(policy.Errno(1))}
	load := func(insns ...bpf.RawInstruction) *Filter {
		f, err := Load(insns, arch.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	// On x86_64, 1000 to 1999 are refused for argument 1, 2000 to 2999 for 2, and
	// 4000 and 5000 for any.
	old, new := load(allow), load(
		ld(4), jeq(arch.X86_64.Audit(), 0, 10), ld(0), jge(1000, 0, 8), jge(2000, 2, 0), ld(16), jeq(1, 7, 5),
		jge(3000, 2, 0), ld(16), jeq(2, 4, 2), jeq(4000, 3, 0), jeq(5000, 2, 1), allow, allow, deny)
	list, err := Diff(old, new)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range list {
		got = append(got, fmt.Sprint(d.Numbers, d.Where))
	}
	want := []string{"[{1000 1999}] [[{0 4294967295 [{1 1}]}]]", "[{2000 2999}] [[{0 4294967295 [{2 2}]}]]", "[{4000 4000} {5000 5000}] [[]]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Diff's numbers (-want +got)\n%s", diff)
	}
	judgeWhere(t, old, new, list, newRand(t), 4000)
}
