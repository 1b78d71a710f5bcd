// Package sweep calls every exported function and method of the library with
// values of all kinds: nil, zero, extreme and random ones. None may panic, whatever
// it is given.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"math/rand"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/compile/cache"
	"github.com/seccompile/seccompile/compile/generate"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/install/notify"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/choice"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/store"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
)

// types has a pointer to every exported type with methods.
var types = map[string]any{
	"arch.Arch":                   new(arch.Arch),
	"syscalls.Call":               new(syscalls.Call),
	"syscalls.Version":            new(syscalls.Version),
	"profile.Profile":             new(profile.Profile),
	"profile.Argument":            new(profile.Argument),
	"profile.Builder":             new(profile.Builder),
	"profile/policy.Pos":          new(policy.Pos),
	"profile.Effect":              new(profile.Effect),
	"profile.Note":                new(profile.Note),
	"profile.Coverage":            new(profile.Coverage),
	"profile.Untouched":           new(profile.Untouched),
	"profile/vector.Mismatch":     new(vector.Mismatch),
	"profile/vector.Settings":     new(vector.Settings),
	"profile/vector.Vector":       new(vector.Vector),
	"syscalls.CallError":          new(syscalls.CallError),
	"profile.Error":               new(profile.Error),
	"profile/policy.Op":           new(policy.Op),
	"profile/policy.Cond":         new(policy.Cond),
	"profile/policy.Policy":       new(policy.Policy),
	"profile/choice.Kind":         new(choice.Kind),
	"profile/choice.Choice":       new(choice.Choice),
	"profile.Dialect":             new(profile.Dialect),
	"profile/policy.Rule":         new(policy.Rule),
	"profile/policy.Action":       new(policy.Action),
	"profile/policy.Origin":       new(policy.Origin),
	"profile.KernelError":         new(profile.KernelError),
	"profile.Resolution":          new(profile.Resolution),
	"profile/policy.Flag":         new(policy.Flag),
	"profile.Bypass":              new(profile.Bypass),
	"profile.Compat":              new(profile.Compat),
	"profile.Enosys":              new(profile.Enosys),
	"profile/store.Store":         new(store.Store),
	"install.Listener":            new(install.Listener),
	"install.Program":             new(install.Program),
	"install.Release":             new(install.Release),
	"install.Error":               new(install.Error),
	"install/notify.Call":         new(notify.Call),
	"install/notify.Answer":       new(notify.Answer),
	"install/notify.Socket":       new(notify.Socket),
	"install/notify.Listener":     new(notify.Listener),
	"install/notify.PanicError":   new(notify.PanicError),
	"compile.Filter":              new(compile.Filter),
	"compile/cache.Dir":           new(cache.Dir),
	"compile/generate.Files":      new(generate.Files),
	"compile.Change":              new(compile.Change),
	"compile.Case":                new(compile.Case),
	"compile.Difference":          new(compile.Difference),
	"compile.DiffError":           new(compile.DiffError),
	"compile.FoldError":           new(compile.FoldError),
	"compile.SizeError":           new(compile.SizeError),
	"compile.HardenError":         new(compile.HardenError),
	"compile.PrintedError":        new(compile.PrintedError),
	"profile.PrintError":          new(profile.PrintError),
	"profile/policy.ComposeError": new(policy.ComposeError),
	"compile.Stack":               new(compile.Stack),
	"compile.MiscompileError":     new(compile.MiscompileError),
	"compile.UndecidedError":      new(compile.UndecidedError),
	"compile.MismatchError":       new(compile.MismatchError),
	"compile.Summary":             new(compile.Summary),
}

// functions has every exported function, nil for those that do what cannot be
// undone to who calls them.
var functions = map[string]any{
	"arch.All":                         arch.All,
	"arch.Errnos":                      arch.Errnos,
	"arch.Names":                       arch.Names,
	"arch.Of":                          arch.Of,
	"arch.Parse":                       arch.Parse,
	"compile.Answers":                  compile.Answers,
	"compile.Close":                    compile.Close,
	"compile.Diff":                     compile.Diff,
	"compile/generate.C":               generate.C,
	"compile/generate.Go":              generate.Go,
	"compile.Fingerprint":              compile.Fingerprint,
	"compile.JSON":                     compile.JSON,
	"compile.Load":                     compile.Load,
	"compile.LoadBytes":                compile.LoadBytes,
	"compile.NewStack":                 compile.NewStack,
	"compile.ParseWeights":             compile.ParseWeights,
	"compile.Policy":                   compile.Policy,
	"compile.Profile":                  compile.Profile,
	"compile.ServerWeights":            compile.ServerWeights,
	"compile.Overall":                  compile.Overall,
	"compile.Verify":                   compile.Verify,
	"compile.Harden":                   compile.Harden,
	"compile.Print":                    compile.Print,
	"compile.PrintStricter":            compile.PrintStricter,
	"compile.ReadAs":                   compile.ReadAs,
	"compile.Subset":                   compile.Subset,
	"profile.Print":                    profile.Print,
	"profile.PrintStricter":            profile.PrintStricter,
	"syscalls.Constant":                syscalls.Constant,
	"syscalls.Constants":               syscalls.Constants,
	"profile/policy.Intersect":         policy.Intersect,
	"profile/policy.Union":             policy.Union,
	"install.Child":                    nil, // makes a test of Start look like a program that can be one
	"install.Cost":                     install.Cost,
	"install.Exec":                     nil, // becomes a program
	"install.Filter":                   nil, // would filter the thread
	"install.ExitStatus":               install.ExitStatus,
	"install.Filters":                  install.Filters,
	"install.HaveAction":               install.HaveAction,
	"install.HaveFlag":                 install.HaveFlag,
	"install.ReduceCaps":               nil, // would take capabilities from the thread
	"install.Room":                     install.Room,
	"install.Start":                    install.Start,       // refuses, as Child has not been called
	"install.StartTraced":              install.StartTraced, // likewise
	"profile.Codes":                    profile.Codes,
	"profile.FallsBack":                profile.FallsBack,
	"profile.SameArguments":            profile.SameArguments,
	"profile.TellingArgs":              profile.TellingArgs,
	"install.Status":                   install.Status,
	"install.Threads":                  install.Threads,
	"install.Supported":                install.Supported,
	"install/notify.Continue":          notify.Continue,
	"install/notify.Errno":             notify.Errno,
	"install/notify.Listen":            notify.Listen,
	"install/notify.New":               notify.New,
	"install/notify.Send":              notify.Send,
	"install/notify.Value":             notify.Value,
	"profile.Arg":                      profile.Arg,
	"profile.BoundingSets":             profile.BoundingSets,
	"profile.Caps":                     profile.Caps,
	"profile.FromStruct":               profile.FromStruct,
	"profile.GroupCalls":               profile.GroupCalls,
	"profile.Groups":                   profile.Groups,
	"profile.New":                      profile.New,
	"profile.NoCaps":                   profile.NoCaps,
	"profile.SinceKernel":              profile.SinceKernel,
	"profile.FeaturesOf":               profile.FeaturesOf,
	"install.NewProgram":               install.NewProgram,
	"install.Probe":                    install.Probe,
	"profile/choice.CheckName":         choice.CheckName,
	"profile/vector.Parse":             vector.Parse,
	"profile.AllowCalls":               profile.AllowCalls,
	"profile.ParseChain":               profile.ParseChain,
	"profile.ParseEntries":             profile.ParseEntries,
	"profile.Default":                  profile.Default,
	"profile.DefaultText":              profile.DefaultText,
	"profile.CapNumbers":               profile.CapNumbers,
	"profile/policy.Errno":             policy.Errno,
	"profile.Host":                     profile.Host,
	"profile.Parse":                    profile.Parse,
	"profile/policy.ParseAction":       policy.ParseAction,
	"profile.ParseCaps":                profile.ParseCaps,
	"profile.Suggestion":               profile.Suggestion,
	"profile.Substitutes":              profile.Substitutes,
	"profile.ParseBypass":              profile.ParseBypass,
	"profile.ParseCompat":              profile.ParseCompat,
	"profile.ParseDialect":             profile.ParseDialect,
	"profile.ParseEnosys":              profile.ParseEnosys,
	"profile/choice.ParseKubernetes":   choice.ParseKubernetes,
	"profile/choice.ParseMarathon":     choice.ParseMarathon,
	"profile/choice.ParseSeccompInfo":  choice.ParseSeccompInfo,
	"profile/choice.ParseSecurityOpt":  choice.ParseSecurityOpt,
	"profile/choice.ParseSecurityOpts": choice.ParseSecurityOpts,
	"profile/policy.Trace":             policy.Trace,
	"profile/policy.Unseen":            policy.Unseen,
	"profile/policy.ActionNames":       policy.ActionNames,
	"profile/policy.FlagNames":         policy.FlagNames,
	"profile/policy.OpNames":           policy.OpNames,
	"profile/policy.LookupAction":      policy.LookupAction,
	"profile/policy.ParseFlag":         policy.ParseFlag,
	"profile/policy.ParseOp":           policy.ParseOp,
	"compile.Resolution":               compile.Resolution,
	"profile/store.Open":               store.Open,
	"profile/store.ReadFile":           store.ReadFile,
	"syscalls.All":                     syscalls.All,
	"syscalls.Known":                   syscalls.Known,
	"syscalls.Mux":                     syscalls.Mux,
	"syscalls.Name":                    syscalls.Name,
	"syscalls.Names":                   syscalls.Names,
	"syscalls.Newest":                  syscalls.Newest,
	"syscalls.Number":                  syscalls.Number,
	"syscalls.ParseCall":               syscalls.ParseCall,
	"syscalls.ParseVersion":            syscalls.ParseVersion,
	"syscalls.Since":                   syscalls.Since,
	"syscalls.Width":                   syscalls.Width,
	"compile.SplitResolution":          compile.SplitResolution,
	"compile.Split":                    compile.Split,
}

func TestNothingPanics(t *testing.T) {
	n := 300
	if testing.Short() {
		n = 30
	}
	deadline := time.Now().Add(time.Minute)
	s := &sweep{t: t, rand: rand.New(rand.NewSource(1)), dir: t.TempDir(), seen: map[string]bool{}}
	for _, name := range sorted(types) {
		ptr := reflect.TypeOf(types[name])
		for i := range ptr.NumMethod() {
			method := ptr.Method(i).Name
			if _, byValue := ptr.Elem().MethodByName(method); !byValue {
				s.kind = zero
				s.call("(*"+name+")(nil)."+method, reflect.Zero(ptr).Method(i))
			}
		}
		for j := range n {
			s.kind = kind(min(j, int(random)))
			v := reflect.New(ptr.Elem())
			s.fill(v.Elem(), 0)
			for i := range ptr.NumMethod() {
				s.call(name+"."+ptr.Method(i).Name, v.Method(i))
			}
			s.print(name, v)
		}
	}
	for _, name := range sorted(functions) {
		if functions[name] == nil {
			continue
		}
		for j := range n {
			s.kind = kind(min(j, int(random)))
			s.call(name, reflect.ValueOf(functions[name]))
			if time.Now().After(deadline) {
				t.Fatalf("%s: not done within a minute", name)
			}
		}
	}
}

func sorted(m map[string]any) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// A kind is a kind of values.
type kind int

const (
	zero kind = iota
	most
	random
)

type sweep struct {
	t    *testing.T
	rand *rand.Rand
	dir  string
	kind kind
	seen map[string]bool
}

var (
	numbers = []uint64{0, 1, 2, 3, 5, 31, 32, 63, 64, 512, 4095, 4096, 0x40000000, 0x7fff0000, 0xc000003e, math.MaxInt32, math.MaxUint32, math.MaxInt64, math.MaxUint64}
	strs    = []string{"", "x", "\x00", strings.Repeat("é", 50), "socket", "clone", "CAP_SYS_ADMIN", "\xff", "SCMP_ACT_ALLOW", "../x", "since=", "6.1", "{}", "[", `{"defaultAction":"SCMP_ACT_ALLOW"}`}
)

// fill gives v, which can be set, a value.
func (s *sweep) fill(v reflect.Value, depth int) {
	if !v.CanSet() || s.kind == zero {
		return
	}
	r := s.rand
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(s.kind == most || r.Intn(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n := int64(math.MaxInt64) >> (64 - v.Type().Bits())
		if s.kind == random {
			n = int64(numbers[r.Intn(len(numbers))])
			if r.Intn(3) == 0 {
				n = -n
			}
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n := uint64(math.MaxUint64)
		if s.kind == random {
			n = numbers[r.Intn(len(numbers))]
		}
		v.SetUint(n)
	case reflect.String:
		v.SetString(strs[r.Intn(len(strs))])
	case reflect.Slice:
		n := r.Intn(4)
		if depth > 5 {
			n = 0
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			s.fill(v.Index(i), depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			s.fill(v.Index(i), depth+1)
		}
	case reflect.Pointer:
		if depth < 5 && r.Intn(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			s.fill(v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			s.fill(v.Field(i), depth+1)
		}
	case reflect.Map:
		if depth < 5 {
			v.Set(reflect.MakeMap(v.Type()))
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			s.fill(key, depth+1)
			s.fill(value, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.Func:
		t := v.Type()
		v.Set(reflect.MakeFunc(t, func([]reflect.Value) (out []reflect.Value) {
			for i := range t.NumOut() {
				out = append(out, reflect.Zero(t.Out(i)))
			}
			return out
		}))
	case reflect.Interface:
		if v.Type() == reflect.TypeFor[compile.Compiled]() && r.Intn(8) > 0 {
			is := reflect.New([]reflect.Type{reflect.TypeFor[*compile.Filter](), reflect.TypeFor[*compile.Stack]()}[r.Intn(2)]).Elem()
			s.fill(is, depth)
			v.Set(is)
		}
		if v.Type() == reflect.TypeFor[error]() {
			v.Set(reflect.ValueOf([]error{syscall.Errno(r.Intn(5)), (*profile.Error)(nil), (*install.Error)(nil)}[r.Intn(3)]))
		}
	}
}

// argument returns a value of the type. A path is one that this process may write to.
func (s *sweep) argument(function string, t reflect.Type) reflect.Value {
	a := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[context.Context]():
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		a.Set(reflect.ValueOf(ctx))
	case t.Kind() == reflect.String && strings.HasPrefix(function, "install/notify."):
		a.SetString(s.dir + "/socket")
	default:
		s.fill(a, 0)
	}
	return a
}

// call calls f, which must return.
func (s *sweep) call(name string, f reflect.Value) {
	var in []reflect.Value
	for i := range f.Type().NumIn() {
		in = append(in, s.argument(name, f.Type().In(i)))
	}
	done := make(chan bool)
	go func() {
		defer close(done)
		defer s.panicked(name, in)
		var out []reflect.Value
		if f.Type().IsVariadic() {
			out = f.CallSlice(in)
		} else {
			out = f.Call(in)
		}
		for _, v := range out {
			s.use(v)
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		s.t.Fatalf("%s(%#v) does not return", name, in)
	}
}

// use goes through a sequence that a function has returned, prints an error, and
// closes what can be closed.
func (s *sweep) use(v reflect.Value) {
	switch x := v.Interface().(type) {
	case error:
		_ = x.Error()
		_ = errors.Is(x, fs.ErrClosed)
	case interface{ Close() error }:
		if v.Kind() != reflect.Pointer || !v.IsNil() {
			if f, ok := x.(*os.File); !ok || f.Fd() > 2 {
				x.Close()
			}
		}
	default:
		if v.Kind() == reflect.Func && !v.IsNil() && v.Type().CanSeq() {
			for range v.Seq() {
				break
			}
		} else if v.Kind() == reflect.Func && !v.IsNil() && v.Type().CanSeq2() {
			for range v.Seq2() {
				break
			}
		}
	}
}

// print formats a value by all verbs that call its methods.
func (s *sweep) print(name string, v reflect.Value) {
	defer s.panicked(name+" printed", []reflect.Value{v.Elem()})
	text := fmt.Sprintf("%v %+v %s", v.Interface(), v.Elem().Interface(), v.Interface())
	if _, at, ok := strings.Cut(text, "(PANIC="); ok { // by package fmt
		s.fault(name+" printed: "+at, []reflect.Value{v.Elem()})
	}
}

// panicked is deferred.
func (s *sweep) panicked(name string, in []reflect.Value) {
	if p := recover(); p != nil {
		s.fault(fmt.Sprintf("%s: %v\n%s", name, p, frames(debug.Stack())), in)
	}
}

// frames returns where in the library a panic was.
func frames(stack []byte) string {
	var at []string
	for line := range strings.Lines(string(stack)) {
		if line = strings.TrimSpace(line); strings.Contains(line, ".go:") && !strings.Contains(line, "/src/") && !strings.Contains(line, "sweep_test") {
			at = append(at, line)
		}
	}
	return strings.Join(at[:min(3, len(at))], "\n")
}

func (s *sweep) fault(what string, in []reflect.Value) {
	if name, _, _ := strings.Cut(what, ":"); !s.seen[name] { // one of a kind
		s.seen[name] = true
		var args []string
		for _, v := range in {
			args = append(args, fmt.Sprintf("%.100s", fmt.Sprintf("%#v", v.Interface())))
		}
		s.t.Errorf("%s\nwith %s", what, strings.Join(args, ", "))
	}
}

// TestSweepsAll: types and functions above are all that the library exports.
func TestSweepsAll(t *testing.T) {
	methods, funcs := map[string]any{}, map[string]any{}
	for _, dir := range []string{"arch", "syscalls", "profile", "profile/choice", "profile/policy", "profile/store", "profile/vector", "compile", "compile/cache", "compile/generate", "install", "install/notify"} {
		entries, err := os.ReadDir("../../" + dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := e.Name()
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_other.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), "../../"+dir+"/"+name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				switch {
				case !ok || !f.Name.IsExported():
				case f.Recv == nil:
					funcs[dir+"."+f.Name.Name] = true
				default:
					typ := f.Recv.List[0].Type
					if star, ok := typ.(*ast.StarExpr); ok {
						typ = star.X
					}
					if id, ok := typ.(*ast.Ident); ok && id.IsExported() {
						methods[dir+"."+id.Name] = true
					}
				}
			}
		}
	}
	if got, want := sorted(types), sorted(methods); !slices.Equal(got, want) {
		t.Errorf("types: %s\nwant %s", got, want)
	}
	if got, want := sorted(functions), sorted(funcs); !slices.Equal(got, want) {
		t.Errorf("functions: %s\nwant %s", got, want)
	}
}
