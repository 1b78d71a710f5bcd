package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile/policy"
)

// explainFilters explains calls by filters, whoever compiled them, or all calls if none
// is named.
func (o *options) explainFilters(args, files []string, pid int, asJSON bool, s stdio) error {
	if o.Profile != "" || o.chooser.given(o.Profile) {
		return errors.New("both a filter and a profile (leave one of them out; verify compares them)")
	}
	if slices.Contains(files, "-") && slices.Contains(args, "-") {
		return errors.New("standard input cannot be both a filter and calls (put one into a file)")
	}
	stack, a, err := o.filters(files, pid, s)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		list, err := tables(stack)
		var differ *compile.DiffError
		if errors.As(err, &differ) {
			list, err = tablesByCall(stack, a, differ)
		}
		if err == nil && asJSON {
			return s.json(list)
		} else if err == nil {
			err = s.print(list, o.verbose)
		}
		return err
	}
	calls, err := o.calls(args, s)
	var bad queryFaults
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	of := filterActions(stack)
	var list []explanation
	for _, text := range calls {
		q, err := text.on(a)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		e, err := programExplanation(stack, of, q)
		if err == nil {
			e.ABIs, err = programElsewhere(stack, text, q, e.Answers)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
		list = append(list, *e)
	}
	if err := bad.err(); err != nil {
		return err
	}
	if asJSON {
		return s.json(list)
	}
	return newExplainer(s).print(list)
}

// filters returns the filters of files, or of a thread, and the ABI that they are for.
func (o *options) filters(files []string, pid int, s stdio) (*compile.Stack, arch.Arch, error) {
	a, err := abiNamed(o.Arch)
	switch {
	case err != nil:
		return nil, 0, err
	case pid == 0:
		stack, err := loadFilters(files, a, s)
		return stack, a, err
	case len(files) > 0 || o.Arch != "":
		return nil, 0, errors.New("--pid together with --filter or --arch (a process has filters for this machine)")
	}
	return installed(pid)
}

// installed returns the filters that a thread has, and the ABI of this machine.
func installed(pid int) (*compile.Stack, arch.Arch, error) {
	a, err := abiNamed("")
	if err != nil {
		return nil, 0, err
	}
	found, err := install.Filters(pid)
	if err != nil {
		return nil, 0, err
	}
	if len(found) == 0 {
		return nil, 0, fmt.Errorf("thread %d has no filters: it can make every call", pid)
	}
	var list []*compile.Filter
	for _, in := range found {
		f, err := compile.Load(in.Insns, a)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, f)
	}
	stack, err := compile.NewStack(list...)
	return stack, a, err
}

// programExplanation returns what filters say of a query, but for other ABIs.
func programExplanation(stack *compile.Stack, of outcomes, q query) (*explanation, error) {
	list, err := programAnswers(stack, q)
	if err != nil {
		return nil, err
	}
	return &explanation{Call: q.String(), Answers: list, Others: []jsonMention{}, ABIs: []jsonElsewhere{}, Ways: []way{}, Substitutes: of.substitutes(q)}, nil
}

// programAnswers returns what filters answer to a query, for all values of its open
// arguments. The answers exclude each other; the last, "otherwise", is the one with the
// most cases.
func programAnswers(stack *compile.Stack, q query) ([]jsonAnswer, error) {
	a, _ := q.abi()
	big := a.Valid() && a.BigEndian()
	paths, from, names, err := q.paths(stack, big)
	if err != nil {
		return nil, err
	}
	count := map[policy.Action]int{}
	var actions []policy.Action
	for _, p := range paths {
		if count[p.action]++; count[p.action] == 1 {
			actions = append(actions, p.action)
		}
	}
	slices.SortStableFunc(actions, func(a, b policy.Action) int { return count[a] - count[b] })
	list := []jsonAnswer{}
	for i, action := range actions {
		for _, p := range paths {
			if p.action != action {
				continue
			}
			j := jsonAnswer{Action: action.String(), Errno: errnoName(action, a), Conditions: []string{}, Reason: returnedBy(p, len(stack.Filters()))}
			if i < len(actions)-1 {
				j.Conditions = append(j.Conditions, p.conditions(from, names, big)...)
			} else if count[action] > 1 {
				j.Reason = fmt.Sprintf("in %d cases", count[action])
			}
			list = append(list, j)
			if i == len(actions)-1 {
				break
			}
		}
	}
	return list, nil
}

// programElsewhere returns what filters answer, if that is laxer, to the call of a text on other
// ABIs of the same kernel, and as a multiplexer makes it.
func programElsewhere(stack *compile.Stack, text queryText, q query, answers []jsonAnswer) ([]jsonElsewhere, error) {
	list := []jsonElsewhere{}
	a, known := q.abi()
	if !known || text.abi != "" {
		return list, nil
	}
	var others []query
	if via, ok := q.alsoVia(); ok {
		others = append(others, via)
	}
	for b := range arch.All() {
		other, err := text.on(b)
		if b == a || err != nil || !b.SameKernel(a) || other.name != q.name {
			continue
		}
		others = append(others, other)
		if via, ok := other.alsoVia(); ok {
			others = append(others, via)
		}
	}
	for _, other := range others {
		there, err := programAnswers(stack, other)
		if err != nil {
			return nil, err
		}
		if laxer(there, answers) {
			list = append(list, jsonElsewhere{other.String(), there})
		}
	}
	return list, nil
}

// laxer reports whether a list of answers has one that is laxer than one of another list, and is
// not the same list.
func laxer(there, here []jsonAnswer) bool {
	same := slices.EqualFunc(there, here, func(x, y jsonAnswer) bool {
		return x.Action == y.Action && slices.Equal(x.Conditions, y.Conditions)
	})
	return !same && slices.ContainsFunc(there, func(x jsonAnswer) bool {
		return slices.ContainsFunc(here, func(y jsonAnswer) bool {
			action, err := policy.ParseAction(x.Action)
			other, otherErr := policy.ParseAction(y.Action)
			return err == nil && otherErr == nil && other.Stricter(action)
		})
	})
}

// returnedBy names the instruction that returned the answer of a path.
func returnedBy(p path, filters int) string {
	if filters == 1 {
		return fmt.Sprintf("instruction %d", p.at)
	}
	return fmt.Sprintf("instruction %d of filter %d", p.at, p.filter)
}

// paths returns the paths of the query's calls through filters.
func (q query) paths(stack *compile.Stack, big bool) (list []path, from [words64]facts, names [words64]string, err error) {
	data := wordsOf(q.call.Nr, q.call.Audit, q.call.IP, q.call.Args, big)
	for w := range from {
		from[w] = unknownWord
		arg := (w - 4) / 2
		if w < 2 || w >= 4 && !q.open(arg) || w < 4 && q.call.IP != 0 {
			from[w] = knownWord(data[w])
		}
		name := "ip"
		if w >= 4 {
			name = fmt.Sprintf("a%d", arg)
		}
		if names[w] = name + ":32"; w&1 == 0 == big {
			names[w] = name + ">>32"
		}
	}
	var filters [][]bpf.RawInstruction
	for _, f := range stack.Filters() {
		filters = append(filters, f.Insns())
	}
	list, err = tracePaths(filters, from, names)
	return list, from, names, err
}

// wordsOf returns struct seccomp_data in words.
func wordsOf(nr, audit uint32, ip uint64, args [6]uint64, big bool) (d [words64]uint32) {
	d[0], d[1] = nr, audit
	for i, v := range append([]uint64{ip}, args[:]...) {
		lo, hi := 2+2*i, 3+2*i
		if big {
			lo, hi = hi, lo
		}
		d[lo], d[hi] = uint32(v), uint32(v>>32)
	}
	return d
}

// A jsonTable is what filters answer to the calls of an ABI.
type jsonTable struct {
	ABI     string         `json:"abi"` // "" for all other ABIs
	Actions []jsonByAction `json:"actions"`

	// If not all can be known: calls some of whose conditions are on values that the filters
	// compute, and so may never hold, and those of which nothing is known. Numbers without a
	// name are left out then.
	Computed []string `json:"computed,omitempty"`
	Unknown  []string `json:"unknown,omitempty"`
	Partial  bool     `json:"partial,omitempty"`
}

// A jsonByAction has the calls that get an action, under some conditions at least.
type jsonByAction struct {
	Action  string   `json:"action"`
	Errno   string   `json:"errno,omitempty"`
	Calls   []string `json:"calls"`             // always
	Some    []string `json:"some"`              // that also get other actions
	Unnamed bool     `json:"unnamed,omitempty"` // calls that have no name, too
}

// print prints tables. If not all is wanted, the longest list of an ABI is left out.
func (s stdio) print(list []jsonTable, all bool) error {
	var b strings.Builder
	for i, t := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:\n", cmp.Or(t.ABI, "other ABIs"))
		longest := 0
		for _, x := range t.Actions {
			longest = max(longest, len(x.Calls))
		}
		for _, x := range t.Actions {
			x.format(&b, s.out, all || len(x.Calls) < max(longest, 20), t.ABI)
		}
		t.formatUnlisted(&b, all, columns(s.out))
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

// format writes an action and its calls, as a stream has them.
func (x jsonByAction) format(b *strings.Builder, out io.Writer, list bool, abi string) {
	fmt.Fprintf(b, "  %s", styleOf(out).bold(strings.TrimSpace(x.Action+" "+x.Errno)))
	names := x.Calls
	switch {
	case abi == "":
		b.WriteString(": every call\n")
		return
	case !list:
		names = []string{fmt.Sprintf("%d calls (-v lists them)", len(x.Calls))}
	}
	if x.Unnamed {
		names = append(slices.Clip(names), "numbers without a name")
	}
	b.WriteByte('\n')
	for _, line := range wrap(strings.Join(names, ", "), columns(out)-4) {
		b.WriteString("    " + line + "\n")
	}
	for _, line := range wrap(strings.Join(x.Some, ", "), columns(out)-len("    some: ")) {
		b.WriteString("    some: " + line + "\n")
	}
}

// tables returns what filters answer to all calls of the ABIs of a machine.
func tables(stack *compile.Stack) (list []jsonTable, err error) {
	all, err := compile.Answers(stack)
	if err != nil {
		return nil, err
	}
	actionsOf := map[string]int{}
	for _, d := range all {
		actionsOf[callKey(d)]++
	}
	for _, d := range all {
		name := ""
		if d.Arch.Valid() {
			name = d.Arch.String()
		}
		if len(list) == 0 || list[len(list)-1].ABI != name {
			list = append(list, jsonTable{ABI: name})
		}
		t := &list[len(list)-1]
		i := slices.IndexFunc(t.Actions, func(x jsonByAction) bool { return x.Action == d.Action.String() })
		if i < 0 {
			i = len(t.Actions)
			t.Actions = append(t.Actions, jsonByAction{Action: d.Action.String(), Errno: errnoName(d.Action, d.Arch), Calls: []string{}, Some: []string{}})
		}
		x := &t.Actions[i]
		switch {
		case d.Call == "":
			x.Unnamed = true
		case actionsOf[callKey(d)] > 1:
			x.Some = append(x.Some, d.Call)
		default:
			x.Calls = append(x.Calls, d.Call)
		}
	}
	return fold(list), nil
}

// callKey is equal for answers to one call.
func callKey(d compile.Answer) string { return fmt.Sprint(d.Arch, " ", d.Call) }

// fold leaves out ABIs that get what all other ABIs get.
func fold(list []jsonTable) []jsonTable {
	at := slices.IndexFunc(list, func(t jsonTable) bool { return t.ABI == "" })
	if at < 0 || len(list[at].Actions) != 1 {
		return list
	}
	other := list[at]
	list = slices.DeleteFunc(list, func(t jsonTable) bool {
		return len(t.Actions) == 1 && t.Actions[0].Action == other.Actions[0].Action
	})
	return append(list, other)
}
