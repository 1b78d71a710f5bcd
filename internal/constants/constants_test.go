package constants

import (
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// TestValue holds values that differ between ABIs, and those that every one has, to
// the kernel's headers as they read.
func TestValue(t *testing.T) {
	tests := []struct {
		name string
		abi  arch.Arch
		want uint64
		ok   bool
	}{
		{"O_DIRECTORY", arch.X86_64, 0o200000, true}, // include/uapi/asm-generic/fcntl.h
		{"O_DIRECTORY", arch.AArch64, 0o40000, true}, // arch/arm64/include/uapi/asm/fcntl.h
		{"O_DIRECTORY", arch.PPC64LE, 0o40000, true},
		{"O_DIRECTORY", arch.PARISC, 0x1000, true},
		{"AF_INET6", arch.S390X, 10, true}, // include/linux/socket.h
		{"SOCK_STREAM", arch.X86_64, 1, true},
		{"SOCK_STREAM", arch.MIPSEL64, 2, true}, // arch/mips/include/asm/socket.h
		{"SOCK_CLOEXEC", arch.PARISC64, 0x200000, true},
		{"TIOCSTI", arch.X86_64, 0x5412, true},
		{"TIOCSTI", arch.MIPS64, 0x5472, true}, // arch/mips/include/uapi/asm/ioctls.h
		{"TCGETS2", arch.PPC64, 0, false},      // arch/powerpc/include/uapi/asm/ioctls.h has none
		{"FS_IOC_GETFLAGS", arch.X86_64, 0x80086601, true},
		{"FS_IOC_GETFLAGS", arch.X86, 0x80046601, true}, // of a long
		{"MAP_ANONYMOUS", arch.X86_64, 0x20, true},
		{"MAP_ANONYMOUS", arch.MIPS, 0x800, true},
		{"CLONE_NEWUSER", arch.SH, 0x10000000, true},
		{"CLONE_IO", arch.X86, 0x80000000, true},
		{"PTRACE_GETREGS", arch.X86_64, 12, true},
		{"F_GETLK64", arch.X86_64, 0, false}, // 32-bit ABIs have it
		{"F_GETLK64", arch.ARM, 12, true},
		{"AT_FDCWD", arch.ARM, 1<<64 - 100, true},
		{"ADDR_NO_RANDOMIZE", arch.X86_64, 0x40000, true},
		{"PER_LINUX32", arch.X86_64, 8, true},
		{"BPF_PROG_LOAD", arch.RISCV64, 5, true},
		{"FUTEX_WAKE", arch.X32, 1, true},
		{"KEYCTL_READ", arch.S390, 11, true},
		{"PR_SET_SECCOMP", arch.LoongArch64, 22, true},
		{"SIGUSR1", arch.X86, 10, true},
		{"SIGUSR1", arch.MIPS, 16, true},
		{"O_DIRECTORY", 0, 0, false},
		{"O_DIRECTORY", 255, 0, false},
		{"O_DIRECTOR", arch.X86_64, 0, false},
		{"", arch.X86_64, 0, false},
		{"zzz", arch.X86_64, 0, false},
	}
	for _, tt := range tests {
		if got, ok := Value(tt.abi, tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("Value(%s, %s) = %#x, %v, want %#x, %v", tt.abi, tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// TestTable: rows are in the order of their names, and no ABI has two values.
func TestTable(t *testing.T) {
	var names []string
	for name := range Names() {
		names = append(names, name)
	}
	if !slices.IsSorted(names) || len(names) < 1800 {
		t.Errorf("%d names, want 1800 or more in order", len(names))
	}
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error("a name comes twice")
	}
	for _, name := range names {
		seen := set(0)
		for _, r := range rows(name) {
			if r.on == 0 || r.on&^all != 0 || r.on&seen != 0 {
				t.Errorf("%s: a value on ABIs %b, after others on %b", name, r.on, seen)
			}
			seen |= r.on
		}
		if !Known(name) || seen == 0 {
			t.Errorf("no ABI has %s", name)
		}
	}
	for a := range arch.All() {
		if all>>a&1 == 0 {
			t.Errorf("no table has %s", a)
		}
	}
	for range Names() {
		break
	}
}
