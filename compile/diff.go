package compile

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Change says how an answer has changed, by the kernel's order of actions.
type Change uint8

const (
	Equal        Change = iota // the same
	Stricter                   // the new answer is stricter
	Weaker                     // the new answer lets more pass
	Incomparable               // neither: a different errno, or some answers are stricter and others weaker
)

var changes = enum.Names{"equal", "stricter", "weaker", "incomparable"}

// String returns "equal", "stricter", "weaker" or "incomparable".
func (c Change) String() string { return changes.Name("Change", int(c)) }

// MarshalText returns the text of [Change.String]. It returns an error for a value that
// is not a constant of this package.
func (c Change) MarshalText() ([]byte, error) { return changes.Marshal("Change", int(c)) }

// UnmarshalText parses the text of [Change.String].
func (c *Change) UnmarshalText(text []byte) error {
	if c == nil {
		return errors.New("UnmarshalText of a nil Change")
	}
	i, err := changes.Parse("change", string(text))
	if err == nil {
		*c = Change(i)
	}
	return err
}

// A Difference is a pair of answers that two filters give to the same calls. These are
// one call of an ABI, the unassigned numbers of an ABI, or all calls of unknown ABIs.
type Difference struct {
	Arch     arch.Arch      // 0 for audit values that do not belong to an ABI
	Call     string         // "" for unassigned numbers
	Numbers  []policy.Range // as in seccomp_data.nr, ascending; nil where Arch is 0
	Old, New policy.Action
	Change   Change
	Witness  syscalls.Call // a call that shows the difference; irrelevant arguments are 0
}

// String returns a line such as "weaker: x86_64 socket is ALLOW instead of ERRNO(1), as
// in x86_64 socket(40)".
func (d Difference) String() string {
	what := "calls of other ABIs are"
	switch {
	case d.Call != "":
		what = fmt.Sprintf("%s %s is", d.Arch, d.Call)
	case d.Arch.Valid():
		what = fmt.Sprintf("%s numbers that are no calls are", d.Arch)
	}
	return fmt.Sprintf("%s: %s %s instead of %s, as in %s", d.Change, what, d.New, d.Old, d.Witness)
}

var errNoFilter = errors.New("no filter: nil or zero (Policy, Profile, JSON and Load return one)")

// Diff compares two filters, or stacks, over all inputs. Both must be for machines of the
// same byte order. An empty list without an error proves that they answer every call
// alike. Differences are sorted by ABI, number and answer. The error is a [*DiffError] if
// they differ and not all differences can be listed. Any other error says why a filter
// cannot be analyzed where the two may differ.
func Diff(old, new Compiled) ([]Difference, error) {
	a, err := stackOf(old)
	if err != nil {
		return nil, err
	}
	b, err := stackOf(new)
	if err != nil {
		return nil, err
	}
	if a.native().ByteOrder() != b.native().ByteOrder() {
		return nil, fmt.Errorf("a filter for %s and one for %s, which has the other byte order", a.native(), b.native())
	}
	runs, err := a.diff(b)
	var many *prove.DifferError
	switch {
	case errors.As(err, &many):
		d := many.Witness
		return nil, &DiffError{named(d, policy.Range{Lo: d.FirstNr, Hi: d.LastNr})[0], many.Reason}
	case err != nil && len(runs) > 0:
		return nil, &DiffError{listed(runs, a.native())[0], "and not all differences are known: " + err.Error()}
	case err != nil:
		if c, ok := differs(a.Run, b.Run, a.native()); ok {
			d := *difference(&prove.Witness{Call: c, Want: a.Run(c), Got: b.Run(c)})
			return nil, &DiffError{d, "and not all differences are known: " + err.Error()}
		}
		return nil, decided(err, nil)
	}
	return listed(runs, a.native()), nil
}

// diff compares the programs, and where these are out of reach the policies that they
// are proved equal to. With an error the list is not complete.
func (s *Stack) diff(other *Stack) ([]prove.Difference, error) {
	runs, err := prove.Stacks(s.programs(), other.programs())
	undecided := (*prove.UndecidedError)(nil)
	if !errors.As(err, &undecided) || s.policy == nil || other.policy == nil {
		return runs, err
	}
	for _, side := range []*Stack{s, other} { // NoVerify may have left it out
		if w, e := side.prove(side.policy); w != nil || e != nil {
			return nil, err
		}
	}
	return prove.Policies(s.policy, other.policy)
}

// listed returns the differences for people: by call.
func listed(runs []prove.Difference, native arch.Arch) []Difference {
	var list []Difference
	unnamed := map[[3]uint32]int{} // where in list, by ABI and answers
	for _, r := range runs {
		for _, own := range halves(r) {
			for _, d := range named(r, own) {
				key := [3]uint32{uint32(d.Arch), uint32(d.Old), uint32(d.New)}
				i, ok := unnamed[key]
				switch {
				case d.Call != "":
					list = append(list, d)
				case !ok:
					unnamed[key] = len(list)
					list = append(list, d)
				default:
					list[i].Numbers = join(list[i].Numbers, d.Numbers)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(rank(a.Arch, native), rank(b.Arch, native)), cmp.Compare(a.Witness.Nr, b.Witness.Nr),
			cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
	return list
}

// A DiffError says that two filters differ, and that not all differences can be listed.
type DiffError struct {
	Example Difference // one of the differences, for one number
	Reason  string     // "in more than 65536 runs of numbers and pairs of answers"
}

// Error returns the reason and the example.
func (e *DiffError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return fmt.Sprintf("the filters differ %s; one of them is %s", e.Reason, e.Example)
}

// rank puts the native ABI first, then other ABIs, then unknown audit values.
func rank(a, native arch.Arch) int {
	switch {
	case a == native:
		return 0
	case a.Valid():
		return int(a)
	}
	return 1 << 8
}

// halves parts a run of numbers where x86_64 and x32 take turns.
func halves(r prove.Difference) (list []policy.Range) {
	const bit = arch.X32Bit
	if r.FirstAudit != r.LastAudit || r.FirstAudit != arch.X86_64.Audit() {
		return []policy.Range{{Lo: r.FirstNr, Hi: r.LastNr}}
	}
	for lo := r.FirstNr; ; {
		hi := min(r.LastNr, lo|(bit-1))
		list = append(list, policy.Range{Lo: lo, Hi: hi})
		if hi == r.LastNr {
			return list
		}
		lo = hi + 1
	}
}

// named returns the differences of a run over the numbers of one ABI: one for
// each call, and one for the numbers between them.
func named(r prove.Difference, own policy.Range) (list []Difference) {
	base := Difference{Old: r.Old, New: r.New, Change: change(r.Old, r.New), Witness: r.Witness}
	a, ok := arch.Of(r.FirstAudit, own.Lo)
	if !ok || r.FirstAudit != r.LastAudit {
		return []Difference{base}
	}
	base.Arch = a
	add := func(lo, hi uint32, call string) {
		d := base
		d.Call, d.Numbers, d.Witness.Nr = call, []policy.Range{{Lo: lo, Hi: hi}}, lo
		list = append(list, d)
	}
	next := own.Lo // the first number that has no difference yet
	for nr, name := range syscalls.All(a) {
		if nr < next || nr > own.Hi {
			continue // or another name of the last one
		}
		if next < nr {
			add(next, nr-1, "")
		}
		add(nr, nr, name)
		if next = nr + 1; nr == own.Hi {
			return list
		}
	}
	add(next, own.Hi, "")
	return list
}

// join returns the ranges of both, those that touch as one. All of b is after
// a.
func join(a, b []policy.Range) []policy.Range {
	for _, r := range b {
		if n := len(a); n > 0 && a[n-1].Hi+1 == r.Lo {
			a[n-1].Hi = r.Hi
		} else {
			a = append(a, r)
		}
	}
	return a
}

// change compares two answers. What is no action of the kernel kills the process
// (kernel/seccomp.c, __seccomp_filter).
func change(old, new policy.Action) Change {
	old, new = old.Effective(), new.Effective()
	switch {
	case old == new:
		return Equal
	case new.Stricter(old):
		return Stricter
	case old.Stricter(new):
		return Weaker
	}
	return Incomparable
}

// Overall returns the combined change of the differences. It is Equal for an empty list.
func Overall(list []Difference) (sum Change) {
	for _, d := range list {
		if sum == Equal || d.Change == sum {
			sum = d.Change
		} else if d.Change != Equal {
			return Incomparable
		}
	}
	return sum
}

// differs returns a call that two functions answer with different actions, of those
// that most programs tell apart: all numbers of an ABI with few arguments.
func differs(a, b func(syscalls.Call) policy.Action, native arch.Arch) (c syscalls.Call, ok bool) {
	values := [...]uint64{0, 1, ^uint64(0)}
	for abi := range arch.All() {
		if !abi.SameKernel(native) {
			continue
		}
		for nr := range uint32(512) {
			for _, v := range values {
				c := syscalls.Call{Audit: abi.Audit(), Nr: abi.NumberBase() + nr, Args: [6]uint64{v, v, v, v, v, v}}
				if a(c).Effective() != b(c).Effective() {
					return c, true
				}
			}
		}
	}
	return c, false
}
