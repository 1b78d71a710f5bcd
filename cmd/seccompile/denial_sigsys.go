package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A goDump is what Go's runtime prints of a program that gets SIGSYS: the traces of its
// goroutines, and then the registers.
type goDump struct {
	line      int    // its first
	code      string // why there was the signal
	registers map[string]uint64
	frame     queryText // of the function that makes calls, without an ABI
	lines     int
}

// sysSeccomp is the code of a SIGSYS that seccomp sent (asm-generic/siginfo.h).
const sysSeccomp = "1"

// maxDump is after how many lines the registers of a dump are not expected any more.
const maxDump = 100_000

var (
	goHead     = regexp.MustCompile(`\bSIGSYS: bad system call\b`)
	goCode     = regexp.MustCompile(`\bsigcode=(-?\d+)\b`)
	goFrame    = regexp.MustCompile(`^(?:syscall|(?:runtime/internal|internal/runtime)/syscall|golang\.org/x/sys/unix)\.(?:Raw)?(?:Syscall|syscall)(?:6|N|NoError|_no_error)?\((0x[0-9a-f]{1,8})((?:, 0x[0-9a-f]+\??)*)(?:, \.\.\.)?\)`)
	goRegister = regexp.MustCompile(`(?:^|\s)([a-z]{1,3}\d{0,2}|rflags|eflags|cpsr|fault)\s+0x([0-9a-f]{1,16})\b`)
)

// goRegisters are the registers of calls by architecture: the number's and the arguments'.
// The first one tells the architectures apart, since no other has one of that name.
var goRegisters = []struct{ mark, abi, nr, args string }{
	{"rip", "x86_64", "rax", "rdi rsi rdx r10 r8 r9"},
	{"eip", "x86", "eax", "ebx ecx edx esi edi ebp"},
	{"cpsr", "arm", "r7", "r0 r1 r2 r3 r4 r5"},
	{"r29", "aarch64", "r8", "r0 r1 r2 r3 r4 r5"},
	{"a7", "riscv64", "a7", "a0 a1 a2 a3 a4 a5"},
}

// goDump reads a line of a dump. The lines of goroutines and others that may be between
// count as skipped.
func (r *denialReader) goDump(line string) bool {
	if strings.Contains(line, "SIGSYS: ") && goHead.MatchString(line) && !strings.Contains(line, `"SIGSYS`) {
		r.endDump()
		r.dump = &goDump{line: r.number, registers: map[string]uint64{}}
		return true
	}
	d := r.dump
	if d == nil {
		return false
	}
	if d.lines++; d.lines > maxDump {
		r.endDump()
		return false
	}
	if m := goCode.FindStringSubmatch(line); m != nil && d.code == "" {
		d.code = m[1]
		return true
	}
	if m := goFrame.FindStringSubmatch(line); m != nil && d.frame.name == "" && len(d.registers) == 0 {
		d.frame.name = m[1]
		for arg := range strings.FieldsFuncSeq(m[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			if strings.HasSuffix(arg, "?") { // the stack may have something else by now
				arg = "_"
			}
			if d.frame.args = append(d.frame.args, arg); len(d.frame.args) == 6 {
				break
			}
		}
		return true
	}
	all := goRegister.FindAllStringSubmatch(line, -1) // some architectures have two a line
	for _, m := range all {
		if _, twice := d.registers[m[1]]; twice {
			r.endDump()
			return true
		}
		d.registers[m[1]], _ = strconv.ParseUint(m[2], 16, 64)
	}
	if len(all) == 0 && len(d.registers) > 0 {
		r.endDump()
		return false
	}
	return len(all) > 0
}

// endDump tells of the dump that has been read.
func (r *denialReader) endDump() {
	d := r.dump
	r.dump = nil
	if d == nil {
		return
	}
	if d.code != "" && d.code != sysSeccomp {
		r.skipped++ // somebody else sent it
		return
	}
	x := denial{line: d.line, seen: seen{text: "SIGSYS", actions: trapped}, call: d.frame}
	for _, regs := range goRegisters {
		nr, ok := d.registers[regs.nr]
		if _, marked := d.registers[regs.mark]; !ok || !marked {
			continue
		}
		x.call = queryText{abi: regs.abi, name: strconv.FormatUint(nr&0xffffffff, 10)}
		for name := range strings.FieldsSeq(regs.args) {
			text := "_"
			if value, ok := d.registers[name]; ok {
				text = "0x" + strconv.FormatUint(value, 16)
			}
			x.call.args = append(x.call.args, text)
		}
		break
	}
	r.denied(x)
}

// sigsysWords are in lines that tell of a SIGSYS: one of them in each.
var sigsysWords = []string{"ystem call", "SYS", "159", "SIGNAL=31"}

// Lines that tell of a SIGSYS: all but causeLine without the call.
var (
	shellLine   = regexp.MustCompile(`(?:^|\s)(?:(\d+) )?Bad system call\b`)
	serviceLine = regexp.MustCompile(`(?:status=31/SYS|Signal: 31 \(SYS\)|signal 31 \(SYS\)|terminated by signal SYS|signal: bad system call|COREDUMP_SIGNAL=31\b)`)
	statusLine  = regexp.MustCompile(`(?i)\b(?:exit(?:ed)?[ _-]?(?:code|status)?|exited with(?: code| status)?)"?[ :=(]*159\b`)
	causeLine   = regexp.MustCompile(`\bseccomp prevented call to disallowed (\w+) system call (\d+)`)
	unitOf      = regexp.MustCompile(`(?:^|\s)([\w@.\\:-]+\.(?:service|scope)): `)
	processOf   = regexp.MustCompile(`\b(?:PID: |[Pp]rocess |pid[= ])(\d+)\b`)
)

// shell reads what shells, service managers and engines say of a process that SIGSYS
// has ended.
func (r *denialReader) shell(line string) bool {
	if !slices.ContainsFunc(sigsysWords, func(word string) bool { return strings.Contains(line, word) }) {
		return false
	}
	if m := causeLine.FindStringSubmatch(line); m != nil { // of Android
		if register := crashNumbers[m[1]]; m[2] == "0" && register != "" {
			r.endCrash(0)
			r.crash = &crash{r.number, m[1], register}
		} else {
			r.caused(r.number, m[1], m[2])
		}
		return true
	}
	d := denial{seen: killed}
	switch m := shellLine.FindStringSubmatch(line); {
	case m != nil:
		d.pid, _ = strconv.Atoi(m[1])
	case statusLine.MatchString(line):
		d.seen.text = "exit status 159, which is 128 + SIGSYS"
	case !serviceLine.MatchString(line):
		return false
	}
	if m := unitOf.FindStringSubmatch(line); m != nil {
		d.where = "unit " + m[1]
	}
	if m := processOf.FindStringSubmatch(line); m != nil && d.pid == 0 {
		d.pid, _ = strconv.Atoi(m[1])
	}
	r.denied(d)
	return true
}

// A crash is a report of Android that says call 0: older releases leave the number out, and only
// the registers have it.
type crash struct {
	line    int
	abi     string
	numbers string // the register with the number
}

// crashNumbers are the registers with the numbers of calls, by what Android calls ABIs.
var crashNumbers = map[string]string{"arm64": "x8", "arm": "r7"}

// crashRegister is a register of a crash report.
var crashRegister = regexp.MustCompile(`(?:^|\s)([a-z]{1,3}\d{0,2})\s+([0-9a-f]{8}|[0-9a-f]{16})\b`)

// crashed reads a line of registers that follows a crash report.
func (r *denialReader) crashed(line string) bool {
	c := r.crash
	if c == nil {
		return false
	}
	all := crashRegister.FindAllStringSubmatch(line, -1)
	if len(all) == 0 {
		r.endCrash(0)
		return false
	}
	for _, m := range all {
		if m[1] == c.numbers {
			nr, _ := strconv.ParseUint(m[2], 16, 64)
			r.endCrash(uint32(nr))
			break
		}
	}
	return true
}

// endCrash tells of the report that has been read.
func (r *denialReader) endCrash(nr uint32) {
	if c := r.crash; c != nil {
		r.crash = nil
		r.caused(c.line, c.abi, strconv.FormatUint(uint64(nr), 10))
	}
}

// caused tells of the call that a crash report names.
func (r *denialReader) caused(line int, abi, nr string) {
	q := queryText{abi: abi, name: nr}
	if _, err := q.on(arch.X86_64); err != nil {
		r.faulty(line, "a crash report", err)
		return
	}
	r.denied(denial{line: line, call: q, seen: seen{text: "SIGSYS", actions: trapped}})
}
