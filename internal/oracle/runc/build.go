package main

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	runcModule = "github.com/opencontainers/runc"
	ourModule  = "github.com/seccompile/seccompile"
)

// A variant is a runc that was built in one of three ways.
type variant struct {
	name     string // libseccomp, child or parent
	tag      string // for runc
	tags     string // for runc's tests, some of which have the tag seccomp
	release  string // of runc
	checkout string // the directory of this repository
	tree     string // the directory of the source
	runc     string // the program
}

// build builds the variants of a release in dir, libseccomp's first. If version is "", the
// release is that of go.mod. Trees of an earlier call are replaced, if claim says that they are.
func build(dir, version string) ([]variant, error) {
	if err := claim(dir); err != nil {
		return nil, err
	}
	release, checkout, err := modules(version)
	if err != nil {
		return nil, err
	}
	list := []variant{
		{name: "libseccomp", tag: "seccomp", tags: "seccomp"},
		{name: "child", tags: "seccomp"},
		{name: "parent", tag: "parent", tags: "seccomp,parent"},
	}
	for i := range list {
		v := &list[i]
		v.release, v.checkout = release.Version, checkout.Dir
		v.tree = filepath.Join(dir, v.name)
		v.runc = filepath.Join(v.tree, "runc")
		fmt.Fprintf(os.Stderr, "building runc %s: %s\n", release.Version, v.name)
		if err := copyTree(v.tree, release.Dir); err != nil {
			return nil, err
		}
		if i > 0 {
			if err := adapt(v); err != nil {
				return nil, err
			}
		}
		if err := in(v.tree, "go", "build", "-trimpath", "-tags", v.tag, "-o", v.runc, "."); err != nil {
			return nil, err
		}
		if err := checkLibraries(v, i == 0); err != nil {
			return nil, err
		}
		if err := helpers(v, list[0]); err != nil {
			return nil, err
		}
		if err := images(v); err != nil {
			return nil, err
		}
		if err := trimmedPath(v.tree); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// A module is what go list and go mod download say of one.
type module struct{ Version, Dir, Error string }

// modules downloads a release of runc. It returns that and this repository.
func modules(version string) (release, checkout module, err error) {
	if version != "" {
		version = "@" + version
	}
	if release, err = askGo("mod", "download", "-json", runcModule+version); err == nil {
		checkout, err = askGo("list", "-m", "-json", ourModule)
	}
	return release, checkout, err
}

// askGo runs a go command that prints a module as JSON. If it fails, the JSON or standard
// error says why.
func askGo(args ...string) (m module, err error) {
	out, err := exec.Command("go", args...).Output()
	says := ""
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		says = string(exit.Stderr)
	}
	if faulty := json.Unmarshal(out, &m); err == nil {
		err = faulty
	}
	if err == nil && m.Dir == "" {
		err = errors.New("it names no directory")
	}
	if says = strings.TrimSpace(cmp.Or(m.Error, says)); err != nil && says != "" {
		err = fmt.Errorf("%w: %s", err, says)
	}
	if err != nil {
		return module{}, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return m, nil
}

// copyTree copies a module to dst. Files become writable and scripts executable, since
// modules have no modes.
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
		mode := fs.FileMode(0o755)
		if !e.IsDir() {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if !bytes.HasPrefix(text, []byte("#!")) {
				mode = 0o644
			}
		}
		return os.Chmod(path, mode)
	})
}

// adapt replaces libcontainer/seccomp in the tree.
func adapt(v *variant) error {
	theirs := filepath.Join(v.tree, "libcontainer", "seccomp")
	if err := os.RemoveAll(theirs); err != nil {
		return err
	}
	if err := os.CopyFS(theirs, os.DirFS(filepath.Join(v.checkout, "internal", "oracle", "runc", "seccomp"))); err != nil {
		return err
	}
	if v.name == "parent" {
		if err := compileInParent(v.tree); err != nil {
			return err
		}
	}
	return in(v.tree, "go", "mod", "edit", "-require", ourModule+"@v0.0.0", "-replace", ourModule+"="+v.checkout)
}

// helpers builds the programs that runc's tests use. All variants have those of the first.
func helpers(v *variant, by variant) error {
	bin := filepath.Join(v.tree, "tests", "cmd", "_bin")
	if v.name != by.name {
		return os.Symlink(filepath.Join(by.tree, "tests", "cmd", "_bin"), bin)
	}
	if err := os.Mkdir(bin, 0o755); err != nil {
		return err
	}
	return in(v.tree, "go", "build", "-trimpath", "-tags", "seccomp", "-o", bin, "./tests/cmd/recvtty", "./tests/cmd/seccompagent")
}

// trimmedPath makes a link for the integration tests, which look for the images relative to
// the path of their source. With -trimpath that begins with the module's path, and so they
// take it as relative to their directory.
func trimmedPath(tree string) error {
	link := filepath.Join(tree, "libcontainer", "integration", filepath.FromSlash(runcModule))
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	return os.Symlink(tree, link)
}

// checkLibraries returns an error unless the program needs libseccomp exactly if want is true.
func checkLibraries(v *variant, want bool) error {
	f, err := elf.Open(v.runc)
	if err != nil {
		return err
	}
	defer f.Close()
	list, err := f.ImportedLibraries()
	if err != nil {
		return err
	}
	if got := slices.ContainsFunc(list, func(lib string) bool { return strings.HasPrefix(lib, "libseccomp.") }); got != want {
		return fmt.Errorf("%s: needs libseccomp = %t, of %q", v.runc, got, list)
	}
	return nil
}

// in runs a command in a directory. What it prints is part of the error.
func in(dir string, command ...string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=1") // cgo is for runc's nsenter
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
	}
	return nil
}
