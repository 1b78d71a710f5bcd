//go:build playground

package main

import (
	"github.com/seccompile/seccompile/compile"
)

// A checked is what the page shows of a profile after each edit.
type checked struct {
	Dialect string   `json:"dialect,omitempty"`
	YAML    bool     `json:"yaml"`
	Marks   []marked `json:"marks"` // faults, or notes if it has no faults
	Filter  *sizes   `json:"filter,omitempty"`
}

// sizes are those of the filter of a profile.
type sizes struct {
	Filters      int     `json:"filters"`
	Instructions int     `json:"instructions"`
	Bytes        int     `json:"bytes"`
	ABIs         []costs `json:"abis"`
}

// costs are those of the calls of an ABI that are always allowed.
type costs struct {
	ABI    string  `json:"abi"`
	Cached int     `json:"cached"`
	Mean   float64 `json:"mean"` // instructions
	Max    int     `json:"max"`
}

// insnSize is the size of a struct sock_filter in bytes.
const insnSize = 8

// check reads, resolves, compiles and proves the profile.
func (p *player) check() error {
	c := checked{YAML: isYAML([]byte(p.Text)), Marks: []marked{}}
	if err := p.compiled(&c); err != nil {
		c.Marks = append(c.Marks, p.faults(err)...)
	}
	p.value = c
	return nil
}

func (p *player) compiled(c *checked) error {
	s := p.stdio()
	read, err := p.profile(s)
	if err != nil {
		return err
	}
	c.Dialect = read.Dialect().String()
	t, err := p.target()
	if err != nil {
		return err
	}
	res, err := read.Resolve(t)
	if err != nil {
		return err
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		for _, n := range res.Notes() {
			c.Marks = append(c.Marks, p.markNote(n))
		}
		return err
	}
	for _, n := range stack.Notes() {
		c.Marks = append(c.Marks, p.markNote(n))
	}
	sum := stack.Summary()
	c.Filter = &sizes{Filters: sum.Filters, Instructions: sum.Insns, Bytes: sum.Insns * insnSize, ABIs: []costs{}}
	for _, a := range sum.Arches {
		c.Filter.ABIs = append(c.Filter.ABIs, costs{a.Arch.String(), a.Cached, a.Mean, a.Max})
	}
	return nil
}

// calls has the calls of each ABI by what they get.
func (p *player) calls() error {
	stack, err := p.stack(p.stdio())
	if err != nil {
		return err
	}
	p.value, err = tables(stack)
	return err
}
