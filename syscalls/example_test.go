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
