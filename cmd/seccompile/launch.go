package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/seccompile/seccompile/install"
)

// runVerb executes a command under a profile, in the place of this process: its
// exit status, its signals and its process ID are the command's.
func runVerb(s stdio) *verb {
	v := &verb{
		name: "run", section: "Commands", args: []string{"[flags] [--] COMMAND [ARG...]"},
		about: "run a command under a profile",
		text:  "The command keeps the terminal, and can type into it (ioctl TIOCSTI) if the profile allows that, as Docker's default does. After \"setsid --wait\" it needs CAP_SYS_ADMIN for that. A container of Docker has another terminal, or none.",
		examples: []string{
			"run --profile web.json -- nginx -g 'daemon off;'",
			"run --security-opt seccomp=web.json --caps none id",
		},
		launches: true,
	}
	var o options
	g := v.group("Flags")
	o.addTrees(g)
	o.addLaunch(g)
	o.add(v)
	v.run = func(args []string) int {
		status, err := o.exec(args, s)
		s.fail(v.name, err)
		return status
	}
	return v
}

// notifyVerb starts a command under a filter that reports the calls which a
// profile would not allow, and lets them continue.
func notifyVerb(s stdio) *verb {
	v := &verb{
		name: "notify", section: "Commands", args: []string{"[flags] [--] COMMAND [ARG...]"},
		about: "run a command and report the calls that a profile would not allow",
		text:  "Calls that the profile would not allow wait for this process, which lets them continue. A signal can end such a call with EINTR. To find out what a program needs, \"seccompile record\" watches all of its calls and changes none.",
		examples: []string{
			"notify --suggest -- unshare -U true",
			"notify --profile web.json --json -o calls.json -- nginx",
		},
		launches: true,
	}
	var o options
	g := v.group("Flags")
	output := g.StringP("output", "o", "-", "write the report to `FILE`, - for standard error")
	all := g.Bool("all", false, "report every call")
	suggest := g.Bool("suggest", false, "at the end, write the entry that would allow these calls")
	asJSON := g.Bool("json", false, "write JSON: an object per call, and one with the counts")
	o.addLaunch(g)
	o.add(v)
	v.run = func(args []string) int {
		status, err := o.notify(args, *all, *output, report{json: *asJSON, suggest: *suggest}, s)
		if err != nil {
			s.fail(v.name, err)
		}
		return status
	}
	return v
}

// addLaunch adds the flags of verbs that start a command.
func (o *options) addLaunch(g *group) {
	g.BoolVar(&o.newPrivs, "allow-new-privs", false, "do not set no_new_privs (needs CAP_SYS_ADMIN)")
}

// A privs says what becomes of no_new_privs.
type privs int

const (
	privsUnsaid  privs = iota // set for a filter, which ordinary users cannot install without
	privsSet                  // set in any case
	privsAllowed              // left alone
)

// privs reads what the flags say: --allow-new-privs, or --security-opt as docker run
// takes it (moby, daemon/daemon_unix.go, parseSecurityOpt), of which the last
// counts.
func (o *options) privs() (p privs, err error) {
	for _, opt := range o.chooser.opts {
		switch set, ours, err := noNewPrivileges(opt); {
		case err != nil:
			return p, err
		case ours && set:
			p = privsSet
		case ours:
			p = privsAllowed
		}
	}
	switch {
	case o.newPrivs && p == privsSet:
		return p, errors.New("both --allow-new-privs and --security-opt no-new-privileges (leave one of them out)")
	case o.newPrivs:
		p = privsAllowed
	}
	return p, nil
}

// explain adds what to do if the kernel refuses a filter without no_new_privs: by
// EACCES of the installation, which is not that of execve.
func (p privs) explain(err error) error {
	var refused *install.Error
	if p == privsAllowed && errors.As(err, &refused) && refused.Errno == syscall.EACCES && strings.HasPrefix(refused.Op, "seccomp(") {
		return fmt.Errorf("%w; here, leave out --allow-new-privs or no-new-privileges=false", err)
	}
	return err
}

// securityOptions are what --security-opt of docker run can be about (moby,
// daemon/daemon_unix.go, parseSecurityOpt, and the client's parseSecurityOpts).
var securityOptions = []string{"seccomp", "no-new-privileges", "apparmor", "label", "systempaths", "writable-cgroups", "credentialspec"}

// cutSecurityOpt cuts such an option as moby does. It faults a key that nobody
// knows: what was meant by it would be lost.
func cutSecurityOpt(opt string) (key, value string, given bool, err error) {
	key, value, given = strings.Cut(opt, "=")
	if !given {
		key, value, given = strings.Cut(opt, ":")
	}
	if !slices.Contains(securityOptions, key) {
		hint := hintOr(key, slices.Values(securityOptions), strings.Join(securityOptions, ", "))
		if strings.HasPrefix(key, "no-new-") { // no-new-privs, which no_new_privs suggests
			hint = " (did you mean no-new-privileges?)"
		}
		err = fmt.Errorf("--security-opt %s: unknown security option %q%s", opt, key, hint)
	}
	return key, value, given, err
}

// noNewPrivileges reads the option no-new-privileges; ours is false for another.
func noNewPrivileges(opt string) (set, ours bool, err error) {
	key, value, given, err := cutSecurityOpt(opt)
	switch {
	case err != nil || key != "no-new-privileges":
		return false, false, err
	case !given:
		return true, true, nil
	}
	set, err = strconv.ParseBool(value)
	if err != nil {
		return false, true, fmt.Errorf("--security-opt %s: %q is neither true nor false (write one of them)", opt, value)
	}
	return set, true, nil
}
