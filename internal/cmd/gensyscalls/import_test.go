package main

import (
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
	}
}

// imported are the rows of tree.
const imported = `x86,0,restart_syscall,sys_restart_syscall,
x86,11,execve,sys_execve,compat_sys_execve
x86,17,break,,
x86,51,acct,,
x86_64,0,read,sys_read,
x86_64,13,rt_sigaction,sys_rt_sigaction,
x86_64,134,uselib,,
x86_64,200,tkill,sys_tkill,sys_i386_tkill
x32,0,read,sys_read,
x32,200,tkill,sys_tkill,
x32,512,rt_sigaction,compat_sys_rt_sigaction,
x32,513,preadv,sys_preadv,compat_sys_preadv64
arm,3,read,sys_read,
arm,180,pread64,sys_pread64,sys_oabi_pread64
arm,341,arm_sync_file_range,sys_sync_file_range2,
arm,341,sync_file_range2,sys_sync_file_range2,
arm,983041,breakpoint,,
arm,983045,set_tls,,
aarch64,0,io_setup,sys_io_setup,compat_sys_io_setup
aarch64,3,lseek,sys_lseek,
aarch64,4,renameat,sys_renameat,
aarch64,5,memfd_secret,sys_memfd_secret,
loongarch64,0,io_setup,sys_io_setup,compat_sys_io_setup
loongarch64,3,lseek,sys_lseek,
m68k,3,read,sys_read,
mips,0,syscall,sys_syscall,sys32_syscall
mips64,0,read,sys_read,
mips64n32,0,read,sys_read,
parisc,3,read,sys_read,
parisc,14,mknod,sys_a,
parisc64,3,read,sys_read,
parisc64,14,mknod,sys_b,
ppc,3,read,sys_read,
ppc,12,execve,sys_execve,compat_sys_execve
ppc,13,time,sys_time32,
ppc64,3,read,sys_read,
ppc64,12,execve,sys_execve,compat_sys_execve
ppc64,13,time,sys_time,
riscv64,0,io_setup,sys_io_setup,compat_sys_io_setup
riscv64,3,lseek,sys_lseek,
riscv64,5,memfd_secret,sys_memfd_secret,
riscv64,6,riscv_flush_icache,sys_riscv_flush_icache,
s390,3,read,sys_read,compat_sys_read
s390,198,lchown32,,sys_lchown
s390,469,file_setattr,sys_file_setattr,sys_file_setattr
s390x,3,read,sys_read,compat_sys_read
s390x,198,lchown,sys_lchown,
s390x,469,file_setattr,sys_file_setattr,sys_file_setattr
sh,1,exit,sys_exit,
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
	t.Chdir(t.TempDir())
	if err := run(linux, "a tree"); err != nil {
		t.Fatal(err)
	}
	want := "# " + every + ": linux 7.3.4, a tree\n" + columns + "\n" + imported
	if diff := cmp.Diff(want, readFile(t, "table.csv")); diff != "" {
		t.Errorf("table.csv (-want +got)\n%s", diff)
	}
	// Both steps fit together, and the first is repeatable.
	if err := run("", ""); err != nil {
		t.Errorf("generate of the imported table: %v", err)
	}
	if err := run(linux, "a tree"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, readFile(t, "table.csv")); diff != "" {
		t.Errorf("table.csv of the second import (-want +got)\n%s", diff)
	}
}

// TestImportEnded: s390 keeps the rows that it had, with the ones that later
// trees add to both of the machine's ABIs up to its last number.
func TestImportEnded(t *testing.T) {
	files := tree()
	files["Makefile"] = strings.NewReplacer("VERSION = 7", "VERSION = 6", "PATCHLEVEL = 3", "PATCHLEVEL = 12").Replace(files["Makefile"])
	const s390 = "arch/s390/kernel/syscalls/syscall.tbl"
	files[s390] = "3\tcommon\tread\tsys_read\n198\t32\tlchown32\tsys_lchown\n462\tcommon\tmseal\tsys_mseal\n"
	old := plant(t, files)

	files = tree()
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
			"s390,3,read,sys_read,",
			"s390,198,lchown32,sys_lchown,",
			"s390,462,mseal,sys_mseal,",
			"s390,463,setxattrat,sys_setxattrat,",
			"s390,469,file_setattr,sys_file_setattr,",
			"s390x,3,read,sys_read,",
			"s390x,5,open,sys_open,",
			"s390x,198,lchown,sys_lchown,",
			"s390x,462,mseal,sys_mseal,",
			"s390x,463,setxattrat,sys_setxattrat,",
			"s390x,469,file_setattr,sys_file_setattr,",
			"s390x,470,listns,sys_listns,",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("table.csv (-want +got)\n%s", diff)
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
		{"no private calls", arm, "#define __NR_SYSCALL_BASE 0\n", "DIR/" + arm + ": no private calls"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := tree()
			files[tt.file] = tt.text
			dir := plant(t, files)
			_, err := importTree(dir, "a tree", nil)
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
}
