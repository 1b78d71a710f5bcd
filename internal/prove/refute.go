package prove

import (
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// refuteSteps is how many instructions and rules may be gone through in search of
// a counterexample: about a tenth of a second.
const refuteSteps = 1 << 24

// fills is how many inputs are made from each rule.
const fills = 8

// refute looks for a call of a number that a program answers otherwise than its
// policy, among those near what the number's rules match: what each matches and
// the same with one bit changed or one argument that conditions compare with. It
// is for lists that could not be proved: most often they are wrong in a place that
// few inputs are needed to find. Nil means nothing.
func refute(insns []bpf.RawInstruction, pol *profile.Policy, audit, nr uint32) (*Witness, error) {
	prog, err := vm.New(insns, pol.Arches[0].Arch.ByteOrder())
	if err != nil {
		return nil, err
	}
	s := search{prog: prog, pol: pol, call: syscalls.Call{Audit: audit, Nr: nr}, state: 1}
	rules := []*profile.Rule{{}} // one without conditions, and all of the number
	for i := range pol.Arches {
		if a := &pol.Arches[i]; a.Arch.Audit() == audit {
			s.each += len(a.Rules)
			for j := range a.Rules {
				if r := &a.Rules[j]; r.Nr == nr {
					rules = append(rules, r)
				}
			}
		}
	}
	for _, r := range rules {
		for _, c := range r.Conds {
			s.asked[c.Arg] = append(s.asked[c.Arg], c.Value-1, c.Value, c.Value+1)
		}
	}
	for fill := range fills {
		for _, r := range rules {
			if w := s.near(s.matching(r.Conds, fill)); w != nil {
				return w, nil
			}
		}
	}
	return nil, nil
}

// A search is for a counterexample among the calls of one number.
type search struct {
	prog  *vm.Program
	pol   *profile.Policy
	call  syscalls.Call // without arguments
	asked [6][]uint64   // values to try for each argument
	state uint64        // of random
	each  int           // rules that Decide goes through
	steps int
}

// matching returns arguments that meet the conditions, other bits being zeros,
// ones or anything.
func (s *search) matching(conds []profile.Cond, fill int) (args [6]uint64) {
	for i := range args {
		args[i] = [...]uint64{0, ^uint64(0), s.random(), s.random() & s.random() & s.random()}[fill%4]
	}
	for _, c := range conds {
		a := &args[c.Arg]
		field := ^uint64(0)
		if c.Width > 0 {
			field >>= 64 - c.Width
		}
		v := c.Value
		switch c.Op {
		case profile.MaskedEQ:
			v = *a&^c.Mask | c.Value&c.Mask
		case profile.NE, profile.GT:
			v++
		case profile.LT:
			v--
		}
		*a = *a&^field | v&field
	}
	return args
}

// random returns numbers that look like chance and are the same every time (G.
// Marsaglia, Xorshift RNGs, 2003).
func (s *search) random() uint64 {
	s.state ^= s.state << 13
	s.state ^= s.state >> 7
	s.state ^= s.state << 17
	return s.state
}

// near returns a counterexample of those near the arguments.
func (s *search) near(args [6]uint64) *Witness {
	if w := s.try(args); w != nil {
		return w
	}
	for i, values := range s.asked {
		if len(values) == 0 {
			continue
		}
		changed := args
		for bit := range 64 {
			changed[i] = args[i] ^ 1<<bit
			if w := s.try(changed); w != nil {
				return w
			}
		}
		for _, v := range values {
			changed[i] = v
			if w := s.try(changed); w != nil {
				return w
			}
		}
	}
	return nil
}

// try returns the call with the arguments if it is a counterexample.
func (s *search) try(args [6]uint64) *Witness {
	if s.steps > refuteSteps {
		return nil
	}
	c := s.call
	c.Args = args
	ret, steps := s.prog.Run(c)
	want, _ := s.pol.Decide(c)
	s.steps += steps + s.each
	if got := profile.Action(ret); got != want {
		return &Witness{c, got, want}
	}
	return nil
}
