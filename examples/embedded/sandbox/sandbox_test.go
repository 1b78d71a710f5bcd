package sandbox

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// TestFresh: the generated files are what the policy compiles to.
func TestFresh(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	if err := files.Check(".."); err != nil {
		t.Error(err)
	}
}

func TestPolicy(t *testing.T) {
	p, err := Policy()
	if err != nil {
		t.Fatal(err)
	}
	f, err := compile.Profile(p, profile.Target{Arch: arch.X86_64}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"x86_64 read(0)":                  "ALLOW",
		"x86_64 openat(-100)":             "KILL_PROCESS",
		"x86_64 execve()":                 "KILL_PROCESS",
		"x86_64 mmap(0, 4096, 3, 0x22)":   "ALLOW",
		"x86_64 mmap(0, 4096, 7, 0x22)":   "KILL_PROCESS", // executable
		"x86_64 clone(0x50f00)":           "ALLOW",
		"x86_64 clone(0x11)":              "KILL_PROCESS", // a process
		"x86_64 prctl(0x53564d41)":        "ALLOW",
		"x86_64 prctl(4, 1)":              "KILL_PROCESS",
		"x86_64 seccomp(1)":               "ERRNO(38)", // newer than what the policy names: law 10
		"x86_64 sched_getaffinity(0, 64)": "ALLOW",
	} {
		call, err := syscalls.ParseCall(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Run(call).String(); got != want {
			t.Errorf("%s = %s, want %s", text, got, want)
		}
	}
}
