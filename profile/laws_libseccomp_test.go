package profile

import (
	"cmp"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// TestLaw6LibseccompsOrder holds CompatRunc to what filters of libseccomp
// answer, to the rules in either order, on ABIs of 64 and 32 bits.
func TestLaw6LibseccompsOrder(t *testing.T) {
	const e2 = "ERRNO(2)"
	tests := []struct {
		rules        []string
		call         string
		runc, kernel string
		reversed     string // runc's answer to the reversed rules, if another
	}{
		{[]string{"a0 == 1 -> ERRNO(2)", "a1 == 1 -> ALLOW"}, "(1, 1)", "ALLOW", e2, ""},
		{[]string{"a0 == 1 -> ALLOW", "a1 == 1 -> KILL_PROCESS"}, "(1, 1)", "KILL_PROCESS", "KILL_PROCESS", ""},
		{[]string{"a0 == 1 -> KILL_PROCESS", "a1 == 1 -> ALLOW"}, "(1, 1)", "ALLOW", "KILL_PROCESS", ""},
		{[]string{"a0 == 1 -> KILL_PROCESS", "a1 == 1 -> TRAP", "a2 == 1 -> ALLOW"}, "(1, 1, 1)", "ALLOW", "KILL_PROCESS", ""},
		{[]string{"a0 == 5 -> ERRNO(2)", "a0 < 10 -> ALLOW"}, "(5)", e2, e2, ""},
		{[]string{"a0 < 10 -> ERRNO(2)", "a0 > 1 -> ALLOW"}, "(5)", e2, e2, ""},
		{[]string{"a0 > 1 -> ERRNO(2)", "a0 > 5 -> ALLOW"}, "(7)", "ALLOW", e2, ""},
		{[]string{"a0 > 1 -> ERRNO(2)", "a0 > 5 -> ALLOW"}, "(3)", e2, e2, ""},
		{[]string{"a0 < 10 -> ERRNO(2)", "a0 < 5 -> ALLOW"}, "(3)", "ALLOW", e2, ""},
		{[]string{"a0 < 10 -> ERRNO(2)", "a0 < 5 -> ALLOW"}, "(7)", e2, e2, ""},
		{[]string{"a0 != 5 -> ERRNO(2)", "a0 == 7 -> ALLOW"}, "(7)", "ALLOW", e2, ""},
		{[]string{"a0 != 7 -> ERRNO(2)", "a0 == 5 -> ALLOW"}, "(5)", e2, e2, ""},
		{[]string{"a0 & 1 == 1 -> ERRNO(2)", "a0 & 2 == 2 -> ALLOW"}, "(3)", "ALLOW", e2, ""},
		{[]string{"a0 & 0xf == 1 -> ERRNO(2)", "a0 == 1 -> ALLOW"}, "(1)", e2, e2, "ALLOW"},
		// On 64-bit ABIs libseccomp asks == and masks by which of the two kinds came
		// first, so that one profile can have two answers; here all go by the datum.
		{[]string{"a0 & 0xf == 1 -> ERRNO(2)", "a0 == 0x11 -> ALLOW"}, "(0x11)", "ALLOW", e2, ""},
		// Rules that share a boundary libseccomp can ask the other way around.
		{[]string{"a0 <= 5 -> ERRNO(2)", "a0 >= 5 -> ALLOW"}, "(5)", e2, e2, ""},
		{[]string{"a0 > 5 -> ERRNO(2)", "a0 >= 5 -> ALLOW"}, "(6)", e2, e2, "ALLOW"},
		{[]string{"a0 < 5 -> ERRNO(2)", "a0 <= 5 -> ALLOW"}, "(4)", e2, e2, "ALLOW"},
		{[]string{"a0 == 1 and a1 == 2 -> ERRNO(2)", "a1 == 2 -> ALLOW"}, "(1, 2)", "ALLOW", e2, ""},
		{[]string{"a0 == 1 and a2 == 3 -> ERRNO(2)", "a0 == 1 and a1 == 2 -> ALLOW"}, "(1, 2, 3)", e2, e2, ""},
		{[]string{"a0 == 1 and a1 == 2 -> ERRNO(2)", "a0 < 5 -> ALLOW"}, "(1, 2)", e2, e2, ""},
		{[]string{"a0 == 1 and a1 == 2 -> ERRNO(2)", "a0 < 5 -> ALLOW"}, "(1, 3)", "ALLOW", "ALLOW", ""},

		// The same law where the experiments had no row.
		{[]string{"a0 <= 7 -> ERRNO(2)", "a0 <= 8 -> ALLOW"}, "(7)", e2, e2, ""},
		{[]string{"a0 >= 7 -> ERRNO(2)", "a0 >= 8 -> ALLOW"}, "(8)", "ALLOW", e2, ""},
		{[]string{"a0 != 1 -> ALLOW", "a0 >= 5 -> ERRNO(2)"}, "(5)", "ALLOW", e2, ""},
		{[]string{"a0 == 1 -> ERRNO(2)", "a2 > 1 -> ALLOW"}, "(1, 0, 2)", "ALLOW", e2, ""},
		{[]string{"a0 == 1 and a4 == 5 -> ERRNO(2)", "a1 > 1 -> ALLOW"}, "(1, 2, 0, 0, 5)", "ALLOW", e2, ""},
		{[]string{"a4 == 5 and a0 == 1 -> ERRNO(2)", "a1 > 1 -> ALLOW"}, "(1, 2, 0, 0, 5)", "ALLOW", e2, ""},
	}
	for _, tt := range tests {
		var list []string
		for _, r := range tt.rules {
			list = append(list, "mremap if "+r)
		}
		for _, a := range []arch.Arch{arch.X86_64, arch.X86} {
			check := func(c Compat, want string) {
				pol, err := resolveText(rules("ERRNO(1)", list...), Target{Arch: a, Compat: c, AcceptWeaker: c == CompatRunc})
				if err != nil {
					t.Fatalf("Resolve(%q) = %v", list, err)
				}
				if got := decide(t, pol, a.String()+" mremap"+tt.call).String(); got != want {
					t.Errorf("%s: Decide(%s mremap%s) = %s, want %s, by %q", c, a, tt.call, got, want, list)
				}
			}
			check(CompatRunc, tt.runc)
			check(CompatKernel, tt.kernel)
			slices.Reverse(list)
			check(CompatKernel, tt.kernel)
			check(CompatRunc, cmp.Or(tt.reversed, tt.runc))
			slices.Reverse(list)
		}
	}
}
