package needs

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/cmd/seccompile/internal/image"
	"github.com/seccompile/seccompile/syscalls"
)

// What follows is beyond the code of the file: what is made or loaded as the program runs, and
// what the kernel does for it.

func refuse(format string, args ...any) error {
	return &image.Refusal{Why: fmt.Sprintf(format, args...)}
}

// plugins refuses programs of Go that load others.
func plugins(img *image.Image) error {
	for i := range img.Funcs {
		if f := &img.Funcs[i]; f.Go && f.Name == "plugin.Open" {
			return refuse("it loads plugins (plugin.Open): what they call is not in it")
		}
	}
	return nil
}

// protExec is PROT_EXEC (include/uapi/asm-generic/mman-common.h).
const protExec = 4

// madeCode refuses programs that make memory executable with constant arguments: compilers
// whose code is not in the file.
func (f *finder) madeCode() error {
	for name, arg := range goMappers {
		for fn := range f.Funcs {
			if !f.Funcs[fn].Go || unvendored(f.Funcs[fn].Name) != name || !registerABI(f.Go) {
				continue
			}
			for _, c := range f.code.callers[f.Funcs[fn].Entry] {
				prot := value{}
				if s := f.state(c.fn, c.addr); s != nil {
					prot = s.regs[f.Machine.GoArgs[arg]]
				}
				if _, wraps := goMappers[unvendored(f.Funcs[c.fn].Name)]; !wraps {
					f.prot(prot, f.place(c.fn, c.addr))
				}
			}
		}
	}
	if len(f.executable) == 0 {
		return nil
	}
	places := f.executable
	slices.Sort(places)
	places = slices.Compact(places)
	return refuse("it makes memory executable (at %s): the code that runs there is not in the file", strings.Join(places[:min(3, len(places))], ", "))
}

// made says where code may be made that is not in the files.
func (f *finder) made() (list []string) {
	slices.Sort(f.perhaps)
	for _, place := range slices.Compact(f.perhaps) {
		list = append(list, fmt.Sprintf("memory is mapped or protected as %s is told: code that is not in the files may run", place))
	}
	for _, file := range append(f.Files[:len(f.Files):len(f.Files)], f.Image) {
		if file.ExecStack {
			list = append(list, file.Name+" has an executable stack: code that is not in the files may run")
		}
	}
	for _, x := range f.nowhere {
		list = append(list, fmt.Sprintf("%s leads to %#x, where the file has no code", f.place(x.fn, x.addr), x.to))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// goMappers are functions of Go that map or protect memory, and which of their arguments is the
// protection: a slice is three.
var goMappers = map[string]int{
	"syscall.Mmap": 3, "syscall.(*mmapper).Mmap": 4, "syscall.Mprotect": 3,
	"golang.org/x/sys/unix.Mmap": 3, "golang.org/x/sys/unix.(*mmapper).Mmap": 4, "golang.org/x/sys/unix.MmapPtr": 4, "golang.org/x/sys/unix.Mprotect": 3,
}

// goWrappers are what goMappers call. Go's runtime maps nothing that is executable.
var goWrappers = []string{"syscall.mmap", "golang.org/x/sys/unix.mmap", "syscall.Mprotect", "golang.org/x/sys/unix.Mprotect"}

// prot notes a protection with which memory is mapped.
func (f *finder) prot(v value, place string) {
	switch {
	case v.kind != oneOf || slices.ContainsFunc(v.atoms, func(a atom) bool { return a.given }):
		f.perhaps = append(f.perhaps, place)
	case slices.ContainsFunc(v.atoms, func(a atom) bool { return a.n&protExec != 0 }):
		f.executable = append(f.executable, place)
	}
}

// maps notes where a call makes memory executable, or may do so: but for C libraries and loaders,
// which do that to load libraries, of which loaders tells, and for stacks.
func (f *finder) maps(nr uint32, prot value, place string, fn int) {
	switch name, _ := syscalls.Name(f.Arch, nr); name {
	case "mmap", "mprotect", "pkey_mprotect":
	default:
		return
	}
	fun := &f.Funcs[fn]
	soname := f.At(fun.Entry).Soname
	name := unvendored(fun.Name)
	switch {
	case strings.HasPrefix(soname, "libc."), strings.HasPrefix(soname, "ld-"), fun.Go && (slices.Contains(goWrappers, name) || strings.HasPrefix(name, "runtime.")):
		return
	case prot.kind == oneOf && slices.ContainsFunc(prot.atoms, func(a atom) bool { return a.given }):
		return // its callers say it
	case len(f.Files) == 0 && f.gnu() && (fun.Name == "" && f.Contains(dlopenFault) || gnuMaps(fun.Name)):
		return // loaders tells of it
	}
	f.prot(prot, place)
}

// gnuMaps reports whether a function of the GNU C library makes stacks executable that a program
// asks to be so, or loads libraries.
func gnuMaps(name string) bool {
	return strings.HasPrefix(name, "_dl_") || strings.HasPrefix(name, "__nptl_") || name == "pthread_create" || strings.HasPrefix(name, "allocate_")
}

// gnu reports whether the program has the GNU C library, or its loader.
func (f *finder) gnu() bool {
	return f.Go == "" && f.Contains("glibc.malloc") || slices.ContainsFunc(f.Files, func(x *image.Image) bool { return strings.HasPrefix(x.Soname, "libc.so.6") })
}

// loading are functions of C libraries that load other libraries, by name (dlopen(3), nss(5),
// iconv(3)).
var loading = map[string]string{
	"dlopen": "", "dlmopen": "", "dlsym": "", "dlvsym": "", "__libc_dlopen_mode": "",
	"getaddrinfo": "/etc/nsswitch.conf", "getnameinfo": "/etc/nsswitch.conf", "gethostbyname": "/etc/nsswitch.conf", "gethostbyname_r": "/etc/nsswitch.conf",
	"gethostbyname2_r": "/etc/nsswitch.conf", "gethostbyaddr": "/etc/nsswitch.conf", "gethostbyaddr_r": "/etc/nsswitch.conf",
	"getpwnam": "/etc/nsswitch.conf", "getpwnam_r": "/etc/nsswitch.conf", "getpwuid": "/etc/nsswitch.conf", "getpwuid_r": "/etc/nsswitch.conf", "getpwent": "/etc/nsswitch.conf",
	"getgrnam": "/etc/nsswitch.conf", "getgrnam_r": "/etc/nsswitch.conf", "getgrgid": "/etc/nsswitch.conf", "getgrgid_r": "/etc/nsswitch.conf", "getgrent": "/etc/nsswitch.conf",
	"getgrouplist": "/etc/nsswitch.conf", "initgroups": "/etc/nsswitch.conf", "getservbyname": "/etc/nsswitch.conf", "getservbyname_r": "/etc/nsswitch.conf",
	"iconv_open": "gconv-modules",
}

// dlopenFault is a message of the GNU C library where it has dlopen (elf/dl-open.c).
const dlopenFault = "invalid mode for dlopen()"

// loaders says which functions load libraries that are not linked: those that files other than the
// C library import, or in a static program those that are reached.
func (f *finder) loaders() (list []string) {
	byWhat := map[string][]string{}
	add := func(name string) {
		if what, there := loading[name]; there && !slices.Contains(byWhat[what], name) {
			byWhat[what] = append(byWhat[what], name)
		}
	}
	for _, file := range f.Files {
		if strings.HasPrefix(file.Soname, "libc.") || strings.HasPrefix(file.Soname, "ld-") {
			continue
		}
		for _, name := range file.Imports {
			add(name)
		}
	}
	for i := range f.Funcs {
		if len(f.Files) == 0 && !f.Funcs[i].Go && f.reached[i] {
			add(f.Funcs[i].Name)
		}
	}
	if len(byWhat) == 0 && len(f.Files) == 0 && f.Go == "" && f.Contains(dlopenFault) {
		list = append(list, "the GNU C library in it can load libraries (its symbols were cut off, so that it is not known whether it does)")
	}
	for what, names := range byWhat {
		slices.Sort(names)
		if what == "" {
			what = "the program names"
		} else {
			what += " names"
		}
		list = append(list, fmt.Sprintf("it loads libraries that %s (%s): their calls are not in the files that were read", what, strings.Join(names, ", ")))
	}
	slices.Sort(list)
	return list
}

// gatesIn are the bytes of instructions that enter the kernel from code of x86_64.
var gatesIn = [][]byte{{0x0f, 0x05}, {0x0f, 0x34}, {0xcd, 0x80}}

// unread says which functions have bytes that are no known instructions and that might enter the
// kernel.
func (f *finder) unread() (list []string) {
	seen := map[int]bool{}
	for _, addr := range f.undecoded {
		fn := f.Func(addr)
		if fn < 0 || seen[fn] {
			continue
		}
		seen[fn] = true
		text := f.Code(addr, f.Funcs[fn].End)
		if f.Arch != arch.X86_64 || slices.ContainsFunc(gatesIn, func(g []byte) bool { return bytes.Contains(text, g) }) {
			list = append(list, fmt.Sprintf("from %s on there are bytes that are no known instructions", f.place(fn, addr)))
		}
	}
	slices.Sort(list)
	return list
}

// vdso begin the names by which programs look up functions of the kernel's own library.
var vdso = []string{"__vdso_", "__kernel_"}

// onBehalf adds the calls that are made for a program: by the vDSO, where it cannot answer
// itself (vdso(7)), and by the kernel after signals (restart_syscall(2), sigreturn(2)).
func (f *finder) onBehalf() {
	add := func(call, place string) {
		nr, ok := syscalls.Number(f.Arch, call)
		if !ok {
			return
		}
		c := f.found(nr)
		c.places[place] = true
		for i := range c.any {
			c.any[i] = true
		}
	}
	for _, call := range []string{"clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu", "getrandom"} {
		if slices.ContainsFunc(vdso, func(p string) bool { return f.Contains(p + call) }) {
			add(call, "the vDSO")
		}
	}
	if len(f.vsyscall) > 0 {
		for _, call := range []string{"gettimeofday", "time", "getcpu"} {
			add(call, f.name(f.vsyscall[0])+", by the page for old calls")
		}
	}
	add("restart_syscall", "the kernel, after a signal")
	add("rt_sigreturn", "the kernel, after a signal")
}
