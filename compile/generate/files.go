package generate

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A File is a generated Go file.
type File struct {
	Name string // without a directory
	Text []byte
}

// Files are all files that Go generates for one function. The zero value has none.
type Files struct {
	prefix string // what all names begin with, up to the GOARCH
	list   []File
}

// List returns the files in the order of the filters. The caller owns the slice.
func (files Files) List() []File { return slices.Clone(files.list) }

// Write writes the files into a directory. It removes generated files of the same
// function for other ABIs, which would contain an earlier policy. It does not replace a
// file that was not generated. Files that are already right remain untouched.
func (files Files) Write(dir string) error {
	old, err := files.generated(dir)
	if err != nil {
		return err
	}
	for _, f := range files.list {
		name := filepath.Join(dir, f.Name)
		switch text, err := os.ReadFile(name); {
		case err == nil && !isGenerated(text):
			return fmt.Errorf("%s is not a generated file (remove or rename it)", name)
		case err == nil && bytes.Equal(text, f.Text):
			continue
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
		if err := os.WriteFile(name, f.Text, 0o666); err != nil {
			return err
		}
	}
	for _, name := range files.strays(old) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// remedy is what to do about every difference that Check finds.
const remedy = "run go generate ./... and review the change"

// Check compares the files with those in a directory, byte for byte. It returns all
// differences, joined: files that differ, that are missing, and generated files of the
// same function for other ABIs.
func (files Files) Check(dir string) error {
	old, err := files.generated(dir)
	if err != nil {
		return err
	}
	var faults []error
	for _, f := range files.list {
		name := filepath.Join(dir, f.Name)
		switch text, err := os.ReadFile(name); {
		case errors.Is(err, fs.ErrNotExist):
			faults = append(faults, fmt.Errorf("%s is missing (%s)", name, remedy))
		case err != nil:
			faults = append(faults, err)
		case !bytes.Equal(text, f.Text):
			faults = append(faults, fmt.Errorf("%s:%d: not what the policy compiles to (%s)", name, firstDifference(text, f.Text), remedy))
		}
	}
	for _, name := range files.strays(old) {
		faults = append(faults, fmt.Errorf("%s is for an ABI that no longer has a filter (%s)", filepath.Join(dir, name), remedy))
	}
	return errors.Join(faults...)
}

// firstDifference returns the number of the first line in which two texts differ.
func firstDifference(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return 1 + bytes.Count(a[:n], []byte("\n"))
}

// generated returns the names of the files in a directory that were generated for the
// same function.
func (files Files) generated(dir string) (names []string, err error) {
	if len(files.list) == 0 {
		return nil, errors.New("no generated files (Go returns some)")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		goarch, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), ".go"), files.prefix)
		if !ok || !strings.HasSuffix(e.Name(), ".go") || strings.Contains(goarch, "_") {
			continue // such as a file of the function filter_linux
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if isGenerated(text) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// isGenerated reports whether a text begins with the header, be it with a carriage return, as
// a checkout on Windows has it.
func isGenerated(text []byte) bool {
	return bytes.HasPrefix(text, []byte(strings.TrimSuffix(header, "\n")))
}

// strays returns those of the names that none of the files has.
func (files Files) strays(names []string) (list []string) {
	for _, name := range names {
		if !slices.ContainsFunc(files.list, func(f File) bool { return f.Name == name }) {
			list = append(list, name)
		}
	}
	return list
}
