package profile

import (
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A codeTest is an example of a fault or a note: a text, and the one thing that
// Parse or Resolve says of it.
type codeTest struct {
	code   Code
	in     string
	target Target // without Arch it is for x86_64
	want   string
}

var codeTests = []codeTest{
	{CodeSyntax, `{"defaultAction": SCMP_ACT_ALLOW}`, Target{},
		`1:19: /defaultAction: SCMP_ACT_ALLOW without quotes (write "SCMP_ACT_ALLOW")`},
	{CodeType, `{"defaultAction": 5}`, Target{},
		`1:19: /defaultAction: a number where a string should be (write it in quotes)`},
	{CodeTooLarge, strings.Repeat("[", 1000+1), Target{},
		`1:1001: /: more than 1000 arrays and objects inside each other (a profile has 6)`},
	{CodeDuplicateKey, top + `"flags": [], "flags": []}`, Target{},
		`2:14: /flags: key "flags" twice (decoders differ in which one counts: keep one)`},
	{CodeMissing, `{"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`, Target{},
		`1:1: /: no defaultAction (write the action for all other calls, such as "SCMP_ACT_ERRNO")`},
	{CodeEmpty, `{"ociVersion": "1.0.2", "linux": {}}`, Target{},
		`1:34: /linux/seccomp: the config.json has no linux.seccomp: its container would run unconfined (add the section)`},
	{CodeUnknownAction, `{"defaultAction": "SCMP_ACT_ALOW"}`, Target{},
		`1:19: /defaultAction: unknown action "SCMP_ACT_ALOW" (did you mean SCMP_ACT_ALLOW?)`},
	{CodeUnknownOp, one + `"args": [{"index": 0, "op": "SCMP_CMP_EQQ"}]}]}`, Target{},
		`3:29: /syscalls/0/args/0/op: unknown operator "SCMP_CMP_EQQ" (did you mean SCMP_CMP_EQ?)`},
	{CodeUnknownArch, top + `"archMap": [{"architecture": "SCMP_ARCH_AARCH46"}]}`, Target{},
		`2:30: /archMap/0/architecture: unknown architecture "SCMP_ARCH_AARCH46" (did you mean SCMP_ARCH_AARCH64?)`},
	{CodeUnknownFlag, top + `"flags": ["SECCOMP_FILTER_FLAG_SPEC_ALOW"]}`, Target{},
		`2:11: /flags/0: unknown flag "SECCOMP_FILTER_FLAG_SPEC_ALOW" (did you mean SECCOMP_FILTER_FLAG_SPEC_ALLOW?)`},
	{CodeUnknownErrno, `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSY"}`, Target{},
		`1:53: /defaultErrno: unknown errno "ENOSY" (did you mean ENOSYS?)`},
	{CodeArgIndex, one + `"args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}]}`, Target{},
		`3:20: /syscalls/0/args/0/index: argument index 6 (a call has six arguments, 0 to 5)`},
	{CodeErrno, `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 70000}`, Target{},
		`1:56: /defaultErrnoRet: errno 70000 is out of range (at most 4095)`},
	{CodeMinKernel, one + `"includes": {"minKernel": "4.8.1"}}]}`, Target{},
		`3:27: /syscalls/0/includes/minKernel: minKernel "4.8.1" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)`},
	{CodeNameAndNames, one + `"name": "write"}]}`, Target{},
		`3:9: /syscalls/0/name: name beside names (move it into names)`},
	{CodeArchesTwice, top + `"architectures": ["SCMP_ARCH_X86"], "archMap": [{"architecture": "SCMP_ARCH_X86"}]}`, Target{},
		`2:48: /archMap: both archMap and architectures (use one of them)`},
	{CodeBaseProfile, `{"kind": "SeccompProfile", "spec": {"defaultAction": "SCMP_ACT_ALLOW",` + "\n" + `"baseProfileName": "runc"}}`, Target{},
		`2:20: /spec/baseProfileName: the base profile "runc" is not merged into this text, so its entries are missing ("seccompile extend --dir" and ParseChain merge it; or merge it by hand, and delete the key)`},
	{CodeStrayKey, `{"defaultAction": "SCMP_ACT_ALLOW",` + "\n" + `"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}}}`, Target{},
		`1:2: /defaultAction: key "defaultAction" of a profile next to "linux", which contains the profile (readers differ in which one counts: move it there, or delete it)`},
	{CodeNotifyDefault, `{"defaultAction": "SCMP_ACT_NOTIFY"}`, Target{},
		`1:19: /defaultAction: NOTIFY cannot be the default: it would also stop the process that waits for the answers (name the calls)`},
	{CodeUnknownConst, one + `"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": "AF_UNIXX"}]}]}`, Target{},
		`3:53: /syscalls/0/args/0/value: unknown constant "AF_UNIXX" (did you mean AF_UNIX?)`},

	{CodeTarget, top + `"flags": []}`, Target{Arch: 99},
		`the target names no ABI (set Target.Arch, or start from Host)`},
	{CodeNoKernel, one + `"includes": {"minKernel": "4.8"}}]}`, Target{},
		`3:13: /syscalls/0/includes/minKernel: the entry depends on the kernel, and the target has none (say which one the filter is for: --kernel, or Target.Kernel)`},
	{CodeKernelTooOld, one + `"comment": ""}]}`, kernel(4, 13),
		`2:25: /syscalls/0/names/0: action LOG came with Linux 4.14, the target has 4.13`},
	{CodeByteOrder, top + `"architectures": ["SCMP_ARCH_S390X"]}`, Target{},
		`2:19: /architectures/0: s390x does not have the byte order of x86_64: one filter cannot serve both (leave it out for this target)`},
	{CodeSameArg, top + `"syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_LOG", "args": [` + "\n" +
		`{"index": 1, "value": 3, "op": "SCMP_CMP_GT"},` + "\n" + `{"index": 1, "value": 9, "op": "SCMP_CMP_LT"}]}]}`, Target{},
		`4:1: /syscalls/0/args/1: two conditions on argument 1 in one entry: in runc one of its conditions must hold, but the text reads as if all must (write an entry for each, or a single condition)`},
	{CodeContradiction, top + `"syscalls": [` + "\n" +
		`{"names": ["lseek"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 3, "op": "SCMP_CMP_GT"}]},` + "\n" +
		`{"names": ["lseek"], "action": "SCMP_ACT_TRAP", "args": [{"index": 1, "value": 3, "op": "SCMP_CMP_GT"}]}]}`, Target{},
		`4:12: /syscalls/1/names/0: lseek has two actions under the same condition: LOG at 3:12 and TRAP here (keep one of them)`},
	{CodeWaitKillable, top + `"flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}`, Target{},
		`2:10: /flags: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV without a NOTIFY rule: the kernel refuses it (delete the flag)`},
	{CodeNotifyWrite, top + `"syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}`, Target{Arch: arch.X86_64, Compat: CompatRunc},
		`2:14: /syscalls/0: NOTIFY on write: runc calls write before a supervisor can answer, and would hang (leave write out)`},
	{CodeNoConst, one + `"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": "F_GETLK64"}]}]}`, Target{},
		`3:10: /syscalls/0/args/0: x86_64 has no constant F_GETLK64 (leave that ABI out, or write a number)`},

	{CodeUnknownKey, top + `"sycalls": []}`, Target{},
		`2:1: /sycalls: unknown key "sycalls" (did you mean syscalls?) is ignored`},
	{CodeForeignKey, `{"linux": {"seccomp": ` + one + `"errno": "ENOSYS"}]}}}`, Target{},
		`3:1: /linux/seccomp/syscalls/0/errno: key "errno" belongs to another dialect and is ignored in that of oci`},
	{CodeOddKey, top + `"Syscalls": []}`, Target{},
		`2:1: /Syscalls: key "Syscalls" is read as "syscalls" (write it that way: other readers may ignore it)`},
	{CodeNoNames, `{"defaultAction": "SCMP_ACT_ERRNO",` + "\n" + `"syscalls": [{"names": [], "action": "SCMP_ACT_ALLOW"}]}`, Target{},
		`2:14: /syscalls/0: the entry names no call and does nothing`},
	{CodeNoIndex, one + `"args": [{"value": 1, "op": "SCMP_CMP_EQ"}]}]}`, Target{},
		`3:10: /syscalls/0/args/0: no index: the condition is on argument 0 (write it)`},
	{CodeNoValue, one + `"args": [{"index": 0, "op": "SCMP_CMP_NE"}]}]}`, Target{},
		`3:10: /syscalls/0/args/0: no value, which counts as 0 (write it)`},
	{CodeValueTwo, one + `"args": [{"index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_NE"}]}]}`, Target{},
		`3:47: /syscalls/0/args/0/valueTwo: valueTwo has no effect with SCMP_CMP_NE, which compares only with value`},
	{CodeErrnoTwice, `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "defaultErrnoRet": 1}`, Target{},
		`1:82: /defaultErrnoRet: this errno, 1, is ignored, since the errno by name, ENOSYS, takes precedence`},
	{CodeErrnoZero, `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 0}`, Target{},
		`1:56: /defaultErrnoRet: with errno 0, the call is not executed but appears to succeed`},
	{CodeErrnoUnused, `{"defaultAction": "SCMP_ACT_TRAP", "defaultErrnoRet": 1}`, Target{},
		`1:55: /defaultErrnoRet: SCMP_ACT_TRAP takes no errno; this one has no effect`},
	{CodeMaskBits, one + `"args": [{"index": 0, "value": 1, "valueTwo": 3, "op": "SCMP_CMP_MASKED_EQ"}]}]}`, Target{},
		`3:10: /syscalls/0/args/0: bits 0x2 of valueTwo are outside the mask, which is value, and are ignored (are the two exchanged?)`},
	{CodeNoVersion, one + `"includes": {"minKernel": ""}}]}`, Target{},
		`3:27: /syscalls/0/includes/minKernel: minKernel "" is older than every kernel: includes always holds, excludes always drops the entry`},
	{CodeFlagIgnored, top + `"flags": ["SECCOMP_FILTER_FLAG_TSYNC"]}`, Target{},
		`2:11: /flags/0: the flag is ignored: the program that installs the filter decides which threads get it`},
	{CodeMetadata, top + `"listenerMetadata": "x"}`, Target{},
		`2:21: /listenerMetadata: listenerMetadata has no effect without listenerPath`},
	{CodeUnknownCall, rules("ERRNO(1)", "opennat -> ALLOW"), Target{},
		`1:103: /syscalls/0/names/0: unknown system call "opennat" (did you mean openat?) is ignored`},
	{CodeUnknownCall, rules("ALLOW", "frobnicate -> ERRNO(1)"), Target{},
		`1:96: /syscalls/0/names/0: unknown system call "frobnicate" is ignored; refused because the policy would be weaker than the text (--accept-weaker and Target.AcceptWeaker accept it)`},
	{CodeUnknownCap, one + `"excludes": {"caps": ["CAP_BPF", "SYS_ADMIN"]}}]}`, Target{Arch: arch.X86_64, AcceptWeaker: true},
		`3:13: /syscalls/0/excludes/caps/1: unknown capability "SYS_ADMIN" (did you mean CAP_SYS_ADMIN?) never matches`},
	{CodeUnknownHost, one + `"excludes": {"arches": ["x86_64"]}}]}`, Target{Arch: arch.X86_64, AcceptWeaker: true},
		`3:13: /syscalls/0/excludes/arches/0: unknown architecture "x86_64" (did you mean amd64?) in excludes never matches`},
	{CodeUnknownHost, one + `"includes": {"arches": ["mips"]}}]}`, Target{Arch: arch.X86_64, AcceptWeaker: true},
		`3:13: /syscalls/0/includes/arches/0: unknown architecture "mips" in includes never matches`},
	{CodeUnknownHost, one + `"includes": {"arches": ["amd46"]}}]}`, Target{Arch: arch.X86_64, AcceptWeaker: true},
		`3:13: /syscalls/0/includes/arches/0: unknown architecture "amd46" (did you mean amd64?) in includes never matches`},
	{CodeGuarded, one + `"includes": {"caps": ["CAP_SYS_ADMIN"]}}]}`, Target{},
		`2:14: /syscalls/0: the entry does not apply: the target has no CAP_SYS_ADMIN`},
	{CodeElsewhere, top + `"syscalls": [{"names": ["read", "chown32", "set_tls"], "action": "SCMP_ACT_LOG"}]}`, Target{},
		`2:14: /syscalls/0: no ABI of the filter has chown32, set_tls`},
	{CodeRedundant, one + `"comment": ""}, {"names": ["mremap"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`, Target{},
		`3:28: /syscalls/1/names/0: the condition has no effect, since mremap is LOG without conditions by the entry that names it at 2:25 (delete one of the two)`},
	{CodeForeignABI, top + `"architectures": ["SCMP_ARCH_ARM"]}`, Target{},
		`2:19: /architectures/0: no kernel runs both x86_64 and arm programs; the filter has no code for arm`},
	{CodeSaysDefault, top + `"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`, Target{},
		`2:25: /syscalls/0/names/0: read gets the default action, ALLOW, anyway: the rule is ignored`},
	{CodeFirstCounts, top + `"syscalls": [` + "\n" + `{"names": ["read"], "action": "SCMP_ACT_TRAP"},` + "\n" + `{"names": ["read"], "action": "SCMP_ACT_LOG"}]}`, runc,
		`4:12: /syscalls/1/names/0: read has a rule without conditions, TRAP at 3:12, so this one, LOG, never applies (keep one of them)`},
	{CodeSameArgOr, top + `"syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_LOG", "args": [` + "\n" +
		`{"index": 1, "value": 3, "op": "SCMP_CMP_EQ"},` + "\n" + `{"index": 1, "value": 9, "op": "SCMP_CMP_EQ"}]}]}`, Target{},
		`4:1: /syscalls/0/args/1: conditions on argument 1 that cannot all hold: each becomes a separate rule (write an entry for each)`},
	{CodeSameArgOr, top + `"syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_LOG", "args": [` + args("EQ", 1, 1, 1, 1, 1, 1, 1) + `]}]}`, Target{},
		`9:1: /syscalls/0/args/6: conditions on argument 1 that cannot all hold: each becomes a separate rule, but crun ignores those after the sixth (write an entry for each)`},
	{CodeSameArgOr, top + `"syscalls": [{"names": ["lseek"], "action": "SCMP_ACT_ERRNO", "args": [` + args("GT", 0, 0, 1, 2, 3, 4, 5) + `]}]}`, runc,
		`4:1: /syscalls/0/args/1: two conditions on argument 0 in one entry: each condition of the entry becomes a separate rule, as in runc, but crun ignores those after the sixth`},
	{CodeArgWidth, top + `"syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [` + "\n" +
		`{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]}]}`, Target{},
		`3:1: /syscalls/0/args/0: the kernel reads 32 bits of argument 0 of socket on x86_64, and so does the rule: a0:32 == 40`},
	{CodeMultiplexer, top + `"syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [` + "\n" +
		`{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]}]}`, Target{Arch: arch.X86},
		`2:25: /syscalls/0/names/0: socketcall hides the arguments of socket from filters: through it, the answer is ERRNO(1) for all arguments`},
	{CodeTooNew, top + `"syscalls": [{"names": ["mseal"], "action": "SCMP_ACT_ERRNO"}]}`, Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 1}},
		`2:25: /syscalls/0/names/0: mseal came to x86_64 with Linux 6.10, the target has 6.1`},
	{CodeMaskNone, top + `"syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_ERRNO", "args": [` + "\n" +
		`{"index": 0, "value": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]}]}`, Target{},
		`3:1: /syscalls/0/args/0: the condition holds if none of the bits 0x10000000 of argument 0 is set, so the entry refuses calls without them (to refuse calls with any of them, write the bit as valueTwo, too)`},
	{CodeCloneFlags, top + `"syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [` + "\n" +
		`{"index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ"}]}]}`, Target{Arch: arch.S390X},
		`3:1: /syscalls/0/args/0: argument 0 of clone is the stack on s390x, the flags are argument 1 (write an entry for each, with includes.arches)`},
	{CodeRenamed, top + `"architectures": ["SCMP_ARCH_ARM"], "syscalls": [{"names": ["sync_file_range"], "action": "SCMP_ACT_ERRNO"}]}`, Target{Arch: arch.AArch64},
		`2:61: /syscalls/0/names/0: arm has the call by another name that no entry has: sync_file_range is sync_file_range2 or arm_sync_file_range there (add that name)`},
	{CodeGuardABI, top + `"architectures": ["SCMP_ARCH_X86"], "syscalls": [` + "\n" +
		`{"names": ["syslog"], "action": "SCMP_ACT_ERRNO", "includes": {"arches": ["x86"]}}]}`, Target{},
		`3:1: /syscalls/0: the entry does not apply: it includes x86, an ABI of the filter, but the list is compared only with the native ABI, which is amd64 (add that to the list)`},
	{CodeNumberRange, top + `"syscalls": [{"names": ["unshare"], "action": "SCMP_ACT_ERRNO"}]}`, Target{Arch: arch.MIPS64, Compat: CompatRunc, AcceptWeaker: true},
		`1:1: /: a 64-bit MIPS kernel chooses the ABI by the call's number, but runc's filter goes by the ABI of the process: the numbers of the other ABIs, from 4000, 5000 and 6000 on, get the default action, ALLOW (use the kernel's reading)`},
	{CodeErrnoRunc, top + `"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4095}]}`, runc,
		`2:14: /syscalls/0: libseccomp refuses errno 4095, so runc cannot start a container with it (use a smaller one)`},
	{CodeNewKernel, one + `"comment": ""}]}`, kernel(99, 0),
		`1:1: /: the target has Linux 99.0, and the call tables end with 7.3: newer calls have no name here`},
	{CodeBadArch, top + `"flags": []}`, Target{BadArch: &[]policy.Action{policy.Allow}[0], AcceptWeaker: true},
		`--bad-arch, or Target.BadArch, is ALLOW: all calls of ABIs outside the filter pass (KILL_PROCESS, or an errno such as ERRNO(38), refuses them)`},
	{CodeInterrupts, top + `"syscalls": [{"names": ["mount"], "action": "SCMP_ACT_NOTIFY"}]}`, kernel(5, 19),
		`1:1: /: any signal can interrupt a NOTIFY call while it waits for the answer (add SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV to flags, so that only fatal signals can)`},
	{CodeConstName, one + `"args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": "AF_UNIX"}]}]}`, Target{},
		`3:53: /syscalls/0/args/0/value: "AF_UNIX" is a name of a constant, and runtimes read only numbers ("seccompile resolve" prints these)`},
	{CodeOverlap, top + `"syscalls": [` + "\n" +
		`{"names": ["lseek"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 4294967296, "op": "SCMP_CMP_GT"}]},` + "\n" +
		`{"names": ["lseek"], "action": "SCMP_ACT_TRAP", "args": [{"index": 1, "value": 18446744073709551614, "op": "SCMP_CMP_NE"}]}]}`, Target{},
		`3:12: /syscalls/0/names/0: two rules match a call of lseek: this one, LOG, and the one at 4:12, TRAP, which decides, as in x86_64 lseek(0, 0x100000001)`},
}

// args returns conditions on arguments, each on a line of its own.
func args(op string, indexes ...int) string {
	var list []string
	for i, index := range indexes {
		list = append(list, fmt.Sprintf("\n"+`{"index": %d, "value": %d, "op": "SCMP_CMP_%s"}`, index, i+1, op))
	}
	return strings.Join(list, ",")
}

// runc is the Target of examples in runc's reading.
var runc = Target{Arch: arch.X86_64, Compat: CompatRunc}

// printTests are examples of what is said of a policy when it is printed.
var printTests = []codeTest{
	{CodePrinted, rules("ERRNO(1)", "socket if a0 != 40 -> ALLOW"), Target{Arch: arch.X86_64, Enosys: Enosys{Mode: EnosysOff}},
		`1:1: /: entries are printed as written, and runc then refuses less than this policy, for the calls socket (resolve in runc's reading to print exactly what runc does)`},
}

// TestCodesPrinted: a policy in which runc would read less is printed only for a
// Target that accepts it.
func TestCodesPrinted(t *testing.T) {
	for _, tt := range printTests {
		for _, accept := range []bool{false, true} {
			tt.target.AcceptWeaker = accept
			pol, err := resolveText(tt.in, tt.target)
			if err != nil {
				t.Fatal(err)
			}
			notes := pol.PrintNotes()
			if len(notes) != 1 || notes[0].Code != tt.code || notes[0].Effect != Weaker || notes[0].String() != tt.want {
				t.Errorf("PrintNotes of %s = %q, want %q", tt.in, notes, tt.want)
			}
			_, err = pol.MarshalJSON()
			if list := faults(err); accept && err != nil || !accept && (len(list) != 1 || list[0].Code != tt.code || !errors.Is(err, ErrRefused)) {
				t.Errorf("MarshalJSON of %s, weaker accepted %v: %v", tt.in, accept, err)
			}
		}
	}
}

// mesosCodeTests are examples in the dialect of Mesos, which nothing but
// ParseOptions gives away.
var mesosCodeTests = []codeTest{
	{CodeMissing, `{"defaultAction": "SCMP_ACT_ALLOW", "archMap": []}`, Target{},
		`1:1: /: no syscalls (Mesos requires it: write "syscalls": [])`},
	{CodePivotRoot, `{"defaultAction": "SCMP_ACT_ALLOW", "archMap": [], "syscalls": [{"names": ["pivot_root"], "action": "SCMP_ACT_KILL",
"args": [], "includes": {}, "excludes": {}}]}`, Target{},
		`1:1: /: chroot is allowed and pivot_root is not, but a Mesos agent needs pivot_root to start a container with its own root (allow both or neither)`},
}

func TestCodes(t *testing.T) {
	runCodes(t, codeTests, Auto)
	runCodes(t, mesosCodeTests, Mesos)
}

func runCodes(t *testing.T, tests []codeTest, d Dialect) {
	for _, tt := range tests {
		if tt.target.Arch == 0 {
			tt.target.Arch = arch.X86_64
		}
		pol, err := resolveDialect(tt.in, d, tt.target)
		var got []string
		var code Code
		for _, e := range faults(err) {
			got, code = append(got, e.Error()), e.Code
		}
		if pol != nil {
			for _, n := range pol.notes {
				if n.Code != tt.code && (n.Code == CodeGuarded || n.Code == CodeElsewhere) {
					continue
				}
				got, code = append(got, n.String()), n.Code
			}
		}
		if diff := cmp.Diff([]string{tt.want}, got); diff != "" || code != tt.code {
			t.Errorf("%s: Parse and Resolve(%q) say %s (-want +got):\n%s", tt.code, tt.in, code, diff)
		}
	}
}

// A codeDoc is what code.go says of a Code.
type codeDoc struct {
	code  Code
	about string // its comment
	group string // the comment on its const block
}

// codeDocs returns the codes of code.go in their order.
func codeDocs(t *testing.T) (list []codeDoc) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			continue
		}
		for _, spec := range d.Specs {
			s := spec.(*ast.ValueSpec)
			name, err := strconv.Unquote(s.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, codeDoc{Code(name), strings.TrimSpace(s.Comment.Text()), strings.TrimSpace(d.Doc.Text())})
		}
	}
	if len(list) < 50 {
		t.Fatalf("code.go has %d codes; this test does not see them", len(list))
	}
	return list
}

// solverTests are examples of notes that compile.Filter.Notes has; package compile
// runs them as docs/codes.md has them.
var solverTests = []codeTest{
	{CodeShadowed, `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 9, "op": "SCMP_CMP_LE"}]},
{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 5, "op": "SCMP_CMP_EQ"}]}]}`, Target{},
		`3:12: /syscalls/1/names/0: lseek, ALLOW, never decides: the rules at 2:12 decide all calls that it matches (delete it), as in x86_64 lseek(0, 5)`},
}

// choiceTests are examples of faults that package choice has, which runs them as
// docs/codes.md has them.
var choiceTests = []codeTest{
	{CodeTwoChoices, `{"profile_name": "web.json", "unconfined": true}`, Target{}, `1:1: /: both profile_name and unconfined: true (keep one of them)`},
	{CodeBadName, `{"profile_name": "", "unconfined": true}`, Target{}, `1:18: /profile_name: an empty name (write the name of a profile)`},
	{CodeUnknownChoice, `{"type": "localhost"}`, Target{}, `1:10: /type: unknown type "localhost" (did you mean Localhost?)`},
	{CodeUnsupported, `{"kind": "Service", "spec": {"ports": []}}`, Target{}, `1:10: /kind: kind "Service" has no template of pods (give a Pod, or one workload such as a Deployment)`},
}

// example returns a text in which the code comes up, in runc's reading or the
// kernel's, and what is said of it.
func example(c Code) (in, said string, compat Compat, ok bool) {
	for _, tt := range slices.Concat(codeTests, mesosCodeTests, printTests, solverTests) {
		if tt.code == c {
			return tt.in, tt.want, tt.target.Compat, true
		}
	}
	for _, tt := range choiceTests {
		if tt.code == c {
			return tt.in, tt.want, CompatKernel, true
		}
	}
	return "", "", 0, false
}

// TestCodesComplete: no Code is without an example above, and no two are the
// same.
func TestCodesComplete(t *testing.T) {
	seen := map[Code]bool{}
	var list []Code
	for _, d := range codeDocs(t) {
		list = append(list, d.code)
		if seen[d.code] {
			t.Errorf("code.go has the code %q twice", d.code)
		}
		seen[d.code] = true
		if s := string(d.code); s != strings.ToLower(s) || strings.ContainsAny(s, " _") {
			t.Errorf("code.go's code %q is not words in small letters with hyphens", d.code)
		}
		if _, _, _, ok := example(d.code); !ok {
			t.Errorf("the code %q has no example", d.code)
		}
	}
	if diff := cmp.Diff(list, slices.Collect(Codes())); diff != "" {
		t.Errorf("Codes (-declared +listed):\n%s", diff)
	}
}

var update = flag.Bool("update", false, "write docs/codes.md anew")

// TestCodesDocument: docs/codes.md has the codes with the examples that TestCodes
// runs.
func TestCodesDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Codes of faults and notes\n\n" +
		"For readers of a fault or a note of a profile: what its code means, with an example of each.\n\n" +
		"Each fault and note carries a code, which is stable, a place and a text. `go test ./profile -update` writes this list\n" +
		"from the examples that the tests run; each is for x86_64 if nothing else is said.\n")
	group := ""
	for _, d := range codeDocs(t) {
		if d.group != group {
			group = d.group
			fmt.Fprintf(&b, "\n## %s\n", strings.ReplaceAll(group, "\n", " "))
		}
		in, said, compat, _ := example(d.code)
		if compat == CompatRunc {
			d.about += " (the example is in runc's reading)"
		}
		if len(in) > 800 {
			in = in[:60] + " ..."
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n```\n%s\n```\n\n> %s\n", d.code, d.about, in, said)
	}
	const file = "../docs/codes.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/codes.md is not what the examples say (run go test ./profile -update) (-want +got):\n%s", diff)
	}
}

// TestErrorFile: a text's name is in front of its places.
func TestErrorFile(t *testing.T) {
	_, err := Parse([]byte(`{"defaultAction": 5, "syscalls": 6}`), ParseOptions{File: "dir/p.json"})
	const want = `dir/p.json:1:19: /defaultAction: a number where a string should be (write it in quotes)
dir/p.json:1:34: /syscalls: a number where an array should be (write it in [ ])`
	if err == nil || err.Error() != want {
		t.Errorf("Parse's error (-want +got):\n%s", cmp.Diff(want, err.Error()))
	}
	for _, e := range faults(err) {
		if e.Pos.File != "dir/p.json" || e.Code != CodeType || e.Unwrap() == nil {
			t.Errorf("Parse's error %#v", e)
		}
	}
	_, err = Parse([]byte("{\n"), ParseOptions{File: "p.json"})
	if got, want := err.Error(), "p.json:1:2: /: the text ends before the { at 1:1 is closed (is the file cut short?)"; got != want {
		t.Errorf("Parse's error = %q, want %q", got, want)
	}
	p, err := Parse([]byte(rules("ALLOW", "raed -> LOG")), ParseOptions{File: "p.json"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Resolve(Target{}); err == nil || !strings.HasPrefix(err.Error(), "the target names no ABI") {
		t.Errorf("Resolve's error = %v", err)
	}
	if _, err = p.Resolve(Target{Arch: arch.X86}); err == nil || !strings.HasPrefix(err.Error(), "p.json:1:") {
		t.Errorf("Resolve's error = %v", err)
	}
}
