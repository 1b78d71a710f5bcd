package main

import (
	"bytes"
	"encoding/json"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A printing is how a policy is made a profile for runc.
type printing struct {
	stricter bool // where no profile means the policy
	cost     []compile.Difference
}

// add adds the flag.
func (p *printing) add(g *group) {
	g.BoolVar(&p.stricter, "stricter", false, "print a stricter profile if none says the same, and its cost")
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
		return nil, err
	}
	return indented(text)
}

// said prints what the profile costs.
func (p *printing) said(s stdio) {
	printChanges(s.err, p.cost)
}

// section returns the section of a config.json for a resolution: its entries as written,
// unless runc would refuse less by them than the policy, and otherwise a profile that it
// reads as the policy. Who accepts a weaker one gets what is written.
func (o *options) section(res *profile.Resolution) ([]byte, error) {
	text, err := res.MarshalJSON()
	switch {
	case err == nil:
		return indented(text)
	case o.weaker:
		return nil, err
	}
	return o.printing.profile(res.Policy())
}

func indented(text []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
