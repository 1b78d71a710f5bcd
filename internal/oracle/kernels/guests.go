package main

import (
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A guest is a kernel of Debian's on a machine that QEMU emulates.
type guest struct {
	name   string // its ABI, and the release unless it is the newest
	suite  string // of Debian, a key of suites
	deb    string // the architecture there
	kernel string // a pattern of the package's name; the highest version is taken
	goarch string
	compat []string // GOARCHes of programs of other ABIs that the kernel executes, too

	qemu    string // the command, without what all have
	console string // the kernel's name of it, and further parameters
	short   bool
}

// guests are those of the table. 6.12 panics on x86_64 under QEMU 7.2. The pseries machine of QEMU cannot
// have some mitigations of POWER9 without KVM. x86's timer seems broken where QEMU waits for a processor.
var guests = []guest{
	{"x86_64-5.10", "bullseye", "amd64", `linux-image-5\.10\.[0-9-]+-amd64`, "amd64", []string{"386"},
		"qemu-system-x86_64 -M pc -cpu max", "ttyS0 no_timer_check", true},
	{"x86_64", "sid", "amd64", `linux-binary-[0-9.]+\+deb[0-9]+-amd64`, "amd64", []string{"386"},
		"qemu-system-x86_64 -M pc -cpu max", "ttyS0 no_timer_check", true},
	{"x86-5.10", "bullseye", "i386", `linux-image-5\.10\.[0-9-]+-686-pae`, "386", nil,
		"qemu-system-i386 -M pc -cpu max", "ttyS0 no_timer_check", true},
	{"aarch64-5.10", "bullseye", "arm64", `linux-image-5\.10\.[0-9-]+-arm64`, "arm64", []string{"arm"},
		"qemu-system-aarch64 -M virt -cpu cortex-a72", "ttyAMA0", true},
	{"aarch64", "sid", "arm64", `linux-binary-[0-9.]+\+deb[0-9]+-arm64`, "arm64", []string{"arm"},
		"qemu-system-aarch64 -M virt -cpu cortex-a72", "ttyAMA0", false},
	{"arm", "sid", "armhf", `linux-binary-[0-9.]+\+deb[0-9]+-armmp`, "arm", nil,
		"qemu-system-arm -M virt,highmem=off -cpu cortex-a15", "ttyAMA0", true},
	{"s390x", "sid", "s390x", `linux-binary-[0-9.]+\+deb[0-9]+-s390x`, "s390x", nil,
		"qemu-system-s390x -M s390-ccw-virtio", "ttysclp0", true},
	{"ppc64le", "sid", "ppc64el", `linux-binary-[0-9.]+\+deb[0-9]+-powerpc64le`, "ppc64le", nil,
		"qemu-system-ppc64 -M pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken -cpu power9 -vga none", "hvc0", true},
	{"riscv64", "sid", "riscv64", `linux-binary-[0-9.]+\+deb[0-9]+-riscv64`, "riscv64", nil,
		"qemu-system-riscv64 -M virt", "ttyS0", true},
	{"mipsel64-6.1", "bookworm", "mips64el", `linux-image-6\.1\.[0-9-]+-5kc-malta`, "mips64le", []string{"mipsle"},
		"qemu-system-mips64el -M malta -cpu 5KEc", "ttyS0", true},
	{"mipsel-6.1", "bookworm", "mipsel", `linux-image-6\.1\.[0-9-]+-4kc-malta`, "mipsle", nil,
		"qemu-system-mipsel -M malta -cpu 24Kf", "ttyS0", true},
}

// suites are where: sid has the newest kernels, bullseye has 5.10, and bookworm was the
// last release for mips64el. The others may have newer sources.
var suites = map[string]string{
	"sid":      "http://deb.debian.org/debian sid",
	"bullseye": "http://deb.debian.org/debian bullseye",
	"bookworm": "http://deb.debian.org/debian bookworm",

	"experimental": "http://deb.debian.org/debian experimental",
	"backports":    "http://deb.debian.org/debian stable-backports",
}

// command returns the words that boot the guest.
func (g guest) command(kernel, initrd string) []string {
	words := strings.Fields(g.qemu + " -m 1024 -nographic -no-reboot -net none")
	return append(words, "-kernel", kernel, "-initrd", initrd,
		"-append", "console="+g.console+" panic=-1 loglevel=3 printk.devkmsg=on rootfstype=ramfs") // tmpfs would have half of the memory
}

// abi returns that of GOARCH, which is one of the guest's.
func (g guest) abi(goarch string) arch.Arch {
	a, err := arch.Parse(goarch)
	if err != nil {
		panic(err)
	}
	return a
}

// column returns the name in the table of the guest's programs for GOARCH.
func (g guest) column(goarch string) string {
	if goarch == g.goarch {
		return g.name
	}
	return g.name + "/" + g.abi(goarch).String()
}
