package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

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

// The kinds of divergences that are not those of the two readings by law, as in kinds, nor
// what a group is about.
const (
	kindNames    = "names that its libseccomp has no number for are skipped"
	kindEnosys   = "newer calls get the default, not ENOSYS"
	kindSix      = "conditions of an entry after the sixth are ignored"
	kindSpecial  = "special numbers of x32 and arm count as the newest calls"
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

// readingsOf has what a section may mean to a runtime. Nil is an error.
type readingsOf struct {
	same         [2]*profile.Resolution // with the group's rule for newer calls: the two readings
	kernel, runc *profile.Resolution    // with runc's rule for them
	others       []other
	six          other
	enosys       policy.Action // of the host
}

// An other is runc's reading but for what a kind names.
type other struct {
	law  int
	kind string
	*profile.Resolution
}

// readings resolves a section in each reading.
func (a *asker) readings(g *group, s *specs.LinuxSeccomp) (*readingsOf, error) {
	r := &readingsOf{enosys: policy.Errno(a.probe.host.ENOSYS())}
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
		case r.enosys:
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
		r.kind(v, g)
	case runc:
		v.Verdict = asRunc
		r.kind(v, g)
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
func (r *readingsOf) kind(v *result, g *group) {
	switch {
	case g.About != "":
		v.Kind = g.About
	case v.Runc == r.enosys.String():
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
		v.Law, v.Kind = 10, kindSpecial
		return
	}
	if r.runc != nil && r.runc.Miscompiled() != nil {
		v.Law, v.Kind = 6, kindCompiled
		return
	}
	v.Verdict, v.Kind = unknown, ""
}

// special reports whether a runtime that takes the special numbers of an ABI, such as x32's 512
// to 547, for its newest calls answers as it does.
func (r *readingsOf) special(v *result, c syscalls.Call) bool {
	a, _ := c.Arch()
	lo, hi, ok := a.Special()
	if r.runc == nil || !ok {
		return false
	}
	def, enosys := live(r.runc.Policy().Default.String()), r.enosys.String()
	if c.Nr >= lo && c.Nr <= hi {
		return v.Live == enosys && live(v.Runc) == def
	}
	own := r.others[len(r.others)-1]
	return v.Live == def && decide(own.Resolution, c) == enosys
}

// parts reports whether the group is of rules that libseccomp compiles wrongly.
func (g *group) parts() bool { return strings.HasPrefix(g.Name, "miscompiled-") }
