package policy

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// rules returns a policy of x86_64 with these rules, whose origins are lines of a file.
func rules(def Action, file string, list ...Rule) *Policy {
	for i := range list {
		list[i].Origin = &Origin{Name: "call", Pos: Pos{file, i + 1, 1}}
	}
	return &Policy{Default: def, Arches: []ArchPolicy{{Arch: arch.X86_64, Rules: list}}}
}

func cond(arg uint8, op Op, v uint64) Cond { return Cond{Arg: arg, Op: op, Value: v} }

func mask(arg uint8, m, v uint64) Cond { return Cond{Arg: arg, Op: MaskedEQ, Mask: m, Value: v} }

// TestCompose: which rules intersections and unions have.
func TestCompose(t *testing.T) {
	e1, e2 := Errno(1), Errno(2)
	for _, tt := range []struct {
		name         string
		a, b         *Policy
		inter, union string // without the lines before the rules
	}{
		{
			"an unconditional deny", // which a list of allowed names has no place for
			rules(e1, "a", Rule{1, Allow, nil, nil}, Rule{2, Allow, nil, nil}),
			rules(Allow, "b", Rule{2, KillProcess, nil, nil}),
			"  1 call -> ALLOW  # a:1:1\n  2 call -> KILL_PROCESS  # b:1:1, a:2:1\n",
			"",
		}, {
			"ANDs stay ANDs",
			rules(e1, "a", Rule{1, Allow, []Cond{cond(0, EQ, 2), cond(1, EQ, 3)}, nil}),
			rules(e1, "b", Rule{1, Allow, []Cond{cond(0, EQ, 2), mask(2, 7, 1)}, nil}),
			"  1 call if a0 == 2 and a1 == 3 and a2 & 0x7 == 1 -> ALLOW  # a:1:1, b:1:1\n",
			"  1 call if a0 == 2 and a1 == 3 -> ALLOW  # a:1:1\n  1 call if a0 == 2 and a2 & 0x7 == 1 -> ALLOW  # b:1:1\n",
		}, {
			"KILL is stricter than a deny",
			rules(Allow, "a", Rule{1, KillThread, []Cond{cond(0, EQ, 2)}, nil}),
			rules(Allow, "b", Rule{1, e1, nil, nil}),
			"  1 call if a0 == 2 -> KILL_THREAD  # a:1:1\n  1 call -> ERRNO(1)  # b:1:1\n",
			"  1 call if a0 == 2 -> ERRNO(1)  # b:1:1, a:1:1\n",
		}, {
			"arguments that both allow",
			rules(e1, "a", Rule{1, Allow, []Cond{cond(0, LT, 10)}, nil}, Rule{1, Allow, []Cond{cond(0, EQ, 20)}, nil}),
			rules(e1, "b", Rule{1, Allow, []Cond{cond(0, GT, 5)}, nil}),
			"  1 call if a0 < 10 and a0 > 5 -> ALLOW  # a:1:1, b:1:1\n  1 call if a0 == 20 -> ALLOW  # a:2:1, b:1:1\n",
			"  1 call if a0 < 10 -> ALLOW  # a:1:1\n  1 call if a0 == 20 -> ALLOW  # a:2:1\n  1 call if a0 > 5 -> ALLOW  # b:1:1\n",
		}, {
			"arguments that one allows",
			rules(e1, "a", Rule{1, Allow, []Cond{cond(0, LT, 3)}, nil}),
			rules(e1, "b", Rule{1, Allow, []Cond{cond(0, GT, 5)}, nil}),
			"",
			"  1 call if a0 < 3 -> ALLOW  # a:1:1\n  1 call if a0 > 5 -> ALLOW  # b:1:1\n",
		}, {
			"data of the first",
			rules(e1, "a", Rule{1, Allow, []Cond{cond(0, EQ, 3)}, nil}),
			rules(e2, "b"),
			"  1 call if a0 == 3 -> ERRNO(2)  # 1:1\n",
			"  1 call if a0 == 3 -> ALLOW  # 1:1\n",
		}, {
			"widths",
			rules(e1, "a", Rule{1, Allow, []Cond{{Arg: 0, Op: EQ, Value: 5, Width: 32}}, nil}),
			rules(e1, "b", Rule{1, Allow, []Cond{cond(0, EQ, 5<<32)}, nil}, Rule{1, Allow, []Cond{cond(0, EQ, 5<<32|5)}, nil}),
			"  1 call if a0 == 0x500000005 -> ALLOW  # a:1:1, b:2:1\n",
			"  1 call if a0:32 == 5 -> ALLOW  # a:1:1\n  1 call if a0 == 0x500000000 -> ALLOW  # b:1:1\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, op := range []struct {
				name    string
				compose func(a, b *Policy) (*Policy, error)
				want    string
			}{{"Intersect", Intersect, tt.inter}, {"Union", Union, tt.union}} {
				p, err := op.compose(tt.a, tt.b)
				if err != nil {
					t.Fatal(err)
				}
				_, got, _ := strings.Cut(p.String(), "x86_64\n")
				if diff := cmp.Diff(op.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", op.name, diff)
				}
			}
		})
	}
}

// TestComposeGeneral: the answers that no rule gives.
func TestComposeGeneral(t *testing.T) {
	last := ^uint32(0)
	part := func(a arch.Arch, enosys Action, newer ...Range) ArchPolicy {
		return ArchPolicy{Arch: a, Newer: newer, Enosys: enosys}
	}
	a := &Policy{Default: Errno(1), Arches: []ArchPolicy{part(arch.X86_64, Errno(38), Range{450, 1<<30 - 1}), part(arch.X86, Errno(38), Range{450, last})}}
	b := &Policy{Default: Errno(13), BadArch: Trap, Arches: []ArchPolicy{part(arch.X86_64, Errno(38), Range{447, 1<<30 - 1})}}
	kills := &Policy{Default: Allow, Arches: []ArchPolicy{part(arch.X86_64, 0)}}
	for _, tt := range []struct {
		name    string
		compose func(a, b *Policy) (*Policy, error)
		a, b    *Policy
		want    string
	}{
		{"newer for one alone is the first's", Intersect, a, b, "default ERRNO(1)\nbad arch KILL_THREAD\nx86_64\n  0x1c2..0x3fffffff -> ERRNO(38)\nx86\n  0x0..0xffffffff -> TRAP\n"},
		{"the other way round", Intersect, b, a, "default ERRNO(13)\nbad arch KILL_THREAD\nx86_64\n  0x1bf..0x3fffffff -> ERRNO(38)\nx86\n  0x0..0xffffffff -> TRAP\n"},
		{"an ABI that the other kills", Intersect, a, kills, "default ERRNO(1)\nbad arch KILL_THREAD\nx86_64\n  0x1c2..0x3fffffff -> ERRNO(38)\n"},
		{"an ABI that one has", Union, a, kills, "default ALLOW\nbad arch KILL_THREAD\nx86_64\nx86\n  448 call 448 -> ERRNO(1)\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := tt.compose(tt.a, tt.b)
			if err != nil {
				t.Fatal(err)
			}
			got := p.String()
			if tt.name == "an ABI that one has" { // 450 rules that say the same
				got = strings.Join([]string{got[:strings.Index(got, "x86\n")], "x86\n", line(got, "448"), "\n"}, "")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestComposeX32: x86_64 and x32 share an audit value, so that dropping one of them must
// not change what calls of the other get.
func TestComposeX32(t *testing.T) {
	const last = ^uint32(0)
	policy := func(def, bad Action, parts ...ArchPolicy) *Policy {
		return &Policy{Default: def, BadArch: bad, Arches: parts}
	}
	part := func(a arch.Arch, rules ...Rule) ArchPolicy { return ArchPolicy{Arch: a, Rules: rules} }
	high := part(arch.X86_64, Rule{Nr: 1<<31 + 5, Action: Log})
	newer := part(arch.X86_64)
	newer.Newer, newer.Enosys = []Range{{1 << 31, 3<<30 - 1}}, Errno(38)
	for _, tt := range []struct {
		name string
		a, b *Policy
		nr   uint32
		want [2]Action // of the intersection and the union
	}{
		{"a rule for a number that x86_64 has beside x32", policy(KillThread, KillThread, high, part(arch.X32)), policy(Errno(1), KillThread, part(arch.X86_64)), 1<<31 + 5, [2]Action{KillThread, Log}},
		{"such a rule that says the bad-arch action", policy(KillThread, KillThread, part(arch.X86_64, Rule{Nr: 1<<31 + 5, Action: KillThread}), part(arch.X32)), policy(Errno(1), KillThread, newer), 1<<31 + 5, [2]Action{KillThread, Errno(38)}},
		{"-1 if both can be dropped", policy(KillThread, Allow, part(arch.X86), part(arch.X32)), policy(Allow, Allow, part(arch.X86), part(arch.X86_64, Rule{Nr: last, Action: Log})), last, [2]Action{KillThread, Log}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i, compose := range []func(a, b *Policy) (*Policy, error){Intersect, Union} {
				for _, order := range [][2]*Policy{{tt.a, tt.b}, {tt.b, tt.a}} {
					p, err := compose(order[0], order[1])
					if err != nil {
						t.Fatal(err)
					}
					c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: tt.nr}
					if got, _ := p.Decide(c); got != tt.want[i] {
						t.Errorf("%s of the %s is %s, want %s\n%s", c, [...]string{"intersection", "union"}[i], got, tt.want[i], p)
					}
				}
			}
		})
	}
}

// line returns the line of a text that starts with a word.
func line(text, word string) string {
	for l := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(l), word+" ") {
			return strings.TrimRight(l, "\n")
		}
	}
	return ""
}

// TestComposeSettings: flags and listeners follow the laws of Intersect.
func TestComposeSettings(t *testing.T) {
	supervised := func(path string, flags ...Flag) *Policy {
		p := rules(Allow, "", Rule{Nr: 1, Action: Notify})
		p.Flags, p.Listener.Path = append(flags, FlagNewListener), path
		return p
	}
	plain := func(def Action, flags ...Flag) *Policy {
		p := rules(def, "")
		p.Flags = flags
		return p
	}
	for _, tt := range []struct {
		name    string
		compose func(a, b *Policy) (*Policy, error)
		a, b    *Policy
		flags   string
		path    string
	}{
		{"what gives up a mitigation, if both do", Intersect, plain(Allow, FlagSpecAllow), plain(Allow), "[]", ""},
		{"both", Intersect, plain(Allow, FlagSpecAllow), plain(Allow, FlagSpecAllow, FlagLog), "[SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW]", ""},
		{"or if one does", Union, plain(Allow, FlagSpecAllow), plain(Allow), "[SECCOMP_FILTER_FLAG_SPEC_ALLOW]", ""},
		{"NOTIFY of the second", Intersect, plain(Allow), supervised("/run/s", FlagWaitKillableRecv), "[SECCOMP_FILTER_FLAG_NEW_LISTENER SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV]", "/run/s"},
		{"no NOTIFY is left", Intersect, plain(Errno(1)), supervised("/run/s", FlagWaitKillableRecv), "[]", ""},
		{"nor here", Union, plain(Allow), supervised("/run/s"), "[]", ""},
		{"one listener", Intersect, supervised("/run/s"), supervised("/run/s"), "[SECCOMP_FILTER_FLAG_NEW_LISTENER]", "/run/s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := tt.compose(tt.a, tt.b)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range p.Flags {
				names = append(names, f.String())
			}
			if got := "[" + strings.Join(names, " ") + "]"; got != tt.flags || p.Listener.Path != tt.path {
				t.Errorf("flags %s, listener %q, want %s, %q", got, p.Listener.Path, tt.flags, tt.path)
			}
		})
	}
}

// TestComposeFaults: what has no composition is an error that says why.
func TestComposeFaults(t *testing.T) {
	on := func(byAudit bool, abis ...arch.Arch) *Policy {
		p := &Policy{Default: Errno(1), ByAudit: byAudit}
		for _, a := range abis {
			p.Arches = append(p.Arches, ArchPolicy{Arch: a})
		}
		return p
	}
	supervised := func(path string) *Policy {
		p := rules(Allow, "", Rule{Nr: 1, Action: Notify})
		p.Flags, p.Listener.Path = []Flag{FlagNewListener}, path
		return p
	}
	many := func(arg uint8) *Policy {
		p := rules(Errno(1), "")
		for v := range uint64(300) {
			p.Arches[0].Rules = append(p.Arches[0].Rules, Rule{Nr: 41, Action: Allow, Conds: []Cond{cond(arg, EQ, v)}})
		}
		return p
	}
	newer := func(bad, enosys Action, lo, hi uint32) *Policy {
		p := on(false, arch.X86_64)
		p.BadArch, p.Arches[0].Enosys, p.Arches[0].Newer = bad, enosys, []Range{{lo, hi}}
		return p
	}
	for _, tt := range []struct {
		name  string
		a, b  *Policy
		typed string // whether it is a ComposeError
		want  string
	}{
		{"nil", nil, on(false, arch.X86_64), "", "the first policy: no policy: nil (Resolve returns one)"},
		{"a fault", on(false, arch.X86_64), &Policy{}, "", "the second policy: Policy.Arches is empty (the native ABI is the first)"},
		{"other machines", on(false, arch.X86_64), on(false, arch.AArch64), "is", "the intersection of a policy for x86_64 and one for aarch64 (resolve both for one machine)"},
		{"listeners", supervised("/run/a"), supervised(""), "is", `both policies have NOTIFY rules, with the listeners "/run/a" and "none", and a filter has only one (give both the same)`},
		{"too many rules", many(0), many(1), "is", "x86_64 socket: more than 32768 rules and conditions for one ABI (no filter has room for so many)"},
		{"readings of MIPS", on(true, arch.MIPS), on(false, arch.MIPS), "is", "the intersection of a policy in runc's reading and one in the kernel's, which differ in what a number of MIPS means (resolve both in one reading)"},
		{"ABIs of MIPS", on(false, arch.MIPS64, arch.MIPS), on(false, arch.MIPS64), "is", "mips64: programs of mips that make its calls get other answers, which one policy cannot express (resolve both policies for the same ABIs)"},
		{"three answers to numbers of x32", newer(Allow, Trap, 1<<30, 1<<30+9), newer(Errno(5), KillThread, 1<<30+20, 1<<30+29), "is",
			"x86_64 0x40000014: is KILL_THREAD, other numbers of x32 TRAP and others ERRNO(5), which one policy cannot express (give both policies one bad-arch action, or x32)"},
		{"three answers to many numbers", newer(Allow, Trap, 1000, 1<<20), newer(Allow, KillThread, 1<<20, 1<<21), "is",
			"x86_64 0x3e8: is TRAP unless a rule says otherwise, and other calls are ERRNO(1) and KILL_THREAD, which one policy cannot express for so many numbers (let both have the same ABIs, and the same calls newer than the profile)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Intersect(tt.a, tt.b)
			got := ""
			if err != nil {
				got = err.Error()
			}
			var is *ComposeError
			if got != tt.want || errors.As(err, &is) != (tt.typed != "") {
				t.Errorf("error %q, want %q", got, tt.want)
			}
		})
	}
}

// TestComposeUnseen: programs of two other MIPS ABIs cannot get two answers to one number.
func TestComposeUnseen(t *testing.T) {
	parts := []ArchPolicy{{Arch: arch.MIPS64}, {Arch: arch.MIPS}, {Arch: arch.MIPS64N32}}
	a := &Policy{Default: Log, Arches: parts[:2]}
	b := (&Policy{Default: Log, Flags: []Flag{FlagNewListener}, Arches: parts}).Clone()
	b.Arches[0].Rules = []Rule{{Nr: 5001, Action: Notify, Conds: []Cond{cond(0, EQ, 1)}}}
	_, err := Union(a, b)
	const want = "mips64 write: a program of mips that makes the call gets NOTIFY where it should get LOG, which no rule can express (resolve both policies for the same ABIs)"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestRegion: whether conditions can hold together, as trying all values shows.
func TestRegion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []uint64{0, 1, 2, 3, 4, 5, 6, 7, 0xfffe, 0xffff} // all that these tell apart:
	data := []uint64{1, 2, 0xfffe}
	masks := []uint64{0, 1, 2, 3, 0xffff}
	pick := func(from []uint64, width uint8) (v uint64) {
		for range width / 16 {
			v = v<<16 | from[r.IntN(len(from))]
		}
		return v
	}
	both := [2]int{}
	for range 4000 {
		var conds []Cond
		for range 1 + r.IntN(6) {
			width := []uint8{16, 32, 64}[r.IntN(3)]
			c := Cond{Op: Op(1 + r.IntN(7)), Width: width, Value: pick(data, width)}
			if c.Op == MaskedEQ {
				c.Mask = pick(masks, width)
			}
			conds = append(conds, c)
		}
		turned := r.IntN(len(conds)) // one that must not hold
		holds := func(x uint64) bool {
			for i, c := range conds {
				if c.Matches([6]uint64{x}) == (i == turned) {
					return false
				}
			}
			return true
		}
		region := newRegion(append(append([]Cond{}, conds[:turned]...), conds[turned+1:]...)).without(conds[turned])
		f := finder{1 << 20}
		args, ok := f.some(&region)
		if !f.enough() {
			t.Fatalf("%v, not %v: too many steps", conds, conds[turned])
		}
		if ok && !holds(args[0]) {
			t.Fatalf("%v, not %v: %#x is none", conds, conds[turned], args[0])
		}
		for i := 0; !ok && i < 10000; i++ {
			if x := pieces[i%10] | pieces[i/10%10]<<16 | pieces[i/100%10]<<32 | pieces[i/1000]<<48; holds(x) {
				t.Fatalf("%v, not %v: found nothing, and %#x is one", conds, conds[turned], x)
			}
		}
		if ok {
			both[0]++
		} else {
			both[1]++
		}
	}
	if both[0] < 500 || both[1] < 500 {
		t.Errorf("%d regions with values, %d without: want many of each", both[0], both[1])
	}
}

// TestComposeBounded: lists of any kind compose, or are an error, within seconds.
func TestComposeBounded(t *testing.T) {
	list := func(n int, conds func(i int) []Cond) *Policy {
		p := rules(Errno(1), "")
		for i := range n {
			p.Arches[0].Rules = append(p.Arches[0].Rules, Rule{Nr: 41, Action: Allow, Conds: conds(i)})
		}
		return p
	}
	spread := func(i int) uint64 { return uint64(i+1) * 0x9e3779b97f4a7c15 }
	for _, tt := range []struct {
		name string
		a, b *Policy
	}{
		{"values", list(5000, func(i int) []Cond { return []Cond{cond(0, EQ, uint64(i))} }), list(5000, func(i int) []Cond { return []Cond{cond(0, EQ, uint64(i+2500))} })},
		{"masks", list(1000, func(i int) []Cond { return []Cond{mask(0, spread(i), spread(i)&spread(i+7))} }), list(1000, func(i int) []Cond { return []Cond{mask(0, spread(2*i), spread(2*i))} })},
		{"exclusions", list(2000, func(i int) []Cond { return []Cond{cond(0, NE, uint64(i)), cond(1, NE, uint64(i))} }), list(2000, func(i int) []Cond { return []Cond{mask(0, spread(i), 0), cond(2, NE, uint64(i))} })},
		{"one rule of many conditions", list(1, func(int) (conds []Cond) {
			for i := range 3000 {
				conds = append(conds, Cond{Arg: uint8(i % 6), Op: NE, Value: uint64(i)})
			}
			return conds
		}), list(1, func(int) []Cond { return []Cond{mask(0, 1, 1)} })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, compose := range []func(a, b *Policy) (*Policy, error){Intersect, Union} {
				start := time.Now()
				_, err := compose(tt.a, tt.b)
				var is *ComposeError
				if err != nil && !errors.As(err, &is) {
					t.Error(err)
				}
				took := time.Since(start)
				t.Logf("%v: %v", took.Round(time.Millisecond), err)
				if took > time.Minute { // a second where nothing else runs, and no other processor is emulated
					t.Errorf("took %v", took)
				}
			}
		})
	}
}
