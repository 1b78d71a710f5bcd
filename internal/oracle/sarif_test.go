package oracle

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"
)

// sarifSchema returns OASIS' schema of SARIF 2.1.0, which a library has in its source, as a
// constant that it does not export.
func sarifSchema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", reflect.TypeFor[sarif.Report]().PkgPath()).Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err = strconv.Unquote(lit.Value)
		}
		return true
	})
	if err != nil || !strings.Contains(text, "sarif-schema-2.1.0.json") {
		t.Fatalf("the library has no schema of SARIF 2.1.0: %v", err)
	}
	schema, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// faultOf says what a schema finds wrong in a text, nil if nothing.
func faultOf(schema *gojsonschema.Schema, text []byte) error {
	result, err := schema.Validate(gojsonschema.NewBytesLoader(text))
	if err == nil && !result.Valid() {
		err = fmt.Errorf("%v", result.Errors())
	}
	return err
}

// TestSARIF: what "seccompile audit --format sarif" prints is valid by OASIS' schema, for
// profiles with and without faults, for filters, and with accepted findings.
func TestSARIF(t *testing.T) {
	schema := sarifSchema(t)
	dir := t.TempDir()
	command := filepath.Join(dir, "seccompile")
	build := exec.Command("go", "build", "-o", command, ".")
	build.Dir = "../../cmd/seccompile"
	build.Env = append(os.Environ(), "GOWORK="+filepath.Join(mustAbs(t, "../.."), "go.work"))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	filter := filepath.Join(dir, "default.bpf")
	if out, err := exec.Command(command, "compile", "-o", filter).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	broken := write("broken [1].json", `{"defaultAction": "SCMP_ACT_ALOW", "syscalls": [{"names": ["reed"], "action": "SCMP_ACT_KILL"}]}`)
	denies := write("denies.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["chmod"], "action": "SCMP_ACT_ERRNO", "comment": "lint:ignore sibling-open \"known\""}]}`)
	for _, args := range [][]string{
		{"default"}, {broken, denies}, {"--filter", filter},
		{"--ignore", write("ignore", "permissive-default \u202e because\nio-uring x"), denies},
	} {
		cmd := exec.Command(command, append([]string{"audit", "--format", "sarif", "--fail-on", "none"}, args...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		text, err := cmd.Output()
		if err != nil {
			t.Fatalf("audit %v: %v\n%s", args, err, stderr.String())
		}
		if err := faultOf(schema, text); err != nil {
			t.Errorf("audit %v: %v\n%s", args, err, text)
		}
		if bytes.Count(text, []byte(`"ruleId"`)) == 0 {
			t.Errorf("audit %v has no results", args)
		}
		for old, bad := range map[string]string{`"level": "`: `"level": "very `, `"version": "2.1.0"`: `"version": "2.1.0", "mood": 1`} {
			if err := faultOf(schema, bytes.Replace(text, []byte(old), []byte(bad), 1)); err == nil {
				t.Errorf("with %s the log is valid: the schema is not asked", bad)
			}
		}
	}
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}
