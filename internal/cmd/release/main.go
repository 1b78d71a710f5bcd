// Release prepares a release of the library and the command.
//
//	go run ./internal/cmd/release check v0.1.0
//	go run ./internal/cmd/release tag v0.1.0
//	go run ./internal/cmd/release build v0.1.0 DIR
//
// Check reports what is missing for a release of the commit that is checked out, and
// prints the commands that tag and publish it. Tag makes the tags; it pushes nothing.
//
// Build writes what is published beside the tags to a new directory: an archive and a
// bill of materials for every target, a container image, and SHA256SUMS. It makes the
// tags in a repository of its own and installs the command from there with "go install",
// as users do. The files depend on the commit, the version and the toolchain in
// build.go; not on the machine, the user, the directory or the time. -only builds for
// some targets and leaves the image out.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const usage = `usage: release check VERSION
       release tag VERSION
       release build [-only GOOS/GOARCH,...] VERSION DIR
`

func main() {
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.Parse()
	err := run(os.Stdout, ".", flag.Args())
	if errors.Is(err, errUsage) {
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "release: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n\t"))
		os.Exit(1)
	}
}

var errUsage = errors.New("wrong usage")

// run executes a subcommand for the checkout in a directory.
func run(w io.Writer, dir string, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	verb := flag.NewFlagSet(args[0], flag.ContinueOnError)
	verb.SetOutput(io.Discard)
	only := verb.String("only", "", "")
	if err := verb.Parse(args[1:]); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	operands, list := verb.Args(), targets
	if *only != "" {
		list = nil
		for name := range strings.SplitSeq(*only, ",") {
			i := slices.IndexFunc(targets, func(t target) bool { return t.String() == name })
			if i < 0 {
				return fmt.Errorf("-only: %q is not a target (%v)", name, targets)
			}
			list = append(list, targets[i])
		}
	}
	switch {
	case args[0] == "build" && len(operands) == 2:
		c, err := checkout(dir, operands[0])
		if err != nil {
			return err
		}
		return build(w, c, list, *only == "", operands[1])
	case args[0] != "check" && args[0] != "tag" || len(operands) != 1 || *only != "":
		return errUsage
	}
	c, err := checkout(dir, operands[0])
	if err != nil {
		return err
	}
	if args[0] == "tag" {
		return c.tag(w)
	}
	fmt.Fprint(w, c.instructions())
	return nil
}
