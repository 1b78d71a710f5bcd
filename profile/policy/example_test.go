package policy_test

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A runtime lists what it knows of seccomp, as in the output of runc features.
func Example_features() {
	fmt.Println(slices.Sorted(policy.ActionNames()))
	fmt.Println(slices.Sorted(policy.OpNames()))
	fmt.Println(slices.Sorted(policy.FlagNames()))
	for a := range arch.All() {
		if a.SameKernel(arch.X86_64) {
			fmt.Println(a.SCMP())
		}
	}
	// Output:
	// [SCMP_ACT_ALLOW SCMP_ACT_ERRNO SCMP_ACT_KILL SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL_THREAD SCMP_ACT_LOG SCMP_ACT_NOTIFY SCMP_ACT_TRACE SCMP_ACT_TRAP]
	// [SCMP_CMP_EQ SCMP_CMP_GE SCMP_CMP_GT SCMP_CMP_LE SCMP_CMP_LT SCMP_CMP_MASKED_EQ SCMP_CMP_NE]
	// [SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV]
	// SCMP_ARCH_X86
	// SCMP_ARCH_X86_64
	// SCMP_ARCH_X32
}

func ExamplePolicy_Decide() {
	pol := &policy.Policy{
		Default: policy.Errno(1),
		BadArch: policy.KillProcess,
		Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
			{Nr: 0, Action: policy.Allow}, // read
			{Nr: 41, Action: policy.Allow, Conds: []policy.Cond{{Arg: 0, Op: policy.EQ, Value: 1, Width: 32}}}, // socket(AF_UNIX)
		}}},
	}
	if err := pol.Check(); err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"x86_64 read()", "x86_64 socket(1)", "x86_64 socket(40)", "x86 read()"} {
		call, err := syscalls.ParseCall(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		action, _ := pol.Decide(call)
		fmt.Println(call, "=", action)
	}
	// Output:
	// x86_64 read() = ALLOW
	// x86_64 socket(1) = ALLOW
	// x86_64 socket(40) = ERRNO(1)
	// x86 read() = KILL_PROCESS
}

func ExamplePolicy_Check() {
	pol := &policy.Policy{Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{
		{Nr: 41, Action: policy.Allow, Conds: []policy.Cond{{Arg: 6, Op: policy.EQ}, {Arg: 0, Op: policy.EQ, Value: 1 << 32, Width: 32}}},
	}}}}
	fmt.Println(pol.Check())
	// Output:
	// Policy.Arches[0].Rules[0].Conds[0].Arg is 6 (a call has six arguments, 0 to 5)
	// Policy.Arches[0].Rules[0].Conds[1].Value is 0x100000000, which has bits beyond Width, 32 (delete them)
}

// A node may only tighten what a workload asks for: the answer is the stricter of both.
func ExampleIntersect() {
	list := func(def policy.Action, rules ...policy.Rule) *policy.Policy {
		return &policy.Policy{Default: def, Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: rules}}}
	}
	node := list(policy.Allow,
		policy.Rule{Nr: 41, Action: policy.Errno(1), Conds: []policy.Cond{{Arg: 0, Op: policy.GT, Value: 37, Width: 32}}}) // socket
	workload := list(policy.Errno(1),
		policy.Rule{Nr: 0, Action: policy.Allow}, // read
		policy.Rule{Nr: 41, Action: policy.Allow, Conds: []policy.Cond{{Arg: 0, Op: policy.NE, Value: 10, Width: 32}}})
	both, err := policy.Intersect(node, workload)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(both)
	// Output:
	// default ERRNO(1)
	// bad arch KILL_THREAD
	// x86_64
	//   0 call 0 -> ALLOW
	//   41 call 41 if a0:32 > 37 -> ERRNO(1)
	//   41 call 41 if a0:32 != 10 -> ALLOW
}
