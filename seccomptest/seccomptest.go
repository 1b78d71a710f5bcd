// Package seccomptest tests seccomp profiles and policies with go test, without a kernel
// and without root.
//
// [Run] runs vector files, which list calls and the actions that they should get:
//
//	func TestProfile(t *testing.T) {
//		seccomptest.Run(t, "testdata", seccomptest.Options{})
//	}
//
// The files of the directory that end in ".vec" say which profile they test, and for
// which machine. Package [vector] reads them.
//
//	profile ../web.json
//	arch x86_64
//	kernel 6.1
//
//	x86_64 openat(-100, 0, 0) = ALLOW
//	x86_64 socket(40, 1, 0) = ERRNO(1)
//
// [Answer] tests one call, for tables in Go.
//
// Each profile is compiled, which proves that the filter does what the profile says, and
// the filter judges the calls. Failures name the rule that decided, with its place in the
// profile or in the Go code that built it. Run also reports which parts of a profile no
// vector touches, as [profile.Coverage] defines it.
package seccomptest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// Options say what [Run] tests. The zero value tests the profiles that the files name.
type Options struct {
	// Profile is tested instead of the profile that each file names. It may come from a
	// profile.Builder, for example.
	Profile *profile.Profile

	// BadArch and AcceptWeaker are those of profile.Target. Vector files say the rest.
	BadArch      *policy.Action
	AcceptWeaker bool

	// Complete makes it an error that no vector touches a part of a profile: an entry, a
	// condition or the default action. Without it these parts are logged, and go test -v
	// prints them.
	Complete bool
}

// Run runs the vector files in a directory and the directories below it, each as a
// subtest: all files with names that end in ".vec". It is an error if the directory has no
// such file, or has a symbolic link to a directory. It is also an error if a file has no
// vectors, a vector without an expected action, or no setting arch, since the outcome
// would then depend on the machine. The path of a profile is relative to the directory of
// the file that names it.
//
// If the profiles have no faults and all answers are as expected, Run reports the parts
// of all profiles that no vector touches. It does not if a flag such as -run leaves out
// some of the files.
func Run(t *testing.T, dir string, o Options) {
	t.Helper()
	o.run(t, dir, func(name string, f func(reporter)) {
		t.Run(name, func(t *testing.T) { f(t) })
	})
}

// A reporter is what a run needs of a testing.T.
type reporter interface {
	Helper()
	Log(args ...any)
	Error(args ...any)
	Failed() bool
}

// run is Run. The function subtest may leave out some of the files.
func (o Options) run(t reporter, dir string, subtest func(name string, f func(reporter))) {
	t.Helper()
	files, err := find(dir)
	if err != nil {
		t.Error(err)
		return
	}
	var cover profile.Coverage
	ran := 0
	for _, file := range files {
		subtest(filepath.ToSlash(file), func(t reporter) {
			t.Helper()
			ran++
			notes, errs := o.judge(filepath.Join(dir, file), &cover)
			for _, n := range notes {
				t.Log(n)
			}
			for _, err := range errs {
				t.Error(err)
			}
		})
	}
	switch list := untouched(&cover); {
	case t.Failed():
	case ran < len(files):
		t.Log(fmt.Sprintf("%d of %d files were run, so the parts that no vector touches are unknown", ran, len(files)))
	case list == "":
	case o.Complete:
		t.Error(list)
	default:
		t.Log(list)
	}
}

// extension ends the names of vector files.
const extension = ".vec"

// mostFiles is the most files in the directory of a test, to notice that it is the wrong
// one.
const mostFiles = 100_000

// find returns the vector files in a directory and below it, from there.
func find(dir string) (files []string, err error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s: a file where a directory of %s files should be", dir, extension)
	}
	n := 0
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch n++; {
		case err != nil:
			return fmt.Errorf("%s: %w", dir, err)
		case n > mostFiles:
			return fmt.Errorf("%s: more than %d files (is it the right directory?)", dir, mostFiles)
		case d.Type()&fs.ModeSymlink != 0 && isDir(filepath.Join(dir, filepath.FromSlash(name))):
			return fmt.Errorf("%s: a link to a directory, which is not followed (call Run for that directory, and remove the link)", filepath.Join(dir, filepath.FromSlash(name)))
		case !d.IsDir() && filepath.Ext(name) == extension:
			files = append(files, filepath.FromSlash(name))
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case files == nil:
		return nil, fmt.Errorf("%s: no files that end in %s: nothing would be tested", dir, extension)
	}
	return files, nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// untouched returns a report of what no vector touches, "" if they touch everything.
func untouched(c *profile.Coverage) string {
	list := c.Untouched()
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "parts that no vector touches, %d:", len(list))
	for _, u := range list {
		fmt.Fprintf(&b, "\n%s", u)
	}
	return b.String()
}
