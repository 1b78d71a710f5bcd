package compile

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
)

// A Filter is a program that the kernel accepts. It also holds the policy that the
// program was compiled from. A Filter is immutable and safe for concurrent use. A nil
// Filter means the same as the zero value: it has no instructions, and it answers
// KILL_PROCESS to every call.
type Filter struct {
	insns      []bpf.RawInstruction
	program    *vm.Program
	native     arch.Arch
	policy     *policy.Policy      // nil for a program that Load took
	resolution *profile.Resolution // of which the policy is; nil if it was given alone
	weights    Weights
	claims     []prove.Claim // where calls of many rules are
}

// orZero returns the filter, and for nil one that nothing has made.
func (f *Filter) orZero() *Filter {
	if f == nil {
		return &Filter{}
	}
	return f
}

// prog returns the program, and for a Filter that nothing has made one that kills.
func (f *Filter) prog() *vm.Program {
	if f == nil || f.program == nil {
		kills, _ := vm.New([]bpf.RawInstruction{{Op: abi.ClassRET, K: uint32(policy.KillProcess)}}, binary.LittleEndian)
		return kills
	}
	return f.program
}

// Insns returns the instructions, for install.Filter or another installer. The caller
// owns the slice.
func (f *Filter) Insns() []bpf.RawInstruction { return slices.Clone(f.orZero().insns) }

// Flags returns the flags to pass to seccomp(2), SECCOMP_FILTER_FLAG_*, for
// install.Options. They are 0 if the Filter comes from [Load].
func (f *Filter) Flags() uint {
	var flags uint
	if f != nil && f.policy != nil {
		for _, g := range f.policy.Flags {
			flags |= uint(g)
		}
	}
	return flags
}

// Policy returns the policy that the filter implements. It is nil if the Filter comes
// from [Load]. The caller owns it.
func (f *Filter) Policy() *policy.Policy { return f.orZero().policy.Clone() }

// Run returns the program's answer to a call, as the kernel would compute it. It does not
// use a kernel, so unit tests of profiles can call it anywhere.
func (f *Filter) Run(c syscalls.Call) policy.Action {
	ret, _ := f.prog().Run(c)
	return policy.Action(ret)
}

// Steps returns the number of instructions that the kernel executes for a call whose
// answer is not cached.
func (f *Filter) Steps(c syscalls.Call) int {
	_, steps := f.prog().Run(c)
	return steps
}

// Cached reports whether the program lets the kernel answer the call's number from its
// cache of always-allowed calls, which exists from Linux 5.11 on. The kernel then does
// not run the program. The kernel has such a cache on some ABIs, such as x86_64, x86,
// aarch64 and arm, but not on x32, and only for numbers that it knows (kernel/seccomp.c,
// seccomp_cache_prepare). Cached does not depend on the kernel.
func (f *Filter) Cached(c syscalls.Call) bool { return f.prog().Cached(c.Audit, c.Nr) }

// String returns a listing of the program, one instruction per line: line number, code,
// jt, jf, k and meaning.
func (f *Filter) String() string {
	return f.prog().List(func(ret uint32) string { return policy.Action(ret).String() })
}

// Load returns a Filter for a program that another compiler made, for a machine whose
// native ABI is a. The error says why the kernel would not accept the program.
func Load(insns []bpf.RawInstruction, a arch.Arch) (*Filter, error) {
	if !a.Valid() {
		return nil, fmt.Errorf("a program for no ABI")
	}
	prog, err := vm.New(insns, a.ByteOrder())
	if err != nil {
		return nil, err
	}
	return &Filter{insns: slices.Clone(insns), program: prog, native: a}, nil
}

// insnSize is the size of struct sock_filter (include/uapi/linux/filter.h).
const insnSize = 8

// Bytes returns the program as an array of struct sock_filter, in the target's byte
// order, as the kernel of the target reads it from memory.
func (f *Filter) Bytes() []byte {
	f = f.orZero()
	order := f.native.ByteOrder()
	out := make([]byte, len(f.insns)*insnSize)
	for i, in := range f.insns {
		b := out[i*insnSize:]
		order.PutUint16(b, in.Op)
		b[2], b[3] = in.Jt, in.Jf
		order.PutUint32(b[4:], in.K)
	}
	return out
}

// LoadBytes is like [Load], but takes the program in the form of [Filter.Bytes].
func LoadBytes(raw []byte, a arch.Arch) (*Filter, error) {
	if !a.Valid() {
		return nil, fmt.Errorf("a program for no ABI")
	}
	if len(raw)%insnSize != 0 {
		return nil, fmt.Errorf("%d bytes are not an array of struct sock_filter (8 bytes each)", len(raw))
	}
	order := a.ByteOrder()
	insns := make([]bpf.RawInstruction, len(raw)/insnSize)
	for i := range insns {
		b := raw[i*insnSize:]
		insns[i] = bpf.RawInstruction{Op: order.Uint16(b), Jt: b[2], Jf: b[3], K: order.Uint32(b[4:])}
	}
	return Load(insns, a)
}
