package main

import (
	"fmt"
	"runtime/debug"

	"github.com/seccompile/seccompile/syscalls"
)

func versionVerb(s stdio) *verb {
	v := &verb{
		name: "version", section: sectionOther, args: []string{""},
		about:    "print the version and where the call tables come from",
		examples: []string{"version"},
		values:   []string{},
	}
	v.run = func(args []string) int {
		if len(args) > 0 {
			return s.fail(v.name, fmt.Errorf("unexpected argument %q", args[0]))
		}
		if _, err := fmt.Fprint(s.out, versionText()); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
	}
	return v
}

// versionText is what the verb and --version print.
func versionText() string {
	return fmt.Sprintf("seccompile %s\ncalls %s\n", version(), syscalls.Source)
}

// version is that of the command's module. For a checkout it is a version with the commit, with
// "+dirty" after it if files were changed, or "(devel)" without Git.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
