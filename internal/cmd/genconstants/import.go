package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An abi says how the machine's gcc compiles a tree's headers as those of an ABI.
// Only its sizes of int, long and pointers matter, and the macros that headers ask.
type abi struct {
	name string
	dir  string // below arch
	gcc  string // options
}

// abis are all of package arch; those that differ in byte order alone are one.
var abis = []abi{
	{"x86", "x86", "-m32"},
	{"x86_64", "x86", "-m64"},
	{"x32", "x86", "-mx32"},
	{"arm", "arm", "-m32 -U__i386__ -D__arm__ -D__ARM_EABI__"},
	{"aarch64", "arm64", "-m64 -U__x86_64__ -D__aarch64__"},
	{"loongarch64", "loongarch", "-m64 -U__x86_64__ -D__loongarch__ -D__loongarch_grlen=64"},
	{"m68k", "m68k", "-m32 -U__i386__ -D__m68k__"},
	{"mips", "mips", "-m32 -U__i386__ -D__mips__ -D__MIPSEL__ -D_MIPS_SZLONG=32 -D_MIPS_SIM=1"},
	{"mips64", "mips", "-m64 -U__x86_64__ -D__mips__ -D__MIPSEL__ -D__mips64 -D_MIPS_SZLONG=64 -D_MIPS_SIM=3"},
	{"mips64n32", "mips", "-mx32 -U__x86_64__ -D__mips__ -D__MIPSEL__ -D__mips64 -D_MIPS_SZLONG=32 -D_MIPS_SIM=2"},
	{"parisc", "parisc", "-m32 -U__i386__ -D__hppa__"},
	{"parisc64", "parisc", "-m64 -U__x86_64__ -D__hppa__"},
	{"ppc", "powerpc", "-m32 -U__i386__ -D__powerpc__"},
	{"ppc64", "powerpc", "-m64 -U__x86_64__ -D__powerpc__ -D__powerpc64__"},
	{"riscv64", "riscv", "-m64 -U__x86_64__ -D__riscv -D__riscv_xlen=64"},
	{"s390", "s390", "-m32 -U__i386__ -D__s390__"},
	{"s390x", "s390", "-m64 -U__x86_64__ -D__s390__ -D__s390x__"},
	{"sh", "sh", "-m32 -U__i386__ -D__sh__ -D__LITTLE_ENDIAN__"},
}

// headers are the kernel's for programs, with the names that are taken from each:
// of arguments that filters compare.
var headers = []struct{ file, names string }{
	{"linux/fcntl.h", `O_|F_|AT_|FD_|LOCK_|RWH_|DN_`},
	{"linux/stat.h", `S_I`},
	{"linux/fs.h", `SEEK_|RENAME_|FI[A-Z]|FS_IOC|BLK|RWF_|SYNC_FILE_`},
	{"linux/fiemap.h", `FS_IOC`},
	{"linux/mount.h", `MS_|MOUNT_ATTR_|OPEN_TREE_|MOVE_MOUNT_|FSOPEN_|FSMOUNT_|FSPICK_`},
	{"asm/socket.h", `SO_|SOL_`},
	{"linux/in.h", `IPPROTO_`},
	{"linux/netlink.h", `NETLINK_`},
	{"linux/sockios.h", `SIOC`},
	{"asm/sockios.h", `SIOC|FIO`},
	{"linux/sched.h", `CLONE_|CSIGNAL|SCHED_`},
	{"linux/wait.h", `W[A-Z]|__WALL|__WCLONE|__WNOTHREAD|P_(ALL|P)`},
	{"linux/mman.h", `PROT_|MAP_|MREMAP_|MADV_|MCL_|MLOCK_|MS_`},
	{"linux/memfd.h", `MFD_`},
	{"linux/prctl.h", `PR_`},
	{"asm/ioctls.h", `T(C|IO)[A-Z]|FIO`},
	{"asm/termios.h", `T(C|IO)[A-Z]`}, // with the types that ioctls.h takes the sizes of
	{"linux/serial.h", `TIO[A-Z]`},
	{"asm/termbits.h", `TC[A-Z]`},
	{"linux/vt.h", `VT_`},
	{"linux/kd.h", `KD|GIO_|PIO_`},
	{"linux/personality.h", `ADDR_|PER_|SHORT_|WHOLE_|STICKY_|UNAME26|FDPIC_|MMAP_|READ_IMPLIES`},
	{"linux/ptrace.h", `PTRACE_`},
	{"asm/ptrace.h", `PTRACE_`},
	{"linux/bpf.h", ``},
	{"linux/futex.h", `FUTEX_`},
	{"linux/keyctl.h", `KEYCTL_|KEY_`},
	{"linux/seccomp.h", `SECCOMP_(SET_MODE|GET_|MODE_|FILTER_FLAG)`},
	{"asm/signal.h", `SIG`},
	{"linux/resource.h", `RLIMIT_|RUSAGE_|PRIO_`},
	{"linux/time.h", `CLOCK_|TIMER_|ITIMER_`},
	{"linux/timerfd.h", `TFD_`},
	{"linux/eventpoll.h", `EPOLL_`},
	{"linux/eventfd.h", `EFD_`},
	{"linux/signalfd.h", `SFD_`},
	{"linux/inotify.h", `IN_`},
	{"linux/fanotify.h", `FAN_`},
	{"linux/ipc.h", `IPC_`},
	{"linux/shm.h", `SHM_`},
	{"linux/sem.h", `GET|SET|SEM_`},
	{"linux/random.h", `GRND_`},
	{"linux/reboot.h", `LINUX_REBOOT_CMD_`},
	{"linux/membarrier.h", `MEMBARRIER_`},
	{"linux/mempolicy.h", `MPOL_`},
	{"linux/xattr.h", `XATTR_(CREATE|REPLACE)`},
	{"linux/userfaultfd.h", `UFFD_USER|UFFDIO`},
	{"linux/perf_event.h", `PERF_FLAG`},
	{"linux/kcmp.h", `KCMP_`},
	{"linux/io_uring.h", `IORING_(REGISTER|UNREGISTER|ENTER|SETUP)`},
	{"linux/landlock.h", `LANDLOCK_CREATE`},
}

// enums are enumerations of which each name is taken, by the patterns of what they start with.
var enums = []struct{ file, start string }{
	{"include/uapi/linux/bpf.h", `enum bpf_cmd {`},
	{"include/uapi/linux/personality.h", `enum {`},
	{"include/uapi/linux/kcmp.h", `enum kcmp_type {`},
	{"include/uapi/linux/membarrier.h", `enum membarrier_cmd(_flag)? {`},
	{"include/uapi/linux/mempolicy.h", `enum (mempolicy_mode )?{`},
	{"include/uapi/linux/io_uring.h", `enum io_uring_register_op {`},
	{"include/uapi/linux/mount.h", `enum fsconfig_command {`},
}

var (
	version    = regexp.MustCompile(`(?m)^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION) = (\S+)$`)
	macro      = regexp.MustCompile(`(?m)^#define ([A-Z_][A-Z0-9_]*) .+$`)
	enumerator = regexp.MustCompile(`(?m)^\s*([A-Z][A-Z0-9_]*)\b\s*[,=]?`)
	family     = regexp.MustCompile(`(?m)^#define\s+((?:AF|MSG|SOL)_[A-Za-z0-9_]+)\s+(.*)$`)
	socketName = regexp.MustCompile(`\b(AF|MSG|SOL|SOCK)_[A-Za-z0-9_]+`)
	answer     = regexp.MustCompile(`(?m)^#constant (\w+) (\d+) (\d+) (\d+) (\d+)$`)
	failed     = regexp.MustCompile(`probe\.c:(\d+):\d+:`)
)

// importTree reads the constants of a Linux tree.
func importTree(dir, text string) (*table, error) {
	makefile, err := os.ReadFile(filepath.Join(dir, "Makefile"))
	if err != nil {
		return nil, fmt.Errorf("%s is not the top of a Linux tree: %w", dir, err)
	}
	parts := map[string]string{}
	for _, m := range version.FindAllStringSubmatch(string(makefile), -1) {
		parts[m[1]] = m[2]
	}
	values := map[string]map[string]uint64{}
	for _, a := range abis {
		of, err := a.constants(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		for name, n := range of {
			if values[name] == nil {
				values[name] = map[string]uint64{}
			}
			values[name][a.name] = n
		}
	}
	t := &table{source: fmt.Sprintf("linux %s.%s.%s%s, %s", parts["VERSION"], parts["PATCHLEVEL"], parts["SUBLEVEL"], parts["EXTRAVERSION"], text)}
	for name, v := range values {
		t.constants = append(t.constants, constant{name, v})
	}
	slices.SortFunc(t.constants, func(a, b constant) int { return strings.Compare(a.name, b.name) })
	return t, nil
}

// constants returns the values that the ABI has. Candidates that do not compile to
// a number are none.
func (a abi) constants(dir string) (map[string]uint64, error) {
	tmp, err := os.MkdirTemp("", "genconstants")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	if err := standIns(dir, tmp); err != nil {
		return nil, err
	}
	sockets, err := socketText(dir, a.dir)
	if err != nil {
		return nil, err
	}
	names, err := a.candidates(dir, tmp)
	if err != nil {
		return nil, err
	}
	for _, e := range enums {
		block, err := cut(filepath.Join(dir, e.file), e.start, "}")
		if err != nil {
			return nil, err
		}
		for _, m := range enumerator.FindAllStringSubmatch(block, -1) {
			names = append(names, m[1])
		}
	}
	names = append(names, socketName.FindAllString(sockets, -1)...)
	slices.Sort(names)
	names = slices.Compact(names)
	names = slices.DeleteFunc(names, func(n string) bool {
		return strings.HasPrefix(n, "__") && !strings.HasPrefix(n, "__W") || strings.HasSuffix(n, "_H") || strings.HasSuffix(n, "_SUPPORTED") || n == "SIG_DFL" || n == "SIG_IGN" || n == "SIG_ERR" || n == "IORING_REGISTER_LAST"
	})

	// gcc prints no number of more than 31 bits in every mode.
	head := a.includes(dir) + sockets + "#define PIECE(n, at) \"i\"((int)((unsigned long long)(long long)(n) >> at & 0xffff))\n" +
		"#define PIECES(n) PIECE(n, 48), PIECE(n, 32), PIECE(n, 16), PIECE(n, 0)\n"
	for {
		var src strings.Builder
		src.WriteString(head)
		first := strings.Count(src.String(), "\n") + 1
		for _, n := range names {
			fmt.Fprintf(&src, "void probe_%[1]s(void) { asm(\"\\n#constant %[1]s %%c0 %%c1 %%c2 %%c3\" :: PIECES(%[1]s)); }\n", n)
		}
		out, errs, err := a.gcc1(dir, tmp, src.String(), "-S", "-o", "-")
		if err == nil {
			return parse(out)
		}
		bad := map[int]bool{}
		for _, m := range failed.FindAllStringSubmatch(errs, -1) {
			line, _ := strconv.Atoi(m[1])
			bad[line-first] = line >= first
		}
		kept := names[:0:0]
		for i, n := range names {
			if !bad[i] {
				kept = append(kept, n)
			}
		}
		if len(kept) == len(names) {
			return nil, fmt.Errorf("%w: %s", err, errs)
		}
		names = kept
	}
}

// parse returns the values in the assembly of a probe.
func parse(out string) (map[string]uint64, error) {
	values := map[string]uint64{}
	for _, m := range answer.FindAllStringSubmatch(out, -1) {
		n := uint64(0)
		for _, piece := range m[2:] {
			p, err := strconv.ParseUint(piece, 10, 16)
			if err != nil {
				return nil, fmt.Errorf("%q is not a constant's value", m[0])
			}
			n = n<<16 | p
		}
		values[m[1]] = n
	}
	return values, nil
}

// gcc1 compiles a probe.
func (a abi) gcc1(dir, tmp, src string, args ...string) (out, errs string, err error) {
	file := filepath.Join(tmp, "probe.c")
	if err := os.WriteFile(file, []byte(src), 0o644); err != nil {
		return "", "", err
	}
	arch := filepath.Join(dir, "arch", a.dir, "include/uapi")
	args = append(args, "-nostdinc", "-w", "-O0", "-D__user=", "-D__force=", "-D__attribute_const__=", "-D__EXPORTED_HEADERS__", "-fmax-errors=0",
		"-I", filepath.Join(tmp, "before"), "-I", arch, "-I", filepath.Join(dir, "include/uapi"), "-I", filepath.Join(tmp, "after"))
	args = append(append(args, strings.Fields(a.gcc)...), file)
	cmd := exec.Command("gcc", args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}

// includes returns directives for the headers that the ABI has.
func (a abi) includes(dir string) string {
	var b strings.Builder
	b.WriteString("#include <linux/types.h>\ntypedef __kernel_size_t size_t;\ntypedef int pid_t;\n")
	for _, h := range headers {
		fmt.Fprintf(&b, "#if __has_include(<%s>)\n#include <%[1]s>\n#endif\n", h.file)
	}
	return b.String()
}

// candidates returns the names of macros that the headers define.
func (a abi) candidates(dir, tmp string) (names []string, err error) {
	out, errs, err := a.gcc1(dir, tmp, a.includes(dir), "-E", "-dM")
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, errs)
	}
	var patterns []string
	for _, h := range headers {
		if h.names != "" {
			patterns = append(patterns, h.names)
		}
	}
	wanted := regexp.MustCompile(`^(` + strings.Join(patterns, "|") + `)[A-Z0-9_]*$`)
	for _, m := range macro.FindAllStringSubmatch(out, -1) {
		if wanted.MatchString(m[1]) {
			names = append(names, m[1])
		}
	}
	return names, nil
}

// standIns makes the headers that the kernel's build makes: asm/X.h that includes
// asm-generic/X.h where an ABI has none of its own, and empty ones for what
// headers_install strips.
func standIns(dir, tmp string) error {
	generic, err := filepath.Glob(filepath.Join(dir, "include/uapi/asm-generic/*.h"))
	if err != nil || len(generic) == 0 {
		return fmt.Errorf("%s has no include/uapi/asm-generic: %w", dir, err)
	}
	files := map[string]string{
		"before/linux/compiler.h": "", "before/linux/compiler_types.h": "", "before/unistd.h": "",
		"before/asm/bitsperlong.h": "#define __BITS_PER_LONG (8 * __SIZEOF_LONG__)\n#include <asm-generic/bitsperlong.h>\n", // since 7.0 s390's has 64 alone
	}
	for _, g := range generic {
		name := filepath.Base(g)
		files["after/asm/"+name] = "#include <asm-generic/" + name + ">\n"
	}
	for name, text := range files {
		file := filepath.Join(tmp, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// socketText returns definitions that the kernel has in headers of its own: socket
// families and levels, message flags, and socket types with their flags.
func socketText(dir, arch string) (string, error) {
	var b strings.Builder
	text, err := os.ReadFile(filepath.Join(dir, "include/linux/socket.h"))
	if err != nil {
		return "", err
	}
	for _, m := range family.FindAllStringSubmatch(string(text), -1) {
		value, _, _ := strings.Cut(m[2], "/*")
		if strings.HasSuffix(strings.TrimSpace(value), "\\") {
			continue // goes on in the next line
		}
		fmt.Fprintf(&b, "#ifndef %s\n#define %[1]s %s\n#endif\n", m[1], value)
	}
	file := filepath.Join(dir, "arch", arch, "include/asm/socket.h")
	if text, err := os.ReadFile(file); err != nil || !bytes.Contains(text, []byte("enum sock_type {")) {
		file = filepath.Join(dir, "include/linux/net.h")
	}
	types, err := cut(file, `enum sock_type {`, "}")
	if err != nil {
		return "", err
	}
	b.WriteString("enum sock_type {" + types + "};\n#define SOCK_TYPE_MASK 0xf\n#define SOCK_CLOEXEC O_CLOEXEC\n#ifndef SOCK_NONBLOCK\n#define SOCK_NONBLOCK O_NONBLOCK\n#endif\n")
	return b.String(), nil
}

// cut returns the texts of a file between a start and the next end, one after the
// other.
func cut(file, start, end string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var blocks []string
	for _, rest := range regexp.MustCompile(start).Split(string(text), -1)[1:] {
		block, _, ok := strings.Cut(rest, end)
		if !ok {
			return "", fmt.Errorf("%s: %q has no end", file, start)
		}
		blocks = append(blocks, block)
	}
	if blocks == nil {
		return "", fmt.Errorf("%s has no %q", file, start)
	}
	return strings.Join(blocks, "\n"), nil
}
