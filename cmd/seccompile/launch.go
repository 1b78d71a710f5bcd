package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/spell"
)

// addLaunch adds the flags of verbs that start a command.
func (o *options) addLaunch(f *flag.FlagSet) {
	f.BoolVar(&o.newPrivs, "allow-new-privs", false, "leave no_new_privs alone, so that programs can gain privileges, for which the kernel wants CAP_SYS_ADMIN")
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
		return p, errors.New("--allow-new-privs beside --security-opt no-new-privileges (leave one of them out)")
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
		hint := spell.HintOr(key, slices.Values(securityOptions), strings.Join(securityOptions, ", "))
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
