package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seccompile/seccompile/profile"
)

// writeNumbered writes the filters of a stack to files and prints their names, a line
// each, in the order of installation.
func (s stdio) writeNumbered(name string, texts [][]byte) error {
	names, err := numbered(name, len(texts))
	if err != nil {
		return err
	}
	if err := writeFiles(names, texts); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, strings.Join(names, "\n"))
	return err
}

// numbered returns NAME.1, NAME.2 and so on, with as many digits each that the order of
// names is that of the numbers. A file that looks like another one of them is an error:
// who takes all of them would install it, too.
func numbered(name string, n int) (names []string, err error) {
	if name == "" {
		return nil, errors.New("the output has an empty name (- is standard output)")
	}
	own := map[string]bool{}
	for i := range n {
		names = append(names, fmt.Sprintf("%s.%0*d", name, len(fmt.Sprint(n)), i+1))
		own[filepath.Base(names[i])] = true
	}
	dir := filepath.Dir(name)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), filepath.Base(name)+".")
		if ok && digits != "" && strings.Trim(digits, "0123456789") == "" && !own[e.Name()] {
			return nil, fmt.Errorf("%s: it looks like another filter, but the profile now needs %d (remove it, or choose another name)", filepath.Join(dir, e.Name()), n)
		}
	}
	return names, nil
}

// An oldFile is what has the name of a file that is to be written.
type oldFile struct {
	info fs.FileInfo // nil for nothing
	text []byte
}

// writeFiles writes all files, each as a whole, or none: after an error there is what
// was there before. Unlike writeFile it writes into nothing that cannot be replaced.
func writeFiles(names []string, texts [][]byte) (err error) {
	var old []oldFile
	for _, name := range names {
		o, err := readOld(name)
		if err != nil {
			return err
		}
		old = append(old, o)
	}
	var beside []string
	renamed := 0
	defer func() {
		if err == nil {
			return
		}
		for _, name := range beside[renamed:] {
			os.Remove(name)
		}
		for i, o := range old[:renamed] {
			if o.info == nil {
				err = errors.Join(err, os.Remove(names[i]))
			} else {
				err = errors.Join(err, replaceFile(names[i], o.info, o.text))
			}
		}
	}()
	for i, name := range names {
		b, err := writeBeside(name, old[i].info, texts[i])
		if err != nil {
			return err
		}
		beside = append(beside, b)
	}
	for i, name := range names {
		if err := rename(beside[i], name); err != nil {
			return err
		}
		renamed++
	}
	return nil
}

// readOld returns what has a name, which must be a file or nothing.
func readOld(name string) (o oldFile, err error) {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return o, nil
	case err != nil:
		return o, err
	case !info.Mode().IsRegular():
		return o, fmt.Errorf("%s: not a file, and several files are written all or none (choose another name)", name)
	case info.Size() > profile.MaxText:
		return o, fmt.Errorf("%s: more than %d bytes (is it the right file?)", name, profile.MaxText)
	}
	text, err := os.ReadFile(name)
	return oldFile{info, text}, err
}
