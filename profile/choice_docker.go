package profile

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// ParseSecurityOpt reads a --security-opt of docker run that is about seccomp:
//
//	seccomp=unconfined    Unconfined
//	seccomp=builtin       Builtin
//	seccomp=PATH          File
//
// A colon may stand for the =, as it did before Docker 1.11. An option about
// anything else is an error, and so is the text of a profile in the place of its
// PATH, which Docker's API takes and this does not.
func ParseSecurityOpt(opt string) (Choice, error) {
	r := new(reader)
	v := optValue(0)
	c, ours := r.securityOpt(opt, v, nil)
	if !ours {
		r.failf(CodeUnknownChoice, v, nil, "security option %q is not about seccomp (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)", opt)
	}
	return c, r.errs.join()
}

// ParseSecurityOpts reads all the --security-opt of a container. Those about
// other things are left alone; if none is about seccomp, the choice is Unsaid:
// the daemon's default. Two that choose differently are an error, where Docker
// takes the last. Positions carry the file, and as the line the number of the
// option, from 1.
func ParseSecurityOpts(opts []string, file string) (Choice, error) {
	r := &reader{file: file}
	var choice Choice
	for i, opt := range opts {
		v, p := optValue(i), &path{index: i}
		c, _ := r.securityOpt(opt, v, p)
		switch {
		case c.Kind == Unsaid:
		case choice.Kind == Unsaid:
			choice = c
		case choice.Kind != c.Kind || choice.Name != c.Name:
			r.failf(CodeTwoChoices, v, p, "%q beside another choice (leave one of them)", opt)
		}
	}
	if err := r.errs.join(); err != nil {
		return Choice{}, err
	}
	return choice, nil
}

// optValue is the place of option i.
func optValue(i int) *value { return &value{line: int32(i + 1), col: 1} }

// securityOpt reads an option; ours is false if it is not about seccomp. The
// separator is found as moby finds it (daemon/daemon_unix.go, parseSecurityOpt).
func (r *reader) securityOpt(opt string, v *value, p *path) (c Choice, ours bool) {
	key, name, ok := strings.Cut(opt, "=")
	if !ok {
		key, name, _ = strings.Cut(opt, ":")
	}
	switch {
	case spell.Nearest(key, slices.Values([]string{"seccomp"})) == "":
		return c, false
	case key != "seccomp":
		r.failf(CodeUnknownChoice, v, p, "unknown security option %q (did you mean seccomp?)", key)
	case name == "":
		r.failf(CodeMissing, v, p, "seccomp without a value (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)")
	case strings.HasPrefix(name, "{"):
		r.failf(CodeUnsupported, v, p, "seccomp with the text of a profile (write it into a file and give its path)")
	case strings.Contains(name, "\x00"):
		r.failf(CodeBadName, v, p, "path %q has a NUL (correct it)", name)
	case name == "unconfined":
		c = r.choice(Unconfined, v, p)
	case name == "builtin":
		c = r.choice(Builtin, v, p)
	default:
		c = r.choice(File, v, p)
		c.Name = name
	}
	return c, true
}
