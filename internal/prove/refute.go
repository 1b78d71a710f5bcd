package prove

import (
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// refuteSteps is how many instructions and rules may be gone through in search of
// a counterexample: about a tenth of a second. A quarter is for each kind of input.
const refuteSteps = 1 << 24

// fills is how many inputs are made from each rule.
const fills = 8

// refute looks for a call of a number that a program answers otherwise than its
// policy, among those near what the number's rules match: what each matches and
// the same with one bit changed or one argument that conditions compare with, and
// arguments that are made of the data of several rules. It
// is for lists that could not be proved: most often they are wrong in a place that
// few inputs are needed to find. Where a claim was not true, what it says otherwise
// is tried first. It takes so many steps at most. Nil means nothing.
func (e *execution) refute(pol *policy.Policy, audit, nr uint32, most int) (*Witness, error) {
	prog, err := vm.New(e.insns, pol.Arches[0].Arch.ByteOrder())
	if err != nil {
		return nil, err
	}
	own := (&side{pol, partsOf(pol)}).answer(audit, nr)
	s := search{prog: prog, pol: pol, call: syscalls.Call{Audit: audit, Nr: nr}, state: 1, own: own, most: most}
	rules := append([]*policy.Rule{{}}, own.rules...) // one without conditions, and those of the number
	for _, r := range rules {
		for _, c := range r.Conds {
			s.candidates[c.Arg] = append(s.candidates[c.Arg], c.Value-1, c.Value, c.Value+1)
			if c.Op == policy.MaskedEQ {
				s.candidates[c.Arg] = append(s.candidates[c.Arg], c.Value|^c.Mask, c.Value^c.Mask)
			}
		}
	}
	for _, d := range e.doubts {
		if w := s.from(e.diagrams, d, rules[1:]); w != nil {
			return w, nil
		}
	}
	for _, in := range e.insns {
		if in.Op&classMask != abi.ClassRET && in.K != 0 {
			s.flips = append(s.flips, uint64(in.K), uint64(in.K)<<32)
		}
	}
	for mixed := s.steps + s.most/4; s.steps < mixed; {
		if w := s.try(s.mixed(rules[s.random()%uint64(len(rules))])); w != nil {
			return w, nil
		}
	}
	for fill := range fills {
		for _, r := range rules {
			if s.steps > s.most*3/4 {
				break
			}
			if w := s.near(s.matching(r.Conds, fill)); w != nil {
				return w, nil
			}
		}
	}
	for s.steps < s.most {
		r := rules[s.random()%uint64(len(rules))]
		args := s.matching(r.Conds, int(s.random()%4))
		for range s.random() % 4 {
			s.combine(&args, rules[s.random()%uint64(len(rules))])
		}
		if w := s.several(args); w != nil {
			return w, nil
		}
	}
	return nil, nil
}

// A search is for a counterexample among the calls of one number.
type search struct {
	prog       *vm.Program
	pol        *policy.Policy
	call       syscalls.Call // without arguments
	candidates [6][]uint64   // values to try for each argument
	flips      []uint64      // bits that the program looks at together, in either half
	state      uint64        // of random
	own        answer        // the policy's to the number
	steps      int
	most       int // of steps
}

// matching returns arguments that meet the conditions, other bits being zeros,
// ones or anything.
func (s *search) matching(conds []policy.Cond, fill int) (args [6]uint64) {
	for i := range args {
		some, few := s.random(), s.random()
		few &= s.random()
		args[i] = [...]uint64{0, ^uint64(0), some, few & some}[fill%4]
	}
	for _, c := range conds {
		a := &args[c.Arg]
		field := ^uint64(0)
		if c.Width > 0 {
			field >>= 64 - c.Width
		}
		v := c.Value
		switch c.Op {
		case policy.MaskedEQ:
			v = *a&^c.Mask | c.Value&c.Mask
		case policy.NE, policy.GT:
			v++
		case policy.LT:
			v--
		}
		*a = *a&^field | v&field
	}
	return args
}

// combine changes arguments so that they are more like those that a rule matches: its
// conditions are met, or the bits of its data are added, or others are taken away.
func (s *search) combine(args *[6]uint64, r *policy.Rule) {
	how := s.random() % 3
	for _, c := range r.Conds {
		mask := c.Mask
		if c.Op != policy.MaskedEQ {
			mask = ^uint64(0)
		}
		a := &args[c.Arg]
		switch how {
		case 0:
			*a = *a&^mask | c.Value&mask
		case 1:
			*a |= c.Value
		default:
			*a &= c.Value | ^mask
		}
	}
}

// mixed returns arguments that are each made of data that conditions compare with, and of
// what the program does. Half of them meet the conditions of a rule.
func (s *search) mixed(r *policy.Rule) (args [6]uint64) {
	for i, values := range s.candidates {
		if len(values) == 0 {
			continue
		}
		v, other := values[s.random()%uint64(len(values))], values[s.random()%uint64(len(values))]
		bits := uint64(1) << (s.random() % 64)
		if n := uint64(len(s.flips)); n > 0 && s.random()%4 > 0 {
			bits = s.flips[s.random()%n]
		}
		half := uint64(1<<32 - 1)
		if bits > half {
			half = ^half
		}
		args[i] = [...]uint64{v, v ^ bits, v | other, v & other, v&^half | bits, v | bits}[s.random()%6]
	}
	if s.random()%2 == 0 {
		s.combine(&args, r)
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
	for i, values := range s.candidates {
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
		for _, bits := range s.flips {
			changed[i] = args[i] ^ bits
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

// several returns a counterexample like the arguments, with bits changed in each
// that is asked, or nil.
func (s *search) several(args [6]uint64) *Witness {
	for i, values := range s.candidates {
		if len(values) == 0 || len(s.flips) == 0 { // a program that is one return compares nothing
			continue
		}
		for range s.random() % 3 {
			args[i] ^= s.flips[s.random()%uint64(len(s.flips))]
		}
	}
	return s.try(args)
}

// try returns the call with the arguments if it is a counterexample.
func (s *search) try(args [6]uint64) *Witness {
	if s.steps > s.most {
		return nil
	}
	c := s.call
	c.Args = args
	ret, steps := s.prog.Run(c)
	want, rules := s.own.to(args)
	s.steps += steps + rules
	got := policy.Action(ret).Effective()
	if got == want || got == decision(s.pol, c) {
		return nil
	}
	return s.plain(&Witness{c, got, decision(s.pol, c)})
}

// to returns the answer for arguments, and how many rules that took.
func (a answer) to(args [6]uint64) (action policy.Action, rules int) {
	for i, r := range a.rules {
		if r.Matches(args) {
			return r.Action.Effective(), i + 1
		}
	}
	return a.general, len(a.rules)
}

// plain returns a counterexample like the one that has no bits that do not
// matter.
func (s *search) plain(w *Witness) *Witness {
	for i := range w.Call.Args {
		for _, bits := range plainBits {
			c := w.Call
			c.Args[i] &^= bits
			if got, want := answerOf(s.prog, c), decision(s.pol, c); got != want {
				w = &Witness{c, got, want}
			}
		}
	}
	return w
}

// plainBits are what plain tries to do without: all of an argument, then each
// half, then each bit.
var plainBits = func() []uint64 {
	list := []uint64{^uint64(0), (1<<32 - 1) << 32, 1<<32 - 1}
	for bit := range 64 {
		list = append(list, 1<<(63-bit))
	}
	return list
}()

// A doubt is why a claim is not true: inputs for which the program answers, or
// goes on, otherwise than the rules say that are decided there.
type doubt struct {
	differ node
	here   set // these rules, of the list
}

// doubtsMost is how many doubts are kept: where a claim is not true, those about
// what comes before are not, either.
const doubtsMost = 2

// doubt notes why the piece is not the answer of the rules in s.
func (l *list) doubt(p *piece, s set) {
	here, open := newSet(len(l.rules)), l.opaque()
	var first []int
	for i := range s.without(p.least) {
		here.add(i)
		first = append(first, i)
	}
	match, answer := l.firstOf(first)
	is, want := l.ite(p.decided, p.n, open), l.ite(match, answer, open)
	if p.decided == yes {
		want = l.ite(match, answer, l.general)
	}
	same := no
	for _, r := range l.regions(is, func(node) bool { return true }) {
		same = l.or(same, l.and(r.where, l.where(want, func(leaf row) bool { return leaf == l.rows[r.leaf] })))
	}
	if differ := l.not(same); !l.full && differ != no {
		l.doubts = append(l.doubts, doubt{differ, here})
	}
}

// doubtTries and mends are how often inputs of a doubt are taken, and how often
// each is changed so that no other rules match.
const doubtTries, mends = 256, 64

// from returns a counterexample among the inputs of a doubt that no rule matches
// but those that are in doubt.
func (s *search) from(d *diagrams, doubt doubt, rules []*policy.Rule) *Witness {
	other := func(args [6]uint64) *policy.Rule {
		s.steps += len(rules)
		for i, r := range rules {
			if !doubt.here.has(i) && r.Matches(args) {
				return r
			}
		}
		return nil
	}
	for try := range doubtTries {
		in := s.sample(d, doubt.differ, try)
		if s.steps > s.most/4 { // the rest is for inputs near the rules
			return nil
		}
		for range mends {
			r := other(in.call().Args)
			if r == nil || len(r.Conds) == 0 {
				break
			}
			changed, c := in, r.Conds[s.random()%uint64(len(r.Conds))]
			flip := uint64(1) << (s.random() % 64)
			if c.Op == policy.MaskedEQ && c.Mask != 0 {
				for flip&c.Mask == 0 {
					flip = flip<<1 | flip>>63
				}
			}
			changed[high(int(c.Arg))] ^= uint32(flip >> 32)
			changed[low(int(c.Arg))] ^= uint32(flip)
			if d.leafAt(doubt.differ, &changed) == yes {
				in = changed
			}
		}
		if w := s.try(in.call().Args); w != nil {
			return w
		}
	}
	return nil
}

// sample returns an input for which the condition, which is not no, holds: other
// bits are zeros, ones or anything.
func (s *search) sample(d *diagrams, cond node, fill int) (in input) {
	for i := range in {
		in[i] = [...]uint32{uint32(s.random()), 0, ^uint32(0), uint32(s.random())}[fill%4]
	}
	for d.rows[cond].level != atLeaf {
		r := d.rows[cond]
		bit := uint32(1) << (31 - r.level%32)
		one := in[r.level/32]&bit != 0
		if r.lo == no || r.hi != no && (one || s.random()%4 == 0) {
			in[r.level/32] |= bit
			cond = r.hi
		} else {
			in[r.level/32] &^= bit
			cond = r.lo
		}
	}
	return in
}
