// Package layers holds the project to its layers: which package may import
// which, and where the machine that a program runs on may be asked.
package layers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/seccompile/seccompile"

// layers has a row for every package: what it may import of ours, and why
// nothing else. Packages that are not there yet may have a row.
var layers = []struct {
	dir  string
	ours string
	why  string
}{
	{"internal/abi", "", "constants of the kernel, which everything can lean on"},
	{"internal/textfile", "", "files know nothing of what they have"},
	{"internal/spell", "", "words know nothing of seccomp"},
	{"internal/diagram", "", "diagrams are sets of numbers: what calls and instructions are is said once, in compile"},
	{"arch", "internal/spell", "facts alone"},
	{"internal/calls", "arch", "tables alone"},
	{"internal/constants", "arch", "tables alone"},
	{"syscalls", "arch internal/calls internal/constants internal/spell", "facts alone"},
	{"internal/vm", "internal/abi syscalls arch", "the kernel's view of a filter must not share a mistake with what made it"},
	{"profile/policy", "internal/abi internal/spell syscalls arch", "the meaning knows nothing of text"},
	{"internal/enum", "internal/spell", "names of values"},
	{"internal/jsonpos", "", "JSON with places knows nothing of profiles"},
	{"profile/choice", "internal/jsonpos internal/enum internal/spell profile profile/policy", "which profile applies is asked before the profile is read"},
	{"internal/resolved", "profile/policy", "a way for a policy that goes round no layer"},
	{"profile", "internal/abi internal/calls internal/constants internal/enum internal/jsonpos internal/resolved internal/spell profile/policy syscalls arch", "what a profile means is defined without the compiler that is measured by it"},
	{"profile/store", "internal/spell internal/textfile profile profile/choice", "a store hands out profiles: what becomes of them is up to who asks"},
	{"profile/vector", "internal/spell arch profile profile/policy syscalls", "vectors say what a profile means, however it is compiled"},
	{"internal/prove", "internal/abi internal/vm syscalls arch profile/policy", "the proof must not share a mistake with what it proves: nothing of compile or internal/diagram"},
	{"compile", "internal/abi internal/enum internal/diagram internal/prove internal/resolved internal/spell internal/vm profile profile/policy syscalls arch", "a compiler is no installer: the same filter on every machine"},
	{"profile/lint", "arch syscalls internal/enum internal/spell profile profile/policy compile", "what is found is what filters answer, which compile lists and proves"},
	{"profile/record", "arch syscalls profile profile/policy compile", "a profile of a record is proved to let it pass, by the filter that compile makes"},
	{"compile/generate", "arch compile internal/vm profile/policy", "the source of a filter says what compile made, for whoever installs it"},
	{"compile/cache", "arch compile install internal/textfile profile profile/policy", "a cache keeps what a launcher installs, and compile proves it"},
	{"seccomptest", "internal/textfile compile profile profile/policy profile/vector syscalls", "tests of profiles judge what would be installed, and install nothing"},
	{"install", "internal/abi", "whoever installs bytes needs no compiler in the program"},
	{"install/notify", "install internal/abi", "whoever answers calls needs no compiler in the program"},
	{"install/trace", "install internal/abi", "whoever observes calls needs no compiler in the program"},
	{"cmd/seccompile/internal/machine", "arch", "instructions know nothing of files and calls"},
	{"cmd/seccompile/internal/image", "arch cmd/seccompile/internal/machine", "a file is opened, whoever reads its code"},
	{"cmd/seccompile/internal/needs", "arch syscalls profile cmd/seccompile/internal/machine cmd/seccompile/internal/image", "what code can call does not depend on profiles, but for the arguments that tell what a call does"},
	{"cmd/seccompile", "cmd/seccompile/internal/image cmd/seccompile/internal/needs arch syscalls profile profile/choice profile/policy profile/store profile/vector profile/lint profile/record compile compile/generate install install/notify install/trace", "the command is a module of its own: an internal package of another release of the library would break its build"},
	{"internal/selftest", "", "for tests of any package: knows nothing of what they test"},
	{"internal/live", "internal/abi", "the kernel is a judge of its own, and its child is small"},
	{"internal/live/caller", "internal/live", "the child of live alone"},
	{"internal/cmd/genconstants", "", "the generator must run when what it generates is broken"},
	{"internal/cmd/gensyscalls", "", "the generator must run when what it generates is broken"},
	{"internal/cmd/release", "", "a release is what the go command makes of a commit"},
	{"internal/cmd/mutate", "", "what breaks the packages on purpose cannot be made of them"},
}

// outside has the imports that are not for everybody: the only files that may,
// as patterns, and why. "*" at the end of a path stands for all below it. Other
// packages of the standard library are free, other modules are not.
var outside = []struct {
	path  string
	files string
	why   string
}{
	{"golang.org/x/net/bpf", "compile/*.go install/*.go install/trace/*.go internal/vm/*.go internal/prove/*.go cmd/seccompile/handover_linux.go cmd/seccompile/paths.go cmd/seccompile/paths_test.go cmd/seccompile/explain_filter.go cmd/seccompile/split_linux_test.go internal/live/*.go", "instructions are the business of who makes, judges and installs them"},
	{"golang.org/x/sys/unix", "install/*.go install/notify/*.go install/trace/*.go profile/host_linux.go internal/textfile/*.go cmd/seccompile/*.go internal/selftest/*.go internal/live/*.go", "the rest works on every GOOS"},
	{"os*", "compile/cache/*.go compile/generate/*.go profile/store/*.go seccomptest/*.go internal/textfile/*.go install/*.go install/notify/*.go install/trace/*.go cmd/seccompile/*.go internal/cmd/*/*.go internal/selftest/*.go internal/live/*.go", "a library that makes filters reads nothing of the machine, but for a store and a cache their directories, for tests their files, and for a generator what it has written"},
	{"syscall", "install/*.go install/notify/*.go install/trace/*.go cmd/seccompile/*.go internal/selftest/*.go internal/live/*.go", "a library that makes filters reads nothing of the machine"},
	{"net*", "cmd/seccompile/audit_json.go", "nothing here talks to anybody: net/url alone, for the names of files in SARIF"},
	{"time", "install/tracee_linux.go install/filters_linux.go install/start_linux.go install/notify/*.go install/trace/*.go internal/selftest/*.go internal/cmd/mutate/*.go internal/cmd/release/*.go cmd/seccompile/node_read.go cmd/seccompile/record_outlived_linux.go internal/live/*.go", "the same input gives the same bytes at any time: only who waits for others looks at a clock"},
	{"math/rand*", "", "the same input gives the same bytes every time"},
	{"unsafe", "install/*.go install/notify/*.go install/trace/*.go internal/live/*.go", "memory is handed to the kernel there alone"},
	{"golang.org/x/arch/x86/x86asm", "cmd/seccompile/internal/machine/amd64.go", "one place reads instructions"},
	{"C", "", "pure Go"},
	{"github.com/spf13/cobra", "cmd/seccompile/*.go", "the command's alone"},
	{"github.com/spf13/pflag", "cmd/seccompile/*.go", "the command's alone"},
	{"go.yaml.in/yaml/v3", "cmd/seccompile/yaml.go", "the library reads JSON alone"},
	{"golang.org/x/term", "cmd/seccompile/*.go", "the command's alone"},
}

// host has the identifiers that say what machine or system this is: where they
// may stand, and why nowhere else.
var host = []struct {
	path, name string
	files      string
	why        string
}{
	{"runtime", "GOARCH", "profile/host_*.go cmd/seccompile/*.go internal/live/*.go", "the ABI is profile.Target's to say"},
	{"runtime", "GOOS", "profile/host_*.go install/*.go install/notify/*.go install/trace/*.go cmd/seccompile/*.go", "filters are made and judged alike on every GOOS"},
	{"golang.org/x/sys/unix", "Uname", "profile/host_*.go cmd/seccompile/*.go", "the kernel is profile.Target's to say"},
	{"syscall", "Uname", "", "unix.Uname does it"},
	{"encoding/binary", "NativeEndian", "install/*.go install/notify/*.go install/trace/*.go internal/live/*.go", "the byte order is the target's"},
}

// modules are all that go.mod may require: users inherit them.
var modules = []string{
	"github.com/google/go-cmp", // tests
	"golang.org/x/net",         // bpf
	"golang.org/x/sys",         // unix
}

// commandModules are what the command's own go.mod may require beside these.
var commandModules = []string{
	module,
	"github.com/inconshreveable/mousetrap", // cobra, on Windows
	"github.com/spf13/cobra",
	"github.com/spf13/pflag",
	"go.yaml.in/yaml/v3",
	"golang.org/x/arch",
	"golang.org/x/term",
}

// mayImport returns why the file, a path from the module's top with slashes,
// may not import the package; "" if it may.
func mayImport(file, pkg string) string {
	test := strings.HasSuffix(file, "_test.go")
	if pkg == module || strings.HasPrefix(pkg, module+"/") {
		dir := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
		for _, l := range layers {
			if l.dir == path.Dir(file) && !test && !slices.Contains(strings.Fields(l.ours), dir) {
				return l.why
			}
		}
		return ""
	}
	for _, o := range outside {
		switch {
		case !under(pkg, o.path):
		case matches(file, o.files):
			return ""
		case !test:
			return o.why
		}
	}
	if first, _, _ := strings.Cut(pkg, "/"); !strings.Contains(first, ".") {
		return "" // the standard library
	}
	if test && slices.ContainsFunc(modules, func(m string) bool { return under(pkg, m+"*") }) {
		return ""
	}
	return "no module but those of go.mod, and of them no package that has no row"
}

// under reports whether pkg is the row's path, or below it if that ends in *.
func under(pkg, row string) bool {
	top, all := strings.CutSuffix(row, "*")
	return pkg == top || all && strings.HasPrefix(pkg, top+"/")
}

func matches(file, patterns string) bool {
	for p := range strings.FieldsSeq(patterns) {
		if ok, _ := path.Match(p, file); ok {
			return true
		}
	}
	return false
}

// identifiers returns the selections pkg.name in the file as "path name", by the
// names that its imports have there.
func identifiers(f *ast.File) (list []string) {
	imports := map[string]string{}
	for _, i := range f.Imports {
		p := importPath(i)
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		imports[name] = p
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && imports[x.Name] != "" {
				list = append(list, imports[x.Name]+" "+s.Sel.Name)
			}
		}
		return true
	})
	return list
}

func importPath(i *ast.ImportSpec) string {
	p, err := strconv.Unquote(i.Path.Value)
	if err != nil {
		return i.Path.Value
	}
	return p
}

// faults returns what is wrong with the file.
func faults(name string, f *ast.File) (list []string) {
	for _, i := range f.Imports {
		p := importPath(i)
		if why := mayImport(name, p); why != "" {
			list = append(list, name+" imports "+p+": "+why)
		}
		if i.Name != nil && i.Name.Name == "." {
			list = append(list, name+" imports "+p+" with a dot, which hides where names come from")
		}
	}
	if strings.HasSuffix(name, "_test.go") {
		return list
	}
	found := identifiers(f)
	for _, h := range host {
		if slices.Contains(found, h.path+" "+h.name) && !matches(name, h.files) {
			list = append(list, name+" asks "+h.path+"."+h.name+": "+h.why)
		}
	}
	for _, d := range f.Decls {
		if d, ok := d.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.Name == "init" && name != "profile/resolve.go" { // which sets a function
			list = append(list, name+" has an init function: a program that imports a package has not asked for work")
		}
	}
	return list
}

// commandDir has the module of the command.
const commandDir = "cmd/seccompile"

// sources returns the Go files of the library and the command for every GOOS and build
// tag, by their paths from the top. Other modules are there to import what these must
// not, as internal/oracle is.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	top := filepath.Join("..", "..")
	files := map[string]*ast.File{}
	err := filepath.WalkDir(top, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p == top {
				return nil
			}
			if filepath.ToSlash(p) == "../../"+commandDir {
				return nil
			}
			if _, err := os.Stat(filepath.Join(p, "go.mod")); err == nil || name == "testdata" || name == "vendor" || name[0] == '.' || name[0] == '_' {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, p)
		files[filepath.ToSlash(rel)] = f
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("%d Go files, want the whole module", len(files))
	}
	return files
}

func TestSources(t *testing.T) {
	for name, f := range sources(t) {
		for _, fault := range faults(name, f) {
			t.Error(fault)
		}
	}
}

// TestRows: there is one row for each package.
func TestRows(t *testing.T) {
	rows := map[string]int{}
	for _, l := range layers {
		rows[l.dir]++
	}
	for dir, n := range rows {
		if n != 1 {
			t.Errorf("%d rows for %s", n, dir)
		}
	}
	missing := map[string]bool{}
	for name := range sources(t) {
		if dir := path.Dir(name); rows[dir] == 0 && !strings.HasSuffix(name, "_test.go") {
			missing[dir] = true
		}
	}
	for dir := range missing {
		t.Errorf("package %s has no row in layers: say what it may import, and why nothing else", dir)
	}
	for _, l := range layers {
		for dir := range strings.FieldsSeq(l.ours) {
			if rows[dir] == 0 {
				t.Errorf("%s may import %s, which has no row", l.dir, dir)
			}
		}
	}
}

var requirement = regexp.MustCompile(`^(?:require )?(\S+) (v\S+)$`)

// requirements returns the versions of the modules that a go.mod file requires. It
// must not say anything else.
func requirements(t *testing.T, file, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(text)) {
		line, comment, _ := strings.Cut(line, "//")
		line = strings.TrimSpace(line)
		switch m := requirement.FindStringSubmatch(line); {
		case line == "" || line == "require (" || line == ")" || line == "module "+path || strings.HasPrefix(line, "go "):
		case m != nil && (comment == "" || comment == " indirect\n"):
			versions[m[1]] = m[2]
		default:
			t.Errorf("%s has %q: a module that others build has no other lines", file, line)
		}
	}
	return versions
}

// TestModules: go.mod requires the three modules and says nothing else. That of the
// command requires the same versions of them, so that both are tested with what
// their users get; go.work replaces the library that it requires, which may not be
// released.
func TestModules(t *testing.T) {
	own := requirements(t, "go.mod", module)
	if diff := cmp.Diff(modules, slices.Sorted(maps.Keys(own))); diff != "" {
		t.Errorf("modules of go.mod (-want +got)\n%s", diff)
	}
	command := requirements(t, commandDir+"/go.mod", module+"/"+commandDir)
	want := slices.Sorted(slices.Values(slices.Concat(modules, commandModules)))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(command))); diff != "" {
		t.Errorf("modules of %s/go.mod (-want +got)\n%s", commandDir, diff)
	}
	for _, m := range modules {
		if own[m] != command[m] {
			t.Errorf("the command requires %s %s, and the library %s", m, command[m], own[m])
		}
	}
	work, err := os.ReadFile(filepath.Join("..", "..", "go.work"))
	if replaced := "replace " + module + " " + command[module] + " => .\n"; err != nil || !strings.Contains(string(work), replaced) {
		t.Errorf("go.work lacks %q, %v", replaced, err)
	}
}
