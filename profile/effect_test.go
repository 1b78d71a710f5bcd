package profile

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var profiles = flag.Int("profiles", 4000, "how many random profiles TestEffect reads")

// A plainReader answers calls by what an author means, in 64 bits, word by word.
// It knows nothing of how Resolve or runc read a profile; of the kernel only what
// a multiplexer does, and which call a number of MIPS is.
type plainReader struct {
	*author
	caps []string
}

// says returns the action of an entry, errno left out, as all errnos refuse.
func (e *meant) says() policy.Action { return named(e.action) }

// isDefault reports whether an entry says the default action, errno included.
func (p *plainReader) isDefault(e *meant) bool {
	return named(e.action) == named(p.def) && (!named(e.action).HasData() || e.errno == 1)
}

func (p *plainReader) counts(e *meant) bool {
	has := func(c string) bool { return slices.Contains(p.caps, c) }
	return !slices.ContainsFunc(e.excludes, has) && !slices.ContainsFunc(e.includes, func(c string) bool { return !has(c) })
}

// holds reports whether an entry's conditions do: all of them, or where they are
// values of one argument any.
func (e *meant) holds(args [6]uint64) bool {
	n := 0
	for _, c := range e.conds {
		if compared(c, args[c.Arg]) {
			n++
		}
	}
	if twice(e.conds) && values(e.conds) {
		return n > 0
	}
	return n == len(e.conds)
}

// strictest returns the strictest action of the entries that name a call and fit;
// ok is false if there are none.
func (p *plainReader) strictest(name func(string) bool, fits func(*meant) bool) (a policy.Action, ok bool) {
	for i := range p.entries {
		e := &p.entries[i]
		if p.counts(e) && slices.ContainsFunc(e.names, name) && fits(e) && (!ok || e.says().Stricter(a)) {
			a, ok = e.says(), true
		}
	}
	return a, ok
}

// answer returns what the words say of a call, and whether an entry does.
func (p *plainReader) answer(a arch.Arch, nr uint32, args [6]uint64) (policy.Action, bool) {
	own := func(name string) bool {
		n, ok := syscalls.Number(a, name)
		return ok && n == nr
	}
	said, ok := p.strictest(own, func(e *meant) bool { return e.holds(args) })
	opened, open := p.strictest(own, func(e *meant) bool { return len(e.conds) == 0 && !p.isDefault(e) })
	via, _ := syscalls.Name(a, nr)
	subcall := uint32(args[0])
	if via == "ipc" {
		subcall &= 0xffff
	}
	muxed := func(name string) bool {
		mux, sub, ok := syscalls.Mux(a, name)
		return ok && mux == nr && sub == subcall
	}
	// What goes through a multiplexer is the call itself, with arguments that
	// nobody sees: refused if some of them are.
	through, also := p.strictest(muxed, func(e *meant) bool {
		return len(e.conds) == 0 || !open && !named(p.def).Stricter(e.says())
	})
	hidden, some := p.strictest(muxed, func(e *meant) bool { return true })
	if also && some && !open && hidden.Stricter(through) {
		through = hidden // for which a condition has to hold
	}
	switch {
	case also && (!ok || through.Stricter(said)):
		return through, true
	case ok:
		return said, true
	case open:
		return opened, true
	}
	return named(p.def), false
}

// The kernel takes many arguments for one, of which it reads fewer bits: it does
// not tell those of which the low ones are equal.
func (p *plainReader) someLike(a arch.Arch, nr uint32, args [6]uint64, ok func(policy.Action) bool) bool {
	names := []string{}
	for _, e := range p.entries {
		for _, n := range e.names {
			if own, is := syscalls.Number(a, n); is && own == nr {
				names = append(names, n)
			}
		}
	}
	like := func(i int) (list []uint64) {
		w := 64
		for _, n := range names {
			w = min(w, syscalls.Width(a, n, i))
		}
		if w == 64 {
			return []uint64{args[i]}
		}
		low := ^uint64(0) >> (64 - w)
		his := []uint64{0, ^uint64(0), 1 << w}
		for _, e := range p.entries {
			for _, c := range e.conds {
				his = append(his, c.Value, c.Mask, c.Value+1<<w, c.Value-1<<w)
			}
		}
		for _, hi := range his {
			list = append(list, hi&^low|args[i]&low)
		}
		return list
	}
	for _, a0 := range like(0) {
		for _, a1 := range like(1) {
			args[0], args[1] = a0, a1
			if action, _ := p.answer(a, nr, args); ok(action) {
				return true
			}
		}
	}
	return false
}

// call is a call with the ABI that the kernel serves it as.
type served struct {
	syscalls.Call
	as arch.Arch
}

// calls returns calls of the family on each ABI of the filter, with arguments near
// the data of conditions, for MIPS also those that a process of another ABI makes.
func (p *plainReader) calls(r *rand.Rand, family []string) (list []served) {
	values := []uint64{0, 1, 2, 5, 21, 1<<16 | 21, 1<<32 | 1, 1 << 31, ^uint64(0), ^uint64(1<<31 - 1)}
	for _, e := range p.entries {
		for _, c := range e.conds {
			values = append(values, c.Value-1, c.Value, c.Value+1, c.Value^1<<31, c.Value^1<<32, ^c.Value, c.Value|^c.Mask, c.Value^c.Mask, uint64(uint32(c.Value)))
		}
	}
	for _, a := range p.arches {
		for _, name := range family {
			nr, ok := syscalls.Number(a, name)
			if !ok {
				continue
			}
			from := []arch.Arch{a}
			if a.NumberBase() != 0 && a != arch.X32 {
				from = p.arches
			}
			for range 12 {
				c := served{syscalls.Call{Audit: from[r.IntN(len(from))].Audit(), Nr: nr}, a}
				c.Args[0], c.Args[1] = values[r.IntN(len(values))], values[r.IntN(len(values))]
				list = append(list, c)
			}
		}
	}
	return list
}

// checkEffect reports what a policy does that a weaker note should tell, "" if
// nothing. Decide answers for the policy.
func (p *plainReader) checkEffect(pol *Resolution, calls []served) string {
	decide := func(c syscalls.Call) policy.Action {
		a, _ := pol.Decide(c)
		return a
	}
	for _, c := range calls {
		got := decide(c.Call)
		process, _ := c.Arch()
		if !passes(got) && (process != c.as || !has(pol, c.as) || !has(pol, process)) {
			continue // an ABI outside the filter: refused in its own way
		}
		want, said := p.answer(c.as, c.Nr, c.Args)
		if newer := got == policy.Errno(c.as.ENOSYS()); newer && (!said || losesEntries(pol)) {
			continue // newer than the profile
		}
		if !want.Stricter(got) || p.someLike(c.as, c.Nr, c.Args, func(a policy.Action) bool { return !a.Stricter(got) }) {
			continue
		}
		return fmt.Sprintf("%s is %s, and the words say %s", c.Call, got, want)
	}
	return p.checkConds(pol, decide)
}

// has reports whether an ABI is in the filter.
func has(pol *Resolution, a arch.Arch) bool {
	return slices.ContainsFunc(pol.policy.Arches, func(p policy.ArchPolicy) bool { return p.Arch == a })
}

// losesEntries reports whether a name in the text, of a call or in a guard, is that
// of nothing, so that what an entry says of some call is lost, and not less strict
// for it.
func losesEntries(pol *Resolution) bool {
	return slices.ContainsFunc(pol.notes, func(n Note) bool {
		return n.Effect == Stricter && (n.Code == CodeUnknownCall || n.Code == CodeUnknownCap)
	})
}

// checkConds reports a condition that can no longer fail, or hold, of an entry
// alone in its profile.
func (p *plainReader) checkConds(pol *Resolution, decide func(syscalls.Call) policy.Action) string {
	if losesEntries(pol) || len(p.entries) != 1 || len(p.entries[0].conds) != 1 || !p.counts(&p.entries[0]) {
		return ""
	}
	e := &p.entries[0]
	c, permissive := e.conds[0], named(p.def).Stricter(e.says())
	var data []uint64
	for _, v := range []uint64{c.Value, c.Value & c.Mask, 0, 1 << 15, 1 << 31, 1 << 32, ^uint64(0)} {
		data = append(data, v, v-1, v+1, v^1<<31, v^1<<15, uint64(uint32(v)), uint64(uint16(v)), v^c.Mask, v^c.Mask&-c.Mask)
	}
	for _, a := range p.arches {
		for _, name := range e.names {
			nr, ok := syscalls.Number(a, name)
			if !ok || !has(pol, a) {
				continue
			}
			fails, holds, failed, held := false, false, false, false
			for _, v := range data {
				call := syscalls.Call{Audit: a.Audit(), Nr: nr}
				call.Args[c.Arg] = v
				got := decide(call).Kind() == e.says()
				fails, holds = fails || !compared(c, v), holds || compared(c, v)
				failed, held = failed || !got, held || got
			}
			switch {
			case e.says() == named(p.def):
			case permissive && fails && !failed:
				return fmt.Sprintf("on %s the condition %s of %s can fail, and does not", a, c, name)
			case !permissive && holds && !held:
				return fmt.Sprintf("on %s the condition %s of %s can hold, and does not", a, c, name)
			}
		}
	}
	return ""
}

// TestEffect: no effect is understated. Where a policy lets a call pass that the
// plain words of its text refuse, or where a condition can no longer do what it
// was written for, a weaker note says so, and without Target.AcceptWeaker there is
// no policy at all. A policy that prints means no less to runc.
func TestEffect(t *testing.T) {
	r := random(t)
	n := *profiles
	if testing.Short() {
		n /= 4
	}
	weaker, plainly, printed := 0, 0, 0
	for range n {
		family, machine := families[r.IntN(len(families))], machines[r.IntN(len(machines))]
		p := &plainReader{randomAuthor(r, family, machine), []string{"CAP_KILL"}}
		text, d := p.text(r, r.IntN(3)*r.IntN(2))
		target := Target{Arch: machine[0], Caps: p.caps, Compat: Compat(r.IntN(2)), AcceptWeaker: true}
		prof, err := Parse([]byte(text), ParseOptions{Dialect: d})
		if err != nil {
			continue
		}
		if p.base {
			t.Fatalf("Parse(%s) loses what is in the base profile", text)
		}
		pol, err := prof.Resolve(target)
		if err != nil {
			continue
		}
		isWeaker := func(n Note) bool { return n.Effect == Weaker }
		noted := slices.ContainsFunc(pol.notes, isWeaker)
		target.AcceptWeaker = false
		if _, err := prof.Resolve(target); noted != errors.Is(err, ErrRefused) {
			t.Fatalf("Resolve(%+v) of %s: %v, want it refused: %v", target, text, err, noted)
		}
		calls := p.calls(r, family)
		wrong := p.checkEffect(pol, calls)
		switch {
		case noted:
			weaker++
		case wrong != "":
			t.Fatalf("%s: %s, for\n%s\nthat is\n%swith the notes\n%s", target.Compat, wrong, text, pol, notesText(pol.notes))
		default:
			plainly++
		}
		pol.from.target.AcceptWeaker = false
		out, err := pol.MarshalJSON()
		if err != nil {
			continue
		}
		printed++
		target.Compat, target.AcceptWeaker = CompatRunc, true
		runc, err := resolveText(string(out), target)
		if err != nil {
			t.Fatalf("Resolve of what %s prints as, %s: %v", text, out, err)
		}
		for _, c := range calls {
			got, _ := runc.Decide(c.Call)
			if want, _ := pol.Decide(c.Call); want.Stricter(got) && passes(got) {
				t.Fatalf("%s is %s, and printed %s to runc, for\n%s\nprinted\n%s", c.Call, want, got, text, out)
			}
		}
	}
	t.Logf("of %d profiles %d have a weaker note, %d need none, %d print", n, weaker, plainly, printed)
	if min(weaker, plainly, printed) < n/10 {
		t.Error("the random profiles are no good")
	}
}

func notesText(notes []Note) string {
	var b strings.Builder
	for _, n := range notes {
		fmt.Fprintf(&b, "%s %s\n", n.Effect, n)
	}
	return b.String()
}
