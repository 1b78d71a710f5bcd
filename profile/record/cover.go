package record

import (
	"slices"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// maxPartial is how many combinations of known arguments of a call are asked for. Of a call with
// more nothing counts as known.
const maxPartial = 256

// A partial is a call of which some arguments are known.
type partial struct {
	args  [6]uint64
	known [6]bool
}

// Cover adds to a coverage what the recorded calls may have touched. No recorded call can have
// needed a part that stays untouched. Each combination of the known values of arguments counts.
// If an entry compares an argument that the record does not have, every value counts.
func (r *Record) Cover(cover *profile.Coverage, res *profile.Resolution) {
	cover.Add(res)
	for _, c := range r.withClones() {
		call := syscalls.Call{Audit: c.Audit, Nr: c.Nr}
		compared := res.Compared(call)
		for _, p := range c.partials(compared) {
			call.Args = p.args
			if p.known == compared {
				cover.Add(res, call)
			} else {
				cover.AddPartly(res, call, p.known)
			}
		}
	}
}

// partials returns the combinations of those arguments that are compared.
func (c *Call) partials(compared [6]bool) (list []partial) {
	tuples := c.Tuples
	if tuples == nil {
		tuples = [][]uint64{nil}
	}
	seen := map[partial]bool{}
	for _, t := range tuples {
		combos := []partial{{}}
		for i := range compared {
			values := c.valuesOf(i, t)
			if !compared[i] || values == nil {
				continue
			}
			if len(combos)*len(values) > maxPartial {
				return []partial{{}}
			}
			var longer []partial
			for _, p := range combos {
				for _, v := range values {
					p.args[i], p.known[i] = v, true
					longer = append(longer, p)
				}
			}
			combos = longer
		}
		for _, p := range combos {
			if !seen[p] {
				seen[p] = true
				list = append(list, p)
			}
		}
		if len(list) > maxPartial {
			return []partial{{}}
		}
	}
	return list
}

// valuesOf returns the values that an argument may have had beside telling ones, nil if they are
// not known: what is recorded of clone3 is not what a filter sees.
func (c *Call) valuesOf(i int, tuple []uint64) []uint64 {
	if c.Name == "clone3" {
		return nil
	}
	if at := slices.Index(c.Telling(), i); at >= 0 && tuple != nil {
		return tuple[at : at+1]
	}
	if v := c.Args[i]; v != nil {
		return v.List
	}
	return nil
}
