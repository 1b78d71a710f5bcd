package lint

import (
	"fmt"
	"strings"
)

var permissiveDefault = check{Rule{
	Code: "permissive-default", Severity: Warning,
	Title: "calls that the profile does not name pass",
	Why: "A list of refused calls is complete for one kernel and one ABI. Each release of Linux adds calls that do what older ones do, " +
		"and these pass until the list is extended.",
	Sources: []string{dockerDocs, github("moby/moby", "22632")},
}, func(a *audit) error {
	if a.profile != nil {
		if a.profile.Default().Passes() {
			f := Finding{
				Text: fmt.Sprintf("the default action, %s, lets calls pass that the profile does not name, including those of future kernels", a.profile.Default()),
				Fix:  "answer ERRNO by default and allow what the program needs",
			}
			f.Pos, f.Path = a.profile.DefaultAt()
			a.add(Warning, f)
		}
		return nil
	}
	var on []string
	for _, abi := range a.answers.arches {
		if a.permissive(abi) {
			on = append(on, abi.String())
		}
	}
	if len(on) > 0 {
		a.add(Warning, Finding{
			Text: fmt.Sprintf("unassigned numbers pass on %s", strings.Join(on, ", ")),
			Fix:  "refuse calls that the filter does not know, and allow what the program needs",
		})
	}
	return nil
}}
