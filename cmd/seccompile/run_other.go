//go:build !linux

package main

import (
	"fmt"
	"runtime"
)

func runVerb(args []string, s stdio) int {
	s.fail("run", fmt.Errorf("%s has no seccomp (compile and eval work here, for any machine)", runtime.GOOS))
	return exitRun
}
