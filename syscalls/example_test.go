package syscalls_test

import (
	"fmt"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

func ExampleNumber() {
	for _, a := range []arch.Arch{arch.X86_64, arch.X32, arch.AArch64, arch.MIPS64} {
		nr, ok := syscalls.Number(a, "open")
		fmt.Println(a, nr, ok)
	}
	// Output:
	// x86_64 2 true
	// x32 1073741826 true
	// aarch64 0 false
	// mips64 5002 true
}

func ExampleName() {
	for _, a := range []arch.Arch{arch.X86_64, arch.AArch64} {
		name, _ := syscalls.Name(a, 56)
		fmt.Println(a, name)
	}
	// Output:
	// x86_64 clone
	// aarch64 openat
}

func ExampleParseCall() {
	c, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%#x %d %#x\n", c.Audit, c.Nr, c.Args[0])
	c.Nr |= arch.X32Bit
	fmt.Println(c)
	// Output:
	// 0xc000003e 257 0xffffffffffffff9c
	// x32 openat(-100, 0, 2)
}

func ExampleAll() {
	for nr, name := range syscalls.All(arch.ARM) {
		if lo, hi, _ := arch.ARM.Special(); lo <= nr && nr <= hi {
			fmt.Printf("%#x %s\n", nr, name)
		}
	}
	// Output:
	// 0xf0001 breakpoint
	// 0xf0002 cacheflush
	// 0xf0003 usr26
	// 0xf0004 usr32
	// 0xf0005 set_tls
	// 0xf0006 get_tls
}

// The kernel reads the address family as an int. A filter that compares the whole register
// distinguishes two calls that do the same.
func ExampleWidth() {
	fmt.Println(syscalls.Width(arch.X86_64, "socket", 0))
	fmt.Println(syscalls.Width(arch.X86_64, "prctl", 1))
	fmt.Println(syscalls.Width(arch.X86_64, "chmod", 1))
	fmt.Println(syscalls.Width(arch.X86_64, "ptrace", 0), syscalls.Width(arch.X32, "ptrace", 0))
	// Output:
	// 32
	// 64
	// 16
	// 64 32
}

func ExampleSince() {
	for _, name := range []string{"clone3", "read"} {
		v, ok := syscalls.Since(arch.X86_64, name)
		fmt.Println(name, v, ok)
	}
	// Output:
	// clone3 5.3 true
	// read unknown false
}

func ExampleMux() {
	for _, a := range []arch.Arch{arch.X86, arch.X86_64} {
		nr, sub, ok := syscalls.Mux(a, "accept")
		fmt.Println(a, nr, sub, ok)
	}
	// Output:
	// x86 102 5 true
	// x86_64 0 0 false
}
