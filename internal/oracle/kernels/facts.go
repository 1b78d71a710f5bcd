package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// tables are the folders with tables from the kernel's sources, and the programs of internal/cmd that import them.
// The first line of each one's table.csv ends with the sources that it is of.
var tables = []struct{ folder, importer string }{
	{"internal/calls", "gensyscalls"},
	{"internal/constants", "genconstants"},
}

// sourceSuites are where the newest sources of the kernel may be.
var sourceSuites = []string{"sid", "experimental", "backports"}

// facts imports the newest sources of Linux that Debian has into a copy of the tables, and prints the lines that
// differ. It fails if there are any.
func facts(ctx context.Context, d *debian, checkout, tmp string) error {
	a, name, version, left, err := newestSource(ctx, d)
	if err != nil {
		return err
	}
	for _, t := range tables {
		table, err := os.ReadFile(filepath.Join(checkout, t.folder, "table.csv"))
		if err != nil {
			return err
		}
		head, _, _ := strings.Cut(string(table), "\n")
		_, source, _ := strings.Cut(head, "linux ")
		fmt.Println(t.folder, "is of linux", source)
	}
	fmt.Println("the newest sources are", name, version)
	if err := a.unpack(ctx, tmp, name); err != nil {
		return err
	}
	tree := filepath.Join(tmp, "linux")
	if err := os.Mkdir(tree, 0o755); err != nil {
		return err
	}
	tar, err := filepath.Glob(filepath.Join(tmp, "root/usr/src/linux-source-*.tar.xz"))
	if err != nil || len(tar) != 1 {
		return fmt.Errorf("%s: archives %v, want one", name, tar)
	}
	if err := command(ctx, tree, "tar", "-xJf", tar[0], "--strip-components=1", "--exclude=*/drivers/*/*/*", "--exclude=*/Documentation/*", "--exclude=*/sound/*"); err != nil {
		return err
	}
	rows := 0
	var failed error
	for _, t := range tables {
		n, err := imported(ctx, checkout, tmp, t.folder, t.importer, "-linux", tree, "-source", "Debian package "+name+" "+version)
		failed = errors.Join(failed, err)
		rows += n
	}
	if failed != nil {
		return failed
	}
	if rows > 0 {
		return fmt.Errorf("%d rows differ from those of %s %s (CONTRIBUTING.md says how to import them, unless the tables are newer)", rows, name, version)
	}
	fmt.Println("no row differs")
	return left
}

// imported prints the rows of a folder's tables that differ after the importer with these arguments has rewritten
// a copy, and returns how many these are.
func imported(ctx context.Context, checkout, tmp, folder, importer string, args ...string) (rows int, err error) {
	copied, program := filepath.Join(tmp, filepath.Base(folder)), filepath.Join(tmp, importer)
	for _, step := range []struct {
		dir   string
		words []string
	}{
		{checkout, []string{"cp", "-r", folder, copied}},
		{checkout, []string{"go", "build", "-o", program, "./internal/cmd/" + importer}},
		{copied, append([]string{program}, args...)},
	} {
		if err := command(ctx, step.dir, step.words...); err != nil {
			return 0, err
		}
	}
	cmd := exec.CommandContext(ctx, "git", "diff", "--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "-U0", filepath.Join(checkout, folder), copied)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return 0, fmt.Errorf("git diff: %w", err)
	}
	file := "" // of which no row is printed yet
	heads := 0
	for _, line := range regexp.MustCompile(`(?m)^([+-][^+#-].*|\+\+\+ .*)$`).FindAllString(string(out), -1) {
		if name, ok := strings.CutPrefix(line, "+++ "); ok {
			file = filepath.Join(folder, filepath.Base(name))
			heads++
			continue
		}
		if file != "" {
			fmt.Println(file)
			file = ""
		}
		rows++
		fmt.Println(line)
	}
	if heads == 0 { // at least the first line of table.csv has other sources
		return 0, fmt.Errorf("git diff shows no difference of %s: %q", folder, out)
	}
	return rows, nil
}

// command runs a command whose output is an error's.
func command(ctx context.Context, dir string, words ...string) error {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return nil
}

// newestSource returns the package with the newest sources of all suites. A suite that cannot be read is left out,
// and is an error of left.
func newestSource(ctx context.Context, d *debian) (a apt, name, version string, left, err error) {
	for _, suite := range sourceSuites {
		from, err := d.apt(ctx, suite, "amd64")
		var names []string
		if err == nil {
			names, err = from.newest(ctx, `linux-source-[0-9]+\.[0-9]+`)
		}
		var shown string
		if err == nil {
			shown, err = from.run(ctx, d.dir, "apt-cache", "show", "--no-all-versions", names[0])
		}
		if errors.Is(err, errNoPackage) { // as experimental between releases
			fmt.Printf("%s has no sources of Linux\n", suite)
			continue
		}
		if err != nil {
			err = fmt.Errorf("%s is left out: %w", suite, err)
			fmt.Println("WARNING:", err)
			left = errors.Join(left, err)
			continue
		}
		_, v, _ := strings.Cut(shown, "\nVersion: ")
		v, _, _ = strings.Cut(v, "\n")
		if version == "" || exec.CommandContext(ctx, "dpkg", "--compare-versions", v, "gt", version).Run() == nil {
			a, name, version = from, names[0], v
		}
	}
	if version == "" {
		return a, "", "", nil, fmt.Errorf("%w: no sources of Linux in %v", errFetch, sourceSuites)
	}
	return a, name, version, left, ctx.Err()
}
