// Runc builds the newest release of runc on libseccomp, as it is, and on seccompile,
// and runs runc's own tests of seccomp, notification and personality on each. It fails
// if a test fails on seccompile that passes on libseccomp:
//
//	internal/oracle/runc/run
//
// The release is that of go.mod, or of -release. Its module, which has the tests,
// comes from the module proxy; this repository has nothing of it. Package seccomp
// replaces libcontainer/seccomp in a copy, in two forms:
//
//	child    the container's first process compiles and installs its filter
//	parent   runc compiles, the first process installs
//
// With -page it then measures both forms, and writes docs/runtimes.md with its picture.
// That takes some minutes, and a machine that does nothing else.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	ifJailed()
	dir := flag.String("dir", "", "the `directory` for what is built, new, empty or of an earlier call; without it, one that is removed")
	release := flag.String("release", "", "the `version` of runc, such as v1.4.0; without it, that of go.mod")
	page := flag.Bool("page", false, "measure, too, and write docs/runtimes.md")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "runc: unexpected argument %q (name a release with -release)\n", flag.Arg(0))
		os.Exit(1)
	}
	if err := run(*dir, *release, *page); err != nil {
		fmt.Fprintln(os.Stderr, "runc:", err)
		os.Exit(1)
	}
}

func run(dir, release string, page bool) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("containers, and the filters of processes, are for root")
	}
	if dir == "" {
		made, remove, err := temporary()
		if err != nil {
			return err
		}
		defer remove()
		dir = made
	} else {
		go endAt(signals(), func() error { return nil })
	}
	dir, err := absolute(dir)
	if err != nil {
		return err
	}
	variants, err := build(dir, release)
	if err != nil {
		return err
	}
	tallies, err := conformance(os.Stdout, variants)
	if err != nil || !page {
		return err
	}
	r, err := measure(variants, effort{Rounds: 41, Quotas: 11, Peaks: 15, Tries: 5})
	if err != nil {
		return err
	}
	r.Tallies = tallies
	return r.write(filepath.Join(variants[0].checkout, "docs"))
}
