package arch_test

import (
	"fmt"

	"github.com/seccompile/seccompile/arch"
)

func ExampleParse() {
	for _, name := range []string{"SCMP_ARCH_X32", "amd64", "armv7l", "loong64", "aarch65"} {
		a, err := arch.Parse(name)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %s %#x, %d bits, %v\n", name, a, a.Audit(), a.Bits(), a.ByteOrder())
	}
	// Output:
	// SCMP_ARCH_X32: x32 0xc000003e, 32 bits, LittleEndian
	// amd64: x86_64 0xc000003e, 64 bits, LittleEndian
	// armv7l: arm 0x40000028, 32 bits, LittleEndian
	// loong64: loongarch64 0xc0000102, 64 bits, LittleEndian
	// unknown architecture "aarch65" (did you mean aarch64?)
}

// The audit value alone does not distinguish x86_64 and x32.
func ExampleOf() {
	for _, nr := range []uint32{1, arch.X32Bit | 1} {
		a, ok := arch.Of(0xc000003e, nr)
		fmt.Println(a, ok)
	}
	// Output:
	// x86_64 true
	// x32 true
}
