package compile

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// has reports whether a call is one of those that a difference is about.
func (d *Difference) has(c syscalls.Call) bool {
	return d.hasNumber(c) && slices.ContainsFunc(d.Where, func(x Case) bool { return x.Holds(c) })
}

// hasNumber is has for any arguments.
func (d *Difference) hasNumber(c syscalls.Call) bool {
	in := func(list []policy.Range, n uint32) bool {
		return slices.ContainsFunc(list, func(r policy.Range) bool { return r.Lo <= n && n <= r.Hi })
	}
	switch a, ok := c.Arch(); {
	case d.Arch != 0 && (!ok || a != d.Arch):
		return false
	case d.Arch == 0 && !in(d.Audits, c.Audit):
		return false
	case (d.Arch != 0 || d.Numbers != nil) && !in(d.Numbers, c.Nr):
		return false
	}
	return true
}

// judgeWhere runs two filters on calls at the edges of differences, and of what their
// instructions compare with: a call is in one difference, with its answers, if they
// answer it differently, and in none if not. It returns how many were in one.
func judgeWhere(t *testing.T, old, new Compiled, list []Difference, r *rand.Rand, calls int) (inside int) {
	t.Helper()
	sides := [2]*Stack{}
	var words []uint32
	for i, c := range []Compiled{old, new} {
		s, err := stackOf(c)
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = s
		for _, f := range s.filters {
			for _, in := range f.insns {
				if in.Op&7 == abi.ClassJMP || in.Op == 0x54 {
					words = append(words, in.K)
				}
			}
		}
	}
	words = append(words, 0, 1, ^uint32(0), 1<<31)
	near := func() uint32 { return words[r.IntN(len(words))] + uint32(r.IntN(3)) - 1 }
	var unlisted []Difference
	for _, d := range list {
		if d.Where == nil {
			unlisted = append(unlisted, d)
		}
	}
	for i := range calls {
		c := syscalls.Call{Audit: near(), Nr: near(), IP: uint64(near())<<32 | uint64(near())}
		if r.IntN(8) > 0 {
			for a := range arch.All() {
				if a.SameKernel(sides[0].Arch()) && (r.IntN(3) == 0 || c.Audit != a.Audit()) {
					c.Audit = a.Audit()
				}
			}
		}
		for j := range c.Args {
			c.Args[j] = uint64(near())<<32 | uint64(near())
			if r.IntN(2) == 0 {
				c.Args[j] &= 1<<32 - 1
			}
		}
		if len(list) > 0 && i%4 > 0 { // at the edges of a difference
			d := &list[r.IntN(len(list))]
			c.Audit = d.Witness.Audit
			if len(d.Numbers) > 0 {
				n := d.Numbers[r.IntN(len(d.Numbers))]
				c.Nr = []uint32{n.Lo, n.Hi, n.Lo + r.Uint32N(n.Hi-n.Lo|1), n.Lo - 1, n.Hi + 1}[r.IntN(5)]
			}
			if len(d.Where) > 0 {
				for _, v := range d.Where[r.IntN(len(d.Where))] {
					x := v.Ranges[r.IntN(len(v.Ranges))]
					n := []uint64{x.Lo, x.Hi, x.Lo + (x.Hi-x.Lo)/2, x.Lo - 1, x.Hi + 1}[r.IntN(5)]
					if v.Arg == argIP {
						c.IP = c.IP&^v.Mask | n&v.Mask
					} else {
						c.Args[v.Arg] = c.Args[v.Arg]&^v.Mask | n&v.Mask
					}
				}
			}
		}
		was, is := sides[0].Run(c).Effective(), sides[1].Run(c).Effective()
		var found []Difference
		for j := range list {
			if list[j].has(c) {
				found = append(found, list[j])
			}
		}
		switch {
		case was == is && len(found) > 0:
			t.Fatalf("%s is %s on both sides, and in %+v", c, was, found[0])
		case was == is:
		case len(found) == 0 && slices.ContainsFunc(unlisted, func(d Difference) bool { return d.Old == was && d.New == is && d.hasNumber(c) }):
		case len(found) != 1:
			t.Fatalf("%s is %s and then %s, and in %d differences: %+v", c, was, is, len(found), found)
		case found[0].Old.Effective() != was || found[0].New.Effective() != is:
			t.Fatalf("%s is %s and then %s, and in %+v", c, was, is, found[0])
		default:
			inside++
		}
	}
	return inside
}

// TestWhere: the arguments of differences are exact, for pairs of made-up policies and
// for programs that look at whatever they like.
func TestWhere(t *testing.T) {
	r := newRand(t)
	pairs, inside, listed, unlisted := fewer(150), 0, 0, 0
	if testing.Short() {
		pairs = 30
	}
	for range pairs {
		p, q := randomPair(r)
		old, err := Policy(p, Options{})
		if err != nil {
			t.Fatal(err)
		}
		new, err := Policy(q, Options{})
		if err != nil {
			t.Fatal(err)
		}
		list, err := Diff(old, new)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			if d.Where == nil {
				unlisted++
			} else {
				listed++
			}
		}
		inside += judgeWhere(t, old, new, list, r, 4000)
	}
	t.Logf("%d differences and %d without their arguments; %d calls in them", listed, unlisted, inside)
	if inside < 100*pairs || listed < 100*unlisted {
		t.Error("the test sees too few differences")
	}
}

// TestWhereABIs: programs that do not look at the ABI differ by call on each ABI of the
// kernel, and on other audit values.
func TestWhereABIs(t *testing.T) {
	load := func(insns ...bpf.RawInstruction) *Filter {
		f, err := Load(insns, arch.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	allow, deny := bpf.RawInstruction{Op: 0x06, K: uint32(policy.Allow)}, bpf.RawInstruction{Op: 0x06, K: uint32(policy.Errno(1))}
	ld := func(off uint32) bpf.RawInstruction { return bpf.RawInstruction{Op: 0x20, K: off} }
	jeq := func(k uint32, jt, jf uint8) bpf.RawInstruction {
		return bpf.RawInstruction{Op: 0x15, Jt: jt, Jf: jf, K: k}
	}
	for _, tt := range []struct {
		name string
		new  *Filter
		n    int
	}{
		{"a number", load(ld(0), jeq(41, 0, 1), deny, allow), 3},
		{"an instruction pointer", load(ld(0), jeq(41, 0, 3), ld(8), jeq(7, 0, 1), deny, allow), 3},
	} {
		list, err := Diff(load(allow), tt.new)
		if err != nil || len(list) != tt.n {
			t.Errorf("%s: Diff = %v, %v, want %d differences", tt.name, list, err, tt.n)
		}
		if list[0].Call != "socket" || list[0].Arch != arch.X86_64 || list[2].Arch != 0 || len(list[2].Audits) != 3 || len(list[2].Numbers) != 1 {
			t.Errorf("%s: Diff = %+v", tt.name, list)
		}
		judgeWhere(t, load(allow), tt.new, list, newRand(t), 4000)
	}
	list, err := Diff(load(allow), load(deny))
	if err != nil {
		t.Fatal(err)
	}
	judgeWhere(t, load(allow), load(deny), list, newRand(t), 4000)
	if d := list[len(list)-1]; d.Arch != 0 || d.Numbers != nil || len(d.Audits) != 3 {
		t.Errorf("Diff of all calls ends with %+v", d)
	}
}

// TestWhereCorpus: the arguments of differences are exact for pairs of profiles of others.
func TestWhereCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../shared/corpus/*.json")
	if len(files) == 0 {
		t.Skip("no corpus")
	}
	r := newRand(t)
	target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
	var before *Stack
	compared, skipped, inside, unlisted := 0, 0, 0, 0
	for i, file := range files {
		if testing.Short() && i > 12 {
			break
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		target.Compat = []profile.Compat{profile.CompatKernel, profile.CompatRunc}[i%2]
		p, err := profile.Parse(text, profile.ParseOptions{File: file})
		if err != nil {
			skipped++
			continue
		}
		res, err := p.Resolve(target)
		if err != nil {
			skipped++
			continue
		}
		s, err := SplitResolution(res, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if before != nil {
			list, err := Diff(before, s)
			if err != nil {
				t.Fatalf("Diff of %s and the one before it: %v", file, err)
			}
			for _, d := range list {
				if d.Where == nil {
					unlisted++
					t.Logf("%s: %s", file, d)
				}
			}
			compared++
			inside += judgeWhere(t, before, s, list, r, 1500)
		}
		before = s
	}
	t.Logf("%d pairs, %d profiles skipped; %d calls in differences, %d differences without their arguments", compared, skipped, inside, unlisted)
	if inside < 100*compared || skipped > len(files)/4 {
		t.Error("the test sees too few differences")
	}
}
