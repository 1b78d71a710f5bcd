package compile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// A Stack is a list of filters for one thread that together implement one policy. The
// kernel runs all filters of a thread, and the strictest answer counts. Each filter of a
// Stack allows the calls that it does not decide. If several refuse a call, the strictest
// answer is the policy's.
//
//	s, err := compile.Split(pol, compile.Options{})
//	listener, err := install.Filter(s.Insns(), install.Options{Flags: s.Flags(), Before: s.Before()})
//
// [NewStack] makes a Stack of filters from elsewhere, to compare or to verify them.
//
// A Stack is immutable and safe for concurrent use. A nil Stack means the same as the
// zero value: it has no filters, and it answers KILL_PROCESS to every call.
type Stack struct {
	filters    []*Filter           // in the order of their installation
	policy     *policy.Policy      // nil for filters that NewStack took
	resolution *profile.Resolution // of which the policy is; nil if it was given alone
}

// A Compiled is a [*Filter] or a [*Stack]: what a thread installs to carry out a policy.
type Compiled interface {
	// Filters returns the filters in the order in which they must be installed.
	Filters() []*Filter
}

// Filters returns a list of the filter alone, or nil for a nil Filter.
func (f *Filter) Filters() []*Filter {
	if f == nil {
		return nil
	}
	return []*Filter{f}
}

// NewStack returns a Stack of filters that are installed in this order, such as those
// that [Load] takes from files. It has no policy of its own. The error says why the
// kernel would not accept the filters together: they are for different ABIs, they exceed
// the kernel's total for a thread, or one that is not the last needs a listener. Loaded
// filters do not say which of them has the listener: it is taken to be that which returns
// NOTIFY, and install.Options.Before is checked when it is installed.
func NewStack(filters ...*Filter) (*Stack, error) {
	if len(filters) == 0 {
		return nil, errNoFilter
	}
	for i, f := range filters {
		switch first := filters[0]; {
		case (f == nil || f.program == nil) && len(filters) == 1:
			return nil, errNoFilter
		case f == nil || f.program == nil:
			return nil, fmt.Errorf("filter %d of %d: %w", i+1, len(filters), errNoFilter)
		case f.native != first.native:
			return nil, fmt.Errorf("filter %d of %d is for %s and the first one for %s (a thread has one native ABI)", i+1, len(filters), f.native, first.native)
		case i < len(filters)-1 && f.Flags()&uint(policy.FlagNewListener) != 0:
			return nil, fmt.Errorf("filter %d of %d has NOTIFY rules, but only the last filter of a thread can have a listener (Split puts NOTIFY rules there)", i+1, len(filters))
		}
	}
	s := &Stack{filters: slices.Clone(filters)}
	if n := s.converted(); n > abi.MaxPath {
		return nil, fmt.Errorf("%d filters need %d eBPF instructions, and the kernel accepts %d for a thread", len(filters), n, abi.MaxPath)
	}
	return s, nil
}

// stackOf returns a Stack of what is compiled.
func stackOf(c Compiled) (*Stack, error) {
	if s, ok := c.(*Stack); ok && s.last() != nil {
		return s, nil
	}
	if c == nil {
		return nil, errNoFilter
	}
	s, err := NewStack(c.Filters()...)
	if err == nil && len(s.filters) == 1 {
		s.policy = s.filters[0].policy
	}
	return s, err
}

// programs returns the programs for a proof.
func (s *Stack) programs() (list []prove.Program) {
	for _, f := range s.filters {
		list = append(list, prove.Program{Insns: f.insns, Arch: f.native})
	}
	return list
}

// Arch returns the native ABI of the machine that the filters are for, 0 for a stack without
// filters.
func (s *Stack) Arch() arch.Arch { return s.last().orZero().native }

// orZero returns the stack, and for nil one that nothing has made.
func (s *Stack) orZero() *Stack {
	if s == nil {
		return &Stack{}
	}
	return s
}

// last returns the filter that is installed last, or nil.
func (s *Stack) last() *Filter {
	if s == nil || len(s.filters) == 0 {
		return nil
	}
	return s.filters[len(s.filters)-1]
}

// Filters returns the filters in the order in which they must be installed. The policy of
// each filter is its part of the whole: it allows the calls that other filters decide.
// Only the last filter may refuse seccomp and prctl, and only the last may have NOTIFY
// rules. The caller owns the slice.
func (s *Stack) Filters() []*Filter { return slices.Clone(s.orZero().filters) }

// Insns returns the instructions of the filter that is installed last.
func (s *Stack) Insns() []bpf.RawInstruction { return s.last().Insns() }

// Before returns the instructions of all filters except the one installed last, in order,
// for install.Options. It is nil for a Stack of one filter.
func (s *Stack) Before() (list [][]bpf.RawInstruction) {
	if s.last() != nil {
		for _, f := range s.filters[:len(s.filters)-1] {
			list = append(list, f.Insns())
		}
	}
	return list
}

// Flags returns the flags for the filter that is installed last. The other filters need
// the same flags without those for a listener, which install.Options.Before leaves out.
func (s *Stack) Flags() uint { return s.last().Flags() }

// Policy returns the policy that the Stack implements. It is nil for a Stack that
// [NewStack] made. The caller owns it.
func (s *Stack) Policy() *policy.Policy { return s.orZero().policy.Clone() }

// Notes is like [Filter.Notes], for the whole policy.
func (s *Stack) Notes() []profile.Note {
	s = s.orZero()
	return (&Filter{policy: s.policy, resolution: s.resolution}).Notes()
}

// Run returns the combined answer of the filters to a call, as the kernel would compute
// it: the strictest answer, and of equally strict ones that of the newest filter
// (kernel/seccomp.c, seccomp_run_filters).
func (s *Stack) Run(c syscalls.Call) policy.Action {
	if s.last() == nil {
		return policy.KillProcess
	}
	all := policy.Allow
	for _, f := range slices.Backward(s.filters) {
		if a := f.Run(c); a.Stricter(all) {
			all = a
		}
	}
	return all
}

// Steps returns the number of instructions that the kernel executes, in all filters, for
// a call whose answer is not cached.
func (s *Stack) Steps(c syscalls.Call) (steps int) {
	for _, f := range s.orZero().filters {
		steps += f.Steps(c)
	}
	return steps
}

// Cached is like [Filter.Cached]: the kernel caches the calls that all filters always
// allow (kernel/seccomp.c, seccomp_cache_prepare).
func (s *Stack) Cached(c syscalls.Call) bool {
	return s.last() != nil && !slices.ContainsFunc(s.filters, func(f *Filter) bool { return !f.Cached(c) })
}

// Summary returns the cost of the Stack. Converted is the kernel's count: the eBPF
// instructions of all filters, plus 4 for each filter except one.
func (s *Stack) Summary() Summary {
	if s.last() == nil {
		return (*Filter)(nil).Summary()
	}
	sum := Summary{Filters: len(s.filters), Converted: s.converted()}
	for _, f := range s.filters {
		sum.Insns += len(f.insns)
	}
	return summary(s, sum, s.policy, s.last().weights)
}

// converted returns what the stack takes of the kernel's total for a task
// (kernel/seccomp.c, seccomp_attach_filter).
func (s *Stack) converted() (n int) {
	for i, f := range s.filters {
		n += f.prog().Converted() + min(i, 1)*abi.PerFilter
	}
	return n
}

// String returns the listings of all filters. If there are several, a line before each
// listing gives its position.
func (s *Stack) String() string {
	if s.last() == nil || len(s.filters) == 1 {
		return s.last().String()
	}
	var b strings.Builder
	for i, f := range s.filters {
		fmt.Fprintf(&b, "filter %d of %d, in the order of installation\n%s", i+1, len(s.filters), f)
	}
	return b.String()
}

// prove returns a call that the stack answers otherwise than the policy, nil if it
// answers all as the policy does. Each program is compared with its own policy, its
// share, and these together with the whole.
func (s *Stack) prove(pol *policy.Policy) (*prove.Witness, error) {
	var list []*policy.Policy
	for i, f := range s.filters {
		w, err := prove.Policy(f.insns, f.policy, f.claims...)
		if err != nil {
			return nil, err
		}
		if w != nil {
			own := *w
			w.Got = s.Run(w.Call)
			if w.Want, _ = pol.Decide(w.Call); w.Got == w.Want {
				return nil, fmt.Errorf("filter %d of %d answers %s to %s instead of %s, which its part of the policy says", i+1, len(s.filters), own.Got, own.Call, own.Want)
			}
			return w, nil
		}
		list = append(list, f.policy)
	}
	return prove.Stack(pol, list)
}
