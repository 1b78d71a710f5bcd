package seccomptest

import (
	"errors"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
)

// A Filter is a [*compile.Filter] or a [*compile.Stack].
type Filter interface {
	compile.Compiled
	vector.Filter
}

// Answer reports an error unless the filter answers a call by the action want. The error
// names the rule that decides. The call is a Call or text that [syscalls.ParseCall]
// accepts:
//
//	seccomptest.Answer(t, f, "x86_64 socket(40, 1, 0)", policy.Errno(1))
//
// A nil Filter, or one without instructions, is an error for every action.
func Answer[C string | syscalls.Call](t testing.TB, f Filter, call C, want policy.Action) {
	t.Helper()
	if err := answer(f, call, want); err != nil {
		t.Error(err)
	}
}

func answer(f Filter, call any, want policy.Action) (err error) {
	v := vector.Vector{Want: want, Judged: true}
	switch call := call.(type) {
	case syscalls.Call:
		v.Call, v.Text = call, call.String()
	case string:
		if v.Call, err = syscalls.ParseCall(call); err != nil {
			return err
		}
		v.Text = call
	}
	if f == nil || !made(f) {
		return errors.New("a filter without instructions (check the error of the function that returned it)")
	}
	return v.Check(f)
}

// made reports whether each filter has instructions, and there is one.
func made(f Filter) bool {
	empty := func(f *compile.Filter) bool { return len(f.Insns()) == 0 }
	list := f.Filters()
	return len(list) > 0 && !slices.ContainsFunc(list, empty)
}
