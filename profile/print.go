package profile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Print returns a profile that runc with libseccomp reads as the policy. It is the
// linux.seccomp section of an OCI config.json, which Docker also accepts as a profile.
// It is for machines of the policy's native ABI, names all calls, and has no guards.
//
// Its conditions are written so that libseccomp compiles them correctly. A comparison of
// fewer bits than an argument has becomes masks, one for each prefix. Rules with
// different actions that match the same call are made disjoint, since runc does not
// follow their order.
//
// Print does not prove that runc reads the text as the policy; compile.Print does. The
// error is a [*PrintError] if no text for runc can express the policy.
func Print(pol *policy.Policy) ([]byte, error) {
	return printed(pol, nil)
}

// printed returns the profile of a policy, or one that is stricter.
func printed(pol *policy.Policy, stricter *stricter) ([]byte, error) {
	if err := pol.Check(); err != nil {
		return nil, err
	}
	p := printer{pol: pol, stricter: stricter, known: map[string]bool{}, done: map[string]bool{}, index: map[string]int{}}
	for _, f := range []func() error{p.answers, p.calls, p.size, p.newer} {
		if err := f(); err != nil {
			return nil, err
		}
	}
	// runc loads no entry of another action under the same condition as one before it,
	// unless an earlier entry has no conditions.
	slices.SortStableFunc(p.out.Syscalls, func(a, b jsonEntry) int {
		return cmp.Compare(min(len(a.Args), 1), min(len(b.Args), 1))
	})
	return json.Marshal(p.out)
}

// A PrintError says why a policy has no profile that runc reads as it.
type PrintError struct {
	Arch   arch.Arch // 0 if it is about no ABI
	Call   string    // name or number; "" if it is about no call
	Reason string
}

// Error returns the reason, after the call that it is about.
func (e *PrintError) Error() string {
	switch {
	case e == nil:
		return "<nil>"
	case !e.Arch.Valid():
		return e.Reason
	}
	return fmt.Sprintf("%s %s: %s", e.Arch, e.Call, e.Reason)
}

// maxPrinted is how many entries a printed profile may have.
const maxPrinted = 1 << 12

// A printer makes the profile of a policy.
type printer struct {
	pol      *policy.Policy
	stricter *stricter // nil if the profile has to mean the policy
	out      jsonProfile
	done     map[string]bool // the names whose rules are printed
	known    map[string]bool // those of them that have entries
	index    map[string]int  // where in out.Syscalls, by all that an entry says but its names
	least    map[string]bool // what entries would say if each rule were one
	most     PrintError      // the call that takes the most entries
	entries  int             // of that call
}

// answers prints what is not about a call.
func (p *printer) answers() error {
	pol := p.pol
	switch {
	case pol.BadArch != policy.KillThread && !(p.stricter != nil && policy.KillThread.Stricter(pol.BadArch)):
		return &PrintError{Reason: fmt.Sprintf("calls of other ABIs get %s, and under a profile they always get KILL_THREAD (do not set the bad-arch action)", pol.BadArch)}
	case pol.Default == policy.Notify:
		return &PrintError{Reason: "the default action is NOTIFY, which runc refuses"}
	}
	if err := printable(pol.Default); err != nil {
		return err
	}
	p.out = jsonProfile{ListenerPath: pol.Listener.Path, ListenerMetadata: pol.Listener.Metadata, Syscalls: []jsonEntry{}}
	p.out.DefaultAction, p.out.DefaultErrnoRet = scmp(pol.Default)
	for _, a := range pol.Arches {
		p.out.Architectures = append(p.out.Architectures, a.Arch.SCMP())
	}
	flags := slices.DeleteFunc(slices.Clone(pol.Flags), func(f policy.Flag) bool { return f == policy.FlagNewListener })
	if !slices.Equal(flags, []policy.Flag{policy.FlagSpecAllow}) { // which is what no flags means
		p.out.Flags = flagStrings(flags)
	}
	return nil
}

// printable reports, as an error, an action that profiles cannot say.
func printable(a policy.Action) error {
	switch {
	case a == policy.Errno(abi.MaxErrno):
		return &PrintError{Reason: fmt.Sprintf("%s is an errno that libseccomp refuses (take a smaller one)", a)}
	case !a.HasData() && a.Data() != 0:
		return &PrintError{Reason: fmt.Sprintf("%s has data, which profiles can give only to ERRNO and TRACE", a)}
	}
	return nil
}

// calls prints the entries of all calls that have rules. A name has one set of entries:
// those of the first ABI on which it has any.
func (p *printer) calls() error {
	for i := range p.pol.Arches {
		part := &p.pol.Arches[i]
		rules := slices.Clone(part.Rules)
		slices.SortStableFunc(rules, func(a, b policy.Rule) int { return cmp.Compare(a.Nr, b.Nr) })
		for rules := range callsOf(rules) {
			if err := p.call(part, pointers(rules)); err != nil {
				return err
			}
		}
	}
	return nil
}

// call prints the entries of a call.
func (p *printer) call(part *policy.ArchPolicy, rules []*policy.Rule) error {
	name, ok := nameFor(part.Arch, rules)
	if !ok {
		return &PrintError{part.Arch, fmt.Sprintf("%#x", rules[0].Nr), "has a rule, and is not a call that a profile can name"}
	}
	if p.done[name] {
		return nil
	}
	p.done[name] = true
	drafts, err := p.drafts(part.Arch, rules)
	if p.stricter.whole(name) || err != nil && p.stricter != nil {
		drafts, err = p.strictest(name), nil
	}
	if err != nil {
		err.Arch, err.Call = part.Arch, name
		return err
	}
	p.count(part.Arch, name, rules, len(drafts))
	for _, r := range drafts {
		if err := printable(r.Action); err != nil {
			e := err.(*PrintError)
			e.Arch, e.Call = part.Arch, name
			return e
		}
		p.known[name] = true
		p.add(name, r)
	}
	if len(p.out.Syscalls) > maxPrinted {
		return &PrintError{part.Arch, name, fmt.Sprintf("with it the profile has more than %d entries", maxPrinted)}
	}
	return nil
}

// nameFor returns the name that profiles have for the call of rules: the one that they
// come from, if it is the call's.
func nameFor(a arch.Arch, rules []*policy.Rule) (string, bool) {
	nr := rules[0].Nr
	for _, r := range rules {
		if r.Origin != nil {
			if n, ok := syscalls.Number(a, r.Origin.Name); ok && n == nr {
				return r.Origin.Name, true
			}
		}
	}
	return syscalls.Name(a, nr)
}

// add adds a name to the entry for a rule.
func (p *printer) add(name string, r policy.Rule) {
	e := entry{Action: r.Action}
	for _, c := range r.Conds {
		e.Conds = append(e.Conds, cond{Cond: c})
	}
	key := r.Action.String() + condsKey(r.Conds)
	i, ok := p.index[key]
	if !ok {
		i = len(p.out.Syscalls)
		p.index[key] = i
		p.out.Syscalls = append(p.out.Syscalls, e.json())
	}
	p.out.Syscalls[i].Names = append(p.out.Syscalls[i].Names, name)
}

// newer prints names, with the default action, so that runc takes the same calls for
// newer than the profile: it goes by the highest number that a profile names and runc
// counts. Where runc does not count the number before them, it takes more calls for newer.
func (p *printer) newer() error {
	if !answersENOSYS(p.pol.Default) {
		return nil
	}
	for i := range p.pol.Arches {
		part := &p.pol.Arches[i]
		highest, named := p.highest(part)
		if !named && len(part.Newer) == 0 {
			continue // a profile that names no call of the ABI has none that is newer
		}
		last := uint32(0)
		for nr, name := range syscalls.All(part.Arch) {
			if counts(part.Arch, nr, name) {
				last = max(last, nr)
			}
		}
		want := last // as little as can be
		for _, n := range part.Newer {
			if n.Lo > 0 && n.Lo-1 <= last {
				want = n.Lo - 1
				break
			}
		}
		if name, ok := syscalls.Name(part.Arch, want); ok && counts(part.Arch, want, name) && (want > highest || !named) {
			p.add(name, policy.Rule{Action: p.pol.Default})
			p.known[name] = true
		}
	}
	return nil
}

// counts reports whether runc counts a name for the highest number of an ABI.
func counts(a arch.Arch, nr uint32, name string) bool {
	_, _, viaMux := syscalls.Mux(a, name)
	return countedByRunc(a, nr, viaMux)
}

// highest returns the highest number of an ABI that the profile names and runc counts;
// named is false if it names none.
func (p *printer) highest(part *policy.ArchPolicy) (nr uint32, named bool) {
	for name := range p.known {
		if n, ok := syscalls.Number(part.Arch, name); ok && counts(part.Arch, n, name) {
			nr, named = max(nr, n), true
		}
	}
	return nr, named
}
