package main

import (
	"slices"
	"strings"
)

// A lack says where a test may be skipped: on releases of Linux older than before, and in programs of one of the
// GOARCHes; the zero value is everywhere. The tests themselves see that the kernel lacks what they need.
type lack struct {
	before   string
	goarches []string
}

// lacking has the tests that guests may skip.
var lacking = map[string]lack{
	"TestElsewhere":                       {}, // is for systems other than Linux
	"TestFilterFlagsBeyond32Bits":         {"", []string{"386", "arm", "mipsle"}},
	"TestListenerOnKernel/interrupted":    {"", []string{"mips64le", "mipsle"}}, // which do not make the call again
	"TestListenerOnKernel/serve,_refused": {"5.14", []string{"mips64le", "mipsle"}},

	"TestListenerOnKernel/add_fd,_answered":          {"5.14", nil},
	"TestListenerOnKernel/add_fd,_answered,_refused": {"5.14", nil},
	"TestListenerOnKernel/killed":                    {"5.14", nil},
	"TestListenerOnKernel/wait_killable":             {"5.19", nil},
	"TestFilterOnKernel/every_flag":                  {"5.19", nil},
	"TestFilterOnKernel/no_flags":                    {"5.19", nil},
	"TestFilterOnKernel/probes":                      {"5.19", nil},
	"TestListenerOnKernel/flags":                     {"6.6", nil},
}

// programs32 has the tests that execute a program of 32 bits.
var programs32 = []string{"TestTraceOnKernel/32_bits", "TestTraceOnKernel/attach_32_bits"}

// maySkip reports whether a test of a program for GOARCH may be skipped by the guest, under the release of Linux.
func (g guest) maySkip(goarch, test, release string) bool {
	for _, user := range []string{"/root", "/nobody"} {
		test = strings.TrimSuffix(test, user)
	}
	if slices.Contains(programs32, test) {
		return goarch != g.goarch || len(g.compat) == 0
	}
	l, ok := lacking[test]
	everywhere := l.before == "" && l.goarches == nil
	return ok && (everywhere || versions(release, l.before) < 0 || slices.Contains(l.goarches, goarch))
}
