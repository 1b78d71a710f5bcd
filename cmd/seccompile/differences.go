package main

import (
	"fmt"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A jsonDifference is a compile.Difference as --json prints it.
type jsonDifference struct {
	Change  string         `json:"change"`
	Arch    string         `json:"arch,omitempty"`
	Audits  [][2]uint32    `json:"audits,omitempty"` // first and last, if arch is not there
	Call    string         `json:"call,omitempty"`
	Numbers [][2]uint32    `json:"numbers,omitempty"` // first and last, as in seccomp_data.nr
	Old     string         `json:"old"`
	New     string         `json:"new"`
	Witness string         `json:"witness"`
	Where   [][]jsonValues `json:"where"`            // cases, of which one holds; an empty one for all arguments; null if they are beyond a limit
	Beyond  string         `json:"beyond,omitempty"` // the limit
}

// A jsonValues is a condition on one argument.
type jsonValues struct {
	Field  string      `json:"field"` // a0 to a5, or ip
	Mask   uint64      `json:"mask"`
	Ranges [][2]uint64 `json:"ranges"` // first and last, of the bits in mask
}

func differenceJSON(d *compile.Difference) jsonDifference {
	j := jsonDifference{
		Change: d.Change.String(), Audits: rangesJSON(d.Audits), Call: d.Call, Numbers: rangesJSON(d.Numbers),
		Old: d.Old.String(), New: d.New.String(), Witness: d.Witness.String(), Beyond: d.Beyond,
	}
	if d.Arch.Valid() {
		j.Arch = d.Arch.String()
	}
	j.Where = casesJSON(d.Where)
	return j
}

// casesJSON returns cases as --json prints them, nil for nil.
func casesJSON(list []compile.Case) (out [][]jsonValues) {
	for _, c := range list {
		all := []jsonValues{}
		for _, v := range c {
			values := jsonValues{Field: fieldName(v.Arg), Mask: v.Mask}
			for _, r := range v.Ranges {
				values.Ranges = append(values.Ranges, [2]uint64{r.Lo, r.Hi})
			}
			all = append(all, values)
		}
		out = append(out, all)
	}
	return out
}

// fieldName names an argument of Values.
func fieldName(arg int) string {
	if arg < 6 {
		return fmt.Sprintf("a%d", arg)
	}
	return "ip"
}

func rangesJSON(list []policy.Range) (pairs [][2]uint32) {
	for _, r := range list {
		pairs = append(pairs, [2]uint32{r.Lo, r.Hi})
	}
	return pairs
}

// differences prints what two filters answer differently.
func (s stdio) differences(list []compile.Difference, asJSON bool) error {
	if !asJSON {
		return printChanges(s.out, list)
	}
	out := struct {
		Change      string           `json:"change"`
		Differences []jsonDifference `json:"differences"`
	}{compile.Overall(list).String(), []jsonDifference{}}
	for i := range list {
		out.Differences = append(out.Differences, differenceJSON(&list[i]))
	}
	return s.json(out)
}
