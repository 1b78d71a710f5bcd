package profile

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// The laws are those of the package comment, by their numbers. Where arguments
// matter, the calls are ones of which the kernel reads them as 64 bits whole:
// mremap's five, lseek's offset.

// laws returns the laws of the package comment by their numbers.
func laws(t *testing.T) map[string]string {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	number := regexp.MustCompile(`^ *(\d+)\. +(.*)`)
	law := ""
	for line := range strings.Lines(f.Doc.Text()) {
		if m := number.FindStringSubmatch(line); m != nil {
			law = m[1]
		} else if line != "\n" && !strings.HasPrefix(line, " ") {
			law = "" // the list has ended
		}
		if law != "" {
			list[law] += line
		}
	}
	return list
}

// TestLaws: there are thirteen laws, and each has a test of its name.
func TestLaws(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(in)
	}
	stated := laws(t)
	for n := 1; n <= max(13, len(stated)); n++ {
		law := strconv.Itoa(n)
		t.Run(law, func(t *testing.T) {
			named := regexp.MustCompile(`\nfunc TestLaw` + law + `[A-Z]\w*\(t `).MatchString(tests.String())
			if stated[law] == "" || !named {
				t.Errorf("law %s: doc.go has it: %v, a TestLaw%[1]s... is there: %v", law, stated[law] != "", named)
			}
		})
	}
}

func TestLaw1ABIs(t *testing.T) {
	const read = `"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`
	errno38 := policy.Errno(38)
	allow, off := policy.Allow, Enosys{Mode: EnosysOff}
	runLaw(t, []lawTest{
		{"the native one alone", `{"defaultAction": "SCMP_ACT_ERRNO", ` + read, Target{}, `
			x86_64 read(0) = ALLOW
			x86_64 write(0) = ERRNO(1)
			x86 read(0) = KILL_THREAD
			x32 read(0) = KILL_THREAD
			aarch64 read(0) = KILL_THREAD
			x86_64 -1() = ERRNO(1)
			x86_64 0x40000000() = KILL_THREAD
			x86_64 0x7fffffff() = KILL_THREAD
			x86_64 0x80000000() = KILL_THREAD
			x86_64 0xbfffffff() = KILL_THREAD
			x86_64 0xc0000000() = KILL_THREAD
			x86_64 0xfffffffe() = KILL_THREAD
			0x0 0() = KILL_THREAD
			0xdeadbeef 5() = KILL_THREAD`, ""},
		{"the native one though others are listed",
			`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], ` + read, Target{}, `
			x86_64 read(0) = ALLOW
			x86 read(0) = ALLOW
			x86 write(0) = ERRNO(1)
			x32 read(0) = KILL_THREAD`, ""},
		{"one twice", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X32", "SCMP_ARCH_X86_64", "SCMP_ARCH_X32"], ` + read, Target{}, `
			x86_64 read(0) = ALLOW
			x32 read(0) = ALLOW
			x32 write(0) = ERRNO(1)
			x86 read(0) = KILL_THREAD`, ""},
		{"archMap's first entry for it", `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
			{"architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"]},
			{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
			{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X32"]}], ` + read, Target{}, `
			x86_64 read(0) = ALLOW
			x86 read(0) = ALLOW
			x32 read(0) = KILL_THREAD`, ""},
		{"archMap without it", `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
			{"architecture": "SCMP_ARCH_X86", "subArchitectures": ["SCMP_ARCH_X86_64"]}], ` + read, Target{}, `
			x86_64 read(0) = ALLOW
			x86 read(0) = KILL_THREAD`, ""},
		{"archMap of another host", `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
			{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
			{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}], ` + read, Target{Arch: arch.AArch64}, `
			aarch64 read(0) = ALLOW
			arm read(0) = ALLOW
			x86_64 read(0) = KILL_THREAD`, ""},
		{"an empty archMap beside architectures", `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "architectures": ["SCMP_ARCH_X86"], ` + read, Target{}, `
			x86 read(0) = ALLOW`, ""},
		{"one that no kernel here runs", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_ARM", "SCMP_ARCH_X86"], ` + read, Target{}, `
			x86 read(0) = ALLOW
			arm read(0) = KILL_THREAD
			note foreign-abi same /architectures/0`, ""},
		{"two that no kernel here runs", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_ARM", "SCMP_ARCH_RISCV64"], ` + read, Target{}, `
			note foreign-abi same /architectures/0
			note foreign-abi same /architectures/1`, ""},
		{"one of a subarchitecture", `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
			{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_AARCH64"]}], ` + read, Target{}, `
			note foreign-abi same /archMap/0/subArchitectures/1`, ""},
		{"byte order", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_S390X"], ` + read, Target{}, `
			error byte-order /architectures/0`, ""},
		{"byte order of a machine that has both", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_MIPS", "SCMP_ARCH_MIPSEL64"], ` + read, Target{Arch: arch.MIPSEL}, `
			error byte-order /architectures/0`, ""},
		{"byte order twice", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_S390X", "SCMP_ARCH_PPC"], ` + read, Target{}, `
			error byte-order /architectures/0
			error byte-order /architectures/1`, ""},
		{"another answer to other ABIs", `{"defaultAction": "SCMP_ACT_TRAP", ` + read, Target{BadArch: &errno38}, `
			x86_64 write(0) = TRAP
			x86 read(0) = ERRNO(38)
			x32 read(0) = ERRNO(38)
			0xdeadbeef 5() = ERRNO(38)`, ""},
		{"even ALLOW", `{"defaultAction": "SCMP_ACT_TRAP", ` + read, Target{BadArch: &allow, AcceptWeaker: true}, `
			note bad-arch weaker 
			x86 read(0) = ALLOW
			x86_64 -1() = TRAP`, ""},
		{"which a default of ALLOW is not", `{"defaultAction": "SCMP_ACT_ALLOW"}`, Target{}, `
			x86_64 read(0) = ALLOW
			x86_64 -1() = ALLOW
			x86_64 0x80000000() = KILL_THREAD
			x86_64 0xfffffffe() = KILL_THREAD
			x32 read(0) = KILL_THREAD
			x86 read(0) = KILL_THREAD`, ""},
		{"x32", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X32"], "syscalls": [
			{"names": ["execve"], "action": "SCMP_ACT_ALLOW"}]}`, Target{Arch: arch.X86_64}, `
			x86_64 59() = ALLOW
			x86_64 0x40000208() = ALLOW
			x86_64 520() = ERRNO(38)
			x86_64 0x4000003b() = ERRNO(1)`, ""},
		{"x32 beside x86_64", `{"defaultAction": "SCMP_ACT_TRAP", "architectures": ["SCMP_ARCH_X32"], ` + read, Target{}, `
			x86_64 read(0) = ALLOW
			x86_64 0x40000000() = ALLOW
			x86_64 0x40000001() = TRAP
			x86_64 0x80000000() = TRAP
			x86_64 0xc0000000() = TRAP
			x86_64 -1() = TRAP
			x86 read(0) = KILL_THREAD`, ""},
		// Docker's loader knows these hosts by other names than archMap's and passes
		// archMap over on them, which no text says.
		{"archMap on mipsel", `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
			{"architecture": "SCMP_ARCH_MIPSEL", "subArchitectures": ["SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32"]}], ` + read, Target{Arch: arch.MIPSEL}, `
			mipsel read(0) = ALLOW
			mipsel64 read(0) = ALLOW
			mipsel64n32 read(0) = ALLOW`, ""},
		{"archMap on loongarch64", `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [
			{"architecture": "SCMP_ARCH_LOONGARCH64", "subArchitectures": null}], ` + read, Target{Arch: arch.LoongArch64}, `
			loongarch64 read(0) = ALLOW`, ""},
		{"x32 as the native one", `{"defaultAction": "SCMP_ACT_ERRNO", ` + read, Target{Arch: arch.X32}, `
			x32 read(0) = ALLOW
			x86_64 -1() = ERRNO(38)
			x86_64 read(0) = KILL_THREAD
			x86_64 0x80000000() = KILL_THREAD`, ""},
		{"n32, n64 and o32", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPS"], ` + read, Target{Arch: arch.MIPS64}, `
			mips64 5000() = ALLOW
			mips64n32 6000() = ALLOW
			mips 4003() = ALLOW
			mips 5000() = ALLOW
			mips 6000() = ALLOW
			mips64 4003() = ALLOW
			mips64n32 4003() = ALLOW
			mips64 4004() = ERRNO(89)
			mips64 3() = ERRNO(1)
			mips64 7000() = ERRNO(89)
			mipsel 4003() = KILL_THREAD`, `
			mips64 5000() = ALLOW
			mips64n32 6000() = ALLOW
			mips 4003() = ALLOW
			mips 5000() = ERRNO(89)
			mips64 4003() = ERRNO(1)
			mips64 6000() = ERRNO(89)
			mips64 3() = ERRNO(1)
			mipsel 4003() = KILL_THREAD`},
		// unshare is 4303 for o32, 5262 for n64 and 6266 for n32.
		{"n64 alone", rules("ALLOW", "unshare -> ERRNO(1)"), Target{Arch: arch.MIPS64, Enosys: off}, `
			mips64 5262() = ERRNO(1)
			mips64 4303() = KILL_THREAD
			mips64 6266() = KILL_THREAD
			mips64 3999() = ALLOW
			mips64 4000() = KILL_THREAD
			mips64 4999() = KILL_THREAD
			mips64 5999() = ALLOW
			mips64 6999() = KILL_THREAD
			mips64 7000() = ALLOW
			mips64 -1() = ALLOW
			mips 4303() = KILL_THREAD`, `
			mips64 5262() = ERRNO(1)
			mips64 4303() = ALLOW
			mips64 6266() = ALLOW
			mips 4303() = KILL_THREAD
			note number-range weaker`},
		{"o32 alone", rules("ALLOW", "unshare -> ERRNO(1)"), Target{Arch: arch.MIPSEL, Enosys: off}, `
			mipsel 4303() = ERRNO(1)
			mipsel 5262() = KILL_THREAD
			mipsel 6266() = KILL_THREAD
			mipsel 303() = ALLOW`, `
			mipsel 4303() = ERRNO(1)
			mipsel 5262() = ALLOW
			note number-range weaker`},
		{"n32 with n64", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_MIPS64"], "syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}`, Target{Arch: arch.MIPS64N32, Enosys: off, BadArch: &errno38}, `
			mips64n32 6266() = ERRNO(1)
			mips64n32 5262() = ERRNO(1)
			mips64n32 4303() = ERRNO(38)
			mips64 6266() = ERRNO(1)
			mips64 5263() = ALLOW
			mips64 4303() = ERRNO(38)`, `
			mips64n32 6266() = ERRNO(1)
			mips64n32 5262() = ALLOW
			mips64n32 4303() = ALLOW
			mips64 6266() = ALLOW
			note number-range weaker`},
		// Before Linux 5.4 one table serves the numbers of both ABIs: 520 is x32's
		// execve, and 0x4000003b x86_64's.
		{"x32's calls by x86_64's numbers", rules("ALLOW", "execve -> ERRNO(1)"), Target{Arch: arch.X86_64, Enosys: off, Kernel: syscalls.Version{Major: 5, Minor: 3}}, `
			x86_64 59() = ERRNO(1)
			x86_64 520() = KILL_THREAD
			x86_64 512() = KILL_THREAD
			x86_64 547() = KILL_THREAD
			x86_64 511() = ALLOW
			x86_64 548() = ALLOW`, `
			x86_64 59() = ERRNO(1)
			x86_64 520() = ALLOW
			note number-range weaker`},
		{"no more from 5.4 on", rules("ALLOW", "execve -> ERRNO(1)"), Target{Arch: arch.X86_64, Enosys: off, Kernel: syscalls.Version{Major: 5, Minor: 4}}, `
			x86_64 59() = ERRNO(1)
			x86_64 520() = ALLOW`, ""},
		{"both by both's numbers", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X32"], "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}`, Target{Arch: arch.X86_64, Enosys: off, Kernel: syscalls.Version{Major: 4, Minor: 19}}, `
			x86_64 59() = ERRNO(1)
			x32 execve() = ERRNO(1)
			x86_64 520() = KILL_THREAD
			x86_64 0x4000003b() = KILL_THREAD
			x86_64 0x40000000() = ALLOW`, `
			x86_64 59() = ERRNO(1)
			x32 execve() = ERRNO(1)
			x86_64 520() = ALLOW
			x86_64 0x4000003b() = ALLOW
			note number-range weaker`},
		{"a default that refuses them already", rules("ERRNO(1)", "read -> ALLOW"), Target{Arch: arch.X86_64, Enosys: off, Kernel: syscalls.Version{Major: 5, Minor: 3}}, `
			x86_64 520() = ERRNO(1)`, ""},
		{"no target", `{"defaultAction": "SCMP_ACT_ERRNO"}`, Target{Arch: 99}, `
			error target`, ""},
	})
}

// TestArchesOrder: the native ABI is first, the others follow as listed.
func TestArchesOrder(t *testing.T) {
	pol, err := resolveText(`{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X32", "SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]}`, Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	var got []arch.Arch
	for _, a := range pol.policy.Arches {
		got = append(got, a.Arch)
	}
	if diff := cmp.Diff([]arch.Arch{arch.X86_64, arch.X32, arch.X86}, got); diff != "" {
		t.Errorf("Resolve's Arches (-want +got):\n%s", diff)
	}
}

func TestLaw4Names(t *testing.T) {
	const entry = `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [{"names": `
	runLaw(t, []lawTest{
		{"of one ABI", rules("ERRNO(1)", "chown32 -> ALLOW", "read -> ALLOW"), Target{Arch: arch.X86_64}, `
			x86_64 read(0) = ALLOW
			x86_64 212() = ERRNO(38)`, ""},
		{"of another ABI of the filter", entry + `["chown32", "arch_prctl"], "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `
			x86 212() = ALLOW
			x86_64 158() = ALLOW
			x86_64 92() = ERRNO(1)`, ""},
		{"of no ABI, permissive", rules("ERRNO(1)", "raed -> ALLOW"), Target{}, `
			x86_64 read(0) = ERRNO(1)
			note unknown-call stricter /syscalls/0/names/0`, ""},
		{"of no ABI, strict", rules("ALLOW", "raed -> ERRNO(1)"), Target{}, `
			refused unknown-call /syscalls/0/names/0`, `
			x86_64 read(0) = ALLOW
			note unknown-call weaker /syscalls/0/names/0`},
		{"of no ABI, as strict as the default", rules("ERRNO(1)", "raed -> ERRNO(2)"), Target{}, `
			refused unknown-call /syscalls/0/names/0`, `
			x86_64 read(0) = ERRNO(1)
			note unknown-call weaker /syscalls/0/names/0`},
		{"of no ABI, strict, accepted", rules("ALLOW", "raed -> ERRNO(1)"), Target{AcceptWeaker: true}, `
			note unknown-call weaker /syscalls/0/names/0`, ""},
		{"of no ABI, on two ABIs", entry + `["read", "rea", "raed"], "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `
			x86_64 read(0) = ALLOW
			x86 read(0) = ALLOW
			note unknown-call stricter /syscalls/0/names/1
			note unknown-call stricter /syscalls/0/names/2`, ""},
		{"exact", entry + `["READ", " read", "read ", "__NR_read", "0"], "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `
			x86_64 read(0) = ERRNO(1)
			note unknown-call stricter /syscalls/0/names/0
			note unknown-call stricter /syscalls/0/names/1
			note unknown-call stricter /syscalls/0/names/2
			note unknown-call stricter /syscalls/0/names/3
			note unknown-call stricter /syscalls/0/names/4`, ""},
		{"twice", entry + `["read", "read"], "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `
			x86_64 read(0) = ALLOW
			note redundant same /syscalls/0/names/1`, ""},
		{"in the old format", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"name": "raed", "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `
			note unknown-call stricter /syscalls/0/name`, ""},
	})
}

func TestLaw8Comparisons(t *testing.T) {
	runLaw(t, []lawTest{
		{"==", rules("ERRNO(1)", "lseek if a1 == 0xffffffff -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0xffffffff) = ALLOW
			x86_64 lseek(0, -1) = ERRNO(1)
			x86_64 lseek(0, 0x1ffffffff) = ERRNO(1)
			x86_64 lseek(0xffffffff, 0) = ERRNO(1)`, ""},
		{"== of all bits", rules("ERRNO(1)", "mremap if a1 == 0xffffffffffffffff -> ALLOW"), Target{}, `
			x86_64 mremap(0, -1) = ALLOW
			x86_64 mremap(0, 0xffffffff) = ERRNO(1)`, ""},
		{"!=", rules("ERRNO(1)", "lseek if a1 != 0x100000000 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0) = ALLOW
			x86_64 lseek(0, 0x100000000) = ERRNO(1)
			x86_64 lseek(0, 0x100000001) = ALLOW`, ""},
		{"<", rules("ERRNO(1)", "lseek if a1 < 10 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 9) = ALLOW
			x86_64 lseek(0, 10) = ERRNO(1)
			x86_64 lseek(0, -1) = ERRNO(1)
			x86_64 lseek(0, 0x100000009) = ERRNO(1)`, ""},
		{"< 0", rules("ERRNO(1)", "lseek if a1 < 0 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0) = ERRNO(1)
			x86_64 lseek(0, -1) = ERRNO(1)`, ""},
		{"<=", rules("ERRNO(1)", "mremap if a1 <= 0x200000000 -> ALLOW"), Target{}, `
			x86_64 mremap(0, 0x1ffffffff) = ALLOW
			x86_64 mremap(0, 0x200000000) = ALLOW
			x86_64 mremap(0, 0x200000001) = ERRNO(1)
			x86_64 mremap(0, 0x300000000) = ERRNO(1)`, ""},
		{">", rules("ERRNO(1)", "lseek if a1 > 0 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0) = ERRNO(1)
			x86_64 lseek(0, 1) = ALLOW
			x86_64 lseek(0, 0x100000000) = ALLOW
			x86_64 lseek(0, -1) = ALLOW`, ""},
		{"> of all bits", rules("ERRNO(1)", "lseek if a1 > 0xffffffffffffffff -> ALLOW"), Target{}, `
			x86_64 lseek(0, -1) = ERRNO(1)`, ""},
		{">=", rules("ERRNO(1)", "lseek if a1 >= 0x8000000000000000 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0x7fffffffffffffff) = ERRNO(1)
			x86_64 lseek(0, 0x8000000000000000) = ALLOW
			x86_64 lseek(0, -1) = ALLOW`, ""},
		{"under a mask", rules("ERRNO(1)", "lseek if a1 & 0xff00000000 == 0x100000000 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0x100000000) = ALLOW
			x86_64 lseek(0, 0xffffff01ffffffff) = ALLOW
			x86_64 lseek(0, 0x1100000000) = ERRNO(1)
			x86_64 lseek(0, 1) = ERRNO(1)`, ""},
		{"under a mask that misses bits of the datum", rules("ERRNO(1)", "lseek if a1 & 0xff == 0x105 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 5) = ALLOW
			x86_64 lseek(0, 0x205) = ALLOW
			x86_64 lseek(0, 0x104) = ERRNO(1)
			note mask-bits same /syscalls/0/args/0`, ""},
		{"under no mask", rules("ERRNO(1)", "lseek if a1 & 0 == 0 -> ALLOW"), Target{}, `
			x86_64 lseek(0, 0) = ALLOW
			x86_64 lseek(0, -1) = ALLOW`, ""},
		{"valueTwo of other operators", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_ALLOW",
			"args": [{"index": 1, "value": 5, "valueTwo": 7, "op": "SCMP_CMP_EQ"}]}]}`, Target{}, `
			x86_64 lseek(0, 5) = ALLOW
			x86_64 lseek(0, 7) = ERRNO(1)
			note value-two same /syscalls/0/args/0/valueTwo`, ""},
		{"no value", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_ALLOW",
			"args": [{"index": 1, "op": "SCMP_CMP_EQ"}]}]}`, Target{}, `
			x86_64 lseek(0, 0) = ALLOW
			x86_64 lseek(0, 1) = ERRNO(1)
			note no-value same /syscalls/0/args/0`, ""},
	})
}

func TestLaw12Emptiness(t *testing.T) {
	runLaw(t, []lawTest{
		{"an empty object", `{}`, Target{}, `error empty`, ""},
		{"null", `null`, Target{}, `error empty`, ""},
		{"an array", `[]`, Target{}, `error empty`, ""},
		{"no syscalls", `{"architectures": ["SCMP_ARCH_X86"]}`, Target{}, `error empty`, ""},
		{"syscalls null", `{"syscalls": null}`, Target{}, `error empty`, ""},
		{"syscalls empty", `{"defaultAction": null, "syscalls": []}`, Target{}, `error empty`, ""},
		{"an action of no name", `{"defaultAction": "", "syscalls": []}`, Target{}, `error empty`, ""},
		{"syscalls and no default", `{"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `error missing`, ""},
		{"a config.json without the section", `{"ociVersion": "1.0.2", "linux": {}}`, Target{}, `error empty /linux/seccomp`, ""},
		{"a config.json with a section of null", `{"ociVersion": "1.0.2", "linux": {"seccomp": null}}`, Target{}, `error empty /linux/seccomp`, ""},
		{"a config.json without linux", `{"ociVersion": "1.0.2"}`, Target{}, `error empty /linux`, ""},
		{"a config.json with an empty section", `{"linux": {"seccomp": {}}}`, Target{}, `error empty /linux/seccomp`, ""},
		{"a default alone", `{"defaultAction": "SCMP_ACT_ALLOW"}`, Target{Kernel: syscalls.Version{Major: 6, Minor: 18}}, `
			x86_64 read(0) = ALLOW
			x86 read(0) = KILL_THREAD`, ""},
	})
}
