package profile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// entry reads an element of syscalls.
func (r *reader) entry(v *value, p *Profile) {
	if !r.need(object, v) {
		return
	}
	e := Entry{Pos: r.pos(v), path: r.pointer(v)}
	r.demand(v, demandedEntry)
	var action, name *value
	var errno errnoFields
	r.members(v, levelEntry, func(key string, v *value) {
		switch key {
		case "names":
			if r.dialect == Mesos && v.kind == array && len(v.elems()) == 0 {
				r.failf(CodeMissing, v, "no names (Mesos demands at least one)")
			}
			e.Names = slices.Grow(e.Names, len(v.elems()))
			list, i := r.pointer(v), int32(0)
			r.elems(v, func(v *value) {
				r.name(v, &e, list, i)
				i++
			})
		case "name":
			if name = v; r.want(text, v) && v.text == "" {
				name = nil
			}
		case "action":
			action = v
		case "errnoRet":
			errno.number = v
		case "errno":
			errno.name = v
		case "args":
			r.elems(v, func(v *value) { r.cond(v, &e) })
		case "comment":
			e.Comment = r.str(v)
		case "includes":
			e.Includes = r.guard(v)
		case "excludes":
			e.Excludes = r.guard(v)
		}
	})
	if name != nil && name.kind == text {
		if len(e.Names) > 0 {
			r.failf(CodeNameAndNames, name, "name beside names (move it into names)")
		}
		r.name(name, &e, r.pointer(name), -1)
	}
	if action == nil || action.kind == null {
		r.failf(CodeMissing, v, "no action (write what these calls get, such as \"SCMP_ACT_ALLOW\")")
	} else {
		faults := len(r.errs)
		e.Action, e.errno = r.action(action, errno)
		if r.dialect == Mesos && e.Action == p.Default && len(r.errs) == faults {
			r.failf(CodeSaysDefault, v, "the entry says the default action, for which Mesos refuses the profile (delete it)")
		}
	}
	p.Entries = append(p.Entries, e)
}

// name reads the name of a call, number i of the list that a JSON Pointer leads
// to, or where i is -1 what the pointer leads to.
func (r *reader) name(v *value, e *Entry, list string, i int32) {
	if !r.need(text, v) {
		return
	}
	if v.text == "" {
		r.failf(CodeMissing, v, "empty name of a call (delete it)")
		return
	}
	id := syscalls.Lookup(v.text)
	if r.dialect == Mesos && !r.errs.full() && id == 0 {
		r.failf(CodeUnknownCall, v, "unknown system call %q%s, for which Mesos refuses the profile", v.text, callHint(v.text))
	}
	e.Names = append(e.Names, Name{policy.Origin{Name: v.text, Pos: r.pos(v), List: list, Index: i}, id})
}

// cond reads an element of args.
func (r *reader) cond(v *value, e *Entry) {
	if !r.need(object, v) {
		return
	}
	c := Cond{Pos: r.pos(v)}
	var one, two *value
	var op, index bool
	r.demand(v, demandedArg)
	r.members(v, levelArg, func(key string, v *value) {
		switch key {
		case "index":
			n := r.uint(v)
			if n > 5 {
				r.failf(CodeArgIndex, v, "argument index %d (a call has six arguments, 0 to 5)", n)
				n = 0
			}
			c.Arg, index = uint8(n), v.kind != null
		case "value":
			one, c.Value = v, r.uint(v)
		case "valueTwo":
			two, c.Mask = v, r.uint(v)
		case "op":
			if op = v.kind != null; !r.want(text, v) {
				return
			}
			var err error
			if c.Op, err = policy.ParseOp(v.text); err != nil {
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
	if one == nil || one.kind == null {
		r.note(CodeNoValue, Same, v, "no value, which counts as 0 (write it)")
	}
	switch {
	case c.Op == policy.MaskedEQ:
		c.Mask, c.Value = c.Value, c.Mask // the text has the mask first
		if out := c.Value &^ c.Mask; out != 0 {
			r.note(CodeMaskBits, Same, v, "bits %#x of valueTwo are outside the mask, which is value, and do not count (are the two exchanged?)", out)
		}
	case c.Mask != 0:
		r.note(CodeValueTwo, Same, two, "valueTwo does nothing beside %s, which compares with value alone", c.Op.SCMP())
		c.Mask = 0
	}
	if r.dialect == Mesos && index && slices.ContainsFunc(e.Conds, func(o Cond) bool { return o.Arg == c.Arg }) {
		r.failf(CodeSameArg, v, "a second condition on argument %d, for which Mesos refuses the profile (write an entry for each)", c.Arg)
	}
	e.Conds = append(e.Conds, c)
}

// guard reads includes or excludes.
func (r *reader) guard(v *value) Guard {
	var g Guard
	if !r.want(object, v) {
		return g
	}
	g.Pos, g.path = r.pos(v), r.pointer(v)
	r.members(v, levelGuard, func(key string, v *value) {
		switch key {
		case "caps":
			g.Caps = r.strs(v)
		case "arches":
			g.Arches = r.strs(v)
			if r.dialect == Mesos && g.Arches == nil {
				g.Arches = []string{}
			}
		case "minKernel":
			if !r.want(text, v) {
				return
			}
			g.MinKernel = new(syscalls.Version)
			if v.text == "" {
				r.note(CodeNoVersion, Same, v, "minKernel \"\" is older than every kernel: includes always holds, excludes always drops the entry")
				return
			}
			kernel, major, ok := strings.Cut(v.text, ".")
			x, err1 := strconv.ParseUint(kernel, 10, 8)
			y, err2 := strconv.ParseUint(major, 10, 8)
			if !ok || err1 != nil || err2 != nil || x == 0 && y == 0 {
				r.failf(CodeMinKernel, v, "minKernel %q (want KERNEL.MAJOR, as in \"4.8\": two numbers up to 255)", v.text)
				return
			}
			*g.MinKernel = syscalls.Version{Major: uint16(x), Minor: uint16(y)}
		}
	})
	if r.dialect == Mesos {
		r.mesosGuard(v, &g)
	}
	return g
}
