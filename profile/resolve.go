package profile

import (
	"fmt"
	"slices"
	"sync"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/resolved"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Resolution is the policy of a profile for a Target, with notes for the profile's
// author. It is immutable and safe for concurrent use. A nil Resolution means the same as
// the zero value, which Resolve never returns: it has no policy, and it cannot be
// compiled.
type Resolution struct {
	policy *policy.Policy
	notes  []Note
	from   *resolver // that made it
}

func init() {
	resolved.Policy = func(res any) *policy.Policy { return res.(*Resolution).orZero().policy }
}

// orZero returns the resolution, and for nil one that is empty.
func (res *Resolution) orZero() *Resolution {
	if res == nil {
		return &Resolution{}
	}
	return res
}

// Policy returns the policy. The caller owns it. Changes to it do not change the Resolution;
// compile.Policy compiles a changed policy.
func (res *Resolution) Policy() *policy.Policy { return res.orZero().policy.Clone() }

// Decide returns the policy's answer to a call and the rule that gives it, as
// [policy.Policy.Decide] does. The caller owns the rule.
func (res *Resolution) Decide(c syscalls.Call) (policy.Action, *policy.Rule) {
	a, r := res.orZero().policy.Decide(c)
	return a, r.Clone()
}

// Notes returns the notes of Parse and Resolve, in the order of the text. The caller owns
// the slice.
func (res *Resolution) Notes() []Note { return slices.Clone(res.orZero().notes) }

// String returns the policy as text, as [policy.Policy.String] does.
func (res *Resolution) String() string { return res.orZero().policy.String() }

// Resolve returns the profile's meaning for a Target, as the laws in the package
// documentation define it. Its errors are of type [*Error], joined. An error that wraps
// [ErrRefused] is a note that the caller did not accept.
func (p *Profile) Resolve(t Target) (*Resolution, error) {
	if err := t.check(p); err != nil {
		return nil, err
	}
	written := p
	p = p.on(t.Arch)
	r := newResolver(p, t)
	r.written = written
	r.notes = slices.Grow(slices.Clone(p.notes), usualNotes)
	if t.BadArch != nil {
		r.badArch = *t.BadArch
	}
	r.noteBadArch()
	pol := &policy.Policy{Default: p.def, BadArch: r.badArch, Listener: p.listener}
	pol.ByAudit = t.Compat == CompatRunc
	r.abis = r.arches()
	r.entries = r.guarded()
	r.listed, r.places = make([]draft, 0, room(r.entries)), make([]uint64, 0, 2*room(r.entries))
	for _, a := range r.abis {
		pol.Arches = append(pol.Arches, r.arch(a, r.entries))
	}
	p.dialect.row().resolve(r, pol)
	r.noteNumbers(pol)
	r.noteErrnos(r.entries)
	r.noteSuspects(r.entries)
	pol.Flags = r.flags(pol)
	r.noteElsewhere(pol)
	r.noteRedundant(pol)
	r.checkRelease()
	r.checkKernel(pol)
	r.checkNotify(pol)
	slices.SortStableFunc(r.notes, func(a, b Note) int { return a.Pos.Compare(b.Pos) })
	if p.code {
		r.notes = distinctNotes(r.notes)
	}
	res := &Resolution{policy: pol, from: r}
	res.notes = res.MergeNames(r.notes)
	if err := r.errs.join(); err != nil {
		return nil, err
	}
	if err := refuse(res.notes, p.strict, t.AcceptWeaker); err != nil {
		return nil, err
	}
	return res, nil
}

func newResolver(p *Profile, t Target) *resolver {
	return &resolver{profile: p, target: t, laxest: p.laxest(), badArch: policy.KillThread, noted: make(map[noteKey]int, usualNotes), failed: map[string]bool{}, noRunc: p.unprintable() != nil}
}

// A resolver collects the faults and notes of one Resolve.
type resolver struct {
	profile     *Profile
	written     *Profile // with names of errnos and constants
	target      Target
	badArch     policy.Action
	laxest      policy.Action // of the profile's entries
	abis        []arch.Arch   // of the filter
	errs        errorList
	notes       []Note
	noted       map[noteKey]int   // where in notes
	failed      map[string]bool   // by text
	pairs       int               // of rules that have been compared
	unknown     int               // names that mean nothing
	listed      []draft           // scratch of arch
	places      []uint64          // scratch of byNumber
	entries     []*entry          // that the guards let count, as written
	runc        *policy.Policy    // in runc's reading, once it was asked for
	runcAnswers int               // how many answers underRunc gave
	noRunc      bool              // no runtime's profile can say what this one says
	both        []policy.Cond     // scratch of overlaps
	choices     map[*entry]bool   // whether entries that repeat an argument are alternatives
	lists       sync.Once         // of byList
	byList      map[listAt]*entry // by the place of its names, once it was asked for
	more        int               // of pairs, after one for the same rule
}

// usualNotes is about how many notes a profile gets.
const usualNotes = 32

// A noteKey tells notes apart: one place gets one note of a code.
type noteKey struct {
	code Code
	pos  policy.Pos
	path string
}

// lost returns the effect of losing a rule with action a.
func (r *resolver) lost(a policy.Action) Effect { return lost(a, r.profile.def, r.laxest) }

// fail adds a fault unless it is there already, from another ABI.
func (r *resolver) fail(code Code, pos policy.Pos, path, format string, args ...any) {
	if r.errs.full() {
		return
	}
	err := &Error{code, pos, path, fmt.Errorf(format, args...)}
	if text := err.Error(); !r.failed[text] {
		r.failed[text] = true
		r.errs.add(err)
	}
}

// note adds a note unless the same place has one of that code, from another
// ABI. Of two effects the worse one stays.
func (r *resolver) note(n Note) {
	k := noteKey{n.Code, n.Pos, n.Path}
	i, ok := r.noted[k]
	switch {
	case !ok:
		r.noted[k] = len(r.notes)
		r.notes = append(r.notes, n)
	case n.Effect > r.notes[i].Effect:
		r.notes[i] = n
	}
}

// wants reports whether note would keep a note of that code and effect.
func (r *resolver) wants(code Code, effect Effect, pos policy.Pos, path string) bool {
	i, ok := r.noted[noteKey{code, pos, path}]
	return !ok || effect > r.notes[i].Effect
}

// has reports whether the place has a note of the code.
func (r *resolver) has(code Code, pos policy.Pos, path string) bool {
	_, ok := r.noted[noteKey{code, pos, path}]
	return ok
}

// arches returns the ABIs of the filter, the native one first (law 1).
func (r *resolver) arches() []arch.Arch {
	native := r.target.Arch
	list := []arch.Arch{native}
	add := func(at archAt) {
		a, pos, path := at.Arch, at.Pos, at.path
		switch {
		case slices.Contains(list, a):
		case a.ByteOrder() != native.ByteOrder():
			r.fail(CodeByteOrder, pos, path, "%s does not have the byte order of %s: one filter cannot serve both (leave it out for this target)", a, native)
		case !a.SameKernel(native):
			r.note(Note{Code: CodeForeignABI, Pos: pos, Path: path, Text: fmt.Sprintf("no kernel runs both %s and %s programs; the filter has no code for %[2]s", native, a)})
		default:
			list = append(list, a)
		}
	}
	p := r.profile
	for _, a := range p.architectures {
		add(a)
	}
	for _, m := range p.archMap {
		if m.Arch != native {
			continue
		}
		for _, a := range m.Subs {
			add(a)
		}
		if !p.dialect.row().archMap(r, &m) {
			break // the first one counts
		}
	}
	return list
}

// arch resolves the entries for one ABI.
func (r *resolver) arch(a arch.Arch, entries []*entry) policy.ArchPolicy {
	ap := policy.ArchPolicy{Arch: a}
	entries = r.numbered(a, entries)
	listed := r.listed[:0]
	highest, named, rules := uint32(0), false, 0
	var muxed []muxRule
	_, _, multiplexed := syscalls.Mux(a, "socket") // every ABI with one multiplexer has the other
	if multiplexed {
		muxed = make([]muxRule, 0, 64) // twice as many as there are calls
	}
	for _, e := range entries {
		for i := range e.Names {
			n := &e.Names[i]
			if rules += max(1, len(e.Conds)); rules > maxRules {
				r.fail(CodeTooLarge, n.Pos, n.Path(), "more than %d rules and conditions for one ABI (no filter has room for so many)", maxRules)
				return ap
			}
			nr, ok := n.id.Number(a)
			var mux, sub uint32
			viaMux := false
			if multiplexed {
				mux, sub, viaMux = syscalls.Mux(a, n.Name)
			}
			if !ok && !viaMux {
				r.noteUnknown(e, n)
				continue
			}
			before := len(listed)
			listed = r.rules(listed, a, nr, e, n)
			if viaMux {
				for _, rule := range listed[before:] {
					muxed = append(muxed, muxRule{rule, muxCall{mux, sub}})
				}
			}
			if !ok {
				listed = listed[:before]
				continue
			}
			r.noteNewer(a, n)
			if r.counted(a, nr, viaMux) {
				highest, named = max(highest, nr), true
			}
		}
	}
	switch e := r.target.Enosys; {
	case e.Mode == EnosysSince:
		ap.Newer = newerThan(a, r.own(a), e.Since)
	case e.Mode == EnosysRunc && named && answersENOSYS(r.profile.def):
		ap.Newer = above(a, r.own(a), highest)
	}
	if len(ap.Newer) > 0 {
		ap.Enosys = policy.Errno(a.ENOSYS())
	}
	listed = append(listed, r.multiplex(&ap, muxed, listed)...)
	listed = r.unreached(&ap, listed)
	listed = append(listed, r.oldX32(&ap)...)
	listed = r.order(&ap, listed)
	r.listed = listed
	ap.Rules = make([]policy.Rule, len(listed))
	for i := range listed {
		ap.Rules[i] = listed[i].Rule
	}
	return ap
}

// own returns the numbers of an ABI of the filter in calls with its audit value. In
// runc's reading those of x86_64 without bit 30 are all that it tests for newer
// calls (libcontainer/seccomp/patchbpf, generateStub).
func (r *resolver) own(a arch.Arch) []policy.Range {
	if r.target.Compat == CompatRunc && r.target.Enosys.Mode == EnosysRunc && a == arch.X86_64 && !slices.Contains(r.abis, arch.X32) {
		return []policy.Range{{Lo: 0, Hi: arch.X32Bit - 1}, {Lo: 2 * arch.X32Bit, Hi: 3*arch.X32Bit - 1}}
	}
	filter := policy.Policy{ByAudit: r.target.Compat == CompatRunc, Arches: make([]policy.ArchPolicy, len(r.abis))}
	for i, b := range r.abis {
		filter.Arches[i].Arch = b
	}
	return filter.Numbers(a, a.Audit())
}

// room returns how many names the entries have, and as a rule no more rules for
// an ABI.
func room(entries []*entry) (n int) {
	for _, e := range entries {
		n += len(e.Names)
	}
	return min(n, maxRules)
}

// noteUnknown notes a name of a call that no ABI has.
func (r *resolver) noteUnknown(e *entry, n *callName) {
	if n.id != 0 || r.has(CodeUnknownCall, n.Pos, n.Path()) {
		return
	}
	hint := ""
	if r.unknown++; r.unknown <= maxHints {
		hint = callHint(n.Name)
	}
	effect := r.lost(e.Action)
	if len(e.Conds) == 0 && e.covers(n.Name) {
		effect = Same // the entry has what the function calls
	}
	r.note(Note{Code: CodeUnknownCall, Effect: effect, Pos: n.Pos, Path: n.Path(),
		Text: fmt.Sprintf("unknown system call %q%s is ignored", n.Name, hint)})
}

// noteNewer notes a name of a call that the Target's kernel does not have yet.
func (r *resolver) noteNewer(a arch.Arch, name *callName) {
	k := r.target.Kernel
	major, minor, ok := name.id.Since(a)
	since := syscalls.Version{Major: major, Minor: minor}
	if ok && !k.IsZero() && k.Compare(since) < 0 {
		r.note(Note{Code: CodeTooNew, Pos: name.Pos, Path: name.Path(),
			Text: fmt.Sprintf("%s came to %s with Linux %s, the target has %s", name.Name, a, since, k)})
	}
}

// flags returns the flags of the installation (law 11).
func (r *resolver) flags(pol *policy.Policy) []policy.Flag {
	p, notify := r.profile, false
	for _, a := range pol.Arches {
		for i := range a.Rules {
			notify = notify || a.Rules[i].Action == policy.Notify
		}
	}
	flags := slices.Clone(p.flags)
	if !p.flagsGiven && r.target.lacksFlag(policy.FlagSpecAllow) == nil {
		flags = append(flags, policy.FlagSpecAllow)
	}
	if notify {
		flags = append(flags, policy.FlagNewListener)
	} else if slices.Contains(flags, policy.FlagWaitKillableRecv) {
		r.fail(CodeWaitKillable, p.flagsPos, p.path+"/flags", "%s without a NOTIFY rule: the kernel refuses it (delete the flag)", policy.FlagWaitKillableRecv)
	}
	slices.Sort(flags)
	return flags
}

// checkKernel faults actions and flags that the Target's kernel lacks.
func (r *resolver) checkKernel(pol *policy.Policy) {
	p := r.profile
	if err := r.target.lacksAction(pol.Default); err != nil {
		r.fail(CodeKernelTooOld, p.defPos, p.path+"/defaultAction", "%w", err)
	}
	if err := r.target.lacksAction(pol.BadArch); err != nil {
		r.fail(CodeKernelTooOld, policy.Pos{}, "", "--bad-arch, or Target.BadArch: %w", err)
	}
	var known policy.Action // that the kernel has, as every kernel has KillThread
	for i := range pol.Arches {
		for j := range pol.Arches[i].Rules {
			rule := &pol.Arches[i].Rules[j]
			if rule.Action == known || (rule.Pos() == policy.Pos{}) { // or not the profile's, but BadArch
				continue
			}
			if err := r.target.lacksAction(rule.Action); err != nil {
				r.fail(CodeKernelTooOld, rule.Pos(), rule.Path(), "%w", err)
			} else {
				known = rule.Action
			}
		}
	}
	for _, f := range pol.Flags {
		if f == policy.FlagNewListener {
			continue // NOTIFY is faulted
		}
		if err := r.target.lacksFlag(f); err != nil {
			r.fail(CodeKernelTooOld, p.flagsPos, p.path+"/flags", "%w", err)
		}
	}
}
