package arch

const scmpPrefix = "SCMP_ARCH_"

// A family is the set of ABIs that one kernel can serve.
type family uint8

const (
	familyX86 family = iota + 1
	familyARM
	familyLoongArch
	familyM68K
	familyMIPS
	familyMIPSEL
	familyPARISC
	familyPPC
	familyPPCLE
	familyRISCV
	familyS390
	familySH
	familySHEB
)

// A row is what is known of one ABI.
type row struct {
	name   string // libseccomp's name, in capitals the SCMP_ARCH_ one
	docker string // moby, profiles/seccomp: goToNative; "" where it has none
	common string // libseccomp-golang: ScmpArch.String; "" where it is Docker's
	goarch string
	audit  uint32 // include/uapi/linux/audit.h
	bits   int
	big    bool   // big-endian
	base   uint32 // arch/mips/include/uapi/asm/unistd.h, arch/x86/include/uapi/asm/unistd.h
	family family

	// Numbers apart from the ordinary range, see Special:
	// arch/x86/entry/syscalls/syscall_64.tbl, arch/arm/include/uapi/asm/unistd.h.
	specialLo, specialHi uint32
}

var table = [...]row{
	0:           {name: "invalid"},
	X86:         {name: "x86", docker: "x86", goarch: "386", audit: 0x40000003, bits: 32, family: familyX86},
	X86_64:      {name: "x86_64", docker: "amd64", goarch: "amd64", audit: 0xc000003e, bits: 64, family: familyX86},
	X32:         {name: "x32", docker: "x32", audit: 0xc000003e, bits: 32, base: X32Bit, family: familyX86, specialLo: X32Bit + 512, specialHi: X32Bit + 547},
	ARM:         {name: "arm", docker: "arm", goarch: "arm", audit: 0x40000028, bits: 32, family: familyARM, specialLo: 0xf0001, specialHi: 0xf0006},
	AArch64:     {name: "aarch64", docker: "arm64", goarch: "arm64", audit: 0xc00000b7, bits: 64, family: familyARM},
	LoongArch64: {name: "loongarch64", docker: "loongarch64", common: "loong64", goarch: "loong64", audit: 0xc0000102, bits: 64, family: familyLoongArch},
	M68K:        {name: "m68k", common: "m68k", audit: 0x00000004, bits: 32, big: true, family: familyM68K},
	MIPS:        {name: "mips", common: "mips", goarch: "mips", audit: 0x00000008, bits: 32, big: true, base: 4000, family: familyMIPS},
	MIPSEL:      {name: "mipsel", docker: "mipsel", goarch: "mipsle", audit: 0x40000008, bits: 32, base: 4000, family: familyMIPSEL},
	MIPS64:      {name: "mips64", docker: "mips64", goarch: "mips64", audit: 0x80000008, bits: 64, big: true, base: 5000, family: familyMIPS},
	MIPSEL64:    {name: "mipsel64", docker: "mipsel64", goarch: "mips64le", audit: 0xc0000008, bits: 64, base: 5000, family: familyMIPSEL},
	MIPS64N32:   {name: "mips64n32", docker: "mips64n32", audit: 0xa0000008, bits: 32, big: true, base: 6000, family: familyMIPS},
	MIPSEL64N32: {name: "mipsel64n32", docker: "mips3l64n32", common: "mipsel64n32", audit: 0xe0000008, bits: 32, base: 6000, family: familyMIPSEL},
	PARISC:      {name: "parisc", common: "parisc", audit: 0x0000000f, bits: 32, big: true, family: familyPARISC},
	PARISC64:    {name: "parisc64", common: "parisc64", audit: 0x8000000f, bits: 64, big: true, family: familyPARISC},
	PPC:         {name: "ppc", docker: "ppc", audit: 0x00000014, bits: 32, big: true, family: familyPPC},
	PPC64:       {name: "ppc64", docker: "ppc64", goarch: "ppc64", audit: 0x80000015, bits: 64, big: true, family: familyPPC},
	PPC64LE:     {name: "ppc64le", docker: "ppc64le", goarch: "ppc64le", audit: 0xc0000015, bits: 64, family: familyPPCLE},
	RISCV64:     {name: "riscv64", docker: "riscv64", goarch: "riscv64", audit: 0xc00000f3, bits: 64, family: familyRISCV},
	S390:        {name: "s390", docker: "s390", audit: 0x00000016, bits: 32, big: true, family: familyS390},
	S390X:       {name: "s390x", docker: "s390x", goarch: "s390x", audit: 0x80000016, bits: 64, big: true, family: familyS390},
	SH:          {name: "sh", common: "sh", audit: 0x4000002a, bits: 32, family: familySH},
	SHEB:        {name: "sheb", common: "sheb", audit: 0x0000002a, bits: 32, big: true, family: familySHEB},
}

// otherNames are what Parse takes beside the table's columns: the machine names
// of uname -m (each arch's setup code sets UTS_MACHINE or init_utsname()->machine)
// and Go's reserved names for ABIs without a port.
var otherNames = [...]struct {
	name string
	arch Arch
}{
	{"i386", X86},
	{"i486", X86},
	{"i586", X86},
	{"i686", X86},
	{"amd64p32", X32},
	{"armv5tejl", ARM},
	{"armv5tel", ARM},
	{"armv6l", ARM},
	{"armv7l", ARM},
	{"armv8l", ARM},
	{"mips64p32", MIPS64N32},
	{"mips64p32le", MIPSEL64N32},
	{"sh2", SH},
	{"sh2a", SH},
	{"sh3", SH},
	{"sh4", SH},
	{"sh4a", SH},
	{"sh2eb", SHEB},
	{"sh2aeb", SHEB},
	{"sh3eb", SHEB},
	{"sh4eb", SHEB},
	{"sh4aeb", SHEB},
}
