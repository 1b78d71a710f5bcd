package profile

import (
	"strings"
	"testing"

	"github.com/seccompile/seccompile/syscalls"
)

// TestCallHint: what is suggested for names that no ABI has.
func TestCallHint(t *testing.T) {
	tests := []struct{ name, want string }{
		{"posix_fadvise", " (a library's function, which calls fadvise64)"},
		{"execvp", " (a library's function, which calls execve)"},
		{"newuname", " (did you mean uname?)"},
		{"newlstat", " (did you mean lstat?)"},
		{"sys_openat", " (did you mean openat?)"},
		{"__x64_sys_newuname", " (did you mean uname?)"},
		{"clock_gettime_time64", " (did you mean clock_gettime64?)"},
		{"clock_nanosleep64", " (did you mean clock_nanosleep_time64?)"},
		{"futex64", " (did you mean futex_time64?)"},
		{"utimensat_time32", " (did you mean utimensat?)"},
		{"opennat", " (did you mean openat?)"},
		{"frobnicate", ""},
	}
	for _, tt := range tests {
		if got := callHint(tt.name); got != tt.want {
			t.Errorf("callHint(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestLibraryCalls: no function of a library is a system call, and what it calls
// is one.
func TestLibraryCalls(t *testing.T) {
	for name, calls := range libraryCalls {
		first, _, _ := strings.Cut(strings.ReplaceAll(calls, ",", " "), " ")
		if syscalls.Known(name) || !syscalls.Known(first) {
			t.Errorf("%s calls %s: the first is a system call: %v, the other is: %v", name, calls, syscalls.Known(name), syscalls.Known(first))
		}
	}
}
