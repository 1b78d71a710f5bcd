package compile

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// PrintStricter is like [Print], but also for policies that no profile expresses exactly.
// It returns a profile that is proved to be at least as strict for runc as the policy, by
// the kernel's order of actions, and how the two differ. The profile refuses more of the
// calls that Print names in its errors: it leaves out a rule, or gives the call the
// strictest of its answers. If Print returns a profile, PrintStricter returns the same,
// with the differences that Print accepts.
//
// As in Print, numbers that no kernel assigns do not count. The error is a [*PrintedError]
// or a [*profile.PrintError] if under every text that was tried runc lets more pass than
// the policy.
func PrintStricter(pol *policy.Policy) (text []byte, cost []Difference, err error) {
	switch text, err = Print(pol); {
	case err == nil:
		cost, _, err = readStricter(text, pol)
		return text, cost, err
	case pol.Check() != nil:
		return nil, nil, err
	}
	var whole []syscalls.Call
	var before []byte
	for { // each time with more calls in whole
		var more []syscalls.Call
		text, err = profile.PrintStricter(pol, whole)
		if e := (*profile.PrintError)(nil); errors.As(err, &e) {
			more = callNamed(pol, e.Call)
		} else if err == nil {
			cost, more, err = readStricter(text, pol)
		}
		more = slices.DeleteFunc(more, func(c syscalls.Call) bool { return slices.Contains(whole, c) })
		switch {
		case err == nil:
			return text, cost, nil
		case len(more) == 0 || before != nil && bytes.Equal(text, before):
			return nil, nil, err
		}
		whole, before = append(whole, more...), text
	}
}

// readStricter returns how runc's reading of a printed profile differs from the policy. It
// is an error if that is less strict, or libseccomp may compile something else, with the calls
// of which this is known.
func readStricter(text []byte, pol *policy.Policy) (list []Difference, laxer []syscalls.Call, err error) {
	native := pol.Arches[0].Arch
	back, err := readBack(text, native)
	if err != nil {
		return nil, callNamed(pol, printedAt(text, err)), &profile.PrintError{Reason: "runc refuses the printed profile: " + err.Error()}
	}
	runs, err := prove.Policies(pol, back.Policy())
	if err != nil {
		return nil, nil, decided(err, pol)
	}
	runs = slices.DeleteFunc(runs, func(d prove.Difference) bool { return beyond(&d, pol) })
	list = listed(runs, native)
	for _, d := range list {
		if d.Old.Effective().Stricter(d.New.Effective()) {
			if err == nil {
				err = &PrintedError{d}
			}
			if d.Call != "" {
				laxer = append(laxer, d.Witness)
			}
		}
	}
	if wrong := back.Miscompiled(); err == nil && wrong != nil {
		if e := (*profile.PrintError)(nil); errors.As(wrong, &e) {
			laxer = callNamed(pol, e.Call)
		}
		return nil, laxer, wrong
	}
	return list, laxer, err
}

// callNamed returns a call of that name on an ABI of the policy, if one has it.
func callNamed(pol *policy.Policy, name string) []syscalls.Call {
	for _, part := range pol.Arches {
		if nr, ok := syscalls.Number(part.Arch, name); ok {
			return []syscalls.Call{{Audit: part.Arch.Audit(), Nr: nr}}
		}
	}
	return nil
}

// printedAt returns the name in a printed profile that an error of reading it is about, or
// "".
func printedAt(text []byte, err error) string {
	var at *profile.Error
	var section struct{ Syscalls []struct{ Names []string } }
	if !errors.As(err, &at) || json.Unmarshal(text, &section) != nil {
		return ""
	}
	path := strings.Split(at.Path, "/") // such as /syscalls/3/names/0
	if len(path) != 5 {
		return ""
	}
	i, err1 := strconv.Atoi(path[2])
	j, err2 := strconv.Atoi(path[4])
	if err1 != nil || err2 != nil || i >= len(section.Syscalls) || j >= len(section.Syscalls[i].Names) {
		return ""
	}
	return section.Syscalls[i].Names[j]
}
