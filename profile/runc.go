package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// underRunc returns the answer of runc's reading to a call; ok is false in that
// reading itself, and where it was asked too often.
func (r *resolver) underRunc(c syscalls.Call) (a policy.Action, ok bool) {
	if r.runcAnswers++; r.noRunc || r.target.Compat == CompatRunc || r.runcAnswers > maxRuncAnswers {
		return 0, false
	}
	if r.runc == nil {
		r.runc, _ = r.inRunc(r.target.Enosys)
	}
	// Decide goes through all rules, of which there may be thousands.
	pol := *r.runc
	pol.Arches = slices.Clone(pol.Arches)
	for i := range pol.Arches {
		pol.Arches[i].Rules = rulesOf(&pol.Arches[i], c.Nr)
	}
	a, _ = pol.Decide(c)
	return a, true
}

// inRunc returns the policy in runc's reading, without notes, and its faults.
func (r *resolver) inRunc(enosys Enosys) (*policy.Policy, errorList) {
	t := r.target
	t.Compat, t.Enosys = CompatRunc, enosys
	o := newResolver(r.profile, t)
	o.badArch, o.abis = r.badArch, r.abis
	pol := &policy.Policy{Default: r.profile.def, BadArch: r.badArch, ByAudit: true}
	o.entries = o.guarded()
	for _, a := range o.abis {
		pol.Arches = append(pol.Arches, o.arch(a, o.entries))
	}
	o.checkNotify(pol)
	if o.noteErrnos(o.entries); len(o.errs) == 0 {
		if i := slices.IndexFunc(o.notes, func(n Note) bool { return n.Code == CodeErrnoRunc }); i >= 0 {
			o.fail(CodeErrnoRunc, o.notes[i].Pos, o.notes[i].Path, "%s", o.notes[i].Text)
		}
	}
	return pol, o.errs
}

// noteErrnos notes, in runc's reading, errnos that libseccomp refuses, so that
// runc does not start the container: it takes those below 4095 (src/api.c,
// _seccomp_api action checks).
func (r *resolver) noteErrnos(entries []*entry) {
	if r.target.Compat != CompatRunc {
		return
	}
	note := func(a policy.Action, pos policy.Pos, path string) {
		if a == policy.Errno(abi.MaxErrno) {
			r.note(Note{Code: CodeErrnoRunc, Pos: pos, Path: path,
				Text: fmt.Sprintf("libseccomp refuses errno %d, so runc cannot start a container with it (use a smaller one)", abi.MaxErrno)})
		}
	}
	note(r.profile.def, r.profile.defPos, r.profile.path+"/defaultAction")
	for _, e := range entries {
		note(e.Action, e.Pos, e.path)
	}
}

// PrintNotes returns the notes on the output of [Resolution.MarshalJSON]: at most two,
// weaker ones. One names the calls for which runc may be weaker than the policy once it is
// printed, the other a call that libseccomp may compile wrongly. For most policies they are
// exact. The first may name too many calls if rules with several actions differ between the
// two readings.
func (res *Resolution) PrintNotes() []Note {
	if res == nil || res.from == nil {
		return nil
	}
	p := res.policy
	var notes []Note
	note := func(text string) {
		notes = append(notes, Note{Code: CodePrinted, Effect: Weaker, Pos: res.from.profile.pos, Path: res.from.profile.path, Text: "entries are printed as written, and " + text})
	}
	runc, errs := res.from.inRunc(Enosys{}) // runc's own rule, whatever the Target's is
	if len(errs) > 0 {
		note("runc does not load them: " + errs[0].Err.Error())
		return notes
	}
	var names []string
	r := readings{left: maxReadings}
	for i := range p.Arches {
		for _, name := range r.weakerCalls(p, &p.Arches[i], runc, &runc.Arches[i]) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if p.BadArch.Stricter(policy.KillThread) {
		names = append(names, "those of other ABIs")
	}
	const most = 20
	if n := len(names) - most; n > 0 {
		names = append(names[:most], fmt.Sprintf("and %d more", n))
	}
	if len(names) > 0 {
		note("runc then refuses less than this policy, for the calls " + strings.Join(names, ", ") + " (resolve in runc's reading to print exactly what runc does)")
	}
	if err := res.Miscompiled(); err != nil {
		note("libseccomp may compile them wrongly: " + err.Error())
	}
	return notes
}

// Readings compares two readings of a policy.
type readings struct {
	left int // pairs of conditions that may be compared
}

// maxReadings is how many pairs of conditions the readings are compared by.
const maxReadings = 1 << 12

// weakerCalls returns the names of the calls of an ABI that a policy in runc's
// reading may answer less strictly than one in the kernel's.
func (r *readings) weakerCalls(p *policy.Policy, a *policy.ArchPolicy, runc *policy.Policy, b *policy.ArchPolicy) (names []string) {
	nrs := []uint32{}
	for i := range a.Rules {
		nrs = append(nrs, a.Rules[i].Nr)
	}
	for i := range b.Rules {
		nrs = append(nrs, b.Rules[i].Nr)
	}
	for _, n := range slices.Concat(a.Newer, b.Newer) {
		nrs = append(nrs, n.Lo, n.Hi, n.Lo-1, n.Hi+1)
	}
	own := p.Numbers(a.Arch, a.Arch.Audit())
	slices.Sort(nrs)
	for _, nr := range slices.Compact(nrs) {
		if !slices.ContainsFunc(own, func(n policy.Range) bool { return n.Lo <= nr && nr <= n.Hi }) {
			continue // no call of the ABI
		}
		if r.weakerRules(rulesOf(a, nr), general(p, a, nr), rulesOf(b, nr), general(runc, b, nr)) {
			name, ok := syscalls.Name(a.Arch, nr)
			if !ok {
				name = "that are newer than the profile"
			}
			names = append(names, name)
		}
	}
	stricter := func(rule policy.Rule) bool { return rule.Action.Stricter(p.Default) }
	if _, last := a.Arch.Serving(0); last != ^uint32(0) && !p.ByAudit &&
		(slices.ContainsFunc(a.Rules, stricter) || passes(p.Default) && len(p.Arches) < 3) { // o32, n32 and n64
		names = append(names, "of other MIPS ABIs")
	}
	return names
}

// rulesOf returns an ABI's rules for a number, as Resolve has put them in order.
func rulesOf(a *policy.ArchPolicy, nr uint32) []policy.Rule {
	lo, _ := slices.BinarySearchFunc(a.Rules, nr, func(r policy.Rule, nr uint32) int { return cmp.Compare(r.Nr, nr) })
	hi := lo
	for hi < len(a.Rules) && a.Rules[hi].Nr == nr {
		hi++
	}
	return a.Rules[lo:hi]
}

// isNewer reports whether a number is one of a call newer than the profile.
func isNewer(a *policy.ArchPolicy, nr uint32) bool {
	return slices.ContainsFunc(a.Newer, func(n policy.Range) bool { return n.Lo <= nr && nr <= n.Hi })
}

// general returns the answer to a number of an ABI where no rule matches.
func general(p *policy.Policy, a *policy.ArchPolicy, nr uint32) policy.Action {
	if isNewer(a, nr) {
		return a.Enosys
	}
	return p.Default
}

// weakerRules reports whether a call may be answered less strictly by its rules in
// runc's reading than by those in the kernel's, where none matches by general
// answers. It may if there are too many rules to tell.
func (r *readings) weakerRules(kernel []policy.Rule, general policy.Action, runc []policy.Rule, generalRunc policy.Action) bool {
	lax, strict := answers(runc, generalRunc), answers(kernel, general)
	if !slices.ContainsFunc(lax, func(a policy.Action) bool { return strict[0].Stricter(a) }) {
		return false
	}
	if generalRunc != general || len(kernel) > maxCompared || len(runc) > maxCompared {
		return true
	}
	if all := slices.Concat(kernel, runc); len(kernel)*len(runc) > 0 && oneAction(all) {
		// All rules say one thing, in whatever order: what one reading matches, the
		// other must.
		if general.Stricter(kernel[0].Action) {
			return !r.within(runc, kernel)
		}
		return !r.within(kernel, runc)
	}
	if len(kernel) != len(runc) || !apartByAction(kernel) {
		return !slices.EqualFunc(kernel, runc, r.sameRule)
	}
	return slices.ContainsFunc(kernel, func(k policy.Rule) bool {
		return !slices.ContainsFunc(runc, func(o policy.Rule) bool { return r.sameRule(k, o) })
	})
}

// maxCompared is the most rules of a call of which the two readings are compared.
const maxCompared = 256

// oneAction reports whether all rules have the same action.
func oneAction(rules []policy.Rule) bool {
	return !slices.ContainsFunc(rules, func(r policy.Rule) bool { return r.Action != rules[0].Action })
}

// within reports whether whatever matches a rule of a matches one of b, as far as
// it can tell.
func (r *readings) within(a, b []policy.Rule) bool {
	return !slices.ContainsFunc(a, func(x policy.Rule) bool {
		return !slices.ContainsFunc(b, func(y policy.Rule) bool { return slices.EqualFunc(x.Conds, y.Conds, sameCond) }) &&
			!slices.ContainsFunc(b, func(y policy.Rule) bool { return r.implies(x.Conds, y.Conds) })
	})
}

// sameCond reports whether two conditions are written alike.
func sameCond(x, y policy.Cond) bool {
	return x == y
}

// implies reports whether arguments that meet all of a meet all of b, as far as it
// can tell.
func (r *readings) implies(a, b []policy.Cond) bool {
	return !slices.ContainsFunc(b, func(y policy.Cond) bool {
		return !slices.ContainsFunc(a, func(x policy.Cond) bool {
			if x.Arg != y.Arg || sameCond(x, y) {
				return x.Arg == y.Arg
			}
			if r.left--; r.left < 0 {
				return false
			}
			xNotY, _ := compareConds(y, x)
			return !xNotY
		})
	})
}

// sameRule reports whether two rules say the same of the same calls.
func (r *readings) sameRule(a, b policy.Rule) bool {
	return a.Action == b.Action && r.implies(a.Conds, b.Conds) && r.implies(b.Conds, a.Conds)
}

// apartByAction reports whether no two rules of different actions match one call.
func apartByAction(rules []policy.Rule) bool {
	for i := range rules {
		for j := range i {
			if rules[i].Action == rules[j].Action {
				continue
			}
			if _, both := satisfy(slices.Concat(rules[i].Conds, rules[j].Conds)); both {
				return false
			}
		}
	}
	return true
}

// answers returns the actions that a call can get, the strictest first.
func answers(rules []policy.Rule, general policy.Action) (list []policy.Action) {
	for _, r := range rules {
		list = append(list, r.Action)
		if len(r.Conds) == 0 {
			break
		}
	}
	if len(rules) == 0 || len(rules[len(list)-1].Conds) > 0 {
		list = append(list, general)
	}
	slices.SortFunc(list, func(a, b policy.Action) int {
		switch {
		case a.Stricter(b):
			return -1
		case b.Stricter(a):
			return 1
		}
		return 0
	})
	return slices.Compact(list)
}

// compareConds reports whether some argument meets condition k and not c, and
// whether some meets c and not k. Those without masks change at their data alone, in
// the bits that both compare and in those above.
func compareConds(c, k policy.Cond) (kNotC, cNotK bool) {
	if c.Arg != k.Arg {
		return true, true
	}
	if c.Op == policy.MaskedEQ || k.Op == policy.MaskedEQ {
		return meetNot(k, c), meetNot(c, k)
	}
	low := c.Field() & k.Field()
	var his, los []uint64
	for _, v := range [...]uint64{0, c.Value, k.Value, ^uint64(0)} {
		his = append(his, v&^low, v&^low-(low+1), v&^low+low+1)
		los = append(los, v&low, (v+1)&low)
	}
	for _, hi := range distinct(his) {
		for _, lo := range distinct(los) {
			var args [6]uint64
			args[c.Arg] = hi | lo
			inC, inK := c.Matches(args), k.Matches(args)
			kNotC, cNotK = kNotC || inK && !inC, cNotK || inC && !inK
		}
	}
	return kNotC, cNotK
}

func distinct(list []uint64) []uint64 {
	slices.Sort(list)
	return slices.Compact(list)
}
