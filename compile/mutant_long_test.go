package compile

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestLongMutants is TestMutants for calls whose rules are proved by parts: no
// changed program is proved that some call tells from its policy, and most are
// caught with such a call rather than left undecided. There are too many
// combinations of values to try them all, so those that the proof finds equal run
// on calls near what the rules match.
func TestLongMutants(t *testing.T) {
	t.Parallel()
	atLength(t)
	r := newRand(t)
	policies := map[string]*policy.Policy{}
	for _, e := range explosive {
		policies[e.name] = e.pol
	}
	policies["made up"] = &policy.Policy{Default: policy.Errno(1), Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: longRules(r, arch.X86_64, 16, 20)}}}
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		pol := policies[name]
		f, err := Policy(pol, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var s score
		undecided := 0
		each := 8 * *mutantsEach // a proof by parts takes that much longer
		i := r.IntN(each)
		mutants(f.insns, func(m mutant) {
			if i++; i%each != 0 {
				return
			}
			changed, err := Load(m.insns, f.native)
			if err != nil {
				s.refused++
				return
			}
			w, err := prove.Policy(m.insns, pol, f.claims...)
			var u *prove.UndecidedError
			switch {
			case w != nil:
				if want, _ := pol.Decide(w.Call); changed.Run(w.Call) == want {
					t.Errorf("%s, change at %d: %s is not a counterexample", name, m.pc, w.Call)
				}
				s.caught++
			case errors.As(err, &u):
				undecided++
			case err != nil:
				t.Errorf("%s, change at %d: %v", name, m.pc, err)
			default:
				s.equal++
				changed.policy = pol
				near := []uint32{0, 15, 16, 17, 1 << 30, 1 << 31, ^uint32(0)}
				if in := m.insns[min(m.pc, len(m.insns)-1)]; !slices.Contains(near, in.K) {
					near = append(near, in.K-1, in.K, in.K+1)
				}
				if err := disagreement(changed, arch.X86_64.Audit(), near, r); err != nil {
					t.Errorf("%s, change at %d is proved equal: %v", name, m.pc, err)
					s.missed++
				}
			}
		})
		t.Logf("%s: %d instructions; mutants: %d refused by the kernel, %d caught, %d equal, %d undecided", name, len(f.insns), s.refused, s.caught, s.equal, undecided)
		if few := s.caught+s.equal+undecided < 20; !few && s.caught < 4*(s.equal+undecided) || undecided > 2+s.caught/25 {
			t.Errorf("%s: %d mutants caught, %d equal, %d undecided, want most caught", name, s.caught, s.equal, undecided)
		}
	}
}
