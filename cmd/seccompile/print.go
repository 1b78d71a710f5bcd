package main

import (
	"errors"
	"fmt"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A printing is how a policy is made a profile for runc.
type printing struct {
	stricter bool // where no profile means the policy
	json     bool // what changes
	cost     []compile.Difference
}

// add adds the flag.
func (p *printing) add(g *group) {
	g.BoolVar(&p.stricter, "stricter", false, "if no profile is equal, print a stricter one and its cost")
}

// addJSON adds the flag for what changes.
func (p *printing) addJSON(g *group) {
	g.BoolVar(&p.json, "json", false, "with -o, print what changes as JSON")
}

// check reports, as an error, that what changes would be in the middle of the output.
func (p *printing) check(output string) error {
	if p.json && output == "-" {
		return errors.New("--json without -o (standard output has the changes, so the result needs a file)")
	}
	return nil
}

// profile returns a policy as a profile, proved to mean it, or to be stricter if that is
// asked for.
func (p *printing) profile(pol *policy.Policy) (text []byte, err error) {
	if p.stricter {
		text, p.cost, err = compile.PrintStricter(pol)
	} else {
		text, err = compile.Print(pol)
	}
	if err != nil {
		if _, _, refuses := compile.PrintStricter(pol); !p.stricter && refuses == nil {
			err = fmt.Errorf("%w (--stricter prints a profile that refuses more, and says what)", err)
		}
		return nil, err
	}
	return tidied(text, profile.OCI)
}

// said prints what the profile costs, which JSON has among the changes.
func (p *printing) said(s stdio) {
	if !p.json {
		printChanges(s.err, p.cost)
	}
}

// changes prints what changes, and what the profile costs, as JSON.
func (p *printing) changes(list []compile.Difference, s stdio) error {
	out := struct {
		Change      string           `json:"change"`
		Differences []jsonDifference `json:"differences"`
		Cost        []jsonDifference `json:"cost,omitempty"`
	}{Change: compile.Overall(list).String(), Differences: []jsonDifference{}}
	for i := range list {
		out.Differences = append(out.Differences, differenceJSON(&list[i]))
	}
	for i := range p.cost {
		out.Cost = append(out.Cost, differenceJSON(&p.cost[i]))
	}
	return s.json(out)
}

// section returns the section of a config.json for a resolution: its entries as written,
// unless runc would refuse less by them than the policy, and otherwise a profile that it
// reads as the policy. Who accepts a weaker one gets what is written.
func (o *options) section(res *profile.Resolution) ([]byte, error) {
	text, err := res.MarshalJSON()
	switch {
	case err == nil:
		return tidied(text, profile.OCI)
	case o.weaker:
		return nil, err
	}
	return o.printing.profile(res.Policy())
}

// tidied returns a profile in its canonical text.
func tidied(text []byte, d profile.Dialect) ([]byte, error) {
	p, err := parseAlone(text, profile.ParseOptions{Dialect: d})
	if err != nil {
		return nil, err
	}
	return rewritten(text, p)
}
