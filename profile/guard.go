package profile

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/spell"
)

// guarded returns the entries whose guards let them count (law 2), and notes
// the others.
func (r *resolver) guarded() []*entry {
	kept := make([]*entry, 0, len(r.profile.entries))
	for i := range r.profile.entries {
		e := &r.profile.entries[i]
		r.checkGuard(&e.Includes, "includes", r.lost(e.Action))
		r.checkGuard(&e.Excludes, "excludes", gained(e.Action, r.profile.def))
		why := r.dropped(e)
		if why == "" {
			kept = append(kept, e)
			continue
		}
		if a, ok := r.guardedABI(&e.Includes); ok {
			r.note(Note{Code: CodeGuardABI, Pos: e.Pos, Path: e.path,
				Text: fmt.Sprintf("the entry does not apply: it includes %s, an ABI of the filter, but the list is compared only with the native ABI, which is %s (add that to the list)", a, r.profile.dialect.row().host(r.target.Arch))})
			continue
		}
		r.note(Note{Code: CodeGuarded, Pos: e.Pos, Path: e.path, Text: "the entry does not apply: " + why})
	}
	return kept
}

// excluded returns why the guard excludes the Target, "" if it does not.
func (r *resolver) excluded(g *guard) string {
	t := &r.target
	has := func(c string) bool { return slices.Contains(t.Caps, c) }
	if r.hostIn(g.Arches) {
		return fmt.Sprintf("it excludes %s", t.Arch)
	}
	if i := slices.IndexFunc(g.Caps, has); i >= 0 {
		return fmt.Sprintf("it excludes %s, which the target has", g.Caps[i])
	}
	if g.MinKernel != nil && t.Kernel.Compare(*g.MinKernel) >= 0 {
		return fmt.Sprintf("it excludes Linux %s and newer, and the target has %s", g.MinKernel, t.Kernel)
	}
	return ""
}

// notIncluded returns why the guard does not include the Target, "" if it does.
func (r *resolver) notIncluded(g *guard) string {
	t := &r.target
	lacks := func(c string) bool { return !slices.Contains(t.Caps, c) }
	all := g.Arches == nil
	if !all && !r.hostIn(g.Arches) {
		return t.Arch.String() + " is not among the architectures that it includes"
	}
	if i := slices.IndexFunc(g.Caps, lacks); i >= 0 {
		if !knownCap(g.Caps[i]) {
			return fmt.Sprintf("%s is not a capability", g.Caps[i])
		}
		return "the target has no " + g.Caps[i]
	}
	if g.MinKernel != nil && t.Kernel.Compare(*g.MinKernel) < 0 {
		return fmt.Sprintf("it needs Linux %s, and the target has %s", g.MinKernel, t.Kernel)
	}
	return ""
}

// hostIn reports whether a list of the dialect's names has the native ABI. One
// that the dialect has no name for is in no list.
func (r *resolver) hostIn(arches []string) bool {
	name := r.profile.dialect.row().host(r.target.Arch)
	return name != "" && slices.Contains(arches, name)
}

// checkGuard notes names that never match, and faults a guard that asks for a
// kernel that is not known. effect is what a misspelt name does to the policy.
func (r *resolver) checkGuard(g *guard, name string, effect Effect) {
	for i, c := range g.Caps {
		if !knownCap(c) && !slices.Contains(r.target.Caps, c) {
			hint := ""
			if r.unknown++; r.unknown <= maxHints {
				hint = capHint(c)
			}
			r.notes = append(r.notes, Note{Code: CodeUnknownCap, Effect: effect, Pos: g.Pos, Path: g.path + "/caps/" + strconv.Itoa(i),
				Text: fmt.Sprintf("unknown capability %q%s never matches", c, hint)})
		}
	}
	d := r.profile.dialect.row()
	for i, a := range g.Arches {
		if !hostName(d, a) {
			hint := ""
			if r.unknown++; r.unknown <= maxHints {
				hint = hostHint(d, a)
			}
			r.notes = append(r.notes, Note{Code: CodeUnknownHost, Effect: effect, Pos: g.Pos, Path: g.path + "/arches/" + strconv.Itoa(i),
				Text: fmt.Sprintf("unknown architecture %q%s in %s never matches", a, hint, name)})
		}
	}
	if g.MinKernel != nil && !g.MinKernel.IsZero() && r.target.Kernel.IsZero() {
		r.fail(CodeNoKernel, g.Pos, g.path+"/minKernel", "the entry depends on the kernel, and the target has none (say which one the filter is for: --kernel, or Target.Kernel)")
	}
}

// hostName reports whether some ABI has the name in the dialect's lists of
// arches.
func hostName(d dialect, name string) bool {
	for a := range arch.All() {
		if name != "" && d.host(a) == name {
			return true
		}
	}
	return false
}

// hostHint suggests the dialect's name for an ABI that goes by another one.
func hostHint(d dialect, name string) string {
	if a, err := arch.Parse(name); err == nil && d.host(a) != "" {
		return " (did you mean " + d.host(a) + "?)"
	}
	return spell.Hint(name, func(yield func(string) bool) {
		for a := range arch.All() {
			if d.host(a) != "" && !yield(d.host(a)) {
				return
			}
		}
	})
}
