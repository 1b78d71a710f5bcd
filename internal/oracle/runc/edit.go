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
			t, ok := n.(*ast.TypeSpec)
			if !ok || t.Name.Name != "Seccomp" {
				return true
			}
			if s, ok := t.Type.(*ast.StructType); ok {
				list = append(list, edit{s.Fields.Closing, s.Fields.Closing, "Program *install.Program `json:\"program,omitempty\"`\n"})
			}
			return false
		})
		return list
	}, 2)
	if err != nil {
		return err
	}
	return rewrite(filepath.Join(tree, "libcontainer", "specconv", "spec_linux.go"), func(f *ast.File) (list []edit) {
		for _, d := range f.Decls {
			d, ok := d.(*ast.FuncDecl)
			if !ok || d.Name.Name != "SetupSeccomp" || len(d.Body.List) == 0 {
				continue
			}
			// The last statement returns the configuration and nil.
			if last, ok := d.Body.List[len(d.Body.List)-1].(*ast.ReturnStmt); ok && len(last.Results) == 2 {
				from, to := last.Results[0], last.Results[1]
				list = append(list, edit{from.Pos(), to.End(), "seccomp.Compile(" + name(from) + ")"})
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

// name returns the name of a variable, and "" for another expression, which does not compile then.
func name(x ast.Expr) string {
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}
