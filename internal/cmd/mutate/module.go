package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A module is its packages and how they depend on each other.
type module struct {
	path     string
	packages map[string]*pkg
	users    map[string][]string // by import path, who imports a package, in tests or not
	passed   map[string]bool     // by flags and import path, tests that have passed without a mutant
}

// A pkg is what go list says of a package.
type pkg struct {
	ImportPath, Dir                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
	Module                             struct{ Path string }
}

// load asks go list for the module in a directory.
func load(dir string) (*module, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Module", "./...")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	m := &module{packages: map[string]*pkg{}, users: map[string][]string{}, passed: map[string]bool{}}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(pkg)
		if err := d.Decode(p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		m.path = p.Module.Path
		m.packages[p.ImportPath] = p
	}
	for path, p := range m.packages {
		imports := slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		slices.Sort(imports)
		for _, i := range slices.Compact(imports) {
			if m.packages[i] != nil && i != path {
				m.users[i] = append(m.users[i], path)
			}
		}
	}
	for _, users := range m.users {
		slices.Sort(users)
	}
	return m, nil
}

// judges returns the packages with tests that depend on a package: itself, then
// its users, then theirs.
func (m *module) judges(path string) (list []string) {
	seen := map[string]bool{path: true}
	for level := []string{path}; len(level) > 0; {
		var next []string
		for _, p := range level {
			if len(m.packages[p].TestGoFiles)+len(m.packages[p].XTestGoFiles) > 0 {
				list = append(list, p)
			}
			for _, u := range m.users[p] {
				if !seen[u] {
					seen[u] = true
					next = append(next, u)
				}
			}
		}
		slices.Sort(next)
		level = next
	}
	return list
}

// What becomes of a mutant.
const (
	killed     = "killed"
	timedOut   = "timed out"
	uncompiled = "uncompiled"
	equivalent = "equivalent"
	alive      = "ALIVE"
)

// test runs the tests that could kill a mutant, until one does. by is the package
// that did, from the module's path on.
func (m *module) test(c config, mut mutant) (fate, by string, err error) {
	tmp, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(tmp)
	overlay, err := mut.overlay(c.dir, tmp)
	if err != nil {
		return "", "", err
	}
	passes := [][]string{{"-short"}, nil}
	if c.short {
		passes = passes[:1]
	}
	for _, flags := range passes {
		for _, path := range m.judges(mut.pkg) {
			fate, out, err := m.tests(c, path, append([]string{"-count=1", "-overlay", overlay}, flags...))
			switch {
			case err != nil:
				return "", "", err
			case fate == alive:
				continue
			case fate == killed:
				if err := m.sound(c, path, flags, out); err != nil {
					return "", "", err
				}
			}
			return fate, strings.Join(append([]string{strings.TrimPrefix(path, m.path+"/")}, flags...), " "), nil
		}
	}
	return alive, "", nil
}

// tests runs the tests of a package. What becomes of a mutant by them is alive
// if they pass.
func (m *module) tests(c config, path string, flags []string) (fate string, out []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*c.timeout+time.Minute) // go test compiles, too
	defer cancel()
	args := slices.Concat([]string{"test", "-failfast", "-vet=off", "-timeout", c.timeout.String()}, flags, []string{path})
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = c.dir
	cmd.WaitDelay = 10 * time.Second // a process that the kernel holds never ends
	out, err = cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return alive, out, nil
	case ctx.Err() != nil || bytes.Contains(out, []byte("panic: test timed out after")):
		return timedOut, out, nil
	case !errors.As(err, &exit):
		return "", out, err
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		return uncompiled, out, nil
	}
	return killed, out, nil
}

// sound returns an error if a package's tests fail without a mutant, so that they
// kill nothing. out is what they wrote with one.
func (m *module) sound(c config, path string, flags []string, out []byte) error {
	key := strings.Join(append(flags, path), " ")
	if m.passed[key] {
		return nil
	}
	fate, without, err := m.tests(c, path, flags)
	if err != nil {
		return err
	}
	if fate != alive {
		return fmt.Errorf("the tests of %s fail without a mutant: %s\n%s\nand with one\n%s", path, fate, without, out)
	}
	m.passed[key] = true
	return nil
}

// overlay writes the mutated file and the overlay that names it into a directory
// and returns the overlay's name.
func (m mutant) overlay(dir, tmp string) (string, error) {
	file, err := filepath.Abs(filepath.Join(dir, filepath.FromSlash(m.file)))
	if err != nil {
		return "", err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	mutated := filepath.Join(tmp, "mutated.go")
	if err := os.WriteFile(mutated, slices.Concat(src[:m.at], []byte(m.new), src[m.end:]), 0o644); err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {file: mutated}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(tmp, "overlay.json")
	return name, os.WriteFile(name, text, 0o644)
}
