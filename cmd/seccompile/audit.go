package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/lint"
)

// auditVerb prints what is suspicious in profiles, in filters, or in what a process has.
func auditVerb(s stdio) *verb {
	v := &verb{
		name: "audit", section: "Profiles", args: []string{"[flags] PROFILE...", "--filter FILE... [flags]", "--pid N [flags]"},
		about: "find what is suspicious in profiles, filters and processes",
		text:  "Findings are facts with a code, a place and a remedy; \"seccompile audit --codes\" says why each matters. A comment in the profile, \"lint:ignore CODE REASON\", accepts findings on its entry, or on the whole profile. Status 1 means that there are findings.",
		examples: []string{
			"audit web.json",
			"audit --fail-on error --ignore accepted.txt --format github *.json",
			"audit --pid 4711 -v",
		},
	}
	a := &auditor{stdio: s, failOn: lint.Warning}
	g := v.group("Flags")
	addFilters(g, &a.files)
	g.IntVar(&a.pid, "pid", 0, "audit the filters of the process `N` instead of profiles")
	g.Func("fail-on", "status 1 for findings of this `SEVERITY` or above: info, warning (default), error, none", a.setFailOn)
	value(g, &a.ignore, "ignore", leaveOut, "accept the findings in `FILE`: lines CODE REASON, or CODE:CALL,CALL REASON")
	g.StringVar(&a.format, "format", "text", "the `FORMAT`: text, json, sarif or github")
	codes := g.Bool("codes", false, "list all codes, and why each matters")
	a.addTarget(v)
	v.without("accept-weaker")
	v.run = func(args []string) int {
		if *codes {
			return a.codes(args)
		}
		if len(a.files) > 0 || a.pid != 0 {
			unused := slices.DeleteFunc(v.reading(), func(flag string) bool { return flag == "verbose" })
			if err := v.unusedByFilters(a.files, a.pid, unused...); err != nil {
				return s.fail(v.name, err)
			}
		} else if err := v.unused("on audit, which finds what it would accept", "accept-weaker", "strict"); err != nil {
			return s.fail(v.name, err)
		}
		return a.run(args)
	}
	return v
}

// An auditor is what audit is asked for, and what it finds.
type auditor struct {
	options
	stdio
	files  []string // filters
	pid    int
	ignore string
	format string
	failOn lint.Severity
	never  bool // status 1 for no severity

	audited []audited
}

// An audited is a profile, or filters, with the findings on it.
type audited struct {
	name     string
	findings []lint.Finding
}

func (a *auditor) setFailOn(name string) (err error) {
	if a.never = name == "none"; a.never {
		return nil
	}
	a.failOn, err = lint.ParseSeverity(name)
	if err != nil {
		err = fmt.Errorf("%w, or none", err)
	}
	return err
}

func (a *auditor) run(args []string) int {
	fault := a.audit(args)
	if fault == nil || len(a.audited) > 0 {
		if err := a.report(); err != nil {
			return a.fail("audit", err)
		}
	}
	if fault != nil {
		return a.fail("audit", fault)
	}
	for _, x := range a.audited {
		if !a.never && slices.ContainsFunc(x.findings, func(f lint.Finding) bool { return f.Accepted == "" && f.Severity >= a.failOn }) {
			return exitRefused
		}
	}
	return exitOK
}

// audit audits what is asked for.
func (a *auditor) audit(args []string) error {
	if !slices.Contains([]string{"text", "json", "sarif", "github"}, a.format) {
		return fmt.Errorf("unknown format %q (text, json, sarif or github)", a.format)
	}
	o, err := a.lintOptions()
	if err != nil {
		return err
	}
	if len(a.files) > 0 || a.pid != 0 {
		if len(args) > 0 {
			return fmt.Errorf("unexpected argument %q (a profile is audited without --filter and --pid)", args[0])
		}
		return a.auditFilters(o)
	}
	if len(args) == 0 {
		return errors.New("want a profile (default is the built-in profile, - standard input; or filters by --filter or --pid)")
	}
	t, err := a.target()
	if err != nil {
		return err
	}
	if err := onceStdin(args, "profiles"); err != nil {
		return err
	}
	var faults []error // what can be audited is, all the same
	for _, file := range args {
		x, err := a.auditProfile(file, t, o)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		a.audited = append(a.audited, x)
	}
	return errors.Join(faults...)
}

// lintOptions reads the list of what is accepted.
func (a *auditor) lintOptions() (o lint.Options, err error) {
	if a.ignore == "" {
		return o, nil
	}
	text, name, err := a.read(a.ignore, a.stdio)
	if err != nil {
		return o, err
	}
	o.Ignore, err = lint.ParseIgnore(name, text)
	return o, err
}

// auditProfile audits the profile of a file. Faults of the text are findings.
func (a *auditor) auditProfile(file string, t profile.Target, o lint.Options) (x audited, err error) {
	a.Profile = file
	p, err := a.profile(a.stdio)
	if err == nil {
		err = a.unread(p)
	}
	if err == nil {
		x.name = nameOf(p)
		x.findings, err = lint.Profile(p, t, o)
	}
	if faults, ok := lint.Faults(err); ok {
		return audited{faults[0].Pos.File, faults}, nil
	}
	return x, err
}

// yamlDirective is a directive in a comment of YAML.
var yamlDirective = regexp.MustCompile(`(?m)(^|\s)#.*lint:ignore`)

// unread reports a directive that is in a comment of YAML, where nothing reads it.
func (a *auditor) unread(p *profile.Profile) error {
	text := a.sources[p.Pos().File]
	if at := yamlDirective.FindIndex(text); at != nil && isYAML(text) {
		line := 1 + bytes.Count(text[:at[1]], []byte("\n"))
		return fmt.Errorf("%s:%d: lint:ignore in a comment of YAML, which is not read (write it as the value of a key comment)", p.Pos().File, line)
	}
	return nil
}

// auditFilters audits filters as they answer together.
func (a *auditor) auditFilters(o lint.Options) error {
	stack, native, err := a.filters(a.files, a.pid, a.stdio)
	if err != nil {
		return err
	}
	x := audited{name: fmt.Sprintf("process %d", a.pid)}
	if a.pid == 0 {
		x.name = show(a.files[0])
		if n := len(a.files); n > 1 {
			x.name = fmt.Sprintf("%s and %d more", x.name, n-1)
		}
	}
	if stack == nil { // a process without filters
		return fmt.Errorf("%s has no filters for %s", x.name, native)
	}
	if x.findings, err = lint.Filter(stack, o); err != nil {
		return fmt.Errorf("%s: %w", x.name, err)
	}
	a.audited = append(a.audited, x)
	return nil
}

// codes lists the codes.
func (a *auditor) codes(args []string) int {
	if len(args) > 0 {
		return a.fail("audit", fmt.Errorf("unexpected argument %q (--codes lists all of them)", args[0]))
	}
	if err := a.printRules(lint.Rules()); err != nil {
		return a.fail("audit", err)
	}
	return exitOK
}
