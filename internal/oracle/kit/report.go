package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"
)

// A report compares runtimes.
type report struct {
	Runtimes []*results
}

//go:embed conformance.md.tmpl
var pageText string

// Short is the runtime's name.
func (r *results) Short() string {
	name, _, _ := strings.Cut(r.Runtime, " ")
	return name
}

// Covered returns the ABIs of the host whose calls are asked, and why others are not.
func (r *results) Covered() string {
	s := strings.Join(r.Probes, ", ")
	if len(r.Missing) > 0 {
		s += "; not " + strings.Join(r.Missing, ", ")
	}
	return s
}

// A tally counts the answers of a runtime by law.
type tally struct {
	Law                                         int
	Title                                       string
	Calls, Both, Kernel, Runc, Neither, Unknown int
}

// Laws returns the tallies of the laws that have calls, and last that of all.
func (r *results) Laws() []tally {
	list := make([]tally, len(laws))
	all := tally{Title: "all"}
	for _, v := range r.Results {
		for _, t := range []*tally{&list[v.Law], &all} {
			t.Calls++
			switch v.Verdict {
			case asBoth:
				t.Both++
			case asKernel:
				t.Kernel++
			case asRunc:
				t.Runc++
			case asKnown:
				t.Neither++
			default:
				t.Unknown++
			}
		}
	}
	for i := range list {
		list[i].Law, list[i].Title = i, fmt.Sprintf("%d. %s", i, laws[i])
	}
	list = slices.DeleteFunc(list, func(t tally) bool { return t.Calls == 0 })
	return append(list, all)
}

// Own returns how many answers are those of runc's reading with the runtime's names and
// its rule for newer calls.
func (r *results) Own() (n int) {
	for _, v := range r.Results {
		if v.Own {
			n++
		}
	}
	return n
}

// Except returns the kinds of the other answers, with their numbers.
func (r *results) Except() string {
	var kinds []string
	n := map[string]int{}
	for _, v := range r.Results {
		if !v.Own {
			if n[v.Kind] == 0 {
				kinds = append(kinds, v.Kind)
			}
			n[v.Kind]++
		}
	}
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("%s (%d)", k, n[k])
	}
	return strings.Join(kinds, "; ")
}

// Title is the heading of the law.
func (v *result) Title() string { return fmt.Sprintf("%d. %s", v.Law, laws[v.Law]) }

// Section names the section: by its rules, or by its group.
func (v *result) Section() string {
	if v.Rules != "" {
		return "`" + v.Rules + "`"
	}
	return v.Group
}

// Skipped returns the reasons for calls that were not asked.
func (r *results) Skipped() string {
	var list []string
	for reason, n := range r.LeftOut {
		list = append(list, fmt.Sprintf("%s (%d)", reason, n))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// A divergence is a kind, with the first call that shows it.
type divergence struct {
	result
	Lives  []string // by runtime
	Counts []int    // calls of this kind, by runtime
}

// Divergences returns those of all runtimes by law.
func (r *report) Divergences() (list []divergence) {
	for i, rt := range r.Runtimes {
		for _, v := range rt.Results {
			if v.Verdict == asBoth {
				continue
			}
			at := slices.IndexFunc(list, func(d divergence) bool { return d.Kind == v.Kind && d.Law == v.Law })
			if at < 0 {
				d := divergence{result: v, Counts: make([]int, len(r.Runtimes))}
				for _, other := range r.Runtimes {
					d.Lives = append(d.Lives, other.answer(v.Group, v.Call))
				}
				at, list = len(list), append(list, d)
			}
			list[at].Counts[i]++
		}
	}
	slices.SortStableFunc(list, func(a, b divergence) int { return a.Law - b.Law })
	return list
}

// answer returns the runtime's answer to a call of a group.
func (r *results) answer(group, call string) string {
	switch v := r.result(group, call); {
	case v == nil:
		return "not asked"
	case strings.HasPrefix(v.Fault, neverEnds):
		return "does not finish"
	default:
		return v.Live
	}
}

// result returns the result of a call of a group, nil if it was not asked.
func (r *results) result(group, call string) *result {
	for i := range r.Results {
		if v := &r.Results[i]; v.Group == group && v.Call == call {
			return v
		}
	}
	return nil
}

// Apart returns the kinds of calls that two runtimes answer differently, with their number.
func (r *report) Apart() (kinds []string) {
	n := map[string]int{}
	for _, v := range r.Runtimes[0].Results {
		w := r.Runtimes[1].result(v.Group, v.Call)
		if w == nil || v.Live == w.Live {
			continue
		}
		kind := w.Kind
		if kind == "" {
			kind = v.Kind
		}
		if n[kind]++; n[kind] == 1 {
			kinds = append(kinds, kind)
		}
	}
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("%s (%d)", k, n[k])
	}
	return kinds
}

// unexplained returns the answers that are of no reading, for no known reason.
func (r *report) unexplained() error {
	var list []string
	for _, rt := range r.Runtimes {
		for _, v := range rt.Results {
			if v.Verdict == unknown {
				list = append(list, fmt.Sprintf("%s: %s: %s = %s, want %s (kernel) or %s (runc) %s", rt.Short(), v.Group, v.Call, v.Live, v.Kernel, v.Runc, v.Fault))
			}
		}
	}
	if list == nil {
		return nil
	}
	if n := len(list); n > 20 {
		list = append(list[:20], fmt.Sprintf("and %d more", n-20))
	}
	return fmt.Errorf("answers that no reading and no known divergence explains:\n%s", strings.Join(list, "\n"))
}

// page returns the page.
func (r *report) page() ([]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{
		"code":    func(s string) string { return "`" + s + "`" },
		"needs":   func() []string { return needs },
		"version": func() int { return schemaVersion },
	}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.Bytes(), err
}
