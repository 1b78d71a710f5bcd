package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A mutant is one change of a file.
type mutant struct {
	pkg      string // import path
	file     string // from the module's directory, with slashes
	line     int
	at, end  int    // the bytes that are replaced
	new      string // what replaces them
	function string // that the change is in; "" outside of functions
	before   string // the line as it is
	after    string // and as it becomes, without blanks around
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s   ->   %s", m.file, m.line, m.before, m.after)
}

// operators has what replaces each operator: its neighbor, where tests are about
// borders, and its opposite.
var operators = map[token.Token][]string{
	token.ADD: {"-"}, token.SUB: {"+"}, token.MUL: {"/"}, token.QUO: {"*"}, token.REM: {"*"},
	token.AND: {"|"}, token.OR: {"&"}, token.XOR: {"&"}, token.AND_NOT: {"&"}, token.SHL: {">>"}, token.SHR: {"<<"},
	token.LAND: {"||"}, token.LOR: {"&&"},
	token.EQL: {"!="}, token.NEQ: {"=="},
	token.LSS: {"<=", ">="}, token.LEQ: {"<", ">"}, token.GTR: {">=", "<="}, token.GEQ: {">", "<"},

	token.ADD_ASSIGN: {"-="}, token.SUB_ASSIGN: {"+="}, token.MUL_ASSIGN: {"/="}, token.QUO_ASSIGN: {"*="}, token.REM_ASSIGN: {"*="},
	token.AND_ASSIGN: {"|="}, token.OR_ASSIGN: {"&="}, token.XOR_ASSIGN: {"&="}, token.AND_NOT_ASSIGN: {"&="}, token.SHL_ASSIGN: {">>="}, token.SHR_ASSIGN: {"<<="},
	token.INC: {"--"}, token.DEC: {"++"},
}

// mutants returns all mutants of a package's files, generated ones left out, in
// the order of the source.
func (p *pkg) mutants() (list []mutant, err error) {
	for _, name := range p.GoFiles {
		src, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return nil, err
		}
		found, err := mutantsOf(src, p.ImportPath, path.Join(strings.TrimPrefix(p.ImportPath, p.Module.Path+"/"), name))
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// mutantsOf returns the mutants of one file.
func mutantsOf(src []byte, pkg, file string) (list []mutant, err error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil || ast.IsGenerated(f) {
		return nil, err
	}
	function := ""
	add := func(pos token.Pos, old string, replacements ...string) {
		p := set.Position(pos)
		start := bytes.LastIndexByte(src[:p.Offset], '\n') + 1
		line := src[start:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
		}
		for _, new := range replacements {
			col := p.Offset - start
			list = append(list, mutant{
				pkg: pkg, file: file, line: p.Line, at: p.Offset, end: p.Offset + len(old), new: new, function: function,
				before: strings.TrimSpace(string(line)),
				after:  strings.TrimSpace(string(line[:col]) + new + string(line[col+len(old):])),
			})
		}
	}
	for _, decl := range f.Decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		function = ""
		if d, ok := decl.(*ast.FuncDecl); ok {
			function = d.Name.Name
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if isText(n) {
					break // has no other operator
				}
				add(n.OpPos, n.Op.String(), operators[n.Op]...)
			case *ast.AssignStmt:
				if isText(n.Rhs[0]) {
					break
				}
				add(n.TokPos, n.Tok.String(), operators[n.Tok]...)
			case *ast.IncDecStmt:
				add(n.TokPos, n.Tok.String(), operators[n.Tok]...)
			case *ast.UnaryExpr:
				if n.Op == token.NOT || n.Op == token.SUB || n.Op == token.XOR {
					add(n.OpPos, n.Op.String(), " ")
				}
			case *ast.BasicLit:
				if n.Kind == token.INT {
					add(n.Pos(), n.Value, neighbors(n.Value)...)
				}
			case *ast.Ident:
				switch n.Name {
				case "true":
					add(n.Pos(), n.Name, "false")
				case "false":
					add(n.Pos(), n.Name, "true")
				}
			}
			return true
		})
	}
	slices.SortStableFunc(list, func(a, b mutant) int { return cmp.Compare(a.at, b.at) })
	return list, nil
}

// isText reports whether an expression adds strings, as far as its literals tell.
func isText(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (isText(e.X) || isText(e.Y))
	}
	return false
}

// neighbors returns the integers beside a literal.
func neighbors(literal string) []string {
	v, err := strconv.ParseUint(literal, 0, 64)
	switch {
	case err != nil || v == 1<<64-1:
		return nil
	case v == 0:
		return []string{"1"}
	}
	return []string{fmt.Sprint(v + 1), fmt.Sprint(v - 1)}
}

// draw returns n mutants: those with the lowest hashes of the seed and what
// identifies them, in the order of the source.
func draw(all []mutant, seed uint64, n int) []mutant {
	type ticket struct {
		hash [sha256.Size]byte
		m    mutant
	}
	tickets := make([]ticket, len(all))
	seen := map[string]int{}
	for i, m := range all {
		id := strings.Join([]string{m.file, m.function, m.before, m.after}, "\x00")
		seen[id]++ // the same line twice in a function
		tickets[i] = ticket{sha256.Sum256(fmt.Appendf(binary.BigEndian.AppendUint64(nil, seed), "%s\x00%d", id, seen[id])), m}
	}
	slices.SortStableFunc(tickets, func(a, b ticket) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	var list []mutant
	for _, t := range tickets[:min(n, len(tickets))] {
		list = append(list, t.m)
	}
	slices.SortStableFunc(list, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.at, b.at), cmp.Compare(a.new, b.new))
	})
	return list
}
