package profile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// callLines parses calls.
func callLines(t *testing.T, lines ...string) (list []syscalls.Call) {
	t.Helper()
	for _, line := range lines {
		c, err := syscalls.ParseCall(line)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

func untouchedLines(c *Coverage) (lines []string) {
	for _, u := range c.Untouched() {
		lines = append(lines, u.String())
	}
	return lines
}

const coverageText = `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
  "syscalls": [
    {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
    {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"},
      {"index": 1, "value": 3, "op": "SCMP_CMP_NE"}]},
    {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [
      {"index": 0, "value": 0, "op": "SCMP_CMP_EQ"},
      {"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
    {"names": ["personality"], "action": "SCMP_ACT_KILL_PROCESS", "args": [
      {"index": 0, "value": 8, "op": "SCMP_CMP_GT"}]},
    {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}}
  ]
}`

func TestCoverage(t *testing.T) {
	const (
		byDefault   = `web.json:2:20: /defaultAction: no call gets the default action, ERRNO(1)`
		read        = `web.json:5:5: /syscalls/0: no answer depends on "read, write -> ALLOW"`
		socket      = `web.json:6:5: /syscalls/1: no answer depends on "socket if a0 == 1, a1 != 3 -> ALLOW"`
		families    = `web.json:7:7: /syscalls/1/args/0: a0 == 1 is never false in "socket if a0 == 1, a1 != 3 -> ALLOW"`
		types       = `web.json:8:7: /syscalls/1/args/1: a1 != 3 is never false in "socket if a0 == 1, a1 != 3 -> ALLOW"`
		personality = `web.json:9:5: /syscalls/2: no answer depends on "personality if a0 == 0, a0 == 8 -> ALLOW"`
		not0        = `web.json:10:7: /syscalls/2/args/0: a0 == 0 is never false in "personality if a0 == 0, a0 == 8 -> ALLOW"`
		is8         = `web.json:11:7: /syscalls/2/args/1: a0 == 8 is never true in "personality if a0 == 0, a0 == 8 -> ALLOW"`
		not8        = `web.json:11:7: /syscalls/2/args/1: a0 == 8 is never false in "personality if a0 == 0, a0 == 8 -> ALLOW"`
		above       = `web.json:12:5: /syscalls/3: no answer depends on "personality if a0 > 8 -> KILL_PROCESS"`
		unguarded   = `web.json:14:5: /syscalls/4: conditions on capabilities and the kernel are never false in "chroot -> ALLOW"`
		chroot      = `web.json:14:5: /syscalls/4: no answer depends on "chroot -> ALLOW"`
	)
	all := []string{byDefault, read, socket, personality, above, chroot}
	without := func(list []string, drop ...string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(drop, s) })
	}
	tests := []struct {
		name  string
		calls []string
		caps  []string
		want  []string
	}{
		{"nothing", nil, nil, all},
		{"a rule", []string{"x86_64 write()"}, nil, without(all, read)},
		{"a rule of another ABI of the filter", []string{"x86 write()"}, nil, without(all, read)},
		{"an ABI outside the filter", []string{"aarch64 write()", "x32 write()", "0xdeadbeef 5()"}, nil, all},
		{"newer than the profile", []string{"x86_64 1000()"}, nil, all},
		{"a call without rules", []string{"x86_64 open()"}, nil, without(all, byDefault)},
		{"a call whose rules do not match", []string{"x86_64 socket(2, 3)"}, nil, without(all, byDefault)},
		{"an entry that does not count", []string{"x86_64 chroot()"}, nil, all}, // for the call is newer than the others
		{"one that does", []string{"x86_64 chroot()"}, []string{"CAP_SYS_CHROOT"}, append(without(all, chroot), unguarded)},
		{"conditions that hold", []string{"x86_64 socket(1, 1)"}, nil, []string{byDefault, read, families, types, personality, above, chroot}},
		{"on the bits that the kernel reads", []string{"x86_64 socket(0x100000001, 0x100000001)"}, nil, []string{byDefault, read, families, types, personality, above, chroot}},
		{"two that fail together", []string{"x86_64 socket(1, 1)", "x86_64 socket(2, 3)"}, nil, []string{read, families, types, personality, above, chroot}},
		{"one that fails", []string{"x86_64 socket(1, 1)", "x86_64 socket(2, 1)"}, nil, []string{read, types, personality, above, chroot}},
		{"each", []string{"x86_64 socket(1, 1)", "x86_64 socket(2, 1)", "x86_64 socket(1, 3)"}, nil, []string{read, personality, above, chroot}},
		{"through a multiplexer, which hides arguments", []string{"x86 socketcall(1)", "x86 socketcall(2)"}, nil, without(all, byDefault)},
		{"an alternative", []string{"x86_64 personality(0)"}, nil, []string{byDefault, read, socket, not0, is8, not8, above, chroot}},
		{"the other", []string{"x86_64 personality(0)", "x86_64 personality(8)"}, nil, []string{byDefault, read, socket, not0, not8, above, chroot}},
		{"neither", []string{"x86_64 personality(0)", "x86_64 personality(8)", "x86_64 personality(1)"}, nil, []string{read, socket, above, chroot}},
		{"a stricter rule before them", []string{"x86_64 personality(0)", "x86_64 personality(9)"}, nil, []string{byDefault, read, socket, not0, is8, not8, chroot}},
	}
	p, err := Parse([]byte(coverageText), ParseOptions{File: "web.json"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := p.Resolve(Target{Arch: arch.X86_64, Caps: tt.caps})
			if err != nil {
				t.Fatal(err)
			}
			var c Coverage
			c.Add(res)
			for _, call := range callLines(t, tt.calls...) {
				c.Add(res, call)
			}
			if diff := cmp.Diff(tt.want, untouchedLines(&c)); diff != "" {
				t.Errorf("untouched by %q (-want +got)\n%s", tt.calls, diff)
			}
		})
	}
}

// TestCoverageOther: an entry is not touched by a call that another entry would answer as it
// does, nor has a condition been false for one.
func TestCoverageOther(t *testing.T) {
	res, err := resolveText(rules("ERRNO(1)", "socket if a0 == 1 and a1 == 2 -> ALLOW", "socket if a1 == 3 -> ALLOW", "socket if a1 >= 3 -> ALLOW"), Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	var c Coverage
	c.Add(res, callLines(t, "x86_64 socket(1, 2)", "x86_64 socket(0, 2)", "x86_64 socket(1, 3)")...)
	var got []string
	for _, u := range c.Untouched() {
		got = append(got, u.Text)
	}
	if diff := cmp.Diff([]string{
		`a1 == 2 is never false in "socket if a0 == 1, a1 == 2 -> ALLOW"`,
		`no answer depends on "socket if a1 == 3 -> ALLOW"`,
		`no answer depends on "socket if a1 >= 3 -> ALLOW"`,
	}, got); diff != "" {
		t.Errorf("untouched (-want +got)\n%s", diff)
	}
}

// TestCoverageHidden: of calls whose arguments the filter does not see nothing is said of
// conditions, as of a call of n64 by the number of o32. The entry decides.
func TestCoverageHidden(t *testing.T) {
	p, err := New(policy.Errno(1)).Kill("personality").If(Arg(0).Is(8)).Arches(arch.MIPS).Profile()
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(Target{Arch: arch.MIPS64})
	if err != nil {
		t.Fatal(err)
	}
	nr, _ := syscalls.Number(arch.MIPS, "personality")
	call := syscalls.Call{Audit: arch.MIPS64.Audit(), Nr: nr}
	if _, rule := res.Decide(call); rule == nil {
		t.Fatalf("%s is not decided by a rule: this test has lost its reason", call)
	}
	var c Coverage
	c.Add(res, call)
	if got := c.profiles[0].entries[0]; !got.decided || got.held[0] || got.stops[0] {
		t.Errorf("after %s the entry is %+v, want it decided and nothing of its condition", call, got)
	}
}

// TestCoverageConstants: a constant is compared with the value of the call's ABI.
func TestCoverageConstants(t *testing.T) {
	p, err := New(policy.Errno(1)).Allow("ioctl").If(Arg(1).Is("FS_IOC_GETFLAGS")).Arches(arch.X86).Profile()
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	var c Coverage
	c.Add(res, callLines(t, "x86 ioctl(0, 0x80046601)")...)
	if got := c.profiles[0].entries[0]; !got.decided || !got.held[0] || got.stops[0] {
		t.Errorf("after a call with the value of x86 the entry is %+v", got)
	}
}

func TestCoverageDefault(t *testing.T) {
	for def, call := range map[string]string{"KILL_PROCESS": "x86_64 open()", "ALLOW": "x86_64 open()", "ERRNO(38)": "x86_64 open()"} {
		res, err := resolveText(rules(def, "write -> LOG", "mremap -> LOG"), Target{Arch: arch.X86_64, AcceptWeaker: true})
		if err != nil {
			t.Fatal(err)
		}
		var c Coverage
		c.Add(res, callLines(t, "x86_64 1000()", "x86 open()", "x86_64 write()")...)
		newer := def == "ALLOW" // to which runc's rule does not apply
		if got := c.profiles[0].defaulted; got != newer {
			t.Errorf("the default action %s has been touched by other calls: %t, want %t", def, got, newer)
		}
		c.Add(res, callLines(t, call)...)
		if !c.profiles[0].defaulted {
			t.Errorf("the default action %s is not touched by %s", def, call)
		}
	}
}

func TestEntryString(t *testing.T) {
	names := []string{"read", "write", "close", "dup", "brk", "mmap", "munmap", "mremap", "madvise", "chdir"}
	for n, want := range map[int]string{
		1:  "read -> ALLOW",
		8:  "read, write, close, dup, brk, mmap, munmap, mremap -> ALLOW",
		10: "read, write, close, dup, brk, mmap, munmap, mremap and 2 more -> ALLOW",
	} {
		p, err := New(policy.Errno(1)).Allow(names[:n]...).Profile()
		if err != nil {
			t.Fatal(err)
		}
		if got := p.entries[0].String(); got != want {
			t.Errorf("an entry of %d names is %q, want %q", n, got, want)
		}
	}
}

// TestCoverageTargets: Resolutions of one profile count together, be it read once or
// twice, and those of another profile do not.
func TestCoverageTargets(t *testing.T) {
	var c Coverage
	add := func(file, text string, target Target, lines ...string) {
		t.Helper()
		p, err := Parse([]byte(text), ParseOptions{File: file})
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Resolve(target)
		if err != nil {
			t.Fatal(err)
		}
		c.Add(res, callLines(t, lines...)...)
	}
	text := rules("ERRNO(1)", "socket -> ALLOW", "write -> ALLOW")
	add("a.json", text, Target{Arch: arch.X86_64}, "x86_64 socket()")
	add("a.json", text, Target{Arch: arch.ARM}, "arm write()", "arm exit()")
	if got := untouchedLines(&c); got != nil {
		t.Errorf("untouched after calls under two targets: %q", got)
	}
	add("b.json", text, Target{Arch: arch.X86_64}, "x86_64 socket()", "x86_64 open()")
	want := []string{fmt.Sprintf(`b.json:1:%d: /syscalls/1: no answer depends on "write -> ALLOW"`, strings.LastIndex(text, `{"action"`)+1)}
	if diff := cmp.Diff(want, untouchedLines(&c)); diff != "" {
		t.Errorf("untouched with the same text by another name (-want +got)\n%s", diff)
	}
	add("a.json", rules("ERRNO(1)", "socket -> ALLOW", "write -> LOG"), Target{Arch: arch.X86_64}, "x86_64 socket()", "x86_64 open()")
	if got := untouchedLines(&c); len(got) != 2 || !strings.Contains(got[1], `"write -> LOG"`) {
		t.Errorf("untouched with another text by the same name: %q", got)
	}
	c.Add(nil, syscalls.Call{})
	c.Add(&Resolution{}, syscalls.Call{})
	if got := untouchedLines(&c); len(got) != 2 {
		t.Errorf("untouched after Resolutions that Resolve did not return: %q", got)
	}
}

// TestCoverageGuards: a condition on the target has been false if a call gets another answer
// for it.
func TestCoverageGuards(t *testing.T) {
	b := New(policy.Errno(1)).Allow("read")
	b.Allow("chroot").If(Caps("CAP_SYS_CHROOT"))
	b.Allow("socket").If(SinceKernel("4.8"), NoCaps("CAP_KILL"))
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	var c Coverage
	add := func(kernel uint16, caps []string, lines ...string) {
		t.Helper()
		res, err := p.Resolve(Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: kernel}, Caps: caps})
		if err != nil {
			t.Fatal(err)
		}
		c.Add(res, callLines(t, lines...)...)
	}
	want := func(list ...string) {
		t.Helper()
		var got []string
		for _, u := range c.Untouched() {
			got = append(got, u.Text)
		}
		if diff := cmp.Diff(list, got); diff != "" {
			t.Errorf("untouched (-want +got)\n%s", diff)
		}
	}
	const (
		chroot = `conditions on capabilities and the kernel are never false in "chroot -> ALLOW"`
		socket = `conditions on capabilities and the kernel are never false in "socket -> ALLOW"`
	)
	add(5, []string{"CAP_SYS_CHROOT"}, "x86_64 chroot()", "x86_64 socket()", "x86_64 read()", "x86_64 write()")
	want(chroot, socket)
	add(4, nil, "x86_64 read()") // which they do not concern
	want(chroot, socket)
	add(4, nil, "x86_64 chroot()")
	want(socket)
	add(5, []string{"CAP_SYS_CHROOT", "CAP_KILL"}, "x86_64 socket()")
	want()
}

// TestCoverageBuilder: places are lines of code, and constants have their names.
func TestCoverageBuilder(t *testing.T) {
	b := New(policy.Errno(1))
	line := b.pos.Line
	b.Allow("openat").If(Arg(2).Masked("O_ACCMODE", "O_RDONLY"))
	b.Allow("socket").If(
		Arg(0).Is("AF_UNIX", 2))
	b.Errno("ENOSYS", "clone3")
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	var c Coverage
	for _, a := range []arch.Arch{arch.X86_64, arch.MIPS} {
		res, err := p.Resolve(Target{Arch: a})
		if err != nil {
			t.Fatal(err)
		}
		c.Add(res, callLines(t, a.String()+" openat(0, 0, 0)", a.String()+" clone3()", a.String()+" socket(2)")...)
	}
	want := []string{
		fmt.Sprintf(`coverage_test.go:%d: no call gets the default action, ERRNO(1)`, line),
		fmt.Sprintf(`coverage_test.go:%d: a2 & O_ACCMODE == O_RDONLY is never false in "openat if a2 & O_ACCMODE == O_RDONLY -> ALLOW"`, line+2),
		fmt.Sprintf(`coverage_test.go:%d: no answer depends on "socket if a0 == AF_UNIX -> ALLOW"`, line+3),
		fmt.Sprintf(`coverage_test.go:%d: a0 == 2 is never false in "socket if a0 == 2 -> ALLOW"`, line+4),
	}
	if diff := cmp.Diff(want, untouchedLines(&c)); diff != "" {
		t.Errorf("untouched (-want +got)\n%s", diff)
	}
}

// TestCoverageRandom: in the kernel's reading a condition has been false exactly if the
// profile without it gives one of the calls another answer, and an entry is touched
// exactly if the policy without its rules does.
func TestCoverageRandom(t *testing.T) {
	r := random(t)
	target := Target{Arch: arch.X86_64, AcceptWeaker: true}
	differs := func(p, other *policy.Policy, list []syscalls.Call) bool {
		return slices.ContainsFunc(list, func(c syscalls.Call) bool {
			x, _ := p.Decide(c)
			y, _ := other.Decide(c)
			return x != y
		})
	}
	seen := map[bool]int{}
	for range 1500 {
		var list []policy.Rule
		for range 1 + r.IntN(4) {
			list = append(list, randomRule(r, 3))
		}
		text := func() string {
			var lines []string
			for i := range list {
				lines = append(lines, list[i].String())
			}
			return rules("ERRNO(1)", lines...)
		}
		res, err := resolveText(text(), target)
		if err != nil {
			continue // a contradiction
		}
		var calls []syscalls.Call
		for range r.IntN(12) {
			c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 25} // mremap
			for i := range 3 {
				c.Args[i] = r.Uint64N(5)
			}
			calls = append(calls, c)
		}
		var cover Coverage
		cover.Add(res, calls...)
		cover.Add(res)
		got := cover.profiles[0]
		for i := range list {
			without := res.Policy()
			without.Arches[0].Rules = slices.DeleteFunc(without.Arches[0].Rules, func(r policy.Rule) bool {
				return strings.HasPrefix(r.Path(), fmt.Sprintf("/syscalls/%d/", i))
			})
			decided := differs(res.policy, without, calls)
			if got.entries[i].decided != decided {
				t.Fatalf("entry %d of %s decided is %t, want %t, by %v", i, text(), !decided, decided, calls)
			}
			conds := list[i].Conds
			for j := range conds {
				if got.entries[i].held[j] != decided {
					t.Fatalf("condition %d of entry %d of %s held is %t, want %t, by %v", j, i, text(), !decided, decided, calls)
				}
				list[i].Conds = slices.Delete(slices.Clone(conds), j, j+1)
				without, err := resolveText(text(), target)
				list[i].Conds = conds
				if err != nil {
					continue
				}
				stops := differs(res.policy, without.policy, calls)
				seen[stops]++
				if got.entries[i].stops[j] != stops {
					t.Fatalf("condition %d of entry %d of %s has been false: %t, want %t, by %v", j, i, text(), !stops, stops, calls)
				}
			}
		}
	}
	t.Logf("conditions that have been false: %v", seen)
	if seen[true] < 300 || seen[false] < 300 {
		t.Errorf("conditions that have been false: %v, want 300 of each", seen)
	}
}
