package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A file is one of an archive or of the release.
type file struct {
	name string
	mode int64
	data []byte
}

// tarFile returns an archive with the files in their order, all of one time and of root.
func tarFile(files []file, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: f.mode, Size: int64(len(f.data)), ModTime: at, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// compress returns data as gzip has it, without a name and a time.
func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// tarGz is tarFile, compressed.
func tarGz(files []file, at time.Time) ([]byte, error) {
	data, err := tarFile(files, at)
	if err != nil {
		return nil, err
	}
	return compress(data)
}

// texts returns the files that the archives of all targets have, LICENSE first: texts of
// the commit, and the manual and completions that the command for this machine prints.
func (b *builder) texts() (list []file, err error) {
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		text, err := b.file(name)
		if err != nil {
			return nil, err
		}
		list = append(list, file{name, 0o644, text})
	}
	if _, err := os.Stat(b.own()); err != nil {
		return nil, fmt.Errorf("this machine is not among the targets that are built, so that nothing prints the manual: %w", err)
	}
	for _, p := range []struct{ name, args string }{
		{"seccompile.1", "man"},
		{"completions/seccompile.bash", "completion bash"},
		{"completions/_seccompile", "completion zsh"},
		{"completions/seccompile.fish", "completion fish"},
		{"completions/seccompile.ps1", "completion powershell"},
	} {
		text, err := output(exec.Command(b.own(), strings.Fields(p.args)...))
		if err != nil {
			return nil, err
		}
		list = append(list, file{p.name, 0o644, []byte(text)})
	}
	return list, nil
}

// licensesOf returns the licenses of Go and of the modules in a binary.
func (b *builder) licensesOf(bin *binary) (file, error) {
	root, err := b.run(bin.target, "env", "GOROOT")
	if err != nil {
		return file{}, err
	}
	args := []string{"mod", "download", "-json"}
	for _, m := range bin.info.Deps {
		if m.Path != library {
			args = append(args, m.Path+"@"+m.Version)
		}
	}
	out, err := b.run(bin.target, args...)
	if err != nil {
		return file{}, err
	}
	var text bytes.Buffer
	if err := addLicenses(&text, toolchain, strings.TrimSpace(root)); err != nil {
		return file{}, err
	}
	for d := json.NewDecoder(strings.NewReader(out)); d.More(); {
		var m struct{ Path, Version, Dir string }
		if err := d.Decode(&m); err != nil {
			return file{}, fmt.Errorf("go mod download: %w", err)
		}
		if err := addLicenses(&text, m.Path+" "+m.Version, m.Dir); err != nil {
			return file{}, err
		}
	}
	return file{"LICENSE-THIRD-PARTY", 0o644, text.Bytes()}, nil
}

// addLicenses adds the files of a directory that are licenses or notices. There must be
// one.
func addLicenses(b *bytes.Buffer, owner, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	isLicense := func(e os.DirEntry) bool {
		name, _, _ := strings.Cut(strings.ToUpper(e.Name()), ".")
		return slices.Contains([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS"}, name) && e.Type().IsRegular()
	}
	before := b.Len()
	for _, e := range entries {
		if !isLicense(e) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "== %s: %s\n\n%s\n\n", owner, e.Name(), bytes.TrimSpace(text))
	}
	if b.Len() == before {
		return fmt.Errorf("%s has no license in %s", owner, dir)
	}
	return nil
}
