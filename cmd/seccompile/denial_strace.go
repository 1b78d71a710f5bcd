package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A tracedThread is what strace has printed of a thread.
type tracedThread struct {
	started string // a call that has not returned yet
	last    string // the call that returned last, if it is one that queries have
	result  string // of last
	bits32  bool
	trapped bool // the last call got SIGSYS
}

// maxThreads is of how many threads strace's lines are joined.
const maxThreads = 10_000

var (
	// straceHead is what comes before an event: what container engines put before a line, a
	// process, times, an instruction pointer and a number, each if it is asked for.
	straceHead = regexp.MustCompile(`^\s*(?:\d{4}-\d\d-\d\dT\S+ +(?:std(?:out|err) [FP] +)?)?(?:\[pid +(\d+)(?:<[^>]*>)?\] |(\d+)(?:<[^>]*>)? +)?(?:\d[\d:.]*[:.]\d+ +|\d{8,} +|\(\+ *[\d.]+\) +|\[[ 0-9a-f?]+\] +)*`)
	// straceCall is a call that has begun.
	straceCall = regexp.MustCompile(`^([a-z_][a-z0-9_]*)\(`)
	// straceRest is the end of a call that another thread's lines have interrupted.
	straceRest = regexp.MustCompile(`^<\.\.\. ([a-z_][a-z0-9_]*) resumed>\s*(.*)$`)
	// straceResult is the end of a call that has returned.
	straceResult = regexp.MustCompile(`\)\s*= (\?|-?\d+|0x[0-9a-f]+)(?:<[^>]*>)?(?: (E[A-Z0-9]+))?(?: \([^()]*\))?(?: <[\d.]+>)?$`)
	straceSignal = regexp.MustCompile(`^--- SIGSYS \{(.*)\} ---$`)
	// straceMode goes to standard error, with strace's name before it.
	straceMode = regexp.MustCompile(`^(?:strace: )?\[ Process PID=(\d+) runs in (\S+)(?: bit)? mode\. \]$`)
)

// trapped is what SIGSYS tells that a process can handle. Kernels before 5.16 have
// tracers see it of a call that kills, too.
var trapped = []policy.Action{policy.Trap, policy.KillProcess, policy.KillThread}

// strace reads a line of strace. Calls that pass count as skipped.
func (r *denialReader) strace(line string) bool {
	head := straceHead.FindStringSubmatch(line)
	event := strings.TrimSpace(line[len(head[0]):])
	name := head[1] + head[2]
	if m := straceMode.FindStringSubmatch(event); m != nil {
		for _, thread := range []string{m[1], name} { // lines of a single process do not have its number
			if t := r.thread(thread); t != nil {
				t.bits32 = m[2] == "32"
			}
		}
		return false
	}
	switch {
	case straceCall.MatchString(event):
		return r.straceCall(name, event)
	case strings.HasPrefix(event, "<... "):
		m := straceRest.FindStringSubmatch(event)
		t := r.thread(name)
		if m == nil || t == nil || !strings.HasPrefix(t.started, m[1]+"(") {
			return false
		}
		start := t.started
		t.started = ""
		return r.straceCall(name, start+m[2])
	case strings.HasPrefix(event, "--- SIGSYS "):
		m := straceSignal.FindStringSubmatch(event)
		return m != nil && r.straceSIGSYS(name, m[1])
	case strings.HasPrefix(event, "+++ killed by SIGSYS"):
		return r.straceKilled(name)
	case strings.HasPrefix(event, "+++ exited"):
		delete(r.threads, name)
	}
	return false
}

// thread returns what is known of a thread, nil for one too many.
func (r *denialReader) thread(name string) *tracedThread {
	if t := r.threads[name]; t != nil {
		return t
	} else if len(r.threads) >= maxThreads {
		return nil
	}
	if r.threads == nil {
		r.threads = map[string]*tracedThread{}
	}
	t := &tracedThread{}
	r.threads[name] = t
	return t
}

// straceCall reads a call, whole or the beginning of one.
func (r *denialReader) straceCall(thread, event string) bool {
	t := r.thread(thread)
	if t == nil {
		return false
	}
	t.trapped = false
	if start, ok := strings.CutSuffix(event, "<unfinished ...>"); ok {
		t.started, t.last = start, ""
		return false
	}
	m := straceResult.FindStringSubmatchIndex(event)
	if m == nil {
		t.last = ""
		return false
	}
	errno := ""
	if m[4] >= 0 {
		errno = event[m[4]:m[5]]
	}
	name, _, _ := strings.Cut(event, "(")
	failed := errno != "" && event[m[2]:m[3]] == "-1"
	if !syscalls.Known(name) {
		t.last = ""
		if !failed || !r.mayDeny(errno) {
			return false
		}
		r.faulty(r.number, "a call of strace", fmt.Errorf("unknown call %q%s", name, hint(name, syscalls.Names())))
		return true
	}
	t.last, t.result = event[:m[0]+1], event[m[2]:m[3]]
	if !failed {
		return false
	}
	q, err := parseQuery(t.last)
	if err != nil {
		r.faulty(r.number, "a call of strace", err)
		return true
	}
	r.denied(denial{call: q, traced: true, bits32: t.bits32, pid: pidOf(thread), seen: seen{text: errno, errno: errno}})
	return true
}

// mayDeny reports whether an unknown call that fails with an errno may have been denied: by the
// errnos that denials have most, and those that calls without a name may get.
func (r *denialReader) mayDeny(errno string) bool {
	return errno == "EPERM" || errno == "EACCES" || errno == "ENOSYS" ||
		slices.ContainsFunc(r.unnamed, func(a policy.Action) bool { return seen{errno: errno}.is(a, r.machine) })
}

// pidOf returns the number of a process, 0 if the text is not one.
func pidOf(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// straceSIGSYS reads the fields of a signal (strace, src/printsiginfo.c).
func (r *denialReader) straceSIGSYS(thread, text string) bool {
	fields := map[string]string{}
	for field := range strings.SplitSeq(text, ", ") {
		name, value, _ := strings.Cut(field, "=")
		fields[name] = value
	}
	if fields["si_code"] != "SYS_SECCOMP" {
		return false // somebody else sent it
	}
	name, isName := strings.CutPrefix(fields["si_syscall"], "__NR_")
	abi, isABI := strings.CutPrefix(fields["si_arch"], "AUDIT_ARCH_")
	if isABI {
		a, err := arch.Parse(strings.ToLower(abi))
		if err != nil {
			r.faulty(r.number, "si_arch of strace", err)
			return true
		}
		abi = a.String()
		if !isName {
			abi = fmt.Sprintf("%#x", a.Audit())
		}
	}
	q := queryText{abi: abi, name: name}
	if !isName {
		q.name, _, _ = strings.Cut(name, " ")
	}
	if q.abi == "" && !syscalls.Known(q.name) {
		r.faulty(r.number, "SIGSYS of strace", fmt.Errorf("si_syscall=%s without a known si_arch", fields["si_syscall"]))
		return true
	} else if _, err := q.on(arch.X86_64); q.abi != "" && err != nil {
		r.faulty(r.number, "SIGSYS of strace", err)
		return true
	}
	t := r.thread(thread)
	if t != nil {
		if last, err := parseQuery(t.last); err == nil && last.name == q.name && !t.bits32 {
			q.args = last.args // the signal comes right after its call
		} else if sub, ok := q.subcallOf(last.name); err == nil && ok {
			q.args = []string{strconv.FormatUint(uint64(sub), 10)}
		}
		t.trapped = true
	}
	r.denied(denial{call: q, traced: true, pid: pidOf(thread), seen: seen{text: "SIGSYS", actions: trapped}})
	return true
}

// straceKilled reads the end of a thread. What it called last is what killed it, or all
// threads died of another one's call. Kernels leave the number of a call that kills where
// its result would be, or strace has no result.
func (r *denialReader) straceKilled(thread string) bool {
	t := r.threads[thread]
	delete(r.threads, thread)
	if t == nil {
		r.denied(denial{pid: pidOf(thread), seen: killed})
		return true
	}
	if t.trapped {
		return false // it is told already
	}
	if t.started != "" {
		t.last, t.result = t.started+"<unfinished ...>", "?"
	}
	d := denial{traced: true, bits32: t.bits32, pid: pidOf(thread), seen: killed}
	q, err := parseQuery(t.last)
	if err == nil && syscalls.Known(q.name) && (t.result == "?" || slices.Contains(numbersOf(q.name), t.result)) {
		d.call, d.last = q, true
		if t.result != "?" && !t.bits32 {
			d.number = t.result
		}
	}
	r.denied(d)
	return true
}

// subcallOf returns the number by which the text's call, which names its ABI, makes another call.
func (t queryText) subcallOf(name string) (sub uint32, ok bool) {
	a, err := arch.Parse(t.abi)
	if err != nil {
		return 0, false
	}
	nr, sub, ok := syscalls.Mux(a, name)
	mux, _ := syscalls.Name(a, nr)
	return sub, ok && mux == t.name
}

// numbersOf returns the numbers of a call on all ABIs, and those of multiplexers that make it,
// which strace prints as the call.
func numbersOf(name string) (list []string) {
	for a := range arch.All() {
		list = append(list, numbersOn(a, name)...)
	}
	return list
}

// numbersOn is numbersOf on an ABI.
func numbersOn(a arch.Arch, name string) (list []string) {
	if nr, ok := syscalls.Number(a, name); ok {
		list = append(list, strconv.FormatUint(uint64(nr), 10))
	}
	if nr, _, ok := syscalls.Mux(a, name); ok {
		list = append(list, strconv.FormatUint(uint64(nr), 10))
	}
	return list
}
