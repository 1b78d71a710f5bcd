package compile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestPrint: what is printed for rules of a call, in the notation of masks.
func TestPrint(t *testing.T) {
	allow, e1, kill := policy.Allow, policy.Errno(1), policy.KillProcess
	cond := func(op policy.Op, width uint8, v uint64) []policy.Cond {
		return []policy.Cond{{Op: op, Width: width, Value: v}}
	}
	for _, tt := range []struct {
		name  string
		rules []policy.Rule // for socket; the default is ERRNO(1)
		want  string
	}{
		{"no condition", []policy.Rule{{Action: allow}}, "ALLOW\n"},
		{"the default", []policy.Rule{{Action: e1}}, ""},
		{"LT 38 of 32 bits is three masks", []policy.Rule{{Action: allow, Conds: cond(policy.LT, 32, 38)}},
			"ALLOW a0 & 0xffffffe0 == 0\nALLOW a0 & 0xfffffffc == 32\nALLOW a0 & 0xfffffffe == 36\n"},
		{"all bits stay as written", []policy.Rule{{Action: allow, Conds: cond(policy.LT, 0, 38)}}, "ALLOW a0 < 38\n"},
		{"one value of 32 bits", []policy.Rule{{Action: allow, Conds: cond(policy.EQ, 32, 38)}}, "ALLOW a0 & 0xffffffff == 38\n"},
		{"values that one bit parts", []policy.Rule{{Action: allow, Conds: cond(policy.LT, 32, 2)}, {Action: allow, Conds: cond(policy.LT, 16, 1)}},
			"ALLOW a0 & 0xfffffffe == 0\nALLOW a0 & 0xffff == 0\n"},
		{"a deny before an allow", []policy.Rule{{Action: kill, Conds: cond(policy.GE, 16, 1<<15)}, {Action: allow}},
			"KILL_PROCESS a0 & 0x8000 == 32768\nALLOW a0 & 0x8000 == 0\n"},
		{"the same of all bits", []policy.Rule{{Action: kill, Conds: cond(policy.GE, 0, 5)}, {Action: allow}}, "KILL_PROCESS a0 >= 5\nALLOW a0 < 5\n"},
		{"the default before an allow", []policy.Rule{{Action: e1, Conds: cond(policy.EQ, 0, 5)}, {Action: allow}}, "ALLOW a0 != 5\n"},
		{"from 5 to 6", []policy.Rule{{Action: allow, Conds: append(cond(policy.GE, 0, 5), cond(policy.LE, 0, 6)...)}},
			"ALLOW a0 == 5\nALLOW a0 == 6\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pol := &policy.Policy{Default: e1, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{{Nr: 472, Action: allow}}}}}
			pol.Arches[0].Newer, pol.Arches[0].Enosys = []policy.Range{{Lo: 473, Hi: arch.X32Bit - 1}}, policy.Errno(38)
			for _, r := range tt.rules {
				r.Nr = 41
				pol.Arches[0].Rules = append(pol.Arches[0].Rules, r)
			}
			text, err := Print(pol)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, printedFor(t, text, "socket")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// printedFor returns the entries of a printed profile that name a call, a line each.
func printedFor(t *testing.T, text []byte, name string) string {
	t.Helper()
	var section struct {
		Syscalls []struct {
			Names  []string
			Action string
			Args   []struct {
				Index           uint8
				Value, ValueTwo uint64
				Op              policy.Op
			}
		}
	}
	if err := json.Unmarshal(text, &section); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range section.Syscalls {
		if !slices.Contains(e.Names, name) {
			continue
		}
		b.WriteString(strings.TrimPrefix(e.Action, "SCMP_ACT_"))
		for _, a := range e.Args {
			c := policy.Cond{Arg: a.Index, Op: a.Op, Value: a.Value}
			if a.Op == policy.MaskedEQ {
				c.Mask, c.Value = a.Value, a.ValueTwo
			}
			b.WriteString(" " + c.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestPrintFaults: what no profile can say, with the call that shows it.
func TestPrintFaults(t *testing.T) {
	allow, e1 := policy.Allow, policy.Errno(1)
	on := func(bad policy.Action, def policy.Action, arches ...policy.ArchPolicy) *policy.Policy {
		return &policy.Policy{Default: def, BadArch: bad, Arches: arches}
	}
	x86_64 := func(rules ...policy.Rule) policy.ArchPolicy {
		return policy.ArchPolicy{Arch: arch.X86_64, Rules: rules}
	}
	is := func(nr uint32, conds ...uint64) (r policy.Rule) { // by argument
		r = policy.Rule{Nr: nr, Action: e1}
		for arg, v := range conds {
			r.Conds = append(r.Conds, policy.Cond{Arg: uint8(arg), Op: policy.EQ, Value: v})
		}
		return r
	}
	const miscompiled = ": libseccomp may compile its entries wrongly: some have conditions on several arguments, and another call or an ABI of another width compares arguments with the same numbers (install a filter of this policy instead of a profile, or compare with other numbers)"
	x86 := policy.ArchPolicy{Arch: arch.X86, Rules: []policy.Rule{is(19, 9), is(19, 5), is(19, 1<<32-1, 8)}}
	for i := range x86.Rules {
		for j := range x86.Rules[i].Conds {
			x86.Rules[i].Conds[j].Width = 32
		}
	}
	for _, tt := range []struct {
		name string
		pol  *policy.Policy
		want string
	}{
		{"what libseccomp compiles wrongly", on(0, allow, x86_64(is(25, 13, 5), is(25, 1), is(102, 3), is(102, 1))), "x86_64 mremap" + miscompiled},
		{"the same by two ABIs", on(0, allow, x86_64(is(8, 1<<32+9), is(8, 5), is(8, 1<<32-1, 8)), x86), "x86_64 lseek" + miscompiled},
		{"a fault", &policy.Policy{}, "Policy.Arches is empty (the native ABI is the first)"},
		{"the bad-arch action", on(policy.Errno(38), allow, x86_64()), "calls of other ABIs get ERRNO(38), and under a profile they always get KILL_THREAD (do not set the bad-arch action)"},
		{"an errno", on(0, allow, x86_64(policy.Rule{Nr: 1, Action: policy.Errno(4095)})), "x86_64 write: ERRNO(4095) is an errno that libseccomp refuses (take a smaller one)"},
		{"data", on(0, allow, x86_64(policy.Rule{Nr: 1, Action: policy.Trap | 3})), "x86_64 write: TRAP(3) has data, which profiles can give only to ERRNO and TRACE"},
		{"many entries", on(0, e1, x86_64(policy.Rule{Nr: 472, Action: allow}, policy.Rule{Nr: 1, Action: allow, Conds: []policy.Cond{{Op: policy.NE, Width: 32}, {Arg: 1, Op: policy.LT, Width: 32, Value: 31}}})),
			"x86_64 write: it takes 160 entries, as runc and libseccomp read them, and the profile 161 (128 at most, as it has 2 rules that differ)"},
		{"a number", on(0, allow, x86_64(policy.Rule{Nr: 1000, Action: e1})), "x86_64 0x3e8: has a rule, and is not a call that a profile can name"},
		{"an ABI that differs", on(0, allow, x86_64(policy.Rule{Nr: 1, Action: e1}), policy.ArchPolicy{Arch: arch.X86}),
			"no profile for runc expresses this policy: in the printed one, x86 write() would be ERRNO(1) instead of ALLOW"},
		{"nothing is newer", on(0, e1, x86_64(policy.Rule{Nr: 1, Action: allow})),
			"no profile for runc expresses this policy: in the printed one, x86_64 473() would be ERRNO(38) instead of ERRNO(1)"},
		{"NOTIFY on write", &policy.Policy{Default: allow, Flags: []policy.Flag{policy.FlagNewListener}, Arches: []policy.ArchPolicy{x86_64(policy.Rule{Nr: 1, Action: policy.Notify})}},
			"runc refuses the printed profile: 1:95: /syscalls/0: NOTIFY on write: runc calls write before a supervisor can answer, and would hang (leave write out)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Print(tt.pol); err == nil || err.Error() != tt.want {
				t.Errorf("error %q, want %q", err, tt.want)
			}
			text, cost, err := PrintStricter(tt.pol)
			if err != nil {
				return
			}
			back, err := readBack(text, tt.pol.Arches[0].Arch)
			if err == nil {
				err = back.Miscompiled()
			}
			if err != nil || len(cost) == 0 {
				t.Errorf("PrintStricter: cost %v, %v", cost, err)
			}
		})
	}
}

// TestReadAsSettings: a text that lost flags or a listener is not the policy.
func TestReadAsSettings(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ALLOW", %s "syscalls": [{"names": ["read"], "action": "SCMP_ACT_NOTIFY"}]}`
	pol := &policy.Policy{Default: policy.Allow, Flags: []policy.Flag{policy.FlagNewListener, policy.FlagLog}, Listener: policy.Listener{Path: "/run/a"},
		Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{{Nr: 0, Action: policy.Notify}}}}}
	for settings, want := range map[string]bool{
		`"flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/a",`: true,
		`"flags": [], "listenerPath": "/run/a",`:                          false,
		`"listenerPath": "/run/a",`:                                       false,
		`"flags": ["SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/b",`: false,
	} {
		if err := ReadAs(fmt.Appendf(nil, text, settings), pol); (err == nil) != want {
			t.Errorf("ReadAs with %s: %v", settings, err)
		}
	}
}

// TestPrintCorpus prints what the kernel reading makes of the profiles of the corpus. The
// proof is Print's. What cannot be said is what socketcall passes in memory.
func TestPrintCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	files, _ := filepath.Glob("../../shared/corpus/*.json")
	if len(files) == 0 {
		t.Skip("no corpus")
	}
	target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
	printed, skipped, mux := 0, 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var res *profile.Resolution
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err == nil {
			res, err = p.Resolve(target)
		}
		if err != nil {
			skipped++
			continue
		}
		_, err = Print(res.Policy())
		var known *PrintedError
		switch {
		case err == nil:
			printed++
		case errors.As(err, &known) && known.Difference.Call == "socketcall":
			mux++
			if _, cost, err := PrintStricter(res.Policy()); err != nil || len(cost) == 0 {
				t.Errorf("%s: no stricter profile: %v", file, err)
			}
		default:
			t.Errorf("%s: %v", file, err)
		}
	}
	t.Logf("%d printed, %d that differ by socketcall, %d not for this target, of %d", printed, mux, skipped, len(files))
	if printed < len(files)*9/10 {
		t.Errorf("%d of %d printed, want nine in ten", printed, len(files))
	}
}

// TestPrintBounded: a call with many rules prints, or is an error, within seconds.
func TestPrintBounded(t *testing.T) {
	t.Parallel()
	atLength(t)
	for _, op := range []policy.Op{policy.EQ, policy.NE, policy.LT, policy.MaskedEQ} {
		pol := &policy.Policy{Default: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
		for v := range uint64(5000) {
			c := policy.Cond{Op: op, Value: v * 7, Width: 32}
			if op == policy.MaskedEQ {
				c.Mask = v * 7
			}
			pol.Arches[0].Rules = append(pol.Arches[0].Rules, policy.Rule{Nr: 41, Action: policy.Errno(uint16(1 + v%2)), Conds: []policy.Cond{c}})
		}
		start := time.Now()
		_, err := Print(pol)
		if took := time.Since(start); took > time.Minute || err == nil {
			t.Errorf("%s: %v, after %v", op, err, took)
		}
		start = time.Now()
		_, cost, err := PrintStricter(pol)
		if took := time.Since(start); took > time.Minute || err == nil && len(cost) == 0 {
			t.Errorf("%s, stricter: %v, after %v", op, err, took)
		}
	}
}

// TestPrintNoCall: 0xffffffff, which libseccomp gives the default action, may fail with another
// errno, and may not be killed less.
func TestPrintNoCall(t *testing.T) {
	for _, tt := range []struct {
		def  policy.Action
		want string
	}{
		{policy.Errno(1), ""},
		{policy.Errno(0), "no profile for runc expresses this policy: in the printed one, x86_64 -1() would be ERRNO(0) instead of ERRNO(38)"},
		{policy.Trap, "no profile for runc expresses this policy: in the printed one, x86_64 -1() would be TRAP instead of ERRNO(38)"},
	} {
		pol := &policy.Policy{Default: tt.def, Arches: []policy.ArchPolicy{{
			Arch: arch.X86_64, Rules: []policy.Rule{{Nr: 472, Action: policy.Allow}}, Enosys: policy.Errno(38),
			Newer: []policy.Range{{Lo: 473, Hi: arch.X32Bit - 1}, {Lo: 1<<32 - 1, Hi: 1<<32 - 1}},
		}}}
		_, err := Print(pol)
		if got := fmt.Sprint(err); got != tt.want && (err != nil || tt.want != "") {
			t.Errorf("Print with the default %s: %q, want %q", tt.def, got, tt.want)
		}
	}
}

// TestPrintX32: with x32 in the filter no difference is accepted, as from 0x80000000 on, which
// are x86_64's numbers then.
func TestPrintX32(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64, Compat: profile.CompatRunc})
	if err != nil {
		t.Fatal(err)
	}
	pol := res.Policy()
	if _, err := Print(pol); err != nil {
		t.Error(err)
	}
	newer := &pol.Arches[0].Newer
	*newer = slices.DeleteFunc(*newer, func(r policy.Range) bool { return r.Lo == 2*arch.X32Bit })
	if len(*newer) != 1 {
		t.Fatalf("newer calls %v, want one range left", *newer)
	}
	const want = "no profile for runc expresses this policy: in the printed one, x86_64 0x80000000() would be ERRNO(38) instead of ERRNO(1)"
	if _, err := Print(pol); err == nil || err.Error() != want {
		t.Errorf("Print without ENOSYS from 0x80000000 on: %v, want %s", err, want)
	}
	if _, cost, err := PrintStricter(pol); err != nil || len(cost) != 1 {
		t.Errorf("PrintStricter: %v, %v, want one difference", cost, err)
	}
}
