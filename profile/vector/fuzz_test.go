package vector_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/profile/vector"
)

// FuzzParse: every text is a file with vectors or a list of faults with places in it, and
// a vector is what its own text says.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../../testdata/vectors/m*.vec")
	if err != nil || len(files) == 0 {
		f.Fatalf("no vectors: %v", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("x86_64 read(\n\tarchs x86\n 0x1 5() = \n= ALLOW\r\nkernel\u00a06.1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := vector.Parse("v", text)
		if err == nil {
			if len(file.Vectors) == 0 {
				t.Fatal("no vectors and no error")
			}
			for _, v := range file.Vectors {
				line := v.Text
				if v.Judged {
					line += " = " + v.Want.String()
				}
				again, err := vector.Parse("v", []byte(line))
				if err != nil || again.Vectors[0].Call != v.Call || again.Vectors[0].Want != v.Want {
					t.Fatalf("%q is %+v, and was %+v, %v", line, again, v, err)
				}
			}
			return
		}
		lines := strings.SplitAfter(string(text), "\n")
		for fault := range strings.Lines(err.Error()) {
			var n, col int
			if _, err := fmt.Sscanf(fault, "v:%d:%d: ", &n, &col); err != nil {
				continue // of the whole file, or a part of a message with a newline
			}
			if n < 1 || n > len(lines) || col < 1 || col > len(lines[n-1])+1 {
				t.Fatalf("%q: not a place in %q", fault, text)
			}
		}
	})
}
