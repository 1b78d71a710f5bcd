package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree returns a Linux tree in little: the forms that lines of the real files
// have, tabs and spaces, comments, rows without an entry point, placeholders.
func tree() map[string]string {
	return map[string]string{
		"Makefile": "# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\nNAME = Baby\nVERSION_x = 9\n",
		"arch/x86/entry/syscalls/syscall_32.tbl": "# <number> <abi> <name> <entry point> <compat entry point>\n#\n\n" +
			"0\ti386\trestart_syscall\t\tsys_restart_syscall\n" +
			"11  i386 \texecve  sys_execve   compat_sys_execve\n" +
			"17\ti386\tbreak\n" +
			"51\ti386\tacct\t-\t-\n" +
			"# 222 is unused\n   # indented\n",
		"arch/x86/entry/syscalls/syscall_64.tbl": "0\tcommon\tread\tsys_read\n13\t64\trt_sigaction\tsys_rt_sigaction\n134\t64\tuselib\n" +
			"200\tcommon\ttkill\tsys_tkill\tsys_i386_tkill\n" +
			"512\tx32\trt_sigaction\tcompat_sys_rt_sigaction\n" +
			"513\tx32\tpreadv\tsys_preadv\tcompat_sys_preadv64\n",
		"arch/arm/tools/syscall.tbl": "3\tcommon\tread\tsys_read\n13\toabi\ttime\tsys_time32\n180\teabi\tpread64\tsys_pread64\tsys_oabi_pread64\n" +
			"341\tcommon\tarm_sync_file_range\tsys_sync_file_range2\n",
		"arch/arm/include/uapi/asm/unistd.h": "#ifndef _H\n#define __NR_OABI_SYSCALL_BASE\t0x900000\n#define __NR_SYSCALL_BASE\t0\n" +
			"#define __NR_sync_file_range2\t\t__NR_arm_sync_file_range\n" +
			"#define __ARM_NR_BASE\t\t\t(__NR_SYSCALL_BASE+0x0f0000)\n" +
			"#define __ARM_NR_breakpoint\t\t(__ARM_NR_BASE+1)\n#define __ARM_NR_set_tls \t(__ARM_NR_BASE+5)\n#endif\n",
		"scripts/syscall.tbl": "0\tcommon\tio_setup\tsys_io_setup\tcompat_sys_io_setup\n3\t32\tllseek\tsys_llseek\n3\t64\tlseek\tsys_lseek\n" +
			"4\trenameat\trenameat\tsys_renameat\n5\tmemfd_secret\tmemfd_secret\tsys_memfd_secret\n" +
			"6\triscv\triscv_flush_icache\tsys_riscv_flush_icache\n7\ttime32\tfutex\tsys_futex_time32\n",
		"arch/arm64/kernel/Makefile.syscalls":     "# SPDX\nsyscall_abis_32 +=\nsyscall_abis_64 += renameat memfd_secret\n",
		"arch/loongarch/kernel/Makefile.syscalls": "# No special ABIs on loongarch so far\nsyscall_abis_64 +=\n",
		"arch/riscv/kernel/Makefile.syscalls":     "syscall_abis_32 += riscv memfd_secret\nsyscall_abis_64\t+= riscv\nsyscall_abis_64 += memfd_secret\n",
		"arch/m68k/kernel/syscalls/syscall.tbl":   "3\tcommon\tread\tsys_read\n",
		"arch/mips/kernel/syscalls/syscall_o32.tbl": "0\to32\tsyscall\tsys_syscall\t\tsys32_syscall\n18\to32\tunused18\tsys_ni_syscall\n" +
			"82\to32\treserved82\tsys_ni_syscall\n",
		"arch/mips/kernel/syscalls/syscall_n64.tbl": "0\tn64\tread\tsys_read\n",
		"arch/mips/kernel/syscalls/syscall_n32.tbl": "0\tn32\tread\tsys_read\n",
		"arch/parisc/kernel/syscalls/syscall.tbl":   "3\tcommon\tread\tsys_read\n14\t32\tmknod\tsys_a\n14\t64\tmknod\tsys_b\n",
		"arch/powerpc/kernel/syscalls/syscall.tbl": "3\tcommon\tread\tsys_read\n12\tnospu\texecve\tsys_execve\tcompat_sys_execve\n12\tspu\tnone\tsys_ni_syscall\n" +
			"13\t32\ttime\tsys_time32\n13\t64\ttime\tsys_time\n",
		"arch/s390/kernel/syscalls/syscall.tbl": "3\tcommon\tread\tsys_read\tcompat_sys_read\n198\t32\tlchown32\t-\tsys_lchown\n198\t64\tlchown\tsys_lchown\t-\n" +
			"469\tcommon\tfile_setattr\tsys_file_setattr\tsys_file_setattr\n",
		"arch/sh/kernel/syscalls/syscall.tbl": "1\tcommon\texit\tsys_exit",

		"arch/arm64/tools/syscall_32.tbl": "# 13 was sys_time\n3\tcommon\tread\tsys_read\n180\tcommon\tpread64\t\tsys_pread64\tcompat_sys_aarch32_pread64\n",
		"include/uapi/linux/net.h":        "#define NPROTO\t\tAF_MAX\n#define SYS_SOCKET\t1\t\t/* sys_socket(2) */\n#define SYS_ACCEPT4\t18\t\t/* sys_accept4(2) */\n",
		"include/uapi/linux/ipc.h":        "#define IPC_SET  1     /* set */\n#define SEMOP\t\t 1\n#define MSGGET\t\t13\n/* Used by DIPC */\n#define DIPC            25\n",

		"fs/read_write.c": "SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)\n{\n}\n" +
			"SYSCALL_DEFINE3(lseek, unsigned int, fd, off_t, offset, unsigned int, whence)\n",
		"fs/exec.c": "SYSCALL_DEFINE3(execve,\n\t\tconst char __user *, filename, /* (a, b) */\n\t\tconst char __user *const __user *, argv, // more\n" +
			"\t\tconst char __user *const __user *, envp)\n{\n\treturn 0;\n}\n",
		"kernel/signal.c": "SYSCALL_DEFINE2(tkill, pid_t, pid, int, sig)\nCOMPAT_SYSCALL_DEFINE4(rt_sigaction, int, sig,\n\tconst struct compat_sigaction __user *, act,\n" +
			"\tstruct compat_sigaction __user *, oact,\n\tcompat_size_t, sigsetsize)\n\tSYSCALL_DEFINE0(restart_syscall)\n",
		"arch/arm/kernel/sys.c":      "SYSCALL_DEFINE3(lchown, const char __user *, filename, old_uid_t, user, old_gid_t, group)\n",
		"arch/arm64/kernel/sys32.c":  "COMPAT_SYSCALL_DEFINE6(aarch32_pread64, unsigned int, fd, char __user *, buf, size_t, count,\n\t\t       u32, __pad, arg_u32p(pos))\n",
		"arch/sparc/kernel/sys.c":    "SYSCALL_DEFINE1(exit, odd_t, code)\n", // not of any ABI here
		"tools/testing/check.c":      "SYSCALL_DEFINE1(exit, odd_t, code)\n",
		"kernel/exit.c":              "/*\n * SYSCALL_DEFINE1(exit, odd_t, code)\n */\n#define SYSCALL_DEFINE1(name, ...) x\nSYSCALL_DEFINE1(exit, int, error_code)\n",
		"arch/sh/kernel/sys_sh.c":    "/* no calls */\n",
		"arch/powerpc/kernel/time.c": "PPC32_SYSCALL_DEFINE1(time32, old_sigset_t, x)\nSYSCALL_DEFINE1(time, compat_ulong_t, x)\n",
		"fs/sync.c":                  "#ifdef A\nSYSCALL_DEFINE4(sync_file_range2, int, fd, umode_t, flags, loff_t, offset, loff_t, nbytes)\n#else\nSYSCALL_DEFINE2(sync_file_range2, int, fd, umode_t, flags)\n#endif\n",
		"fs/aio.c":                   "SYSCALL_DEFINE2(io_setup, unsigned, nr_events, aio_context_t __user *, ctxp)\nSYSCALL_DEFINE2(memfd_secret, umode_t, a, uintptr_t, b)\n",
		"arch/riscv/mm/secret.c":     "SYSCALL_DEFINE2(memfd_secret, int, a, unsigned long, b)\n",
	}
}

// imported are the rows of tree: compat definitions are missing on purpose,
// memfd_secret is another one on riscv, and lchown is arm's alone.
const imported = `x86,0,restart_syscall,sys_restart_syscall,,
x86,11,execve,sys_execve,compat_sys_execve,
x86,17,break,,,
x86,51,acct,,,
x86_64,0,read,sys_read,,32 64 64
x86_64,13,rt_sigaction,sys_rt_sigaction,,
x86_64,134,uselib,,,
x86_64,200,tkill,sys_tkill,sys_i386_tkill,32 32
x32,0,read,sys_read,,32 64 64
x32,200,tkill,sys_tkill,,32 32
x32,512,rt_sigaction,compat_sys_rt_sigaction,,32 64 64 32
x32,513,preadv,sys_preadv,compat_sys_preadv64,
arm,3,read,sys_read,,32 32 32
arm,180,pread64,sys_pread64,compat_sys_aarch32_pread64,
arm,341,arm_sync_file_range,sys_sync_file_range2,,32 16
arm,341,sync_file_range2,sys_sync_file_range2,,32 16
arm,983041,breakpoint,,,
arm,983045,set_tls,,,
aarch64,0,io_setup,sys_io_setup,compat_sys_io_setup,32 64
aarch64,3,lseek,sys_lseek,,32 64 32
aarch64,4,renameat,sys_renameat,,
aarch64,5,memfd_secret,sys_memfd_secret,,16 64
loongarch64,0,io_setup,sys_io_setup,compat_sys_io_setup,32 64
loongarch64,3,lseek,sys_lseek,,32 64 32
m68k,3,read,sys_read,,32 32 32
mips,0,syscall,sys_syscall,sys32_syscall,
mips64,0,read,sys_read,,32 64 64
mips64n32,0,read,sys_read,,32 64 64
parisc,3,read,sys_read,,32 32 32
parisc,14,mknod,sys_a,,
parisc64,3,read,sys_read,,32 64 64
parisc64,14,mknod,sys_b,,
ppc,3,read,sys_read,,32 32 32
ppc,12,execve,sys_execve,compat_sys_execve,
ppc,13,time,sys_time32,,32
ppc64,3,read,sys_read,,32 64 64
ppc64,12,execve,sys_execve,compat_sys_execve,64 64 64
ppc64,13,time,sys_time,,32
riscv64,0,io_setup,sys_io_setup,compat_sys_io_setup,32 64
riscv64,3,lseek,sys_lseek,,32 64 32
riscv64,5,memfd_secret,sys_memfd_secret,,64 64
riscv64,6,riscv_flush_icache,sys_riscv_flush_icache,,
s390,3,read,sys_read,compat_sys_read,
s390,198,lchown32,,sys_lchown,
s390,469,file_setattr,sys_file_setattr,sys_file_setattr,
s390x,3,read,sys_read,compat_sys_read,32 64 64
s390x,198,lchown,sys_lchown,,
s390x,469,file_setattr,sys_file_setattr,sys_file_setattr,
sh,1,exit,sys_exit,,32
`

// declared are the definitions of tree that the rows name.
const declared = `compat_sys_aarch32_pread64,arch/arm64/kernel/sys32.c,"unsigned int fd, char __user * buf, size_t count, u32 __pad, arg_u32p(pos)"
compat_sys_rt_sigaction,kernel/signal.c,"int sig, const struct compat_sigaction __user * act, struct compat_sigaction __user * oact, compat_size_t sigsetsize"
sys_execve,fs/exec.c,"const char __user * filename, const char __user *const __user * argv, const char __user *const __user * envp"
sys_exit,kernel/exit.c,int error_code
sys_io_setup,fs/aio.c,"unsigned nr_events, aio_context_t __user * ctxp"
sys_lchown,arch/arm/kernel/sys.c,"const char __user * filename, old_uid_t user, old_gid_t group"
sys_lseek,fs/read_write.c,"unsigned int fd, off_t offset, unsigned int whence"
sys_memfd_secret,arch/riscv/mm/secret.c,"int a, unsigned long b"
sys_memfd_secret,fs/aio.c,"umode_t a, uintptr_t b"
sys_read,fs/read_write.c,"unsigned int fd, char __user * buf, size_t count"
sys_restart_syscall,kernel/signal.c,void
sys_sync_file_range2,fs/sync.c,"int fd, umode_t flags"
sys_sync_file_range2,fs/sync.c,"int fd, umode_t flags, loff_t offset, loff_t nbytes"
sys_time,arch/powerpc/kernel/time.c,compat_ulong_t x
sys_time32,arch/powerpc/kernel/time.c,old_sigset_t x
sys_tkill,kernel/signal.c,"pid_t pid, int sig"
`

// behind are the sub-calls of tree.
const behind = `socketcall,1,socket,include/uapi/linux/net.h
socketcall,18,accept4,include/uapi/linux/net.h
ipc,1,semop,include/uapi/linux/ipc.h
ipc,13,msgget,include/uapi/linux/ipc.h
`

const every = "x86 x86_64 x32 arm aarch64 loongarch64 m68k mips mips64 mips64n32 parisc parisc64 ppc ppc64 riscv64 s390 s390x sh"

// plant writes the files into a new directory.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if text != "" {
			writeFile(t, filepath.Join(dir, name), text)
		}
	}
	return dir
}

func TestImport(t *testing.T) {
	linux := plant(t, tree())
	t.Chdir(plantLists(t, "")) // narrowed.csv and since are not an import's to write
	want := map[string]string{
		"table.csv": "# " + every + ": linux 7.3.4, a tree\n" + columns + "\n" + imported,
		"types.csv": "# linux 7.3.4, a tree\n" + typeColumns + "\n" + declared,
		"mux.csv":   "# linux 7.3.4, a tree\n" + subcallColumns + "\n" + behind,
	}
	for range 2 { // again over its own result
		if err := run(linux, "a tree"); err != nil {
			t.Fatal(err)
		}
		for file, want := range want {
			if diff := cmp.Diff(want, readFile(t, file)); diff != "" {
				t.Errorf("%s (-want +got)\n%s", file, diff)
			}
		}
		// Both steps fit together.
		if err := run("", ""); err != nil {
			t.Errorf("generate of the imported lists: %v", err)
		}
	}
}

// TestImportEnded: s390 keeps the rows that it had and their definitions, with
// the rows that later trees add to both of the machine's ABIs up to its last
// number.
func TestImportEnded(t *testing.T) {
	files := tree()
	files["Makefile"] = strings.NewReplacer("VERSION = 7", "VERSION = 6", "PATCHLEVEL = 3", "PATCHLEVEL = 12").Replace(files["Makefile"])
	const (
		s390  = "arch/s390/kernel/syscalls/syscall.tbl"
		linux = "arch/s390/kernel/compat_linux.c"
	)
	files[linux] = "COMPAT_SYSCALL_DEFINE3(s390_read, unsigned int, fd, char __user *, buf, umode_t, count)\nCOMPAT_SYSCALL_DEFINE1(s390_gone, int, x)\n"
	files["fs/mseal.c"] = "SYSCALL_DEFINE1(mseal, umode_t, x)\n"
	files[s390] = "3\tcommon\tread\tsys_read\tcompat_sys_s390_read\n198\t32\tlchown32\tsys_lchown\n462\tcommon\tmseal\tsys_mseal\n"
	old := plant(t, files)

	files = tree()
	files["fs/mseal.c"] = "SYSCALL_DEFINE1(mseal, int, x)\n"
	files[s390] = "3\tcommon\tread\tsys_read\n5\tcommon\topen\tsys_open\n198\t64\tlchown\tsys_lchown\n462\tcommon\tmseal\tsys_mseal\n" +
		"463\tcommon\tsetxattrat\tsys_setxattrat\n469\tcommon\tfile_setattr\tsys_file_setattr\n470\tcommon\tlistns\tsys_listns\n"
	fresh := plant(t, files)

	t.Chdir(t.TempDir())
	if err := run(fresh, "new"); err == nil || err.Error() != "the tree has no s390 any more: import one that has it first" {
		t.Errorf("import without an older table: %v", err)
	}
	if err := run(old, "old"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again over its own result
		if err := run(fresh, "new"); err != nil {
			t.Fatal(err)
		}
		var got []string
		for line := range strings.Lines(readFile(t, "table.csv")) {
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "s390") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		want := []string{
			"# " + every + ": linux 7.3.4, new",
			"# s390: linux 6.12.4, old",
			"s390,3,read,sys_read,compat_sys_s390_read,32 32 32",
			"s390,198,lchown32,sys_lchown,,",
			"s390,462,mseal,sys_mseal,,32",
			"s390,463,setxattrat,sys_setxattrat,,",
			"s390,469,file_setattr,sys_file_setattr,,",
			"s390x,3,read,sys_read,,32 64 64",
			"s390x,5,open,sys_open,,",
			"s390x,198,lchown,sys_lchown,,",
			"s390x,462,mseal,sys_mseal,,32",
			"s390x,463,setxattrat,sys_setxattrat,,",
			"s390x,469,file_setattr,sys_file_setattr,,",
			"s390x,470,listns,sys_listns,,",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("table.csv (-want +got)\n%s", diff)
		}
		if got := readFile(t, "types.csv"); !strings.Contains(got, "\ncompat_sys_s390_read,"+linux+",") || strings.Contains(got, "gone") || strings.Contains(got, "umode_t x") {
			t.Fatalf("types.csv, want of the old tree what a row names and the new one lacks:\n%s", got)
		}
	}
}

func TestImportErrors(t *testing.T) {
	const (
		x86  = "arch/x86/entry/syscalls/syscall_32.tbl"
		arm  = "arch/arm/include/uapi/asm/unistd.h"
		sh   = "arch/sh/kernel/syscalls/syscall.tbl"
		form = " is not NUMBER ABI NAME [ENTRY [COMPAT]]"
	)
	tests := []struct {
		name, file, text string
		want             string // behind the directory, which stands for DIR
	}{
		{"no Makefile", "Makefile", "", "DIR is not the top of a Linux tree"},
		{"another project's Makefile", "Makefile", "VERSION = 1\nall:\n", "DIR is not the top of a Linux tree"},
		{"no table", sh, "", "open DIR/" + sh + ": no such file or directory"},
		{"no tags", "arch/riscv/kernel/Makefile.syscalls", "", "open DIR/arch/riscv/kernel/Makefile.syscalls: no such file or directory"},
		{"a word for a number", x86, "# head\n0\ti386\ta\nNR\ti386\tb\n", "DIR/" + x86 + ":3: \"NR\\ti386\\tb\"" + form},
		{"a negative number", x86, "-1 i386 a\n", "DIR/" + x86 + ":1: \"-1 i386 a\"" + form},
		{"a large number", x86, "4294967296 i386 a\n", "DIR/" + x86 + ":1: \"4294967296 i386 a\"" + form},
		{"two columns", x86, "1 i386\n", "DIR/" + x86 + ":1: \"1 i386\"" + form},
		{"no row of the ABI", x86, "1 common exit sys_exit\n", "DIR/" + x86 + ": no calls of x86"},
		{"placeholders alone", sh, "1 common reserved1 sys_ni_syscall\n", "DIR/" + sh + ": no calls of sh"},
		{"a second name of no call", arm, "\n#define __NR_sync_file_range2 __NR_arm_sync_file_rang\n", "DIR/" + arm + ":2: sync_file_range2 stands for arm_sync_file_rang, which is no call"},
		{"a large private call", arm, "#define __ARM_NR_x (__ARM_NR_BASE+65536)\n", "DIR/" + arm + `:1: strconv.ParseUint: parsing "65536": value out of range`},
		{"a word for a number of the compat table", "arch/arm64/tools/syscall_32.tbl", "NR common read sys_read\n", "DIR/arch/arm64/tools/syscall_32.tbl:1: strconv.ParseUint: parsing \"NR\": invalid syntax"},
		{"no compat table", "arch/arm64/tools/syscall_32.tbl", "", "open DIR/arch/arm64/tools/syscall_32.tbl: no such file or directory"},
		{"no sub-calls", "include/uapi/linux/ipc.h", "#define SEMOP one\n", "DIR/include/uapi/linux/ipc.h: no sub-calls of ipc"},
		{"a large sub-call", "include/uapi/linux/net.h", "#define SYS_SOCKET 65536 \n", `DIR/include/uapi/linux/net.h:1: strconv.ParseUint: parsing "65536": value out of range`},
		{"an unknown type", "fs/aio.c", "\n\nSYSCALL_DEFINE2(io_setup,\n\tunsigned, nr_events, foo_t, x)\n", `DIR/fs/aio.c:3: io_setup: argument 1: unknown type "foo_t"`},
		{"no private calls", arm, "#define __NR_SYSCALL_BASE 0\n", "DIR/" + arm + ": no private calls"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := tree()
			files[tt.file] = tt.text
			dir := plant(t, files)
			_, err := importTree(dir, "a tree", new(table))
			if err == nil || filepath.ToSlash(err.Error()) != strings.ReplaceAll(tt.want, "DIR", filepath.ToSlash(dir)) {
				t.Errorf("importTree: %v, want %s", err, tt.want)
			}
		})
	}
}

func TestRunErrors(t *testing.T) {
	linux := plant(t, tree())
	t.Chdir(t.TempDir())
	if err := run(linux, ""); err == nil || err.Error() != "-linux needs -source: say which package or commit the tree is" {
		t.Errorf("run without a source: %v", err)
	}
	if err := run("", ""); err == nil {
		t.Error("run without table.csv: no error")
	}
	writeFile(t, "table.csv", "spoilt\n")
	if err := run(linux, "a tree"); err == nil {
		t.Error("run over a table.csv of another form: no error")
	}
	if got := readFile(t, "table.csv"); got != "spoilt\n" {
		t.Errorf("a failed import left %q in table.csv", got)
	}
	writeFile(t, "table.csv", columns+"\n")
	if err := run(linux, "a tree"); err == nil || !os.IsNotExist(err) {
		t.Errorf("run over a table.csv without types.csv: %v", err)
	}
}
