//go:build seccomp

package libseccomp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A trial asks libseccomp and us the same.
type trial struct {
	s         *specs.LinuxSeccomp
	arch      arch.Arch // the native one
	level     int       // libseccomp's, of optimizing
	fragments []string  // that the profile is made of, if it is a maker's
}

// What judge says.
const (
	equal   = "equal"
	refused = "refused"
)

// A mismatch is a call that the filter answers otherwise than the policy.
type mismatch struct{ *prove.Witness }

func (m mismatch) Error() string {
	return fmt.Sprintf("libseccomp answers %s with %s, want %s", m.Call, m.Got, m.Want)
}

// judge says that the profile's filter is equal to its policy, or that libseccomp
// refuses the profile because two rules contradict each other, as far as it can
// tell: it also refuses a rule that asks for less than one before it, which we
// take. The error is a mismatch, or says what went wrong.
func (c *trial) judge() (string, error) {
	pol, ourErr := c.policy()
	insns, theirErr := Filter(c.s, c.arch, c.level)
	switch {
	case ourErr == nil && theirErr == nil:
	case (ourErr == nil || isContradiction(ourErr)) && errors.Is(theirErr, syscall.EEXIST):
		return refused, nil
	default:
		return "", fmt.Errorf("libseccomp: %v, we: %v", theirErr, ourErr)
	}
	w, err := prove.Policy(insns, pol)
	switch {
	case err != nil:
		return "", err
	case w != nil:
		return "", mismatch{w}
	}
	return equal, nil
}

// policy returns what the profile means to us in runc's reading. libseccomp has
// nothing for calls that are newer than the profile.
func (c *trial) policy() (*policy.Policy, error) {
	p, err := profile.Parse([]byte(c.text()), profile.ParseOptions{})
	if err != nil {
		return nil, err
	}
	res, err := p.Resolve(profile.Target{Arch: c.arch, Compat: profile.CompatRunc, AcceptWeaker: true, Enosys: profile.Enosys{Mode: profile.EnosysOff}})
	if err != nil {
		return nil, err
	}
	return res.Policy(), nil
}

// isContradiction reports whether that is all that is wrong.
func isContradiction(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !isContradiction(e) {
				return false
			}
		}
		return true
	}
	var fault *profile.Error
	return errors.As(err, &fault) && fault.Code == profile.CodeContradiction
}

// text returns the profile, an entry a line.
func (c *trial) text() string {
	s := *c.s
	s.Syscalls = nil
	head, err := json.Marshal(s)
	if err != nil {
		panic(err) // of a struct of strings and numbers
	}
	var lines []string
	for _, e := range c.s.Syscalls {
		line, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		lines = append(lines, "  "+string(line))
	}
	return strings.TrimSuffix(string(head), "}") + ", \"syscalls\": [\n" + strings.Join(lines, ",\n") + "]}\n"
}

// report returns the profile with the witness as a vector file, to keep.
func (c *trial) report() string {
	_, err := c.judge()
	text := fmt.Sprintf("%s\narch %s\ncompat runc\nenosys off\n", c.text(), c.arch)
	var m mismatch
	if errors.As(err, &m) {
		text += fmt.Sprintf("%s = %s\n", m.Call, m.Want)
	}
	return fmt.Sprintf("%s%v (optimize level %d)", text, err, c.level)
}

// filters returns libseccomp's filter and ours.
func (c *trial) filters() (theirs, ours *compile.Filter, err error) {
	pol, err := c.policy()
	if err != nil {
		return nil, nil, err
	}
	if ours, err = compile.Policy(pol, compile.Options{}); err != nil {
		return nil, nil, err
	}
	insns, err := Filter(c.s, c.arch, c.level)
	if err != nil {
		return nil, nil, err
	}
	theirs, err = compile.Load(insns, c.arch)
	return theirs, ours, err
}

// denied is what the rules of deny answer: an errno that no call has.
const denied = 4094

// deny returns a rule for the call: ERRNO(denied) if all of the conditions hold.
func deny(name string, conds ...specs.LinuxSeccompArg) specs.LinuxSyscall {
	errno := uint(denied)
	return specs.LinuxSyscall{Names: []string{name}, Action: specs.ActErrno, ErrnoRet: &errno, Args: conds}
}

func is(arg uint, sign string, datum uint64) specs.LinuxSeccompArg {
	return specs.LinuxSeccompArg{Index: arg, Op: signs[sign], Value: datum}
}

var signs = map[string]specs.LinuxSeccompOperator{
	"!=": specs.OpNotEqual, "<": specs.OpLessThan, "<=": specs.OpLessEqual,
	"==": specs.OpEqualTo, ">=": specs.OpGreaterEqual, ">": specs.OpGreaterThan,
}

// trialOf returns a trial whose profile allows all but what the rules deny. The
// first of the ABIs is the native one.
func trialOf(arches []arch.Arch, rules []specs.LinuxSyscall) *trial {
	c := &trial{arch: arches[0], level: 1, s: &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: rules}}
	for _, a := range arches[1:] {
		c.s.Architectures = append(c.s.Architectures, specs.Arch(a.SCMP()))
	}
	return c
}
