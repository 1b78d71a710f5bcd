package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"

	"github.com/seccompile/seccompile/profile/record"
)

// records reads records, which a flag names, as one.
func (o *options) records(flag string, files []string, s stdio) (all *record.Record, err error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("no record (--%s names one, \"seccompile record\" makes one)", flag)
	}
	if err := onceStdin(files, "records"); err != nil {
		return nil, err
	}
	for i, file := range files {
		for _, other := range files[:i] {
			if sameFile(file, other, s) {
				return nil, fmt.Errorf("--%s: %s and %s are the same file, whose calls would count twice (leave one of them out)", flag, show(other), show(file))
			}
		}
		text, name, err := o.read(file, s)
		if err != nil {
			return nil, err
		}
		r, err := record.Parse(name, bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = r
		} else if err := all.Merge(r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// notReplaced returns an error if a file that is to be written is one of the records, which a flag
// names: evidence cannot be made again.
func notReplaced(flag string, files []string, output string, s stdio) error {
	for _, file := range files {
		if output != "-" && sameFile(file, output, s) {
			return fmt.Errorf("--%s: %s would be replaced by what is written to %s (name another file with -o)", flag, show(file), show(output))
		}
	}
	return nil
}

// sameFile reports whether two files exist and are one, by whatever names; - is standard input.
func sameFile(a, b string, s stdio) bool {
	stat := func(file string) (fs.FileInfo, error) {
		if file != "-" {
			return os.Stat(file)
		}
		if in, ok := s.in.(*os.File); ok {
			return in.Stat()
		}
		return nil, fs.ErrNotExist
	}
	x, err := stat(a)
	if err != nil || !x.Mode().IsRegular() { // a pipe may be one of several, such as <(...)
		return false
	}
	y, err := stat(b)
	return err == nil && os.SameFile(x, y)
}

// ofRecords makes the help of --arch say that the target is the machine of the records.
func (v *verb) ofRecords() {
	v.target.Lookup("arch").Usage = "compile for the ABI `NAME`, which must be that of the records (default: theirs)"
}
