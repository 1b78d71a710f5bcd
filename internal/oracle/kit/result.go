package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A result is a runtime's answer to a call. Answers are actions; "passes" is the live answer
// of those more permissive than an errno, and "error" that to a section which is refused.
type result struct {
	Group   string  `json:"group"`
	Rules   string  `json:"rules,omitempty"`
	Law     int     `json:"law"`
	Call    string  `json:"call"`
	Kernel  string  `json:"kernel"` // reading
	Runc    string  `json:"runc"`   // reading
	Live    string  `json:"live"`
	Verdict verdict `json:"verdict"`
	Own     bool    `json:"own"`             // runc's reading, with the runtime's names and its rule for newer calls
	Kind    string  `json:"kind,omitempty"`  // of the divergence, unless both readings agree with Live
	Fault   string  `json:"fault,omitempty"` // what the runtime says of a section that it refuses
}

// Results are those of a runtime.
type results struct {
	Runtime    string         `json:"runtime"`
	Containers int            `json:"containers"`
	Probes     []string       `json:"probes"`             // ABIs whose calls are asked
	Missing    []string       `json:"noProbes,omitempty"` // other ABIs of the kernel, with the reason
	Unknown    []string       `json:"unknownNames"`       // calls that the runtime has no number for
	Enosys     bool           `json:"enosys"`             // whether newer calls answer ENOSYS
	Results    []result       `json:"results"`
	LeftOut    map[string]int `json:"leftOut"` // calls, by the reason
}

// Reasons for not asking.
const (
	otherHost  = "calls of hosts of other ABIs"
	noEntry    = "calls by audit values that the kernel has no entry for"
	notBuilt   = "calls of other ABIs that the probe is not built for"
	notStarted = "calls of ABIs under sections that refuse a program's first calls"
	everPassed = "uretprobe and uprobe, which pass every filter"
	needed     = "calls that a container needs to start"
)

// run puts groups through a runtime.
func (a *asker) run(groups []group) (*results, error) {
	r := &results{LeftOut: map[string]int{}}
	var err error
	if r.Runtime, err = a.version(); err != nil {
		return nil, err
	}
	if err = a.learn(); err != nil {
		return nil, err
	}
	r.Unknown, r.Enosys = a.unknown, a.enosys
	for abi := range arch.All() {
		if _, _, ok := a.probe.entry(abi); ok {
			r.Probes = append(r.Probes, abi.String())
		}
	}
	r.Missing = a.probe.missing
	for i := range groups {
		list, err := a.group(&groups[i], r.LeftOut)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", groups[i].Name, err)
		}
		r.Results = append(r.Results, list...)
	}
	r.Containers = a.containers
	return r, nil
}

// learn asks which calls the runtime itself makes, which of the host's calls it has no number
// for, and whether it has a rule for calls newer than the profile.
func (a *asker) learn() error {
	if a.starts() != nil {
		a.uses = slices.Concat(a.uses, calledBy(a.probe.host, newer))
		if err := a.starts(); err != nil {
			return err
		}
	}
	host := a.probe.host
	s := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.Arch(host.SCMP())}}
	calls := []call{{Text: "999", call: syscalls.Call{Audit: host.Audit(), Nr: host.NumberBase() + 999}}}
	var names []string
	for nr, name := range syscalls.All(host) {
		names = append(names, name)
		if c := (syscalls.Call{Audit: host.Audit(), Nr: nr}); !passesAlways(c) {
			calls = append(calls, call{Text: name, call: c})
		}
	}
	s.Syscalls = []specs.LinuxSyscall{{Names: names, Action: specs.ActAllow}}
	answers, fault, err := a.ask(s, calls)
	if err != nil || fault != "" {
		return fmt.Errorf("no container starts under a section that allows each call by name: %s%v", fault, err)
	}
	a.enosys = answers[0] == policy.Errno(host.ENOSYS()).String()
	a.unknown = []string{}
	for i, live := range answers[1:] {
		if live != passed {
			a.unknown = append(a.unknown, calls[i+1].Text)
		}
	}
	return nil
}

// passesAlways reports whether newer kernels let a call pass every filter.
func passesAlways(c syscalls.Call) bool {
	return c.Audit == arch.X86_64.Audit() && (c.Nr == 335 || c.Nr == 336)
}

// group returns the runtime's answers to the calls of a group.
func (a *asker) group(g *group, leftOut map[string]int) ([]result, error) {
	if g.Arch != a.probe.host.String() {
		leftOut[otherHost] += len(g.Calls)
		return nil, nil
	}
	var r *readingsOf
	var calls []call
	var answers []string
	var fault string
	skipped := map[string]int{}
	for _, all := range []bool{false, true} {
		s, err := a.withNeeds(g, all)
		if err != nil {
			return nil, err
		}
		if r, err = a.readings(g, s); err != nil {
			return nil, err
		}
		clear(skipped)
		if calls, err = a.askable(g, r, skipped); err != nil {
			return nil, err
		}
		if len(calls) == 0 {
			break
		}
		if answers, fault, err = a.ask(s, calls); err != nil {
			return nil, err
		}
		if fault == "" || strings.HasPrefix(fault, neverEnds) {
			break
		}
		if err := a.starts(); err != nil {
			return nil, err
		}
	}
	for reason, n := range skipped {
		leftOut[reason] += n
	}
	var list []result
	for i, c := range calls {
		answer := refused
		if fault == "" {
			answer = answers[i]
		}
		v := result{Group: g.Name, Rules: g.Rules, Law: g.Law, Call: c.Text, Kernel: decide(r.kernel, c.call), Runc: decide(r.runc, c.call), Live: answer, Fault: fault}
		r.judge(&v, g, c.call)
		list = append(list, v)
	}
	return list, nil
}

// askable returns the calls of a group that can be asked, and counts the others.
func (a *asker) askable(g *group, r *readingsOf, skipped map[string]int) (calls []call, err error) {
	for _, c := range g.Calls {
		abi, ok := c.call.Arch()
		path, _, built := a.probe.entry(abi)
		starts := path == a.probe.paths[a.probe.host]
		if built && !starts {
			if starts, err = r.allowProgram(abi); err != nil {
				return nil, err
			}
		}
		switch {
		case !ok || !abi.SameKernel(a.probe.host):
			skipped[noEntry]++
		case !built:
			skipped[notBuilt]++
		case passesAlways(c.call):
			skipped[everPassed]++
		case !starts:
			skipped[notStarted]++
		case decide(r.same[0], c.call) != c.Kernel || decide(r.same[1], c.call) != c.Runc:
			skipped[needed]++
		default:
			calls = append(calls, c)
		}
	}
	return calls, nil
}

// allowProgram reports whether a program of an ABI can make the probe's own calls.
func (r *readingsOf) allowProgram(a arch.Arch) (bool, error) {
	list, err := owns(a)
	if err != nil {
		return false, err
	}
	return !slices.ContainsFunc(list, func(c syscalls.Call) bool {
		return decide(r.kernel, c) != policy.Allow.String() || decide(r.runc, c) != policy.Allow.String()
	}), nil
}
