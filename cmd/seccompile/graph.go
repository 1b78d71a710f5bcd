package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// graphVerb draws how a policy decides a call.
func graphVerb(s stdio) *verb {
	v := &verb{
		name: "graph", section: "Profiles", args: []string{"[flags] CALL"},
		about: "draw how a call is decided, as DOT or SVG",
		text:  "A CALL is as for explain. The graph has the conditions of all rules for the call, in the order in which they count, and the answers with their lines in the profile. Arguments with a given value are not tested. The filter may make other comparisons; it is proved to give the same answers.",
		examples: []string{
			"graph --profile web.json socket | dot -Tpng -o socket.png",
			"graph --format svg -o clone.svg clone",
		},
		values: slices.Collect(syscalls.Names()),
	}
	var o options
	g := v.group("Flags")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	format := g.String("format", "dot", "the `FORMAT`: dot, for Graphviz, or svg")
	o.add(v)
	v.without("accept-weaker")
	v.run = func(args []string) int {
		if err := o.graph(args, *format, *output, s); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

func (o *options) graph(args []string, format, output string, s stdio) error {
	switch {
	case len(args) != 1:
		return errors.New("want one call, such as 'socket(AF_INET, _)' (a name alone is every call of it)")
	case format != "dot" && format != "svg":
		return fmt.Errorf("unknown format %q (dot or svg)", format)
	}
	calls, err := o.calls(args, s)
	if err != nil {
		return err
	}
	if len(calls) != 1 {
		return fmt.Errorf("%d calls in standard input, but a graph has one", len(calls))
	}
	x, err := o.explainer(s)
	if err != nil {
		return err
	}
	if o.verbose { // as for explain
		s.notes(x.res.Notes(), true)
	}
	q, err := x.query(calls[0])
	if err != nil {
		return err
	}
	l, err := x.ladder(q)
	if err != nil {
		return err
	}
	for _, n := range x.concerning(q) {
		if !o.verbose {
			fmt.Fprintf(s.err, "%s: %s\n", show(n.Place.pos().String()), show(n.Text))
		}
	}
	if format == "svg" {
		return s.write(output, l.svg())
	}
	return s.write(output, l.dot())
}

// maxRungs is how many conditions a graph has. More do not fit a screen, or a wall.
const maxRungs = 200

// A ladder is the decision of a call: the rungs are tested from the first on.
type ladder struct {
	title string
	rungs []rung
	last  verdict // if no condition leads to another one
}

// A rung is a condition. If it holds, the next rung is tested, or its verdict counts if it
// has one. If it does not hold, the rung no is tested; len(rungs) stands for the last
// verdict.
type rung struct {
	text    string
	verdict *verdict
	no      int
}

// A verdict is an answer.
type verdict struct {
	action policy.Action
	lines  []string // the action, and what gives it
}

// ladder returns the decision of a query.
func (x *explainer) ladder(q query) (*ladder, error) {
	list := answers(x.policy, q)
	a, _ := q.abi()
	l := &ladder{title: show(q.String())}
	for _, y := range list {
		v := verdict{y.action, []string{named(y.action, a), y.reason}}
		if y.rule != nil {
			v.lines[1] = show(y.rule.Pos().String())
		} else if pos, _ := x.profile.DefaultAt(); y.reason == reasonDefault && pos != (policy.Pos{}) {
			v.lines[1] = show(pos.String())
			v.lines = append(v.lines, reasonDefault)
		}
		if len(y.conds) == 0 {
			l.last = v
			break
		}
		next := len(l.rungs) + len(y.conds)
		if next > maxRungs {
			return nil, fmt.Errorf("%s has more than %d conditions, too many for a graph (give arguments, as in 'socket(AF_INET, _)', or use explain)", q, maxRungs)
		}
		for _, c := range y.conds {
			l.rungs = append(l.rungs, rung{text: q.condText(c), no: next})
		}
		l.rungs[next-1].verdict = &v
	}
	return l, nil
}

// dot returns the ladder in the language of Graphviz.
func (l *ladder) dot() []byte {
	var b strings.Builder
	node := map[string]string{} // of a verdict by its label: alike ones are one node
	leaf := func(v verdict) string {
		label := dotText(strings.Join(v.lines, "\n"))
		name, ok := node[label]
		if !ok {
			name = fmt.Sprintf("answer%d", len(node))
			node[label] = name
			fmt.Fprintf(&b, "\t%s [label=%s, style=filled, fillcolor=%q];\n", name, label, v.color())
		}
		return name
	}
	at := func(i int) string {
		if i == len(l.rungs) {
			return leaf(l.last)
		}
		return fmt.Sprintf("test%d", i)
	}
	fmt.Fprintf(&b, "digraph {\n\tnode [shape=box, fontname=\"monospace\"];\n\tcall [label=%s, shape=plaintext];\n", dotText(l.title))
	for i, r := range l.rungs {
		fmt.Fprintf(&b, "\ttest%d [label=%s, style=rounded];\n", i, dotText(r.text))
	}
	fmt.Fprintf(&b, "\tcall -> %s;\n", at(0))
	for i, r := range l.rungs {
		yes := at(i + 1)
		if r.verdict != nil {
			yes = leaf(*r.verdict)
		}
		no := at(r.no)
		fmt.Fprintf(&b, "\ttest%d -> %s [label=\"yes\"];\n\ttest%[1]d -> %[3]s [label=\"no\"];\n", i, yes, no)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// dotText returns a string of DOT.
func dotText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

// color is the background of a verdict.
func (v verdict) color() string {
	switch {
	case v.action.Passes():
		return "#d5f0d5"
	case v.action.Kind() == policy.Errno(0):
		return "#fbe3b8"
	case v.action == policy.Notify || v.action.Kind() == policy.Trace(0):
		return "#d9e5f7"
	}
	return "#f7cfcf"
}
