package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A program is how the probe is built for an ABI. probe/entry.h has its entry.
type program struct {
	abi    arch.Arch
	triple string // of Debian's compiler
	flags  string // that choose the ABI, and libraries
}

// programs are those for which Debian has a compiler. With more than -O0, gcc 12 for sh4 leaves
// reads of volatile variables out.
var programs = []program{
	{arch.X86_64, "x86_64-linux-gnu", ""},
	{arch.X86, "i686-linux-gnu", "-m32"},
	{arch.AArch64, "aarch64-linux-gnu", ""},
	{arch.ARM, "arm-linux-gnueabihf", "-marm"},
	{arch.LoongArch64, "loongarch64-linux-gnu", ""},
	{arch.M68K, "m68k-linux-gnu", ""},
	{arch.MIPS64, "mips64-linux-gnuabi64", "-mabi=64 -mno-abicalls -G0"},
	{arch.MIPS64N32, "mips64-linux-gnuabi64", "-mabi=n32 -mno-abicalls -G0"},
	{arch.MIPS, "mips64-linux-gnuabi64", "-mabi=32 -mno-abicalls -G0"},
	{arch.MIPSEL64, "mips64el-linux-gnuabi64", "-mabi=64 -mno-abicalls -G0"},
	{arch.MIPSEL64N32, "mips64el-linux-gnuabi64", "-mabi=n32 -mno-abicalls -G0"},
	{arch.MIPSEL, "mips64el-linux-gnuabi64", "-mabi=32 -mno-abicalls -G0"},
	{arch.PARISC, "hppa-linux-gnu", "-lgcc"},
	{arch.PPC64, "powerpc64-linux-gnu", "-mabi=elfv2"},
	{arch.PPC, "powerpc64-linux-gnu", "-m32"},
	{arch.PPC64LE, "powerpc64le-linux-gnu", ""},
	{arch.RISCV64, "riscv64-linux-gnu", ""},
	{arch.S390X, "s390x-linux-gnu", ""},
	{arch.S390, "s390x-linux-gnu", "-m31"},
	{arch.SH, "sh4-linux-gnu", "-O0"},
}

// programOf returns the program of an ABI.
func programOf(a arch.Arch) (program, error) {
	i := slices.IndexFunc(programs, func(p program) bool { return p.abi == a })
	if i < 0 {
		return program{}, fmt.Errorf("the probe has no entry for %s (add it to probe/entry.h and programs.go)", a)
	}
	return programs[i], nil
}

// own are the calls that the probe itself makes. Its source has their numbers as nr_NAME.
var own = strings.Fields("clone exit_group rt_sigaction wait4 write")

// owns returns the probe's own calls on an ABI, clone with each of its flags.
func owns(a arch.Arch) (calls []syscalls.Call, err error) {
	for _, name := range own {
		nr, ok := syscalls.Number(a, name)
		if !ok {
			return nil, fmt.Errorf("%s has no call %s", a, name)
		}
		c := syscalls.Call{Audit: a.Audit(), Nr: nr}
		if name != "clone" {
			calls = append(calls, c)
			continue
		}
		at := 0
		if a == arch.S390 || a == arch.S390X { // arch/s390/Kconfig, CLONE_BACKWARDS2
			at = 1
		}
		for _, flags := range []uint64{sigchld(a), 0x250f00} {
			c.Args[at] = flags
			calls = append(calls, c)
		}
	}
	return calls, nil
}

// sigchld returns the signal of a process that ends: include/uapi/asm/signal.h of the ABI.
func sigchld(a arch.Arch) uint64 {
	for _, prefix := range []string{"mips", "parisc"} {
		if strings.HasPrefix(a.String(), prefix) {
			return 18
		}
	}
	return 17
}

// compiler returns the compiler of a program on a host: gcc if it is the host's, and else
// Debian's name of it.
func (p program) compiler(host arch.Arch) string {
	if h, err := programOf(host); err == nil && h.triple == p.triple || host == arch.X86_64 && p.abi == arch.X86 {
		return "gcc"
	}
	return p.triple + "-gcc"
}

// build compiles a source of the probe at an address.
func (p program) build(compiler, source, to string, address uint64, flags ...string) error {
	if _, err := exec.LookPath(compiler); err != nil {
		return err
	}
	calls, err := owns(p.abi)
	if err != nil {
		return err
	}
	args := append(strings.Fields("-O1 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie -Wl,--build-id=none -Wl,-e,_start -Wall -Werror"),
		fmt.Sprintf("-Wl,-Ttext-segment=%#x", address), "-o", to)
	args = append(args, fmt.Sprintf("-Dsigchld=%d", sigchld(p.abi)))
	for _, c := range calls {
		args = append(args, fmt.Sprintf("-Dnr_%s=%d", nameOf(c), c.Nr))
	}
	args = append(append(args, flags...), source)
	args = append(args, strings.Fields(p.flags)...)
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", compiler, strings.Join(args, " "), err, out)
	}
	return nil
}
