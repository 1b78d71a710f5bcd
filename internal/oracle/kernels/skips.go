package main

import (
	"slices"
	"strings"
)

// lacking has the tests that guests may skip: a release of Linux that has what they need, or "" if that does
// not depend on the release. The tests themselves see that the kernel lacks it.
var lacking = map[string]string{
	"TestElsewhere":                       "", // is for systems other than Linux
	"TestFilterFlagsBeyond32Bits":         "", // needs 64 bits
	"TestListenerOnKernel/interrupted":    "", // MIPS does not make the call again
	"TestListenerOnKernel/serve,_refused": "",

	"TestListenerOnKernel/add_fd,_answered":          "5.14",
	"TestListenerOnKernel/add_fd,_answered,_refused": "5.14",
	"TestListenerOnKernel/killed":                    "5.14",
	"TestListenerOnKernel/wait_killable":             "5.19",
	"TestFilterOnKernel/every_flag":                  "5.19",
	"TestFilterOnKernel/no_flags":                    "5.19",
	"TestFilterOnKernel/probes":                      "5.19",
	"TestListenerOnKernel/flags":                     "6.6",
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
	has, ok := lacking[test]
	return ok && (has == "" || versions(release, has) < 0)
}
