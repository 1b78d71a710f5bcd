package compile

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestCheck: what no function of this module makes is an error, not a panic.
func TestCheck(t *testing.T) {
	abis := func(list ...arch.Arch) *policy.Policy {
		pol := &policy.Policy{Default: policy.Allow}
		for _, a := range list {
			pol.Arches = append(pol.Arches, policy.ArchPolicy{Arch: a})
		}
		return pol
	}
	conds := func(c policy.Cond) *policy.Policy {
		pol := abis(arch.X86_64)
		pol.Arches[0].Rules = []policy.Rule{{Nr: 1}, {Nr: 2, Conds: []policy.Cond{{Op: policy.EQ}, c}}}
		return pol
	}
	f, err := Policy(abis(arch.X86_64), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		pol  *policy.Policy
		want string
	}{
		{nil, "no policy: nil"},
		{abis(), "Policy.Arches is empty"},
		{abis(0), "Policy.Arches[0].Arch is 0, which is not an ABI"},
		{abis(arch.X86_64, 200), "Policy.Arches[1].Arch is 200, which is not an ABI"},
		{abis(arch.X86_64, arch.S390X), "Policy.Arches[1].Arch is s390x, which does not have the byte order of x86_64"},
		{conds(policy.Cond{Arg: 6, Op: policy.EQ}), "Policy.Arches[0].Rules[1].Conds[1].Arg is 6 (a call has six arguments, 0 to 5)"},
		{conds(policy.Cond{Arg: 1}), "Policy.Arches[0].Rules[1].Conds[1].Op is 0, which is not an operator"},
		{conds(policy.Cond{Arg: 1, Op: policy.MaskedEQ + 1}), "Policy.Arches[0].Rules[1].Conds[1].Op is 8, which is not an operator"},
		{conds(policy.Cond{Arg: 1, Op: policy.EQ, Width: 8}), "Policy.Arches[0].Rules[1].Conds[1].Width is 8"},
		{conds(policy.Cond{Arg: 1, Op: policy.EQ, Width: 65}), "Policy.Arches[0].Rules[1].Conds[1].Width is 65"},
		{conds(policy.Cond{Arg: 1, Op: policy.EQ, Width: 32, Value: 1 << 32}), "Policy.Arches[0].Rules[1].Conds[1].Value is 0x100000000, which has bits beyond Width, 32"},
		{conds(policy.Cond{Arg: 1, Op: policy.MaskedEQ, Width: 16, Mask: 1 << 16}), "Policy.Arches[0].Rules[1].Conds[1].Mask is 0x10000, which has bits beyond Width, 16"},
	} {
		_, compiled := Policy(tt.pol, Options{})
		verified := Verify(f, tt.pol)
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
	for _, pair := range [][2]*Filter{{nil, f}, {f, nil}, {nil, nil}, {{}, f}, {f, {}}} {
		if _, err := Diff(pair[0], pair[1]); err != errNoFilter {
			t.Errorf("Diff(%p, %p): %v", pair[0], pair[1], err)
		}
	}
	for _, none := range []*Filter{nil, {}} {
		if err := Verify(none, f.Policy()); err != errNoFilter {
			t.Errorf("Verify(%p): %v", none, err)
		}
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
	if got := f.Run(c); got != policy.KillProcess || f.Cached(c) || f.Steps(c) != 1 {
		t.Errorf("Run of a zero Filter = %s in %d steps, cached %t, want KILL_PROCESS", got, f.Steps(c), f.Cached(c))
	}
	if f.String() == "" || f.Summary().String() == "" || len(f.Bytes()) != 0 || f.Flags() != 0 || len(f.Notes()) != 0 || f.Insns() != nil || f.Policy() != nil {
		t.Errorf("a zero Filter has %d bytes, flags %d, notes %v", len(f.Bytes()), f.Flags(), f.Notes())
	}
	if list, err := Diff(f, f); len(list) > 0 || err == nil {
		t.Errorf("Diff of zero Filters = %v, %v, want an error", list, err)
	}
}
