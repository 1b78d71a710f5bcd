package record

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// TestSeveralABIs: a profile of programs of several ABIs is one that a launcher takes, though
// multiplexers hide arguments and registers have fewer bits; all that was recorded passes, and
// what goes beyond it has a reason.
func TestSeveralABIs(t *testing.T) {
	tests := []struct {
		name    string
		calls   []string
		refused string // at the usual level
		reason  string // at the usual level and the tight one
	}{
		{"a socket, and programs of 32 bits without", []string{"x86_64 socket(1, 0x80801, 0)", "x86 read(0)"},
			"x86 socketcall(1)", "x86_64, x86: programs of each ABI may make the calls of the others"},
		{"a socket by each", []string{"x86_64 socket(1, 1, 0)", "x86 socket(2, 1, 0)"}, "x86 socket(16, 1, 0)", "x86_64, x86:"},
		{"a socket by a multiplexer", []string{"x86_64 socket(1, 1, 0)", "x86 socketcall(1)", "x86 socketcall(3)"},
			"x86 socketcall(8)", "socketcall: socket through it with any arguments, which a filter cannot see"},
		{"several by a multiplexer", []string{"x86_64 read(0)", "x86 socketcall(1)", "x86 socketcall(14)", "x86 socketcall(8)"},
			"x86 socketcall(2)", "socketcall: setsockopt, socket and socketpair through it with any arguments"},
		{"socketpair by 32 bits", []string{"x86_64 read(0)", "x86 socketpair(1, 1, 0)"}, "x86 socketcall(8)", "x86_64, x86:"},
		{"shared memory", []string{"x86_64 shmget(0, 1, 0x180)", "x86 ipc(23)"}, "x86 ipc(11)", "ipc: shmget through it with any arguments"},
		{"more than 32 bits", []string{"x86_64 unshare(0x100000200)", "x86_64 mprotect(0, 1, 0x100000001)", "x86_64 mmap(0, 1, 0x100000001, 0x100000002)", "x86 unshare(0x400)", "x86 mprotect(0, 1, 1)", "x86 read(0)"},
			"x86 unshare(0x200)", "x86_64, x86:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, level := range []Level{Usual, Tight, Loose} {
				r := recorded(t, tt.calls...)
				d, err := r.Profile(Options{Level: level})
				if err != nil {
					t.Fatal(err)
				}
				p, err := profile.Parse(d.Text, profile.ParseOptions{})
				if err != nil {
					t.Fatal(err)
				}
				res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
				if err != nil {
					t.Fatalf("level %d: the profile is refused: %v\n%s", level, err, d.Text)
				}
				for _, n := range res.Notes() {
					if n.Effect != profile.Stricter && !n.Harmless() {
						t.Errorf("level %d: %s", level, n)
					}
				}
				f, err := compile.Resolution(res, compile.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if out, err := r.Within(f); err != nil || len(out) > 0 {
					t.Errorf("level %d: %+v are refused, %v\n%s", level, out, err, d.Text)
				}
				if level == Loose {
					continue
				}
				if f.Run(call(t, tt.refused)).Passes() {
					t.Errorf("level %d: %s passes, which was not recorded\n%s", level, tt.refused, d.Text)
				}
				if !slices.ContainsFunc(d.Reasons, func(r Reason) bool {
					return strings.HasPrefix(strings.Join(r.Calls, ", ")+": "+r.Why, tt.reason)
				}) {
					t.Errorf("level %d: no reason begins with %q: %q", level, tt.reason, d.Reasons)
				}
			}
		})
	}
}

// TestMultiplexedNative: on a machine whose own programs use socketcall a condition on a socket has a
// profile, too.
func TestMultiplexedNative(t *testing.T) {
	for _, list := range [][]string{{"s390x socket(1, 1, 0)"}, {"s390x socketcall(1)", "s390x socket(1, 1, 0)"}, {"s390x socketcall(1)", "s390 ipc(23)", "s390 socket(1, 1, 0)"}} {
		for _, level := range []Level{Usual, Tight, Loose} {
			r := New(arch.S390X)
			for _, c := range list {
				if err := r.Add(call(t, c), Seen{}); err != nil {
					t.Fatal(err)
				}
			}
			d, err := r.Profile(Options{Level: level})
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.Parse(d.Text, profile.ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			f, err := compile.Profile(p, profile.Target{Arch: arch.S390X}, compile.Options{})
			if err != nil {
				t.Fatalf("level %d, %q: %v\n%s", level, list, err, d.Text)
			}
			if out, err := r.Within(f); err != nil || len(out) > 0 {
				t.Errorf("level %d, %q: %+v are refused, %v", level, list, out, err)
			}
		}
	}
}

// TestAnyRecord: whatever was recorded, of all calls of a machine's ABIs, has a profile that a launcher
// takes, by which all of it passes.
func TestAnyRecord(t *testing.T) {
	const seed = 20
	rnd := rand.New(rand.NewPCG(seed, seed))
	for round := range 60 {
		native := []arch.Arch{arch.X86_64, arch.S390X, arch.AArch64, arch.MIPS64, arch.PPC64LE}[round%5]
		r := New(native)
		var abis []arch.Arch
		for a := range arch.All() {
			if a.SameKernel(native) && (a == native || rnd.IntN(2) == 0) {
				abis = append(abis, a)
			}
		}
		names := slices.Collect(syscalls.Names())
		for range 1 + rnd.IntN(80) {
			name, a := names[rnd.IntN(len(names))], abis[rnd.IntN(len(abis))]
			if rnd.IntN(2) == 0 {
				name = []string{"socket", "socketpair", "socketcall", "ipc", "shmctl", "setsockopt", "clone", "clone3", "mmap", "unshare", "personality", "ioctl"}[rnd.IntN(12)]
			}
			nr, ok := syscalls.Number(a, name)
			if !ok {
				continue
			}
			for range 1 + rnd.IntN(100)*rnd.IntN(2) {
				c := syscalls.Call{Audit: a.Audit(), Nr: nr}
				for i := range c.Args {
					c.Args[i] = uint64(rnd.IntN(20)) << (rnd.IntN(2) * rnd.IntN(60)) * uint64(1-2*(rnd.IntN(8)/7))
				}
				if err := r.Add(c, Seen{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(r.calls) == 0 {
			continue
		}
		if back, err := Parse("r", strings.NewReader(text(t, r))); err != nil || text(t, back) != text(t, r) {
			t.Fatalf("seed %d, round %d: a record that is read and written again: %v", seed, round, err)
		}
		for _, level := range []Level{Usual, Tight, Loose} {
			d, err := r.Profile(Options{Level: level})
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.Parse(d.Text, profile.ParseOptions{})
			if err != nil {
				t.Fatalf("seed %d, round %d, level %d: %v", seed, round, level, err)
			}
			res, err := p.Resolve(profile.Target{Arch: native})
			if err != nil {
				t.Fatalf("seed %d, round %d, level %d: %v", seed, round, level, err)
			}
			for _, n := range res.Notes() {
				if n.Effect != profile.Stricter && !n.Harmless() {
					t.Errorf("seed %d, round %d, level %d: %s", seed, round, level, n)
				}
			}
			stack, err := compile.SplitResolution(res, compile.Options{})
			if err != nil {
				t.Fatalf("seed %d, round %d, level %d: %v", seed, round, level, err)
			}
			out, err := r.Within(stack)
			if err != nil {
				t.Fatalf("seed %d, round %d, level %d: %v", seed, round, level, err)
			}
			for _, o := range out {
				t.Errorf("seed %d, round %d, level %d: %s %#x gets %v", seed, round, level, o.Call, o.Tuple, o.Actions)
			}
		}
	}
}
