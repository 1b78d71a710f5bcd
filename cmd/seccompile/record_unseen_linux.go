package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install/trace"
	"github.com/seccompile/seccompile/profile/record"
)

// ownFilters follows which filters the recorded programs install: those answer calls that a tracer
// does not see. A call of a tracer comes before its result is known, so that the next call of
// the thread says whether it has one filter more.
type ownFilters struct {
	requested map[int]request // by thread
	strict    []string        // programs that asked for strict mode, which fails
}

// A request is a call that installs a filter, if it succeeds.
type request struct {
	by      string
	process int
	filters int // of the thread before it
}

// call looks at a call, before the kernel executes it.
func (o *ownFilters) call(r *record.Record, c *trace.Call, name string) {
	if a, ok := o.requested[c.Thread]; ok {
		delete(o.requested, c.Thread)
		if n := filtersOf(c.Thread); n < 0 || n > a.filters || c.Process != a.process {
			r.AddUnseen(a.by)
		}
	}
	switch installs(name, c.Args[0], c.Args[1]) {
	case unix.SECCOMP_MODE_FILTER:
		if o.requested == nil {
			o.requested = map[int]request{}
		}
		o.requested[c.Thread] = request{c.Executable, c.Process, filtersOf(c.Thread)}
	case unix.SECCOMP_MODE_STRICT: // EINVAL for a thread with a filter (kernel/seccomp.c, seccomp_may_assign_mode)
		if !slices.Contains(o.strict, c.Executable) {
			o.strict = append(o.strict, c.Executable)
			slices.Sort(o.strict)
		}
	}
}

// end counts filters of threads that have made no call since, perhaps because of them.
func (o *ownFilters) end(r *record.Record) {
	for _, a := range o.requested {
		r.AddUnseen(a.by)
	}
	o.requested = nil
}

// installs returns the mode that a call with these first arguments sets, 0 for none.
func installs(name string, first, second uint64) int {
	switch {
	case name == "seccomp" && uint32(first) == unix.SECCOMP_SET_MODE_STRICT:
		return unix.SECCOMP_MODE_STRICT
	case name == "seccomp" && uint32(first) == unix.SECCOMP_SET_MODE_FILTER:
		return unix.SECCOMP_MODE_FILTER
	case name == "prctl" && uint32(first) == unix.PR_SET_SECCOMP && second <= unix.SECCOMP_MODE_FILTER:
		return int(second)
	}
	return 0
}

// filtersOf returns how many filters a thread has, -1 if the kernel does not say so, as before
// Linux 5.9.
func filtersOf(thread int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "Seccomp_filters:"); ok {
			if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
				return n
			}
		}
	}
	return -1
}
