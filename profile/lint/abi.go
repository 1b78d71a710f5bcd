package lint

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

var noABICheck = check{Rule{
	Code: "no-abi-check", Severity: Error,
	Title: "calls of unknown ABIs pass",
	Why: "A call has another number on every ABI. A filter that does not compare the audit value reads the numbers of other ABIs as its own: " +
		"with int 0x80, a 64-bit program makes calls that the filter mistakes for others.",
	Sources: []string{seccompMan},
}, func(a *audit) error {
	for i := range a.answers.others {
		if y := &a.answers.others[i]; y.Action.Passes() {
			a.add(Error, Finding{
				Text:     "calls of unknown ABIs pass",
				Fix:      "compare the audit value first and kill calls of unknown ABIs",
				Subjects: []Subject{{Where: y.Where, Beyond: y.Beyond, Example: y.Example}},
			})
			return nil
		}
	}
	return nil
}}

var abiGap = check{Rule{
	Code: "abi-gap", Severity: Error,
	Title: "a call that one ABI refuses passes on another",
	Why: "Programs choose the ABI of each call. What passes as a 32-bit call, or as one of x32 with numbers from 0x40000000 on, " +
		"is never refused.",
	Sources: []string{github("netblue30/firejail", "87"), github("elastic/go-seccomp-bpf", "5"), github("google/kafel", "19"), seccompMan},
}, func(a *audit) error {
	native := a.native
	for _, abi := range a.answers.arches {
		var list []Subject
		if abi == native {
			continue
		}
		for c := range namesOf(abi) {
			if s, ok := a.answers.passes(abi, c); ok && a.answers.refused(native, c) && !a.answers.softly(native, c) {
				list = append(list, s)
			}
		}
		if len(list) == 0 {
			continue
		}
		fix := "refuse the same calls on every ABI"
		if abi == arch.X32 {
			fix = "kill numbers from 0x40000000 on, or refuse the same calls there"
		}
		a.add(Error, Finding{
			Text:     fmt.Sprintf("%s, %s, refused on %s %s on %s", count(len(list), "call"), some(calls(list)), native, verb(list, "pass"), abi),
			Fix:      fix,
			Subjects: list,
		})
	}
	return nil
}}

var missingABI = check{Rule{
	Code: "missing-abi", Severity: Info, Text: true,
	Title: "programs of an ABI that the kernel also runs are killed",
	Why: "Calls of ABIs that the profile does not list kill the thread, whatever the default action is: 32-bit programs die by SIGSYS " +
		"instead of seeing an errno.",
	Sources: []string{github("rust-vmm/seccompiler", "74"), github("netblue30/firejail", "86")},
}, func(a *audit) error {
	in := a.res.Policy().Arches
	var missing []string
	for abi := range arch.All() {
		listed := false
		for i := range in {
			listed = listed || in[i].Arch == abi
		}
		if abi.SameKernel(a.native) && !listed && abi != arch.X32 {
			missing = append(missing, abi.String())
		}
	}
	if len(missing) == 0 || a.target.BadArch != nil {
		return nil
	}
	pos, path := a.profile.ArchesAt(a.native)
	if pos.Line == 0 {
		pos = a.profile.Pos()
	}
	a.add(Info, Finding{
		Pos: pos, Path: path,
		Text: fmt.Sprintf("programs of %s are killed, although %s kernels run them", strings.Join(missing, ", "), a.native),
		Fix:  "list them in architectures or archMap if such programs are to run",
	})
	return nil
}}
