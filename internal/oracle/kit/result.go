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
	Unknown    []string       `json:"unknownNames"` // calls that the runtime has no number for
	Enosys     bool           `json:"enosys"`       // whether newer calls answer ENOSYS
	Results    []result       `json:"results"`
	NotAsked   map[string]int `json:"notAsked"` // calls, by the reason
}

// The kinds of divergences that are not those of the two readings by law, as in kinds, nor
// what a group is about.
const (
	kindNames    = "names that its libseccomp has no number for are skipped"
	kindEnosys   = "newer calls get the default, not ENOSYS"
	kindSix      = "conditions of an entry after the sixth are ignored"
	kindX32      = "x32: special numbers 512 to 547 count as the newest calls"
	kindOrder    = "newer calls are looked for before x32's numbers"
	kindMux      = "newer calls are looked for before the rules of calls that multiplexers make, too"
	kindBefore54 = "x32's numbers 512 to 547, which kernels before 5.4 take from x86_64"
	kindCompiled = "libseccomp compiles the rules wrongly, refuses them or does not finish"
)

// kinds are the divergences of the two readings, by law.
var kinds = [len(laws)]string{
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
	if err = a.learn(); err != nil {
		return nil, err
	}
	r.Unknown, r.Enosys = a.unknown, a.enosys
	for i := range groups {
		list, err := a.group(&groups[i], r.NotAsked)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", groups[i].Name, err)
		}
		r.Results = append(r.Results, list...)
	}
	r.Containers = a.containers
	return r, nil
}

// learn asks which calls the runtime itself makes, which calls of x86_64 it has no number
// for, and whether it has a rule for calls newer than the profile.
func (a *asker) learn() error {
	if a.starts() != nil {
		a.uses = slices.Concat(uses, newer)
		if err := a.starts(); err != nil {
			return err
		}
	}
	s := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchX86_64}}
	calls := []call{{Text: "1000", call: syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 1000}}}
	var names []string
	for nr, name := range syscalls.All(arch.X86_64) {
		names = append(names, name)
		if c := (syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr}); !passesAlways(c) {
			calls = append(calls, call{Text: name, call: c})
		}
	}
	s.Syscalls = []specs.LinuxSyscall{{Names: names, Action: specs.ActAllow}}
	answers, fault, err := a.ask(s, calls)
	if err != nil || fault != "" {
		return fmt.Errorf("no container starts under a section that allows each call by name: %s%v", fault, err)
	}
	a.enosys = answers[0] == policy.Errno(38).String()
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
func (a *asker) group(g *group, notAsked map[string]int) ([]result, error) {
	if g.Arch != arch.X86_64.String() {
		notAsked[otherHost] += len(g.Calls)
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
		calls = g.askable(r, skipped)
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
		notAsked[reason] += n
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
func (g *group) askable(r *readingsOf, skipped map[string]int) (calls []call) {
	for _, c := range g.Calls {
		abi, ok := c.call.Arch()
		switch {
		case !ok || !abi.SameKernel(arch.X86_64):
			skipped[noEntry]++
		case passesAlways(c.call):
			skipped[everPassed]++
		case decide(r.same[0], c.call) != c.Kernel || decide(r.same[1], c.call) != c.Runc:
			skipped[needed]++
		default:
			calls = append(calls, c)
		}
	}
	return calls
}

// readingsOf has what a section may mean to a runtime. Nil is an error.
type readingsOf struct {
	same         [2]*profile.Resolution // with the group's rule for newer calls: the two readings
	kernel, runc *profile.Resolution    // with runc's rule for them
	others       []other
	six          other
}

// An other is runc's reading but for what a kind names.
type other struct {
	law  int
	kind string
	*profile.Resolution
}

// readings resolves a section in each reading.
func (a *asker) readings(g *group, s *specs.LinuxSeccomp) (*readingsOf, error) {
	r := new(readingsOf)
	whole, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	known := *s
	known.Syscalls = nil
	for _, c := range s.Syscalls {
		c.Names = slices.DeleteFunc(slices.Clone(c.Names), func(n string) bool { return slices.Contains(a.unknown, n) })
		if len(c.Names) > 0 {
			known.Syscalls = append(known.Syscalls, c)
		}
	}
	less, err := json.Marshal(known)
	if err != nil {
		return nil, err
	}
	for i, c := range known.Syscalls {
		known.Syscalls[i].Args = c.Args[:min(len(c.Args), 6)]
	}
	short, err := json.Marshal(known)
	if err != nil {
		return nil, err
	}
	rule := "off"
	if a.enosys {
		rule = "runc"
	}
	names, off, both := other{law: 4, kind: kindNames}, other{law: 10, kind: kindEnosys}, other{law: 4, kind: kindNames}
	r.six = other{law: 7, kind: kindSix}
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
		{&r.six.Resolution, short, profile.CompatRunc, rule},
	} {
		if *want.to, err = g.resolve(want.section, want.compat, want.enosys); err != nil {
			return nil, err
		}
	}
	if r.others = []other{off, both}; a.enosys {
		r.others = []other{names}
	}
	return r, nil
}

// judge sets the verdict, the kind and the law of a result.
func (r *readingsOf) judge(v *result, g *group, c syscalls.Call) {
	if action, rule := decision(r.kernel, c); rule == nil && r.kernel != nil && g.About == "" {
		switch action {
		case policy.Errno(38):
			v.Law = 10
		case r.kernel.Policy().BadArch:
			v.Law = 1
		}
	}
	own := r.others[len(r.others)-1]
	v.Own = live(decide(own.Resolution, c)) == v.Live
	kernel, runc := live(v.Kernel) == v.Live, live(v.Runc) == v.Live
	switch {
	case kernel && runc:
		v.Verdict = asBoth
	case kernel:
		v.Verdict = asKernel
		v.kind(g)
	case runc:
		v.Verdict = asRunc
		v.kind(g)
	default:
		v.Verdict = asKnown
		r.known(v, g, c)
	}
}

// decision is Decide of a reading that may be refused.
func decision(res *profile.Resolution, c syscalls.Call) (a policy.Action, rule *policy.Rule) {
	if res != nil {
		a, rule = res.Decide(c)
	}
	return a, rule
}

// kind sets the kind of a divergence of the two readings.
func (v *result) kind(g *group) {
	switch {
	case g.About != "":
		v.Kind = g.About
	case v.Runc == policy.Errno(38).String():
		if v.Law, v.Kind = 10, kindMux; v.Kernel == policy.KillThread.String() {
			v.Kind = kindOrder
		}
	case v.Law == 1:
		v.Kind = kindBefore54
	default:
		if v.Law = g.Law; kinds[v.Law] == "" {
			v.Verdict = unknown
		}
		v.Kind = kinds[v.Law]
	}
}

// known sets the kind of an answer that is that of no reading.
func (r *readingsOf) known(v *result, g *group, c syscalls.Call) {
	switch {
	case g.Law == 11 && v.Live == refused:
		v.Kind = g.About
		return
	case g.parts() || g.About != "" && r.runc != nil && r.runc.Miscompiled() != nil:
		v.Law, v.Kind = 6, kindCompiled
		return
	}
	for _, o := range append(r.others, r.six) {
		if live(decide(o.Resolution, c)) == v.Live {
			v.Law, v.Kind = o.law, o.kind
			return
		}
	}
	if r.special(v, c) {
		v.Law, v.Kind = 10, kindX32
		return
	}
	v.Verdict, v.Kind = unknown, ""
}

// special reports whether a runtime that takes x32's special numbers, 512 to 547, for its
// newest calls answers as it does.
func (r *readingsOf) special(v *result, c syscalls.Call) bool {
	if r.runc == nil || c.Audit != arch.X86_64.Audit() || c.Nr&(1<<30) == 0 {
		return false
	}
	def, enosys := live(r.runc.Policy().Default.String()), policy.Errno(38).String()
	if nr := c.Nr &^ (1 << 30); nr >= 512 && nr <= 547 {
		return v.Live == enosys && live(v.Runc) == def
	}
	own := r.others[len(r.others)-1]
	return v.Live == def && decide(own.Resolution, c) == enosys
}

// parts reports whether the group is of rules that libseccomp compiles wrongly.
func (g *group) parts() bool { return strings.HasPrefix(g.Name, "miscompiled-") }
