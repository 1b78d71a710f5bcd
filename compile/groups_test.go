package compile

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
)

// longList returns a policy with so many rules for one call, with conditions that
// have little in common.
func longList(r *rand.Rand, a arch.Arch, rules int) *profile.Policy {
	actions := []profile.Action{profile.Allow, profile.Errno(1), profile.Errno(38), profile.Log, profile.KillProcess}
	word := func() uint64 {
		switch r.IntN(4) {
		case 0:
			return uint64(r.IntN(16))
		case 1:
			return 1 << r.IntN(64)
		case 2:
			return r.Uint64() >> r.IntN(64)
		}
		return 1<<r.IntN(64) | 1<<r.IntN(64)
	}
	ap := profile.ArchPolicy{Arch: a, Enosys: profile.Errno(38)}
	for i := range rules {
		rule := profile.Rule{Nr: a.NumberBase() + 16, Name: &profile.Name{Text: "ioctl"}, Action: actions[i*len(actions)/rules]}
		if r.IntN(8) == 0 {
			rule.Action = actions[r.IntN(len(actions))]
		}
		first := r.IntN(3)
		for arg := first; arg < first+1+r.IntN(4) && arg < 6; arg++ {
			width := 64
			if a.Bits() == 32 || arg == 1 {
				width = 32
			}
			field := ^uint64(0) >> (64 - width)
			c := profile.Cond{Arg: arg, Op: profile.Op(1 + r.IntN(7)), Value: word() & field, Mask: word() & field, Width: width}
			switch { // most conditions are to hold for few values, or the first rules decide all
			case c.Op == profile.NE && arg == first, c.Op == profile.MaskedEQ && c.Mask == 0:
				c.Op = profile.EQ
			case c.Op == profile.LT || c.Op == profile.LE:
				c.Value >>= r.IntN(width)
			case c.Op == profile.GE || c.Op == profile.GT:
				c.Value |= field << (width / 2) & field
			}
			rule.Conds = append(rule.Conds, c)
		}
		ap.Rules = append(ap.Rules, rule)
	}
	return &profile.Policy{Default: profile.Errno(1), BadArch: profile.KillThread, Arches: []profile.ArchPolicy{ap}}
}

// TestLongLists: lists of rules that one diagram cannot answer are compiled,
// proved, and answer as the policy does; programs and times grow little faster
// than lists.
func TestLongLists(t *testing.T) {
	r := newRand(t)
	for _, rules := range []int{5, 10, 25, 50, 100, 200, 400} {
		pol := longList(r, arch.X86_64, rules)
		conds := 0
		for _, rule := range pol.Arches[0].Rules {
			conds += len(rule.Conds)
		}
		start := time.Now()
		f, err := Policy(pol, Options{NoVerify: true})
		made := time.Since(start)
		if err != nil {
			t.Errorf("%d rules: %v", rules, err)
			continue
		}
		start = time.Now()
		w, err := prove.Policy(f.insns, pol, f.claims...)
		var u *prove.UndecidedError
		switch {
		case errors.As(err, &u):
			t.Errorf("%d rules: %v, after %v", rules, err, time.Since(start))
		case err != nil || w != nil:
			t.Fatalf("%d rules: %v, %v", rules, w, err)
		}
		t.Logf("%d rules, %d conditions: %d instructions, compiled in %v, proved in %v", rules, conds, len(f.insns), made, time.Since(start))
	}
}

func diagramOf(pol *profile.Policy) *diagram.Node {
	n, _ := lower(pol)
	return n
}
