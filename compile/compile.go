// Package compile turns seccomp profiles into classic BPF.
//
//	target, err := profile.Host()
//	target.Caps = container.BoundingSet
//	f, err := compile.JSON(text, target, compile.Options{})
//	listener, err := install.Filter(f.Insns(), install.Options{Flags: f.Flags()})
//
// This installs the filter on the calling thread. Package install says how to install one
// on a whole process, and how to start a command under one.
//
// A [Filter] is compiled in steps. [profile.Parse] reads the text, and
// [profile.Profile.Resolve] turns it into numbers for a target. [Resolution] builds a
// decision diagram from these, and instructions from the diagram. It checks the program as
// the kernel will check it, and proves that the program is equal to the policy. The same
// text and Target give the same bytes on every machine.
//
// The proof covers every call with any arguments. It shares no code with the compiler. No
// Filter is returned without a proof unless Options.NoVerify is set. [Verify] proves the
// same about a program from another compiler.
//
// If one diagram of all of a call's rules would be too large, the rules are compiled in
// groups, which the filter evaluates one after another. The size of the program is then
// about proportional to the number of conditions. Such a program is proved group by group.
//
// Filters are small and fast for three reasons. Calls with the same answer form ranges of
// numbers, which a balanced tree of comparisons finds. Conditions that are equal for
// several calls or ABIs occur once. Calls that the policy always allows are allowed by nr
// and arch alone, so that kernels from 5.11 on cache the answer and do not run the
// program.
//
// A policy that needs more than the kernel's limit of 4096 instructions becomes a [Stack]
// of several filters, which is proved as a whole; see [Split].
//
// A Filter runs without a kernel, for unit tests of profiles:
//
//	call, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)")
//	f.Run(call) // ALLOW
package compile

import (
	"cmp"
	"errors"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/resolved"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// Options control the compilation. The zero value is suitable for most uses.
type Options struct {
	Parse    profile.ParseOptions // how JSON reads its text
	Weights  Weights              // how often calls are made; zero means equally often
	Optimal  bool                 // search for the best comparison trees, which takes some milliseconds; in very large programs, only some trees are searched
	NoVerify bool                 // skip the proof that the filter is equal to its policy
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

// Resolution compiles the policy of a Resolution. The Filter also has the Resolution's
// notes.
func Resolution(res *profile.Resolution, o Options) (*Filter, error) {
	pol, err := policyOf(res)
	if err != nil {
		return nil, err
	}
	f, err := compiled(pol, o)
	if err != nil {
		return nil, err
	}
	f.resolution = res
	return f, nil
}

// policyOf returns the policy of a Resolution. Nil and the zero value have none.
func policyOf(res *profile.Resolution) (*policy.Policy, error) {
	if pol := resolved.Policy(res); pol != nil {
		return pol, nil
	}
	return nil, errors.New("a Resolution without a policy (Resolve returns one with it)")
}

// Policy compiles a policy. The error is a [*SizeError] if the program would be too
// large. It is a [*MiscompileError] if the program is wrong, which is a fault of this
// package. Any other error says what is wrong with the policy, or that the proof would
// need too much memory.
func Policy(pol *policy.Policy, o Options) (*Filter, error) {
	if err := pol.Check(); err != nil {
		return nil, err
	}
	return compiled(pol.Clone(), o)
}

// compiled is Policy for a policy that nobody changes any more, and that Check accepts,
// as it does every Resolution's.
func compiled(pol *policy.Policy, o Options) (*Filter, error) {
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
