package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smallTree is a Linux tree with a few constants.
var smallTree = map[string]string{
	"Makefile":                           "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 1\nEXTRAVERSION = -rc2\nNAME = Baby\n",
	"include/uapi/linux/types.h":         "typedef unsigned long __kernel_size_t;\n",
	"include/uapi/linux/fcntl.h":         "#include <asm/fcntl.h>\n#define AT_FDCWD -100\n#define O_FUNCTION(x) 5\n#define O_TEXT \"text\"\n#define OTHER 1\n",
	"include/uapi/asm-generic/fcntl.h":   "#define O_DIRECTORY 00200000\n#define F_SIZE (0x80000000u | sizeof(long))\n",
	"arch/mips/include/uapi/asm/fcntl.h": "#define O_DIRECTORY 0x10\n#define O_MIPS 1\n#define F_SIZE 7\n",
	"arch/mips/include/asm/socket.h":     "enum sock_type {\n\tSOCK_DGRAM = 1,\n\tSOCK_STREAM = 2,\n};\n",
	"include/linux/net.h":                "enum sock_type {\n\tSOCK_STREAM = 1,\n\tSOCK_DGRAM = 2,\n};\n",
	"include/linux/socket.h":             "#define AF_UNIX\t\t1\t/* local */\n#define AF_LONG 1 | \\\n 2\n",
	"include/uapi/linux/bpf.h":           "enum bpf_cmd {\n\tBPF_MAP_CREATE,\n\tBPF_PROG_LOAD = BPF_MAP_CREATE + 5,\n};\n",
	"include/uapi/linux/personality.h":   "enum {\n\tSHORT_INODE = 1,\n};\nenum {\n\tPER_LINUX = 0,\n};\n",
	"include/uapi/linux/kcmp.h":          "enum kcmp_type {\n\tKCMP_FILE,\n};\n",
	"include/uapi/linux/membarrier.h":    "enum membarrier_cmd {\n\tMEMBARRIER_CMD_QUERY = 0,\n};\n",
	"include/uapi/linux/mempolicy.h":     "enum {\n\tMPOL_DEFAULT,\n};\n",
	"include/uapi/linux/io_uring.h":      "enum io_uring_register_op {\n\tIORING_REGISTER_BUFFERS,\n};\n",
	"include/uapi/linux/mount.h":         "enum fsconfig_command {\n\tFSCONFIG_SET_FLAG,\n};\n",
}

func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestImport: constants are those of each ABI, what is not a number is left out, and what the headers lost stays.
func TestImport(t *testing.T) {
	if err := exec.Command("gcc", "-mx32", "-E", os.DevNull).Run(); err != nil {
		t.Skipf("no gcc for x86_64: %v", err)
	}
	t.Chdir(t.TempDir())
	old := "# linux 6.0.0, a test\nname,abis,value\nAF_UNIX,,0x2\nPER_HPUX,mips,0x1\n"
	if err := os.WriteFile("table.csv", []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(writeTree(t, smallTree), "a test"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("table.csv")
	if err != nil {
		t.Fatal(err)
	}
	want := `# linux 6.12.1-rc2, a test
name,abis,value
AF_UNIX,,0x1
AT_FDCWD,,0xffffffffffffff9c
BPF_MAP_CREATE,,0x0
BPF_PROG_LOAD,,0x5
FSCONFIG_SET_FLAG,,0x0
F_SIZE,,0x80000004
F_SIZE,x86_64 aarch64 loongarch64 parisc64 ppc64 riscv64 s390x,0x80000008
F_SIZE,mips mips64 mips64n32,0x7
IORING_REGISTER_BUFFERS,,0x0
KCMP_FILE,,0x0
MEMBARRIER_CMD_QUERY,,0x0
MPOL_DEFAULT,,0x0
O_DIRECTORY,,0x10000
O_DIRECTORY,mips mips64 mips64n32,0x10
O_MIPS,mips mips64 mips64n32,0x1
PER_HPUX,mips,0x1
PER_LINUX,,0x0
SHORT_INODE,,0x1
SOCK_DGRAM,,0x2
SOCK_DGRAM,mips mips64 mips64n32,0x1
SOCK_STREAM,,0x1
SOCK_STREAM,mips mips64 mips64n32,0x2
SOCK_TYPE_MASK,,0xf
`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("table.csv (-want +got)\n%s", diff)
	}
	old = strings.Replace(string(text), "O_MIPS,mips mips64 mips64n32,", "O_MIPS,mips sh,", 1) + "Z_GONE,mips,0x1\n"
	if err := os.WriteFile("table.csv", []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(writeTree(t, smallTree), "a test"); err == nil || !strings.Contains(err.Error(), "lacks: O_MIPS of sh Z_GONE:") {
		t.Errorf("names that the headers lost: %v", err)
	}
}

func TestImportErrors(t *testing.T) {
	if _, err := importTree(t.TempDir(), "a test"); err == nil || !strings.Contains(err.Error(), "not the top of a Linux tree") {
		t.Errorf("an empty directory: %v", err)
	}
	if err := run(t.TempDir(), ""); err == nil || !strings.Contains(err.Error(), "-linux needs -source") {
		t.Errorf("no source: %v", err)
	}
	for _, name := range []string{"include/linux/socket.h", "include/linux/net.h", "include/uapi/asm-generic/fcntl.h"} {
		files := map[string]string{}
		for file, text := range smallTree {
			if file != name {
				files[file] = text
			}
		}
		if _, err := importTree(writeTree(t, files), "a test"); err == nil {
			t.Errorf("without %s: no error", name)
		}
	}
	if _, err := parse("#constant X 1 2 3 65536\n"); err == nil {
		t.Error("a piece of 17 bits is no error")
	}
}
