package main

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A jsonSubstitute is calls that together do what another call does, or part of it, and what
// they get: allowed, refused, "allowed for some arguments", an action of another kind, or
// "not known".
type jsonSubstitute struct {
	Calls  []string `json:"calls"`
	Part   string   `json:"part,omitempty"`
	Answer string   `json:"answer"`
}

// An outcomes function returns the actions that a query can get from a profile or from filters,
// nil if they are not known.
type outcomes func(query) []policy.Action

// actions returns the outcomes by the explainer's profile.
func (x *explainer) actions(q query) (list []policy.Action) {
	for _, y := range answers(x.policy, q) {
		list = append(list, y.action)
	}
	return list
}

// filterActions returns the outcomes by filters. They are traced once for a query: a hostile one
// takes long.
func filterActions(stack *compile.Stack) outcomes {
	found := map[string][]policy.Action{}
	return func(q query) []policy.Action {
		key := q.key()
		list, ok := found[key]
		if ok {
			return list
		}
		a, _ := q.abi()
		paths, _, _, err := q.paths(stack, a.Valid() && a.BigEndian())
		for _, p := range paths {
			list = append(list, p.action)
		}
		if err != nil {
			list = nil
		}
		found[key] = list
		return list
	}
}

// substitutes returns what does the same as the query's call on its ABI.
func (of outcomes) substitutes(q query) []jsonSubstitute {
	a, known := q.abi()
	if !known {
		return nil
	}
	return of.substitutesOn(a, q.name)
}

func (of outcomes) substitutesOn(a arch.Arch, call string) (list []jsonSubstitute) {
	for _, s := range profile.Substitutes(call) {
		if answer := of.allOf(a, s.Calls); answer != "" {
			list = append(list, jsonSubstitute{s.Calls, s.Part, answer})
		}
	}
	return list
}

// A jsonMissing says that the target's ABI does not have a call, and what does the same there.
type jsonMissing struct {
	ABI         string           `json:"abi"`
	Call        string           `json:"call"`
	Substitutes []jsonSubstitute `json:"substitutes,omitempty"`
}

// missing returns the call of a text that does not say its ABI, if other ABIs than the
// target's have it.
func (x *explainer) missing(text queryText) *jsonMissing {
	a := x.target.Arch
	_, has := syscalls.Number(a, text.name)
	_, _, muxed := syscalls.Mux(a, text.name)
	if text.abi != "" || has || muxed || !syscalls.Known(text.name) {
		return nil
	}
	return &jsonMissing{a.String(), text.name, outcomes(x.actions).substitutesOn(a, text.name)}
}

// Answers of substitutes.
const (
	isAllowed = "allowed"
	isRefused = "refused"
	someArgs  = "allowed for some arguments"
	notKnown  = "not known"
)

// makes returns the calls that a multiplexer makes besides what entries of theirs refuse: its
// arguments are in memory, where no filter sees them.
func (x *explainer) makes(q query) (list []string) {
	a, known := q.abi()
	if !known || q.mux != "" {
		return nil
	}
	for _, name := range syscalls.All(a) {
		if nr, _, muxed := syscalls.Mux(a, name); !muxed || nr != q.call.Nr {
			continue
		}
		if own, err := (queryText{abi: a.String(), name: name}).on(a); err == nil && own.mux == "" && !permissive(answers(x.policy, own)) {
			list = append(list, name)
		}
	}
	return list
}

// allOf returns what calls get that are needed together, "" if the ABI does not have all of
// them: the answer that limits them most.
func (of outcomes) allOf(a arch.Arch, calls []string) string {
	all := isAllowed
	for _, name := range calls {
		other, err := queryText{abi: a.String(), name: name}.on(a)
		if err != nil {
			return ""
		}
		answer := standing(of(other))
		if via, ok := other.alsoVia(); ok { // a multiplexer makes it, too
			if again := standing(of(via)); limits(answer) > limits(again) {
				answer = again
			}
		}
		if limits(answer) > limits(all) {
			all = answer
		}
	}
	return all
}

// limits orders the answers of substitutes by how much they limit a call.
func limits(answer string) int {
	switch answer {
	case isAllowed:
		return 0
	case someArgs:
		return 1
	case isRefused:
		return 3
	}
	return 2
}

// standing says in a word or two what actions come to, if they are known.
func standing(list []policy.Action) string {
	if len(list) == 0 {
		return notKnown
	}
	passes, refuses, other := false, false, ""
	for _, action := range list {
		switch kind := action.Kind(); {
		case kind == policy.Allow || kind == policy.Log:
			passes = true
		case kind == policy.Notify || kind == policy.Trace(0):
			other = action.String()
		default:
			refuses = true
		}
	}
	switch {
	case passes && !refuses && other == "":
		return isAllowed
	case passes:
		return someArgs
	case other != "":
		return other
	}
	return isRefused
}

// substitutesText returns what does the same as a call, and what does a part, as lines of so many
// columns.
func substitutesText(list []jsonSubstitute, width int) (lines []string) {
	for i, head := range []string{"The same by", "Part of it by"} {
		var texts []string
		for _, s := range list {
			if (s.Part != "") != (i == 1) {
				continue
			}
			text := strings.Join(s.Calls, " with ")
			if n := len(s.Calls); n > 2 {
				text = s.Calls[0] + " with " + strings.Join(s.Calls[1:n-1], ", ") + " and " + s.Calls[n-1]
			}
			if s.Part != "" {
				text += ", " + s.Part
			}
			texts = append(texts, fmt.Sprintf("%s (%s)", text, s.Answer))
		}
		if len(texts) > 0 {
			for j, line := range wrap(head+": "+strings.Join(texts, "; "), width-2) {
				if j > 0 {
					line = "  " + line
				}
				lines = append(lines, line)
			}
		}
	}
	return lines
}
