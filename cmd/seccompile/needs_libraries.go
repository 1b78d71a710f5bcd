package main

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
)

// libraryDirs are where loaders look for libraries if nothing else says it (ld.so(8)); %s is the
// processor's.
var libraryDirs = []string{"/lib/%s-linux-gnu", "/usr/lib/%s-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"}

// library opens a library that a file is linked with, where its loader would find it.
func (n *needing) library(name string, by *image.Image) (*os.File, string, error) {
	if strings.Contains(name, "/") {
		name = inDir(n.dirs, name)
		f, err := openCode(name)
		return f, name, err
	}
	dirs := slices.Clone(n.dirs)
	origin := filepath.Dir(by.Name)
	for _, d := range slices.Concat(by.RPath, by.RunPath) {
		dirs = append(dirs, strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(d))
	}
	dirs = append(dirs, configured("/etc/ld.so.conf", 0)...)
	for _, d := range libraryDirs {
		dirs = append(dirs, strings.ReplaceAll(d, "%s", by.Arch.String()))
	}
	for _, d := range dirs {
		path := filepath.Join(d, name)
		f, err := openCode(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return nil, path, err
		case !suits(f, by):
			f.Close() // loaders pass over it
			continue
		}
		if others, _ := filepath.Glob(filepath.Join(d, "glibc-hwcaps", "*", name)); len(others) > 0 {
			n.doubts = append(n.doubts, fmt.Sprintf("the loader may use %s instead of %s, for newer processors (--library-path %s)", others[0], path, filepath.Dir(others[0])))
		}
		return f, path, nil
	}
	return nil, "", errors.New("not found (--library-path names a directory that has it)")
}

// suits reports whether a file is an ELF file for the machine of another one.
func suits(f *os.File, by *image.Image) bool {
	e, err := elf.NewFile(f)
	if err != nil {
		return false
	}
	machine := map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "aarch64"}[e.Machine]
	return e.Class == elf.ELFCLASS64 && machine == by.Arch.String()
}

// configured returns the directories that a configuration of the loader has (ldconfig(8)).
func configured(file string, depth int) (dirs []string) {
	f, err := os.Open(file)
	if err != nil || depth > 3 {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		pattern, include := strings.CutPrefix(strings.TrimSpace(line), "include ")
		switch {
		case include:
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(filepath.Dir(file), pattern)
			}
			files, _ := filepath.Glob(strings.TrimSpace(pattern))
			for _, f := range files {
				dirs = append(dirs, configured(f, depth+1)...)
			}
		case pattern != "":
			dirs = append(dirs, pattern)
		}
	}
	return dirs
}

// inDir returns the loader of a program in the first directory that has one of its name, or
// its path.
func inDir(dirs []string, name string) string {
	for _, d := range dirs {
		path := filepath.Join(d, filepath.Base(name))
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return name
}
