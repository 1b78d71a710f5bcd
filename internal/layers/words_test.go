package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// oddWords are words that comments on exported identifiers do not use, each with
// what they use.
var oddWords = []struct{ word, instead string }{
	// Prepositions and small words.
	{`behind`, "after"},
	{`beside`, "next to, together with"},
	{`besides`, "also"},
	{`but (for|that)`, "except"},
	{`for ever`, "forever"},
	{`meanwhile`, "while X"},
	{`all the same`, "in spite of that"},
	{`at the least`, "at least"},
	{`whatever`, "any"},
	{`who(m|se)?ever`, "any program that"},
	{`wherever`, "everywhere"},
	{`(every|any|no)body`, "the program or the user that is meant"},
	{`people|strangers?`, "users, untrusted input"},
	{`ours?`, "the name of the thing"},
	// Sentences that begin with nothing.
	{`(is|are) no (abi|call|calls|fault|filter|name|place|decision|failure|rule|action|policy|part)`, "is not a, has no"},
	{`there (is|are) none`, "has no"},
	{`of no (call|known|abi)`, "unassigned, unknown"},
	{`without any`, "if there is none"},
	{`(of|for|to) what`, "the thing itself"},
	{`be it`, "even"},
	// Pictures.
	{`takes? the place|in the (\w+('s)? )?place of`, "replaces, instead of"},
	{`leaves? (its|the) room|spares?`, "returns to the pool"},
	{`on the way|ways?`, "path, depth, before reaching"},
	{`stands? (for|in|at|alone|apart|there)`, "means, is in"},
	{`at work`, "running"},
	{`(brings?|takes?|comes?) along`, "has, keeps"},
	{`astray|blind|asked|asks|meet|peel(s|ed)?|fewest`, "withoutArgs, viaMux, satisfy, intersects, split, minimal"},
	{`bunch(es)?|clumps?`, "cluster"},
	{`holes?`, "singleton"},
	{`kids?`, "child"},
	{`furniture`, "header"},
	{`halv(e|ed|ing)`, "bisect"},
	{`idle`, "redundant"},
	{`relays?|leaps?`, "the kernel's or the field's word"},
	{`nicety`, "optional"},
	{`in use|lets? (it|them) be`, "plain words"},
}

// TestWords: exported comments are in plain technical English, in the terms of the
// field.
func TestWords(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && (rel == "internal" || rel == ".git" || rel == "cmd" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, c := range exportedComments(f) {
			text := strings.Join(strings.Fields(c.Text()), " ")
			for _, w := range oddWords {
				re := regexp.MustCompile(`(?i)\b(` + w.word + `)\b`)
				if at := re.FindStringIndex(text); at != nil {
					t.Errorf("%s: %q: write %q", set.Position(c.Pos()), text[max(0, at[0]-30):min(len(text), at[1]+30)], w.instead)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// exportedComments returns the comments that go doc shows: of the package and of
// exported identifiers, fields included.
func exportedComments(f *ast.File) (list []*ast.CommentGroup) {
	add := func(groups ...*ast.CommentGroup) {
		for _, c := range groups {
			if c != nil {
				list = append(list, c)
			}
		}
	}
	add(f.Doc)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() {
				add(d.Doc)
			}
		case *ast.GenDecl:
			exported := false
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					if !s.Name.IsExported() {
						continue
					}
					exported = true
					add(s.Doc, s.Comment)
					if st, ok := s.Type.(*ast.StructType); ok {
						for _, field := range st.Fields.List {
							if len(field.Names) == 0 || field.Names[0].IsExported() {
								add(field.Doc, field.Comment)
							}
						}
					}
				case *ast.ValueSpec:
					if s.Names[0].IsExported() {
						exported = true
						add(s.Doc, s.Comment)
					}
				}
			}
			if exported {
				add(d.Doc)
			}
		}
	}
	return list
}

// oddNames are words that names do not have, each with what they have.
var oddNames = map[string]string{
	"bunch": "cluster", "bunches": "clusters",
	"hole": "singleton", "holes": "singletons",
	"kid": "child", "kids": "children",
	"halve": "bisect", "peel": "split", "fewest": "minimal", "blind": "withoutArgs",
	"asked": "requested", "spare": "pool", "relay": "mailbox", "leap": "exec",
	"idle": "redundant", "furniture": "header",
}

// TestNames: identifiers and files are named in the terms of the field.
func TestNames(t *testing.T) {
	part := regexp.MustCompile(`[A-Z]?[a-z]+`)
	check := func(at, name string) {
		for _, word := range part.FindAllString(name, -1) {
			if instead, odd := oddNames[strings.ToLower(word)]; odd {
				t.Errorf("%s: %s: write %q", at, name, instead)
			}
		}
	}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		check(path, d.Name())
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				check(set.Position(id.Pos()).String(), id.Name)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
