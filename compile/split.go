package compile

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"golang.org/x/net/bpf"
)

// Split compiles a policy into one filter, or into a Stack of several filters if one
// would be too long for the kernel. As in [Policy], the result is proved to answer every
// call as the policy does.
//
// Split distributes the calls with conditions over the filters. A call with too many
// conditions is split by its rules or by its arguments. Each filter allows the calls that
// other filters decide. The filter that is installed last decides all remaining calls.
// These are calls without conditions, general answers, calls with NOTIFY, since the
// kernel allows only one listener, and seccomp and prctl, which installation needs.
//
// The error is a [*SizeError] if Split finds no Stack that the kernel would accept. Other
// errors are those of Policy.
func Split(pol *policy.Policy, o Options) (*Stack, error) {
	if err := pol.Check(); err != nil {
		return nil, err
	}
	return splitUp(pol.Clone(), o)
}

// splitUp is Split for a policy as compiled takes it.
func splitUp(pol *policy.Policy, o Options) (*Stack, error) {
	f, err := compiled(pol, o)
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

// SplitResolution is like [Split], for the policy of a Resolution. The Stack also has the
// Resolution's notes.
func SplitResolution(res *profile.Resolution, o Options) (*Stack, error) {
	pol, err := policyOf(res)
	if err != nil {
		return nil, err
	}
	s, err := splitUp(pol, o)
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
		s.reason = fmt.Sprintf("%d filters would need %d eBPF instructions, and the kernel accepts %d for a task", len(filters), n, abi.MaxPath)
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
		return nil, unproved(err, pol)
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
		s.reason = fmt.Sprintf("the filter installed last, which has all answers without conditions, NOTIFY, seccomp and prctl, would need %d instructions", len(last.insns))
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
		if a.Rules = nil; !last && len(a.Newer) > 0 {
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
