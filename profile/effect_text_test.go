package profile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// An author is a profile as somebody means it, before it is written down.
type author struct {
	def     string      // SCMP_ACT_...
	arches  []arch.Arch // of the filter, the native one first
	entries []meant
	base    bool // the text also names a base profile
}

// named returns the action of a name in profiles, without data.
func named(scmp string) policy.Action {
	a, _ := policy.LookupAction(scmp)
	return a
}

// A meant is what somebody means by an entry.
type meant struct {
	names    []string
	action   string
	errno    int
	conds    []policy.Cond // in the order of the text
	includes []string
	excludes []string // capabilities
}

// text writes what the author means, in one of the forms that a profile can have,
// with as many slips as it is told to make: misspelt keys and names, comments, and
// what else does not belong there.
func (a *author) text(r *rand.Rand, slips int) (text string, d Dialect) {
	w := &writer{Rand: r, slips: slips}
	var syscalls []any
	for i := range a.entries {
		syscalls = append(syscalls, w.entry(&a.entries[i]))
	}
	top := w.object(
		"defaultAction", a.def,
		w.key("syscalls", "sycalls", "syscall", "rules", "filters"), syscalls,
	)
	if named(a.def).HasData() {
		top = append(top, pair{w.key("defaultErrnoRet", "defaultErrno_", "errnoRet"), 1})
	}
	if len(a.arches) > 1 {
		var subs []string
		for _, s := range a.arches[1:] {
			subs = append(subs, s.SCMP())
		}
		if w.IntN(2) == 0 {
			top = append(top, pair{w.key("architectures", "archs"), subs})
		} else {
			top = append(top, pair{w.key("archMap", "archmaps"), []any{w.object(
				"architecture", a.arches[0].SCMP(), w.key("subArchitectures", "subArches"), subs)}})
		}
	}
	switch w.IntN(6) {
	case 0:
		config := w.object("ociVersion", "1.2.0", "linux", w.object("seccomp", top))
		if w.slip() {
			config = append(config, pair{"defaultAction", "SCMP_ACT_ALLOW"})
		}
		return asJSON(w.shuffle(config)), Auto
	case 1:
		if w.slip() {
			top, a.base = append(top, pair{"baseProfileName", "base"}), true
		}
		return asJSON(w.object("apiVersion", "security-profiles-operator.x-k8s.io/v1beta1", "kind", "SeccompProfile", "spec", top)), Auto
	case 2:
		d = OCI
	}
	return asJSON(w.shuffle(top)), d
}

func (w *writer) entry(e *meant) any {
	var names []string
	for _, n := range e.names {
		if w.slip() {
			n = n[:1] + n // xx
		}
		names = append(names, n)
	}
	o := w.object(w.key("names", "nams", "syscalls", "calls"), names, "action", e.action)
	if named(e.action).HasData() {
		o = append(o, pair{w.key("errnoRet", "errno"), e.errno})
	}
	var args []any
	for _, c := range e.conds {
		value, two := c.Value, uint64(0)
		if c.Op == policy.MaskedEQ {
			value, two = c.Mask, c.Value
		}
		args = append(args, w.shuffle(w.object(
			w.key("index", "arg", "indx"), c.Arg,
			w.key("value", "val", "datum"), value,
			w.key("valueTwo", "value2", "valueTow"), two,
			"op", c.Op.SCMP())))
	}
	if len(args) > 0 || w.IntN(2) == 0 {
		o = append(o, pair{w.key("args", "arg", "conditions"), args})
	}
	for i, caps := range [][]string{e.includes, e.excludes} {
		if len(caps) == 0 {
			continue
		}
		caps = slices.Clone(caps)
		if w.slip() {
			caps[0] = strings.TrimPrefix(caps[0], "CAP_")
		}
		key := []string{"includes", "excludes"}[i]
		o = append(o, pair{w.key(key, key[:len(key)-1], "unless"), w.object(w.key("caps", "cap", "capabilities"), caps)})
	}
	return w.shuffle(o)
}

// A writer makes objects, and slips.
type writer struct {
	*rand.Rand
	slips int
}

// slip reports whether to make one of the slips that are left here.
func (w *writer) slip() bool {
	if w.slips == 0 || w.IntN(8) > 0 {
		return false
	}
	w.slips--
	return true
}

// key returns the key, or where there is a slip one of what it is written as, or
// it in other capitals.
func (w *writer) key(right string, wrong ...string) string {
	switch {
	case !w.slip():
		return right
	case w.IntN(6) == 0:
		return strings.ToUpper(right)
	}
	return wrong[w.IntN(len(wrong))]
}

// A pair is a member of an object that keeps its order.
type pair struct {
	key   string
	value any
}

type ordered []pair

// object returns an object of keys and values, with a comment now and then.
func (w *writer) object(pairs ...any) (o ordered) {
	for i := 0; i < len(pairs); i += 2 {
		o = append(o, pair{pairs[i].(string), pairs[i+1]})
	}
	if w.IntN(12) == 0 {
		comment := []string{"_comment", "//", "$schema", "x-why", "description", "note", "reason", "title"}[w.IntN(8)]
		o = append(o, pair{comment, []any{"text", []int{1}, ordered{{"names", []string{"read"}}}, 5}[w.IntN(4)]})
	}
	return o
}

func (w *writer) shuffle(o ordered) ordered {
	w.Shuffle(len(o), func(i, j int) { o[i], o[j] = o[j], o[i] })
	return o
}

// MarshalJSON writes the members in their order.
func (o ordered) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	for i, m := range o {
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		key, _ := json.Marshal(m.key)
		fmt.Fprintf(&b, "%s%s:%s", []string{"{", ","}[min(i, 1)], key, value)
	}
	if len(o) == 0 {
		b.WriteByte('{')
	}
	return []byte(b.String() + "}"), nil
}

func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// randomAuthor returns a small profile about calls of one family for a machine. It
// often has one entry alone, whose conditions nothing hides.
func randomAuthor(r *rand.Rand, family []string, machine []arch.Arch) *author {
	defs := []string{"SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP", "SCMP_ACT_LOG"}
	a := &author{arches: machine[:1]}
	a.def = defs[r.IntN(len(defs))]
	for _, other := range machine[1:] {
		if r.IntN(2) == 0 {
			a.arches = append(slices.Clone(a.arches), other)
		}
	}
	for range 1 + r.IntN(3)*r.IntN(2) {
		e := meant{action: someAction(r), errno: 1 + r.IntN(2)}
		if named(e.action) == policy.Notify || named(e.action) == policy.Trace(0) { // which need somebody who answers
			e.action = "SCMP_ACT_ALLOW"
		}
		for range 1 + r.IntN(2) {
			e.names = append(e.names, family[r.IntN(len(family))])
		}
		for range r.IntN(3) * r.IntN(2) {
			c := policy.Cond{Arg: uint8(r.IntN(2)), Op: policy.NE + policy.Op(r.IntN(7)), Value: randomDatum(r), Mask: 0}
			if c.Op == policy.MaskedEQ {
				c.Mask = randomDatum(r)
				c.Mask |= randomDatum(r)
				c.Value &= c.Mask
			}
			e.conds = append(e.conds, c)
		}
		if r.IntN(6) == 0 {
			e.includes = []string{[]string{"CAP_BPF", "CAP_KILL"}[r.IntN(2)]}
		}
		if r.IntN(6) == 0 {
			e.excludes = []string{[]string{"CAP_BPF", "CAP_KILL"}[r.IntN(2)]}
		}
		a.entries = append(a.entries, e)
	}
	return a
}
