package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
)

// An edit replaces the bytes of a file from one offset to another.
type edit struct {
	from, to token.Pos
	text     string
}

// compileInParent makes the changes of the parent form outside of libcontainer/seccomp.
// configs.Seccomp gets a field for the program: runc sends the configuration to the
// container's first process, and stores it for runc exec. specconv.SetupSeccomp, which
// converts the section of a config.json, compiles before it returns.
func compileInParent(tree string) error {
	err := rewrite(filepath.Join(tree, "libcontainer", "configs", "config.go"), func(f *ast.File) (list []edit) {
		list = append(list, edit{f.Name.End(), f.Name.End(), "\n\nimport \"" + ourModule + "/install\""})
		ast.Inspect(f, func(n ast.Node) bool {
			if t, ok := n.(*ast.TypeSpec); ok && t.Name.Name == "Seccomp" {
				at := t.Type.(*ast.StructType).Fields.Closing
				list = append(list, edit{at, at, "Program *install.Program `json:\"program,omitempty\"`\n"})
			}
			return true
		})
		return list
	}, 2)
	if err != nil {
		return err
	}
	return rewrite(filepath.Join(tree, "libcontainer", "specconv", "spec_linux.go"), func(f *ast.File) (list []edit) {
		for _, d := range f.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Name.Name == "SetupSeccomp" {
				last := d.Body.List[len(d.Body.List)-1].(*ast.ReturnStmt).Results[0]
				list = append(list, edit{last.Pos(), d.Body.Rbrace, "seccomp.Compile(newConfig)\n"})
			}
		}
		return list
	}, 1)
}

// rewrite edits a Go file. It is an error if the number of edits is not want.
func rewrite(path string, edits func(*ast.File) []edit, want int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	list := edits(f)
	if len(list) != want {
		return fmt.Errorf("%s: %d places to change, want %d: this release of runc is different", path, len(list), want)
	}
	for _, e := range slices.Backward(list) {
		from, to := set.Position(e.from).Offset, set.Position(e.to).Offset
		text = slices.Concat(text[:from], []byte(e.text), text[to:])
	}
	return os.WriteFile(path, text, 0o644)
}
