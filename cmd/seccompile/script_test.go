package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	update = flag.Bool("update", false, "write what the command says into testdata/*.txt")
	full   = flag.Bool("large", false, "judge at length, where CI does")
)

// The files testdata/*.txt are sessions with the command, to be read as they
// stand. They run in a directory of their own:
//
//	# A comment.
//	-- p.json --
//	a file, up to the next "-- " or "$ "
//	$ seccompile eval - < p.json
//	> a line of standard output
//	! a line of standard error
//	exit 1
//
// An exit status of 0 is not written down. Arguments stand between blanks, or in single quotes.
type step struct {
	before string // what stands before the command: comments and files
	line   string // the command; "" at the end of the file
	want   string // what follows it
}

func parseSession(text string) (steps []step) {
	s := new(step)
	for line := range strings.Lines(text) {
		said := strings.HasPrefix(line, ">") || strings.HasPrefix(line, "!") || strings.HasPrefix(line, "exit ")
		if s.line != "" && !said {
			steps = append(steps, *s)
			s = new(step)
		}
		switch {
		case s.line != "":
			s.want += line
		case strings.HasPrefix(line, "$ "):
			s.line = strings.TrimSpace(line)
		default:
			s.before += line
		}
	}
	return append(steps, *s)
}

// files returns the files of a step. Blank lines at their ends are not theirs.
func (s step) files() map[string]string {
	files := map[string]string{}
	name := ""
	for line := range strings.Lines(s.before) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			name = strings.TrimSuffix(n, " --")
			files[name] = ""
		} else if name != "" {
			files[name] += line
		}
	}
	for name, text := range files {
		if text = strings.TrimRight(text, "\n"); text != "" {
			files[name] = text + "\n"
		}
	}
	return files
}

// A result is what a run of the command left.
type result struct {
	Out, Err string
	Status   int
}

// String returns the result as sessions have it.
func (r result) String() string {
	var b strings.Builder
	for _, stream := range []struct{ mark, text string }{{">", r.Out}, {"!", r.Err}} {
		for line := range strings.Lines(stream.text) {
			b.WriteString(strings.TrimRight(stream.mark+" "+strings.TrimSuffix(line, "\n"), " ") + "\n")
		}
	}
	if r.Status != 0 {
		fmt.Fprintf(&b, "exit %d\n", r.Status)
	}
	return b.String()
}

// seccompile runs the command in this process. None of these may be a run that
// could come as far as executing something in the place of the test.
func seccompile(stdin string, args ...string) result {
	var out, err strings.Builder
	status := dispatch(args, stdio{strings.NewReader(stdin), &out, &err})
	return result{out.String(), err.String(), status}
}

// session reads a session of testdata.
func session(t *testing.T, file string) []step {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return parseSession(string(text))
}

// do writes the files of a step and runs its command.
func (s step) do(t *testing.T) result {
	t.Helper()
	for name, text := range s.files() {
		writeText(t, name, text)
	}
	command, input, _ := strings.Cut(s.line, " < ")
	words := words(command)
	if len(words) < 2 || words[1] != "seccompile" {
		t.Fatalf("%s: want $ seccompile ARGUMENTS", s.line)
	}
	var stdin []byte
	if input != "" {
		var err error
		if stdin, err = os.ReadFile(input); err != nil {
			t.Fatal(err)
		}
	}
	return seccompile(string(stdin), words[2:]...)
}

// words splits a command into its arguments, as a shell does.
func words(command string) (list []string) {
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSessions(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sessions: %v", err)
	}
	for _, file := range files {
		file, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			steps := session(t, filepath.Base(file))
			t.Chdir(t.TempDir())
			var now strings.Builder
			for _, s := range steps {
				now.WriteString(s.before)
				if s.line == "" {
					continue
				}
				got := s.do(t)
				if got.Out != "" && !strings.HasSuffix(got.Out, "\n") {
					t.Errorf("%s: standard output does not end with a line: %q", s.line, got.Out)
				}
				if diff := cmp.Diff(s.want, got.String()); diff != "" && !*update {
					t.Errorf("%s (-want +got)\n%s", s.line, diff)
				}
				now.WriteString(s.line + "\n" + got.String())
			}
			if *update {
				writeText(t, file, now.String())
			}
		})
	}
}
