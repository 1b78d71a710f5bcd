package compile

import (
	"errors"
	"fmt"

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

// A Difference is a pair of answers that two filters give to the same calls. These are one
// call of an ABI, unassigned numbers of an ABI, or calls of unknown ABIs, with arguments
// that satisfy one of the cases of Where.
type Difference struct {
	Arch     arch.Arch      // 0 for audit values that do not belong to an ABI
	Audits   []policy.Range // these audit values, ascending; nil where Arch is not 0
	Call     string         // "" for unassigned numbers
	Numbers  []policy.Range // as in seccomp_data.nr, ascending; nil for all numbers where Arch is 0
	Old, New policy.Action
	Change   Change
	Witness  syscalls.Call // a call that shows the difference; irrelevant arguments are 0
	Where    []Case        // exactly which arguments, one empty Case for all; nil if listing them is beyond the limits
	Beyond   string        // the limit that Where exceeds, such as "more than 4096 cases"; "" if it does not
}

// String returns a line such as "weaker: x86_64 socket is ALLOW instead of ERRNO(1), as
// in x86_64 socket(40)".
func (d Difference) String() string {
	what := "calls of other ABIs are"
	switch {
	case d.Call != "":
		what = fmt.Sprintf("%s %s is", d.Arch, d.Call)
	case d.Arch.Valid():
		what = fmt.Sprintf("%s unassigned numbers are", d.Arch)
	}
	return fmt.Sprintf("%s: %s %s instead of %s, as in %s", d.Change, what, d.New, d.Old, d.Witness)
}

var errNoFilter = errors.New("no filter: nil or zero (Policy, Profile, JSON and Load return one)")

// Diff compares two filters, or stacks, over all inputs. Both must be for machines of the
// same byte order. An empty list without an error proves that they answer every call
// alike. Differences are sorted by ABI, number and answer, and no call is in two of them. The error is a [*DiffError] if
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
	if a.Arch().ByteOrder() != b.Arch().ByteOrder() {
		return nil, fmt.Errorf("a filter for %s and one for %s, which differ in byte order", a.Arch(), b.Arch())
	}
	runs, err := a.diff(b)
	var many *prove.DifferError
	switch {
	case errors.As(err, &many):
		d := many.Witness
		return nil, &DiffError{listed([]prove.Difference{d}, a.Arch())[0], many.Reason}
	case err != nil && len(runs) > 0:
		return nil, &DiffError{listed(runs, a.Arch())[0], "and not all differences are known: " + err.Error()}
	case err != nil:
		if c, ok := differs(a.Run, b.Run, a.Arch()); ok {
			d := *difference(&prove.Witness{Call: c, Want: a.Run(c), Got: b.Run(c)})
			return nil, &DiffError{d, "and not all differences are known: " + err.Error()}
		}
		return nil, decided(err, nil)
	}
	return listed(runs, a.Arch()), nil
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
