package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
)

// hardenVerb prints a profile, with its guards, whose conditions mean to runc what they
// mean to the kernel. What changes under runc, for the target, goes to standard error.
func hardenVerb(s stdio) *verb {
	v := &verb{
		name: "harden", section: "Profiles", args: []string{"[flags] PROFILE"},
		about: "rewrite a profile so that runc reads it as the kernel does",
		text: "Guards and the order of entries are kept. What changes under runc, for the target, is printed on standard error.\n\n" +
			"--close refuses calls that bypass an entry, unless they have entries that refuse them or have conditions. " +
			"clone3: refused where clone is refused or has conditions, since filters cannot see the flags of clone3. " +
			"newer: newer calls are refused where the older one is: openat2 like openat, fsopen like mount, futex_time64 like futex. " +
			"If an entry refuses a call for all arguments, so are its successors: fchmodat like chmod. " +
			"socketcall: refused where a call that it makes is refused or has conditions, since filters cannot see the arguments.",
		examples: []string{
			"harden -o docker-hardened.json default",
			"harden --close clone3,newer,socketcall -o hard.json web.json",
		},
	}
	var o options
	g := v.group("Flags")
	var bypasses []profile.Bypass
	g.Func("close", "refuse calls that bypass entries: a `LIST` of clone3, newer, socketcall", func(list string) error {
		for name := range strings.SplitSeq(list, ",") {
			b, err := profile.ParseBypass(name)
			if err != nil {
				return err
			}
			if !slices.Contains(bypasses, b) {
				bypasses = append(bypasses, b)
			}
		}
		return nil
	})
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	o.printing.addJSON(g)
	o.addTarget(v)
	v.without("compat", "bad-arch", "accept-weaker", "verbose")
	v.run = func(args []string) int { return o.harden(args, bypasses, *output, s) }
	return v
}

func (o *options) harden(args []string, bypasses []profile.Bypass, output string, s stdio) int {
	if len(args) != 1 {
		return s.fail("harden", errors.New("want one profile (default is the built-in profile, - standard input)"))
	}
	if err := o.printing.check(output); err != nil {
		return s.fail("harden", err)
	}
	o.Profile, o.reprints = args[0], true
	p, err := o.profile(s)
	if err != nil {
		return s.fail("harden", err)
	}
	closed, err := compile.Close(p, bypasses)
	if err != nil {
		return s.fail("harden", err)
	}
	hard, err := compile.Harden(closed)
	if err != nil {
		return s.fail("harden", err)
	}
	changes, err := o.underRunc(p, hard)
	if err != nil {
		return s.fail("harden", err)
	}
	text, err := hard.MarshalJSON()
	if err == nil {
		text, err = tidied(text, profile.Auto)
	}
	if err == nil {
		err = s.write(output, text)
	}
	if err != nil {
		return s.fail("harden", err)
	}
	if o.printing.json {
		if err := o.printing.changes(changes, s); err != nil {
			return s.fail("harden", err)
		}
		return exitOK
	}
	printChanges(s.err, changes)
	return exitOK
}

// underRunc returns what changes for a target if runc gets the one profile instead of
// the other.
func (o *options) underRunc(before, after *profile.Profile) ([]compile.Difference, error) {
	t, err := o.Target()
	if err != nil {
		return nil, err
	}
	t.Compat, t.AcceptWeaker, t.BadArch = profile.CompatRunc, true, nil
	var filters [2]*compile.Filter
	for i, p := range []*profile.Profile{before, after} {
		if filters[i], err = compile.Profile(p, t, compile.Options{}); err != nil {
			return nil, err
		}
	}
	return compile.Diff(filters[0], filters[1])
}
