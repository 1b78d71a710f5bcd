package prove

import (
	"cmp"
	"slices"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Claim is a hint where a program answers as some of the rules of a number do: the calls
// that come to the first conditional jump from PC on, with whatever registers hold on paths
// of the program, get what the first of the rules that matches says, and where none does what
// calls of the number get that no rule matches. It is used only if it is proved, so a wrong
// claim only costs time.
type Claim struct {
	PC    int
	Arch  arch.Arch
	Nr    uint32
	Rules []int // of those of the number, in the order in which they decide; they may come in any order
}

// A list is the rules of one call, of which the first that matches answers, and
// the answer where none does. It is proved by parts where one diagram of all
// rules would be too large:
//
// Part of a program answers as some of the rules do, the last of a chain as the
// last rules. Once that is proved of a place in the program, a leaf stands for it,
// as a lemma, and what comes before the place is compared with the rules that come
// before. So every diagram is one of a few rules. Where such places are and which
// rules belong there is claimed by the compiler, or guessed for programs from
// elsewhere (fold.go); either is proved from the returns up, and nothing is
// believed.
type list struct {
	*diagrams
	rules   []*policy.Rule
	general node
	conds   []node // what each rule matches

	lemmas  map[node]set    // by leaf, of which rules it is the answer
	leaves  map[string]node // the leaves of lemmas, by key
	claimed map[int]set     // rules by the conditional jumps that claims are about; nil: to be guessed
	doubts  []doubt         // why claims are not true

	// For guesses.
	matched []input       // for each rule an input that it matches
	open    node          // a leaf that is no answer
	folded  map[node]node // results of fold
}

// newList returns the list of all rules. Its diagrams may be full.
func (d *diagrams) newList(rules []*policy.Rule, general policy.Action) *list {
	l := &list{diagrams: d, rules: rules, general: d.leaf(uint32(general)), lemmas: map[node]set{}, leaves: map[string]node{}}
	for _, r := range rules {
		l.conds = append(l.conds, d.rule(r))
	}
	return l
}

// claim adds the claims, which are about the list's call.
func (l *list) claim(insns []bpf.RawInstruction, claims []Claim) {
	l.claimed = map[int]set{}
	for _, c := range claims {
		s := newSet(len(l.rules))
		for _, i := range c.Rules {
			if i >= 0 && i < len(l.rules) {
				s.add(i)
			}
		}
		for pc := max(c.PC, 0); pc < len(insns); pc++ {
			if in := insns[pc]; in.Op&classMask == abi.ClassJMP && in.Op&opMask != abi.OpJA {
				l.claimed[pc] = s
				break
			}
		}
	}
}

// tidy leaves out rules that change nothing, so that guesses need not find them,
// and prepares for guesses.
func (l *list) tidy() {
	if n := l.exhaustive(); n > 0 { // what others leave gets the answer of the last of these
		l.rules, l.conds, l.general = l.rules[:n], l.conds[:n], l.leaf(uint32(l.rules[n-1].Action))
	}
	left := l.needed(newSet(len(l.rules)))
	rules, conds := l.rules, l.conds
	l.rules, l.conds = nil, nil
	for i := range left.without(nil) {
		in, _ := l.smallest(conds[i], conds[i])
		l.rules, l.conds, l.matched = append(l.rules, rules[i]), append(l.conds, conds[i]), append(l.matched, in)
	}
	l.open, l.folded = l.opaque(), map[node]node{}
}

// needed returns the rules that are left without some that change nothing: those that
// others cover, and then the last ones that say what general does. Those in sure are
// not looked at closely.
func (l *list) needed(sure set) set {
	left := newSet(len(l.rules))
	for i := range l.rules {
		left.add(i)
	}
	last := true // none after it is left
	for i := len(l.rules) - 1; i >= 0; i-- {
		switch {
		case last && l.leaf(uint32(l.rules[i].Action)) == l.general, !sure.has(i) && l.covered(i, left):
			left.drop(i)
		default:
			last = false
		}
	}
	return left
}

// exhaustiveMost is how many rules exhaustive looks at, and exhaustiveSteps how many
// steps it may take.
const (
	exhaustiveMost  = 16
	exhaustiveSteps = 1 << 14
)

// exhaustive returns how many of the rules, the first ones, match every input
// together. It is 0 if the few rules that match most inputs do not show that.
func (l *list) exhaustive() (n int) {
	share := map[node]float64{no: 0, yes: 1}
	order := make([]int, len(l.rules))
	for i := range order {
		order[i] = i
		l.share(l.conds[i], share)
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(share[l.conds[j]], share[l.conds[i]]) })
	matched := no
	ok := l.within(exhaustiveSteps, func() {
		for _, i := range order[:min(len(order), exhaustiveMost)] {
			n, matched = max(n, i+1), l.or(matched, l.conds[i])
			if matched == yes {
				return
			}
		}
	})
	if !ok || matched != yes {
		return 0
	}
	return n
}

// share returns for what share of all inputs the condition holds, and adds it to
// what is known.
func (d *diagrams) share(cond node, known map[node]float64) float64 {
	s, ok := known[cond]
	if !ok {
		d.spend(1)
		r := d.rows[cond]
		s = (d.share(r.lo, known) + d.share(r.hi, known)) / 2
		known[cond] = s
	}
	return s
}

// covered reports whether another rule, of those in s, answers all that rule i
// would: one before it, or one after it of the same action with no other action
// between them.
func (l *list) covered(i int, s set) bool {
	if l.conds[i] == no {
		return true
	}
	in, _ := l.smallest(l.conds[i], l.conds[i])
	args := in.call().Args
	j := 0
	defer func() { l.spendRules(j) }()
	for ; j < len(l.rules) && !l.full && (j < i || l.rules[j].Action == l.rules[i].Action); j++ {
		if j != i && s.has(j) && l.rules[j].Matches(args) && l.implies(l.conds[i], l.conds[j]) {
			return true
		}
	}
	return false
}

// implies reports whether b holds wherever a does.
func (d *diagrams) implies(a, b node) bool { return d.ite(b, no, a) == no }

// listSteps is how many steps a proof by parts may take for each rule: a few
// thousand are usual.
const listSteps = 1 << 16

// proves reports whether the program, from instruction pc on, whatever the
// registers hold, answers every input as the list does.
func (l *list) proves(insns []bpf.RawInstruction, a arch.Arch, pc int) (proved bool) {
	l.within(listSteps*(1+len(l.rules)), func() {
		e := l.diagrams.execution(insns, a)
		e.list = l
		s, ok := l.lemmas[e.from(pc, state{})]
		proved = ok && l.complete(s) && !l.full
	})
	return proved
}

// complete reports whether the rules that are not in s change nothing: what each
// matches is answered alike without it.
func (l *list) complete(s set) bool {
	s = slices.Clone(s)
	for i := range l.needed(s).without(s) {
		if l.full {
			return false
		}
		if l.covered(i, s) {
			continue
		}
		l.spendRules(len(l.rules))
		var with, without []int
		for j := range l.rules {
			if j == i || s.has(j) && l.and(l.conds[i], l.conds[j]) != no {
				if with = append(with, j); j != i {
					without = append(without, j)
				}
			}
		}
		match, answer := l.firstOf(without)
		all, same := l.firstOf(with)
		if l.full || l.ite(l.conds[i], l.ite(match, answer, l.general), no) != l.ite(l.conds[i], l.ite(all, same, l.general), no) {
			return false
		}
		s.add(i)
	}
	return true
}

// foldSteps is how many steps a try to fold may take.
const foldSteps = 1 << 17

// fold returns the leaf that stands for n, the function from instruction pc on, if
// that is the answer of the rules that a claim has for it, or where there are no
// claims of any rules that it seems to be; else n.
func (l *list) fold(n node, pc int) node {
	claimed, ok := l.claimed[pc]
	if l.rows[n].level == atLeaf || l.full || !ok && l.claimed != nil {
		return n
	}
	if f, known := l.folded[n]; known {
		return f
	}
	f := n
	l.within(foldSteps, func() {
		p := l.piece(n)
		tries := []func() set{func() set { return l.guess(&p, false) }, func() set { return l.guess(&p, true) }}
		if ok {
			tries = []func() set{func() set { return claimed }}
		}
		for _, try := range tries {
			if s := try(); l.answers(&p, s) && !l.full {
				f = l.lemma(s)
				return
			}
		}
		if ok && len(l.doubts) < doubtsMost {
			l.doubt(&p, claimed)
		}
	})
	if !ok {
		l.folded[n] = f
	}
	return f
}

// lemma returns the leaf that stands for the answers of the rules in the set.
func (l *list) lemma(s set) node {
	if s.count() == 0 {
		return l.general
	}
	key := s.key()
	leaf, ok := l.leaves[key]
	if !ok {
		leaf = l.opaque()
		l.leaves[key], l.lemmas[leaf] = leaf, s
	}
	return leaf
}

// proveCall reports whether the program answers a call with a long list as the
// list does, by claims about it, or if there are none by guesses. From then on the
// list's leaf is the answer where its part of the program begins.
func (e *execution) proveCall(c longCall) bool {
	pc, ok := e.entry(c.arch.Audit(), c.nr)
	if !ok {
		return false
	}
	known, shared := e.lists[pc]
	if shared && known == c.leaf {
		return true
	}
	l := e.newList(c.rules, c.general)
	defer func() { e.doubts = l.doubts }()
	if c.claims != nil {
		l.claim(e.insns, c.claims)
	} else {
		l.tidy()
	}
	if e.full || !l.proves(e.insns, e.arch, pc) {
		return false
	}
	if e.lists == nil {
		e.lists, e.same = map[int]node{}, map[node]node{}
	}
	e.lists[pc] = c.leaf
	if a, b := e.one(known), e.one(c.leaf); shared && a != b {
		e.same[a] = b // two lists have been proved of one place
	}
	return true
}

// one returns the leaf that stands for all lists that are the same as that of the
// leaf; any other node for itself.
func (e *execution) one(n node) node {
	for {
		other, ok := e.same[n]
		if !ok {
			return n
		}
		n = other
	}
}

// entry returns the first instruction that calls of a number come to after which
// more than arch and nr counts, and whether nothing that registers hold there is
// used: so that what is shown of it holds whoever comes there, and however.
func (e *execution) entry(audit, nr uint32) (pc int, ok bool) {
	a := uint32(0)
	for ; ; pc++ {
		in := e.insns[pc]
		switch {
		case in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS && in.K == abi.DataArch:
			a = audit
		case in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS && in.K == abi.DataNr:
			a = nr
		case in.Op == abi.ClassALU|abi.OpAND|abi.SrcK:
			a &= in.K
		case in.Op == abi.ClassJMP|abi.OpJA:
			pc += int(in.K)
		case in.Op&classMask == abi.ClassJMP && in.Op&abi.SrcX == 0:
			if holds(in.Op&opMask, a, in.K) {
				pc += int(in.Jt)
			} else {
				pc += int(in.Jf)
			}
		default:
			return pc, e.live[pc] == 0
		}
	}
}

// holds reports whether a conditional jump is taken.
func holds(op uint16, a, k uint32) bool {
	switch op {
	case abi.OpJEQ:
		return a == k
	case abi.OpJGT:
		return a > k
	case abi.OpJGE:
		return a >= k
	}
	return a&k != 0 // JSET
}

// about returns the claims about a call.
func about(claims []Claim, a arch.Arch, nr uint32) (list []Claim) {
	for _, claim := range claims {
		if claim.Arch == a && claim.Nr == nr {
			list = append(list, claim)
		}
	}
	return list
}
