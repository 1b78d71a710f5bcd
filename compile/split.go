package compile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// Split compiles a policy into one filter, or where the kernel does not accept that
// for its length into a stack of several. It is proved of a stack, too, that it
// answers every call as the policy does.
//
// Calls with conditions are dealt out to the filters, and one call of too many
// conditions by its arguments; each filter allows what others decide. The one
// installed last decides all the rest: calls without conditions, general answers,
// NOTIFY, since the kernel allows one listener, and seccomp and prctl, which
// installation needs.
//
// The error is a *SizeError if no stack is found that the kernel would accept, or
// one of Policy's.
func Split(pol *policy.Policy, o Options) (*Stack, error) {
	f, err := Policy(pol, o)
	var large *SizeError
	switch {
	case err == nil:
		return &Stack{filters: []*Filter{f}, policy: pol}, nil
	case !errors.As(err, &large):
		return nil, err
	case large.Insns > abi.MaxPath:
		large.reason = fmt.Sprintf("all filters of a task together can have %d", abi.MaxPath)
		return nil, large
	}
	return split(pol, o, abi.MaxInsns, large)
}

// SplitResolution is Split for the policy of a Resolution; the Stack has its notes,
// too.
func SplitResolution(res *profile.Resolution, o Options) (*Stack, error) {
	if res == nil {
		return nil, errNoResolution
	}
	s, err := Split(res.Policy, o)
	if err != nil {
		return nil, err
	}
	s.resolution = res
	return s, nil
}

// split is Split for filters of at most so many instructions.
func split(pol *policy.Policy, o Options, most int, large *SizeError) (*Stack, error) {
	pol = sorted(pol)
	s := &splitter{pol: pol, options: o, most: most}
	filters, err := s.filters()
	if err != nil {
		return nil, err
	}
	stack := &Stack{filters: filters, policy: pol}
	if n := stack.converted(); s.reason == "" && n > abi.MaxPath {
		s.reason = fmt.Sprintf("%d filters would take %d instructions as eBPF, and the kernel accepts %d of a task", len(filters), n, abi.MaxPath)
	}
	if s.reason != "" {
		large.reason = s.reason
		return nil, large
	}
	if o.NoVerify {
		return stack, nil
	}
	w, err := stack.prove(pol)
	if err != nil {
		return nil, unproved(err)
	}
	if w != nil {
		return nil, &MiscompileError{w.Call, w.Got, w.Want}
	}
	return stack, nil
}

// A splitter deals the calls of a policy out to filters.
type splitter struct {
	pol     *policy.Policy
	options Options
	most    int    // instructions of a filter
	cuts    int    // of calls
	reason  string // why there is no stack
}

// A place is a call of an ABI.
type place struct {
	abi int // index in Policy.Arches
	nr  uint32
}

// A portion is a call, of several ABIs where they have the same rules for it, or
// some of its arguments: what one filter decides.
type portion struct {
	places  []place
	region  []policy.Cond // all of which hold
	rules   []int         // of those of each place, in order
	general policy.Action // where none of the rules matches
	insns   int           // of a filter of it alone
}

// filters returns the filters in the order of their installation.
func (s *splitter) filters() ([]*Filter, error) {
	portions, err := s.portions()
	if err != nil || s.reason != "" {
		return nil, err
	}
	last, err := s.filter(nil, portions, true)
	if err != nil {
		return nil, err
	}
	if len(last.insns) > s.most {
		s.reason = fmt.Sprintf("the filter installed last, which has all answers without conditions, NOTIFY, seccomp and prctl, would take %d instructions", len(last.insns))
		return nil, nil
	}
	// Filters of several calls may be longer than what each call takes alone.
	for room := s.most; ; room -= s.most/16 + 1 {
		filters, err := s.pack(portions, len(last.insns), max(room, 0))
		if filters != nil || err != nil {
			return filters, err
		}
		if room < 0 {
			return nil, bug(errors.New("a filter of one call is longer than it was"))
		}
	}
}

// pack compiles filters of the portions, none of which is to take more room than
// that. It returns nil if one is too long.
func (s *splitter) pack(portions []portion, last, room int) ([]*Filter, error) {
	bins := [][]portion{nil} // the filter installed last first
	filled := []int{last}
	from := 0
	for k, p := range portions {
		if k == 0 || p.places[0] != portions[k-1].places[0] {
			from = 0
		}
		i := from
		for i < len(bins) && filled[i]+p.insns > room && filled[i] > 0 {
			i++
		}
		if i == len(bins) {
			bins, filled = append(bins, nil), append(filled, 0)
		}
		bins[i], filled[i] = append(bins[i], p), filled[i]+p.insns
		from = i + 1 // the first rules of a call belong into the newest filter
	}
	var list []*Filter
	for i, own := range bins {
		f, err := s.filter(own, portions, i == 0)
		if err != nil {
			return nil, err
		}
		if len(f.insns) > s.most {
			return nil, nil
		}
		list = append(list, f)
	}
	slices.Reverse(list)
	return list, nil
}

// filter compiles what decides the portions, and if it is installed last all that
// is in none. If it is longer than the kernel accepts, it has that many instructions,
// which mean nothing.
func (s *splitter) filter(own, all []portion, last bool) (*Filter, error) {
	o := s.options
	o.NoVerify = true // the proof is of the stack
	f, err := Policy(s.policy(own, all, last), o)
	var large *SizeError
	if errors.As(err, &large) {
		return &Filter{insns: make([]bpf.RawInstruction, large.Insns)}, nil
	}
	return f, err
}

// cutsMost is how often calls of one policy may be cut. The parts take half of what
// a filter can have, or more, and so many filters exceed the kernel's total.
const cutsMost = 14

// portions returns all calls that a filter other than the last may decide, cut
// until each fits into one filter.
func (s *splitter) portions() (list []portion, err error) {
	for i := range s.pol.Arches {
		a := &s.pol.Arches[i]
		for rest := a.Rules; len(rest) > 0; {
			rules := rulesOf(a, rest[0].Nr)
			rest = rest[len(rules):]
			if s.pinned(i, rules) {
				continue
			}
			at := place{i, rules[0].Nr}
			if same := slices.IndexFunc(list, func(p portion) bool { return s.alike(p.places[0], at) }); same >= 0 {
				list[same].places = append(list[same].places, at)
				continue
			}
			p := portion{places: []place{at}, general: s.general(i, at.nr)}
			for j := range rules {
				p.rules = append(p.rules, j)
			}
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b portion) int { return cmp.Compare(len(b.rules), len(a.rules)) })
	return s.fitAll(list...)
}

// pinned reports whether the filter installed last has to decide a call: one that
// installing another filter needs, one that can be handed over, or one that has no
// conditions and no cost.
func (s *splitter) pinned(i int, rules []policy.Rule) bool {
	a, nr := s.pol.Arches[i].Arch, rules[0].Nr
	for _, name := range []string{"seccomp", "prctl"} {
		if own, ok := syscalls.Number(a, name); ok && own == nr {
			return true
		}
	}
	notify := func(a policy.Action) bool { return a.Kind() == policy.Notify }
	if notify(s.general(i, nr)) || slices.ContainsFunc(rules, func(r policy.Rule) bool { return notify(r.Action) }) {
		return true
	}
	return !slices.ContainsFunc(rules, func(r policy.Rule) bool { return len(r.Conds) > 0 })
}

// alike reports whether two calls have the same rules and general answers.
func (s *splitter) alike(p, q place) bool {
	a, b := rulesOf(&s.pol.Arches[p.abi], p.nr), rulesOf(&s.pol.Arches[q.abi], q.nr)
	return s.general(p.abi, p.nr) == s.general(q.abi, q.nr) && slices.EqualFunc(a, b, func(x, y policy.Rule) bool {
		return x.Action == y.Action && slices.Equal(x.Conds, y.Conds)
	})
}

// general returns the answer to a call where no rule matches.
func (s *splitter) general(i int, nr uint32) policy.Action {
	a := &s.pol.Arches[i]
	if slices.ContainsFunc(a.Newer, func(r policy.Range) bool { return r.Lo <= nr && nr <= r.Hi }) {
		return a.Enosys
	}
	return s.pol.Default
}

// fit cuts a portion into as many as it takes for each to fit into a filter.
func (s *splitter) fit(p portion) ([]portion, error) {
	f, err := s.filter([]portion{p}, []portion{p}, false)
	if err != nil {
		return nil, err
	}
	if p.insns = len(f.insns); p.insns <= s.most {
		return []portion{p}, nil
	}
	rules := rulesOf(&s.pol.Arches[p.places[0].abi], p.places[0].nr)
	var own []*policy.Rule
	for _, i := range p.rules {
		own = append(own, &rules[i])
	}
	if n := head(own, p.general); n > 0 && p.region == nil {
		first, rest := p, p
		first.rules, first.general, rest.rules = p.rules[:n], policy.Allow, p.rules[n:]
		return s.fitAll(first, rest)
	}
	c, ok := cut(own, p.region)
	switch s.cuts++; {
	case s.cuts > cutsMost:
		s.reason = fmt.Sprintf("the filters would take more than the %d instructions as eBPF that the kernel accepts of a task", abi.MaxPath)
		return nil, nil
	case !ok || s.unseen(p.places):
		s.reason = fmt.Sprintf("the conditions of %s cannot be told apart by one argument at a time", rules[0].Origin)
		return nil, nil
	}
	var halves [2]portion
	for k, c := range [...]policy.Cond{c, negation(c)} {
		half := p
		half.region, half.rules = append(slices.Clone(p.region), c), nil
		b := boxOf(half.region)
		for _, i := range p.rules {
			if b.meets(&rules[i]) {
				half.rules = append(half.rules, i)
			}
		}
		halves[k] = half
	}
	return s.fitAll(halves[:]...)
}

// fitAll is fit for several.
func (s *splitter) fitAll(list ...portion) (fit []portion, err error) {
	for _, p := range list {
		more, err := s.fit(p)
		if err != nil || s.reason != "" {
			return nil, err
		}
		fit = append(fit, more...)
	}
	return fit, nil
}

// head returns how many of the first rules of a call can have a filter of their
// own, about half of them all if there is a choice: what they say is at least as
// strict as what those after them and the general answer say, so that it counts
// wherever one of them matches, if their filter is the newest.
func head(rules []*policy.Rule, general policy.Action) (best int) {
	strictest := slices.Repeat([]policy.Action{general}, len(rules)+1) // of the rules from there on
	for i, r := range slices.Backward(rules) {
		if strictest[i] = strictest[i+1]; r.Action.Stricter(strictest[i]) {
			strictest[i] = r.Action
		}
	}
	distance := func(n int) int { return max(2*n-len(rules), len(rules)-2*n) }
	laxest := policy.KillProcess
	for n := 1; n < len(rules); n++ {
		if a := rules[n-1].Action; laxest.Stricter(a) {
			laxest = a
		}
		if !strictest[n].Stricter(laxest) && distance(n) < distance(best) {
			best = n
		}
	}
	return best
}

// unseen reports whether some calls can be made where filters do not see their
// arguments, as those by the number of another MIPS ABI.
func (s *splitter) unseen(places []place) bool {
	return slices.ContainsFunc(places, func(p place) bool {
		a := s.pol.Arches[p.abi].Arch
		return slices.ContainsFunc(s.pol.Arches, func(other policy.ArchPolicy) bool {
			return other.Arch.Audit() != a.Audit() && len(s.pol.Numbers(a, other.Arch.Audit())) > 0
		})
	})
}

// policy returns the policy of a filter that decides the portions, and if it is
// installed last all that is in none. All else it allows.
func (s *splitter) policy(own, all []portion, last bool) *policy.Policy {
	pol := &policy.Policy{Default: policy.Allow, BadArch: policy.Allow, ByAudit: s.pol.ByAudit}
	if last {
		pol.Default, pol.BadArch = s.pol.Default, s.pol.BadArch
	}
	for _, f := range s.pol.Flags {
		if last || f != policy.FlagNewListener && f != policy.FlagWaitKillableRecv {
			pol.Flags = append(pol.Flags, f)
		}
	}
	mine, others := byPlace(own), byPlace(all)
	for i := range s.pol.Arches {
		a := s.pol.Arches[i]
		rules := a.Rules
		if a.Rules = nil; !last {
			a.Enosys = policy.Allow // for the same numbers, as they say whose the number is
		}
		for len(rules) > 0 {
			at := place{i, rules[0].Nr}
			n := 1
			for n < len(rules) && rules[n].Nr == at.nr {
				n++
			}
			if p, ok := mine[at]; ok {
				a.Rules = append(a.Rules, s.decide(p, rules[:n], at, last)...)
			} else if _, ok := others[at]; last && ok {
				a.Rules = append(a.Rules, policy.Rule{Nr: at.nr, Action: policy.Allow, Origin: rules[0].Origin})
			} else if last {
				a.Rules = append(a.Rules, rules[:n]...)
			}
			rules = rules[n:]
		}
		pol.Arches = append(pol.Arches, a)
	}
	return pol
}

// decide returns the rules of a filter that decides a portion, of all rules of a
// place: ALLOW outside the region, its own, and its general answer where the filter
// has another one.
func (s *splitter) decide(p portion, rules []policy.Rule, at place, last bool) (list []policy.Rule) {
	for _, c := range p.region {
		list = append(list, policy.Rule{Nr: at.nr, Action: policy.Allow, Origin: rules[0].Origin, Conds: []policy.Cond{negation(c)}})
	}
	for _, i := range p.rules {
		list = append(list, rules[i])
	}
	general := policy.Allow
	if last {
		general = s.general(at.abi, at.nr)
	}
	always := slices.ContainsFunc(list, func(r policy.Rule) bool { return len(r.Conds) == 0 })
	if !always && general != p.general {
		list = append(list, policy.Rule{Nr: at.nr, Action: p.general, Origin: rules[0].Origin})
	}
	return list
}

func byPlace(list []portion) map[place]portion {
	m := map[place]portion{}
	for _, p := range list {
		for _, at := range p.places {
			m[at] = p
		}
	}
	return m
}

// rulesOf returns the rules for a number.
func rulesOf(a *policy.ArchPolicy, nr uint32) []policy.Rule {
	lo, _ := slices.BinarySearchFunc(a.Rules, nr, func(r policy.Rule, nr uint32) int { return cmp.Compare(r.Nr, nr) })
	hi := lo
	for hi < len(a.Rules) && a.Rules[hi].Nr == nr {
		hi++
	}
	return a.Rules[lo:hi]
}
