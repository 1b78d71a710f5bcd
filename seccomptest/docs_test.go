package seccomptest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// blocks returns the code blocks of docs/testing.md of a language.
func blocks(t *testing.T, language string) (list []string) {
	t.Helper()
	page, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split("\n"+string(page), "\n```") {
		if first, text, _ := strings.Cut(part, "\n"); i%2 == 1 && first == language {
			list = append(list, text+"\n")
		}
	}
	return list
}

// TestDocs: docs/testing.md has the files of examples/testing, and what it says of faults
// is what go test prints.
func TestDocs(t *testing.T) {
	const dir = "../examples/testing"
	files := map[string]string{}
	for _, name := range []string{"web.json", "testdata/web.vec", "web_test.go", "sandbox_test.go"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(text)
	}
	code, plain := blocks(t, "go"), blocks(t, "")
	if len(code) != 2 || len(plain) != 3 {
		t.Fatalf("docs/testing.md has %d blocks of Go and %d without a language, want 2 and 3", len(code), len(plain))
	}
	for i, name := range []string{"web_test.go", "sandbox_test.go"} {
		if !strings.HasSuffix(files[name], "\n)\n\n"+code[i]) {
			t.Errorf("block %d of Go in docs/testing.md is not what %s has after its imports", i+1, name)
		}
	}
	if diff := cmp.Diff(files["testdata/web.vec"], plain[0]); diff != "" {
		t.Errorf("the vectors of docs/testing.md (-web.vec +page)\n%s", diff)
	}

	// said returns what a changed example prints.
	said := func(name, old, new string) string {
		changed := strings.ReplaceAll(files[name], old, new)
		if changed == files[name] {
			t.Fatalf("%s does not have %q", name, old)
		}
		t.Chdir(write(t, map[string]string{"web.json": files["web.json"], "testdata/web.vec": files["testdata/web.vec"], name: changed}))
		r := record(Options{Complete: true}, "testdata", "")
		if !r.failed {
			t.Errorf("%s with %q instead of %q passes", name, new, old)
		}
		return strings.ReplaceAll(strings.TrimPrefix(r.said.String(), "run web.vec\n"), "error: ", "")
	}
	vectors := files["testdata/web.vec"]
	tail := vectors[strings.Index(vectors, "x86_64 socket(40"):]
	if strings.Count(tail, "\n") != 2 {
		t.Fatalf("web.vec does not end with two lines on what is refused: %q", tail)
	}
	if diff := cmp.Diff(plain[1], said("web.json", `"value": 1, "op": "SCMP_CMP_EQ"`, `"value": 1, "op": "SCMP_CMP_GE"`)); diff != "" {
		t.Errorf("a wrong profile (-page +printed)\n%s", diff)
	}
	if diff := cmp.Diff(plain[2], said("testdata/web.vec", tail, "")); diff != "" {
		t.Errorf("fewer vectors (-page +printed)\n%s", diff)
	}
}
