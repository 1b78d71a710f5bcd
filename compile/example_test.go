package compile_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A unit test of a profile can compile it for another machine and run the filter.
func ExampleJSON() {
	text := []byte(`{
		"defaultAction": "SCMP_ACT_ERRNO",
		"syscalls": [
			{"names": ["read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW"},
			{"names": ["socket"], "action": "SCMP_ACT_ALLOW",
			 "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}
		]}`)
	f, err := compile.JSON(text, profile.Target{Arch: arch.AArch64}, compile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range []string{"aarch64 socket(1)", "aarch64 socket(2)", "aarch64 openat(-100)", "arm read()"} {
		call, err := syscalls.ParseCall(s)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(call, "=", f.Run(call))
	}
	// Output:
	// aarch64 socket(1) = ALLOW
	// aarch64 socket(2) = ERRNO(1)
	// aarch64 openat(-100) = ERRNO(1)
	// arm read() = KILL_THREAD
}

// String returns a listing with the names of calls.
func ExampleFilter_String() {
	text := []byte(`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["ptrace"], "action": "SCMP_ACT_ERRNO"}]}`)
	f, err := compile.JSON(text, profile.Target{Arch: arch.AArch64}, compile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(f)
	// Output:
	// line  code jt   jf   k
	// 0000: 0x20 0x00 0x00 0x00000004  A = arch
	// 0001: 0x15 0x00 0x04 0xc00000b7  if (arch != aarch64) goto 0006
	// 0002: 0x20 0x00 0x00 0x00000000  A = nr
	// 0003: 0x15 0x01 0x00 0x00000075  if (nr == 117 ptrace) goto 0005
	// 0004: 0x06 0x00 0x00 0x7fff0000  return ALLOW
	// 0005: 0x06 0x00 0x00 0x00050001  return ERRNO(1)
	// 0006: 0x06 0x00 0x00 0x00000000  return KILL_THREAD
}

// LoadBytes accepts filters from other compilers. This one allows all calls.
func ExampleLoadBytes() {
	f, err := compile.LoadBytes([]byte{6, 0, 0, 0, 0, 0, 0xff, 0x7f}, arch.X86_64)
	if err != nil {
		log.Fatal(err)
	}
	call, err := syscalls.ParseCall("x86_64 reboot()")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(f.Run(call))
	// Output: ALLOW
}

// A policy that is too large for one filter becomes a stack of several filters.
func ExampleSplit() {
	pol := &policy.Policy{Default: policy.Allow, BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{{Arch: arch.X86_64}}}
	for nr := range uint32(450) {
		for v := range uint64(12) { // refused for twelve values of argument 1
			pol.Arches[0].Rules = append(pol.Arches[0].Rules, policy.Rule{Nr: nr, Action: policy.Errno(1),
				Conds: []policy.Cond{{Arg: 1, Op: policy.EQ, Value: uint64(nr)*1000 + v*v}}})
		}
	}
	s, err := compile.Split(pol, compile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(s.Filters()), "filters")
	for _, text := range []string{"x86_64 close(0, 3004)", "x86_64 close(0, 3005)", "x86_64 sysinfo(0, 99081)"} {
		call, err := syscalls.ParseCall(text)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(call, "=", s.Run(call))
	}
	// install.Filter(s.Insns(), install.Options{Flags: s.Flags(), Before: s.Before()})

	// Output:
	// 3 filters
	// x86_64 close(0, 3004) = ERRNO(1)
	// x86_64 close(0, 3005) = ALLOW
	// x86_64 sysinfo(0, 0x18309) = ERRNO(1)
}

// A node agent lets the profile of a workload only tighten what the node allows, and hands
// the result to a runtime as a profile.
func ExamplePrint() {
	target := profile.Target{Arch: arch.X86_64}
	resolve := func(text string) *policy.Policy {
		p, err := profile.Parse([]byte(text), profile.ParseOptions{}) // or FromStruct(spec.Linux.Seccomp, ...)
		if err != nil {
			log.Fatal(err)
		}
		res, err := p.Resolve(target)
		if err != nil {
			log.Fatal(err)
		}
		return res.Policy()
	}
	node := resolve(`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["bpf"], "action": "SCMP_ACT_KILL_PROCESS"}]}`)
	pulled := resolve(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["read", "bpf"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_LT"}]}]}`)
	both, err := policy.Intersect(node, pulled)
	if err != nil {
		log.Fatal(err)
	}
	text, err := compile.Print(both)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.ReplaceAll(string(text), `{"names"`, "\n"+`{"names"`))
	// Output:
	// {"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86_64"],"syscalls":[
	// {"names":["read"],"action":"SCMP_ACT_ALLOW"},
	// {"names":["bpf"],"action":"SCMP_ACT_KILL_PROCESS"},
	// {"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":4294967294,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}]}]}
}
