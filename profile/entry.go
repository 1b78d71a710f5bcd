package profile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/syscalls"
)

// entry reads an element of syscalls.
func (r *reader) entry(v *value, at *path, p *Profile) {
	if !r.need(object, v, at) {
		return
	}
	e := Entry{Pos: r.pos(v), path: at.String()}
	r.demand(v, at, demandedEntry)
	var action, name *value
	var actionPath, namePath *path
	var errno errnoFields
	r.members(v, at, dialects[r.dialect].entry, Weaker, func(key string, v *value, at *path) {
		switch key {
		case "names":
			if r.dialect == Mesos && v.kind == array && len(v.elems) == 0 {
				r.failf(CodeMissing, v, at, "no names (Mesos demands at least one)")
			}
			r.elems(v, at, func(_ int, v *value, at *path) { r.name(v, at, &e) })
		case "name":
			if name, namePath = v, at; r.want(text, v, at) && v.text == "" {
				name = nil
			}
		case "action":
			action, actionPath = v, at
		case "errnoRet":
			errno.number, errno.numberPath = v, at
		case "errno":
			errno.name, errno.namePath = v, at
		case "args":
			r.elems(v, at, func(_ int, v *value, at *path) { r.cond(v, at, &e) })
		case "comment":
			e.Comment = r.str(v, at)
		case "includes":
			e.Includes = r.guard(v, at)
		case "excludes":
			e.Excludes = r.guard(v, at)
		}
	})
	if name != nil && name.kind == text {
		if len(e.Names) > 0 {
			r.failf(CodeNameAndNames, name, namePath, "name beside names (move it into names)")
		}
		e.old = true
		r.name(name, namePath, &e)
	}
	if action == nil || action.kind == null {
		r.failf(CodeMissing, v, at, "no action (write what these calls get, such as \"SCMP_ACT_ALLOW\")")
	} else {
		faults := len(r.errs)
		e.Action, e.errno = r.action(action, actionPath, errno)
		if r.dialect == Mesos && e.Action == p.Default && len(r.errs) == faults {
			r.failf(CodeSaysDefault, v, at, "the entry says the default action, for which Mesos refuses the profile (delete it)")
		}
	}
	if e.Action == Notify && slices.ContainsFunc(e.Names, func(n Name) bool { return n.Text == "write" }) {
		r.failf(CodeNotifyWrite, v, at, "NOTIFY on write: a runtime writes before anybody answers and would hang (leave write out)")
	}
	if len(e.Names) == 0 {
		r.note(CodeNoNames, lost(e.Action, p.Default), v, at, "the entry names no call and does nothing")
	}
	p.Entries = append(p.Entries, e)
}

func (r *reader) name(v *value, at *path, e *Entry) {
	if !r.need(text, v, at) {
		return
	}
	if v.text == "" {
		r.failf(CodeMissing, v, at, "empty name of a call (delete it)")
		return
	}
	if r.dialect == Mesos && !syscalls.Known(v.text) {
		r.failf(CodeUnknownCall, v, at, "unknown system call %q%s, for which Mesos refuses the profile", v.text, spell.Hint(v.text, syscalls.Names()))
	}
	e.Names = append(e.Names, Name{v.text, r.pos(v)})
}

// cond reads an element of args.
func (r *reader) cond(v *value, at *path, e *Entry) {
	if !r.need(object, v, at) {
		return
	}
	c := Cond{Pos: r.pos(v)}
	var one, two *value
	var twoPath *path
	var op, index bool
	r.demand(v, at, demandedArg)
	r.members(v, at, dialects[r.dialect].arg, Weaker, func(key string, v *value, at *path) {
		switch key {
		case "index":
			n := r.uint(v, at)
			if n > 5 {
				r.failf(CodeArgIndex, v, at, "argument index %d (a call has six arguments, 0 to 5)", n)
				n = 0
			}
			c.Arg, index = int(n), v.kind != null
		case "value":
			one, c.Value = v, r.uint(v, at)
		case "valueTwo":
			two, twoPath, c.Mask = v, at, r.uint(v, at)
		case "op":
			if op = v.kind != null; !r.want(text, v, at) {
				return
			}
			var err error
			if c.Op, err = opNamed(v.text); err != nil {
				r.fail(CodeUnknownOp, v, at, err)
			}
		}
	})
	if !op {
		r.failf(CodeMissing, v, at, "no op (write the comparison, such as \"SCMP_CMP_EQ\")")
	}
	if !index {
		r.note(CodeNoIndex, Same, v, at, "no index: the condition is on argument 0 (write it)")
	}
	if one == nil || one.kind == null {
		r.note(CodeNoValue, Same, v, at, "no value, which counts as 0 (write it)")
	}
	switch {
	case c.Op == MaskedEQ:
		c.Mask, c.Value = c.Value, c.Mask // the text has the mask first
		if out := c.Value &^ c.Mask; out != 0 {
			r.note(CodeMaskBits, Same, v, at, "bits %#x of valueTwo are outside the mask, which is value, and do not count (are the two exchanged?)", out)
		}
	case c.Mask != 0:
		r.note(CodeValueTwo, Same, two, twoPath, "valueTwo does nothing beside %s, which compares with value alone", opNames[c.Op].scmp)
		c.Mask = 0
	}
	if r.dialect == Mesos && index && slices.ContainsFunc(e.Conds, func(o Cond) bool { return o.Arg == c.Arg }) {
		r.failf(CodeSameArg, v, at, "a second condition on argument %d, for which Mesos refuses the profile (write an entry for each)", c.Arg)
	}
	e.Conds = append(e.Conds, c)
}

// guard reads includes or excludes.
func (r *reader) guard(v *value, at *path) Guard {
	var g Guard
	if !r.want(object, v, at) {
		return g
	}
	g.Pos, g.path = r.pos(v), at.String()
	r.members(v, at, dialects[r.dialect].guard, Weaker, func(key string, v *value, at *path) {
		switch key {
		case "caps":
			g.Caps = r.strs(v, at)
		case "arches":
			g.Arches = r.strs(v, at)
			if r.dialect == Mesos && g.Arches == nil {
				g.Arches = []string{}
			}
		case "minKernel":
			if !r.want(text, v, at) {
				return
			}
			g.MinKernel = new(syscalls.Version)
			if v.text == "" {
				r.note(CodeNoVersion, Same, v, at, "minKernel \"\" is older than every kernel: includes always holds, excludes always drops the entry")
				return
			}
			kernel, major, ok := strings.Cut(v.text, ".")
			x, err1 := strconv.ParseUint(kernel, 10, 8)
			y, err2 := strconv.ParseUint(major, 10, 8)
			if !ok || err1 != nil || err2 != nil || x == 0 && y == 0 {
				r.failf(CodeMinKernel, v, at, "minKernel %q (want KERNEL.MAJOR, as in \"4.8\": two numbers up to 255)", v.text)
				return
			}
			*g.MinKernel = syscalls.Version{Major: uint16(x), Minor: uint16(y)}
		}
	})
	if r.dialect == Mesos {
		r.mesosGuard(v, at, &g)
	}
	return g
}
