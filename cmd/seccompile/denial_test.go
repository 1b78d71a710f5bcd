package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// String returns a denial as the tests have it.
func (d denial) String() string {
	text := fmt.Sprintf("%d:", d.line)
	if d.bits32 {
		text += " 32-bit"
	}
	if d.call.name != "" {
		text += " " + strings.TrimLeft(fmt.Sprintf("%s %s(%s):", d.call.abi, d.call.name, strings.Join(d.call.args, ", ")), " ")
	}
	text += " " + d.seen.text
	for _, x := range []struct {
		name  string
		value any
	}{{"pid", d.pid}, {"comm", d.comm}, {"exe", d.exe}, {"where", d.where}, {"at", d.at}} {
		if x.value != "" && x.value != 0 && x.value != 0.0 {
			text += fmt.Sprintf(" %s=%v", x.name, x.value)
		}
	}
	if d.compat {
		text += " compat"
	}
	if d.last {
		text += " last"
	}
	return text
}

// readDenials returns what a log tells, a line each.
func readDenials(log string) string {
	var b strings.Builder
	r := denialReader{
		found: func(d denial) { fmt.Fprintln(&b, d) },
		fault: func(line int, err error) { fmt.Fprintf(&b, "%d! %v\n", line, err) },
	}
	if err := r.read(strings.NewReader(log)); err != nil {
		return err.Error()
	}
	if n := r.skipped + r.passed + r.cut; n > 0 {
		fmt.Fprintf(&b, "%d skipped, %d passed, %d cut\n", r.skipped, r.passed, r.cut)
	}
	return b.String()
}

const auditRecord = `auid=1000 uid=0 gid=0 ses=2 pid=31465 comm="chmod" exe="/bin/busybox" sig=0 arch=c000003e syscall=268 compat=0 ip=0x7f1c9d2a4b27 code=0x7ffc0000`

func TestDenialsAudit(t *testing.T) {
	const seen = " 0xc000003e 268(): LOG pid=31465 comm=chmod exe=/bin/busybox"
	for _, tt := range []struct{ name, log, want string }{
		{"dmesg", "[  130.665424] audit: type=1326 audit(1785838352.114:277): " + auditRecord, "1:" + seen + " at=1.785838352114e+09"},
		{"dmesg --color=always", "\x1b[32m[  130.665424] \x1b[0m\x1b[33maudit: \x1b[0mtype=1326 audit(1785838352.114:277): " + auditRecord + "\x1b[0m", "1:" + seen + " at=1.785838352114e+09"},
		{"a coloured journal in JSON", `{"MESSAGE":"\u001b[33mSECCOMP\u001b[0m ` + strings.ReplaceAll(auditRecord, `"`, `\"`) + `"}`, "1:" + seen},
		{"dmesg -T", "[Fri Aug  7 19:30:12 2026] audit: type=1326 audit(1785838352.114:277): " + auditRecord, "1:" + seen + " at=1.785838352114e+09"},
		{"kmsg", "5,100,123,-;audit: type=1326 audit(1785838352.114:277): " + auditRecord, "1:" + seen + " at=1.785838352114e+09"},
		{"auditd", "type=SECCOMP msg=audit(1785838352.114:277): " + auditRecord, "1:" + seen + " at=1.785838352114e+09"},
		{"auditd enriched", "type=SECCOMP msg=audit(1785838352.114:277): " + auditRecord + "\x1dARCH=x86_64 SYSCALL=fchmodat AUID=\"root\" UID=\"root\"", "1:" + seen + " at=1.785838352114e+09"},
		{"enriched, by syslog", "Aug  7 19:30:12 n1 audispd: node=n1 type=SECCOMP msg=audit(1.1:2): " + auditRecord + "#035AUID=\"unset\"", "1:" + seen + " at=1.1"},
		{"enriched, byte lost", "type=SECCOMP msg=audit(1.1:2): " + auditRecord + "AUID=\"unset\" UID=\"root\"", "1:" + seen + " at=1.1"},
		{"syslog", "Mar 19 23:53:45 node01 kernel: [ 264.340952] audit: type=1326 audit(1.1:14):  " + auditRecord, "1:" + seen + " at=1.1"},
		{"journald", "May 28 15:24:32 casper audit[7645]: SECCOMP " + auditRecord, "1:" + seen},
		{"json", `{"_PID":"1","MESSAGE":"SECCOMP ` + strings.ReplaceAll(auditRecord, `"`, `\"`) + `","PRIORITY":"5"}`, "1:" + seen},
		{"json in bytes", `{"MESSAGE":` + fmt.Sprint(strings.Join(strings.Fields(strings.Trim(fmt.Sprint([]byte("SECCOMP "+auditRecord)), "[]")), ",")) + `}`, "1 skipped, 0 passed, 0 cut"},
		{"json list of bytes", `{"MESSAGE":[` + strings.Join(strings.Fields(strings.Trim(fmt.Sprint([]byte("SECCOMP "+auditRecord)), "[]")), ",") + `]}`, "1:" + seen},
		{"docker json", `{"log":"audit: type=1326 audit(1.1:14): ` + strings.ReplaceAll(auditRecord, `"`, `\"`) + `\n","stream":"stderr"}`, "1:" + seen + " at=1.1"},
		{"another json", `{"level":"info","text":"type=1326 ` + strings.ReplaceAll(auditRecord, `"`, `\"`) + `"}`, "1:" + seen},
		{"snappy-debug", "= Seccomp =\nTime: 19:30:12\nLog: " + auditRecord + "\nSyscall: fchmodat", "3:" + seen + "\n3 skipped, 0 passed, 0 cut"},
		{"interpreted", "type=SECCOMP msg=audit(08/04/2026 14:31:02.221:318) : auid=unset uid=root gid=root ses=unset pid=26011 comm=chmod exe=/usr/bin/chmod sig=SIGSYS arch=x86_64 syscall=fchmodat compat=0 ip=0x7f2c1d0a4b47 code=kill_thread",
			"1: x86_64 fchmodat(): KILL_THREAD pid=26011 comm=chmod exe=/usr/bin/chmod"},
		{"subject with blanks", "type=SECCOMP msg=audit(1.1:2): auid=4294967295 uid=0 gid=0 ses=4294967295 subj==cri-containerd.apparmor.d (enforce) pid=3315793 comm=\"chmod\" exe=\"/bin/chmod\" sig=0 arch=c000003e syscall=268 compat=0 ip=0x7fd8c219ef24 code=0x50000",
			"1: 0xc000003e 268(): ERRNO pid=3315793 comm=chmod exe=/bin/chmod at=1.1"},
		{"names in hexadecimal", "type=SECCOMP msg=audit(1.1:2): auid=0 pid=7 comm=6D7920707267 exe=2F7573722F6C6F63616C2F62696E2F72756E7363202864656C6574656429 sig=31 arch=c000003e syscall=13 compat=0 ip=0x4720fb code=0x80000000",
			"1: 0xc000003e 13(): KILL_PROCESS pid=7 comm=my prg exe=/usr/local/bin/runsc (deleted) at=1.1"},
		{"fields in a name", `type=1326 audit(1.1:2): auid=0 pid=7 comm="x" exe="/a/syscall=1" sig=31 arch=40000003 syscall=-1 compat=1 ip=0x0 code=0x0`,
			"1: 0x40000003 -1(): KILL_THREAD pid=7 comm=x exe=/a/syscall=1 at=1.1 compat"},
		{"decimal arch", "type=1326 audit(1.1:2): auid=0 pid=7 sig=31 arch=3221225534 syscall=59 compat=0 ip=0x0 code=0x30000", "1: 0xc000003e 59(): TRAP pid=7 at=1.1"},
		{"arch with 0x", "type=1326 audit(1.1:2): auid=0 pid=7 sig=31 arch=0xc00000b7 syscall=0x1b compat=0 ip=0x0 code=0x7fc00000", "1: 0xc00000b7 0x1b(): NOTIFY pid=7 at=1.1"},
		{"strict mode", "audit: type=1326 audit(7.030:417): auid=4294967295 pid=11247 comm=\"t\" exe=\"/t\" sig=9 arch=c000003e syscall=231 compat=0 ip=0x7fbd70916818 code=0x0",
			"1: 0xc000003e 231(): SIGKILL, of strict mode pid=11247 comm=t exe=/t at=7.03"},
		{"without code", "type=1326 audit(1.1:2): auid=0 pid=7 sig=31 arch=c000003e syscall=59 compat=0 ip=0x0\nother", "1: 0xc000003e 59(): SIGSYS pid=7 at=1.1\n1 skipped, 0 passed, 0 cut"},
		{"wrapped by a mail", "> audit: type=1326 audit(1.1:8): auid=0 uid=0 gid=0\n> ses=4294967295 subj=kernel pid=4680 comm=\"syz\"\n> exe=\"/root/syz\" sig=31 arch=c000003e syscall=202 compat=0\n> ip=0x4512e9 code=0x0\n> else",
			"1: 0xc000003e 202(): KILL_THREAD pid=4680 comm=syz exe=/root/syz at=1.1\n1 skipped, 0 passed, 0 cut"},
		{"wrapped by a page", "type=SECCOMP msg=audit(1.1:8) : auid=unset \\\n  pid=4680 comm=chmod sig=SIGSYS arch=x86_64 \\\n  syscall=mount code=kill", "1: x86_64 mount(): KILL_THREAD pid=4680 comm=chmod at=1.1"},
		{"other records", "type=SYSCALL msg=audit(1.1:2): arch=c000003e syscall=62 success=yes exit=0 a0=295bb pid=8206 auid=1\ntype=AVC msg=audit(1.1:2): avc: denied\naudit: type=1400 audit(1.1:2): apparmor=\"DENIED\"", "3 skipped, 0 passed, 0 cut"},
		{"crash without its number", "Cause: seccomp prevented call to disallowed arm system call 0\n    r4  00000000  r5  00000000  r6  00000001  r7  000001a6\n", "1: arm 422(): SIGSYS"},
		{"crash without registers", "Cause: seccomp prevented call to disallowed arm64 system call 0\nbacktrace:\n", "1: arm64 0(): SIGSYS\n1 skipped, 0 passed, 0 cut"},
		{"two crashes", "Cause: seccomp prevented call to disallowed arm64 system call 0\nCause: seccomp prevented call to disallowed arm64 system call 0\n    x8   00000000000001b2\n", "1: arm64 0(): SIGSYS\n2: arm64 434(): SIGSYS"},
		{"record of an old kernel", `type=1326 audit(1.1:2): auid=0 uid=0 gid=0 ses=1 pid=7 comm="x" sig=0 syscall=59 compat=0 ip=0x1 code=0x50000`, "1: 59(): ERRNO pid=7 comm=x at=1.1"},
		{"record of an older kernel", `type=1701 audit(1.1:2): auid=0 uid=0 gid=0 ses=1 pid=7 comm="x" reason="seccomp" sig=0 syscall=20 ip=0x1 code=0x50001`, "1: 20(): ERRNO pid=7 comm=x at=1.1"},
		{"abnormal end", `type=1701 audit(1.1:2): auid=0 uid=0 gid=0 ses=1 pid=7 comm="x" exe="/x" sig=31 res=1`, "1 skipped, 0 passed, 0 cut"},
		{"Go frame with a stale number", "SIGSYS: bad system call\nPC=0x1 m=0 sigcode=1\n\nsyscall.Syscall(0x1b2?, 0x1)\n", "1: SIGSYS\n2 skipped, 0 passed, 0 cut"},
		{"Go frame", "SIGSYS: bad system call\nPC=0x1 m=0 sigcode=1\n\ninternal/runtime/syscall.Syscall6(0x1b2, 0x1, 0x2?, 0x0, 0x0, 0x0, 0x0)\n", "1: 0x1b2(0x1, _, 0x0, 0x0, 0x0, 0x0): SIGSYS\n1 skipped, 0 passed, 0 cut"},
		{"mode of a single process", "strace: [ Process PID=7 runs in 32 bit mode. ]\nopenat(3, \"x\", O_RDONLY) = -1 EPERM (Operation not permitted)\n[ Process PID=7 runs in 64 bit mode. ]\nopenat(3, \"x\", O_RDONLY) = -1 EPERM (Operation not permitted)\n", "2: 32-bit openat(3, \"x\", O_RDONLY): EPERM\n4: openat(3, \"x\", O_RDONLY): EPERM\n2 skipped, 0 passed, 0 cut"},
		{"no arch", "type=1326 audit(1.1:2): auid=0 pid=7 syscall=59 code=0x0", "1! an audit record: no arch=, the ABI of its numbers"},
		{"no call", "type=1326 audit(1.1:2): auid=0 pid=7 arch=c000003e code=0x0", "1! an audit record: no syscall=, the number of the call"},
		{"unknown arch", "type=1326 audit(1.1:2): auid=0 arch=x87_64 syscall=mount code=0x0", "1! an audit record: arch=x87_64: unknown architecture \"x87_64\" (did you mean x86_64?)"},
		{"unknown name", "type=1326 audit(1.1:2): auid=0 arch=x86_64 syscall=mout code=0x0", "1! an audit record: unknown system call \"mout\" (did you mean mount?)"},
		{"long number", "type=1326 audit(1.1:2): auid=0 arch=c000003e syscall=99999999999 code=0x0", "1! an audit record: syscall=99999999999 is not a number of 32 bits"},
		{"longer number", "type=1326 audit(1.1:2): auid=0 arch=c000003e syscall=99999999999999999999999 code=0x0", "1! an audit record: syscall=99999999999999999999999 is not a number of 32 bits"},
		{"ill number", "type=1326 audit(1.1:2): auid=0 arch=c000003e syscall=5x code=0x0", "1! an audit record: syscall=5x is not a number of 32 bits"},
		{"ill code", "type=1326 audit(1.1:2): auid=0 arch=c000003e syscall=5 code=0xg", "1! an audit record: code=0xg is not an action"},
		{"ill pid", "type=1326 audit(1.1:2): auid=0 pid=-4 arch=c000003e syscall=5 code=0x0", "1! an audit record: pid=-4 is not a process ID"},
	} {
		if diff := cmp.Diff(tt.want+"\n", readDenials(tt.log)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestDenialsNotText(t *testing.T) {
	wide := func(big int) string {
		var b strings.Builder
		for _, c := range []byte("audit: type=1326 " + auditRecord) {
			pair := []byte{c, 0}
			b.Write([]byte{pair[big], pair[1-big]})
		}
		return b.String()
	}
	for log, want := range map[string]string{
		"\x1f\x8b\x08\x00": "gzip", "\xfd7zXZ\x00\x00": "xz", "\x28\xb5\x2f\xfd\x00": "zstd", "BZh91AY": "bzip2", "LPKSHHRH\x00": "journalctl --file",
		"\xff\xfe" + wide(0): "UTF-16 ", "\xfe\xff" + wide(1): "UTF-16 ", wide(0): "UTF-16LE", wide(1): "UTF-16BE",
	} {
		if got := readDenials(log); !strings.Contains(got, want) || !strings.Contains(got, "not text") {
			t.Errorf("%.12q: %s, want %s", log, got, want)
		}
	}
	for _, log := range []string{"", "a", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "SIGSYS"} {
		if got := readDenials(log); strings.Contains(got, "not text") {
			t.Errorf("%q: %s", log, got)
		}
	}
}

func TestDenialsStrace(t *testing.T) {
	for _, tt := range []struct{ name, log, want string }{
		{"plain", `mount("none", "/mnt", "tmpfs", 0, NULL) = -1 EPERM (Operation not permitted)`, `1: mount("none", "/mnt", "tmpfs", 0, NULL): EPERM`},
		{"prefixes", "[pid  8832] rmdir(\"/tmp/nope\")          = -1 ENOSYS (Function not implemented)\n" +
			"8833  12:00:01.123456 rmdir(\"a\") = -1 ENOSYS (Function not implemented) <0.000012>\n" +
			"1700000000.123456 rmdir(\"a\") = -1 EPERM (Operation not permitted)\n" +
			"[pid 88<sh>] 12:00:01 [00007f00] [  84] rmdir(\"a\") = -1 EPERM (Operation not permitted)\n" +
			"     0.000123 rmdir(\"a\") = -1 EPERM (Operation not permitted)",
			"1: rmdir(\"/tmp/nope\"): ENOSYS pid=8832\n2: rmdir(\"a\"): ENOSYS pid=8833\n3: rmdir(\"a\"): EPERM\n4: rmdir(\"a\"): EPERM pid=88\n5: rmdir(\"a\"): EPERM"},
		{"in a container's log", "2026-11-29T03:01:19.123456789Z stderr F [pid 7] rmdir(\"a\") = -1 EPERM (Operation not permitted)", "1: rmdir(\"a\"): EPERM pid=7"},
		{"success", "openat(AT_FDCWD, \"a) = -1 EPERM (x)\", O_RDONLY) = 3\nexit_group(0) = ?\nbrk(NULL) = 0x55\n+++ exited with 0 +++", "4 skipped, 0 passed, 0 cut"},
		{"interrupted", "[pid 7] unshare(CLONE_NEWNS <unfinished ...>\n[pid 8] close(3) = 0\n[pid 7] <... unshare resumed>)           = -1 EPERM (Operation not permitted)", "3: unshare(CLONE_NEWNS): EPERM pid=7\n2 skipped, 0 passed, 0 cut"},
		{"another one resumed", "[pid 7] unshare(CLONE_NEWNS <unfinished ...>\n[pid 7] <... clone resumed>) = -1 EPERM (Operation not permitted)", "2 skipped, 0 passed, 0 cut"},
		{"trapped", "[pid  8525] sethostname(\"foo\", 3)       = 170\n[pid  8525] --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7fc31855b737, si_syscall=__NR_sethostname, si_arch=AUDIT_ARCH_X86_64} ---\n[pid  8525] +++ killed by SIGSYS +++",
			"2: x86_64 sethostname(\"foo\", 3): SIGSYS pid=8525\n2 skipped, 0 passed, 0 cut"},
		{"trapped, of another ABI", "--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x1caf70, si_syscall=__NR_setuid32, si_arch=AUDIT_ARCH_ARM} ---\n+++ killed by SIGSYS (core dumped) +++",
			"1: arm setuid32(): SIGSYS\n1 skipped, 0 passed, 0 cut"},
		{"trapped, without a name", "--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_errno=ENOENT, si_call_addr=NULL, si_syscall=4294967295, si_arch=AUDIT_ARCH_X86_64} ---", "1: 0xc000003e 4294967295(): SIGSYS"},
		{"sent by somebody", "--- SIGSYS {si_signo=SIGSYS, si_code=SI_USER, si_pid=1, si_uid=0} ---", "1 skipped, 0 passed, 0 cut"},
		{"killed", "mkdir(\"/x\", 0777)  = 83\n+++ killed by SIGSYS +++", "2: mkdir(\"/x\", 0777): SIGSYS last\n1 skipped, 0 passed, 0 cut"},
		{"killed, no result", "[pid 5] mkdir(\"/x\", 0777 <unfinished ...>\n[pid 5] <... mkdir resumed>) = ?\n[pid 5] +++ killed by SIGSYS (core dumped) +++", "3: mkdir(\"/x\", 0777): SIGSYS pid=5 last\n2 skipped, 0 passed, 0 cut"},
		{"killed in a call", "[pid 5] futex(0x1, FUTEX_WAIT, 1, NULL <unfinished ...>\n[pid 5] +++ killed by SIGSYS +++", "2: futex(0x1, FUTEX_WAIT, 1, NULL): SIGSYS pid=5 last\n1 skipped, 0 passed, 0 cut"},
		{"killed after a call", "close(3) = 0\n+++ killed by SIGSYS +++", "2: SIGSYS\n1 skipped, 0 passed, 0 cut"},
		{"killed by another signal", "mkdir(\"/x\", 0777)  = ?\n+++ killed by SIGKILL +++", "2 skipped, 0 passed, 0 cut"},
		{"32-bit mode", "[ Process PID=7 runs in 32 bit mode. ]\n[pid 7] mkdir(\"/x\", 0777)  = -1 EPERM (Operation not permitted)\n[ Process PID=7 runs in 64 bit mode. ]\n[pid 7] mkdir(\"/x\", 0777)  = -1 EPERM (Operation not permitted)",
			"2: 32-bit mkdir(\"/x\", 0777): EPERM pid=7\n4: mkdir(\"/x\", 0777): EPERM pid=7\n2 skipped, 0 passed, 0 cut"},
		{"a text in a call", "write(2, \"bash: line 1: 8525 Bad system c\"..., 57) = 57", "1 skipped, 0 passed, 0 cut"},
		{"unknown call", "mout(1) = -1 EPERM (Operation not permitted)", "1! a call of strace: unknown call \"mout\" (did you mean mount?)"},
		{"unknown call that a filter may refuse", "mout(1) = -1 EACCES (x)\nmout(1) = -1 ENOSYS (x)",
			"1! a call of strace: unknown call \"mout\" (did you mean mount?)\n2! a call of strace: unknown call \"mout\" (did you mean mount?)"},
		{"unknown call that fails by itself", "mout(1) = -1 ENOENT (No such file or directory)\nmout(1) = -1 EINTR (x)\nmout(1) = 7", "3 skipped, 0 passed, 0 cut"},
		{"unknown call that gets SIGSYS", "mout(1) = 470\n--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mout, si_arch=AUDIT_ARCH_X86_64} ---",
			"2! SIGSYS of strace: unknown system call \"mout\" (did you mean mount?)\n1 skipped, 0 passed, 0 cut"},
		{"cut call", "mount(\"a) = -1 EPERM (Operation not permitted)", "1! a call of strace: no ) after the arguments in \"mount(\\\"a)\""},
	} {
		if diff := cmp.Diff(tt.want+"\n", readDenials(tt.log)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestDenialsSIGSYS(t *testing.T) {
	const dump = "SIGSYS: bad system call\nPC=0x40810e m=0 sigcode=1\n\ngoroutine 1 [syscall]:\nmain.main()\n\t/t.go:3 +0x38\n\n"
	for _, tt := range []struct{ name, log, want string }{
		{"amd64", dump + "rax    0xaa\nrbx    0x5\nrcx    0x40810e\nrdx    0x0\nrdi    0x185be078cf35\nrsi    0x3\nr8     0x1\nr9     0x2\nr10    0x4\nrip    0x40810e\nrflags 0x212\ncs     0x33\n",
			"1: x86_64 170(0x185be078cf35, 0x3, 0x0, 0x4, 0x1, 0x2): SIGSYS\n5 skipped, 0 passed, 0 cut"},
		{"386", dump + "eax    0x4a\nebx    0x1\necx    0x2\nedx    0x3\nedi    0x5\nesi    0x4\nebp    0x6\nesp    0x9\neip    0x9\neflags 0x2\n", "1: x86 74(0x1, 0x2, 0x3, 0x4, 0x5, 0x6): SIGSYS\n5 skipped, 0 passed, 0 cut"},
		{"arm64", dump + "r0      0x1\nr1      0x2\nr2      0x3\nr3      0x4\nr4      0x5\nr5      0x6\nr8      0xa1\nr29     0x0\nlr      0x1\npc      0x1\nfault   0x0\n", "1: aarch64 161(0x1, 0x2, 0x3, 0x4, 0x5, 0x6): SIGSYS\n5 skipped, 0 passed, 0 cut"},
		{"arm", dump + "r0      0x1\nr1      0x2\nr7      0x4a\ncpsr    0x1\n", "1: arm 74(0x1, 0x2, _, _, _, _): SIGSYS\n5 skipped, 0 passed, 0 cut"},
		{"riscv64", dump + "ra  0x1\tsp  0x2\na0  0x1\ta1  0x2\na7  0xa1\ts2  0x0\n", "1: riscv64 161(0x1, 0x2, _, _, _, _): SIGSYS\n5 skipped, 0 passed, 0 cut"},
		{"no registers", dump, "1: SIGSYS\n5 skipped, 0 passed, 0 cut"},
		{"two", dump + "rax    0xaa\nrip 0x1\n" + dump + "rax    0xab\nrip 0x1\n\nnext", "1: x86_64 170(_, _, _, _, _, _): SIGSYS\n10: x86_64 171(_, _, _, _, _, _): SIGSYS\n12 skipped, 0 passed, 0 cut"},
		{"sent by somebody", strings.Replace(dump, "sigcode=1", "sigcode=0", 1) + "rax 0x1\nrip 0x1\n", "6 skipped, 0 passed, 0 cut"},
		{"bash", "bash: line 1: 8525 Bad system call         (core dumped) hostname foo", "1: SIGSYS pid=8525"},
		{"sh", "Bad system call (core dumped)\nBad system call", "1: SIGSYS\n2: SIGSYS"},
		{"systemd", "systemd[1]: a.service: Main process exited, code=dumped, status=31/SYS\nsystemd[1]: a.service: Main process exited, code=killed, signal=SYS, status=31/SYS", "1: SIGSYS where=unit a.service\n2: SIGSYS where=unit a.service"},
		{"journal of systemd", `{"UNIT":"b.service","MESSAGE":"b.service: Main process exited, code=dumped, status=31/SYS"}` + "\n" + `{"CONTAINER_NAME":"web","MESSAGE":"Bad system call"}` + "\nBad system call",
			"1: SIGSYS where=unit b.service\n2: SIGSYS where=container web\n3: SIGSYS"},
		{"coredumpctl", "        Signal: 31 (SYS)", "1: SIGSYS"},
		{"statuses", "command terminated with exit code 159\nExited (159) 3 minutes ago\n    Exit Code:   159\n\"exitCode\": 159\nexit status 1590\nexit code 15\nport 159", "1: exit status 159, which is 128 + SIGSYS\n2: exit status 159, which is 128 + SIGSYS\n3: exit status 159, which is 128 + SIGSYS\n4: exit status 159, which is 128 + SIGSYS\n3 skipped, 0 passed, 0 cut"},
		{"android", "Cause: seccomp prevented call to disallowed arm64 system call 434\nseccomp prevented call to disallowed z80 system call 1", "1: arm64 434(): SIGSYS\n2! a crash report: unknown architecture \"z80\" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)"},
		{"report", "[8863] x86_64 rmdir(0x7ffe843faabe, 0x1) = ERRNO(38)\n[8863] x86_64 read(0x0) = ALLOW\ncalls: 2\n       1 x86_64 rmdir = ERRNO(38)", "1: x86_64 rmdir(0x7ffe843faabe, 0x1, 0, 0, 0, 0): ERRNO(38) pid=8863\n2 skipped, 1 passed, 0 cut"},
		{"vector", "x86_64 openat(-100, 0, 2) = ERRNO(1)\n0xdeadbeef 5() = KILL_THREAD", "1: x86_64 openat(-100, 0, 2, 0, 0, 0): ERRNO(1)\n2: 0xdeadbeef 5(0, 0, 0, 0, 0, 0): KILL_THREAD"},
		{"json report", `{"thread":7,"arch":"x86_64","name":"rmdir","nr":84,"action":"ERRNO(38)","args":["0x1","0x0"]}` + "\n" + `{"thread":7,"arch":"x86_64","nr":0,"action":"ALLOW","args":[]}` + "\n" +
			`{"summary":[]}` + "\n" + `{"thread":7,"arch":"x87_64","nr":84,"action":"ERRNO(38)"}` + "\n" + `{"thread":7,"arch":"x86_64","nr":84,"action":"MAYBE"}` + "\n" + `{"thread":7,"arch":"x86_64","nr":-1,"action":"TRAP"}`,
			"1: x86_64 84(0x1, 0x0): ERRNO(38) pid=7\n4! a call of a report: unknown architecture \"x87_64\" (did you mean x86_64?)\n5! a report in JSON: unknown action \"MAYBE\"\n6! a report in JSON: nr cannot be number -1\n1 skipped, 1 passed, 0 cut"},
		{"long line", strings.Repeat("x", maxLine+1) + " type=1326\nBad system call", "2: SIGSYS\n0 skipped, 0 passed, 1 cut"},
		{"longest line", strings.Repeat(" ", maxLine-len("Bad system call\n")) + "Bad system call\n", "1: SIGSYS"},
		{"bytes", "\x00\xff\xfe\x01type=1326 \x80\n\x00\x00", "1! an audit record: no arch=, the ABI of its numbers\n1 skipped, 0 passed, 0 cut"},
	} {
		if diff := cmp.Diff(tt.want+"\n", readDenials(tt.log)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.name, diff)
		}
	}
}

// TestUnknownCall: a call that the tables lack may have failed by what a profile or a filter
// answers to calls that it does not name.
func TestUnknownCall(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "trace.txt", "mout(1) = -1 EAFNOSUPPORT (x)\nmout(1) = -1 ENOENT (x)\nmout(1) = -1 EPERM (x)\n")
	writeText(t, "web.json", `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 97, "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}, {"names": ["write"], "action": "SCMP_ACT_ERRNO", "errnoRet": 2}]}`)
	for file, profile := range map[string]string{"web.bpf": "web.json", "none.bpf": "default"} {
		if got := seccompile("", "compile", "--profile", profile, "--arch", "x86_64", "--kernel", "6.1", "-o", file); got.Status != exitOK {
			t.Fatal(got)
		}
	}
	for args, want := range map[string]int{
		"--profile web.json":              2,
		"--profile web.json --enosys off": 2,
		"--filter none.bpf":               1,
		"--filter web.bpf":                3, // and write's, for all that is known
		"--profile default":               1,
	} {
		got := seccompile("", append([]string{"why", "--arch", "x86_64", "--json", "trace.txt"}, strings.Fields(args)...)...)
		var list whyList
		if err := json.Unmarshal([]byte(got.Out), &list); err != nil {
			t.Fatalf("why %s: %v, %s", args, err, got)
		}
		if list.Faulty != want || list.Other != 3-want || got.Status != exitRefused {
			t.Errorf("why %s: %d faults, %d other lines, status %d, want %d faults", args, list.Faulty, list.Other, got.Status, want)
		}
	}
}

// FuzzDenials: every line is a denial, a fault or counted, and what is found can be asked
// of a profile, or is a fault, too.
func FuzzDenials(f *testing.F) {
	for _, seed := range []string{
		"audit: type=1326 audit(1.1:2): " + auditRecord, "SECCOMP " + auditRecord, "type=SECCOMP a\n arch=x86_64 \\\n code=kill",
		"SIGSYS: bad system call\nsigcode=1\nrax 0xaa\nrip 0x1", "[pid 7] unshare(CLONE_NEWNS <unfinished ...>\n[pid 7] <... unshare resumed>) = -1 EPERM (x)",
		"--- SIGSYS {si_code=SYS_SECCOMP, si_syscall=__NR_setuid32, si_arch=AUDIT_ARCH_ARM} ---", "mkdir(\"/x\", 0777) = 83\n+++ killed by SIGSYS +++",
		"x86_64 openat(-100, 0, 2) = ERRNO(1)", `{"thread":7,"arch":"x86_64","nr":84,"action":"ERRNO(38)","args":["0x1","0x0"]}`, `{"MESSAGE":[66,97]}`, "8525 Bad system call",
		"[ Process PID=7 runs in 32 bit mode. ]\n[pid 7] pread64(3, \"\", 5, 4294967296) = -1 EPERM (x)",
		",\xf2\x00\x1a\x00G\x00 \x00G\x00\x01\x00", // UTF-16
	} {
		f.Add(seed)
	}
	var o options
	o.Arch, o.Kernel = "x86_64", "6.1"
	o.Profile = "default"
	w := newWhys(&o, stdio{strings.NewReader(""), os.Stdout, os.Stderr})
	if err := w.prepare(nil); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, log string) {
		lines := strings.Count(log, "\n") + 1
		found, faults := 0, 0
		r := denialReader{}
		r.fault = func(line int, err error) {
			if faults++; err == nil || line < 1 || line > lines {
				t.Errorf("fault in line %d of %d: %v", line, lines, err)
			}
		}
		r.found = func(d denial) {
			found++
			if d.line < 1 || d.line > lines {
				t.Errorf("denial in line %d of %d", d.line, lines)
			}
			if d.seen.text == "" || len(d.seen.actions) == 0 && d.seen.errno == "" && !d.seen.strict {
				t.Errorf("nothing seen: %+v", d)
			}
			if d.call.name == "" {
				return
			}
			text, q, err := w.queryOf(d)
			if err != nil {
				return
			}
			d.call = text
			a, err := w.answer(&deniedCall{denial: d, counts: [3]int{1}})
			if err != nil || len(a.Answers) == 0 || a.Verdict == "" {
				t.Errorf("%+v, which is %v: %+v, %v", text, q, a, err)
			}
		}
		if err := r.read(strings.NewReader(log)); err != nil {
			if !strings.Contains(err.Error(), "UTF-16") {
				t.Fatal(err)
			}
			return
		}
		if n := found + faults + r.skipped + r.passed + r.cut; n > lines {
			t.Errorf("%d lines are counted %d times", lines, n)
		}
	})
}
