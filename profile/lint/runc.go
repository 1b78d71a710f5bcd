package lint

import (
	"errors"
	"fmt"
	"sync"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var runcWeaker = check{Rule{
	Code: "runc-weaker", Severity: Warning, Text: true,
	Title: "under runc and crun, a call passes that the text refuses",
	Why: "libseccomp compares all 64 bits of an argument even if the kernel reads only 32, so a number with an upper bit set is not equal to the one " +
		"that the text refuses. It has its own order for entries that overlap, and before 2.4.0 it compiled < and > wrongly.",
	Sources: []string{github("seccomp/libseccomp", "383"), github("moby/moby", "53551"), cve("2019-9893")},
}, func(a *audit) error {
	kernel, runc, err := a.readings()
	if err != nil || runc == nil {
		return err
	}
	list, err := compile.Diff(kernel, runc)
	if err != nil {
		return fmt.Errorf("runc's reading cannot be compared with the text: %w", err)
	}
	var order []string
	weaker := map[string][]Subject{}
	for _, d := range list {
		if !d.Arch.Valid() || d.Call == "" || !d.New.Passes() || d.Old.Passes() {
			continue
		}
		if weaker[d.Call] == nil {
			order = append(order, d.Call)
		}
		weaker[d.Call] = append(weaker[d.Call], Subject{Arch: d.Arch, Call: d.Call, Where: d.Where, Beyond: d.Beyond, Example: d.Witness})
	}
	hard := sync.OnceValue(func() error { _, err := compile.Harden(a.profile, a.native); return err })
	for _, name := range order {
		a.addEach(Warning, home(weaker[name][0]), weaker[name], func(list []Subject) Finding { return a.wordWeaker(kernel, list, hard) })
	}
	return nil
}}

// home returns the call that entries name which decide a subject.
func home(s Subject) string {
	if made := madeBy(s.Arch, s.Example); made != "" {
		return made
	}
	return s.Call
}

// wordWeaker words a finding on a call that passes under runc.
func (a *audit) wordWeaker(kernel *compile.Stack, list []Subject, hard func() error) Finding {
	s := list[0]
	f := Finding{
		Text: fmt.Sprintf("under runc, %s passes, but the text refuses it with %s", s.Example, actionText(kernel.Run(s.Example), s.Arch)),
		Fix:  fmt.Sprintf("write entries for %s that do not overlap; \"seccompile explain --compat runc\" says which of them decides", s.Call),
	}
	made := madeBy(s.Arch, s.Example)
	switch {
	case made != "":
		f.Text += fmt.Sprintf(": libseccomp applies entries for %s to it, but its arguments are in memory", made)
		f.Fix = fmt.Sprintf("add an entry that refuses %s by an action other than the default, such as ERRNO with errnoRet 38: runc ignores entries with the default action", s.Call)
	case wide(s.Arch, s.Call, s.Example):
		f.Text += ": libseccomp compares bits of the argument that the kernel ignores"
		f.Fix = "\"seccompile harden\" writes the conditions so that runc reads them as the kernel does"
		if hard() != nil {
			f.Fix = "compare only the low 32 bits, with SCMP_CMP_MASKED_EQ (\"seccompile harden\" cannot do this for the profile, and says why)"
		}
	}
	return f
}

// madeBy returns the call that a multiplexer's call makes, "" for any other.
func madeBy(a arch.Arch, c syscalls.Call) string {
	for name := range syscalls.Names() {
		if nr, sub, ok := syscalls.Mux(a, name); ok && nr == c.Nr && uint64(sub) == c.Args[0] {
			return name
		}
	}
	return ""
}

// readings returns the stacks of the profile as the kernel and as runc read it. That of runc is
// nil if runc refuses the profile, which is a finding.
func (a *audit) readings() (kernel, runc *compile.Stack, err error) {
	var stacks [2]*compile.Stack
	for i, reading := range []profile.Compat{profile.CompatKernel, profile.CompatRunc} {
		if stacks[i] = a.stack; reading == a.target.Compat {
			continue
		}
		t := a.target
		t.Compat = reading
		stacks[i], err = stackFor(a.profile, t)
		var fault *profile.Error
		switch {
		case err == nil:
		case errors.As(err, &fault):
			refused := *fault
			refused.Pos, refused.Path = policy.Pos{}, ""
			a.add(Warning, Finding{
				Pos: fault.Pos, Path: fault.Path,
				Text: fmt.Sprintf("%s reading of the profile is an error: %v", [...]string{"the text's own", "runc's"}[i], &refused),
			})
			return nil, nil, nil
		default:
			return nil, nil, err
		}
	}
	return stacks[0], stacks[1], nil
}

// stackFor compiles a profile.
func stackFor(p *profile.Profile, t profile.Target) (*compile.Stack, error) {
	res, err := p.Resolve(t)
	if err != nil {
		return nil, err
	}
	return compile.SplitResolution(res, compile.Options{})
}

// wide reports whether a call has bits in its arguments that the kernel does not read.
func wide(a arch.Arch, name string, c syscalls.Call) bool {
	for i, v := range c.Args {
		if w := syscalls.Width(a, name, i); w < 64 && v>>w != 0 && v>>w != ^uint64(0)>>w {
			return true
		}
	}
	return false
}
