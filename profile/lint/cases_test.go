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

const onlyX86 = `"architectures": ["SCMP_ARCH_X86_64"]`

// deny returns a profile that lets all calls pass but for entries, for ABIs.
func deny(arches, entries string) string {
	return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_ALLOW", "architectures": [%s], "syscalls": [%s]}`, arches, entries)
}

// severityOfCode returns the highest severity of a code's findings, -1 if it has none.
func severityOfCode(list []Finding, c Code) int {
	s := -1
	for _, f := range list {
		if f.Code == c {
			s = max(s, int(f.Severity))
		}
	}
	return s
}

// TestDenyLists: a list of refused calls gets the same findings with and without the numbers
// of x32, in its text and in its filter.
func TestDenyLists(t *testing.T) {
	for _, arches := range []string{`"SCMP_ARCH_X86_64"`, `"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"`, `"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"`} {
		text := deny(arches, `{"names": ["open", "execve", "init_module", "read", "write", "fork", "execveat"], "action": "SCMP_ACT_ERRNO"}`)
		for name, list := range map[string][]Finding{"text": findings(t, text), "filter": filterFindings(t, text)} {
			for code, want := range map[Code]Severity{"permissive-default": Warning, "sibling-open": Warning, "kernel-surface": Info, "user-namespaces": Info} {
				if got := severityOfCode(list, code); got != int(want) {
					t.Errorf("%s of the %s for %s: severity %d, want %s", code, name, arches, got, want)
				}
			}
			for _, call := range []string{"open", "init_module", "read", "write", "fork"} {
				if !slices.ContainsFunc(list, func(f Finding) bool {
					return f.Code == "sibling-open" && f.Severity == Warning && strings.HasPrefix(f.Text, call+" is refused")
				}) {
					t.Errorf("the %s for %s: nothing about what does the same as %s", name, arches, call)
				}
			}
		}
	}
}

// TestGuards: only a capability that containers do not have by themselves grants a call.
func TestGuards(t *testing.T) {
	with := target
	with.Caps = []string{"CAP_BPF", "CAP_CHOWN"}
	for guard, want := range map[string]int{
		`"includes": {"caps": ["CAP_BPF"]}`:             -1,
		`"includes": {"caps": ["CAP_CHOWN"]}`:           int(Warning),
		`"includes": {"arches": ["amd64"]}`:             int(Warning),
		`"includes": {"minKernel": "4.8"}`:              int(Warning),
		`"excludes": {"caps": ["CAP_SYS_ADMIN"]}`:       int(Warning),
		`"excludes": {"arches": ["s390x"]}`:             int(Warning),
		`"excludes": {"caps": ["CAP_BPF"]}`:             -1, // the entry does not count
		`"comment": "lint:ignore io-uring no such use"`: int(Warning),
	} {
		p, err := profile.Parse([]byte(wrap(`{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", `+guard+`}`)), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		list, err := Profile(p, with, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := severityOfCode(list, "kernel-surface"); got != want {
			t.Errorf("bpf with %s: severity %d, want %d", guard, got, want)
		}
	}
}

// TestUserNamespaces: exactly the flags with CLONE_NEWUSER that pass are found, whatever other
// bits the conditions compare.
func TestUserNamespaces(t *testing.T) {
	cond := func(name, op string, value, two uint64) string {
		return fmt.Sprintf(`{"names": [%q], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": %d, "valueTwo": %d, "op": "SCMP_CMP_%s"}]}`, name, value, two, op)
	}
	for entry, want := range map[string]bool{
		cond("clone", "EQ", 0x10000011, 0):                   true,
		cond("clone", "MASKED_EQ", 0xff, 17):                 true,
		cond("clone", "MASKED_EQ", 0x7e020000, 0x10020000):   true,
		cond("clone", "NE", 0x10000000, 0):                   true,
		cond("unshare", "EQ", 0x10020000, 0):                 true,
		cond("unshare", "EQ", 0x20000, 0):                    false,
		cond("clone", "MASKED_EQ", 0x10000000, 0):            false,
		cond("clone", "LT", 0x10000000, 0):                   false,
		cond("unshare", "MASKED_EQ", 0x7e020000, 0x20000000): false,
	} {
		text := wrap(entry)
		list := findings(t, text)
		i := slices.IndexFunc(list, func(f Finding) bool { return f.Code == "user-namespaces" })
		if (i >= 0) != want {
			t.Errorf("user-namespaces of %s: found %v, want %v", entry, i >= 0, want)
		}
		if i < 0 {
			continue
		}
		p, err := profile.Parse([]byte(text), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		f, err := compile.Profile(p, target, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := list[i].Subjects[0]
		for _, flags := range []uint64{0, 17, 1 << 28, 0x10000011, 0x10020000, 0x10020011, 0x20000000, 0x30000000, 1<<28 | 1<<32} {
			c := s.Example
			c.Args[0] = flags
			holds := slices.ContainsFunc(s.Where, func(w compile.Case) bool { return w.Holds(c) })
			if passes := f.Run(c).Passes() && flags&newUser != 0; holds != passes {
				t.Errorf("%s: the finding holds for the flags %#x: %v, want %v", entry, flags, holds, passes)
			}
		}
	}
}

// TestAcceptOne: a reason accepts what its entry names, and the next call is found.
func TestAcceptOne(t *testing.T) {
	bpf := func(comment string) string {
		return fmt.Sprintf(`{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "comment": %q}`, comment)
	}
	keyctl := func(comment string) string {
		return fmt.Sprintf(`{"names": ["keyctl"], "action": "SCMP_ACT_ALLOW", "comment": %q}`, comment)
	}
	for _, tt := range []struct{ name, entries, want string }{
		{"one of two", bpf("lint:ignore kernel-surface the agent") + ",\n" + keyctl(""), "keyctl open, bpf accepted: the agent"},
		{"each its own", bpf("lint:ignore kernel-surface:bpf x") + ",\n" + keyctl("lint:ignore kernel-surface:keyctl y"), "bpf accepted: x, keyctl accepted: y"},
		{"the second alone", bpf("") + ",\n" + keyctl("lint:ignore kernel-surface y"), "bpf open, keyctl accepted: y"},
		{"two in a comment", `{"names": ["bpf", "keyctl"], "action": "SCMP_ACT_ALLOW", "comment": "lint:ignore kernel-surface:bpf x lint:ignore kernel-surface:keyctl y"}`, "bpf accepted: x, keyctl accepted: y"},
		{"two lines", `{"names": ["bpf", "keyctl"], "action": "SCMP_ACT_ALLOW", "comment": "lint:ignore kernel-surface:bpf x\nas we know\nlint:ignore kernel-surface:keyctl y"}`, "bpf accepted: x, keyctl accepted: y"},
	} {
		list := findings(t, wrap(tt.entries))
		var got []string
		for _, f := range list {
			switch {
			case f.Code == "unused-ignore":
				got = append(got, f.Text)
			case f.Code != "kernel-surface":
			case f.Accepted == "":
				got = append(got, strings.Join(calls(f.Subjects), "+")+" open")
			default:
				got = append(got, strings.Join(calls(f.Subjects), "+")+" accepted: "+f.Accepted)
			}
		}
		slices.Sort(got)
		want := strings.Split(tt.want, ", ")
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
}

// TestOtherABIs: the built-in default profile has no contradictory findings on any ABI.
func TestOtherABIs(t *testing.T) {
	if testing.Short() {
		t.Skip("too long for -short")
	}
	for a := range arch.All() {
		list, err := Profile(profile.Default(), profile.Target{Arch: a, Kernel: syscalls.Version{Major: 6, Minor: 12}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []Code{"permissive-default", "launcher-calls", "abi-gap", "no-abi-check", "kill-thread", "clone3-errno"} {
			if c == "clone3-errno" && a.ENOSYS() != 38 {
				continue // Docker's text says 38, which is another errno there
			}
			if got := ofCode(list, c); len(got) > 0 {
				t.Errorf("on %s: %q", a, got)
			}
		}
	}
}

// TestLooser: of two calls that do the same by the same arguments, one passes where the other
// does not.
func TestLooser(t *testing.T) {
	entry := func(name string, arg int, value uint64) string {
		return fmt.Sprintf(`{"names": [%q], "action": "SCMP_ACT_ALLOW", "args": [{"index": %d, "value": 3, "valueTwo": %d, "op": "SCMP_CMP_MASKED_EQ"}]}`, name, arg, value)
	}
	for _, tt := range []struct {
		entries string
		want    bool
	}{
		{entry("open", 1, 0) + "," + entry("openat", 2, 1), true},
		{entry("open", 1, 0) + "," + entry("openat", 2, 0), false},
	} {
		text := `{"defaultAction": "SCMP_ACT_ERRNO", ` + onlyX86 + `, "syscalls": [` + tt.entries + `]}`
		got := ofCode(findings(t, text), "sibling-open")
		if (len(got) > 0) != tt.want {
			t.Errorf("%s: %q, want some: %v", tt.entries, got, tt.want)
		}
	}
}

// TestKernelOfSiblings: what the target's kernel does not have yet bypasses nothing.
func TestKernelOfSiblings(t *testing.T) {
	text := deny(`"SCMP_ARCH_X86_64"`, `{"names": ["removexattr"], "action": "SCMP_ACT_ERRNO"}`)
	for kernel, want := range map[uint16]bool{12: false, 13: true} {
		p, err := profile.Parse([]byte(text), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		list, err := Profile(p, profile.Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: kernel}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(list, func(f Finding) bool { return f.Code == "sibling-open" && strings.Contains(f.Text, "removexattrat") })
		if found != want {
			t.Errorf("with Linux 6.%d removexattrat is found: %v, want %v", kernel, found, want)
		}
	}
}

// TestFiltersOfAll: a filter that lets all calls pass has no rules that a multiplexer goes round,
// and one that is for another machine has no gaps to it.
func TestFiltersOfAll(t *testing.T) {
	list, err := Filter(load(t, arch.X86_64, ret(policy.Allow)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ofCode(list, "mux-open"); len(got) > 0 {
		t.Errorf("mux-open of a filter without rules: %q", got)
	}
	openat, _ := syscalls.Number(arch.AArch64, "openat")
	two := load(t, arch.X86_64,
		bpf.LoadAbsolute{Off: offArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: arch.AArch64.Audit(), SkipFalse: 3},
		bpf.LoadAbsolute{Off: offNr, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: openat, SkipFalse: 1},
		ret(policy.Allow), ret(policy.KillProcess))
	if list, err = Filter(two, Options{}); err != nil {
		t.Fatal(err)
	}
	if got := ofCode(list, "abi-gap"); len(got) > 0 {
		t.Errorf("abi-gap between machines: %q", got)
	}
}
