package profile

import (
	"slices"
	"strconv"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
)

// errnoFields are the fields that may stand beside an action: errnoRet, or
// defaultErrnoRet, and containers/common's errno, or defaultErrno.
type errnoFields struct {
	number, name *value
}

// action reads an action with its errno. If the errno is given by name, which
// means another number on some ABIs, name is that and the action has the number
// of most.
func (r *reader) action(v *value, e errnoFields) (a policy.Action, name string) {
	if !r.need(text, v) {
		return policy.Errno(1), ""
	}
	kind, ok := policy.LookupAction(v.text)
	if !ok {
		r.failf(CodeUnknownAction, v, "unknown action %q%s", v.text, spell.HintOr(v.text, policy.ActionNames(), "SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, ..."))
		return policy.Errno(1), ""
	}
	if r.dialect == Mesos && !slices.Contains(mesosActions, v.text) {
		r.failf(CodeUnknownAction, v, "Mesos does not know the action %q%s", v.text,
			spell.HintOr(v.text, slices.Values(mesosActions), "SCMP_ACT_KILL, SCMP_ACT_ERRNO, ..."))
		return policy.Errno(1), ""
	}
	n, name, where := r.errno(e)
	if where == nil {
		if kind.HasData() {
			return kind | 1, "" // EPERM, for TRACE, too
		}
		return kind, ""
	}
	limit := uint64(abi.MaxErrno)
	if kind != policy.Errno(0) {
		limit = abi.RetData
	}
	switch {
	case n > limit:
		r.failf(CodeErrno, where, "errno %d is out of range (at most %d)", n, limit)
	case !kind.HasData():
		r.note(CodeErrnoUnused, Same, where, "%s takes no errno; this one does nothing", v.text)
		return kind, ""
	case n == 0 && kind == policy.Errno(0):
		r.note(CodeErrnoZero, Same, where, "errno 0 means that the call is not done and says that it was")
	}
	return kind | policy.Action(n&abi.RetData), name
}

// errno reads the errno of an action from the field that counts, which is nil if
// there is none; name is empty for a number.
func (r *reader) errno(e errnoFields) (n uint64, name string, where *value) {
	if e.number != nil && e.number.kind != null {
		n, where = r.uint(e.number), e.number
	}
	if e.name == nil || r.str(e.name) == "" {
		return n, "", where
	}
	beside, name := n, e.name.text
	n, err := strconv.ParseUint(name, 10, 32)
	if err == nil {
		name = ""
	} else if m, ok := arch.X86_64.Errno(name); ok {
		n = uint64(m)
	} else {
		r.failf(CodeUnknownErrno, e.name, "unknown errno %q%s", name, spell.HintOr(name, arch.Errnos(), "EPERM, ENOSYS, ..., or digits"))
		return 1, "", e.name
	}
	if where != nil && n != beside {
		r.note(CodeErrnoTwice, Same, where, "this errno, %d, does not count: the one by name does, %s", beside, e.name.text)
	}
	return n, name, e.name
}

// errnoOn returns an action with its errno, which has been given by name, as the
// ABI numbers it.
func errnoOn(a policy.Action, abi arch.Arch, name string) policy.Action {
	if n, ok := abi.Errno(name); ok {
		return a.Kind() | policy.Action(n)
	}
	return a
}

// on returns the profile with the errnos that are given by name as an ABI
// numbers them.
func (p *Profile) on(abi arch.Arch) *Profile {
	if p.Dialect != Containers {
		return p
	}
	q := *p
	q.Default = errnoOn(p.Default, abi, p.errno)
	q.Entries = slices.Clone(p.Entries)
	for i := range q.Entries {
		e := &q.Entries[i]
		e.Action = errnoOn(e.Action, abi, e.errno)
	}
	return &q
}
