package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// calls has the tables that gensyscalls imports.
const calls = "internal/calls"

// sourceSuites are where the newest sources of the kernel may be.
var sourceSuites = []string{"sid", "experimental", "backports"}

// facts imports the newest sources of Linux that Debian has into a copy of the tables, and prints the lines that
// differ. It fails if there are any.
func facts(ctx context.Context, d *debian, checkout, tmp string) error {
	a, name, version, err := newestSource(ctx, d)
	if err != nil {
		return err
	}
	table, err := os.ReadFile(filepath.Join(checkout, calls, "table.csv"))
	if err != nil {
		return err
	}
	head, _, _ := strings.Cut(string(table), "\n")
	fmt.Printf("the tables are of%s\nthe newest sources are %s %s\n", head[strings.Index(head, ":")+1:], name, version)
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
	copied := filepath.Join(tmp, "calls")
	gen := filepath.Join(tmp, "gensyscalls")
	for _, step := range []struct {
		dir   string
		words []string
	}{
		{tree, []string{"tar", "-xJf", tar[0], "--strip-components=1", "--exclude=*/drivers/*/*/*", "--exclude=*/Documentation/*", "--exclude=*/sound/*"}},
		{checkout, []string{"cp", "-r", calls, copied}},
		{checkout, []string{"go", "build", "-o", gen, "./internal/cmd/gensyscalls"}},
		{copied, []string{gen, "-linux", tree, "-source", "Debian package " + name + " " + version}},
	} {
		cmd := exec.CommandContext(ctx, step.words[0], step.words[1:]...)
		cmd.Dir = step.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %v\n%s", strings.Join(step.words, " "), err, out)
		}
	}
	cmd := exec.CommandContext(ctx, "git", "diff", "--no-index", "-U0", filepath.Join(checkout, calls), copied)
	var out bytes.Buffer
	cmd.Stdout = &out
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return fmt.Errorf("git diff: %w", err)
	}
	changed := regexp.MustCompile(`(?m)^([+-][^+#-].*|\+\+\+ .*)$`).FindAllString(out.String(), -1)
	rows := 0
	for _, line := range changed {
		if file, ok := strings.CutPrefix(line, "+++ "); ok {
			fmt.Println(filepath.Base(file))
			continue
		}
		rows++
		fmt.Println(line)
	}
	if rows > 0 {
		return fmt.Errorf("%d rows differ from those of %s %s (import them as CONTRIBUTING.md, Tables, says, unless the tables are newer)", rows, name, version)
	}
	fmt.Println("no row differs")
	return nil
}

// newestSource returns the package with the newest sources of all suites. A suite that cannot be read is named,
// and left out.
func newestSource(ctx context.Context, d *debian) (a apt, name, version string, err error) {
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
		if err != nil {
			fmt.Printf("WARNING: %s IS LEFT OUT: %v\n", suite, err)
			continue
		}
		_, v, _ := strings.Cut(shown, "\nVersion: ")
		v, _, _ = strings.Cut(v, "\n")
		if version == "" || exec.CommandContext(ctx, "dpkg", "--compare-versions", v, "gt", version).Run() == nil {
			a, name, version = from, names[0], v
		}
	}
	if version == "" {
		return a, "", "", fmt.Errorf("%w: no sources of Linux in %v", errFetch, sourceSuites)
	}
	return a, name, version, ctx.Err()
}
