// Gensyscalls makes the tables of package syscalls, in two steps that are
// reviewed apart.
//
//	gensyscalls -linux DIR -source TEXT
//
// imports the system call tables of a Linux tree (6.11 or newer) into table.csv
// in the current directory. TEXT says where the tree comes from; the first lines
// of table.csv name it with the kernel's version. Rows of ABIs that the tree no
// longer has stay as they are: 31-bit s390 ended with 6.18.
//
//	gensyscalls
//
// turns table.csv into the Go files ztable_*.go, offline. This is what go
// generate runs.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	linux := flag.String("linux", "", "import the tables of the Linux tree in `DIR`")
	source := flag.String("source", "", "where the tree comes from, `TEXT` for the head of table.csv")
	flag.Parse()
	if err := run(*linux, *source); err != nil {
		fmt.Fprintln(os.Stderr, "gensyscalls:", err)
		os.Exit(1)
	}
}

func run(linux, source string) error {
	if linux == "" {
		return generate("table.csv", ".")
	}
	if source == "" {
		return fmt.Errorf("-linux needs -source: say which package or commit the tree is")
	}
	old, err := readTable("table.csv")
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	t, err := importTree(linux, source, old)
	if err != nil {
		return err
	}
	return t.write("table.csv")
}
