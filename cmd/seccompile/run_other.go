//go:build !linux

package main

import (
	"fmt"
	"runtime"
)

func runVerb(_ []string, s stdio) int    { return s.noSeccomp("run") }
func notifyVerb(_ []string, s stdio) int { return s.noSeccomp("notify") }

func (s stdio) noSeccomp(verb string) int {
	s.fail(verb, fmt.Errorf("%s has no seccomp (compile and eval work here, for any machine)", runtime.GOOS))
	return exitRun
}
