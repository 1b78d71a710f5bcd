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

// A Filter is a program that the kernel accepts, with what it was made from. It
// is immutable and safe for concurrent use. A nil Filter is as the zero value: it
// has no instructions, and answers KILL_PROCESS to every call.
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

// Insns returns the instructions, for install.Filter or any other way into the
// kernel. The slice is the caller's.
func (f *Filter) Insns() []bpf.RawInstruction { return slices.Clone(f.orZero().insns) }

// Flags returns the flags that seccomp(2) should get, SECCOMP_FILTER_FLAG_*, for
// install.Options. They are 0 for a program that Load took.
func (f *Filter) Flags() uint {
	var flags uint
	if f != nil && f.policy != nil {
		for _, g := range f.policy.Flags {
			flags |= uint(g)
		}
	}
	return flags
}

// Policy returns the policy that the filter carries out, nil for a program that
// Load took. It must not be changed.
func (f *Filter) Policy() *policy.Policy { return f.orZero().policy }

// Run returns what the program answers to a call, as the kernel would run it. It
// needs no kernel: this is for unit tests of profiles.
func (f *Filter) Run(c syscalls.Call) policy.Action {
	ret, _ := f.prog().Run(c)
	return policy.Action(ret)
}

// Steps returns how many instructions the kernel executes for a call when it has
// not cached the answer.
func (f *Filter) Steps(c syscalls.Call) int {
	_, steps := f.prog().Run(c)
	return steps
}

// Cached reports whether the kernel, from Linux 5.11 on, answers the call's
// number from its cache of always-allowed calls without running the program, as
// far as that depends on the program: the kernel has such a cache for x86_64 and
// x86, aarch64 and arm and some others, not for x32, and only for numbers that
// it knows (kernel/seccomp.c, seccomp_cache_prepare).
func (f *Filter) Cached(c syscalls.Call) bool { return f.prog().Cached(c.Audit, c.Nr) }

// String returns the program as a listing: number, code, jt, jf, k and meaning,
// an instruction a line.
func (f *Filter) String() string {
	return f.prog().List(func(ret uint32) string { return policy.Action(ret).String() })
}

// Load takes a program from elsewhere, for a machine whose native ABI is a.
// The error says why the kernel would not accept it.
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

// Bytes returns the program as an array of struct sock_filter in the byte order
// of the target: what a runtime puts into memory there.
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

// LoadBytes is Load for the form that Bytes returns.
func LoadBytes(raw []byte, a arch.Arch) (*Filter, error) {
	if !a.Valid() {
		return nil, fmt.Errorf("a program for no ABI")
	}
	if len(raw)%insnSize != 0 {
		return nil, fmt.Errorf("%d bytes are no array of struct sock_filter (8 bytes each)", len(raw))
	}
	order := a.ByteOrder()
	insns := make([]bpf.RawInstruction, len(raw)/insnSize)
	for i := range insns {
		b := raw[i*insnSize:]
		insns[i] = bpf.RawInstruction{Op: order.Uint16(b), Jt: b[2], Jf: b[3], K: order.Uint32(b[4:])}
	}
	return Load(insns, a)
}
