package compile

import (
	"cmp"
	"slices"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// An Answer is what a filter answers to a call of an ABI, to unassigned numbers of an ABI,
// or to calls of unknown ABIs, if their arguments satisfy one of the cases of Where.
type Answer struct {
	Arch    arch.Arch      // 0 for audit values that do not belong to an ABI
	Audits  []policy.Range // these audit values, ascending; nil where Arch is not 0
	Call    string         // "" for unassigned numbers
	Numbers []policy.Range // as in seccomp_data.nr, ascending; nil for all numbers where Arch is 0
	Action  policy.Action
	Example syscalls.Call // a call that gets the answer; irrelevant arguments are 0
	Where   []Case        // exactly which arguments, one empty Case for all; nil if listing them is beyond the limits
	Beyond  string        // the limit that Where exceeds; "" if it does not
}

// Answers returns what a filter, or a stack, answers to all inputs, sorted by ABI and
// number: one Answer for each action that a call can get. Errors are as in [Diff].
func Answers(c Compiled) ([]Answer, error) {
	s, err := stackOf(c)
	if err != nil {
		return nil, err
	}
	// Compared with a program that gives one answer to everything, all other answers are
	// differences. A second program tells to what the filter gives the first one's answer.
	own, other := policy.Trace(0xa17e), policy.Trace(0xa17f)
	list, err := answersBut(own, s)
	if err != nil {
		return nil, err
	}
	rest, err := answersBut(other, s)
	if err != nil {
		return nil, err
	}
	rest = slices.DeleteFunc(rest, func(a Answer) bool { return a.Action != own })
	if len(rest) == 0 {
		return list, nil
	}
	list = append(list, rest...)
	native := s.Arch()
	slices.SortStableFunc(list, func(a, b Answer) int {
		return cmp.Or(cmp.Compare(rank(a.Arch, native), rank(b.Arch, native)), cmp.Compare(a.Example.Nr, b.Example.Nr), cmp.Compare(a.Action, b.Action))
	})
	return list, nil
}

// answersBut returns the answers of filters but for one.
func answersBut(one policy.Action, s *Stack) (list []Answer, err error) {
	f, err := Load([]bpf.RawInstruction{{Op: abi.ClassRET, K: uint32(one)}}, s.Arch())
	if err != nil {
		return nil, err
	}
	all, err := Diff(f, s)
	for _, d := range all {
		list = append(list, Answer{d.Arch, d.Audits, d.Call, d.Numbers, d.New, d.Witness, d.Where, d.Beyond})
	}
	return list, err
}
