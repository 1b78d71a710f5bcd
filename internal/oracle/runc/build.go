package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	runcModule = "github.com/opencontainers/runc"
	ourModule  = "github.com/seccompile/seccompile"
)

// A buildOf is a runc that was built, with the tree of its source.
type buildOf struct {
	name string // libseccomp, child or parent
	tag  string // to build it
	tags string // to build its tests, which have files for the tag seccomp alone
	tree string
	runc string // the program
}

// build makes the builds in dir, libseccomp's first. It replaces what is there.
func build(dir string) ([]buildOf, error) {
	release, checkout, err := modules()
	if err != nil {
		return nil, err
	}
	list := []buildOf{
		{name: "libseccomp", tag: "seccomp", tags: "seccomp"},
		{name: "child", tags: "seccomp"},
		{name: "parent", tag: "parent", tags: "seccomp,parent"},
	}
	for i := range list {
		b := &list[i]
		b.tree = filepath.Join(dir, b.name)
		b.runc = filepath.Join(b.tree, "runc")
		fmt.Fprintf(os.Stderr, "building runc %s: %s\n", release.Version, b.name)
		if err := copyTree(b.tree, release.Dir); err != nil {
			return nil, err
		}
		if i > 0 {
			if err := ours(b, checkout); err != nil {
				return nil, err
			}
		}
		if err := in(b.tree, "go", "build", "-trimpath", "-tags", b.tag, "-o", b.runc, "."); err != nil {
			return nil, err
		}
		if err := helpers(b, list[0]); err != nil {
			return nil, err
		}
		if err := images(b); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// A module is what go list and go mod download say of one.
type module struct{ Version, Dir string }

// modules returns runc's release, downloaded, and the checkout of ours.
func modules() (release, checkout module, err error) {
	for args, m := range map[string]*module{"mod download -json " + runcModule: &release, "list -m -json " + ourModule: &checkout} {
		var out []byte
		if out, err = exec.Command("go", strings.Fields(args)...).Output(); err == nil {
			err = json.Unmarshal(out, m)
		}
		if err == nil && m.Dir == "" {
			err = fmt.Errorf("it names no directory")
		}
		if err != nil {
			return release, checkout, fmt.Errorf("go %s: %w", args, err)
		}
	}
	return release, checkout, nil
}

// copyTree makes dst a copy of a module, writable, with scripts that can be executed.
func copyTree(dst, src string) error {
	if err := os.RemoveAll(dst); err != nil {
		return err
	}
	if err := os.CopyFS(dst, os.DirFS(src)); err != nil {
		return err
	}
	return filepath.WalkDir(dst, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if e.IsDir() || filepath.Ext(path) == ".sh" {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	})
}

// ours replaces the package of a copy.
func ours(b *buildOf, checkout module) error {
	theirs := filepath.Join(b.tree, "libcontainer", "seccomp")
	if err := os.RemoveAll(theirs); err != nil {
		return err
	}
	if err := os.CopyFS(theirs, os.DirFS(filepath.Join(checkout.Dir, "internal", "oracle", "runc", "seccomp"))); err != nil {
		return err
	}
	if b.name == "parent" {
		if err := compileInParent(b.tree); err != nil {
			return err
		}
	}
	return in(b.tree, "go", "mod", "edit", "-require", ourModule+"@v0.0.0", "-replace", ourModule+"="+checkout.Dir)
}

// helpers builds the programs of runc's tests once, on libseccomp: they are not what
// is tested.
func helpers(b *buildOf, by buildOf) error {
	bin := filepath.Join(b.tree, "tests", "cmd", "_bin")
	if b.name != by.name {
		return os.Symlink(filepath.Join(by.tree, "tests", "cmd", "_bin"), bin)
	}
	if err := os.Mkdir(bin, 0o755); err != nil {
		return err
	}
	return in(b.tree, "go", "build", "-trimpath", "-tags", "seccomp", "-o", bin, "./tests/cmd/recvtty", "./tests/cmd/seccompagent")
}

// in runs a command in a directory. What it prints is part of the error.
func in(dir string, command ...string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=1") // cgo is for runc's nsenter
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	return nil
}
