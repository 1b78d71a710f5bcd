package compile

import (
	"errors"
	"slices"

	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
)

// Subset returns nil if new answers every call at least as strictly as base, by the
// kernel's order of actions. Otherwise it returns the first difference, in the order of
// [Diff], for which new is less strict. If it returns nil and no error, that is proved:
// new can replace base without letting anything more pass. Data are ignored: another errno
// is as strict.
//
// Both are filters or stacks for machines of the same byte order. The error says why a
// filter cannot be analyzed; nothing is then known.
func Subset(base, new Compiled) (*Difference, error) {
	list, err := Diff(base, new)
	if d := weaker(list); d != nil || err == nil {
		return d, nil
	}
	a, e := stackOf(base)
	if e != nil {
		return nil, err
	}
	b, e := stackOf(new)
	if e != nil || a.Arch().ByteOrder() != b.Arch().ByteOrder() {
		return nil, err
	}
	if many := (*DiffError)(nil); errors.As(err, &many) && many.Example.Change == Weaker {
		return &many.Example, nil
	}
	// They differ in too many ways to list. A thread that has base, and then new, gets
	// base's answer only where it is stricter.
	runs, _ := prove.Stacks(slices.Concat(a.programs(), b.programs()), b.programs())
	if d := weaker(listed(runs, b.Arch())); d != nil {
		return d, nil
	}
	if a.policy != nil && b.policy != nil {
		return a.subset(b)
	}
	return nil, err
}

// weaker returns the first difference by which more passes, nil if none is.
func weaker(list []Difference) *Difference {
	if i := slices.IndexFunc(list, func(d Difference) bool { return d.Change == Weaker }); i >= 0 {
		return &list[i]
	}
	return nil
}

// subset is Subset for the policies that two stacks are proved equal to.
func (s *Stack) subset(other *Stack) (*Difference, error) {
	for _, side := range []*Stack{s, other} { // NoVerify may have left it out
		if w, err := side.prove(side.policy); w != nil || err != nil {
			return nil, mismatch(w, decided(err, side.policy))
		}
	}
	w, err := prove.Stack(other.policy, []*policy.Policy{s.policy, other.policy})
	if w != nil {
		w.Want, w.Got = w.Got, w.Want // base's answer is the stricter one
		return difference(w), nil
	}
	return nil, decided(err, other.policy)
}
