package prove

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestStacksOfRandom holds the differences of stacks of random programs against runs
// of all of them: a call differs exactly if one difference has its number and answers.
func TestStacksOfRandom(t *testing.T) {
	r := newRand(t)
	differing, unknown := 0, 0
	for i := range repeat(1000) {
		var sides [2][]Program
		var ks []uint32
		for k := range sides {
			for range 2 + r.IntN(3) {
				insns := randomProgram(r, 1+r.IntN(12), plain)
				for pc := range insns { // actions that are known, and others
					if insns[pc].Op == 0x06 && r.IntN(4) > 0 {
						insns[pc].K = uint32(pick(r, policy.Allow, policy.Allow|3, policy.Errno(1), policy.Errno(2), policy.Log, policy.KillProcess, policy.Trap, policy.Notify))
					}
				}
				if vm.Check(insns) != nil {
					continue
				}
				sides[k], ks = append(sides[k], Program{insns, arch.X86_64}), append(ks, constants(insns, nil)...)
			}
		}
		if r.IntN(2) == 0 {
			sides[1] = slices.Clone(sides[0])
			slices.Reverse(sides[1])
		}
		if len(sides[0]) < 2 || len(sides[1]) < 2 {
			continue
		}
		list, err := Stacks(sides[0], sides[1])
		if u := (*UndecidedError)(nil); errors.As(err, &u) {
			unknown++
			if u.Index >= 0 && u.Filter == 0 {
				t.Fatalf("stacks %d: %v, want the filter's position", i, err)
			}
			continue
		}
		if many := (*DifferError)(nil); errors.As(err, &many) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			differing++
		}
		before, _ := runner(sides[0])
		after, _ := runner(sides[1])
		for range 200 {
			c := randomCall(r, ks)
			x, y := before(c), after(c)
			found := 0
			for _, d := range list {
				if d.FirstAudit <= c.Audit && c.Audit <= d.LastAudit && d.FirstNr <= c.Nr && c.Nr <= d.LastNr && d.Old == x && d.New == y {
					found++
				}
			}
			if want := x != y; found > 1 || (found == 1) != want {
				t.Fatalf("stacks %d: %s is %s and %s, in %d differences, want it in one: %v", i, c, x, y, found, want)
			}
		}
	}
	t.Logf("%d pairs of stacks differ, %d undecided", differing, unknown)
	if differing < repeat(200) {
		t.Errorf("%d pairs of stacks differ, want %d", differing, repeat(200))
	}
}

// TestTogether: the strictest answer is compared, of equally strict ones the newest's,
// and an action that the kernel does not know by its number.
func TestTogether(t *testing.T) {
	one := func(a policy.Action) Program { return Program{[]bpf.RawInstruction{ret(uint32(a))}, arch.X86_64} }
	read := func(a policy.Action) Program {
		return Program{[]bpf.RawInstruction{ld(0), jump(0x15, 0, 0, 1), ret(uint32(a)), ret(allow)}, arch.X86_64}
	}
	word := Program{[]bpf.RawInstruction{ld(16), ld(24), op(0x16, 0)}, arch.X86_64}
	e1, e2 := policy.Errno(1), policy.Errno(2)
	pol := &policy.Policy{Default: e1, BadArch: e1, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
	for _, tt := range []struct {
		name string
		list []Program
		want string // of the witness or the error; "" for none
	}{
		{"one", []Program{one(e1)}, ""},
		{"the newest", []Program{one(e2), one(e1)}, ""},
		{"the oldest", []Program{one(e1), one(e2)}, "x86_64 read() is ERRNO(2)"},
		{"the strictest", []Program{one(e1), one(policy.Log), one(policy.Allow)}, ""},
		{"stricter for a call", []Program{one(e1), read(policy.Trap)}, "x86_64 read() is TRAP"},
		{"laxer for a call", []Program{read(policy.Log), one(e1)}, ""},
		{"unknown, laxer by its number", []Program{one(e1), one(0x7ffb0000)}, ""},
		{"unknown, stricter by its number", []Program{one(e1), one(0x40000)}, "x86_64 read() is KILL_PROCESS"},
		{"nothing", nil, "no programs"},
		{"not a program", []Program{one(e1), {nil, arch.X86_64}}, "program 2 of 2: "},
		{"beyond the budget", []Program{one(e1), word}, "undecided: filter 2, instruction 2 "},
	} {
		w, err := Together(tt.list, pol)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case w != nil:
			got = w.Call.String() + " is " + w.Got.String()
		}
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestPoliciesOfRandom: policies differ as their programs do.
func TestPoliciesOfRandom(t *testing.T) {
	r := newRand(t)
	differing := 0
	for range repeat(300) {
		pol := randomPolicy(r)
		other := *pol
		other.Arches = slices.Clone(pol.Arches)
		rules := slices.Clone(pol.Arches[0].Rules)
		for range r.IntN(4) {
			if len(rules) > 0 {
				i := r.IntN(len(rules))
				if r.IntN(3) == 0 {
					rules = slices.Delete(rules, i, i+1)
				} else {
					rules[i].Action = pick(r, policy.Errno(1), policy.Allow, policy.Log)
				}
			}
		}
		other.Arches[0].Rules = rules
		if r.IntN(8) == 0 {
			other.Default = policy.Trap
		}
		if r.IntN(8) == 0 {
			other.Arches = other.Arches[:1]
		}
		a := pol.Arches[0].Arch
		want, err := Programs(Program{mustCompile(t, pol), a}, Program{mustCompile(t, &other), a})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Policies(pol, &other)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 {
			differing++
		}
		// Runs of numbers may be cut elsewhere: what each number has counts.
		for _, pair := range [][2][]Difference{{want, got}, {got, want}} {
			for _, d := range pair[0] {
				for _, nr := range []uint32{d.FirstNr, d.LastNr} {
					for _, audit := range []uint32{d.FirstAudit, d.LastAudit} {
						if !slices.ContainsFunc(pair[1], func(e Difference) bool {
							return e.FirstAudit <= audit && audit <= e.LastAudit && e.FirstNr <= nr && nr <= e.LastNr && e.Old == d.Old && e.New == d.New
						}) {
							t.Fatalf("%s is in one list alone\nprograms %v\npolicies %v\n%s\n%s", d.line(), want, got, pol, &other)
						}
					}
				}
			}
		}
	}
	if differing < repeat(100) {
		t.Errorf("%d pairs differ, want %d", differing, repeat(100))
	}
}
