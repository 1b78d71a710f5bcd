package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// others returns the entries that name the call and give none of the answers.
func (x *explainer) others(q query, list []answer) []jsonMention {
	out := []jsonMention{}
	for _, name := range q.names() {
		for _, m := range x.res.Mentions(name) {
			if why := x.why(m, q, list); why != "" {
				out = append(out, jsonMention{*placeJSON(m.Pos, m.Path), m.Entry, why})
			}
		}
	}
	return out
}

// lacking returns the entries for calls that the query's ABI lacks, and whose work the query's
// call does there, if it is refused.
func (x *explainer) lacking(q query, list []answer) []jsonMention {
	a, known := q.abi()
	if !known || permissive(list) {
		return nil
	}
	byCall, done := x.lackings[a]
	if !done {
		byCall = map[string][]jsonMention{}
		x.lackings[a] = byCall
		for _, name := range x.named {
			if _, has := syscalls.Number(a, name); has {
				continue
			} else if _, _, muxed := syscalls.Mux(a, name); muxed {
				continue
			}
			mentions := x.res.Mentions(name)
			for _, s := range profile.Substitutes(name) {
				if s.Part != "" || len(s.Calls) != 1 {
					continue
				}
				call := s.Calls[0]
				for _, m := range mentions {
					byCall[call] = append(byCall[call], jsonMention{*placeJSON(m.Pos, m.Path), m.Entry, fmt.Sprintf("%s has no call %s, where programs make %s instead", a, name, call)})
				}
			}
		}
	}
	return byCall[q.name]
}

// why returns why a mention gives no answer, "" if it does give one.
func (x *explainer) why(m profile.Mention, q query, list []answer) string {
	if m.Dropped != "" {
		return "dropped: " + m.Dropped
	}
	part := partOf(x.policy, q)
	if a, ok := q.abi(); part == nil && ok && !slices.Contains(x.abis(), a) {
		return fmt.Sprintf("the filter is not for %s", a)
	} else if part == nil {
		return list[0].reason + " counts"
	}
	var whys []string
	for i := range part.Rules {
		r := &part.Rules[i]
		if r.Nr != q.call.Nr || r.Path() != m.Path {
			continue
		}
		fails, _ := q.test(r)
		switch {
		case slices.ContainsFunc(list, func(a answer) bool { return a.rule == r }):
			return ""
		case fails != nil:
			whys = append(whys, q.why(*fails))
		default:
			whys = append(whys, fmt.Sprintf("it matches, and %s takes precedence", list[0].rule))
		}
	}
	switch {
	case len(whys) > 0:
		return strings.Join(slices.Compact(whys), "; ")
	case m.Action == x.profile.Default():
		return "its action is the default one"
	}
	return "another entry covers it"
}
