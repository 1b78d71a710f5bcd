//go:build seccomp

package libseccomp

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// miscompiled are profiles that libseccomp makes something else of: to the call
// it gives the other answer than the one that the rules mean.
var miscompiled = []struct {
	arches []arch.Arch
	rules  []specs.LinuxSyscall
	call   string
	want   policy.Action
	levels []int // optimize levels at which it is so
	live   bool  // the kernel can be asked, too
	why    string
}{
	{
		arches: []arch.Arch{arch.X86_64},
		rules:  []specs.LinuxSyscall{deny("getppid", is(0, "==", 2)), deny("getppid", is(0, "!=", 5), is(1, "==", 2))},
		call:   "x86_64 getppid(2, 3)", want: policy.Errno(denied), levels: []int{1, 2}, live: true,
		why: "where the condition on argument 1 fails, argument 1 is compared with 2 instead of argument 0",
	},
	{
		arches: []arch.Arch{arch.X86_64},
		rules:  []specs.LinuxSyscall{deny("getppid", is(0, "!=", 8)), deny("getppid", is(0, "!=", 38), is(1, "!=", 7))},
		call:   "x86_64 getppid(8, 7)", want: policy.Allow, levels: []int{1, 2},
		why: "where the condition on argument 1 fails, argument 1 is compared with 8 instead of argument 0",
	},
	{
		arches: []arch.Arch{arch.X86_64},
		rules:  []specs.LinuxSyscall{deny("getppid", is(0, "==", 8)), deny("getppid", is(0, "!=", 1<<32-1), is(1, "!=", 1))},
		call:   "x86_64 getppid(8, 1)", want: policy.Errno(denied), levels: []int{1, 2},
		why: "the same with other operators",
	},
	{
		arches: []arch.Arch{arch.X86},
		rules:  []specs.LinuxSyscall{deny("getppid", is(0, "<=", 2), is(1, "<=", 40)), deny("getppid", is(0, ">", 0))},
		call:   "x86 getppid(0, 256)", want: policy.Allow, levels: []int{1, 2},
		why: "the same with 32 bits",
	},
	{
		arches: []arch.Arch{arch.X86_64, arch.X86},
		rules: []specs.LinuxSyscall{
			deny("getppid", is(0, "==", 1<<32+9)),
			deny("getppid", is(0, "==", 5)),
			deny("getppid", is(0, "==", 1<<32-1), is(3, "==", 8)),
		},
		call: "x86_64 getppid(0xffffffff, 0, 0, 5)", want: policy.Allow, levels: []int{1, 2}, live: true,
		why: "the same with equalities alone: both ABIs share the comparison with 5, and come to it with other words",
	},
	{
		arches: []arch.Arch{arch.X86_64},
		rules: []specs.LinuxSyscall{
			deny("getppid", is(0, "==", 13), is(4, "==", 5)),
			deny("getppid", is(0, "==", 1)),
			deny("getuid", is(0, "==", 3)),
			deny("getuid", is(0, "==", 1)),
		},
		call: "x86_64 getppid(13, 0, 0, 0, 1)", want: policy.Allow, levels: []int{2}, live: true,
		why: "the same on one ABI: both calls share the comparison with 1",
	},
	{
		arches: []arch.Arch{arch.X86_64},
		rules:  []specs.LinuxSyscall{deny("getppid", is(0, ">", 1<<32+5)), deny("getppid", is(0, "<=", 5))},
		call:   "x86_64 getppid(255)", want: policy.Allow, levels: []int{1, 2},
		why: "from 6 on the low word is compared with 1, which is the high word of the other datum",
	},
	{
		arches: []arch.Arch{arch.X86_64},
		rules:  []specs.LinuxSyscall{deny("getppid", is(0, "<", 2)), deny("getppid", is(0, "<=", 1<<33+3))},
		call:   "x86_64 getppid(5)", want: policy.Errno(denied), levels: []int{1, 2},
		why: "from 2 on the low word is compared with 2, which is the high word of the other datum",
	},
	{
		arches: []arch.Arch{arch.X86_64, arch.X86, arch.X32},
		rules:  []specs.LinuxSyscall{deny("chown32"), deny("socket", is(0, "==", 2))},
		call:   "x86_64 socket(2)", want: policy.Errno(denied), levels: []int{1}, live: true,
		why: "nr is to be loaded with the first call, which is chown32; x86_64 has none, so calls are compared with arch",
	},
	{
		arches: []arch.Arch{arch.AArch64},
		rules:  []specs.LinuxSyscall{deny("open"), deny("clone", is(0, "==", 2))},
		call:   "aarch64 clone(2)", want: policy.Errno(denied), levels: []int{1},
		why: "the same with open, which aarch64 does not have",
	},
	{
		arches: []arch.Arch{arch.X86_64, arch.X86},
		rules:  []specs.LinuxSyscall{deny("accept")},
		call:   "x86 socketcall(5)", want: policy.Errno(denied), levels: []int{1},
		why: "the same with accept, which x86 has behind socketcall alone",
	},
}

// TestMiscompiled: the proof finds libseccomp's filters wrong, and ours are not.
func TestMiscompiled(t *testing.T) {
	for _, tt := range miscompiled {
		c := trialOf(tt.arches, tt.rules)
		call, err := syscalls.ParseCall(tt.call)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, level := range []int{1, 2} {
			c.level = level
			verdict, err := c.judge()
			switch {
			case errors.As(err, new(mismatch)):
				got = append(got, level)
			case verdict != equal:
				t.Fatalf("judge = %q, %v\n%s", verdict, err, c.report())
			}
		}
		if diff := cmp.Diff(tt.levels, got); diff != "" {
			t.Errorf("levels at which judge finds a mismatch (-want +got)\n%s%s", diff, c.report())
		}
		c.level = tt.levels[0]
		theirs, ours, err := c.filters()
		if err != nil {
			t.Fatalf("filters of %s: %v", c.report(), err)
		}
		if got := theirs.Run(call); got == tt.want {
			t.Errorf("libseccomp answers %s with %s, as it should: the row is stale (delete it): %s\n%s", tt.call, got, tt.why, c.report())
		}
		if got := ours.Run(call); got != tt.want {
			t.Errorf("we answer %s with %s, want %s\n%s", tt.call, got, tt.want, c.report())
		}
	}
}

// TestNumberNotLoaded: libseccomp leaves the load of the number out of an ABI whose first
// call is one that it does not have, so that no rule of the ABI counts. Harden and Print
// refuse such profiles.
func TestNumberNotLoaded(t *testing.T) {
	for _, tt := range []struct {
		arches []specs.Arch
		first  string // without conditions, and no call of the ABI
		second specs.LinuxSyscall
		call   string
	}{
		{[]specs.Arch{specs.ArchX86, specs.ArchX32}, "chown32", deny("socket", is(0, "==", 2)), "x86_64 socket(2)"},
		{[]specs.Arch{specs.ArchX86, specs.ArchX32}, "socketcall", deny("umask", is(0, "==", 2)), "x32 umask(2)"},
		{[]specs.Arch{specs.ArchX86}, "semop", deny("kill", is(0, "==", 2)), "x86 kill(2)"},
	} {
		s := &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Architectures: tt.arches, Syscalls: []specs.LinuxSyscall{deny(tt.first), tt.second}}
		c, err := syscalls.ParseCall(tt.call)
		if err != nil {
			t.Fatal(err)
		}
		for level, want := range map[int]policy.Action{1: policy.Allow, 2: policy.Errno(denied)} {
			raw, err := Filter(s, arch.X86_64, level)
			if err != nil {
				t.Fatal(err)
			}
			f, err := compile.Load(raw, arch.X86_64)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Run(c); got != want {
				t.Errorf("%s beside %s, optimize level %d: %s, want %s", tt.call, tt.first, level, got, want)
			}
		}
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var refused *profile.PrintError
		if _, err := compile.Harden(p, arch.X86_64); !errors.As(err, &refused) {
			t.Errorf("%s beside %s: Harden: error %v, want a PrintError", tt.call, tt.first, err)
		}
	}
}
