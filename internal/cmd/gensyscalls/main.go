// Gensyscalls makes the tables of package calls, in two steps that are
// reviewed apart.
//
//	gensyscalls -linux DIR -source TEXT
//
// imports a Linux tree (6.11 or newer) into three files of the current directory: table.csv
// has the system call tables, mux.csv the calls that socketcall and ipc make, and types.csv
// the C types of the arguments as the tree's SYSCALL_DEFINE and COMPAT_SYSCALL_DEFINE macros
// declare them. The widths column of table.csv follows from types.csv. TEXT says where the
// tree comes from; the first lines of table.csv name it with the kernel's version. Rows of
// ABIs that the tree no longer has stay as they are: 31-bit s390 ended with 6.18.
//
//	gensyscalls
//
// turns those files, and narrowed.csv and since/*.csv, which are written by
// hand, into the Go files ztable_*.go, offline. This is what go generate runs.
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
		return generate(".", ".")
	}
	if source == "" {
		return fmt.Errorf("-linux needs -source: say which package or commit the tree is")
	}
	old, err := readTable("table.csv")
	if os.IsNotExist(err) {
		old = new(table)
	} else if err != nil {
		return err
	} else if old.types, err = readTypes("types.csv"); err != nil {
		return err
	}
	t, err := importTree(linux, source, old)
	if err != nil {
		return err
	}
	if err := t.write("table.csv"); err != nil {
		return err
	}
	if err := t.writeTypes("types.csv"); err != nil {
		return err
	}
	return t.writeSubcalls("mux.csv")
}
