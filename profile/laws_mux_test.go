package profile

import (
	"fmt"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

func TestLaw9Multiplexers(t *testing.T) {
	x86 := Target{Arch: arch.X86, Enosys: Enosys{Mode: EnosysOff}}
	s390x := Target{Arch: arch.S390X, Enosys: Enosys{Mode: EnosysOff}}
	runLaw(t, []lawTest{
		{"a call of both ways", rules("ERRNO(1)", "bind -> ALLOW"), x86, `
			x86 bind() = ALLOW
			x86 socketcall(2) = ALLOW
			x86 socketcall(1) = ERRNO(1)
			x86 socketcall(3) = ERRNO(1)
			x86 ipc(2) = ERRNO(1)`, ""},
		{"a call of one way", rules("ERRNO(1)", "semop -> ALLOW", "accept -> TRAP"), x86, `
			x86 ipc(1) = ALLOW
			x86 socketcall(5) = TRAP`, ""},
		{"the other ABI has it", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
			{"names": ["bind"], "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `
			x86_64 bind() = ALLOW
			x86_64 102(2) = ERRNO(1)
			x86 socketcall(2) = ALLOW`, ""},
		{"socketcall's number has 32 bits", rules("ERRNO(1)", "bind -> ALLOW"), s390x, `
			s390x socketcall(2) = ALLOW
			s390x socketcall(0x10002) = ERRNO(1)
			s390x socketcall(0x100000002) = ALLOW`, `
			s390x socketcall(2) = ALLOW
			s390x socketcall(0x10002) = ERRNO(1)
			s390x socketcall(0x100000002) = ERRNO(1)`},
		{"ipc's number has 16 bits, a version above", rules("ALLOW", "shmat -> TRAP"), s390x, `
			s390x ipc(21) = TRAP
			s390x ipc(0x10015) = TRAP
			s390x ipc(0x100000015) = TRAP
			s390x ipc(0x16) = ALLOW`, `
			s390x ipc(21) = TRAP
			s390x ipc(0x10015) = ALLOW
			s390x ipc(0x100000015) = ALLOW
			note multiplexer weaker /syscalls/0/names/0`},
		{"of socketcall's number the kernel reads 32 bits", rules("ALLOW", "bind -> TRAP"), s390x, `
			s390x socketcall(2) = TRAP
			s390x socketcall(0x100000002) = TRAP`, `
			s390x socketcall(2) = TRAP
			s390x socketcall(0x100000002) = ALLOW
			note multiplexer weaker /syscalls/0/names/0`},
		{"on 32-bit registers what is above them is nothing", rules("ALLOW", "shmat -> TRAP", "bind -> TRAP"), x86, `
			x86 socketcall(0x100000002) = TRAP
			x86 ipc(0x100000015) = TRAP
			x86 ipc(0x10015) = TRAP`, `
			x86 socketcall(0x100000002) = TRAP
			x86 ipc(0x100000015) = TRAP
			x86 ipc(0x10015) = ALLOW
			note multiplexer weaker /syscalls/0/names/0`},
		{"a condition of a permissive rule", rules("ERRNO(1)", "socket if a0 == 1 -> ALLOW"), x86, `
			x86 socket(1) = ALLOW
			x86 socketcall(1) = ERRNO(1)
			note multiplexer stricter /syscalls/0/names/0`, `
			x86 socket(1) = ALLOW
			x86 socketcall(1) = ALLOW
			x86 socketcall(1, 1) = ALLOW
			note multiplexer weaker /syscalls/0/names/0`},
		{"a condition of a strict rule", rules("ALLOW", "socket if a0 == 40 -> ERRNO(1)"), x86, `
			x86 socket(1) = ALLOW
			x86 socket(40) = ERRNO(1)
			x86 socketcall(1) = ERRNO(1)
			note multiplexer stricter /syscalls/0/names/0`, `
			x86 socket(1) = ALLOW
			x86 socket(40) = ERRNO(1)
			x86 socketcall(1) = ERRNO(1)
			note multiplexer stricter /syscalls/0/names/0`},
		{"conditions on two arguments, permissive", rules("ERRNO(1)", "socket if a0 == 16 and a2 == 9 -> ALLOW"), x86, `
			x86 socketcall(1, 0, 9) = ERRNO(1)
			x86 socketcall(1, 0, 8) = ERRNO(1)
			note multiplexer stricter /syscalls/0/names/0`, `
			x86 socketcall(1, 0, 9) = ALLOW
			x86 socketcall(1, 0, 8) = ERRNO(1)
			note multiplexer weaker /syscalls/0/names/0`},
		{"conditions on two arguments, strict", rules("ALLOW", "socket if a0 == 16 and a2 == 9 -> TRAP"), x86, `
			x86 socketcall(1, 0, 9) = TRAP
			x86 socketcall(1, 0, 8) = TRAP
			note multiplexer stricter /syscalls/0/names/0`, `
			x86 socketcall(1, 0, 9) = TRAP
			x86 socketcall(1, 0, 8) = ALLOW
			note multiplexer weaker /syscalls/0/names/0`},
		{"an unconditional rule beside a strict one", rules("ERRNO(1)", "socket -> ALLOW", "socket if a2 == 9 -> TRAP"), x86, `
			x86 socket() = ALLOW
			x86 socketcall(1) = TRAP
			note overlap stricter /syscalls/0/names/0
			note multiplexer stricter /syscalls/1/names/0`, `
			x86 socket(0, 0, 9) = ALLOW
			x86 socketcall(1, 0, 9) = ALLOW
			note multiplexer weaker /syscalls/1/names/0
			note overlap weaker /syscalls/1/names/0
			note first-counts weaker /syscalls/1/names/0`},
		// libseccomp refuses to load these: without argument 0 the two rules have
		// one condition.
		{"two actions that differ by argument 0", rules("ERRNO(1)", "socket if a0 == 1 -> ALLOW", "socket if a0 == 2 -> ERRNO(5)"), x86, `
			x86 socket(1) = ALLOW
			x86 socket(2) = ERRNO(5)
			x86 socketcall(1) = ERRNO(5)
			note multiplexer stricter /syscalls/0/names/0
			note multiplexer stricter /syscalls/1/names/0`, `
			error contradiction /syscalls/1/names/0`},
		// Nor these, as the third rule comes to be part of the first; here the runc
		// reading takes them, shorter ones first.
		{"an action whose condition goes, beside longer ones", rules("ERRNO(1)", "socket if a0 == 16 and a2 == 9 -> ERRNO(22)", "socket if a2 != 9 -> ALLOW", "socket if a0 != 16 -> ALLOW"), x86, `
			x86 socket(16, 0, 9) = ERRNO(22)
			x86 socket(16, 0, 8) = ALLOW
			x86 socketcall(1, 0, 9) = ERRNO(22)
			x86 socketcall(1, 0, 8) = ERRNO(22)
			note multiplexer stricter /syscalls/0/names/0
			note multiplexer stricter /syscalls/1/names/0
			note multiplexer stricter /syscalls/2/names/0`, `
			x86 socket(16, 0, 9) = ERRNO(22)
			x86 socket(16, 0, 8) = ALLOW
			x86 socketcall(1, 0, 9) = ALLOW
			x86 socketcall(1, 0, 8) = ALLOW
			note multiplexer weaker /syscalls/0/names/0
			note overlap weaker /syscalls/0/names/0
			note multiplexer weaker /syscalls/1/names/0
			note multiplexer weaker /syscalls/2/names/0`},
		{"an argument twice", rules("ERRNO(1)", "socket if a0 == 1 and a0 == 2 -> ALLOW"), x86, `
			x86 socket(2) = ALLOW
			x86 socketcall(1) = ERRNO(1)
			note same-arg-or same /syscalls/0/args/1
			note multiplexer stricter /syscalls/0/names/0`, `
			x86 socket(2) = ALLOW
			x86 socketcall(1) = ALLOW
			note same-arg-or same /syscalls/0/args/1
			note multiplexer weaker /syscalls/0/names/0`},

		{"the multiplexer itself", rules("ERRNO(1)", "bind -> TRAP", "socketcall -> ALLOW", "socket if a0 == 1 -> ALLOW", "listen if a1 == 9 -> TRAP"), x86, `
			x86 bind() = TRAP
			x86 socket(2) = ERRNO(1)
			x86 listen(0, 9) = TRAP
			x86 socketcall(1) = ALLOW
			x86 socketcall(2) = TRAP
			x86 socketcall(4) = ALLOW
			x86 socketcall(99) = ALLOW
			note overlap stricter /syscalls/1/names/0
			note multiplexer same /syscalls/2/names/0
			note multiplexer same /syscalls/3/names/0`, `
			x86 bind() = TRAP
			x86 socket(2) = ERRNO(1)
			x86 socketcall(1) = ALLOW
			x86 socketcall(2) = ALLOW
			x86 socketcall(4) = ALLOW
			x86 socketcall(99) = ALLOW
			note first-counts weaker /syscalls/0/names/0
			note first-counts weaker /syscalls/3/names/0`},
		{"one that is unconditional and one that is not, of a call", rules("ALLOW", "socketcall -> LOG", "bind -> TRAP", "bind if a0 == 1 -> KILL_PROCESS"), x86, `
			x86 bind() = TRAP
			x86 bind(1) = KILL_PROCESS
			x86 socketcall(1) = LOG
			x86 socketcall(2) = TRAP
			note overlap stricter /syscalls/0/names/0
			note overlap stricter /syscalls/1/names/0
			note multiplexer same /syscalls/2/names/0`, `
			x86 bind() = TRAP
			x86 bind(1) = TRAP
			x86 socketcall(2) = LOG
			note first-counts weaker /syscalls/1/names/0
			note first-counts weaker /syscalls/2/names/0`},
		{"the multiplexer itself, refused", rules("ALLOW", "ipc -> ERRNO(1)", "shmat -> TRAP"), x86, `
			x86 shmat() = TRAP
			x86 ipc(21) = TRAP
			x86 ipc(0x10015) = TRAP
			x86 ipc(22) = ERRNO(1)
			note overlap stricter /syscalls/0/names/0`, `
			x86 shmat() = TRAP
			x86 ipc(21) = ERRNO(1)
			note first-counts weaker /syscalls/1/names/0`},
		{"the multiplexer itself, to get the default", rules("ERRNO(1)", "socketcall -> ERRNO(1)", "socket -> ALLOW"), x86, `
			x86 socket() = ALLOW
			x86 socketcall(1) = ERRNO(1)
			note overlap stricter /syscalls/1/names/0`, `
			x86 socket() = ALLOW
			x86 socketcall(1) = ALLOW
			note says-default weaker /syscalls/0/names/0`},
		// Law 3 sets the multiplexer's rule aside, so that it opens nothing.
		{"the multiplexer itself, to get a permissive default", rules("ALLOW", "socketcall -> ALLOW", "socket if a0 == 40 -> ERRNO(1)"), x86, `
			x86 socket(40) = ERRNO(1)
			x86 socketcall(1) = ERRNO(1)
			x86 socketcall(2) = ALLOW
			note overlap same /syscalls/0/names/0
			note multiplexer stricter /syscalls/1/names/0`, `
			x86 socketcall(1) = ERRNO(1)
			x86 socketcall(2) = ALLOW
			note says-default same /syscalls/0/names/0
			note multiplexer stricter /syscalls/1/names/0`},
		{"the multiplexer itself, to get a permissive default, and another argument", rules("ALLOW", "socketcall -> ALLOW", "socket if a2 == 9 -> ERRNO(1)"), x86, `
			x86 socketcall(1) = ERRNO(1)
			note overlap stricter /syscalls/0/names/0
			note multiplexer stricter /syscalls/1/names/0`, `
			x86 socketcall(1) = ALLOW
			x86 socketcall(1, 0, 9) = ERRNO(1)
			note says-default same /syscalls/0/names/0
			note multiplexer weaker /syscalls/1/names/0`},
		{"the multiplexer under conditions", rules("ERRNO(1)", "socketcall if a0 <= 2 -> TRAP", "bind -> ALLOW", "connect -> ALLOW"), x86, `
			x86 socketcall(1) = TRAP
			x86 socketcall(2) = TRAP
			x86 socketcall(3) = ALLOW
			note overlap stricter /syscalls/1/names/0`, `
			x86 socketcall(1) = TRAP
			x86 socketcall(2) = ALLOW
			x86 socketcall(3) = ALLOW
			note overlap weaker /syscalls/0/names/0`},
		{"one that says the default, and the multiplexer under a condition", rules("TRAP", "semop if a1 >= 4 -> TRAP", "ipc if a0 != 21 -> ALLOW"), x86, `
			x86 ipc(1) = TRAP
			x86 ipc(2) = ALLOW
			note multiplexer stricter /syscalls/0/names/0
			note overlap stricter /syscalls/1/names/0`, `
			x86 ipc(1) = ALLOW
			x86 ipc(2) = ALLOW
			note multiplexer weaker /syscalls/0/names/0
			note says-default weaker /syscalls/0/names/0`},
		{"of equals the first written, behind the multiplexer", rules("ERRNO(1)", "semop -> ERRNO(2)", "ipc if a1 & 4 == 4 -> ERRNO(3)"), x86, `
			x86 ipc(1, 4) = ERRNO(2)
			x86 ipc(2, 4) = ERRNO(3)
			note overlap same /syscalls/1/names/0`, `
			x86 ipc(1, 4) = ERRNO(3)
			x86 ipc(2, 4) = ERRNO(3)
			note multiplexer weaker /syscalls/0/names/0
			note overlap same /syscalls/0/names/0`},
		{"of equals the first written, with the data of an open multiplexer", rules("ERRNO(1)", "accept -> TRACE(2)", "accept -> TRACE(3)", "socketcall -> TRACE(2)"), x86, `
			x86 socketcall(5) = TRACE(2)
			x86 socketcall(1) = TRACE(2)`, `
			error contradiction /syscalls/1/names/0`},
		{"libseccomp takes all after one of the multiplexer", rules("ERRNO(1)", "socketcall -> TRACE(2)", "accept -> TRACE(2)", "accept -> TRACE(3)"), x86, `
			x86 socketcall(5) = TRACE(2)`, `
			x86 socketcall(5) = TRACE(2)
			note first-counts same /syscalls/2/names/0`},
		{"of equals the first written, the multiplexer", rules("ERRNO(1)", "ipc if a0 & 3 == 1 -> ERRNO(3)", "semop -> ERRNO(2)"), x86, `
			x86 ipc(1) = ERRNO(3)
			note overlap same /syscalls/1/names/0`, `
			x86 ipc(1) = ERRNO(3)
			note multiplexer weaker /syscalls/1/names/0
			note overlap same /syscalls/1/names/0`},
	})
}

// TestLaw9Numbers has all calls of multiplexers by their numbers, as
// include/uapi/linux/net.h and ipc.h have them.
func TestLaw9Numbers(t *testing.T) {
	for mux, calls := range map[string][]string{
		"socketcall": {1: "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv", "sendto",
			"recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg"},
		"ipc": {1: "semop", "semget", "semctl", "semtimedop", 11: "msgsnd", "msgrcv", "msgget", "msgctl", 21: "shmat", "shmdt", "shmget", "shmctl"},
	} {
		var tests []lawTest
		for n, name := range calls {
			if name == "" {
				continue
			}
			tests = append(tests, lawTest{name, rules("ERRNO(1)", name+" -> ALLOW"), Target{Arch: arch.PPC, Enosys: Enosys{Mode: EnosysOff}}, fmt.Sprintf(`
				ppc %[1]s(%[2]d) = ALLOW
				ppc %[1]s(%[3]d) = ERRNO(1)
				ppc %[1]s(%[4]d) = ERRNO(1)`, mux, n, n-1, n+1), ""})
		}
		t.Run(mux, func(t *testing.T) { runLaw(t, tests) })
	}
}

// TestLaw9Notes: what a multiplexer hides or opens is noted.
func TestLaw9Notes(t *testing.T) {
	const conditional = `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`
	for _, tt := range []struct{ text, want string }{
		{conditional, "multiplexer stricter"},
		{conditional + `, {"names": ["socketcall"], "action": "SCMP_ACT_ALLOW"}`, "multiplexer same"},
		{`{"names": ["bind", "socketcall"], "action": "SCMP_ACT_ALLOW"}`, ""},
		{`{"names": ["send"], "action": "SCMP_ACT_ALLOW"}`, ""},
	} {
		p, err := Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [`+tt.text+`]}`), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pol, err := p.Resolve(Target{Arch: arch.X86})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, n := range pol.notes {
			got += string(n.Code) + " " + n.Effect.String()
		}
		if got != tt.want {
			t.Errorf("notes of %s = %q, want %q", tt.text, got, tt.want)
		}
	}
}
