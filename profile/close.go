package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/enum"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Bypass is a call, or a kind of call, that does what an entry for another call
// refuses.
type Bypass uint8

const (
	BypassClone3     Bypass = iota // clone3 does what clone does, by flags in memory that no filter reads
	BypassNewer                    // calls that do what an older one does, and more: openat2, fsopen; fchmodat if chmod is refused by name
	BypassSocketcall               // socketcall makes calls with arguments in memory, on 32-bit ABIs
)

var bypasses = enum.Names{"clone3", "newer", "socketcall"}

// String returns "clone3", "newer" or "socketcall".
func (b Bypass) String() string { return bypasses.Name("Bypass", int(b)) }

// ParseBypass parses the text of [Bypass.String].
func ParseBypass(s string) (Bypass, error) {
	i, err := bypasses.Parse("bypass", s)
	return Bypass(i), err
}

// A Sibling is a call, New, that does what another call, Old, does. If SameArgs is set,
// New gets the answers of Old for the same arguments; otherwise it passes only if Old
// passes for all arguments. If New is a multiplexer, Sub is its first argument for Old;
// otherwise Sub is 0.
type Sibling struct {
	Old, New string
	SameArgs bool
	Sub      uint32
}

// Close returns the profile with calls closed that bypass its entries, and a list of
// these calls. Each does what the profile refuses by the name of another call. The result
// refuses it with ENOSYS, except where guards allow the other call for all arguments.
// Close leaves a call alone if the profile has entries for it that refuse it or have
// conditions.
//
// Close does not prove that the result differs only by refusing more; compile.Close
// does.
func (p *Profile) Close(list ...Bypass) (*Profile, []Sibling, error) {
	if p.zero() {
		return nil, nil, errors.New("no profile: nil or zero (Parse and Default return one)")
	}
	q := p.clone()
	var closed []Sibling
	for _, b := range list {
		switch b {
		case BypassClone3:
			if q.beside("clone", "clone3", false) {
				closed = append(closed, Sibling{Old: "clone", New: "clone3"})
			}
		case BypassNewer:
			own := map[string]bool{} // which newer calls have their own entries
			newer := slices.Concat(q.succeeded(), siblings)
			for _, s := range newer {
				own[s.new] = q.decided(s.new)
			}
			for _, s := range newer {
				if s.newer && !own[s.new] && q.beside(s.old, s.new, s.sameArgs) {
					closed = append(closed, Sibling{Old: s.old, New: s.new, SameArgs: s.sameArgs})
					own[s.new] = true
				}
			}
		case BypassSocketcall:
			closed = append(closed, q.socketcall()...)
		default:
			return nil, nil, fmt.Errorf("unknown %s (one of %s)", b, strings.Join(bypasses, ", "))
		}
	}
	return q.compact(), closed, nil
}

// succeeded returns the successors of calls that the profile refuses by name, and of these
// successors.
func (p *Profile) succeeded() (list []sibling) {
	refused := map[string]bool{}
	for _, e := range p.entries {
		for _, n := range e.Names {
			refused[n.Name] = refused[n.Name] || !e.Action.Passes() && len(e.Conds) == 0
		}
	}
	for _, n := range pairs(successors) {
		if refused[n[0]] {
			refused[n[1]] = true
			list = append(list, sibling{old: n[0], new: n[1], newer: true})
		}
	}
	return list
}

// decided reports whether the profile has an entry of a call that is not a mere permit.
func (p *Profile) decided(call string) bool {
	return slices.ContainsFunc(p.entries, func(e entry) bool { return e.has(call) && (len(e.Conds) > 0 || !e.Action.Passes()) })
}

func (e *entry) has(call string) bool {
	return slices.ContainsFunc(e.Names, func(n callName) bool { return n.Name == call })
}

// beside makes a newer call refused where an older one is, and reports whether it was not.
func (p *Profile) beside(old, newer string, sameArgs bool) bool {
	permits := p.def.Passes() || slices.ContainsFunc(p.entries, func(e entry) bool { return e.has(newer) && e.Action.Passes() })
	var like []entry // the entries of the older call
	always := p.def.Passes()
	refused := !always
	for _, e := range p.entries {
		if !e.has(old) {
			continue
		}
		like = append(like, e)
		if len(e.Conds) == 0 && e.Action.Passes() && !e.guarded() {
			always = true
		}
		refused = refused || !e.Action.Passes()
	}
	if p.decided(newer) || !permits || p.within(old, newer) || always && (!refused || !slices.ContainsFunc(like, func(e entry) bool { return !e.Action.Passes() })) {
		return false
	}
	p.without(newer, func(*entry) bool { return true })
	for _, e := range like {
		e.Names = []callName{e.named(newer)}
		if len(e.Conds) > 0 && !sameArgs {
			e.Action, e.errno, e.Conds = policy.Errno(arch.X86_64.ENOSYS()), p.errnoName("ENOSYS"), nil
		} else if e.Action.Kind() == policy.Errno(0) && e.Action.Data() > 0 && len(e.Conds) == 0 {
			e.Action, e.errno = policy.Errno(arch.X86_64.ENOSYS()), p.errnoName("ENOSYS")
		}
		e.Comment = ""
		if e.Action != p.def || e.errno != p.errno {
			p.entries = append(p.entries, e)
		}
	}
	return true
}

// within reports whether the newer call passes only where the older one does for all
// arguments, by guards that say the same.
func (p *Profile) within(old, newer string) bool {
	return !p.def.Passes() && !slices.ContainsFunc(p.entries, func(e entry) bool {
		return e.has(newer) && !slices.ContainsFunc(p.entries, func(o entry) bool {
			return o.has(old) && o.Action.Passes() && len(o.Conds) == 0 && (!o.guarded() || sameGuards(&o, &e))
		})
	}) && !slices.ContainsFunc(p.entries, func(o entry) bool { return o.has(old) && !o.Action.Passes() })
}

// named returns the name of a call at the place of the entry.
func (e *entry) named(call string) callName {
	return callName{policy.Origin{Name: call, Pos: e.Pos, List: e.path, Index: -1}, calls.Lookup(call)}
}

// errnoName returns the name of an errno in dialects that have names.
func (p *Profile) errnoName(name string) string {
	if p.dialect == Containers || p.code {
		return name
	}
	return ""
}

// socketcall makes socketcall refused if it is not, and one of the calls that it makes is
// refused or has conditions. It returns those calls.
func (p *Profile) socketcall() (limited []Sibling) {
	permits := p.def.Passes() && !p.decided("socketcall") || slices.ContainsFunc(p.entries, func(e entry) bool { return e.has("socketcall") && e.Action.Passes() })
	for _, e := range p.entries {
		for _, n := range e.Names {
			mux, sub := calls.Subcall(n.Name)
			s := Sibling{Old: n.Name, New: "socketcall", Sub: sub}
			if mux == s.New && (len(e.Conds) > 0 || !e.Action.Passes()) && !slices.Contains(limited, s) {
				limited = append(limited, s)
			}
		}
	}
	if !permits || limited == nil {
		return nil
	}
	p.without("socketcall", func(*entry) bool { return true })
	e := entry{Pos: p.pos, path: p.path, Action: policy.Errno(arch.X86_64.ENOSYS()), errno: p.errnoName("ENOSYS")}
	if p.def == e.Action { // runc leaves out an entry with the default, and what bind makes of socketcall stays
		e.Action, e.errno = policy.Errno(1), p.errnoName("EPERM")
	}
	e.Names = []callName{e.named("socketcall")}
	// First, since libseccomp refuses two actions of accept through socketcall before it.
	p.entries = slices.Insert(p.entries, 0, e)
	return limited
}
