//go:build !linux

package main

import (
	"fmt"
	"runtime"
)

func (o *options) exec([]string, stdio) (status int, err error) { return exitRun, errNoSeccomp() }

func (o *options) notify([]string, bool, string, report, stdio) (status int, err error) {
	return exitRun, errNoSeccomp()
}

func errNoSeccomp() error {
	return fmt.Errorf("%s has no seccomp (compile and eval work here, for any machine)", runtime.GOOS)
}
