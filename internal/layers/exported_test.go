package layers

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExported: what a package exports can be named by those who import it.
func TestExported(t *testing.T) {
	imp := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, l := range layers {
		if strings.HasPrefix(l.dir, "internal/") || strings.HasPrefix(l.dir, "cmd/") {
			continue
		}
		pkg, err := imp.Import(module + "/" + l.dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range internalTypes(pkg) {
			t.Errorf("%s exports %s, which has a type of an internal package: no program can name it", l.dir, name)
		}
	}
}

// internalTypes returns the exported identifiers of a package whose type has a type of
// an internal package in it: as a parameter, a result, an exported or embedded field, an
// element, or the type itself.
func internalTypes(pkg *types.Package) (list []string) {
	for _, name := range pkg.Scope().Names() {
		if !token.IsExported(name) {
			continue
		}
		o := pkg.Scope().Lookup(name)
		if t, ok := o.(*types.TypeName); ok && !t.IsAlias() {
			named := o.Type().(*types.Named)
			if hasInternal(named.Underlying(), pkg) {
				list = append(list, name)
			}
			for i := range named.TypeParams().Len() {
				if hasInternal(named.TypeParams().At(i).Constraint(), pkg) {
					list = append(list, name)
				}
			}
			for m := range named.Methods() {
				if m.Exported() && hasInternal(m.Signature(), pkg) {
					list = append(list, name+"."+m.Name())
				}
			}
		} else if hasInternal(o.Type(), pkg) {
			list = append(list, name)
		}
	}
	return list
}

// hasInternal reports whether a type has a type of an internal package in what others
// see of it. Named types of other packages are theirs.
func hasInternal(t types.Type, pkg *types.Package) bool {
	tuple := func(list *types.Tuple) bool {
		for v := range list.Variables() {
			if hasInternal(v.Type(), pkg) {
				return true
			}
		}
		return false
	}
	switch t := t.(type) {
	case *types.Alias:
		return hasInternal(types.Unalias(t), pkg)
	case *types.Named:
		if o := t.Obj(); o.Pkg() != nil && strings.Contains(o.Pkg().Path(), "/internal/") && o.Pkg() != pkg {
			return true
		}
		for a := range t.TypeArgs().Types() {
			if hasInternal(a, pkg) {
				return true
			}
		}
	case *types.Pointer:
		return hasInternal(t.Elem(), pkg)
	case *types.Slice:
		return hasInternal(t.Elem(), pkg)
	case *types.Array:
		return hasInternal(t.Elem(), pkg)
	case *types.Chan:
		return hasInternal(t.Elem(), pkg)
	case *types.Map:
		return hasInternal(t.Key(), pkg) || hasInternal(t.Elem(), pkg)
	case *types.Signature:
		return tuple(t.Params()) || tuple(t.Results())
	case *types.Interface:
		for m := range t.Methods() {
			if hasInternal(m.Signature(), pkg) {
				return true
			}
		}
		for e := range t.EmbeddedTypes() {
			if hasInternal(e, pkg) {
				return true
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if (f.Exported() || f.Embedded()) && hasInternal(f.Type(), pkg) {
				return true
			}
		}
	}
	return false
}

func TestInternalTypes(t *testing.T) {
	set := token.NewFileSet()
	parse := func(text string) []*ast.File {
		f, err := parser.ParseFile(set, "a.go", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		return []*ast.File{f}
	}
	inner, err := new(types.Config).Check("m/internal/inner", set, parse(`package inner; type T struct{}; type S string; const C S = "x"; const N = 1; func F() T { return T{} }`), nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		text string
		want []string
	}{
		{`func F(x inner.T) {}`, []string{"F"}},
		{`func F() (_ *inner.T) { return nil }`, []string{"F"}},
		{`func F(x []map[string]func(...inner.T)) {}`, []string{"F"}},
		{`func f(x inner.T) {}`, nil},
		{`func F() { var x inner.T; _ = x }`, nil},
		{`type T struct{}; func (t *T) M(x inner.T) {}; func (t *T) m(x inner.T) {}`, []string{"T.M"}},
		{`type t struct{}; func (t *t) M(x inner.T) {}`, nil},
		{`type T struct{ f inner.T }`, nil},
		{`type T struct{ F inner.T }`, []string{"T"}},
		{`type T struct{ inner.T }`, []string{"T"}},
		{`type T struct{ F struct{ f, G chan inner.T } }`, []string{"T"}},
		{`type T = inner.T`, []string{"T"}},
		{`type T [1]inner.T`, []string{"T"}},
		{`type T inner.S`, nil}, // a string
		{`type T[P interface{ M(inner.T) }] struct{}`, []string{"T"}},
		{`type G[P any] struct{}; func F() (_ G[inner.T]) { return G[inner.T]{} }`, []string{"F"}},
		{`type T interface{ M(inner.T) }`, []string{"T"}},
		{`type T [inner.N]int`, nil},
		{`var V = inner.F()`, []string{"V"}},
		{`var v = inner.F()`, nil},
		{`const C = inner.N`, nil},
		{`const C = inner.C`, []string{"C"}},
	}
	for _, tt := range tests {
		conf := types.Config{Importer: only{inner}}
		pkg, err := conf.Check("m/p", set, parse(`package p; import "m/internal/inner"; var _ inner.T; `+tt.text), nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.text, err)
		}
		if diff := cmp.Diff(tt.want, internalTypes(pkg)); diff != "" {
			t.Errorf("internalTypes of %s (-want +got)\n%s", tt.text, diff)
		}
	}
}

// An only is an importer of one package.
type only struct{ pkg *types.Package }

func (o only) Import(string) (*types.Package, error) { return o.pkg, nil }
