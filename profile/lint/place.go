package lint

import (
	"slices"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// mentions returns the places where the text names a call and the entry counts for the
// target. A filter has none.
func (a *audit) mentions(name string) []profile.Mention {
	return slices.DeleteFunc(a.res.Mentions(name), func(m profile.Mention) bool { return m.Dropped != "" })
}

// explicit reports whether the author refuses a call by name: the text does, or the filter lets
// calls pass that it does not name, so that whoever made it had this one in mind.
func (a *audit) explicit(name string) bool {
	if a.profile != nil {
		return slices.ContainsFunc(a.mentions(name), func(m profile.Mention) bool { return !passing(m.Action) })
	}
	return a.answers.all(a.native, "", passing)
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

// granted reports whether the text lets a call pass on account of a guard: the author gives it
// to containers with a capability, and the target has that.
func (a *audit) granted(c syscalls.Call) bool {
	if a.res == nil {
		return false
	}
	_, rule := a.res.Decide(c)
	return rule != nil && a.res.Guarded(rule)
}

// open returns for which arguments calls pass that no guard grants, on all ABIs.
func (a *audit) open(names ...string) []Subject {
	return slices.DeleteFunc(a.answers.subjects(names...), func(s Subject) bool { return a.granted(s.Example) })
}
