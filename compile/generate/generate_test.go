package generate

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"golang.org/x/net/bpf"
)

func filterFor(t *testing.T, a arch.Arch) *compile.Filter {
	t.Helper()
	f, err := compile.Profile(profile.Default(), profile.Target{Arch: a, Caps: []string{"CAP_CHOWN"}}, compile.Options{})
	if err == nil {
		return f
	}
	p, err := profile.New(policy.Errno(1)).Allow("read").Profile()
	if err != nil {
		t.Fatal(err)
	}
	f, err = compile.Profile(p, profile.Target{Arch: a}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// stack returns a policy as several filters.
func stack(t *testing.T) *compile.Stack {
	t.Helper()
	pol := &policy.Policy{Default: policy.Allow, BadArch: policy.KillProcess, Flags: []policy.Flag{policy.FlagLog}, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
	for nr := range uint32(450) {
		for v := range uint64(12) {
			pol.Arches[0].Rules = append(pol.Arches[0].Rules, policy.Rule{Nr: nr, Action: policy.Errno(1),
				Conds: []policy.Cond{{Arg: 1, Op: policy.EQ, Value: uint64(nr)*1000 + v*v}}})
		}
	}
	s, err := compile.Split(pol, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Filters()) < 3 {
		t.Fatalf("%d filters, want several", len(s.Filters()))
	}
	return s
}

// A generated is what the Go compiler makes of a file.
type generated struct {
	pkg  string
	tags constraint.Expr
	args []string // of install.NewProgram
	vars map[string][]bpf.RawInstruction
}

func parse(t *testing.T, text []byte, name string) (g generated) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if !ast.IsGenerated(f) {
		t.Errorf("%s: tools do not take it for generated", name)
	}
	g.pkg, g.vars = f.Name.Name, map[string][]bpf.RawInstruction{}
	for _, c := range f.Comments {
		if constraint.IsGoBuild(c.List[0].Text) {
			if g.tags, err = constraint.Parse(c.List[0].Text); err != nil {
				t.Fatal(err)
			}
		}
	}
	number := func(e ast.Expr) uint64 {
		n, err := strconv.ParseUint(e.(*ast.BasicLit).Value, 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			for _, e := range n.Args {
				switch e := e.(type) {
				case *ast.SliceExpr:
					g.args = append(g.args, e.X.(*ast.Ident).Name)
				case *ast.BasicLit:
					g.args = append(g.args, e.Value)
				}
			}
		case *ast.ValueSpec:
			var insns []bpf.RawInstruction
			for _, e := range n.Values[0].(*ast.CompositeLit).Elts {
				var in bpf.RawInstruction
				for _, kv := range e.(*ast.CompositeLit).Elts {
					kv := kv.(*ast.KeyValueExpr)
					switch v := number(kv.Value); kv.Key.(*ast.Ident).Name {
					case "Op":
						in.Op = uint16(v)
					case "Jt":
						in.Jt = uint8(v)
					case "Jf":
						in.Jf = uint8(v)
					case "K":
						in.K = uint32(v)
					}
				}
				insns = append(insns, in)
			}
			g.vars[n.Names[0].Name] = insns
		}
		return true
	})
	return g
}

// TestGo: a file has the instructions of its filter, for each ABI that Go has a port to.
func TestGo(t *testing.T) {
	var filters []compile.Compiled
	for a := range arch.All() {
		if a.GOARCH() != "" {
			filters = append(filters, filterFor(t, a))
		}
	}
	files, err := Go(Options{Package: "pkg"}, filters...)
	if err != nil {
		t.Fatal(err)
	}
	if len(files.List()) != len(filters) || len(filters) < 10 {
		t.Fatalf("%d files for %d filters", len(files.List()), len(filters))
	}
	for i, file := range files.List() {
		f := filters[i].(*compile.Filter)
		goarch := f.Policy().Arches[0].Arch.GOARCH()
		if want := "zfilter_linux_" + goarch + ".go"; file.Name != want {
			t.Errorf("the file of %s is %s, want %s", goarch, file.Name, want)
		}
		if want, err := format.Source(file.Text); err != nil || string(want) != string(file.Text) {
			t.Errorf("%s is not formatted, %v", file.Name, err)
		}
		g := parse(t, file.Text, file.Name)
		if g.pkg != "pkg" || len(g.vars) != 1 || !slices.Equal(g.vars["filterInsns"], f.Insns()) {
			t.Errorf("%s: package %s, instructions %v, want %v", file.Name, g.pkg, g.vars, f.Insns())
		}
		if want := []string{"filterInsns", "0x4"}; !slices.Equal(g.args, want) {
			t.Errorf("%s: arguments %s, want %s", file.Name, g.args, want)
		}
		for _, tags := range []string{"linux " + goarch, "linux other", "darwin " + goarch} {
			got := g.tags.Eval(func(tag string) bool { return slices.Contains(strings.Fields(tags), tag) })
			if want := tags == "linux "+goarch; got != want {
				t.Errorf("%s is built for %s: %t, want %t", file.Name, tags, got, want)
			}
		}
	}
}

func TestGoStack(t *testing.T) {
	s := stack(t)
	files, err := Go(Options{Package: "main", Func: "sandbox"}, s)
	if err != nil {
		t.Fatal(err)
	}
	file := files.List()[0]
	if want := "zsandbox_linux_amd64.go"; file.Name != want {
		t.Errorf("the file is %s, want %s", file.Name, want)
	}
	g := parse(t, file.Text, file.Name)
	if n := len(s.Filters()); g.args[0] != fmt.Sprint("sandboxInsns", n) || g.args[2] != "sandboxInsns1" {
		t.Errorf("NewProgram(%s), want the last of %d filters, its flags, and those before it from 1 on", g.args, n)
	}
	if want := "// Flags: SECCOMP_FILTER_FLAG_LOG.\n"; !strings.Contains(string(file.Text), want) {
		t.Errorf("the comment does not have %q", want)
	}
	var got [][]bpf.RawInstruction // in the order of installation
	for _, name := range append(g.args[2:], g.args[0]) {
		got = append(got, g.vars[name])
	}
	want := append(s.Before(), s.Insns())
	if !slices.EqualFunc(got, want, slices.Equal) || g.args[1] != "0x2" {
		t.Errorf("NewProgram(%s) has other filters than the stack", g.args)
	}
}

// TestGoProves: a filter that is not its policy is not generated, even if it was compiled
// without a proof.
func TestGoProves(t *testing.T) {
	f := filterFor(t, arch.X86_64)
	if _, err := Go(Options{Package: "main"}, liar{f}); err == nil || !strings.Contains(err.Error(), "x86_64") {
		t.Errorf("Go of another policy's filter: %v", err)
	}
}

// A liar is a filter with another policy.
type liar struct{ *compile.Filter }

func (l liar) Policy() *policy.Policy {
	pol := l.Filter.Policy()
	pol.Default = policy.KillProcess
	return pol
}

// TestGoWithoutFlags: a filter without flags has no comment on them.
func TestGoWithoutFlags(t *testing.T) {
	f, err := compile.Policy(&policy.Policy{Default: policy.Errno(1), BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.MIPS}}}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := Go(Options{Package: "main"}, f)
	if err != nil {
		t.Fatal(err)
	}
	text := string(files.List()[0].Text)
	if strings.Contains(text, "Flags") || !strings.Contains(text, "NewProgram(filterInsns[:], 0x0)") {
		t.Errorf("the file is\n%s", text)
	}
}

func TestGoErrors(t *testing.T) {
	f := filterFor(t, arch.X86_64)
	loaded, err := compile.Load(f.Insns(), arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	joined, err := compile.NewStack(f, f)
	if err != nil {
		t.Fatal(err)
	}
	good := Options{Package: "main"}
	tests := []struct {
		o       Options
		filters []compile.Compiled
		want    string
	}{
		{Options{}, []compile.Compiled{f}, `Options.Package: "" is not the name of a package`},
		{Options{Package: "a-b"}, []compile.Compiled{f}, `Options.Package: "a-b" is not`},
		{Options{Package: "_"}, []compile.Compiled{f}, `Options.Package: "_" is not`},
		{Options{Package: "main", Func: "../x"}, []compile.Compiled{f}, `Options.Func: "../x" is not`},
		{Options{Package: "main", Func: "main"}, []compile.Compiled{f}, `Options.Func: "main" is not`},
		{Options{Package: "p", Func: "init"}, []compile.Compiled{f}, `Options.Func: "init" is not`},
		{Options{Package: "p", Func: "type"}, []compile.Compiled{f}, `Options.Func: "type" is not`},
		{Options{Package: "p", Func: "install"}, []compile.Compiled{f}, `Options.Func: the file imports a package install`},
		{Options{Package: "p", Func: "bpf"}, []compile.Compiled{f}, `Options.Func: the file imports a package bpf`},
		{good, nil, "no filter (compile one"},
		{good, []compile.Compiled{nil}, "no filter to generate"},
		{good, []compile.Compiled{(*compile.Filter)(nil)}, "no filter to generate"},
		{good, []compile.Compiled{&compile.Filter{}}, "the filter has no policy"},
		{good, []compile.Compiled{(*compile.Stack)(nil)}, "no filter to generate"},
		{good, []compile.Compiled{loaded}, "the filter has no policy"},
		{good, []compile.Compiled{joined}, "the filter has no policy"},
		{good, []compile.Compiled{f, filterFor(t, arch.AArch64), f}, "filter 3 of 3: filter 1 is also for GOARCH amd64"},
		{good, []compile.Compiled{f, filterFor(t, arch.X32)}, "filter 2 of 2: Go has no port to x32"},
	}
	for _, tt := range tests {
		files, err := Go(tt.o, tt.filters...)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || files.List() != nil {
			t.Errorf("Go(%+v, %d filters) = %d files, %v, want %s", tt.o, len(tt.filters), len(files.List()), err, tt.want)
		}
	}
}
