package needs

import (
	"strings"

	"github.com/seccompile/seccompile/syscalls"
)

// isMethod reports whether a name of Go's table is that of a method: package.Type.Name or
// package.(*Type).Name. Functions within functions count as methods, too.
func isMethod(name string) bool {
	name = name[strings.LastIndexByte(name, '/')+1:]
	return strings.Count(name, ".") > 1 || strings.Contains(name, "(")
}

// ending begin the names of functions that do not return, although their code may look as if
// they did: Go's compiler and those of C rely on it.
var ending = []string{"runtime.panic", "runtime.goPanic", "runtime.gopanic", "runtime.throw", "runtime.fatal", "runtime.block", "runtime.goexit"}

// enders are those of C libraries.
var enders = map[string]bool{
	"abort": true, "exit": true, "_exit": true, "_Exit": true, "quick_exit": true, "__stack_chk_fail": true, "__assert_fail": true,
	"__libc_fatal": true, "__fortify_fail": true, "__chk_fail": true, "longjmp": true, "siglongjmp": true, "__longjmp": true,
	"pthread_exit": true, "__libc_start_main": true, "_Unwind_Resume": true, "__cxa_throw": true,
}

func endless(name string) bool {
	for _, p := range ending {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return enders[name]
}

// fcntls take the number of fcntl from a variable, which is another one on 32-bit ABIs alone
// (package syscall, fcntl64Syscall).
var fcntls = map[string]bool{
	"syscall.fcntl": true, "syscall.forkAndExecInChild": true, "syscall.forkAndExecInChild1": true, "golang.org/x/sys/unix.fcntl": true,
}

// variable returns the value of a variable that a function reads a number from.
func (f *flow) variable(addr uint64, size int) value {
	if !fcntls[f.fn.Name] {
		return value{}
	}
	nr, _ := syscalls.Number(f.c.Arch, "fcntl")
	if n, ok := f.c.Initial(addr, size); ok && n == uint64(nr) {
		return constant(n)
	}
	return value{}
}

// Calls that all threads make (syscall.AllThreadsSyscall) are made in perThread, with what
// allThreads has been given, in memory.
const (
	perThread  = "runtime.runPerThreadSyscall"
	allThreads = "syscall.runtime_doAllThreadsSyscall"
)

// setxid are functions of the GNU C library that make a call on all threads, from memory which the
// functions for users and groups fill in (nptl/nptl_setxid.c).
var setxid = map[string]bool{"__nptl_setxid": true, "__nptl_setxid_sighandler": true}

// xids are all calls that they are given.
var xids = []string{"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups"}

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
