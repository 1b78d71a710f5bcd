package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/sys/unix"
)

// perilous calls have effects with any arguments: they do not return, wait, or end the
// console.
var perilous = strings.Fields("exit exit_group fork vfork pause sigreturn rt_sigreturn sigsuspend vhangup restart_syscall " +
	"sched_yield sync munlockall idle syscall breakpoint cacheflush usr26 usr32 set_tls set_thread_area switch_endian " +
	"spu_run sysmips rtas subpage_prot close_range swapcontext close uretprobe uprobe")

// probe calls a number with arguments that every call refuses, and reports whether the kernel
// knows it.
func probe(nr uint32) bool {
	_, _, e := syscall.RawSyscall6(uintptr(nr), bad, bad, bad, bad, bad, bad)
	return e != unix.ENOSYS
}

// bad is invalid as a descriptor, address, length, process or set of flags.
const bad = ^uintptr(0)

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, " ")
}

// newer lists the calls that the kernel has though the tables say that a later release brought them.
func newer() string {
	running, err := syscalls.ParseVersion(release())
	if err != nil {
		return err.Error()
	}
	var names []string
	for nr, name := range syscalls.All(host) {
		if v, ok := syscalls.Since(host, name); ok && v.Compare(running) > 0 && probe(nr) {
			names = append(names, name)
		}
	}
	return list(names)
}

// missing lists the calls that the kernel lacks though the tables say that this release or an earlier one brought
// them: Debian builds it without them, or they are newer.
func missing() string {
	running, err := syscalls.ParseVersion(release())
	if err != nil {
		return err.Error()
	}
	functions, err := entries()
	if err != nil {
		return err.Error()
	}
	var names []string
	for nr, name := range syscalls.All(host) {
		if functions[name] == "" || functions[name] == "sys_ni_syscall" || slices.Contains(perilous, name) {
			continue
		}
		if v, ok := syscalls.Since(host, name); ok && v.Compare(running) > 0 || probe(nr) {
			continue
		}
		// Some calls answer so to an operation that they do not know, but not to 0.
		if _, e := call(uint64(nr)); e == unix.ENOSYS {
			names = append(names, name)
		}
	}
	return list(names)
}

// unknown lists the numbers that the kernel serves and the tables lack.
func unknown() string {
	var numbers []string
	base := host.NumberBase()
	for nr := base; nr < base+700; nr++ {
		if _, ok := syscalls.Name(host, nr); !ok && probe(nr) {
			numbers = append(numbers, strconv.Itoa(int(nr)))
		}
	}
	return list(numbers)
}

const tracing = "/sys/kernel/tracing/"

// tableRows returns the rows of internal/calls/table.csv.
func tableRows() ([][]string, error) {
	f, err := os.Open("/src/internal/calls/table.csv")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	return r.ReadAll()
}

// entries returns the kernel's function for each call of the ABI, as internal/calls/table.csv has it.
func entries() (map[string]string, error) {
	rows, err := tableRows()
	if err != nil {
		return nil, err
	}
	m := map[string]string{}
	for _, row := range rows {
		if row[0] == tableName() {
			m[row[2]] = row[3]
		}
	}
	return m, nil
}

// tableName is the ABI's in table.csv, which has one of both byte orders.
func tableName() string {
	switch host {
	case arch.MIPSEL:
		return arch.MIPS.String()
	case arch.MIPSEL64:
		return arch.MIPS64.String()
	case arch.PPC64LE:
		return arch.PPC64.String()
	}
	return host.String()
}

// agreeing are how many names of numbers and widths of arguments agree on the guests at least. MIPS's tracer names few
// numbers of n64.
var agreeing = map[arch.Arch]struct{ names, widths int }{
	arch.X86_64:   {320, 900},
	arch.X86:      {380, 1050},
	arch.AArch64:  {280, 800},
	arch.ARM:      {380, 1100},
	arch.S390X:    {340, 1000},
	arch.PPC64LE:  {350, 1050},
	arch.RISCV64:  {310, 950},
	arch.MIPSEL64: {60, 900},
	arch.MIPSEL:   {350, 1000},
}

// enough says that at least as many comparisons agree as on any guest of the ABI, or how many do: each release has
// more.
func enough(same, least int) string {
	if least > 0 && same >= least {
		return fmt.Sprintf("%d and more agree", least)
	}
	return fmt.Sprintf("%d agree", same)
}

var traced = regexp.MustCompile(`-(\d+) +\[.*?: (?:tracing_mark_write: )?(nr \w+|sys_\w+)\b`)

// names compares the kernel's name of each number, which its tracer tells, with the tables'.
func names() string {
	if !native() {
		return ""
	}
	functions, err := entries()
	if err != nil {
		return err.Error()
	}
	for _, set := range [][2]string{{"buffer_size_kb", "8192"}, {"options/event-fork", "1"}, {"set_event_pid", strconv.Itoa(unix.Gettid())}, {"events/syscalls/enable", "1"}} {
		if err := os.WriteFile(tracing+set[0], []byte(set[1]), 0); err != nil {
			return err.Error()
		}
	}
	marker, err := unix.Open(tracing+"trace_marker", unix.O_WRONLY, 0)
	if err != nil {
		return err.Error()
	}
	called := map[string][]string{} // the names of a number
	var numbers []uint32
	var marks [][]byte
	for nr, name := range syscalls.All(host) {
		n := strconv.Itoa(int(nr))
		if called[n] = append(called[n], name); len(called[n]) == 1 && !slices.Contains(perilous, name) {
			numbers, marks = append(numbers, nr), append(marks, []byte("nr "+n))
		}
	}
	numbers, marks = append(numbers, ^uint32(0)), append(marks, []byte("nr end"))
	// In a process whose only thread no Go runtime makes calls on. It must not enter a function whose prologue may
	// yield to the scheduler, whose threads it lacks. RawSyscall has no such prologue.
	flags := cloneArgs(uintptr(unix.SIGCHLD))
	pid, _, e := syscall.RawSyscall6(unix.SYS_CLONE, flags[0], flags[1], 0, 0, 0, 0)
	if e == 0 && pid == 0 {
		for i, nr := range numbers {
			syscall.RawSyscall(unix.SYS_WRITE, uintptr(marker), uintptr(unsafe.Pointer(&marks[i][0])), uintptr(len(marks[i])))
			syscall.RawSyscall6(uintptr(nr), bad, bad, bad, bad, bad, bad)
		}
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
	}
	var ws unix.WaitStatus
	unix.Wait4(int(pid), &ws, 0, nil)
	os.WriteFile(tracing+"events/syscalls/enable", []byte("0"), 0)
	f, err := os.Open(tracing + "trace")
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	same := 0
	var differ, entered []string // entered has the functions since the last mark
	nr := ""
	for s := bufio.NewScanner(f); s.Scan(); {
		m := traced.FindStringSubmatch(s.Text())
		if m == nil || m[1] != strconv.Itoa(int(pid)) || strings.Contains(s.Text(), " -> ") {
			continue
		}
		next, mark := strings.CutPrefix(m[2], "nr ")
		if !mark {
			entered = append(entered, m[2])
			continue
		}
		if n := len(entered); n > 0 && entered[n-1] == "sys_write" {
			entered = entered[:n-1] // the mark's own; MIPS traces only calls that n32 does not share
		}
		if nr != "" && len(entered) > 0 {
			function := entered[0]
			if slices.ContainsFunc(called[nr], func(name string) bool {
				// Some machines have a function of their own, and the newest kernel lacks some functions.
				return function == functions[name] || strings.HasSuffix(function, "_"+name)
			}) {
				same++
			} else {
				differ = append(differ, fmt.Sprintf("%s is %s, not %s", nr, function, functions[called[nr][0]]))
			}
		}
		nr, entered = next, nil
	}
	if nr != "end" {
		differ = append(differ, fmt.Sprintf("ended after %s: %v", nr, ws))
	}
	return strings.Join(append([]string{enough(same, agreeing[host].names)}, differ...), "; ")
}

// native reports whether the program has the kernel's own ABI, whose calls alone are traced.
func native() bool {
	var u unix.Utsname
	unix.Uname(&u)
	machine := unix.ByteSliceToString(u.Machine[:])
	return wide || !strings.Contains(machine, "64")
}

var field = regexp.MustCompile(`field:(.*?)\b(\w+);\s*offset`)

// declared compares the width of each argument's type, as the kernel's tracer declares it, with the tables'.
func declared() string {
	if !native() {
		return ""
	}
	functions, err := entries()
	if err != nil {
		return err.Error()
	}
	same := 0
	var narrower, wider []string
	types := map[string]bool{}
	for name := range maps.Keys(functions) {
		function, ok := strings.CutPrefix(functions[name], "sys_")
		if !ok {
			continue
		}
		text, err := os.ReadFile(filepath.Join(tracing, "events/syscalls/sys_enter_"+function, "format"))
		if err != nil {
			continue
		}
		fields := field.FindAllStringSubmatch(string(text), -1)
		arg := -1
		for _, f := range fields {
			if f[2] == "__syscall_nr" {
				arg = 0
				continue
			}
			if arg < 0 || strings.HasPrefix(f[1], "__data_loc") { // a copy of a string
				continue
			}
			bits, ok := widthOf(f[1])
			if !ok {
				types[strings.TrimSpace(f[1])] = true
			}
			if !wide && bits == 64 {
				break // a pair of arguments, which the ABI places
			}
			switch table := syscalls.Width(host, name, arg); {
			case table < bits:
				narrower = append(narrower, fmt.Sprintf("%s.%d", name, arg))
			case table > bits:
				wider = append(wider, fmt.Sprintf("%s.%d", name, arg))
			default:
				same++
			}
			arg++
		}
	}
	slices.Sort(narrower)
	slices.Sort(wider)
	out := enough(same, agreeing[host].widths)
	if len(narrower) > 0 {
		out += "; narrower in the tables: " + strings.Join(narrower, " ")
	}
	if len(wider) > 0 {
		out += "; wider: " + strings.Join(wider, " ")
	}
	if len(types) > 0 {
		out += "; types unknown: " + strings.Join(slices.Sorted(maps.Keys(types)), ", ")
	}
	return out
}

// narrow are the types of 16 bits.
var narrow = map[string]int{"umode_t": 16, "old_uid_t": 16, "old_gid_t": 16}

// widthOf returns the bits of a C type.
func widthOf(c string) (bits int, ok bool) {
	c = strings.TrimSpace(strings.ReplaceAll(c, "const ", ""))
	if bits, ok := narrow[c]; ok {
		return bits, true
	}
	register := 8 * int(unsafe.Sizeof(uintptr(0)))
	if strings.Contains(c, "*") {
		return register, true
	}
	switch c {
	case "int", "unsigned int", "unsigned", "u32", "__u32", "s32", "__s32", "pid_t", "uid_t", "gid_t", "qid_t", "key_t", "mqd_t", "clockid_t",
		"timer_t", "key_serial_t", "rwf_t", "enum landlock_rule_type", "uint":
		return 32, true
	case "long", "unsigned long", "size_t", "off_t", "aio_context_t", "cap_user_header_t", "cap_user_data_t", "__sighandler_t",
		"old_sigset_t", "uintptr_t":
		return register, true
	case "loff_t", "u64", "__u64":
		return 64, true
	}
	return register, false
}
