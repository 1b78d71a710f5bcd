package record

import (
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
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
			"x86 socketcall(1)", "x86_64, x86: programs of each may call what those of the others called"},
		{"a socket by each", []string{"x86_64 socket(1, 1, 0)", "x86 socket(2, 1, 0)"}, "x86 socket(16, 1, 0)", "x86_64, x86:"},
		{"a socket by a multiplexer", []string{"x86_64 socket(1, 1, 0)", "x86 socketcall(1)", "x86 socketcall(3)"},
			"x86 socketcall(8)", "socketcall: socket by it with any arguments, which a filter cannot see"},
		{"several by a multiplexer", []string{"x86_64 read(0)", "x86 socketcall(1)", "x86 socketcall(14)", "x86 socketcall(8)"},
			"x86 socketcall(2)", "socketcall: setsockopt, socket and socketpair by it with any arguments"},
		{"socketpair by 32 bits", []string{"x86_64 read(0)", "x86 socketpair(1, 1, 0)"}, "x86 socketcall(8)", "x86_64, x86:"},
		{"shared memory", []string{"x86_64 shmget(0, 1, 0x180)", "x86 ipc(23)"}, "x86 ipc(11)", "ipc: shmget by it with any arguments"},
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
