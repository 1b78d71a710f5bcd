package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/store"
	"github.com/seccompile/seccompile/syscalls"
)

// explainVerb says what a profile answers to calls, which of its lines do, and what
// would allow them.
func explainVerb(s stdio) *verb {
	v := &verb{
		name: "explain", section: "Profiles", args: []string{"[flags] CALL...", "--filter FILE... [flags] [CALL...]", "--pid N [CALL...]"},
		about: "show the answer to a call, its line, and what would allow it",
		text:  "A CALL is a name, with or without arguments, a vector, or a line of strace. Arguments are numbers or constants; _ and omitted ones mean any value. - reads calls from standard input, one per line.",
		examples: []string{
			"explain 'socket(AF_VSOCK, SOCK_STREAM)' 'openat(_, _, O_RDONLY)'",
			"explain --profile web.json --arch aarch64 mount",
		},
		values: slices.Collect(syscalls.Names()),
	}
	var o options
	var files []string
	g := v.group("Flags")
	addFilters(g, &files)
	pid := g.Int("pid", 0, "explain the filters of the process `N` instead of a profile")
	asJSON := g.Bool("json", false, "print JSON")
	o.add(v)
	v.run = func(args []string) int {
		if len(files) == 0 && *pid == 0 {
			return o.explain(args, *asJSON, s)
		}
		unused := v.reading()
		if len(args) == 0 { // all calls are listed, and more of them with -v
			unused = slices.DeleteFunc(unused, func(flag string) bool { return flag == "verbose" })
		}
		err := v.unusedByFilters(files, *pid, unused...)
		if err == nil {
			err = o.explainFilters(args, files, *pid, *asJSON, s)
		}
		if err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

func (o *options) explain(args []string, asJSON bool, s stdio) int {
	calls, err := o.calls(args, s)
	var bad queryFaults
	if err != nil && !errors.As(err, &bad) {
		return s.fail("explain", err)
	}
	x, err := o.explainer(s)
	if len(bad) == 0 && errors.Is(err, store.ErrUnconfined) {
		if err = o.unconfined(calls, err, asJSON, s); err == nil {
			return exitOK
		}
	}
	if err != nil {
		return s.fail("explain", append(bad, err).err())
	}
	var list []explanation
	for _, text := range calls {
		q, err := x.query(text)
		missing := x.missing(text)
		switch {
		case err == nil:
			list = append(list, x.explain(text, q))
		case missing != nil && !x.hasCall(text.name):
			list = append(list, explanation{Call: text.name, Missing: missing, Answers: []jsonAnswer{}, Others: []jsonMention{}, ABIs: []jsonElsewhere{}, Ways: []way{}})
		default:
			bad = append(bad, err)
		}
	}
	if err := bad.err(); err != nil {
		return s.fail("explain", err)
	}
	if o.verbose { // what matters to the calls is said of them
		s.notes(x.res.Notes(), true)
	} else if n := x.weakerElsewhere(list); n > 0 && !o.weaker {
		fmt.Fprintf(s.err, "seccompile explain: %s by which the policy is weaker than the text, but not for these calls (-v prints them; other verbs need --accept-weaker)\n", count(n, "note"))
	}
	if asJSON {
		err = s.json(list)
	} else {
		err = x.print(list)
	}
	if err != nil {
		return s.fail("explain", err)
	}
	return exitOK
}

// unconfined explains calls of a container that gets no filter.
func (o *options) unconfined(calls []queryText, why error, asJSON bool, s stdio) error {
	t, err := o.target()
	if err != nil {
		return err
	}
	var list []explanation
	var bad queryFaults
	for _, text := range calls {
		q, err := text.on(t.Arch)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		answer := jsonAnswer{Action: policy.Allow.String(), Conditions: []string{}, Reason: why.Error()}
		list = append(list, explanation{Call: q.String(), Answers: []jsonAnswer{answer}, Others: []jsonMention{}, ABIs: []jsonElsewhere{}, Ways: []way{}})
	}
	if err := bad.err(); err != nil {
		return err
	}
	if asJSON {
		return s.json(list)
	}
	return newExplainer(s).print(list)
}

// calls parses the arguments, or the lines of standard input for -. If some have faults the error
// is all of these, and the list has the others.
func (o *options) calls(args []string, s stdio) (list []queryText, err error) {
	if len(args) == 0 {
		return nil, errors.New("want calls, such as 'socket(AF_VSOCK, SOCK_STREAM)', or - for those of standard input")
	}
	var lines []string
	for _, arg := range args {
		if arg != "-" {
			lines = append(lines, arg)
			continue
		}
		if o.Profile == "-" || o.chooser.file() == "-" {
			return nil, errors.New("standard input cannot be both the profile and calls (put one into a file)")
		}
		text, _, err := readFile("-", s)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) == 0 {
		return nil, errors.New("standard input has no calls (one a line, such as socket(AF_VSOCK, SOCK_STREAM))")
	}
	if len(lines) > maxCalls {
		return nil, fmt.Errorf("%d calls, more than %d (eval has no limit)", len(lines), maxCalls)
	}
	var bad queryFaults
	for _, line := range lines {
		q, err := parseQuery(line)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		if name, err := spelled(q.name); err == nil && syscalls.Known(name) {
			q.name = name
		}
		list = append(list, q)
	}
	return list, bad.err()
}

// maxCalls is how many calls one run explains: each takes milliseconds.
const maxCalls = 1000

// An explainer explains calls by a profile.
type explainer struct {
	profile *profile.Profile
	target  profile.Target
	res     *profile.Resolution
	policy  *policy.Policy
	other   *policy.Policy // in the other reading, runc's most of all
	refused error          // why other is nil
	sources sources
	lines   map[string][]string // of the sources, by name
	pod     bool                // Kubernetes chose the profile
	older   []olderPolicy       // if no kernel is named, from new to old
	stdio

	// What is found out once.
	notesOn  []concern
	noted    bool
	named    []string // calls that the profile names
	tops     map[arch.Arch]top
	lackings map[arch.Arch]map[string][]jsonMention
}

func newExplainer(s stdio) *explainer {
	return &explainer{stdio: s, lines: map[string][]string{}, tops: map[arch.Arch]top{}, lackings: map[arch.Arch]map[string][]jsonMention{}}
}

// explainer returns an explainer for the flags. Nothing is installed, so the profile can be
// weaker than its text.
func (o *options) explainer(s stdio) (*explainer, error) {
	x := newExplainer(s)
	x.pod = o.chooser.pod != ""
	var err error
	if x.target, err = o.target(); err != nil {
		return nil, err
	}
	if x.profile, err = o.profile(s); err != nil {
		return nil, err
	}
	x.target.AcceptWeaker = true
	if err = x.settleKernel(); err != nil {
		return nil, err
	}
	if x.res, err = x.profile.Resolve(x.target); err != nil {
		return nil, err
	}
	x.policy, x.sources = x.res.Policy(), o.sources
	for name := range syscalls.Names() {
		if len(x.res.Mentions(name)) > 0 {
			x.named = append(x.named, name)
		}
	}
	t := x.target
	t.Compat = x.otherReading()
	other, err := x.profile.Resolve(t)
	if err != nil {
		x.refused = err
	} else {
		x.other = other.Policy()
	}
	return x, nil
}

// query returns a query on the first ABI of the filter that has its call.
func (x *explainer) query(text queryText) (q query, err error) {
	q, err = text.on(x.target.Arch)
	for _, a := range x.abis() {
		if err == nil || text.abi != "" {
			break
		}
		if other, otherErr := text.on(a); otherErr == nil {
			return other, nil
		} else if _, has := syscalls.Number(a, text.name); has {
			return other, otherErr
		}
	}
	return q, err
}

// hasCall reports whether an ABI of the filter has a call.
func (x *explainer) hasCall(name string) bool {
	return slices.ContainsFunc(x.abis(), func(a arch.Arch) bool {
		_, has := syscalls.Number(a, name)
		return has
	})
}

// otherReading is the one that the target does not have.
func (x *explainer) otherReading() profile.Compat {
	if x.target.Compat == profile.CompatRunc {
		return profile.CompatKernel
	}
	return profile.CompatRunc
}

// file is the name of the profile's text, or "".
func (x *explainer) file() string { return x.profile.Pos().File }

// abis returns the ABIs of the filter.
func (x *explainer) abis() (list []arch.Arch) {
	for i := range x.policy.Arches {
		list = append(list, x.policy.Arches[i].Arch)
	}
	return list
}

// explain explains a call.
func (x *explainer) explain(text queryText, q query) explanation {
	list := answers(x.policy, q)
	e := explanation{Call: q.String(), Answers: x.answersJSON(list, q), Others: x.others(q, list), Reading: x.reading(q, list), ABIs: []jsonElsewhere{}, Ways: []way{}}
	e.Missing, e.Newness, e.Older, e.Notes = x.missing(text), x.newness(q, list), x.olderAnswers(q, list), x.concerning(q)
	a, _ := q.abi()
	if via, ok := q.alsoVia(); ok {
		if other := answers(x.policy, via); printed(other, a) != printed(list, a) {
			e.Via = &jsonElsewhere{via.String(), x.answersJSON(other, via)}
		}
	}
	for _, b := range x.abis() {
		other, err := text.on(b)
		if at, _ := other.abi(); err != nil || text.abi != "" || at != b || b == a {
			continue
		}
		if other.name != q.name { // a number, which means another call there
			continue
		}
		there := []query{other}
		if via, ok := other.alsoVia(); ok {
			there = append(there, via)
		}
		for _, other := range there {
			if there := answers(x.policy, other); printed(there, b) != printed(list, a) {
				e.ABIs = append(e.ABIs, jsonElsewhere{other.String(), x.answersJSON(there, other)})
			}
		}
	}
	e.Lacking = x.lacking(q, list)
	e.Substitutes, e.Makes = outcomes(x.actions).substitutes(q), x.makes(q)
	if !permissive(list) {
		e.Ways = append(e.Ways, x.ways(q)...)
	}
	return e
}

// reading returns what the other reading answers, nil if that is the same.
func (x *explainer) reading(q query, list []answer) *jsonReading {
	r := &jsonReading{Compat: x.otherReading().String()}
	if x.other == nil {
		r.Refused = x.refused.Error()
		return r
	}
	other := answers(x.other, q)
	differs, witness := differ(list, other, q)
	if short := q.zeroExtended(); !differs && short.call != q.call {
		other = answers(x.other, short)
		if differs, _ = differ(answers(x.policy, short), other, short); differs {
			return &jsonReading{Compat: r.Compat, Answers: x.answersJSON(other, short), Unread: short.call.String()}
		}
	}
	if !differs {
		return nil
	}
	r.Answers = x.answersJSON(other, q)
	if unread, _ := differ(q.asRead(list), q.asRead(other), q); !unread {
		r.Unread = witness
	}
	return r
}

func (x *explainer) answersJSON(list []answer, q query) []jsonAnswer {
	a, _ := q.abi()
	out := []jsonAnswer{}
	for _, y := range list {
		j := jsonAnswer{Action: y.action.String(), Errno: errnoName(y.action, a), Conditions: append([]string{}, texts(y.conds)...), Reason: y.reason}
		for _, c := range y.conds {
			j.named = append(j.named, q.condText(c))
		}
		path := ""
		if y.rule != nil {
			j.Reason, j.pos, path = y.rule.String(), y.rule.Pos(), y.rule.Path()
		} else {
			switch y.reason {
			case reasonDefault:
				j.pos, path = x.profile.DefaultAt()
			case reasonOtherABI:
				j.pos, path = x.profile.ArchesAt(x.target.Arch)
			}
		}
		if j.pos != (policy.Pos{}) {
			j.Place = placeJSON(j.pos, path)
		}
		out = append(out, j)
	}
	return out
}

func placeJSON(at policy.Pos, path string) *jsonPlace {
	return &jsonPlace{at.File, at.Line, at.Col, path}
}
