package profile

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// alsoX86 returns the tests, and those that are for x86_64 alone once more for
// x86, where libseccomp compares 32 bits and the answers must be the same.
func alsoX86(tests []lawTest) []lawTest {
	for _, tt := range tests {
		if tt.target.Arch != 0 || strings.Contains(tt.text, "SCMP_ARCH_") {
			continue
		}
		tt.name += ", x86"
		tt.target.Arch, tt.target.Enosys = arch.X86, Enosys{Mode: EnosysOff}
		tt.want, tt.runc = strings.ReplaceAll(tt.want, "x86_64 ", "x86 "), strings.ReplaceAll(tt.runc, "x86_64 ", "x86 ")
		tests = append(tests, tt)
	}
	return tests
}

func TestLaw3Default(t *testing.T) {
	runLaw(t, alsoX86([]lawTest{
		{"said by a rule", rules("ERRNO(1)", "mremap -> ERRNO(1)"), Target{}, `
			x86_64 mremap() = ERRNO(1)
			note says-default same /syscalls/0/names/0`, ""},
		{"said with no errno", `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "syscalls": [{"names": ["mremap"], "action": "SCMP_ACT_ERRNO"}]}`, Target{}, `
			note says-default same /syscalls/0/names/0`, ""},
		{"said under another name", rules("KILL", "mremap -> KILL_THREAD"), Target{}, `
			x86_64 mremap() = KILL_THREAD
			note says-default same /syscalls/0/names/0`, ""},
		{"not said: another errno", rules("ERRNO(1)", "mremap -> ERRNO(38)"), Target{}, `
			x86_64 mremap() = ERRNO(38)
			x86_64 read() = ERRNO(1)`, ""},
		{"not said: another message", rules("TRACE(1)", "mremap -> TRACE(2)", "read -> TRACE(1)"), Target{}, `
			x86_64 mremap() = TRACE(2)
			note says-default same /syscalls/1/names/0`, ""},
		{"said twice", rules("ALLOW", "mremap -> ALLOW", "mremap if a0 == 1 -> ALLOW"), Target{}, `
			x86_64 mremap() = ALLOW
			note says-default same /syscalls/0/names/0
			note says-default same /syscalls/1/names/0`, ""},
		{"said of two calls, one of which has another rule", rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap if a0 == 2 -> ERRNO(1)", "read -> ERRNO(1)"), Target{}, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ERRNO(1)
			note says-default same /syscalls/2/names/0`, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ERRNO(1)
			note says-default weaker /syscalls/1/names/0
			note says-default same /syscalls/2/names/0`},
		// Row 10 of libseccomp's cases: a rule that says the default, and a
		// conditional one.
		{"always the default, and ALLOW under a condition", rules("ERRNO(1)", "mremap -> ERRNO(1)", "mremap if a0 == 1 -> ALLOW"), Target{}, `
			x86_64 mremap(0) = ERRNO(1)
			x86_64 mremap(1) = ERRNO(1)
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(0) = ERRNO(1)
			x86_64 mremap(1) = ALLOW
			note says-default weaker /syscalls/0/names/0`},
		{"the default under a condition, else ALLOW", rules("ERRNO(1)", "mremap if a0 == 1 -> ERRNO(1)", "mremap -> ALLOW"), Target{}, `
			x86_64 mremap(0) = ALLOW
			x86_64 mremap(1) = ERRNO(1)
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(0) = ALLOW
			x86_64 mremap(1) = ALLOW
			note says-default weaker /syscalls/0/names/0`},
		{"a permissive default under a condition, else ERRNO", rules("ALLOW", "mremap if a0 == 1 -> ALLOW", "mremap -> ERRNO(1)"), Target{}, `
			x86_64 mremap(0) = ERRNO(1)
			x86_64 mremap(1) = ERRNO(1)
			note overlap same /syscalls/0/names/0`, `
			x86_64 mremap(0) = ERRNO(1)
			x86_64 mremap(1) = ERRNO(1)
			note says-default same /syscalls/0/names/0`},
		{"always the default, first of two", rules("ERRNO(1)", "mremap -> ERRNO(1)", "mremap -> ALLOW"), Target{}, `
			x86_64 mremap() = ERRNO(1)
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap() = ALLOW
			note says-default weaker /syscalls/0/names/0`},
		{"the same condition with the default and another action", rules("ERRNO(1)", "mremap if a0 == 1 -> ERRNO(1)", "mremap if a0 == 1 -> ALLOW"), Target{}, `
			error contradiction /syscalls/1/names/0`, `
			x86_64 mremap(1) = ALLOW
			note says-default weaker /syscalls/0/names/0`},
	}))
}

// Rows 1 to 11 of libseccomp's cases of several rules for one call follow,
// first under law 5, then under law 6, the numbers in brackets. Row 10 is with
// law 3, row 12 is about multiplexers.
func TestLaw5Unconditional(t *testing.T) {
	runLaw(t, alsoX86([]lawTest{
		{"two: the strictest decides, in runc the first (1)", rules("ERRNO(1)", "mremap -> ALLOW", "mremap -> KILL_PROCESS"), Target{}, `
			x86_64 mremap() = KILL_PROCESS
			note overlap stricter /syscalls/0/names/0`, `
			x86_64 mremap() = ALLOW
			note first-counts weaker /syscalls/1/names/0`},
		{"two: the first is the strictest (1)", rules("ERRNO(1)", "mremap -> KILL_PROCESS", "mremap -> ALLOW"), Target{}, `
			x86_64 mremap() = KILL_PROCESS
			note overlap same /syscalls/1/names/0`, `
			x86_64 mremap() = KILL_PROCESS
			note first-counts stricter /syscalls/1/names/0`},
		{"two errnos: neither is stricter, the first counts", rules("ALLOW", "mremap -> ERRNO(2)", "mremap -> ERRNO(1)"), Target{}, `
			x86_64 mremap() = ERRNO(2)
			note overlap same /syscalls/1/names/0`, `
			x86_64 mremap() = ERRNO(2)
			note first-counts same /syscalls/1/names/0`},
		{"a deny appended to an allow-list", rules("ALLOW", "mremap -> LOG", "mremap -> ERRNO(1)"), Target{}, `
			x86_64 mremap() = ERRNO(1)
			note overlap stricter /syscalls/0/names/0`, `
			x86_64 mremap() = LOG
			note first-counts weaker /syscalls/1/names/0`},
		{"ALLOW twice, with the default between", rules("ALLOW", "mremap -> ERRNO(1)", "mremap -> ALLOW"), Target{}, `
			x86_64 mremap() = ERRNO(1)
			note overlap same /syscalls/1/names/0`, `
			x86_64 mremap() = ERRNO(1)
			note says-default same /syscalls/1/names/0`},
		{"two of one action", rules("ERRNO(1)", "mremap -> ALLOW", "mremap -> ALLOW"), Target{}, `
			x86_64 mremap() = ALLOW
			note redundant same /syscalls/1/names/0`, ""},
		{"three", rules("ERRNO(1)", "mremap -> ALLOW", "mremap -> TRAP", "mremap -> ALLOW"), Target{}, `
			x86_64 mremap() = TRAP
			note overlap stricter /syscalls/0/names/0
			note redundant same /syscalls/2/names/0`, `
			x86_64 mremap() = ALLOW
			note first-counts weaker /syscalls/1/names/0
			note redundant same /syscalls/2/names/0`},
		{"three, and a condition that the first unconditional one hides from runc", rules("ERRNO(1)", "mremap -> LOG", "mremap if a0 == 1 -> TRAP", "mremap -> KILL_THREAD"), Target{}, `
			x86_64 mremap(0) = KILL_THREAD
			x86_64 mremap(1) = KILL_THREAD
			note overlap stricter /syscalls/0/names/0
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(0) = LOG
			x86_64 mremap(1) = LOG
			note first-counts weaker /syscalls/1/names/0
			note first-counts weaker /syscalls/2/names/0`},
		{"an empty list of conditions is none", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
			{"names": ["mremap"], "action": "SCMP_ACT_ALLOW", "args": []}, {"names": ["mremap"], "action": "SCMP_ACT_TRAP", "args": null}]}`, Target{}, `
			x86_64 mremap() = TRAP
			note overlap stricter /syscalls/0/names/0`, `
			x86_64 mremap() = ALLOW
			note first-counts weaker /syscalls/1/names/0`},
		{"a condition that always holds (11)", rules("TRAP", "mremap if a0 >= 0 -> ERRNO(2)", "mremap if a1 == 1 -> ALLOW"), Target{}, `
			x86_64 mremap(7, 1) = ERRNO(2)
			x86_64 mremap(7, 2) = ERRNO(2)
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(7, 1) = ALLOW
			x86_64 mremap(7, 2) = ERRNO(2)
			note overlap weaker /syscalls/0/names/0`},
		{"a condition that always holds, alone (11)", rules("ERRNO(1)", "mremap if a0 >= 0 -> ALLOW"), Target{}, `
			x86_64 mremap(-1) = ALLOW`, ""},
		{"a condition that always holds, and an unconditional rule (11)", rules("ERRNO(1)", "mremap if a0 >= 0 -> ALLOW", "mremap -> ERRNO(2)"), Target{}, `
			x86_64 mremap(7) = ERRNO(2)
			note overlap same /syscalls/0/names/0`, `
			x86_64 mremap(7) = ERRNO(2)
			note first-counts stricter /syscalls/0/names/0`},
		{"a mask of 0, which libseccomp leaves out", rules("TRAP", "mremap if a1 == 1 -> ALLOW", "mremap if a0 & 0 == 0 -> ERRNO(2)"), Target{}, `
			x86_64 mremap(7, 1) = ERRNO(2)
			x86_64 mremap(7, 2) = ERRNO(2)
			note overlap same /syscalls/0/names/0`, `
			x86_64 mremap(7, 1) = ERRNO(2)
			x86_64 mremap(7, 2) = ERRNO(2)
			note first-counts stricter /syscalls/0/names/0`},
		{"a mask of 0, and an unconditional rule", rules("ERRNO(1)", "mremap if a0 & 0 == 0 -> ALLOW", "mremap -> ERRNO(2)"), Target{}, `
			x86_64 mremap(7) = ERRNO(2)
			note overlap stricter /syscalls/0/names/0`, `
			x86_64 mremap(7) = ALLOW
			note first-counts weaker /syscalls/1/names/0`},
		{"a mask of 0, and another condition", rules("ERRNO(1)", "mremap if a0 & 0 == 0 and a2 == 1 -> ALLOW", "mremap if a1 == 1 -> ERRNO(2)"), Target{}, `
			x86_64 mremap(7, 1, 1) = ERRNO(2)
			x86_64 mremap(7, 2, 1) = ALLOW
			note overlap stricter /syscalls/0/names/0`, `
			x86_64 mremap(7, 1, 1) = ALLOW
			x86_64 mremap(7, 2, 1) = ALLOW
			note overlap weaker /syscalls/1/names/0`},
		{"a mask that is 0 in 32 bits", rules("ERRNO(1)", "mremap if a0 & 0xff00000000 == 0 -> LOG", "mremap if a1 == 1 -> TRAP"), Target{Arch: arch.X86, Enosys: Enosys{Mode: EnosysOff}}, `
			x86 mremap(7, 1) = TRAP
			x86 mremap(7, 2) = LOG
			note arg-width stricter /syscalls/0/args/0
			note overlap stricter /syscalls/0/names/0`, `
			x86 mremap(7, 1) = LOG
			x86 mremap(7, 2) = LOG
			note arg-width weaker /syscalls/0/args/0
			note first-counts weaker /syscalls/1/names/0`},
	}))
}

func TestLaw6WhichRule(t *testing.T) {
	runLaw(t, alsoX86([]lawTest{
		{"a permissive condition, else strict (2)", rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap -> ERRNO(2)"), Target{}, `
			x86_64 mremap(1) = ERRNO(2)
			x86_64 mremap(2) = ERRNO(2)
			note overlap same /syscalls/0/names/0`, `
			x86_64 mremap(1) = ERRNO(2)
			x86_64 mremap(2) = ERRNO(2)
			note first-counts stricter /syscalls/0/names/0`},
		{"a strict condition, else permissive (2)", rules("ERRNO(1)", "mremap if a0 == 1 -> KILL_PROCESS", "mremap -> ALLOW"), Target{}, `
			x86_64 mremap(1) = KILL_PROCESS
			x86_64 mremap(2) = ALLOW
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ALLOW
			note first-counts weaker /syscalls/0/names/0`},
		{"permissive, but for a condition (3)", rules("ERRNO(1)", "mremap -> ALLOW", "mremap if a0 == 1 -> KILL_PROCESS"), Target{}, `
			x86_64 mremap(1) = KILL_PROCESS
			x86_64 mremap(2) = ALLOW
			note overlap stricter /syscalls/0/names/0`, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ALLOW
			note first-counts weaker /syscalls/1/names/0`},
		{"conditions on both sides of an unconditional rule (4)", rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap -> ERRNO(2)", "mremap if a1 == 1 -> KILL_PROCESS"), Target{}, `
			x86_64 mremap(1, 0) = ERRNO(2)
			x86_64 mremap(1, 1) = KILL_PROCESS
			x86_64 mremap(0, 1) = KILL_PROCESS
			x86_64 mremap(0, 0) = ERRNO(2)
			note overlap stricter /syscalls/0/names/0
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(1, 0) = ERRNO(2)
			x86_64 mremap(1, 1) = ERRNO(2)
			x86_64 mremap(0, 1) = ERRNO(2)
			note first-counts stricter /syscalls/0/names/0
			note first-counts weaker /syscalls/2/names/0`},
		{"one twice (5)", rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap if a0 == 1 -> ALLOW"), Target{}, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ERRNO(1)
			note redundant same /syscalls/1/names/0`, ""},
		// These libseccomp refuses to load, too.
		{"one condition, two actions (6)", rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap if a0 == 1 -> TRAP"), Target{}, `
			error contradiction /syscalls/1/names/0`, ""},
		{"one condition, two errnos (6)", rules("ERRNO(1)", "mremap if a0 == 1 -> ERRNO(2)", "mremap if a0 == 1 -> ERRNO(3)"), Target{}, `
			error contradiction /syscalls/1/names/0`, ""},
		{"the same conditions in another order (6)", rules("ERRNO(1)", "mremap if a0 == 1 and a2 < 3 -> ALLOW", "mremap if a2 < 3 and a0 == 1 -> TRAP"), Target{}, `
			error contradiction /syscalls/1/names/0`, ""},
		{"the same condition otherwise written (6)", rules("ERRNO(1)", "mremap if a0 & 0xffffffffffffffff == 1 -> ALLOW", "mremap if a0 == 1 -> TRAP"), Target{}, `
			error contradiction /syscalls/1/names/0`, ""},
		// And these; here the shorter one is asked first, as where it stands first (8).
		{"a condition and more, then it alone (7)", rules("ERRNO(1)", "mremap if a0 == 1 and a1 == 2 -> TRAP", "mremap if a0 == 1 -> ALLOW"), Target{}, `
			x86_64 mremap(1, 2) = TRAP
			x86_64 mremap(1, 3) = ALLOW
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(1, 2) = ALLOW
			x86_64 mremap(1, 3) = ALLOW
			note overlap weaker /syscalls/0/names/0`},
		{"three, of which one is part of both others", rules("ERRNO(1)", "mremap if a0 == 1 and a1 == 2 -> TRAP", "mremap if a0 == 1 -> TRAP",
			"mremap if a0 == 1 and a2 == 3 -> ALLOW"), Target{Compat: CompatRunc, AcceptWeaker: true}, `
			x86_64 mremap(1, 0, 3) = TRAP
			note overlap weaker /syscalls/0/names/0
			note overlap same /syscalls/2/names/0`, ""},
		{"a condition alone, then more (8)", rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap if a0 == 1 and a1 == 2 -> TRAP"), Target{}, `
			x86_64 mremap(1, 2) = TRAP
			x86_64 mremap(1, 3) = ALLOW
			note overlap stricter /syscalls/0/names/0`, `
			x86_64 mremap(1, 2) = ALLOW
			x86_64 mremap(1, 3) = ALLOW
			note overlap weaker /syscalls/1/names/0`},
		{"a condition and more, of one action (9)", rules("ERRNO(1)", "mremap if a0 == 1 and a1 == 2 -> ALLOW", "mremap if a0 == 1 -> ALLOW"), Target{}, `
			x86_64 mremap(1, 2) = ALLOW
			x86_64 mremap(1, 3) = ALLOW
			x86_64 mremap(2, 2) = ERRNO(1)`, ""},

		// The kernel's order of actions: KILL_PROCESS, KILL_THREAD, TRAP, ERRNO,
		// NOTIFY, TRACE, LOG, ALLOW.
		{"the strictest decides", rules("ERRNO(1)",
			"mremap if a0 > 0 -> ALLOW", "mremap if a0 > 1 -> LOG", "mremap if a0 > 2 -> TRACE(7)", "mremap if a0 > 3 -> NOTIFY",
			"mremap if a0 > 4 -> ERRNO(2)", "mremap if a0 > 5 -> TRAP", "mremap if a0 > 6 -> KILL_THREAD", "mremap if a0 > 7 -> KILL_PROCESS"), Target{}, `
			x86_64 mremap(0) = ERRNO(1)
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = LOG
			x86_64 mremap(3) = TRACE(7)
			x86_64 mremap(4) = NOTIFY
			x86_64 mremap(5) = ERRNO(2)
			x86_64 mremap(6) = TRAP
			x86_64 mremap(7) = KILL_THREAD
			x86_64 mremap(8) = KILL_PROCESS
			note overlap same /syscalls/0/names/0
			note overlap same /syscalls/1/names/0
			note overlap same /syscalls/2/names/0
			note overlap same /syscalls/3/names/0
			note overlap same /syscalls/4/names/0
			note overlap same /syscalls/5/names/0
			note overlap same /syscalls/6/names/0`, `
			x86_64 mremap(2) = LOG
			x86_64 mremap(8) = KILL_PROCESS
			note overlap same /syscalls/0/names/0
			note overlap same /syscalls/1/names/0
			note overlap same /syscalls/2/names/0
			note overlap same /syscalls/3/names/0
			note overlap same /syscalls/4/names/0
			note overlap same /syscalls/5/names/0
			note overlap same /syscalls/6/names/0`},
		{"of equals the first written", rules("ALLOW", "mremap if a0 == 1 -> ERRNO(9)", "mremap if a1 == 1 -> ERRNO(2)"), Target{}, `
			x86_64 mremap(1, 0) = ERRNO(9)
			x86_64 mremap(1, 1) = ERRNO(9)
			x86_64 mremap(0, 1) = ERRNO(2)
			note overlap same /syscalls/1/names/0`, `
			x86_64 mremap(1, 1) = ERRNO(2)
			note overlap same /syscalls/0/names/0`},
		{"one pair of four that one call matches", rules("ERRNO(1)", "mremap if a0 == 1 -> ALLOW", "mremap if a0 > 1 -> TRAP", "mremap if a0 & 3 == 0 and a1 == 1 -> LOG", "mremap if a0 == 0 and a1 != 1 -> TRAP"), Target{}, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(0, 1) = LOG
			x86_64 mremap(0, 0) = TRAP
			x86_64 mremap(4, 1) = TRAP
			note overlap stricter /syscalls/2/names/0`, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(0, 1) = LOG
			x86_64 mremap(0, 0) = TRAP
			x86_64 mremap(4, 1) = LOG
			note overlap weaker /syscalls/1/names/0`},
		{"a rule behind a stricter and a laxer one", rules("ERRNO(1)", "mremap if a0 == 1 -> TRAP", "mremap if a1 == 1 -> ALLOW", "mremap if a2 == 1 -> KILL_PROCESS"), Target{}, `
			x86_64 mremap(1, 0, 1) = KILL_PROCESS
			x86_64 mremap(1, 1, 0) = TRAP
			note overlap same /syscalls/0/names/0
			note overlap stricter /syscalls/1/names/0`, `
			x86_64 mremap(1, 0, 1) = KILL_PROCESS
			x86_64 mremap(1, 1, 0) = ALLOW
			note overlap weaker /syscalls/0/names/0
			note overlap same /syscalls/1/names/0`},
		{"on each ABI", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X32"], "syscalls": [
			{"names": ["mremap"], "action": "SCMP_ACT_TRAP"}, {"names": ["mremap"], "action": "SCMP_ACT_ALLOW"}]}`, Target{}, `
			x86_64 mremap() = TRAP
			x32 mremap() = TRAP
			note overlap same /syscalls/1/names/0`, `
			x86_64 mremap() = TRAP
			note first-counts stricter /syscalls/1/names/0`},
	}))
}

func TestLaw7SameArgument(t *testing.T) {
	entry := func(conds string) string { return rules("ERRNO(1)", "mremap if "+conds+" -> ALLOW") }
	runLaw(t, alsoX86([]lawTest{
		{"two values", entry("a0 == 1 and a0 == 2"), Target{}, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ALLOW
			x86_64 mremap(3) = ERRNO(1)
			note same-arg-or same /syscalls/0/args/1`, ""},
		{"two values and another argument, which gets a rule, too, in runc", entry("a0 == 1 and a1 == 5 and a0 == 2"), Target{}, `
			error same-arg /syscalls/0/args/2`, `
			x86_64 mremap(1, 0) = ALLOW
			x86_64 mremap(2, 0) = ALLOW
			x86_64 mremap(3, 5) = ALLOW
			x86_64 mremap(3, 0) = ERRNO(1)
			note same-arg-or weaker /syscalls/0/args/2`},
		{"the same, strict", rules("ALLOW", "mremap if a0 == 1 and a1 == 5 and a0 == 2 -> TRAP"), Target{}, `
			error same-arg /syscalls/0/args/2`, `
			x86_64 mremap(1, 0) = TRAP
			x86_64 mremap(3, 5) = TRAP
			note same-arg-or stricter /syscalls/0/args/2`},
		{"three values", entry("a0 == 1 and a0 == 2 and a0 == 3"), Target{}, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ALLOW
			x86_64 mremap(3) = ALLOW
			x86_64 mremap(4) = ERRNO(1)
			note same-arg-or same /syscalls/0/args/2`, ""},
		{"three values, of which two meet", entry("a0 == 1 and a0 == 2 and a0 & 1 == 1"), Target{}, `
			error same-arg /syscalls/0/args/2`, `
			x86_64 mremap(3) = ALLOW
			note same-arg-or weaker /syscalls/0/args/2`},
		{"ranges that exclude each other", entry("a0 < 8 and a0 > 40"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(7) = ALLOW
			x86_64 mremap(41) = ALLOW
			x86_64 mremap(8) = ERRNO(1)
			note same-arg-or weaker /syscalls/0/args/1`},
		{"a value and a range that exclude each other", entry("a0 == 1 and a0 > 40"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(1) = ALLOW
			note same-arg-or weaker /syscalls/0/args/1`},
		{"masks that exclude each other", entry("a0 & 3 == 1 and a0 & 1 == 0"), Target{}, `
			x86_64 mremap(5) = ALLOW
			x86_64 mremap(2) = ALLOW
			x86_64 mremap(3) = ERRNO(1)
			note same-arg-or same /syscalls/0/args/1`, ""},
		{"nothing at all", entry("a0 < 0 and a0 == 1"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(0) = ERRNO(1)
			note same-arg-or weaker /syscalls/0/args/1`},
		{"the other argument makes it impossible", entry("a0 > 1 and a0 < 5 and a1 < 0"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(0) = ALLOW
			x86_64 mremap(9) = ALLOW
			note same-arg-or weaker /syscalls/0/args/1`},
		{"an interval", entry("a0 >= 1 and a0 <= 5"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(0) = ALLOW
			x86_64 mremap(9) = ALLOW
			note same-arg-or weaker /syscalls/0/args/1`},
		{"an interval that another argument stands in", entry("a0 >= 1 and a1 == 7 and a0 <= 5"), Target{}, `
			error same-arg /syscalls/0/args/2`, `
			x86_64 mremap(0, 0) = ALLOW
			x86_64 mremap(3, 0) = ALLOW
			note same-arg-or weaker /syscalls/0/args/2`},
		{"two values not to have", entry("a0 != 1 and a0 != 2"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ALLOW
			note same-arg-or weaker /syscalls/0/args/1`},
		{"a strict entry", rules("ALLOW", "mremap if a0 != 1 and a0 != 2 -> TRAP"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(1) = TRAP
			note same-arg-or stricter /syscalls/0/args/1`},
		// Narrowed to what the kernel reads, these exclude each other; as written
		// they can both hold.
		{"a value and a range that meet above 32 bits", rules("ERRNO(1)", "dup if a0 == 0x100000001 and a0 >= 16 -> ALLOW"), Target{Arch: arch.X86_64, AcceptWeaker: true}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 dup(1) = ERRNO(1)
			x86_64 dup(16) = ALLOW
			note same-arg-or weaker /syscalls/0/args/1`},
		{"masks that exclude each other above 32 bits", rules("ERRNO(1)", "dup if a0 & 0x100000003 == 1 and a0 & 0x100000003 == 0x100000001 -> ALLOW"), Target{Arch: arch.X86_64}, `
			x86_64 dup(1) = ALLOW
			x86_64 dup(0x80000001) = ERRNO(1)
			note arg-width stricter /syscalls/0/args/0
			note arg-width stricter /syscalls/0/args/1
			note same-arg-or same /syscalls/0/args/1`, `
			x86_64 dup(1) = ALLOW
			x86_64 dup(0x100000001) = ALLOW
			note same-arg-or same /syscalls/0/args/1`},
		{"one condition twice", entry("a0 == 1 and a0 == 1"), Target{}, `
			error same-arg /syscalls/0/args/1`, `
			x86_64 mremap(1) = ALLOW
			x86_64 mremap(2) = ERRNO(1)
			note same-arg-or weaker /syscalls/0/args/1`},
		{"seven conditions", entry("a0 == 1 and a1 == 1 and a2 == 1 and a3 == 1 and a4 == 1 and a5 == 1 and a0 == 2"), Target{}, `
			error same-arg /syscalls/0/args/6`, `
			x86_64 mremap(0, 0, 0, 1) = ALLOW
			x86_64 mremap(2) = ALLOW
			x86_64 mremap(3) = ERRNO(1)
			note same-arg-or weaker /syscalls/0/args/6`},
		{"seven conditions that can all hold", entry("a0 < 9 and a1 == 1 and a2 == 1 and a3 == 1 and a4 == 1 and a5 == 1 and a0 < 8"), Target{}, `
			error same-arg /syscalls/0/args/6`, `
			x86_64 mremap(9, 0, 0, 1) = ALLOW
			x86_64 mremap(8) = ALLOW
			note same-arg-or weaker /syscalls/0/args/6`},
		{"all six", entry("a5 == 1 and a4 == 1 and a3 == 1 and a2 == 1 and a1 == 1 and a0 == 1"), Target{}, `
			x86_64 mremap(1, 1, 1, 1, 1, 1) = ALLOW
			x86_64 mremap(1, 1, 1, 1, 1, 0) = ERRNO(1)
			x86_64 mremap(0, 1, 1, 1, 1, 1) = ERRNO(1)`, ""},
		{"of a call that is not here", rules("ERRNO(1)", "chown32 if a0 != 1 and a0 != 2 -> ALLOW"), Target{Arch: arch.X86_64}, "", ""},
		{"two names, two ABIs, one fault", `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [
			{"names": ["mremap", "mmap"], "action": "SCMP_ACT_ALLOW", "args": [
				{"index": 0, "value": 1, "op": "SCMP_CMP_NE"}, {"index": 0, "value": 2, "op": "SCMP_CMP_NE"}]}]}`, Target{}, `
			error same-arg /syscalls/0/args/1`, `
			note same-arg-or weaker /syscalls/0/args/1`},
	}))
}
