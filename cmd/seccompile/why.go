package main

import (
	"errors"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// whyVerb explains what logs tell of filters.
func whyVerb(s stdio) *verb {
	v := &verb{
		name: "why", section: "Profiles", args: []string{"[flags] [FILE|-]..."},
		about: "trace denials in logs to the lines that decided",
		text:  "Reads audit records in any log, SIGSYS messages, strace output and reports of notify. Without a profile or a filter, it uses the filters of the process if that is alive, else the built-in profile. Status 1: no denials, or some are unexplained.",
		examples: []string{
			"why --profile web.json /var/log/audit/audit.log",
			"why --json - <strace.txt",
		},
	}
	var o options
	var files []string
	g := v.group("Flags")
	addFilters(g, &files)
	pid := g.Int("pid", 0, "explain by the filters of the process `N`")
	asJSON := g.Bool("json", false, "print JSON")
	o.add(v)
	v.without("accept-weaker", "verbose")
	v.run = func(args []string) int {
		if err := v.unusedByFilters(files, *pid, v.reading()...); err != nil {
			return s.fail(v.name, err)
		}
		w := newWhys(&o, s)
		w.filters, w.pid = files, *pid
		status, err := w.run(args, *asJSON)
		if err != nil {
			return s.fail(v.name, err)
		}
		return status
	}
	return v
}

// whys is one run of why.
type whys struct {
	*options
	stdio
	filters []string
	pid     int

	stack      *compile.Stack // of the filters, if they are to explain
	machine    arch.Arch      // of the stack, or of the profile's target
	explainers map[arch.Arch]*explainer
	outcomes   map[*compile.Stack]outcomes

	file   string // that is read
	calls  []*deniedCall
	byKey  map[string]*deniedCall
	stamps map[string]bool // of records that are counted
	single map[string]bool // what oneAnswer has found
	beyond int             // denials of further calls
	read   denialReader
	faults []jsonFault
	faulty int // their number: not all are kept
}

func newWhys(o *options, s stdio) *whys {
	return &whys{options: o, stdio: s, byKey: map[string]*deniedCall{}, explainers: map[arch.Arch]*explainer{}, outcomes: map[*compile.Stack]outcomes{}, stamps: map[string]bool{}, single: map[string]bool{}}
}

// A deniedCall is a distinct call with the same answer.
type deniedCall struct {
	denial  // the first
	file    string
	counts  [3]int // of the kernel's records, of journald's, which are the same again, and others
	from    []denier
	further int // denials of processes that are not in from
}

// A denier is a process that got a denial.
type denier struct {
	denial
	count int
}

const (
	maxKept    = 100_000 // entries of stamps, and of single
	maxDeniers = 32      // processes for each call
	maxFaults  = 100     // in JSON; all are counted
	shownFault = 10      // in text
)

// A jsonFault is a line that tells of a denial in a form that has faults.
type jsonFault struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"`
}

func (w *whys) run(args []string, asJSON bool) (status int, err error) {
	if len(args) == 0 && isTerminal(w.in) {
		return 0, errors.New("want files with logs, or - for standard input, as in: dmesg | seccompile why")
	} else if len(args) == 0 {
		args = []string{"-"}
	}
	if err := w.prepare(args); err != nil {
		return 0, err
	}
	w.read.found = w.denied
	w.read.fault = w.fault
	for _, file := range args {
		if err := w.readLog(file); err != nil {
			return 0, err
		}
	}
	w.tellOnce()
	list, err := w.answers()
	if err != nil {
		return 0, err
	}
	if asJSON {
		err = w.json(list)
	} else {
		err = w.print(list)
	}
	return list.status(), err
}

// prepare reads filters or the profile, so that its faults are said before any waiting.
func (w *whys) prepare(args []string) (err error) {
	fromStdin := 0
	for _, file := range append(slices.Concat(args, w.filters), w.Profile, w.chooser.file()) {
		if file == "-" {
			fromStdin++
		}
	}
	switch {
	case fromStdin > 1:
		return errors.New("standard input cannot be two things (put one into a file)")
	case w.given() && (len(w.filters) > 0 || w.pid != 0):
		return errors.New("both a filter and a profile (leave one of them out; verify compares them)")
	case len(w.filters) > 0 || w.pid != 0:
		if w.stack, w.machine, err = w.options.filters(w.filters, w.pid, w.stdio); err == nil {
			w.read.unnamed, w.read.machine = actionsIn(w.stack), w.machine
		}
		return err
	}
	if w.Profile == "-" || w.chooser.file() == "-" { // which further targets need again
		if w.stdin, _, err = readFile("-", w.stdio); err != nil {
			return err
		}
	}
	x, err := w.explainer(w.stdio)
	if err != nil {
		return err
	}
	w.machine = x.target.Arch
	w.explainers[w.machine] = x
	for _, part := range x.policy.Arches {
		w.read.unnamed = append(w.read.unnamed, x.policy.Default, part.Enosys)
	}
	w.read.machine = w.machine
	return nil
}

// actionsIn returns what filters answer to any call.
func actionsIn(stack *compile.Stack) (list []policy.Action) {
	for _, f := range stack.Filters() {
		for _, in := range f.Insns() {
			if in.Op == 0x06 { // RET K
				list = append(list, policy.Action(in.K))
			}
		}
	}
	return list
}

// readLog reads a log.
func (w *whys) readLog(file string) error {
	in, name := w.in, stdinName
	if file != "-" {
		f, from, err := openNamed(file)
		if err != nil {
			return err
		}
		defer f.Close()
		in, name = from, file
	}
	w.file = name
	return withName(name, w.read.read(in))
}

func (w *whys) fault(line int, err error) {
	if w.faulty++; w.faulty <= maxFaults {
		w.faults = append(w.faults, jsonFault{w.file, line, err.Error()})
	}
}

// denied counts a denial.
func (w *whys) denied(d denial) {
	if d.stamp != "" {
		if w.stamps[d.stamp] {
			w.read.again++ // the same record from another log
			return
		} else if len(w.stamps) < maxKept {
			w.stamps[d.stamp] = true
		}
	}
	key := "?"
	if d.call.name != "" {
		text, q, err := w.queryOf(d)
		if err != nil {
			w.fault(d.line, err)
			return
		}
		d.call, key = text, q.key()
	}
	key += " " + d.seen.text
	if d.last {
		key += " at last"
	}
	c := w.byKey[key]
	if c == nil {
		if len(w.calls) >= maxCalls {
			w.beyond++
			return
		}
		c = &deniedCall{denial: d, file: w.file}
		w.byKey[key] = c
		w.calls = append(w.calls, c)
	}
	kind := 2
	if d.record {
		kind = 0
		if d.stamp == "" {
			kind = 1
		}
	}
	c.counts[kind]++
	i := slices.IndexFunc(c.from, func(x denier) bool { return x.pid == d.pid && x.comm == d.comm && x.where == d.where })
	switch {
	case i >= 0:
		c.from[i].count++
	case len(c.from) < maxDeniers:
		c.from = append(c.from, denier{d, 1})
	default:
		c.further++
	}
}

// count is how many denials there were. journald writes down the records that the
// kernel's log has, too, so the larger number has them all.
func (c *deniedCall) count() int { return max(c.counts[0], c.counts[1]) + c.counts[2] }

// tellOnce drops what shells and service managers say of processes whose calls are known.
func (w *whys) tellOnce() {
	known := map[int]bool{}
	for _, c := range w.calls {
		for _, from := range c.from {
			if c.call.name != "" && from.pid != 0 && c.seen.ends() {
				known[from.pid] = true
			}
		}
	}
	w.calls = slices.DeleteFunc(w.calls, func(c *deniedCall) bool {
		if c.call.name != "" {
			return false
		}
		c.from = slices.DeleteFunc(c.from, func(x denier) bool {
			if known[x.pid] {
				c.counts[2] -= x.count
				w.read.again += x.count
			}
			return known[x.pid]
		})
		return c.count() == 0
	})
}
