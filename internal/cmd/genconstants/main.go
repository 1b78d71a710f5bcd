// Genconstants makes the table of package constants, in two steps that are
// reviewed apart.
//
//	genconstants -linux DIR -source TEXT
//
// imports the constants that arguments of calls are compared with from a Linux
// tree into table.csv of the current directory: it compiles the tree's headers
// for each ABI with the machine's gcc, which must be one for x86_64. TEXT says
// where the tree comes from; the first line of table.csv names it with the
// kernel's version. A name of table.csv that the tree lacks is an error, unless the
// list lost in table.go has it.
//
//	genconstants
//
// turns that file into ztable.go, offline. This is what go generate runs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
)

func main() {
	linux := flag.String("linux", "", "import the constants of the Linux tree in `DIR`")
	source := flag.String("source", "", "where the tree comes from, `TEXT` for the head of table.csv")
	flag.Parse()
	if err := run(*linux, *source); err != nil {
		fmt.Fprintln(os.Stderr, "genconstants:", err)
		os.Exit(1)
	}
}

func run(linux, source string) error {
	if linux == "" {
		return generate(".", ".")
	}
	if source == "" {
		return fmt.Errorf("-linux needs -source: say which package or commit the tree is")
	}
	old, err := readTable("table.csv")
	if errors.Is(err, fs.ErrNotExist) {
		old = &table{}
	} else if err != nil {
		return err
	}
	t, err := importTree(linux, source)
	if err != nil {
		return err
	}
	if err := t.keep(old); err != nil {
		return err
	}
	return t.write("table.csv")
}
