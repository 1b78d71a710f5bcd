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
func (x *explainer) lacking(q query, list []answer) (out []jsonMention) {
	a, known := q.abi()
	if !known || permissive(list) {
		return nil
	}
	for name := range syscalls.Names() {
		_, has := syscalls.Number(a, name)
		_, _, muxed := syscalls.Mux(a, name)
		if has || muxed {
			continue
		}
		mentions := x.res.Mentions(name)
		if len(mentions) == 0 || !slices.ContainsFunc(profile.Substitutes(name), func(s profile.Substitute) bool {
			return s.Part == "" && len(s.Calls) == 1 && s.Calls[0] == q.name
		}) {
			continue
		}
		for _, m := range mentions {
			out = append(out, jsonMention{*placeJSON(m.Pos, m.Path), m.Entry, fmt.Sprintf("%s has no call %s, where programs make %s instead", a, name, q.name)})
		}
	}
	return out
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
