package compile

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var randomPrints = flag.Int("prints", 40, "how many made-up policies are printed")

// TestPrintRandom prints what the kernel reading makes of made-up profiles: 5 to 40
// entries, all operators, up to three conditions, x86_64 alone or with x86 and x32, or
// aarch64 with arm. The proof is Print's. Most of them, which are odder than any in use,
// cannot be printed: why not is logged. Nearly all have a stricter profile.
func TestPrintRandom(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes seconds")
	}
	r := newRand(t)
	printed, refused, failed := 0, map[string]int{}, map[string]int{}
	for range *randomPrints {
		text, native := randomText(r)
		p, err := profile.Parse([]byte(text), profile.ParseOptions{})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		res, err := p.Resolve(profile.Target{Arch: native, Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true})
		if err != nil {
			refused["faulty"]++
			continue
		}
		pol := res.Policy()
		want, err := Print(pol)
		judgeStricter(t, pol, want, err, failed)
		if err == nil {
			printed++
			continue
		}
		kind := kindOf(err)
		if refused[kind]++; refused[kind] == 1 {
			t.Logf("%s: %.300s", kind, err)
		}
	}
	t.Logf("%d of %d printed; refused: %v; no stricter profile: %v", printed, *randomPrints, refused, failed)
	if printed*7 < *randomPrints {
		t.Errorf("%d of %d printed, want one in seven", printed, *randomPrints)
	}
	n := 0
	for _, m := range failed {
		n += m
	}
	if n*20 > *randomPrints {
		t.Errorf("%d of %d have no stricter profile, want one in twenty or less", n, *randomPrints)
	}
}

// judgeStricter judges PrintStricter, by Subset of filters: what runc reads is between
// the strictest filter and the policy, and is the policy if Print says so, by want.
func judgeStricter(t *testing.T, pol *policy.Policy, want []byte, inexact error, failed map[string]int) {
	t.Helper()
	text, cost, err := PrintStricter(pol)
	switch {
	case err != nil:
		kind := kindOf(err)
		if failed[kind]++; failed[kind] == 1 {
			t.Logf("no stricter profile: %s: %.300s", kind, err)
		}
		return
	case inexact == nil && (string(text) != string(want) || cost != nil):
		t.Errorf("PrintStricter has a cost, %v, where Print has none", cost)
	}
	for _, d := range cost {
		if d.Change == Weaker {
			t.Errorf("PrintStricter lets more pass: %v", d)
		}
	}
	p, err := profile.Parse(text, profile.ParseOptions{Dialect: profile.OCI})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: pol.Arches[0].Arch, Compat: profile.CompatRunc, AcceptWeaker: true})
	if err != nil {
		t.Fatal(err)
	}
	base, err1 := Policy(pol, Options{})
	new, err2 := Policy(res.Policy(), Options{})
	var size *SizeError
	if errors.As(errors.Join(err1, err2), &size) {
		return
	}
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	list, err := Diff(base, new)
	if many := (*DiffError)(nil); err != nil && !errors.As(err, &many) {
		t.Errorf("Diff: %v", err)
	}
	for _, d := range list {
		if d.Change == Weaker && !(d.Call == "" && d.Numbers[0].Lo == 2*arch.X32Bit) { // which no kernel has
			t.Errorf("PrintStricter is not a subset: %v\n%s", d, text)
		}
	}
}

// kindOf returns why a policy is not printed, without what it is about.
func kindOf(err error) string {
	var differs *PrintedError
	var unsayable *profile.PrintError
	switch {
	case errors.As(err, &differs):
		return fmt.Sprintf("under what is printed %s differs", differs.Difference.Arch)
	case errors.As(err, &unsayable):
		for _, kind := range []string{"take more than", "rules that differ", "libseccomp may compile", "two rules match a call", "has two actions under the same condition"} {
			if strings.Contains(unsayable.Reason, kind) {
				return kind
			}
		}
		return unsayable.Reason
	}
	return err.Error()
}

// randomText returns the text of a profile and the ABI that it is for.
func randomText(r *rand.Rand) (text string, native arch.Arch) {
	natives := []arch.Arch{arch.X86_64, arch.X86_64, arch.AArch64}
	subs := []string{"", `"SCMP_ARCH_X86", "SCMP_ARCH_X32"`, `"SCMP_ARCH_ARM"`}
	shape := r.IntN(3)
	native = natives[shape]
	var names []string
	for nr := range syscalls.All(native) {
		name, _ := syscalls.Name(native, nr)
		names = append(names, name)
	}
	again := ""
	actions := []string{"ALLOW", "ALLOW", "ALLOW", "ERRNO", "LOG", "KILL_PROCESS"}
	ops := []policy.Op{policy.EQ, policy.NE, policy.LT, policy.LE, policy.GT, policy.GE, policy.MaskedEQ}
	values := []uint64{0, 1, 2, 5, 8, 38, 40, 255, 21522, 1<<16 - 1, 1 << 31, 1<<32 - 1, 1 << 32, 1<<32 + 5, ^uint64(0)}
	var b strings.Builder
	fmt.Fprintf(&b, `{"defaultAction": "SCMP_ACT_%s", "archMap": [{"architecture": %q, "subArchitectures": [%s]}], "syscalls": [`,
		[]string{"ERRNO", "ERRNO", "ALLOW", "KILL_PROCESS"}[r.IntN(4)], native.SCMP(), subs[shape])
	for i := range 5 + r.IntN(36) {
		if i > 0 {
			b.WriteString(",\n")
		}
		if again == "" || r.IntN(2) == 0 { // every second time another entry of the same call
			again = names[r.IntN(len(names))]
		}
		fmt.Fprintf(&b, `{"names": [%q], "action": "SCMP_ACT_%s"`, again, actions[r.IntN(len(actions))])
		var args []string
		for n := r.IntN(6) - 2; n > 0; n-- {
			args = append(args, fmt.Sprintf(`{"index": %d, "value": %d, "valueTwo": %d, "op": %q}`, n-1, values[r.IntN(len(values))], values[r.IntN(len(values))], ops[r.IntN(len(ops))].SCMP()))
		}
		fmt.Fprintf(&b, `, "args": [%s]}`, strings.Join(args, ", "))
	}
	b.WriteString("]}")
	return b.String(), native
}
