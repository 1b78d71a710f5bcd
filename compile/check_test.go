package compile

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// TestCheck: what no function of this module makes is an error, not a panic.
func TestCheck(t *testing.T) {
	abis := func(list ...arch.Arch) *profile.Policy {
		pol := &profile.Policy{Default: profile.Allow}
		for _, a := range list {
			pol.Arches = append(pol.Arches, profile.ArchPolicy{Arch: a})
		}
		return pol
	}
	f, err := Policy(abis(arch.X86_64), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		pol  *profile.Policy
		want string
	}{
		{nil, "no policy: nil"},
		{abis(), "a policy without ABIs"},
		{abis(0), "Arches[0].Arch is 0, which is not an ABI"},
		{abis(arch.X86_64, 200), "Arches[1].Arch is 200, which is not an ABI"},
		{abis(arch.X86_64, arch.S390X), "Arches[1].Arch is s390x, which has the other byte order than x86_64"},
	} {
		_, compiled := Policy(tt.pol, Options{})
		_, verified := Verify(f, tt.pol)
		_, hashed := Fingerprint(tt.pol)
		for name, err := range map[string]error{"Policy": compiled, "Verify": verified, "Fingerprint": hashed} {
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
		}
	}
	if _, err := Profile(nil, profile.Target{Arch: arch.X86_64}, Options{}); err == nil || !strings.HasPrefix(err.Error(), "no profile: nil") {
		t.Errorf("Profile(nil): %v", err)
	}
	for _, pair := range [][2]*Filter{{nil, f}, {f, nil}, {nil, nil}} {
		if _, err := Diff(pair[0], pair[1]); err != errNoFilter {
			t.Errorf("Diff(%p, %p): %v", pair[0], pair[1], err)
		}
	}
	if _, err := Verify(nil, f.Policy()); err != errNoFilter {
		t.Errorf("Verify(nil): %v", err)
	}
	for i := range 256 {
		if s := Change(i).String(); s == "" || i > int(Incomparable) && !strings.HasPrefix(s, "Change(") {
			t.Errorf("Change(%d).String() = %q", i, s)
		}
	}
}

// TestZeroFilter: a Filter that nothing has made kills.
func TestZeroFilter(t *testing.T) {
	f := &Filter{}
	c := syscalls.Call{Audit: arch.X86_64.Audit()}
	if got := f.Run(c); got != profile.KillProcess || f.Cached(c) || f.Steps(c) != 1 {
		t.Errorf("Run of a zero Filter = %s in %d steps, cached %t, want KILL_PROCESS", got, f.Steps(c), f.Cached(c))
	}
	if f.String() == "" || f.Summary().String() == "" || len(f.Bytes()) != 0 || f.Flags() != 0 || len(f.Notes()) != 0 || f.Insns() != nil || f.Policy() != nil {
		t.Errorf("a zero Filter has %d bytes, flags %d, notes %v", len(f.Bytes()), f.Flags(), f.Notes())
	}
	if list, err := Diff(f, f); len(list) > 0 || err == nil {
		t.Errorf("Diff of zero Filters = %v, %v, want an error", list, err)
	}
}
