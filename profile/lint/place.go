package lint

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// mentions returns the places where the text names a call and the entry counts for the
// target. A filter has none.
func (a *audit) mentions(name string) []profile.Mention {
	if name == "" {
		return nil
	}
	return slices.DeleteFunc(a.res.Mentions(name), func(m profile.Mention) bool { return m.Dropped != "" })
}

// permissive reports whether calls pass on an ABI that nobody names: by the default of the
// text, or by the filter's answer to numbers after those of all calls.
func (a *audit) permissive(abi arch.Arch) bool {
	if a.profile != nil {
		return a.profile.Default().Passes()
	}
	last := abi.NumberBase()
	lo, hi, special := abi.Special()
	for nr := range syscalls.All(abi) {
		if !special || nr < lo || nr > hi {
			last = max(last, nr)
		}
	}
	return a.stack.Run(syscalls.Call{Audit: abi.Audit(), Nr: last + 1}).Passes()
}

// explicit reports whether the author refuses a call by name: the text does, or the filter lets
// calls pass that it does not name, so that whoever made it had this one in mind.
func (a *audit) explicit(name string) bool {
	if a.profile != nil {
		return slices.ContainsFunc(a.mentions(name), func(m profile.Mention) bool { return !m.Action.Passes() })
	}
	return a.permissive(a.native)
}

// conditional reports whether an entry that counts names a call and has conditions.
func (a *audit) conditional(name string) bool {
	counts := map[policy.Pos]bool{}
	for _, m := range a.mentions(name) {
		counts[m.Pos] = true
	}
	found := false
	a.profile.Only(func(n profile.Named) bool {
		found = found || n.Call == name && n.Conditional && counts[n.Pos]
		return true
	})
	return found
}

// at returns the finding with the place of the first entry that names one of its calls, or
// of the default action if none does.
func (a *audit) at(f Finding, names ...string) Finding {
	if a.profile == nil {
		return f
	}
	f.Pos, f.Path = a.profile.DefaultAt()
	var first policy.Pos
	for _, name := range names {
		for _, m := range a.mentions(name) {
			if first == (policy.Pos{}) || m.Pos.Compare(first) < 0 {
				first, f.Pos, f.Path = m.Pos, m.Pos, m.Path
			}
		}
	}
	return f
}

// usual are the capabilities that containers have unless they ask for others.
var usual, _ = profile.ParseCaps("docker")

// granted reports whether the text lets a call pass on account of a capability that containers
// do not usually have: the author gives the call to those that have it, as the target does.
func (a *audit) granted(c syscalls.Call) bool {
	if a.res == nil {
		return false
	}
	_, rule := a.res.Decide(c)
	return slices.ContainsFunc(a.res.Requires(rule), func(name string) bool { return !slices.Contains(usual, name) })
}

// open returns for which arguments calls pass that no capability grants, on all ABIs.
func (a *audit) open(names ...string) []Subject {
	return slices.DeleteFunc(a.answers.subjects(names...), func(s Subject) bool { return a.granted(s.Example) })
}

// placed returns subjects with the places of the names by which they get their answers.
func (a *audit) placed(list []Subject) []Subject {
	list = slices.Clone(list)
	for i := range list {
		if a.res == nil {
			break
		}
		if _, rule := a.res.Decide(list[i].Example); rule != nil {
			list[i].Pos, list[i].Path = rule.Pos(), rule.Path()
		}
	}
	return list
}

// first returns a finding about subjects with the first of their places, or with that of the
// default action.
func (a *audit) first(f Finding, list []Subject) Finding {
	f.Subjects = list
	if a.profile == nil {
		return f
	}
	f.Pos, f.Path = a.profile.DefaultAt()
	var first policy.Pos
	for _, s := range list {
		if s.Pos != (policy.Pos{}) && (first == (policy.Pos{}) || s.Pos.Compare(first) < 0) {
			first, f.Pos, f.Path = s.Pos, s.Pos, s.Path
		}
	}
	return f
}

// newer reports whether the target's kernel does not have a call yet.
func (a *audit) newer(abi arch.Arch, name string) bool {
	since, known := syscalls.Since(abi, name)
	return known && !a.target.Kernel.IsZero() && a.target.Kernel.Compare(since) < 0
}
