package vector

import (
	"errors"
	"fmt"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Filter answers calls. The filters and stacks of package compile are Filters.
type Filter interface {
	Run(syscalls.Call) policy.Action
	Policy() *policy.Policy // nil if it is not known
}

// A Mismatch is an answer that is not the expected one.
type Mismatch struct {
	Call      string // as written
	Got, Want policy.Action
	Reason    string // what gives the answer, as policy.Policy.Reason returns it; "" if the policy is not known
}

// Error returns "CALL = GOT, want WANT; decided by REASON".
func (m *Mismatch) Error() string {
	if m == nil {
		return "<nil>"
	}
	s := fmt.Sprintf("%s = %s, want %s", m.Call, m.Got, m.Want)
	if m.Reason != "" {
		s += "; decided by " + m.Reason
	}
	return s
}

// Check returns a [*Mismatch] if the filter's answer to the vector's call is not the
// expected one. It returns nil for a vector that is not Judged.
func (v Vector) Check(f Filter) error {
	switch {
	case !v.Judged:
		return nil
	case f == nil:
		return errors.New("a vector is checked without a filter")
	}
	got := f.Run(v.Call)
	if got == v.Want {
		return nil
	}
	m := &Mismatch{Call: v.Text, Got: got, Want: v.Want}
	if pol := f.Policy(); pol != nil {
		m.Reason = pol.Reason(v.Call)
	}
	return m
}
