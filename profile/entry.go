package profile

import (
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// entry reads an element of syscalls.
func (r *reader) entry(v *jsonpos.Value, p *Profile) {
	if !r.Need(jsonpos.Object, v) {
		return
	}
	p.entries = append(p.entries, entry{Pos: r.pos(v), path: r.Pointer(v), index: len(p.entries)})
	e := &p.entries[len(p.entries)-1]
	r.row().object(r, levelEntry, v)
	var action, name *jsonpos.Value
	var errno errnoFields
	r.members(v, levelEntry, func(key string, v *jsonpos.Value) {
		switch key {
		case "names":
			e.Names = r.roomForNames(len(v.Elems()))
			list, i := r.Pointer(v), int32(0)
			r.Elements(v, func(v *jsonpos.Value) {
				r.name(v, e, list, i)
				i++
			})
		case "name":
			if name = v; r.Want(jsonpos.Text, v) && v.Text == "" {
				name = nil
			}
		case "action":
			action = v
		case "errnoRet":
			errno.number = v
		case "errno":
			errno.name = v
		case "args":
			r.Elements(v, func(v *jsonpos.Value) { r.cond(v, e) })
		case "comment":
			e.Comment = r.String(v)
		case "includes":
			e.Includes = r.guard(v)
		case "excludes":
			e.Excludes = r.guard(v)
		}
	})
	if name != nil && name.Kind == jsonpos.Text {
		if len(e.Names) > 0 {
			r.failf(CodeNameAndNames, name, "name beside names (move it into names)")
		}
		r.name(name, e, r.Pointer(name), -1)
	}
	if action == nil || action.Kind == jsonpos.Null {
		r.failf(CodeMissing, v, "no action (write what these calls get, such as \"SCMP_ACT_ALLOW\")")
	} else {
		faults := len(r.Faults)
		e.Action, e.errno = r.action(action, errno)
		if len(r.Faults) == faults {
			r.row().entry(r, v, p, e)
		}
	}
}

// roomForNames returns an empty list with room for n names.
func (r *reader) roomForNames(n int) []callName {
	if n > len(r.names) {
		r.names = make([]callName, n)
	}
	list := r.names[:0:n]
	r.names = r.names[n:]
	return list
}

// name reads the name of a call, number i of the list that a JSON Pointer leads
// to, or where i is -1 what the pointer leads to.
func (r *reader) name(v *jsonpos.Value, e *entry, list string, i int32) {
	if !r.Need(jsonpos.Text, v) {
		return
	}
	if v.Text == "" {
		r.failf(CodeMissing, v, "empty name of a call (delete it)")
		return
	}
	id := calls.Lookup(v.Text)
	if !r.Full() {
		r.row().call(r, v, id)
	}
	e.Names = append(e.Names, callName{policy.Origin{Name: v.Text, Pos: r.pos(v), List: list, Index: i}, id})
}

// cond reads an element of args.
func (r *reader) cond(v *jsonpos.Value, e *entry) {
	if !r.Need(jsonpos.Object, v) {
		return
	}
	c := cond{Pos: r.pos(v)}
	var one, two *jsonpos.Value
	var op, index bool
	r.row().object(r, levelArg, v)
	r.members(v, levelArg, func(key string, v *jsonpos.Value) {
		switch key {
		case "index":
			n := r.Uint(v)
			if n > 5 {
				r.failf(CodeArgIndex, v, "argument index %d (a call has six arguments, 0 to 5)", n)
				n = 0
			}
			c.Arg, index = uint8(n), v.Kind != jsonpos.Null
		case "value":
			one = v
			c.Value, c.value = r.datum(v)
		case "valueTwo":
			two = v
			c.Mask, c.mask = r.datum(v)
		case "op":
			if op = v.Kind != jsonpos.Null; !r.Want(jsonpos.Text, v) {
				return
			}
			var err error
			if c.Op, err = policy.ParseOp(v.Text); err != nil {
				r.fail(CodeUnknownOp, v, err)
			}
		}
	})
	if !op {
		r.failf(CodeMissing, v, "no op (write the comparison, such as \"SCMP_CMP_EQ\")")
	}
	if !index {
		r.note(CodeNoIndex, Same, v, "no index: the condition is on argument 0 (write it)")
	}
	if one == nil || one.Kind == jsonpos.Null {
		r.note(CodeNoValue, Same, v, "no value, which counts as 0 (write it)")
	}
	switch {
	case c.Op == policy.MaskedEQ:
		c.Mask, c.Value = c.Value, c.Mask // the text has the mask first
		c.mask, c.value = c.value, c.mask
		if r.code {
			r.checkMask(v, &c)
		} else if out := c.outside(); out != 0 {
			r.note(CodeMaskBits, Same, v, "bits %#x of valueTwo are outside the mask, which is value, and are ignored (are the two exchanged?)", out)
		}
	case c.Mask != 0 || c.mask != "":
		r.note(CodeValueTwo, Same, two, "valueTwo has no effect with %s, which compares only with value", c.Op.SCMP())
		c.Mask, c.mask = 0, ""
	}
	if index {
		r.row().cond(r, v, e, c)
	}
	e.Conds = append(e.Conds, c)
}

// guard reads includes or excludes.
func (r *reader) guard(v *jsonpos.Value) guard {
	var g guard
	if !r.Want(jsonpos.Object, v) {
		return g
	}
	g.Pos, g.path = r.pos(v), r.Pointer(v)
	r.members(v, levelGuard, func(key string, v *jsonpos.Value) {
		switch key {
		case "caps":
			g.Caps = r.Strings(v)
		case "arches":
			g.Arches = r.Strings(v)
			if r.row().emptyArchesNever() && g.Arches == nil {
				g.Arches = []string{}
			}
		case "minKernel":
			if !r.Want(jsonpos.Text, v) {
				return
			}
			g.MinKernel = new(syscalls.Version)
			if v.Text == "" {
				r.note(CodeNoVersion, Same, v, "minKernel \"\" is older than every kernel: includes always holds, excludes always drops the entry")
				return
			}
			kernel, major, ok := strings.Cut(v.Text, ".")
			x, err1 := strconv.ParseUint(kernel, 10, 8)
			y, err2 := strconv.ParseUint(major, 10, 8)
			if !ok || err1 != nil || err2 != nil || x == 0 && y == 0 {
				as := "minKernel"
				if r.code {
					as = "SinceKernel"
				}
				r.failf(CodeMinKernel, v, "%s %q (want KERNEL.MAJOR, as in \"4.8\": two numbers up to 255)", as, v.Text)
				return
			}
			*g.MinKernel = syscalls.Version{Major: uint16(x), Minor: uint16(y)}
		}
	})
	r.row().guard(r, v, &g)
	return g
}
