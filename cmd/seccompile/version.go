package main

import (
	"fmt"
	"runtime/debug"

	"github.com/seccompile/seccompile/syscalls"
)

func versionVerb(args []string, s stdio) int {
	f := newFlags("version", s)
	if status, ok := parse(f, args, "", s); !ok {
		return status
	}
	if f.NArg() > 0 {
		return s.fail("version", fmt.Errorf("unexpected argument %q", f.Arg(0)))
	}
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	if _, err := fmt.Fprintf(s.out, "seccompile %s\ncalls %s\n", version, syscalls.Source); err != nil {
		return s.fail("version", err)
	}
	return exitOK
}
