package profile

import (
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
)

// errnoFields are the fields that may stand beside an action: errnoRet, or
// defaultErrnoRet, and containers/common's errno, or defaultErrno.
type errnoFields struct {
	number, name *jsonpos.Value
}

// action reads an action with its errno. If the errno is given by name, which
// means another number on some ABIs, name is that and the action has the number
// of most.
func (r *reader) action(v *jsonpos.Value, e errnoFields) (a policy.Action, name string) {
	if !r.Need(jsonpos.Text, v) {
		return policy.Errno(1), ""
	}
	kind, ok := policy.LookupAction(v.Text)
	if !ok {
		if _, short := policy.LookupAction("SCMP_ACT_" + strings.ToUpper(v.Text)); short {
			r.failf(CodeUnknownAction, v, "unknown action %q (did you mean SCMP_ACT_%s?)", v.Text, strings.ToUpper(v.Text))
			return policy.Errno(1), ""
		}
		r.failf(CodeUnknownAction, v, "unknown action %q%s", v.Text, spell.HintOr(v.Text, policy.ActionNames(), "SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, ..."))
		return policy.Errno(1), ""
	}
	if err := r.row().action(v.Text); err != nil {
		r.fail(CodeUnknownAction, v, err)
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
		r.note(CodeErrnoUnused, Same, where, "%s takes no errno; this one has no effect", v.Text)
		return kind, ""
	case n == 0 && kind == policy.Errno(0):
		r.note(CodeErrnoZero, Same, where, "with errno 0, the call is not executed but appears to succeed")
	}
	return kind | policy.Action(n&abi.RetData), name
}

// errno reads the errno of an action from the field that counts, which is nil if
// there is none; name is empty for a number.
func (r *reader) errno(e errnoFields) (n uint64, name string, where *jsonpos.Value) {
	if e.number != nil && e.number.Kind != jsonpos.Null {
		n, where = r.Uint(e.number), e.number
	}
	if e.name == nil || r.String(e.name) == "" {
		return n, "", where
	}
	beside, name := n, e.name.Text
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
		r.note(CodeErrnoTwice, Same, where, "this errno, %d, is ignored, since the errno by name, %s, takes precedence", beside, e.name.Text)
	}
	return n, name, e.name
}
