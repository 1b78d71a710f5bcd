package needs

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/syscalls"
)

// isMethod reports whether a name of Go's table is that of a method: package.Type.Name or
// package.(*Type).Name. Functions within functions count as methods, too.
func isMethod(name string) bool {
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.Count(name, ".") > 1 || strings.Contains(name, "(")
}

// ending are functions of Go's runtime that do not return, although their code may look as if they
// did: its compiler relies on it. The names that begin with panic and goPanic are, but for returning.
var ending = []string{"runtime.gopanic", "runtime.throw", "runtime.fatal", "runtime.fatalthrow", "runtime.fatalpanic", "runtime.block"}

// returning have such names, and return.
var returning = []string{"runtime.panicCheck1", "runtime.panicCheck2"}

// enders are those of C libraries.
var enders = map[string]bool{
	"abort": true, "exit": true, "_exit": true, "_Exit": true, "quick_exit": true, "__stack_chk_fail": true, "__assert_fail": true,
	"__libc_fatal": true, "__fortify_fail": true, "__chk_fail": true, "longjmp": true, "siglongjmp": true, "__longjmp": true,
	"pthread_exit": true, "__libc_start_main": true, "_Unwind_Resume": true, "__cxa_throw": true,
}

// endless reports whether a function does not return, by its name.
func endless(f *image.Func) bool {
	if !f.Go {
		return enders[f.Name]
	}
	return slices.Contains(ending, f.Name) ||
		(strings.HasPrefix(f.Name, "runtime.panic") || strings.HasPrefix(f.Name, "runtime.goPanic")) && !slices.Contains(returning, f.Name)
}

// twice are functions of C libraries that return once more, with what the function has written
// meanwhile (setjmp(3), vfork(2), getcontext(3)).
var twice = map[string]bool{
	"setjmp": true, "_setjmp": true, "__setjmp": true, "sigsetjmp": true, "__sigsetjmp": true, "vfork": true, "__vfork": true, "getcontext": true, "__getcontext": true,
}

// fcntls are packages whose functions take the number of fcntl from a variable, which is another
// one on 32-bit ABIs alone (package syscall, fcntl64Syscall).
var fcntls = []string{"syscall.", "internal/poll.", "internal/syscall/unix.", "golang.org/x/sys/unix."}

// variable returns the value of a variable that a function reads a number from.
func (f *flow) variable(addr uint64, size int) value {
	name := unvendored(f.fn.Name)
	if !f.fn.Go || !slices.ContainsFunc(fcntls, func(p string) bool { return strings.HasPrefix(name, p) }) {
		return value{}
	}
	nr, _ := syscalls.Number(f.c.Arch, "fcntl")
	if n, ok := f.c.Initial(addr, size); ok && n == uint64(nr) {
		return constant(n)
	}
	return value{}
}

// unvendored returns the name of a function of Go without the directory of a copy.
func unvendored(name string) string {
	if i := strings.Index(name, "vendor/"); i == 0 || i > 0 && name[i-1] == '/' {
		return name[i+len("vendor/"):]
	}
	return name
}

// Calls that all threads make (syscall.AllThreadsSyscall) are made in perThread, with what
// allThreads has been given, in memory.
const (
	perThread  = "runtime.runPerThreadSyscall"
	allThreads = "syscall.runtime_doAllThreadsSyscall"
)

// xids are the calls that the GNU C library makes on all threads, from memory which the
// functions for users and groups fill in (nptl/nptl_setxid.c).
var xids = []string{"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups"}

// setxid reports whether a call is made as the GNU C library makes xids, in its own code: number and
// three arguments come from struct xid_command (nptl/descr.h).
func (f *finder) setxid(r *request, fn int) bool {
	file := f.At(f.Funcs[fn].Entry)
	if r.nr.kind != field || r.nr.off&(1<<32-1) != 0 || !strings.HasPrefix(file.Soname, "libc.so.") && (len(f.Files) > 0 || !f.gnu()) {
		return false
	}
	for i := range 3 {
		if r.args[i].kind != field || r.args[i].off != r.nr.off+8+8*int64(i) {
			return false
		}
	}
	return true
}

// allThreads asks who makes calls on all threads. It returns false if that cannot be told.
func (f *finder) allThreads(back int) bool {
	regs := f.Machine.GoArgs
	for fn := range f.Funcs {
		if f.Funcs[fn].Name != allThreads {
			continue
		}
		if !registerABI(f.Go) {
			return false
		}
		r := request{nr: givenIn(place(regs[0]))}
		for i := range r.args {
			r.args[i] = givenIn(place(regs[i+1]))
		}
		f.callers(r, fn, allThreads, back)
	}
	return true
}

// registerABI reports whether a release of Go passes arguments in registers on all that this
// package reads: from 1.18 on.
func registerABI(release string) bool {
	version, ok := strings.CutPrefix(release, "go1.")
	minor := 0
	for i := 0; ok && i < len(version) && '0' <= version[i] && version[i] <= '9' && minor < 1000; i++ {
		minor = minor*10 + int(version[i]-'0')
	}
	return minor >= 18
}

// returnsTwice reports whether a function, or what it jumps to, returns once more.
func (c *code) returnsTwice(to uint64) bool {
	for _, addr := range []uint64{to, c.stub(to), c.target(to)} {
		if g := c.Func(addr); g >= 0 && c.Funcs[g].Entry == addr && (twice[c.Funcs[g].Name] || c.saves[addr]) {
			return true
		}
	}
	return false
}
