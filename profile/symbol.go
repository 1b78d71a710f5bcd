package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/constants"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A datum of a condition may be a symbol: names of constants, and numbers in Go's
// notation, joined by |. It is evaluated for each ABI, since constants differ.

// isSymbol reports whether a string is one, and not digits alone.
func isSymbol(s string) bool { return strings.Trim(s, "0123456789") != "" }

// evaluate returns the value of a symbol on an ABI; missing is the first constant that
// the ABI lacks.
func evaluate(a arch.Arch, symbol string) (n uint64, missing string) {
	for term := range strings.SplitSeq(symbol, "|") {
		v, ok := constants.Value(a, term)
		if !ok {
			var err error
			if v, err = strconv.ParseUint(term, 0, 64); err != nil {
				return 0, term
			}
		}
		n |= v
	}
	return n, ""
}

// checkSymbol returns what is wrong with a symbol on every ABI.
func checkSymbol(symbol string) error {
	for term := range strings.SplitSeq(symbol, "|") {
		if _, err := strconv.ParseUint(term, 0, 64); err == nil || constants.Known(term) {
			continue
		}
		if term == "" {
			return fmt.Errorf("%q has an empty name (join constants by one | between two)", symbol)
		}
		if trimmed := strings.TrimSpace(term); trimmed != term && constants.Known(trimmed) {
			return fmt.Errorf("%q has spaces (join constants by | alone)", symbol)
		}
		return fmt.Errorf("unknown constant %q%s", term, spell.HintOr(term, constants.Names(), "the kernel's, such as O_CREAT, or several joined by |"))
	}
	return nil
}

// datum reads a number, or a symbol in its place.
func (r *reader) datum(v *jsonpos.Value) (n uint64, symbol string) {
	if v.Kind != jsonpos.Text || !isSymbol(v.Text) {
		return r.Uint(v), ""
	}
	if err := checkSymbol(v.Text); err != nil {
		r.fail(CodeUnknownConst, v, err)
	} else if !r.code {
		r.note(CodeConstName, Same, v, "%q is a name of a constant, and runtimes read only numbers (\"seccompile resolve\" prints these)", v.Text)
	}
	return 0, v.Text
}

// symbolic reports whether the entry has symbols.
func (e *entry) symbolic() bool {
	return slices.ContainsFunc(e.Conds, func(c cond) bool { return c.value != "" || c.mask != "" })
}

// on returns the condition with its symbols as an ABI has them.
func (c cond) on(a arch.Arch) (n cond, missing string) {
	var lacks string
	if c.value != "" {
		c.Value, missing = evaluate(a, c.value)
	}
	if c.mask != "" {
		if c.Mask, lacks = evaluate(a, c.mask); missing == "" {
			missing = lacks
		}
	}
	return c, missing
}

// on returns the entry with the symbols of its conditions as an ABI has them. For
// each condition it returns the constant that the ABI lacks, or "".
func (e entry) on(a arch.Arch) (n entry, missing []string) {
	if !e.symbolic() {
		return e, nil
	}
	e.Conds, missing = slices.Clone(e.Conds), make([]string, len(e.Conds))
	for i, c := range e.Conds {
		e.Conds[i], missing[i] = c.on(a)
	}
	return e, missing
}

// numbered returns the entries with their symbols as an ABI has them. A constant that
// it lacks is a fault if it has a call of the entry.
func (r *resolver) numbered(a arch.Arch, entries []*entry) []*entry {
	cloned := false
	for i, e := range entries {
		if !e.symbolic() || !e.appliesTo(a) {
			continue
		}
		if !cloned {
			entries, cloned = slices.Clone(entries), true
		}
		n, missing := e.on(a)
		for j, name := range missing {
			if name != "" {
				r.fail(CodeNoConst, e.Conds[j].Pos, e.argPath(j), "%s has no constant %s (leave that ABI out, or write a number)", a, name)
			}
		}
		entries[i] = &n
	}
	return entries
}

// appliesTo reports whether an ABI has a call of the entry, be it by a multiplexer.
func (e *entry) appliesTo(a arch.Arch) bool {
	return slices.ContainsFunc(e.Names, func(n callName) bool {
		_, ok := n.id.Number(a)
		_, _, muxed := syscalls.Mux(a, n.Name)
		return ok || muxed
	})
}

// symbols returns a string that is equal for conditions with the same symbols.
func symbols(conds []cond) string {
	var list []string
	for _, c := range conds {
		list = append(list, c.value+"&"+c.mask)
	}
	return strings.Join(list, ";")
}

// outside returns bits of the datum that are outside the mask, on some ABI.
func (c *cond) outside() uint64 {
	for a := range arch.All() {
		if n, missing := c.on(a); missing == "" && n.Value&^n.Mask != 0 {
			return n.Value &^ n.Mask
		}
	}
	return 0
}

// checkMask faults a masked condition of a Builder that does not compare what it
// seems to.
func (r *reader) checkMask(v *jsonpos.Value, c *cond) {
	if out := c.outside(); out != 0 {
		r.failf(CodeMaskBits, v, "the bits %#x of the value are outside the mask, so the condition would ignore them (are the two exchanged?)", out)
		return
	}
	for a := range arch.All() {
		if n, missing := c.on(a); missing == "" && n.Mask == 0 {
			r.failf(CodeMaskBits, v, "the mask is 0, so that the condition would hold for every argument (name the bits)")
			return
		}
	}
}

// printSymbols gives the JSON of the entry the symbols of its conditions.
func (e *entry) printSymbols(j *jsonEntry) {
	for i, c := range e.Conds {
		value, two := &j.Args[i].Value, &j.Args[i].ValueTwo
		if c.Op == policy.MaskedEQ {
			value, two = two, value
		}
		if c.value != "" {
			*value = c.value
		}
		if c.mask != "" {
			*two = c.mask
		}
	}
}

// ambiguous returns an error if a constant has two values on the ABIs of the filter:
// a runtime's profile has one number for all of them.
func (r *resolver) ambiguous() error {
	for _, e := range r.entries {
		for i, c := range e.Conds {
			for _, a := range r.abis {
				if !e.appliesTo(a) {
					continue
				}
				if n, _ := c.on(a); n.Cond != c.Cond {
					return &Error{CodeConstName, c.Pos, e.argPath(i), fmt.Errorf("constants have other values on %s than on %s, but a profile for runtimes has one number for both (resolve it for one ABI)", a, r.target.Arch)}
				}
			}
		}
	}
	return nil
}
