package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A verdict says which reading a live answer is that of.
type verdict string

const (
	asBoth   verdict = "both"   // readings, which agree
	asKernel verdict = "kernel" // alone
	asRunc   verdict = "runc"   // alone
	asKnown  verdict = "known"  // of neither, for a known reason
	unknown  verdict = "unknown"
)

// A result is a runtime's answer to a call. Answers are actions; "passes" is the live answer
// of those more permissive than an errno, and "error" that to a section which is refused.
type result struct {
	Group   string  `json:"group"`
	Law     int     `json:"law"`
	Call    string  `json:"call"`
	Kernel  string  `json:"kernel"` // reading
	Runc    string  `json:"runc"`   // reading
	Live    string  `json:"live"`
	Verdict verdict `json:"verdict"`
	Kind    string  `json:"kind,omitempty"`  // of the divergence, unless both readings agree with Live
	Fault   string  `json:"fault,omitempty"` // what the runtime says of a section that it refuses
}

// Results are those of a runtime.
type results struct {
	Runtime    string         `json:"runtime"`
	Containers int            `json:"containers"`
	Unknown    []string       `json:"unknownNames"` // calls that the runtime has no number for
	Results    []result       `json:"results"`
	NotAsked   map[string]int `json:"notAsked"` // calls, by the reason
}

// The kinds of divergences that come from a runtime's library or from its rule for newer
// calls. Others are those of kinds, by law, or what a group is about.
const (
	kindNames    = "names that its libseccomp has no number for are skipped"
	kindEnosys   = "newer calls get the default, not ENOSYS"
	kindX32      = "x32: special numbers 512 to 547 count as the newest calls"
	kindCompiled = "libseccomp compiles the rules wrongly, refuses them or does not finish"
)

// kinds are the divergences of the two readings, by law.
var kinds = [len(laws)]string{
	1: "newer calls are looked for before x32's numbers",
	3: "rules that say the default are dropped",
	5: "of rules without conditions the first counts",
	6: "a rule without conditions beats the others",
	7: "AND or OR: an argument twice in one entry",
	8: "64-bit comparison of what the kernel reads as 32 or 16",
	9: "multiplexers: conditions are dropped, the number is compared whole",
}

// Reasons for not asking.
const (
	otherHost  = "calls of hosts of other ABIs"
	noEntry    = "calls by audit values that the kernel has no entry for"
	everPassed = "uretprobe and uprobe, which pass every filter"
	needed     = "calls that a container needs to start"
)

// run puts groups through a runtime.
func (a *asker) run(groups []group) (*results, error) {
	r := &results{NotAsked: map[string]int{}}
	var err error
	if r.Runtime, err = a.version(); err != nil {
		return nil, err
	}
	if r.Unknown, err = a.unknownNames(); err != nil {
		return nil, err
	}
	for i := range groups {
		list, err := a.group(&groups[i], r.Unknown, r.NotAsked)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", groups[i].Name, err)
		}
		r.Results = append(r.Results, list...)
	}
	r.Containers = a.containers
	return r, nil
}

// unknownNames returns the calls of x86_64 that the runtime has no number for.
func (a *asker) unknownNames() (names []string, err error) {
	s := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchX86_64}}
	var calls []call
	for _, name := range syscalls.All(arch.X86_64) {
		c, err := syscalls.ParseCall("x86_64 " + name + "()")
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		calls = append(calls, call{Text: name, call: c})
	}
	s.Syscalls = []specs.LinuxSyscall{{Names: names, Action: specs.ActAllow}}
	var answers []string
	unknown := []string{}
	for part := range slices.Chunk(calls, 100) {
		if part = slices.DeleteFunc(part, func(c call) bool { return passesAlways(c.call) }); len(part) == 0 {
			continue
		}
		var fault string
		if answers, fault, err = a.ask(s, part); err != nil || fault != "" {
			return nil, fmt.Errorf("a section that allows all calls: %s%v", fault, err)
		}
		for i, live := range answers {
			if live != passed {
				unknown = append(unknown, part[i].Text)
			}
		}
	}
	return unknown, nil
}

// passesAlways reports whether newer kernels let a call pass every filter.
func passesAlways(c syscalls.Call) bool {
	return c.Audit == arch.X86_64.Audit() && (c.Nr == 335 || c.Nr == 336)
}

// group returns the runtime's answers to the calls of a group.
func (a *asker) group(g *group, unknownNames []string, notAsked map[string]int) ([]result, error) {
	if g.Arch != arch.X86_64.String() {
		notAsked[otherHost] += len(g.Calls)
		return nil, nil
	}
	s, err := g.withNeeds()
	if err != nil {
		return nil, err
	}
	r, err := g.readingsOf(s, unknownNames)
	if err != nil {
		return nil, err
	}
	var calls []call
	for _, c := range g.Calls {
		abi, ok := c.call.Arch()
		switch {
		case !ok || !abi.SameKernel(arch.X86_64):
			notAsked[noEntry]++
		case passesAlways(c.call):
			notAsked[everPassed]++
		case decide(r.same[0], c.call) != c.Kernel || decide(r.same[1], c.call) != c.Runc:
			notAsked[needed]++
		default:
			calls = append(calls, c)
		}
	}
	if len(calls) == 0 {
		return nil, nil
	}
	answers, fault, err := a.ask(s, calls)
	if err != nil {
		return nil, err
	}
	var list []result
	for i, c := range calls {
		answer := refused
		if fault == "" {
			answer = answers[i]
		}
		v := result{Group: g.Name, Law: g.Law, Call: c.Text, Kernel: decide(r.kernel, c.call), Runc: decide(r.runc, c.call), Live: answer, Fault: fault}
		r.judge(&v, g, c.call)
		list = append(list, v)
	}
	return list, nil
}

// Readings are what a section may mean to a runtime. Nil is an error.
type readingsOf struct {
	same         [2]*profile.Resolution // with the group's rule for newer calls: the two readings
	kernel, runc *profile.Resolution    // with runc's rule for them
	others       []other
}

// An other is runc's reading but for what a kind names.
type other struct {
	kind string
	*profile.Resolution
}

// readingsOf resolves a section in each reading.
func (g *group) readingsOf(s *specs.LinuxSeccomp, unknownNames []string) (*readingsOf, error) {
	r := new(readingsOf)
	whole, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	known := *s
	known.Syscalls = nil
	for _, c := range s.Syscalls {
		c.Names = slices.DeleteFunc(slices.Clone(c.Names), func(n string) bool { return slices.Contains(unknownNames, n) })
		if len(c.Names) > 0 {
			known.Syscalls = append(known.Syscalls, c)
		}
	}
	less, err := json.Marshal(known)
	if err != nil {
		return nil, err
	}
	names, off, both := other{kind: kindNames}, other{kind: kindEnosys}, other{kind: kindEnosys}
	for _, want := range []struct {
		to      **profile.Resolution
		section []byte
		compat  profile.Compat
		enosys  string
	}{
		{&r.same[0], whole, profile.CompatKernel, g.Enosys},
		{&r.same[1], whole, profile.CompatRunc, g.Enosys},
		{&r.kernel, whole, profile.CompatKernel, "runc"},
		{&r.runc, whole, profile.CompatRunc, "runc"},
		{&names.Resolution, less, profile.CompatRunc, "runc"},
		{&off.Resolution, whole, profile.CompatRunc, "off"},
		{&both.Resolution, less, profile.CompatRunc, "off"},
	} {
		if *want.to, err = g.resolve(want.section, want.compat, want.enosys); err != nil {
			return nil, err
		}
	}
	r.others = []other{names, off, both}
	return r, nil
}

// judge sets the verdict and the kind of a result.
func (r *readingsOf) judge(v *result, g *group, c syscalls.Call) {
	kernel, runc := live(v.Kernel) == v.Live, live(v.Runc) == v.Live
	switch {
	case kernel && runc:
		v.Verdict = asBoth
		return
	case kernel:
		v.Verdict, v.Kind = asKernel, g.kind()
		return
	case runc:
		v.Verdict, v.Kind = asRunc, g.kind()
		return
	}
	v.Verdict = asKnown
	if r.runc != nil && r.runc.Miscompiled() != nil || g.parts() {
		v.Kind = kindCompiled
		return
	}
	for _, o := range r.others {
		if live(decide(o.Resolution, c)) == v.Live {
			v.Kind = o.kind
			return
		}
	}
	if x32 := c.Audit == arch.X86_64.Audit() && c.Nr&(1<<30) != 0; x32 && r.runc != nil && r.x32(v, c) {
		v.Kind = kindX32
		return
	}
	if g.Law == 11 && v.Live == refused || g.About != "" && g.Law == 7 {
		v.Kind = g.kind()
		return
	}
	v.Verdict, v.Kind = unknown, ""
}

// x32 reports whether a runtime that takes x32's special numbers for its newest calls
// answers as it does.
func (r *readingsOf) x32(v *result, c syscalls.Call) bool {
	def := live(r.runc.Policy().Default.String())
	nr := c.Nr &^ (1 << 30)
	return nr < 512 && v.Live == def && v.Runc == policy.Errno(38).String()
}

// kind returns what a divergence of the group is.
func (g *group) kind() string {
	if g.About != "" {
		return g.About
	}
	if k := kinds[g.Law]; k != "" {
		return k
	}
	return strings.ToLower(laws[g.Law])
}

// parts reports whether the group is of rules that libseccomp compiles wrongly.
func (g *group) parts() bool { return strings.HasPrefix(g.Name, "miscompiled-") }
