package choice

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile"
)

// ParseSecurityOpt parses a --security-opt of docker run that concerns seccomp:
//
//	seccomp=unconfined    Unconfined
//	seccomp=builtin       Builtin
//	seccomp=PATH          File
//
// A colon may replace the =, as before Docker 1.11. Any other option is an error. The
// text of a profile instead of its PATH, which Docker's API accepts, is also an error.
func ParseSecurityOpt(opt string) (Choice, error) {
	v := &jsonpos.Lines(1).Elems()[0]
	r := &reader{Reader: jsonpos.Reader{Root: v}}
	c, ours := r.securityOpt(opt, v)
	if !ours {
		r.failf(profile.CodeUnknownChoice, v, "security option %q is not about seccomp (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)", opt)
	}
	return c, r.err()
}

// ParseSecurityOpts parses all --security-opt values of a container. It ignores options
// that do not concern seccomp. If no option concerns seccomp, the choice is Unsaid, which
// means the daemon's default. Two options that choose differently are an error, although
// Docker takes the last. Positions have the given file name, and the number of the
// option, from 1, as the line.
func ParseSecurityOpts(opts []string, file string) (Choice, error) {
	list := jsonpos.Lines(len(opts))
	r := &reader{jsonpos.Reader{Root: list}, file}
	var choice Choice
	for i, opt := range opts {
		v := &list.Elems()[i]
		c, _ := r.securityOpt(opt, v)
		switch {
		case c.Kind == Unsaid:
		case choice.Kind == Unsaid:
			choice = c
		case choice.Kind != c.Kind || choice.Name != c.Name:
			r.failf(profile.CodeTwoChoices, v, "%q with another choice (keep one of them)", opt)
		}
	}
	if err := r.err(); err != nil {
		return Choice{}, err
	}
	return choice, nil
}

// securityOpt reads an option; ours is false if it is not about seccomp. The
// separator is found as moby finds it (daemon/daemon_unix.go, parseSecurityOpt).
func (r *reader) securityOpt(opt string, v *jsonpos.Value) (c Choice, ours bool) {
	key, name, ok := strings.Cut(opt, "=")
	if !ok {
		key, name, _ = strings.Cut(opt, ":")
	}
	switch {
	case spell.Nearest(key, slices.Values([]string{"seccomp"})) == "":
		return c, false
	case key != "seccomp":
		r.failf(profile.CodeUnknownChoice, v, "unknown security option %q (did you mean seccomp?)", key)
	case name == "":
		r.failf(profile.CodeMissing, v, "seccomp without a value (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)")
	case strings.HasPrefix(name, "{"):
		r.failf(profile.CodeUnsupported, v, "seccomp with the text of a profile (write it into a file and give its path)")
	case strings.Contains(name, "\x00"):
		r.failf(profile.CodeBadName, v, "path %q has a NUL (correct it)", name)
	case name == "unconfined":
		c = r.choice(Unconfined, v)
	case name == "builtin":
		c = r.choice(Builtin, v)
	default:
		c = r.choice(File, v)
		c.Name = name
	}
	return c, true
}
