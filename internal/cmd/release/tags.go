package main

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	library = "github.com/seccompile/seccompile"
	command = library + "/cmd/seccompile"
)

// A commit is what a release is made of.
type commit struct {
	dir     string // the checkout's
	version string
	hash    string
	time    time.Time // of the commit
}

// versionPattern has the versions that the modules can have: from v2 on, their paths would
// end in it.
var versionPattern = regexp.MustCompile(`^v[01]\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?$`)

// tags are the names of a release's tags: of the library and of the command.
func tags(version string) [2]string {
	return [2]string{version, "cmd/seccompile/" + version}
}

// checkout returns the commit that is checked out in a directory, which must be ready to
// be released as the version; otherwise the error has everything that is missing.
func checkout(dir, version string) (*commit, error) {
	if !versionPattern.MatchString(version) {
		return nil, fmt.Errorf("%q is not a version such as v0.1.0 or v1.2.3-rc.1", version)
	}
	c := &commit{dir: dir, version: version}
	top, err := c.git("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, err
	}
	c.dir = strings.TrimSpace(top)
	line, err := c.git("log", "-1", "--format=%H %ct")
	if err != nil {
		return nil, err
	}
	hash, seconds, _ := strings.Cut(strings.TrimSpace(line), " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("git log: %w", err)
	}
	c.hash, c.time = hash, time.Unix(unix, 0).UTC()

	var faults []error
	changed, err := c.git("status", "--porcelain")
	if err != nil {
		return nil, err
	}
	if changed != "" {
		faults = append(faults, fmt.Errorf("the checkout differs from the commit: commit or remove\n%s", strings.TrimRight(changed, "\n")))
	}
	for _, want := range []struct{ file, line, remedy string }{
		{"cmd/seccompile/go.mod", "\t" + library + " " + version, "the command must require the library of the same release"},
		{"go.work", "replace " + library + " " + version + " => .", "the checkout must replace the release that the command requires"},
		{"CHANGELOG.md", "## " + version, "the release must have an entry"},
	} {
		text, err := c.file(want.file)
		if err != nil {
			return nil, err
		}
		if !strings.Contains("\n"+string(text), "\n"+want.line+"\n") {
			faults = append(faults, fmt.Errorf("%s lacks the line %q: %s", want.file, want.line, want.remedy))
		}
	}
	for _, tag := range tags(version) {
		if old, err := c.git("rev-parse", "-q", "--verify", "refs/tags/"+tag+"^{commit}"); err == nil && strings.TrimSpace(old) != hash {
			faults = append(faults, fmt.Errorf("the tag %s is at another commit, %s: choose a new version, since proxies keep the old one", tag, strings.TrimSpace(old)))
		}
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("not ready for %s:\n%w", version, errors.Join(faults...))
	}
	return c, nil
}

// instructions returns the commands that tag the commit and publish the tags. One push
// has both, so that nobody can ask for the command without the library that it requires.
func (c *commit) instructions() string {
	var b strings.Builder
	for _, tag := range tags(c.version) {
		fmt.Fprintf(&b, "git tag %s %s\n", tag, c.hash)
	}
	t := tags(c.version)
	fmt.Fprintf(&b, "git push --atomic origin %s %s\n", t[0], t[1])
	return b.String()
}

// tag makes the tags that the commit does not have yet, or none.
func (c *commit) tag(w io.Writer) error {
	var made []string
	for _, tag := range tags(c.version) {
		if _, err := c.git("rev-parse", "-q", "--verify", "refs/tags/"+tag); err == nil {
			fmt.Fprintf(w, "%s is there\n", tag)
			continue
		}
		if _, err := c.git("tag", tag, c.hash); err != nil {
			for _, name := range made {
				_, undone := c.git("tag", "-d", name)
				err = errors.Join(err, undone)
			}
			return err
		}
		made = append(made, tag)
	}
	for _, tag := range made {
		fmt.Fprintf(w, "%s tags %s\n", tag, c.hash)
	}
	return nil
}

// file returns a file of the commit.
func (c *commit) file(name string) ([]byte, error) {
	text, err := c.git("show", c.hash+":"+name)
	return []byte(text), err
}

// git returns what a git command prints.
func (c *commit) git(args ...string) (string, error) {
	return output(exec.Command("git", append([]string{"-C", c.dir}, args...)...))
}

// output returns what a command prints. The error has what it prints as such.
func output(cmd *exec.Cmd) (string, error) {
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(errs.String()))
	}
	return string(out), nil
}
