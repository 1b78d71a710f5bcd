// Package compile turns seccomp profiles into classic BPF.
//
//	target, err := profile.Host()
//	target.Caps = container.BoundingSet
//	f, err := compile.JSON(text, target, compile.Options{})
//	listener, err := install.Filter(f.Insns(), install.Options{Flags: f.Flags()})
//
// A Filter is made in steps, each of which is one function: profile.Parse reads
// the text, Profile.Resolve turns it into numbers for a target, lower makes a
// decision diagram of the policy, emit lays the diagram out as comparisons, the
// program is checked as the kernel will check it, and verify proves it equal to
// the policy. The same text and Target give the same bytes on every machine.
//
// The proof is for every call, whatever its arguments, and shares no code with
// what it proves: a Filter without one is not returned, unless Options ask for
// it.
//
// A call with many rules is answered by groups of them, one after another, where
// one diagram of all would be larger (groups.go). Its length goes with the number
// of conditions, and it is proved group by group.
//
// Programs are small and fast because calls that are answered alike are ranges
// of numbers, found by comparing in a balanced tree, because equal conditions of
// several calls or ABIs exist once, and because everything that a policy always
// allows is told from nr and arch alone, so that kernels from 5.11 on remember it
// and do not run the program at all.
//
// A policy for which the kernel's 4096 instructions are too few becomes a Stack of
// several filters, which is proved as one (Split).
//
// A Filter can be asked without a kernel, which makes unit tests of profiles:
//
//	call, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)")
//	f.Run(call) // ALLOW
package compile

import (
	"cmp"
	"errors"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// Options say how to compile. The zero value is right.
type Options struct {
	Parse    profile.ParseOptions // how JSON reads its text
	Weights  Weights              // how often calls are made; the zero value: all alike
	Optimal  bool                 // look for the best comparison trees, which takes some milliseconds; of very large programs for some of them
	NoVerify bool                 // do without the proof that the filter answers every call as its policy does
}

// JSON compiles the text of a profile.
func JSON(text []byte, t profile.Target, o Options) (*Filter, error) {
	p, err := profile.Parse(text, o.Parse)
	if err != nil {
		return nil, err
	}
	return Profile(p, t, o)
}

// Profile compiles a profile for a target.
func Profile(p *profile.Profile, t profile.Target, o Options) (*Filter, error) {
	res, err := p.Resolve(t)
	if err != nil {
		return nil, err
	}
	return Resolution(res, o)
}

// Resolution compiles the policy of a Resolution; the Filter has its notes, too.
func Resolution(res *profile.Resolution, o Options) (*Filter, error) {
	if res == nil {
		return nil, errNoResolution
	}
	f, err := Policy(res.Policy, o)
	if err != nil {
		return nil, err
	}
	f.resolution = res
	return f, nil
}

var errNoResolution = errors.New("no resolution: nil (Resolve returns one)")

// Policy compiles a policy. Its errors are a *SizeError, a *MiscompileError, which
// no policy should give, and one that says that the proof would take more memory
// than there is for it.
func Policy(pol *policy.Policy, o Options) (*Filter, error) {
	if err := pol.Check(); err != nil {
		return nil, err
	}
	pol = sorted(pol)
	native := pol.Arches[0].Arch
	d, chains := lower(pol)
	l := layout{bigEndian: native.BigEndian(), weights: o.Weights, optimal: o.Optimal}
	for _, a := range pol.Arches {
		l.arches = append(l.arches, a.Arch)
	}
	insns, claims := emit(d, chains, l)
	if l.optimal { // which is to be no longer than what is planned fast
		plain := l
		plain.optimal = false
		if fast, its := emit(d, chains, plain); len(fast) < len(insns) {
			insns, claims = fast, its
		}
	}
	if len(insns) > abi.MaxInsns {
		l.short = true
		insns, claims = emit(d, chains, l)
	}
	if len(insns) > abi.MaxInsns {
		return nil, tooLarge(pol, len(insns))
	}
	prog, err := vm.New(insns, native.ByteOrder())
	if err != nil {
		return nil, bug(err)
	}
	if !o.NoVerify {
		if err := verify(insns, pol, claims); err != nil {
			return nil, err
		}
	}
	return &Filter{insns: insns, program: prog, native: native, policy: pol, weights: o.Weights, claims: claims}, nil
}

// sorted returns the policy with the rules of each ABI in the order of their numbers.
func sorted(pol *policy.Policy) *policy.Policy {
	byNumber := func(a, b policy.Rule) int { return cmp.Compare(a.Nr, b.Nr) }
	copied := false
	for i := range pol.Arches {
		if slices.IsSortedFunc(pol.Arches[i].Rules, byNumber) {
			continue
		}
		if !copied {
			p := *pol
			p.Arches, pol, copied = slices.Clone(pol.Arches), &p, true
		}
		rules := slices.Clone(pol.Arches[i].Rules)
		slices.SortStableFunc(rules, byNumber)
		pol.Arches[i].Rules = rules
	}
	return pol
}
