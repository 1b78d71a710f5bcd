package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// verifyVerb proves that a filter, whoever compiled it, does what a profile says,
// or prints a call that shows that it does not.
func verifyVerb(s stdio) *verb {
	v := &verb{
		name: "verify", section: "Proofs", args: []string{"--filter FILE... [flags]"},
		about: "prove that a compiled filter does what a profile says",
		text:  "The proof covers all calls and arguments. If the filter differs from the profile, all differences are listed, as by diff.",
		examples: []string{
			"verify --filter live.bpf --profile reviewed.json --compat runc",
		},
		values: []string{},
	}
	var o options
	var files []string
	g := v.group("Flags")
	addFilters(g, &files)
	asJSON := g.Bool("json", false, "print JSON")
	o.add(v)
	v.run = func(args []string) int { return o.verifyAll(args, files, *asJSON, s) }
	return v
}

func (o *options) verifyAll(args, files []string, asJSON bool, s stdio) int {
	switch {
	case len(args) > 0:
		return s.fail("verify", fmt.Errorf("unexpected argument %q (pass the filter with --filter)", args[0]))
	case len(files) == 0:
		return s.fail("verify", fmt.Errorf("no filter (name it by --filter; \"seccompile dump\" gets that of a process)"))
	}
	m, err := o.verify(files, s)
	switch {
	case err != nil:
	case asJSON && m != nil:
		err = s.differences(m.all, true)
	case asJSON:
		err = s.differences(nil, true)
	case m == nil:
		_, err = fmt.Fprintln(s.out, "proved equal for every call")
	default:
		w := &m.witness
		if _, err = fmt.Fprintf(s.out, "%s = %s, and the profile says %s%s\n", w.Witness, w.New, w.Old, by(m.rule)); err == nil {
			err = s.differences(m.all, false)
		}
	}
	switch {
	case err != nil:
		return s.trouble("verify", err)
	case m != nil:
		return exitRefused
	}
	return exitOK
}

// A mismatch is how filters differ from a profile. The profile's answers are the old ones.
type mismatch struct {
	witness compile.Difference
	rule    *policy.Rule         // that decides what the profile says to the witness, or nil
	all     []compile.Difference // the witness alone if not all can be listed
}

// verify returns how the filters of files differ from the profile, nil if they do not.
func (o *options) verify(files []string, s stdio) (*mismatch, error) {
	res, err := o.policy(s)
	if err != nil {
		return nil, err
	}
	s.notes(res.Notes(), o.verbose)
	pol := res.Policy()
	native := pol.Arches[0].Arch
	stack, err := loadFilters(files, native, s)
	if err != nil {
		return nil, err
	}
	err = compile.Verify(stack, pol)
	var wrong *compile.MismatchError
	if !errors.As(err, &wrong) {
		return nil, err
	}
	if others := othersTested(stack.Filters(), native); others != nil {
		s.fail("verify", fmt.Errorf("the filter tests for %s and never for %s, the profile's target (is it for another machine? --arch %s)", listOf(others), native, others[0]))
	}
	m := &mismatch{witness: wrong.Difference}
	_, m.rule = pol.Decide(m.witness.Witness)
	ours, err := compile.SplitResolution(res, compile.Options{})
	if err == nil {
		m.all, err = compile.Diff(ours, stack)
	}
	if err != nil || len(m.all) == 0 {
		var many *compile.DiffError
		if errors.As(err, &many) {
			err = fmt.Errorf("the filter and the profile differ %s", many.Reason)
		}
		s.fail("verify", fmt.Errorf("not all differences are listed: %w", err))
		m.all = []compile.Difference{m.witness}
	}
	return m, nil
}

// othersTested returns the ABIs that filters compare a call's with, unless they compare it
// with a's, too.
func othersTested(filters []*compile.Filter, a arch.Arch) (others []arch.Arch) {
	for _, f := range filters {
		loaded := false // whether the last load was of the ABI
		for _, in := range f.Insns() {
			switch in.Op {
			case 0x20: // LD ABS
				loaded = in.K == 4
			case 0x15: // JEQ
				b, known := arch.Of(in.K, 0)
				switch {
				case !loaded || !known:
				case in.K == a.Audit():
					return nil
				case !slices.Contains(others, b):
					others = append(others, b)
				}
			}
		}
	}
	return others
}

// otherMachine says which machine a file's filter is for, given that it is not one for a's
// byte order, as far as it can be seen.
func otherMachine(raw []byte, a arch.Arch) string {
	for b := range arch.All() {
		if b.ByteOrder() == a.ByteOrder() {
			continue
		}
		f, err := compile.LoadBytes(raw, b)
		if err != nil {
			break
		}
		if others := othersTested([]*compile.Filter{f}, a); others != nil {
			return fmt.Sprintf("it tests for %s: --arch %s", listOf(others), others[0])
		}
		break
	}
	return fmt.Sprintf("is it for %s? --arch says for which", a)
}

// listOf returns ABIs as text.
func listOf(list []arch.Arch) string {
	var names []string
	for _, a := range list {
		names = append(names, a.String())
	}
	return strings.Join(names, ", ")
}

// by says where the rule that decides stands.
func by(rule *policy.Rule) string {
	if rule == nil {
		return ""
	}
	return fmt.Sprintf(", by %s: %s: %s", rule.Pos(), rule.Path(), rule)
}
