// Runc builds the newest release of runc on libseccomp, as it is, and on seccompile,
// and runs runc's own tests of seccomp, notification and personality on each. It fails
// if one of ours fails a test that libseccomp's passes:
//
//	internal/oracle/runc/run
//
// The release is that in go.mod. Its module, which has the tests, comes from the module
// proxy; nothing of it is in this repository. In a copy of it, package seccomp replaces
// its own, in two forms:
//
//	child    the container's first process compiles and installs its filter
//	parent   runc compiles, the first process installs
//
// With -page DIR it then measures what that buys, and writes DIR/runtimes.md with its
// picture. That takes some minutes and a machine that does nothing else.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	ifJailed()
	dir := flag.String("dir", "", "the `directory` for what is built; without it, one that is removed")
	page := flag.String("page", "", "measure, and write the page to this `directory`")
	flag.Parse()
	if err := run(*dir, *page); err != nil {
		fmt.Fprintln(os.Stderr, "runc:", err)
		os.Exit(1)
	}
}

func run(dir, page string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("containers, and the filters of processes, are for root")
	}
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "seccompile-runc-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir) // nothing of it is mounted outside of the namespaces of jail
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	builds, err := build(dir)
	if err != nil {
		return err
	}
	tallies, err := conformance(builds)
	if err != nil || page == "" {
		return err
	}
	r, err := measure(builds, effort{Rounds: 41, Quotas: 11, Peaks: 15, Tries: 5})
	if err != nil {
		return err
	}
	r.Tallies = tallies
	return r.write(page)
}
