package compile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"golang.org/x/net/bpf"
)

// Fold returns one filter that is proved to answer every call as the filters of the stack
// do together. Of equally strict answers, it gives that of the filter installed last, as
// the kernel does. For a stack of one filter, Fold returns that filter.
//
// In the program, each filter follows the newer ones, once for each of their answers, and
// without the parts that cannot be stricter. The size is about the sum of the sizes, and
// the kernel still caches the calls that all filters always allow. Only the instructions
// are folded. The installer of the result chooses flags such as SECCOMP_FILTER_FLAG_LOG,
// and a listener.
//
// The error is a [*FoldError] if a single filter cannot give the same answers, or if Fold
// cannot build it. It is an [*UndecidedError] if the proof exceeds its budget.
func (s *Stack) Fold() (*Filter, error) {
	switch last := s.last(); {
	case last == nil:
		return nil, errNoFilter
	case len(s.filters) == 1:
		return last, nil
	}
	if err := s.foldable(); err != nil {
		return nil, err
	}
	d := folder{ends: map[policy.Action]*foldStep{}, entries: make([]map[policy.Action]*foldStep, len(s.filters)), starts: make([]map[*foldStep]bool, len(s.filters))}
	for _, f := range slices.Backward(s.filters) {
		d.newest = append(d.newest, f.insns)
	}
	first, err := d.entry(0, policy.Allow)
	if err != nil {
		return nil, err
	}
	insns, err := d.lay(first)
	if err != nil {
		return nil, err
	}
	f, err := Load(insns, s.Arch())
	if err != nil {
		return nil, bug(err)
	}
	f.policy, f.resolution, f.weights = s.policy, s.resolution, s.last().weights
	runs, err := s.diff(&Stack{filters: []*Filter{f}, policy: s.policy})
	if len(runs) > 0 {
		return nil, bug(fmt.Errorf("the fold differs: %s", listed(runs, s.Arch())[0]))
	}
	if err != nil {
		return nil, decided(err, s.policy)
	}
	return f, nil
}

// A FoldError says why [Stack.Fold] cannot combine several filters into one.
type FoldError struct {
	Insns  int // instructions that the filter would have; 0 if its size is not the reason
	reason string
}

// Error returns the reason.
func (e *FoldError) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case e.Insns > 0:
		return fmt.Sprintf("a single filter would need at least %d instructions, and the kernel accepts %d (install the filters one by one)", e.Insns, abi.MaxInsns)
	}
	return e.reason
}

// foldable reports, as an error, what keeps the filters from being folded.
func (s *Stack) foldable() error {
	for i, f := range s.filters {
		live := liveIn(f.insns)
		for pc, in := range f.insns {
			if live[pc] && (in.Op == abi.ClassRET|abi.RvalA || in.Op == abi.ClassALU|abi.OpDIV|abi.SrcX) { // which returns 0 where X is 0
				return &FoldError{reason: fmt.Sprintf("instruction %d of filter %d of %d returns a computed answer, but Fold needs constant answers", pc, i+1, len(s.filters))}
			}
		}
	}
	return s.oneNotifier()
}

// oneNotifier reports, as an error, what the instructions do not tell: which of several
// filters with NOTIFY has the listener. The others answer ENOSYS (kernel/seccomp.c,
// seccomp_do_user_notification), since a thread has one (has_duplicate_listener). What a
// filter computes can be NOTIFY, too.
func (s *Stack) oneNotifier() error {
	notifier := 0
	for i, f := range s.filters {
		live := liveIn(f.insns)
		for pc, in := range f.insns {
			computed := in.Op == abi.ClassRET|abi.RvalA
			switch {
			case !live[pc] || in.Op&7 != abi.ClassRET || notifier == i+1:
			case !computed && policy.Action(in.K).Kind() != policy.Notify:
			case notifier > 0:
				return &FoldError{reason: fmt.Sprintf("filters %d and %d of %d return NOTIFY, but only one can have a listener; calls of the other fail with ENOSYS, and the instructions do not tell which that is (leave out or change one of them)", notifier, i+1, len(s.filters))}
			default:
				notifier = i + 1
			}
		}
	}
	return nil
}

// liveIn returns which instructions of a program some path reaches, as far as jumps tell.
func liveIn(insns []bpf.RawInstruction) []bool {
	live := make([]bool, len(insns))
	live[0] = true
	for pc, in := range insns {
		if !live[pc] || in.Op&7 == abi.ClassRET {
			continue
		}
		t, f := next(in, pc)
		live[t], live[f] = true, true
	}
	return live
}

// next returns where a program goes on after an instruction that does not return: if it is
// a condition, where it holds and where it does not.
func next(in bpf.RawInstruction, pc int) (t, f int) {
	switch {
	case in.Op&7 != abi.ClassJMP:
		return pc + 1, pc + 1
	case in.Op&0xf0 == abi.OpJA:
		return pc + 1 + int(in.K), pc + 1 + int(in.K)
	}
	return pc + 1 + int(in.Jt), pc + 1 + int(in.Jf)
}

// A foldStep is an instruction of a fold. The steps that follow it were made before it.
type foldStep struct {
	insn bpf.RawInstruction
	t, f *foldStep // where it goes on; nil for an answer, and equal if it is not a condition
}

// foldWork is how many instructions Fold looks at, in all copies of filters that different
// answers of newer ones need.
const foldWork = 1 << 20

// A folder makes the steps of a fold, the last first.
type folder struct {
	newest  [][]bpf.RawInstruction // the programs, in the order in which the kernel runs them
	ends    map[policy.Action]*foldStep
	entries []map[policy.Action]*foldStep // of each program, by the answer so far
	starts  []map[*foldStep]bool          // what entries has
	steps   []*foldStep                   // all but the ends, in the order of their making
	work    int
}

// end returns the step that answers a call.
func (d *folder) end(a policy.Action) *foldStep {
	if d.ends[a] == nil {
		d.ends[a] = &foldStep{insn: bpf.RawInstruction{Op: abi.ClassRET, K: uint32(a)}}
	}
	return d.ends[a]
}

// entry returns the first step of a program, and of those after it, where the answer so far
// is a. If they are never stricter, it is the end.
func (d *folder) entry(i int, a policy.Action) (*foldStep, error) {
	if i == len(d.newest) {
		return d.end(a), nil
	}
	if s := d.entries[i][a]; s != nil {
		return s, nil
	}
	insns := d.newest[i]
	if d.work += len(insns); d.work > foldWork {
		return nil, &FoldError{reason: fmt.Sprintf("the filters have too many answers to fold: more than %d instructions to inspect (install them one by one)", foldWork)}
	}
	live := liveIn(insns)
	at := make([]*foldStep, len(insns))
	for pc, in := range insns { // older programs come first, so that this one is together
		if !live[pc] || in.Op&7 != abi.ClassRET {
			continue
		}
		answer := policy.Action(in.K)
		if !answer.Stricter(a) {
			answer = a
		}
		var err error
		if at[pc], err = d.entry(i+1, answer); err != nil {
			return nil, err
		}
	}
	for pc := len(insns) - 1; pc >= 0; pc-- {
		if live[pc] && at[pc] == nil {
			t, f := next(insns[pc], pc)
			at[pc] = d.step(insns[pc], at[t], at[f], i)
		}
	}
	first := at[0]
	if i > 0 {
		first = d.cleared(insns, live, first, i)
	}
	if d.entries[i] == nil {
		d.entries[i], d.starts[i] = map[policy.Action]*foldStep{}, map[*foldStep]bool{}
	}
	d.entries[i][a], d.starts[i][first] = first, true
	return first, nil
}

// step returns a step for an instruction of program i, or the one after it if it makes no
// difference: what follows uses nothing of its registers.
func (d *folder) step(in bpf.RawInstruction, t, f *foldStep, i int) *foldStep {
	if t == f && (in.Op&7 == abi.ClassJMP || d.fresh(t, i)) {
		return t
	}
	s := &foldStep{insn: in, t: t, f: f}
	d.steps = append(d.steps, s)
	return s
}

// fresh reports whether a step is an answer, or the first of an older program.
func (d *folder) fresh(s *foldStep, i int) bool {
	return s.t == nil || i+1 < len(d.newest) && d.starts[i+1][s]
}

// cleared returns the first step of a program after another one, whose registers the kernel
// would clear. Programs cannot read memory that they have not written.
func (d *folder) cleared(insns []bpf.RawInstruction, live []bool, first *foldStep, i int) *foldStep {
	usesX := false
	for pc, in := range insns {
		switch in.Op & 7 {
		case abi.ClassALU, abi.ClassJMP:
			usesX = usesX || live[pc] && in.Op&abi.SrcX != 0
		case abi.ClassSTX:
			usesX = usesX || live[pc]
		case abi.ClassMISC:
			usesX = usesX || live[pc] && in.Op&0xf8 == abi.MiscTXA
		}
	}
	if usesX {
		first = d.step(bpf.RawInstruction{Op: abi.ClassLDX | abi.ModeIMM}, first, first, i)
	}
	if insns[0].Op&7 != abi.ClassLD {
		first = d.step(bpf.RawInstruction{Op: abi.ClassLD | abi.ModeIMM}, first, first, i)
	}
	return first
}

// lay returns the instructions of the steps that follow the first one.
func (d *folder) lay(first *foldStep) ([]bpf.RawInstruction, error) {
	needed := map[*foldStep]bool{first: true}
	for _, s := range slices.Backward(d.steps) {
		if needed[s] {
			needed[s.t], needed[s.f] = true, true
		}
	}
	e := emitter{trampolines: map[label]label{}}
	at := map[*foldStep]label{}
	to := func(s *foldStep) label {
		if _, ok := at[s]; !ok { // an answer
			at[s] = e.put(s.insn.Op, s.insn.K)
		}
		return at[s]
	}
	for _, s := range d.steps {
		switch in := s.insn; {
		case !needed[s]:
		case in.Op&7 == abi.ClassJMP:
			t, f := to(s.t), to(s.f)
			at[s] = e.jump(in.Op&^7, in.K, t, f)
		default:
			e.fallTo(to(s.t))
			at[s] = e.put(in.Op, in.K)
		}
	}
	to(first)
	if len(e.code) > abi.MaxInsns {
		return nil, &FoldError{Insns: len(e.code)}
	}
	slices.Reverse(e.code)
	return e.code, nil
}
