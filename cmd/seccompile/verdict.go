package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A whyAnswer is all that there is to say of denials of one call.
type whyAnswer struct {
	File      string    `json:"file"` // of the first
	Line      int       `json:"line"`
	Seen      string    `json:"seen"`
	Count     int       `json:"count"`
	Processes []process `json:"processes"`
	Further   int       `json:"further,omitempty"` // denials of processes that are not among these
	By        string    `json:"by"`                // whose answers these are
	Verdict   string    `json:"verdict"`           // decides, could, other or unknown
	Text      string    `json:"text"`              // the verdict in words
	*explanation

	known bool // the call
	near  bool // another reading or other capabilities give what was seen
}

// Verdicts, for whose answers explain.
const (
	verdictDecides = "decides" // they give what was seen, and only this one does
	verdictCould   = "could"   // one of several does
	verdictOther   = "other"   // none does: something else decided
	verdictUnknown = "unknown" // the log does not have the call
)

// A whyList is what why prints in JSON.
type whyList struct {
	Answers []whyAnswer `json:"answers"`
	Other   int         `json:"otherLines"` // without a denial
	Again   int         `json:"again"`      // denials that are told a further time, and not counted
	Passed  int         `json:"passed"`     // calls that are told and passed
	Long    int         `json:"longLines"`  // that are not read
	Beyond  int         `json:"beyond"`     // denials of more calls than there are answers
	Faulty  int         `json:"faulty"`     // lines with faults
	Faults  []jsonFault `json:"faults"`     // of these
}

// status is 0 if there are denials, and all are explained.
func (l whyList) status() int {
	if len(l.Answers) == 0 || l.Long+l.Beyond+l.Faulty > 0 {
		return exitRefused
	}
	for _, a := range l.Answers {
		if a.Verdict != verdictDecides && a.Verdict != verdictCould {
			return exitRefused
		}
	}
	return exitOK
}

// answers explains all denials.
func (w *whys) answers() (l whyList, err error) {
	l = whyList{Answers: []whyAnswer{}, Faults: []jsonFault{}}
	var all []whyAnswer
	ended := map[string]bool{} // files that have another call which ended a process
	for _, c := range w.calls {
		a, err := w.answer(c)
		if err != nil {
			return l, fmt.Errorf("%s:%d: %w", c.file, c.line, err)
		}
		all = append(all, a)
		if c.seen.ends() && (a.Verdict == verdictDecides || a.Verdict == verdictCould || a.known && !c.last) {
			ended[c.file] = true
		}
	}
	for i, c := range w.calls {
		a := all[i]
		if a.Verdict == verdictOther && !a.near && (c.ordinary() || c.last && ended[c.file]) {
			w.read.skipped += a.Count
			continue
		}
		l.Answers = append(l.Answers, a)
	}
	l.Other, l.Again, l.Passed, l.Long, l.Beyond, l.Faulty = w.read.skipped, w.read.again, w.read.passed, w.read.cut, w.beyond, w.faulty
	l.Faults = append(l.Faults, w.faults...)
	return l, nil
}

// ordinary reports whether what was seen tells of a filter only if one answers so: other
// errors than those that filters give most.
func (c *deniedCall) ordinary() bool {
	return c.seen.errno != "" && c.seen.errno != "EPERM" && c.seen.errno != "ENOSYS"
}

// procDir is where processes are looked up.
var procDir = "/proc"

func (w *whys) answer(c *deniedCall) (a whyAnswer, err error) {
	a = whyAnswer{File: c.file, Line: c.line, Seen: c.seen.text, Count: c.count(), Processes: []process{}, Further: c.further, known: c.call.name != ""}
	for _, d := range c.from {
		if d.pid != 0 || d.where != "" {
			a.Processes = append(a.Processes, *findProcess(procDir, d.denial))
		}
	}
	if !a.known {
		a.Verdict, a.Text = verdictUnknown, "The line does not have the call. The kernel's record does (dmesg | grep type=1326, or journalctl -k), and strace -f."
		return a, nil
	}
	q, err := w.on(c.call, c.denial)
	if err != nil {
		return a, err
	}
	abi, known := q.abi()
	live, pid := w.live(a.Processes)
	var explain func(query) (*explanation, error)
	byFilters := func(stack *compile.Stack) {
		of := w.outcomes[stack]
		if of == nil {
			of = filterActions(stack)
			w.outcomes[stack] = of
		}
		explain = func(q query) (*explanation, error) { return programExplanation(stack, of, q) }
	}
	switch {
	case w.stack != nil:
		a.By = "the filters"
		if w.pid != 0 {
			a.By = fmt.Sprintf("the filters of process %d", w.pid)
		}
		byFilters(w.stack)
	case live != nil:
		a.By = fmt.Sprintf("the filters of process %d", pid)
		q, err = c.call.on(w.machine)
		byFilters(live)
	default:
		x, xErr := w.explainerFor(abi, known, c.denial)
		if xErr != nil {
			return a, xErr
		}
		a.By = "the profile"
		if !w.given() {
			a.By = builtinBy
		}
		explain = func(q query) (*explanation, error) {
			e := x.explain(c.call, q)
			return &e, nil
		}
		defer func() {
			a.otherCaps(x, c.seen, q)
			a.otherABI(c.denial)
			a.otherAge(c.seen, q)
		}()
	}
	if err != nil {
		return a, err
	}
	direct := a
	if a, err = direct.judged(q, c.seen, explain, w.given()); err != nil {
		return a, err
	}
	if via, ok := q.alsoVia(); ok && c.traced && a.Verdict == verdictOther {
		b, err := direct.judged(via, c.seen, explain, w.given())
		if err != nil {
			return b, err
		}
		if b.Verdict != verdictOther {
			b.Text = strings.TrimSpace(fmt.Sprintf("%s strace prints the calls that %s makes under their own names, but the answer that it saw is that to %[2]s.", b.Text, via.mux))
			a, q = b, via
		}
	}
	if c.unsaid {
		a.Text = strings.TrimSpace(fmt.Sprintf("%s The record is of an old kernel and does not say the ABI: it is taken for %s (--arch names another).", a.Text, abi))
	}
	slices.SortStableFunc(a.Processes, func(p, q process) int { return cmp.Compare(p.order(), q.order()) })
	return a, nil
}

// judged is an answer with the explanation of a query and the verdict.
func (a whyAnswer) judged(q query, s seen, explain func(query) (*explanation, error), given bool) (whyAnswer, error) {
	var err error
	if a.explanation, err = explain(q); err != nil {
		return a, err
	}
	abi, _ := q.abi()
	a.explanation.Call = q.String()
	a.judge(s, abi, given)
	return a, nil
}

// otherCaps adds with which capabilities the profile does answer what was seen.
func (a *whyAnswer) otherCaps(x *explainer, s seen, q query) {
	abi, _ := q.abi()
	if a.Verdict != verdictOther || s.strict {
		return
	}
	for _, caps := range []string{"none", "all"} {
		t := x.target
		var err error
		if t.Caps, err = profile.ParseCaps(caps); err != nil {
			continue
		}
		res, err := x.profile.Resolve(t)
		if err != nil {
			continue
		}
		for _, y := range answers(res.Policy(), q) {
			if s.is(y.action, abi) {
				a.near = true
				a.Text += fmt.Sprintf(" With other capabilities, the profile may have decided (--caps %s).", caps)
				return
			}
		}
	}
}

// otherABI adds that the profile does answer what was seen on another ABI, if the log leaves
// it open which one it was.
func (a *whyAnswer) otherABI(d denial) {
	if a.Verdict != verdictOther || d.call.abi != "" || d.bits32 || d.seen.strict {
		return
	}
	for _, there := range a.ABIs {
		name, _, _ := strings.Cut(there.Call, " ")
		abi, err := arch.Parse(name)
		if err != nil {
			continue
		}
		for _, x := range there.Answers {
			if action, err := policy.ParseAction(x.Action); err == nil && d.seen.is(action, abi) {
				a.near = true
				a.Text = fmt.Sprintf("To %s programs %s answer%s %s. The log does not say which ABI it was; strace does, in lines such as [ Process PID=1 runs in 32 bit mode. ].", abi, a.By, plural(a.By), d.seen.text)
				return
			}
		}
	}
}

// otherAge adds that the call is newer than engines in use, where that explains what was seen.
func (a *whyAnswer) otherAge(s seen, q query) {
	abi, known := q.abi()
	since, ok := syscalls.Since(abi, q.name)
	switch {
	case a.Verdict != verdictOther || a.near || !known || !ok || since.Compare(recentSince) < 0:
	case s.errno == "EPERM":
		a.Text += " " + olderEngine(q.name, since)
	case s.ends():
		a.Text += fmt.Sprintf(" %s was added in Linux %s: the filter may be older than the call.", q.name, since)
	}
}

// given reports whether the flags say what has answered.
func (w *whys) given() bool {
	return w.stack != nil || w.Profile != "" || w.chooser.given(w.Profile)
}

// live returns the filters of the first of some processes that lives, nil if they cannot
// be read, or others are to explain. Only a process that is what the record says is
// stopped for them.
func (w *whys) live(list []process) (stack *compile.Stack, pid int) {
	if w.given() || w.Arch != "" {
		return nil, 0
	}
	tried := 0
	for _, p := range list {
		if !p.Lives || p.Reused != "" || p.Comm == "" && p.Exe == "" || p.PID == os.Getpid() {
			continue
		}
		if stack, _, err := w.options.filters(nil, p.PID, w.stdio); err == nil {
			return stack, p.PID
		}
		if tried++; tried >= 3 {
			break
		}
	}
	return nil, 0
}

// judge compares the answers with what was seen.
func (a *whyAnswer) judge(s seen, abi arch.Arch, given bool) {
	var fit []string
	passes, stricter := 0, true
	for i, x := range a.Answers {
		action, err := policy.ParseAction(x.Action)
		if err == nil && s.is(action, abi) {
			fit = append(fit, x.action()+x.condition(len(a.Answers) > 1 && i == len(a.Answers)-1))
		}
		if err == nil && action.Passes() {
			passes++
		}
		stricter = stricter && err == nil && len(s.actions) > 0 && action.Stricter(s.actions[0])
	}
	by := strings.ToUpper(a.By[:1]) + a.By[1:]
	switch {
	case s.strict:
		a.Verdict, a.Text = verdictOther, "Strict mode of seccomp refused it (SECCOMP_MODE_STRICT of prctl), in which the kernel does not run filters."
	case len(fit) == 0 && s.errno != "" && passes == len(a.Answers):
		why := "capabilities, an LSM, what the call is made on"
		if s.errno == "ENOSYS" {
			why = "it may not have the call"
		}
		a.Verdict, a.Text = verdictOther, fmt.Sprintf("%s allow%s it: %s comes from the kernel itself (%s), or from another filter.", by, plural(a.By), s.errno, why)
	case len(fit) == 0 && stricter:
		a.Verdict, a.Text = verdictOther, fmt.Sprintf("The process did not have %s: the answer would have been stricter than %s.", a.By, s.text)
	case len(fit) == 0:
		a.Verdict, a.Text = verdictOther, fmt.Sprintf("%s did not decide this: nothing in %s answers %s to it. Another filter did, in addition to %s or instead (of several filters, the strictest answer counts).", by, it(a.By), s.text, it(a.By))
	case len(fit) == 1 && len(a.Answers) == 1:
		a.Verdict = verdictDecides
	case s.errno != "" && passes > 0:
		a.Verdict, a.Text = verdictCould, fmt.Sprintf("The line does not have all arguments. If the process had %s, this decided, or the kernel itself answered %s to a call that passed: %s.", a.By, s.errno, some(fit))
	case len(fit) == 1:
		a.Verdict, a.Text = verdictDecides, fmt.Sprintf("The line does not have all arguments. If the process had %s, this decided, as the only answer that is %s: %s.", a.By, s.text, fit[0])
	default:
		a.Verdict, a.Text = verdictCould, fmt.Sprintf("The line does not have all arguments. If the process had %s, one of these decided: %s.", a.By, some(fit))
	}
	if r := a.Reading; a.Verdict == verdictOther && r != nil {
		for _, x := range r.Answers {
			if action, err := policy.ParseAction(x.Action); err == nil && s.is(action, abi) {
				a.near = true
				a.Text += fmt.Sprintf(" As %s reads the profile, it may have decided (--compat %[1]s).", r.Compat)
				break
			}
		}
	}
	if a.Verdict == verdictOther {
		a.Ways = []way{} // they would change what did not decide
	}
	if !given && a.By != builtinBy {
		a.Text = strings.TrimSpace("By " + a.By + ", which lives. " + a.Text)
	}
}

// builtinBy is whose answers these are if nobody has said whose to take.
const builtinBy = "the built-in profile"

// some returns a list in one line, its beginning if it is long.
func some(list []string) string {
	if n := len(list); n > 8 {
		list = append(list[:4:4], fmt.Sprintf("... (%d of them)", n))
	}
	return strings.Join(list, "; ")
}

// it is the pronoun for whose answers these are.
func it(by string) string {
	if plural(by) == "" {
		return "them"
	}
	return "it"
}

func plural(by string) string {
	if strings.HasPrefix(by, "the filters") {
		return ""
	}
	return "s"
}
