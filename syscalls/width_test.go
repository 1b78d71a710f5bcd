package syscalls_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// widths returns the width of each of n arguments.
func widths(a arch.Arch, name string, n int) (list []int) {
	for arg := range n {
		list = append(list, syscalls.Width(a, name, arg))
	}
	return list
}

// longRegisters reports whether a's calls read registers of 64 bits, and reads64
// whether its long is of 64 bits too.
func longRegisters(a arch.Arch) bool {
	return reads64(a) || a == arch.X32 || a == arch.MIPS64N32 || a == arch.MIPSEL64N32
}

func reads64(a arch.Arch) bool { return a.Bits() == 64 }

// TestWidth has calls that every ABI declares the same way, as their
// SYSCALL_DEFINEs in Linux 7.3.4 have them.
func TestWidth(t *testing.T) {
	tests := []struct {
		name string
		want []int
	}{
		{"add_key", []int{64, 64, 64, 64, 32}},             // security/keys/keyctl.c: key_serial_t
		{"bpf", []int{32, 64, 32, 64, 32}},                 // kernel/bpf/syscall.c
		{"clock_settime", []int{32, 64}},                   // kernel/time/posix-timers.c: const clockid_t
		{"copy_file_range", []int{32, 64, 32, 64, 64, 32}}, // fs/read_write.c
		{"execve", []int{64, 64, 64}},                      // fs/exec.c
		{"fchmodat", []int{32, 64, 16}},                    // fs/open.c: umode_t
		{"fcntl", []int{32, 32, 64}},                       // fs/fcntl.c: unsigned int, unsigned int, unsigned long
		{"futex", []int{64, 32, 32, 64, 64, 32}},           // kernel/futex/syscalls.c
		{"getpid", []int{64, 64}},                          // reads none
		{"init_module", []int{64, 64, 64}},                 // kernel/module/main.c
		{"ioctl", []int{32, 32, 64}},                       // fs/ioctl.c: unsigned int, unsigned int, unsigned long
		{"keyctl", []int{32, 64, 64, 64, 64}},              // security/keys/keyctl.c
		{"kill", []int{32, 32}},                            // kernel/signal.c
		{"landlock_add_rule", []int{32, 32, 64, 32}},       // security/landlock/syscalls.c: enum
		{"lseek", []int{32, 64, 32}},                       // fs/read_write.c: off_t
		{"mkdirat", []int{32, 64, 16}},                     // fs/namei.c
		{"mount", []int{64, 64, 64, 64, 64}},               // fs/namespace.c: unsigned long flags
		{"mprotect", []int{64, 64, 64}},                    // mm/mprotect.c: unsigned long, size_t, unsigned long
		{"mq_open", []int{64, 32, 16, 64}},                 // ipc/mqueue.c
		{"openat", []int{32, 64, 32, 16}},                  // fs/open.c
		{"perf_event_open", []int{64, 32, 32, 32, 64}},     // kernel/events/core.c
		{"personality", []int{32}},                         // kernel/exec_domain.c, and machines' own
		{"pidfd_open", []int{32, 32}},                      // kernel/pid.c
		{"prctl", []int{32, 64, 64, 64, 64}},               // kernel/sys.c
		{"ptrace", []int{64, 64, 64, 64}},                  // kernel/ptrace.c: long, long, unsigned long, unsigned long
		{"quotactl", []int{32, 64, 32, 64}},                // fs/quota/quota.c: qid_t
		{"readv", []int{32, 64, 64}},                       // narrowed: fs/read_write.c:do_readv
		{"seccomp", []int{32, 32, 64}},                     // kernel/seccomp.c
		{"setns", []int{32, 32}},                           // kernel/nsproxy.c: int, int
		{"socket", []int{32, 32, 32}},                      // net/socket.c: int, int, int
		{"socketpair", []int{32, 32, 32, 64}},              // net/socket.c
		{"umount2", []int{64, 32}},                         // fs/namespace.c
		{"unshare", []int{64}},                             // kernel/fork.c: unsigned long
		{"writev", []int{32, 64, 64}},                      // narrowed: fs/read_write.c:do_writev
		{"pwritev2", []int{32, 64, 64, 64, 64, 32}},        // narrowed: fs/read_write.c:do_pwritev; rwf_t
	}
	for a := range arch.All() {
		if !reads64(a) {
			continue
		}
		for _, tt := range tests {
			if diff := cmp.Diff(tt.want, widths(a, tt.name, len(tt.want))); diff != "" {
				t.Errorf("Width(%s, %s, ...) (-want +got)\n%s", a, tt.name, diff)
			}
		}
	}
}

// TestWidthOf has calls that differ between ABIs.
func TestWidthOf(t *testing.T) {
	tests := []struct {
		arch arch.Arch
		name string
		want []int
	}{
		// kernel/fork.c: the flags are narrowed, not the stack beside them.
		{arch.X86_64, "clone", []int{32, 64, 64, 64, 64, 64}},
		{arch.X32, "clone", []int{32, 64, 64, 64, 64}},
		{arch.AArch64, "clone", []int{32, 64, 64, 64, 64}},
		{arch.MIPSEL64N32, "clone", []int{32, 64, 64, 64, 64}},
		{arch.PARISC64, "clone", []int{32, 64, 64, 64, 64}},
		{arch.PPC64LE, "clone", []int{32, 64, 64, 64, 64}},
		{arch.S390X, "clone", []int{64, 32, 64, 64, 64}},
		{arch.S390, "clone", []int{32, 32, 32, 32, 32}},
		{arch.X86, "clone", []int{32, 32, 32, 32, 32}},

		// Entry points of their own on the ABIs between.
		{arch.X32, "ptrace", []int{32, 32, 32, 32}}, // compat_long_t
		{arch.X32, "lseek", []int{32, 64, 32}},
		{arch.X32, "ioctl", []int{32, 32, 32}},
		{arch.X32, "prctl", []int{32, 64, 64, 64, 64}},
		{arch.X32, "personality", []int{32}},
		{arch.X32, "unshare", []int{64}},
		{arch.X32, "socket", []int{32, 32, 32}},
		{arch.X32, "openat", []int{32, 64, 32, 16}},
		{arch.X32, "kexec_load", []int{32, 32, 64, 32}},
		{arch.X32, "preadv", []int{32, 64, 64, 64}}, // compat_sys_preadv64 takes unsigned long
		{arch.MIPS64N32, "ptrace", []int{32, 32, 32, 32}},
		{arch.MIPS64N32, "lseek", []int{32, 64, 32}},
		{arch.MIPS64N32, "personality", []int{32}},
		{arch.MIPS64N32, "mmap", []int{64, 64, 64, 64, 32, 64}},

		{arch.X86_64, "mmap", []int{64, 64, 64, 64, 32, 64}}, // the file descriptor is narrowed
		{arch.S390X, "mmap", []int{64, 64}},                  // a pointer to the arguments
		{arch.X86_64, "chmod", []int{64, 16}},
		{arch.X86_64, "arch_prctl", []int{32, 64}},
		{arch.X86_64, "modify_ldt", []int{32, 64, 64}},
		{arch.X86_64, "fanotify_mark", []int{32, 32, 64, 32, 64}},
		{arch.S390X, "ipc", []int{32, 32, 64, 64, 64}},
		{arch.PPC64, "socketcall", []int{32, 64}},
		{arch.LoongArch64, "clone3", []int{64, 64}},
		{arch.MIPS64, "clone3", []int{64, 64}}, // assembly
		{arch.RISCV64, "riscv_flush_icache", []int{64, 64, 64}},

		// Registers of 32 bits.
		{arch.X86, "lseek", []int{32, 32, 32}},
		{arch.X86, "ptrace", []int{32, 32, 32, 32}},
		{arch.X86, "chmod", []int{32, 16}},
		{arch.X86, "openat", []int{32, 32, 32, 16}},
		{arch.X86, "chown", []int{32, 16, 16}}, // sys_chown16
		{arch.X86, "chown32", []int{32, 32, 32}},
		{arch.X86, "fallocate", []int{32, 32, 32, 32, 32, 32}},
		{arch.X86, "mq_open", []int{32, 32, 16, 32}}, // umode_t, also where it is compat_mode_t first
		{arch.ARM, "setuid", []int{16}},
		{arch.ARM, "openat", []int{32, 32, 32, 16}},
		{arch.ARM, "set_tls", []int{32}},
		{arch.M68K, "setuid", []int{16}},
		{arch.MIPS, "openat", []int{32, 32, 32, 16}},
		{arch.S390, "chmod", []int{32, 16}},
		{arch.S390, "chown", []int{32, 16, 16}}, // the compat entry alone
		{arch.SHEB, "chmod", []int{32, 16}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, widths(tt.arch, tt.name, len(tt.want))); diff != "" {
			t.Errorf("Width(%s, %s, ...) (-want +got)\n%s", tt.arch, tt.name, diff)
		}
	}
}

// TestWidthInDoubt: what is not known is as wide as the register.
func TestWidthInDoubt(t *testing.T) {
	for a := range arch.All() {
		whole := 32
		if longRegisters(a) {
			whole = 64
		}
		for _, arg := range []int{math.MinInt, -1, 6, 7, 16, 32, math.MaxInt} {
			if got := syscalls.Width(a, "socket", arg); got != whole {
				t.Errorf("Width(%s, socket, %d) = %d, want %d", a, arg, got, whole)
			}
		}
		for _, name := range []string{"", "sokket", "restart_syscall", "~", "\xff", "A"} {
			if got := syscalls.Width(a, name, 0); got != whole {
				t.Errorf("Width(%s, %q, 0) = %d, want %d", a, name, got, whole)
			}
		}
		for _, name := range syscalls.All(a) {
			for arg := range 6 {
				if got := syscalls.Width(a, name, arg); got != 16 && got != 32 && got != 64 || got > whole {
					t.Errorf("Width(%s, %s, %d) = %d", a, name, arg, got)
				}
			}
		}
	}
	if got := syscalls.Width(arch.AArch64, "open", 1); got != 64 {
		t.Errorf("Width(aarch64, open, 1) = %d, want 64 for a call of other ABIs", got)
	}
	for _, a := range []arch.Arch{0, arch.SHEB + 1, 255} {
		if got := syscalls.Width(a, "socket", 0); got != 64 {
			t.Errorf("Width(Arch(%d), socket, 0) = %d, want 64", uint8(a), got)
		}
	}
}
