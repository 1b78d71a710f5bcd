package main

import (
	"fmt"
	"strings"
)

// ctypes has the width of every C type of an argument that is no pointer, in
// bits of a 64-bit register. A type that is missing here stops the import: none
// is guessed.
var ctypes = map[string]int{
	"old_gid_t": 16, // __kernel_old_gid_t, unsigned short wherever CONFIG_HAVE_UID16 is
	"old_uid_t": 16,
	"umode_t":   16, // include/linux/types.h: unsigned short

	"int":          32,
	"uint":         32,
	"unsigned":     32,
	"unsigned int": 32,
	"__s32":        32,
	"__u32":        32,
	"s32":          32,
	"u32":          32,

	"clockid_t":    32, // __kernel_clockid_t: int
	"gid_t":        32, // __kernel_gid32_t: unsigned int
	"key_serial_t": 32, // include/linux/key.h: int32_t
	"key_t":        32, // __kernel_key_t: int
	"mqd_t":        32, // __kernel_mqd_t: int
	"pid_t":        32, // __kernel_pid_t: int
	"qid_t":        32, // include/linux/quota.h: __kernel_uid32_t
	"rwf_t":        32, // include/uapi/linux/fs.h, __kernel_rwf_t: int
	"timer_t":      32, // __kernel_timer_t: int
	"uid_t":        32, // __kernel_uid32_t: unsigned int

	"enum landlock_rule_type": 32,

	"compat_aio_context_t": 32, // compat_ulong_t
	"compat_long_t":        32,
	"compat_mode_t":        32, // u16 on some machines, u32 on others
	"compat_off_t":         32,
	"compat_pid_t":         32,
	"compat_size_t":        32,
	"compat_ssize_t":       32,
	"compat_ulong_t":       32,

	"aio_context_t": 64, // __kernel_ulong_t
	"long":          64,
	"off_t":         64, // __kernel_long_t
	"old_sigset_t":  64, // unsigned long
	"size_t":        64,
	"uintptr_t":     64,
	"unsigned long": 64,

	"__u64":  64,
	"loff_t": 64,
	"u64":    64,

	"__sighandler_t":    64, // pointers
	"cap_user_data_t":   64,
	"cap_user_header_t": 64,
	"compat_uptr_t":     64,
}

// wide are the types of 64 bits on every machine, which take two registers of
// 32 bits, on some machines with one left free before them.
var wide = map[string]bool{"__u64": true, "loff_t": true, "u64": true}

// pairs are macros that stand for two arguments, the halves of a 64-bit one:
// include/linux/syscalls.h, include/asm-generic/compat.h and
// arch/arm64/kernel/sys32.c define them as u32, name##_lo, u32, name##_hi, or
// the other way round.
var pairs = map[string]bool{"SC_ARG64": true, "arg_u32p": true, "compat_arg_u64_dual": true}

// ctypeWidth returns the width of a C type. A pointer is never narrow.
func ctypeWidth(ctype string) (int, error) {
	if strings.Contains(ctype, "*") {
		return 64, nil
	}
	w, ok := ctypes[strings.TrimPrefix(ctype, "const ")]
	if !ok {
		return 0, fmt.Errorf("unknown type %q", ctype)
	}
	return w, nil
}
