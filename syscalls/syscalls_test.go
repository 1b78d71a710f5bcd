package syscalls_test

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// TestNumber has a few numbers of every ABI, as their unistd.h has them.
func TestNumber(t *testing.T) {
	tests := []struct {
		arch arch.Arch
		want map[string]uint32
	}{
		{arch.X86, map[string]uint32{"restart_syscall": 0, "read": 3, "open": 5, "_llseek": 140, "socketcall": 102, "fstatat64": 300, "seccomp": 354, "arch_prctl": 384, "clock_gettime64": 403}},
		{arch.X86_64, map[string]uint32{"read": 0, "open": 2, "rt_sigaction": 13, "ioctl": 16, "execve": 59, "umount2": 166, "openat": 257, "newfstatat": 262, "seccomp": 317, "uretprobe": 335, "clone3": 435}},
		{arch.X32, map[string]uint32{"read": 0x40000000, "openat": 0x40000101, "rt_sigaction": 0x40000200, "ioctl": 0x40000202, "execve": 0x40000208, "pwritev2": 0x40000223, "clone3": 0x400001b3}},
		{arch.ARM, map[string]uint32{"read": 3, "openat": 322, "sync_file_range2": 341, "arm_sync_file_range": 341, "seccomp": 383, "breakpoint": 0xf0001, "cacheflush": 0xf0002, "set_tls": 0xf0005, "get_tls": 0xf0006}},
		{arch.AArch64, map[string]uint32{"io_setup": 0, "umount2": 39, "openat": 56, "read": 63, "newfstatat": 79, "seccomp": 277}},
		{arch.LoongArch64, map[string]uint32{"openat": 56, "read": 63, "seccomp": 277, "clone3": 435}},
		{arch.M68K, map[string]uint32{"read": 3, "cacheflush": 123, "lchown": 182, "openat": 288, "atomic_barrier": 336, "seccomp": 380}},
		{arch.MIPS, map[string]uint32{"syscall": 4000, "read": 4003, "socketcall": 4102, "openat": 4288, "seccomp": 4352}},
		{arch.MIPSEL, map[string]uint32{"read": 4003}},
		{arch.MIPS64, map[string]uint32{"read": 5000, "_newselect": 5022, "openat": 5247, "seccomp": 5312}},
		{arch.MIPSEL64, map[string]uint32{"read": 5000}},
		{arch.MIPS64N32, map[string]uint32{"read": 6000, "openat": 6251, "seccomp": 6316, "clock_gettime64": 6403}},
		{arch.MIPSEL64N32, map[string]uint32{"read": 6000}},
		{arch.PARISC, map[string]uint32{"read": 3, "openat": 275, "seccomp": 338, "clock_gettime64": 403}},
		{arch.PARISC64, map[string]uint32{"read": 3, "openat": 275, "seccomp": 338}},
		{arch.PPC, map[string]uint32{"read": 3, "openat": 286, "fstatat64": 291, "sync_file_range2": 308, "seccomp": 358}},
		{arch.PPC64, map[string]uint32{"read": 3, "swapcontext": 249, "rtas": 255, "newfstatat": 291, "sync_file_range2": 308}},
		{arch.PPC64LE, map[string]uint32{"read": 3, "switch_endian": 363}},
		{arch.RISCV64, map[string]uint32{"openat": 56, "read": 63, "riscv_flush_icache": 259}},
		{arch.S390, map[string]uint32{"read": 3, "lchown": 16, "umount": 22, "seccomp": 348, "clock_gettime64": 403}},
		{arch.S390X, map[string]uint32{"read": 3, "lchown": 198, "seccomp": 348, "s390_pci_mmio_write": 352}},
		{arch.SH, map[string]uint32{"read": 3, "openat": 295, "seccomp": 372, "sync_file_range2": 388}},
		{arch.SHEB, map[string]uint32{"read": 3}},
	}
	left := slices.Collect(arch.All())
	for _, tt := range tests {
		left = slices.DeleteFunc(left, func(a arch.Arch) bool { return a == tt.arch })
		for name, want := range tt.want {
			if got, ok := syscalls.Number(tt.arch, name); got != want || !ok {
				t.Errorf("Number(%s, %s) = %d, %v, want %d", tt.arch, name, got, ok, want)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("no numbers of %s here", left)
	}
}

// TestAbsent has calls that an ABI lacks and others have, and names of none.
func TestAbsent(t *testing.T) {
	tests := []struct {
		arch  arch.Arch
		names string
	}{
		{arch.X86_64, "socketcall ipc _llseek clock_gettime64 fstatat64 llseek umount cacheflush"},
		{arch.X32, "create_module uselib time64 clock_gettime64"},
		{arch.AArch64, "open stat fork umount cacheflush clock_gettime64 fstatat64"},
		{arch.RISCV64, "renameat cacheflush"},
		{arch.ARM, "socketcall ipc select time sync_file_range"},
		{arch.MIPS, "reserved82 unused18 select"},
		{arch.MIPS64, "reserved177 socketcall"},
		{arch.PPC64, "sync_file_range clock_gettime64"},
		{arch.S390, "listns fchroot select"}, // newer than the ABI
		{arch.SH, "clone3"},
		{arch.X86, "rt_sigaction64 openat64 READ sys_read __NR_read"},
	}
	for _, tt := range tests {
		for name := range strings.FieldsSeq(tt.names) {
			if got, ok := syscalls.Number(tt.arch, name); got != 0 || ok {
				t.Errorf("Number(%s, %s) = %d, %v, want none", tt.arch, name, got, ok)
			}
		}
	}
	for _, name := range []string{"", "opena", "openatt", "OPENAT", "zzz", "_", "reserved82", "llseek"} {
		if syscalls.Known(name) {
			t.Errorf("Known(%q) = true", name)
		}
	}
}

// TestRoundTrip goes from every call to its name and back, and tries every name
// on every ABI.
func TestRoundTrip(t *testing.T) {
	all := map[string]bool{}
	for a := range arch.All() {
		last := -1
		names := map[string]uint32{}
		first := map[uint32]string{}
		lo, hi, special := a.Special()
		for nr, name := range syscalls.All(a) {
			if _, twice := names[name]; twice {
				t.Errorf("All(%s) has %s twice", a, name)
			}
			names[name] = nr
			if old, alias := first[nr]; !alias {
				first[nr] = name
			} else if old >= name {
				t.Errorf("All(%s) has %s before %s", a, old, name)
			}
			if int(nr) < last || nr < a.NumberBase() {
				t.Errorf("All(%s) has %s, number %d, behind %d", a, name, nr, last)
			}
			last = int(nr)
			// The ordinary numbers grow with the kernel and are far from these.
			if in := special && lo <= nr && nr <= hi; in != (nr-a.NumberBase() > 500) {
				t.Errorf("%s(%d) of %s is in Special: %v", name, nr, a, in)
			}
		}
		if len(names) < 300 {
			t.Errorf("All(%s) has %d calls", a, len(names))
		}
		for nr, want := range first {
			if got, ok := syscalls.Name(a, nr); got != want || !ok {
				t.Errorf("Name(%s, %d) = %s, %v, want %s", a, nr, got, ok, want)
			}
		}
		for name := range syscalls.Names() {
			want, here := names[name]
			if got, ok := syscalls.Number(a, name); got != want || ok != here {
				t.Errorf("Number(%s, %s) = %d, %v, want %d, %v", a, name, got, ok, want, here)
			}
			all[name] = all[name] || here
		}
		for nr := a.NumberBase() - 600; nr != a.NumberBase()+600; nr++ {
			if got, ok := syscalls.Name(a, nr); got != first[nr] || ok != (first[nr] != "") {
				t.Errorf("Name(%s, %#x) = %q, %v, want %q", a, nr, got, ok, first[nr])
			}
		}
	}
	for name, somewhere := range all {
		if !somewhere {
			t.Errorf("Names has %s, which is on no ABI", name)
		}
	}
}

func TestNames(t *testing.T) {
	names := slices.Collect(syscalls.Names())
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("Names is not sorted, or has one twice: %q", names)
	}
	all := map[string]bool{}
	for a := range arch.All() {
		for _, name := range syscalls.All(a) {
			all[name] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(all)), names); diff != "" {
		t.Errorf("Names (-all of All, +got)\n%s", diff)
	}
	for _, name := range names {
		if !syscalls.Known(name) {
			t.Errorf("Known(%s) = false", name)
		}
	}
}

func TestTwoNames(t *testing.T) {
	if got, ok := syscalls.Name(arch.ARM, 341); got != "arm_sync_file_range" || !ok {
		t.Errorf("Name(arm, 341) = %s, %v, want the first of two names", got, ok)
	}
}

// TestTwins: ABIs that differ in byte order alone have the same calls.
func TestTwins(t *testing.T) {
	type call struct {
		Nr   uint32
		Name string
	}
	calls := func(a arch.Arch) (list []call) {
		for nr, name := range syscalls.All(a) {
			list = append(list, call{nr, name})
		}
		return list
	}
	for _, p := range [][2]arch.Arch{
		{arch.MIPS, arch.MIPSEL}, {arch.MIPS64, arch.MIPSEL64}, {arch.MIPS64N32, arch.MIPSEL64N32},
		{arch.PPC64, arch.PPC64LE}, {arch.SH, arch.SHEB},
	} {
		if diff := cmp.Diff(calls(p[0]), calls(p[1])); diff != "" {
			t.Errorf("calls (-%s +%s)\n%s", p[0], p[1], diff)
		}
	}
}

func TestInvalidArch(t *testing.T) {
	for _, a := range []arch.Arch{0, arch.SHEB + 1, 255} {
		if nr, ok := syscalls.Number(a, "read"); nr != 0 || ok {
			t.Errorf("Number(Arch(%d), read) = %d, %v", uint8(a), nr, ok)
		}
		if name, ok := syscalls.Name(a, 0); name != "" || ok {
			t.Errorf("Name(Arch(%d), 0) = %q, %v", uint8(a), name, ok)
		}
		for nr, name := range syscalls.All(a) {
			t.Errorf("All(Arch(%d)) has %s (%d)", uint8(a), name, nr)
		}
	}
}

func TestIteratorsStop(t *testing.T) {
	next, stop := iter.Pull2(syscalls.All(arch.X86_64))
	if nr, name, ok := next(); nr != 0 || name != "read" || !ok {
		t.Errorf("All(x86_64) begins with %d, %s, %v, want 0, read", nr, name, ok)
	}
	stop()
	first, stop := iter.Pull(syscalls.Names())
	if name, ok := first(); name != "_llseek" || !ok {
		t.Errorf("Names begins with %s, %v, want _llseek", name, ok)
	}
	stop()
}

// TestSource: the tables say which kernel each of them comes from.
func TestSource(t *testing.T) {
	named := map[string]bool{}
	for from := range strings.SplitSeq(syscalls.Source, "; ") {
		abis, text, _ := strings.Cut(from, ": ")
		if !strings.HasPrefix(text, "linux ") {
			t.Errorf("Source has %q, want ABIS: linux VERSION, ...", from)
		}
		for a := range strings.FieldsSeq(abis) {
			named[a] = true
		}
	}
	twins := map[arch.Arch]string{arch.MIPSEL: "mips", arch.MIPSEL64: "mips64", arch.MIPSEL64N32: "mips64n32", arch.PPC64LE: "ppc64", arch.SHEB: "sh"}
	for a := range arch.All() {
		if !named[a.String()] && !named[twins[a]] {
			t.Errorf("Source does not say where the table of %s comes from", a)
		}
	}
}
