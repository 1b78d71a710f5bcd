// Package abi holds the constants of the kernel's seccomp interface for every
// GOOS, so that filters can be made and judged on machines that are not Linux.
// It imports nothing.
package abi

// Actions: the high half of the word that a filter returns
// (include/uapi/linux/seccomp.h, SECCOMP_RET_*). The low half is their data.
const (
	RetKillProcess = 0x80000000
	RetKillThread  = 0x00000000
	RetTrap        = 0x00030000
	RetErrno       = 0x00050000
	RetUserNotif   = 0x7fc00000
	RetTrace       = 0x7ff00000
	RetLog         = 0x7ffc0000
	RetAllow       = 0x7fff0000

	RetActionFull = 0xffff0000 // SECCOMP_RET_ACTION_FULL: the action's bits
	RetData       = 0x0000ffff // SECCOMP_RET_DATA: the data's bits
)

// MaxErrno is the largest errno that a refused call can return; the kernel
// caps larger data to it (kernel/seccomp.c, __seccomp_filter).
const MaxErrno = 4095

// Operations of seccomp(2) (include/uapi/linux/seccomp.h, SECCOMP_SET_MODE_FILTER
// and SECCOMP_GET_ACTION_AVAIL) and the mode of prctl(PR_SET_SECCOMP).
const (
	SetModeFilter  = 1
	GetActionAvail = 2
	ModeFilter     = 2
)

// Flags of SECCOMP_SET_MODE_FILTER (include/uapi/linux/seccomp.h,
// SECCOMP_FILTER_FLAG_*).
const (
	FlagTSync            = 1 << 0
	FlagLog              = 1 << 1
	FlagSpecAllow        = 1 << 2
	FlagNewListener      = 1 << 3
	FlagTSyncESRCH       = 1 << 4
	FlagWaitKillableRecv = 1 << 5
)

// MaxInsns is the greatest length of one filter
// (include/uapi/linux/bpf_common.h, BPF_MAXINSNS).
const MaxInsns = 4096

// MaxPath is the maximum length of all filters of a task together, in instructions as the
// kernel converts them. PerFilter is added for each of them except the newest
// (kernel/seccomp.c, MAX_INSNS_PER_PATH, seccomp_attach_filter).
const (
	MaxPath   = 1 << 15
	PerFilter = 4
)

// Offsets in struct seccomp_data (include/uapi/linux/seccomp.h), in bytes.
// The instruction pointer and the arguments are 64 bits wide in the byte order
// of the machine, so which of their two words is the low one depends on it.
const (
	DataNr   = 0
	DataArch = 4
	DataIP   = 8
	DataArgs = 16
	DataSize = 64
)

// Arch64Bit is set in the audit values of ABIs of 64 bits (include/uapi/linux/audit.h, __AUDIT_ARCH_64BIT).
const Arch64Bit = 0x80000000

// Arguments returns the arguments that the kernel takes from those that it shows of a call of an ABI: under one of
// 32 bits the upper halves are not part of them and can be anything. Those of MIPS's o32 have the signs on Linux 6.1
// (7.3 clears them: arch/mips/include/asm/syscall.h, mips_get_syscall_arg), and x86's have what a process of 64 bits
// has in its registers.
func Arguments(audit uint32, shown [6]uint64) [6]uint64 {
	if audit&Arch64Bit == 0 {
		for i := range shown {
			shown[i] &= 0xffffffff
		}
	}
	return shown
}

// Classic BPF (include/uapi/linux/bpf_common.h and filter.h). An instruction's
// code is the sum of its class and of that class's fields.
const (
	ClassLD   = 0x00
	ClassLDX  = 0x01
	ClassST   = 0x02
	ClassSTX  = 0x03
	ClassALU  = 0x04
	ClassJMP  = 0x05
	ClassRET  = 0x06
	ClassMISC = 0x07

	SizeW   = 0x00
	ModeIMM = 0x00
	ModeABS = 0x20
	ModeMEM = 0x60
	ModeLEN = 0x80

	OpADD = 0x00
	OpSUB = 0x10
	OpMUL = 0x20
	OpDIV = 0x30
	OpOR  = 0x40
	OpAND = 0x50
	OpLSH = 0x60
	OpRSH = 0x70
	OpNEG = 0x80
	OpXOR = 0xa0

	OpJA   = 0x00
	OpJEQ  = 0x10
	OpJGT  = 0x20
	OpJGE  = 0x30
	OpJSET = 0x40

	SrcK = 0x00
	SrcX = 0x08

	RvalK = 0x00
	RvalA = 0x10

	MiscTAX = 0x00
	MiscTXA = 0x80

	MemWords = 16 // BPF_MEMWORDS: the scratch memory M[0..15]
)
