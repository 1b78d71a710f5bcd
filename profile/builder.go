package profile

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
)

// maxAlternatives is the most entries that a rule of a Builder can have, one for each
// combination of the values of its conditions, and the most values of a condition.
const maxAlternatives = 1 << 10

// A Builder makes a [Profile] in Go:
//
//	p, err := profile.New(policy.Errno(1)).
//		Allow("read", "write", "exit_group").
//		Allow("openat").If(profile.Arg(2).Masked("O_ACCMODE|O_CREAT|O_TRUNC", "O_RDONLY")).
//		Allow("socket").If(profile.Arg(0).Is("AF_UNIX", "AF_INET")).
//		Profile()
//
// The laws in the package documentation apply to the profile as to one that [Parse]
// returns. Its notes and errors have the line of Go code instead of a position in a text.
//
// A Builder's methods change it and return it. Faults are collected, and [Builder.Profile]
// returns them all. A Builder is not safe for concurrent use; its profiles are.
type Builder struct {
	pos    policy.Pos
	def    policy.Action
	rules  []rule
	arches []archAt
	flags  []flagAt
	given  bool // flags are, be it none
	errs   errorList
}

// A rule is an action for some calls under conditions that must all hold.
type rule struct {
	pos    policy.Pos
	names  []string
	action policy.Action
	errno  string      // of action, if it is by name
	conds  []Condition // on arguments
	guards guards
	limits bool // it has had its If
}

// A flagAt is a flag with the line that sets it.
type flagAt struct {
	name string
	pos  policy.Pos
}

// New returns a Builder. Calls that no rule names get the action def.
func New(def policy.Action) *Builder { return &Builder{pos: caller(), def: def} }

// orZero returns the builder, and for nil one that Profile refuses, too.
func (b *Builder) orZero() *Builder {
	if b == nil {
		return new(Builder)
	}
	return b
}

// caller returns the line that called the exported function which calls it.
func caller() policy.Pos {
	_, file, line, ok := runtime.Caller(2)
	if !ok {
		return policy.Pos{File: "unknown.go", Line: 1}
	}
	return policy.Pos{File: path.Base(file), Line: line}
}

// Allow adds a rule that lets calls pass. Each name is that of a call, or of a group of
// calls such as "@files", see [Groups].
func (b *Builder) Allow(names ...string) *Builder {
	return b.rule(caller(), policy.Allow, "", names)
}

// Errno adds a rule that makes calls fail with an errno, such as "ENOSYS". The number
// is that of the Target's ABI.
func (b *Builder) Errno(errno string, names ...string) *Builder {
	b, pos := b.orZero(), caller()
	n, ok := arch.X86_64.Errno(errno)
	if !ok {
		hint := spell.Hint(errno, arch.Errnos())
		if hint == "" {
			hint = " (write one such as EPERM, then the calls)"
		}
		b.fail(CodeUnknownErrno, pos, "unknown errno %q%s", errno, hint)
		errno = ""
	}
	return b.rule(pos, policy.Errno(n), errno, names)
}

// Kill adds a rule that makes calls kill the process.
func (b *Builder) Kill(names ...string) *Builder {
	return b.rule(caller(), policy.KillProcess, "", names)
}

// Log adds a rule that lets calls pass and writes them to the kernel's log.
func (b *Builder) Log(names ...string) *Builder {
	return b.rule(caller(), policy.Log, "", names)
}

// Notify adds a rule that hands calls to a supervisor (package install/notify).
func (b *Builder) Notify(names ...string) *Builder {
	return b.rule(caller(), policy.Notify, "", names)
}

// Answer adds a rule with any action.
func (b *Builder) Answer(a policy.Action, names ...string) *Builder {
	return b.rule(caller(), a, "", names)
}

func (b *Builder) rule(pos policy.Pos, a policy.Action, errno string, names []string) *Builder {
	b = b.orZero()
	if len(names) == 0 {
		b.fail(CodeMissing, pos, "a rule without calls (name them)")
	}
	r := rule{pos: pos, action: a, errno: errno}
	for _, name := range names {
		switch members, group := groupOf(name); {
		case group && members == nil:
			b.fail(CodeUnknownCall, pos, "unknown group of calls %q%s", name, spell.HintOr(name, slices.Values(Groups()), "@files, @network, ..."))
		case group:
			r.names = append(r.names, members...)
		case name == "":
			b.fail(CodeMissing, pos, "empty name of a call (delete it)")
		case calls.Lookup(name) == 0:
			b.fail(CodeUnknownCall, pos, "unknown system call %q%s", name, callHint(name))
		default:
			r.names = append(r.names, name)
		}
	}
	b.rules = append(b.rules, r)
	return b
}

// If limits the previous rule to calls for which all conditions hold. If the
// conditions of several rules hold, the strictest answer counts (law 6).
func (b *Builder) If(conds ...Condition) *Builder {
	b, pos := b.orZero(), caller()
	switch {
	case len(b.rules) == 0:
		b.fail(CodeMissing, pos, "If without a rule before it (write Allow or another rule first)")
		return b
	case len(conds) == 0:
		b.fail(CodeEmpty, pos, "If without conditions (write them, or delete it)")
		return b
	}
	r := &b.rules[len(b.rules)-1]
	if r.limits {
		b.fail(CodeSameArg, pos, "a second If for one rule (list all conditions in one If if all must hold; else write another rule)")
		return b
	}
	r.limits = true
	for _, c := range conds {
		if c.err == nil && c.guard == nil && c.either == nil {
			c.err = &Error{CodeMissing, pos, "", errors.New("an empty Condition (start from Arg, Caps, NoCaps or SinceKernel)")}
		}
		if c.err == nil && c.guard == nil && slices.ContainsFunc(r.conds, func(o Condition) bool { return o.arg == c.arg }) {
			c.err = &Error{CodeSameArg, c.pos, "", fmt.Errorf("a second condition on argument %d (combine them, as in Is with all values, or Between; if one of them is enough, write another rule)", c.arg)}
		}
		if c.err == nil && c.guard != nil {
			c.err = c.guard(&r.guards)
		}
		switch {
		case c.err != nil:
			b.errs.add(c.err)
		case c.guard == nil:
			r.conds = append(r.conds, c)
		}
	}
	return b
}

// Arches adds ABIs to the filter. The Target's ABI is always in it.
func (b *Builder) Arches(list ...arch.Arch) *Builder {
	b, pos := b.orZero(), caller()
	if len(list) == 0 {
		b.fail(CodeEmpty, pos, "Arches without ABIs (name some, or delete Arches: the Target's ABI is always in the filter)")
	}
	for _, a := range list {
		if !a.Valid() {
			b.fail(CodeUnknownArch, pos, "%d is not an ABI (use a constant of package arch)", a)
			continue
		}
		b.arches = append(b.arches, archAt{Arch: a, Pos: pos})
	}
	return b
}

// Flags sets the flags of the installation. An empty list requests no flags. Without
// Flags the filter requests SPEC_ALLOW if the kernel has it (law 11).
func (b *Builder) Flags(list ...policy.Flag) *Builder {
	b, pos := b.orZero(), caller()
	if b.given {
		b.fail(CodeFlagIgnored, pos, "Flags twice (list all in one)")
	}
	b.given = true
	for _, f := range list {
		if !f.Valid() {
			b.fail(CodeUnknownFlag, pos, "%s is not a flag (use the constants of package policy)", f)
			continue
		}
		b.flags = append(b.flags, flagAt{f.String(), pos})
	}
	return b
}

func (b *Builder) fail(code Code, pos policy.Pos, format string, args ...any) {
	b.errs.add(&Error{code, pos, "", fmt.Errorf(format, args...)})
}

// Profile returns the profile, or every fault of the code that built it as an [*Error]
// with the line, joined, up to a hundred. The Builder can still be used afterwards.
func (b *Builder) Profile() (*Profile, error) {
	if b == nil || b.pos == (policy.Pos{}) {
		return nil, &Error{CodeMissing, caller(), "", errors.New("a Builder that New did not return (start from New)")}
	}
	t := &tree{}
	root := t.object(b.pos)
	errs := slices.Clone(b.errs)
	if len(b.rules) == 0 && b.def.Kind() != policy.Log && b.def.Kind() != policy.Trace(0) {
		errs.add(&Error{CodeMissing, b.pos, "", fmt.Errorf("no rules: every call would get %s (add some)", b.def)})
	}
	def := b.def
	if !def.Valid() {
		errs.add(&Error{CodeUnknownAction, b.pos, "", fmt.Errorf("%s is not an action (use the constants of package policy, Errno and Trace)", def)})
		def = policy.KillProcess // so that nothing else is at fault
	}
	t.setAction(&root, "defaultAction", "defaultErrnoRet", def, b.pos)
	if b.arches != nil {
		list := t.array(b.arches[0].Pos)
		for _, a := range b.arches {
			list.Append(t.text(a.Arch.SCMP(), a.Pos))
		}
		root.Set("architectures", list)
	}
	if b.given {
		list := t.array(b.pos)
		for _, f := range b.flags {
			list.Append(t.text(f.name, f.pos))
		}
		root.Set("flags", list)
	}
	list := t.array(b.pos)
	d := Docker
	for i := range b.rules {
		r := &b.rules[i]
		if r.errno != "" {
			d = Containers // which has errnos by name
		}
		if !r.action.Valid() {
			errs.add(&Error{CodeUnknownAction, r.pos, "", fmt.Errorf("%s is not an action (use the constants of package policy, Errno and Trace)", r.action)})
			continue
		}
		if err := r.appendTo(&list, t); err != nil {
			errs.add(err)
		}
	}
	root.Set("syscalls", list)
	read := t.reader(&root, d)
	read.code = true
	p, err := read.read(&root, false)
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range all.Unwrap() {
			errs.add(e.(*Error))
		}
	}
	if err := errs.join(); err != nil {
		return nil, err
	}
	return p, nil
}

// setAction sets the keys of an action, of which the first is there.
func (t *tree) setAction(v *jsonpos.Value, key, errno string, a policy.Action, pos policy.Pos) {
	v.Set(key, t.text(a.SCMP(), pos))
	if a.HasData() {
		v.Set(errno, t.number(uint64(a.Data()), pos))
	}
}

// appendTo appends the rule's entries, one for each combination of alternatives.
func (r *rule) appendTo(list *jsonpos.Value, t *tree) *Error {
	n, g := 1, r.guards
	for _, c := range r.conds {
		if n *= len(c.either); n > maxAlternatives {
			return &Error{CodeTooLarge, r.pos, "", fmt.Errorf("more than %d combinations of values (write several rules)", maxAlternatives)}
		}
	}
	for i := range n {
		e := t.object(r.pos)
		e.Set("names", t.texts(r.names, r.pos))
		if r.errno != "" {
			e.Set("action", t.text(r.action.SCMP(), r.pos))
			e.Set("errno", t.text(r.errno, r.pos))
		} else {
			t.setAction(&e, "action", "errnoRet", r.action, r.pos)
		}
		args, rest := t.array(r.pos), i
		for _, c := range r.conds {
			for _, each := range c.either[rest%len(c.either)] {
				args.Append(t.comparison(c.arg, each, c.pos))
			}
			rest /= len(c.either)
		}
		e.Set("args", args)
		if g.caps != nil || g.kernel != "" {
			v := t.object(r.pos)
			if g.caps != nil {
				v.Set("caps", t.texts(g.caps, r.pos))
			}
			if g.kernel != "" {
				v.Set("minKernel", t.text(g.kernel, g.kernelPos))
			}
			e.Set("includes", v)
		}
		if g.noCaps != nil {
			v := t.object(r.pos)
			v.Set("caps", t.texts(g.noCaps, r.pos))
			e.Set("excludes", v)
		}
		list.Append(e)
	}
	return nil
}
