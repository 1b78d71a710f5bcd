package main

import (
	"fmt"
	"runtime/debug"

	"github.com/seccompile/seccompile/syscalls"
)

func versionVerb(args []string, s stdio) int {
	if len(args) > 0 {
		return s.fail("version", fmt.Errorf("unexpected argument %q", args[0]))
	}
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	fmt.Fprintf(s.out, "seccompile %s\ncalls %s\n", version, syscalls.Source)
	return exitOK
}
