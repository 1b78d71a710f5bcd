package main

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile/policy"
)

// The verdicts on processes that are held against profiles.
const (
	nodeEqual     = "equal"
	nodeStricter  = "stricter" // no call gets a weaker answer, and some another one
	nodeDifferent = "different"
	nodeUnknown   = "unknown"
)

// A side is a profile, or filters, that processes are held against.
type side struct {
	name   string
	stack  *compile.Stack
	sum    string         // its fingerprint; "" if that is beyond the budget
	runc   string         // that of the profile as runc reads it, if that is not asked for and another one
	asRunc *compile.Stack // the profile as runc reads it, likewise
}

// sideOf reads a profile or a filter.
func (n *node) sideOf(file string, s stdio) (side, error) {
	c, _, err := n.filterOrProfile(file, s)
	if err != nil {
		return side{}, err
	}
	stack, ok := c.(*compile.Stack)
	if !ok {
		if stack, err = compile.NewStack(c.Filters()...); err != nil {
			return side{}, err
		}
	}
	p := side{name: file, stack: stack}
	p.sum, _ = fingerprintOf(stack)
	if n.Compat == "" && file != "-" {
		o := n.options
		o.Compat, o.weaker = "runc", true
		if c, _, err := o.filterOrProfile(file, stdio{err: io.Discard}); err == nil {
			if stack, ok := c.(*compile.Stack); ok {
				p.runc, _ = fingerprintOf(stack)
				p.asRunc = stack
			}
		}
	}
	return p, nil
}

func fingerprintOf(stack *compile.Stack) (string, error) {
	sum, err := stack.Fingerprint()
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(sum[:]), nil
}

// A judged is what is known of the threads with one answer.
type judged struct {
	confinement
	stack *compile.Stack // nil in strict mode, and if the filters were not analyzed
	sum   string         // the fingerprint; "" if it is not known
	why   string         // it is not known
}

// String returns the answer as a group has it: equal for threads that answer alike.
func (j judged) String() string {
	switch {
	case j.mode == 0:
		return "no filter"
	case j.mode == 1:
		return "strict mode"
	case j.sum != "":
		return "fingerprint " + j.sum[:12]
	}
	return fmt.Sprintf("filters %x, whose answers are not known", j.confinement.stack[:6])
}

// stacksMost is how many different filters are analyzed, those of most processes first. Each
// takes milliseconds, and at most the budget of a proof, half a second.
const stacksMost = 256

// A judge analyzes each kind of filters once.
type judge struct {
	native   arch.Arch
	profiles []side
	known    map[confinement]*judged
	compared map[comparedKey]outcome
}

// A comparedKey is what is compared: profile number i, and an answer.
type comparedKey struct {
	profile int
	confinement
}

// An outcome is what comes of comparing an answer with a profile.
type outcome struct {
	equal     bool
	least     bool                // it is proved at least as strict
	runcLeast bool                // it is if runc reads the profile
	first     *compile.Difference // the first by which more passes, or the first
	count     map[compile.Change]int
	many      bool  // not all are counted
	err       error // why nothing is known
}

// total is how many differences there are.
func (c outcome) total() (n int) {
	for _, count := range c.count {
		n += count
	}
	return n
}

// nearer reports whether a profile is a better one to compare with than another.
func (c outcome) nearer(other outcome) bool {
	if c.least != other.least {
		return c.least
	}
	return c.total() < other.total()
}

// judge groups processes by their answers, and compares these with profiles.
func (n *node) judge(list []nodeProcess, stacks map[string][]install.Installed, profiles []side) (*nodeReport, error) {
	native, err := abiNamed("")
	if err != nil {
		return nil, err
	}
	j := judge{native, profiles, map[confinement]*judged{}, map[comparedKey]outcome{}}
	uses := map[string]int{}
	for _, p := range list {
		for _, a := range p.confined {
			if a.mode == 2 {
				uses[a.stack]++
			} else if j.known[a] == nil {
				if err := j.without(a); err != nil {
					return nil, err
				}
			}
		}
	}
	var keys []string
	for key := range uses {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(uses[b], uses[a]), cmp.Compare(a, b)) })
	for i, key := range keys {
		a := confinement{2, key}
		if i >= stacksMost {
			j.known[a] = &judged{confinement: a, why: fmt.Sprintf("there are more than %d different filters, and it is one of the rarest (--cgroup and --pid narrow it)", stacksMost)}
			continue
		}
		j.known[a] = j.analyze(a, stacks[key])
	}
	return j.report(list), nil
}

// without is analyze for threads that have no filters: they may call what a filter that
// allows everything lets pass.
func (j *judge) without(a confinement) error {
	x := &judged{confinement: a}
	if a.mode == 0 {
		all := &policy.Policy{Default: policy.Allow, BadArch: policy.Allow, Arches: []policy.ArchPolicy{{Arch: j.native}}}
		stack, err := compile.Split(all, compile.Options{})
		if err != nil {
			return err
		}
		x.stack = stack
	}
	j.known[a] = x
	return nil
}

// analyze takes filters for a stack, and its fingerprint.
func (j *judge) analyze(a confinement, list []install.Installed) *judged {
	x := &judged{confinement: a}
	var filters []*compile.Filter
	for _, in := range list {
		f, err := compile.Load(in.Insns, j.native)
		if err != nil {
			x.why = err.Error()
			return x
		}
		filters = append(filters, f)
	}
	stack, err := compile.NewStack(filters...)
	if err == nil {
		x.stack = stack
		x.sum, err = fingerprintOf(stack)
	}
	var unclear *compile.FoldError // what they answer is not only a matter of their instructions
	if errors.As(err, &unclear) {
		x.stack = nil
	}
	if err != nil {
		x.why = err.Error()
	}
	return x
}

// compare compares an answer with a profile, once.
func (j *judge) compare(i int, x *judged) outcome {
	key := comparedKey{i, x.confinement}
	c, ok := j.compared[key]
	if !ok {
		c = comparedWith(j.profiles[i], x)
		j.compared[key] = c
	}
	return c
}

func comparedWith(p side, x *judged) outcome {
	switch {
	case x.mode == 1:
		return outcome{} // it has no filter's answers: SIGKILL, but for four calls (kernel/seccomp.c, mode1_syscalls)
	case x.stack == nil:
		return outcome{err: errors.New(x.why)}
	case x.mode == 2 && x.sum != "" && x.sum == p.sum:
		return outcome{equal: true, least: true}
	}
	list, err := compile.Diff(p.stack, x.stack)
	c := outcome{count: map[compile.Change]int{}}
	var many *compile.DiffError
	switch {
	case errors.As(err, &many):
		list, c.many = []compile.Difference{many.Example}, true
	case err != nil:
		return outcome{err: err}
	}
	for i, d := range list {
		c.count[d.Change]++
		if c.first == nil || d.Change == compile.Weaker && c.first.Change != compile.Weaker {
			c.first = &list[i]
		}
	}
	// Where the fingerprint is beyond the budget, equal bytes are still equal. Without a filter
	// nothing is a profile, even one that allows everything.
	c.equal = len(list) == 0 && x.mode == 2
	c.least = x.mode == 2 && c.count[compile.Weaker] == 0
	if !c.least && x.mode == 2 && p.asRunc != nil {
		d, err := compile.Subset(p.asRunc, x.stack)
		c.runcLeast = d == nil && err == nil
	}
	if c.many && c.least { // of the one that is listed
		d, err := compile.Subset(p.stack, x.stack)
		if c.least = d == nil && err == nil; d != nil {
			c.first = d
		}
	}
	return c
}
