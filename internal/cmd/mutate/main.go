// Mutate measures tests: it changes one operator or constant of the source at a
// time and runs the tests of the packages that depend on it, which should fail.
//
//	go run ./internal/cmd/mutate -seed 1 -n 20
//	go run ./internal/cmd/mutate -seed 7 -n 10 -pkg internal/vm
//
// The seed decides which mutants are drawn; whether one is among them depends on
// the seed, its file, its function and its text alone, so that changes elsewhere
// leave the sample as it is. The source is not written to: a mutant is an overlay
// (go help build). Tests of the mutated package come first, then those of the
// packages that import it, the nearest first; all with -short, and only what is
// alive then without.
//
// A mutant that no test can kill because it changes nothing that a caller could
// see stands in equivalent.txt with the reason.
//
// The exit status is 1 if a mutant survived that is not listed there.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"
)

// measured are the packages whose tests are measured if -pkg names none.
const measured = "profile compile internal/prove internal/vm install install/notify syscalls internal/calls"

func main() {
	seed := flag.Uint64("seed", 1, "draws the mutants")
	n := flag.Int("n", 10, "how many mutants")
	pkgs := flag.String("pkg", measured, "the packages to mutate")
	most := flag.Duration("timeout", 4*time.Minute, "the time that the tests of one package have")
	list := flag.Bool("list", false, "print the mutants without running them")
	short := flag.Bool("short", false, "run tests with -short alone")
	flag.Parse()
	survived, err := run(os.Stdout, config{".", *seed, *n, strings.Fields(*pkgs), *most, *list, *short})
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	case survived > 0:
		os.Exit(1)
	}
}

// A config is what the flags say.
type config struct {
	dir     string // of the module
	seed    uint64
	n       int
	pkgs    []string
	timeout time.Duration
	list    bool
	short   bool
}

// run draws mutants, runs the tests of each and prints what became of it. It
// returns how many survived without being listed.
func run(w io.Writer, c config) (survived int, err error) {
	mod, err := load(c.dir)
	if err != nil {
		return 0, err
	}
	var all []mutant
	for _, dir := range c.pkgs {
		p := mod.packages[path.Join(mod.path, dir)]
		if p == nil {
			return 0, fmt.Errorf("%s is not a package of the module (name it by its directory)", dir)
		}
		list, err := p.mutants()
		if err != nil {
			return 0, err
		}
		all = append(all, list...)
	}
	same, err := readEquivalents(c.dir, c.pkgs, all)
	if err != nil {
		return 0, err
	}
	drawn := draw(all, c.seed, c.n)
	fmt.Fprintf(w, "seed %d: %d of %d mutants\n", c.seed, len(drawn), len(all))
	counts := map[string]int{}
	for _, m := range drawn {
		if c.list {
			fmt.Fprintln(w, m)
			continue
		}
		fate, by := same.fate(m), ""
		if fate == "" {
			if fate, by, err = mod.test(c, m); err != nil {
				return survived, err
			}
		}
		counts[fate]++
		fmt.Fprintf(w, "%-10s %s", fate, m)
		if by != "" {
			fmt.Fprintf(w, "   by %s", by)
		}
		fmt.Fprintln(w)
		if fate == alive {
			survived++
		}
	}
	for _, fate := range []string{killed, timedOut, uncompiled, equivalent, alive} {
		if counts[fate] > 0 {
			fmt.Fprintf(w, "%d %s\n", counts[fate], fate)
		}
	}
	return survived, nil
}
