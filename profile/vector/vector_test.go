package vector_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/vector"
	"github.com/seccompile/seccompile/syscalls"
)

func TestParse(t *testing.T) {
	const text = `
# A comment, then settings in any order.
arch   x86_64
profile ../profiles/single.json
caps CAP_BPF,CAP_SYSLOG
	kernel 6.18  
compat runc
enosys off
  # An indented comment.

x86_64 openat(-100, 0, 2) = ALLOW
x86 read()=ERRNO(1)
x86_64 470(1)
0xdeadbeef 5() @0x10 = 0x00060001
`
	want := &vector.File{
		Settings: vector.Settings{Profile: "../profiles/single.json", Arch: "x86_64", Caps: "CAP_BPF,CAP_SYSLOG", Kernel: "6.18", Compat: "runc", Enosys: "off"},
		Vectors: []vector.Vector{
			{Line: 11, Call: syscalls.Call{Audit: 0xc000003e, Nr: 257, Args: [6]uint64{^uint64(99), 0, 2}}, Text: "x86_64 openat(-100, 0, 2)", Want: policy.Allow, Judged: true},
			{Line: 12, Call: syscalls.Call{Audit: 0x40000003, Nr: 3}, Text: "x86 read()", Want: policy.Errno(1), Judged: true},
			{Line: 13, Call: syscalls.Call{Audit: 0xc000003e, Nr: 470, Args: [6]uint64{1}}, Text: "x86_64 470(1)"},
			{Line: 14, Call: syscalls.Call{Audit: 0xdeadbeef, Nr: 5, IP: 16}, Text: "0xdeadbeef 5() @0x10", Want: 0x00060001, Judged: true},
		},
	}
	lines := map[string]string{"as it is": text, "with CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "without the last newline": strings.TrimRight(text, "\n")}
	for name, text := range lines {
		got, err := vector.Parse("v.txt", []byte(text))
		if err != nil {
			t.Errorf("Parse %s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse %s (-want +got)\n%s", name, diff)
		}
	}
}

func TestParseErrors(t *testing.T) {
	const noVectors = "v.txt: no vectors (write lines such as: x86_64 openat(-100, 0, 2) = ALLOW)"
	var hundred []string
	for i := range 100 {
		hundred = append(hundred, fmt.Sprintf(`v.txt:%d:1: call "": want ABI NAME(ARGS), as in x86_64 openat(-100, 0, 2)`, i+1))
	}
	tests := []struct{ name, text, want string }{
		{"setting after a vector", "x86_64 read()\n\narch x86_64\n", "v.txt:3:1: setting arch after a vector (settings come first)"},
		{"setting twice", "arch x86\n  arch x86_64\n", "v.txt:2:3: setting arch twice"},
		{"the same setting twice", "caps all\ncaps all\n", "v.txt:2:1: setting caps twice"},
		{"setting without a value", "kernel \n", `v.txt:1:1: setting kernel without a value`},
		{"misspelt setting", "archs x86_64\n", `v.txt:1:1: unknown setting "archs" (did you mean arch?)`},
		{"setting in capitals", "ARCH x86_64\n", `v.txt:1:1: unknown setting "ARCH" (did you mean arch?)`},
		{"unknown setting", "\tcolour blue\n", `v.txt:1:2: unknown setting "colour" (one of profile, dialect, arch, caps, kernel, compat, enosys)`},
		{"misspelt dialect", "dialect  moses\n", `v.txt:1:10: unknown dialect "moses" (one of auto, docker, oci, containers, mesos or seccompprofile)`},
		{"misspelt architecture", "arch amd65\n", `v.txt:1:6: unknown architecture "amd65" (did you mean amd64?)`},
		{"misspelt capability", "caps CAP_BFP\n", `v.txt:1:6: unknown capability "CAP_BFP" (did you mean CAP_BPF?)`},
		{"bad release", "\tkernel\tnew\n", `v.txt:1:9: kernel version "new": want MAJOR.MINOR, as in 6.1`},
		{"misspelt reading", "compat crun\n", `v.txt:1:8: unknown reading "crun" (one of kernel or runc)`},
		{"misspelt rule", "enosys on\n", `v.txt:1:8: unknown ENOSYS rule "on" (runc, off or since=VERSION)`},
		{"standard input", "profile -\n", `v.txt:1:9: a vector file's profile cannot be standard input (name a file)`},
		{"call without arguments", "x86_64 read\n", `v.txt:1:12: call "x86_64 read": want ( after the name`},
		{"no call", "# c\n= ALLOW\n", `v.txt:2:1: call "": want ABI NAME(ARGS), as in x86_64 openat(-100, 0, 2)`},
		{"misspelt ABI", " x86_65 read() = ALLOW\n", `v.txt:1:2: call "x86_65 read()": unknown architecture "x86_65" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
		{"misspelt call", "\tx86_64 opennat() = ALLOW\n", `v.txt:1:9: call "x86_64 opennat()": unknown system call "opennat" (did you mean openat?)`},
		{"constant", "x86_64 socket(AF_VSOCK) = ALLOW\n", `v.txt:1:15: call "x86_64 socket(AF_VSOCK)": argument 0: "AF_VSOCK" is not a number of 64 bits (it is 40 on x86_64: write the number)`},
		{"errno", "x86_64 socket(40) = ERRNO(EPERM)\n", `v.txt:1:21: action "ERRNO(EPERM)": want ERRNO(0) to ERRNO(65535) (EPERM is 1 on x86_64: write ERRNO(1))`},
		{"errno of another ABI", "mips64 read() = ERRNO(ENOSYS)\n", `v.txt:1:17: action "ERRNO(ENOSYS)": want ERRNO(0) to ERRNO(65535) (ENOSYS is 89 on mips64: write ERRNO(89))`},
		{"errno of no ABI", "0xdead 5() = ERRNO(EPERM)\n", `v.txt:1:14: action "ERRNO(EPERM)": want ERRNO(0) to ERRNO(65535)`},
		{"comment after an action", "x86_64 read() = ERRNO(1)  # why\n", `v.txt:1:27: a comment after a vector (write it on its own line)`},
		{"comment after a call", "x86_64 read() # a = b\n", `v.txt:1:15: a comment after a vector (write it on its own line)`},
		{"misspelt argument", "x86_64 read(0, ff) = ALLOW\n", `v.txt:1:16: call "x86_64 read(0, ff)": argument 1: "ff" is not a number of 64 bits`},
		{"no action", "x86_64 read() =\n", `v.txt:1:16: unknown action ""`},
		{"misspelt action", "x86_64 read() =  ALOW \n", `v.txt:1:18: unknown action "ALOW" (did you mean ALLOW?)`},
		{"action of a profile", "x86_64 read() = SCMP_ACT_ALLOW\n", `v.txt:1:17: action "SCMP_ACT_ALLOW" is in the notation of profiles (write ALLOW; LookupAction takes the names of profiles)`},
		{"action without data", "x86_64 read() = ERRNO\n", `v.txt:1:17: action "ERRNO" without a number (write ERRNO(1))`},
		{"comment after a vector", "x86_64 read() = ALLOW # yes\n", `v.txt:1:23: a comment after a vector (write it on its own line)`},
		{"several", "arch x86\n\narch x86\nx86_64 read( = ALLOW\nx86_64 read() = ALLOW\nx86_64 write() = NO\n",
			"v.txt:3:1: setting arch twice\nv.txt:4:13: call \"x86_64 read(\": want ) after the arguments\nv.txt:6:18: unknown action \"NO\""},
		{"nothing", "", noVectors},
		{"settings alone", "# c\narch x86_64\n", noVectors},
		{"a line too long", "x86_64 read()\n#" + strings.Repeat("x", 64<<10), "v.txt:2:1: a line of more than 65536 bytes (is it the right file?)"},
		{"a text too long", strings.Repeat("# comment\n", profile.MaxText/10+1), "v.txt: more than 8388608 bytes (is it the right file?)"},
		{"too many faults", strings.Repeat("=\n", 101), strings.Join(hundred, "\n") + "\nv.txt: more faults, which are not listed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if f, err := vector.Parse("v.txt", []byte(tt.text)); f != nil || err == nil || err.Error() != tt.want {
				t.Errorf("Parse(%.60q) = %v, %v, want %s", tt.text, f, err, tt.want)
			}
		})
	}
}

// TestKeys: each key sets a field of its own, and no field is without one.
func TestKeys(t *testing.T) {
	all := reflect.TypeFor[vector.Settings]()
	if got, want := len(vector.Keys), all.NumField(); got != want {
		t.Errorf("%d keys for %d settings", got, want)
	}
	values := [...]string{"my  web (1).json", "mesos", "x86_64", "none", "6.1", "runc", "off"}
	for i, key := range vector.Keys {
		f, err := vector.Parse("v.txt", []byte(key+" "+values[i]+"\nx86_64 read()"))
		if err != nil {
			t.Errorf("setting %s: %v", key, err)
			continue
		}
		var want vector.Settings
		reflect.ValueOf(&want).Elem().Field(i).SetString(values[i])
		if diff := cmp.Diff(want, f.Settings); diff != "" || !strings.EqualFold(all.Field(i).Name, key) {
			t.Errorf("setting %s (-want +got)\n%s", key, diff)
		}
	}
}

func TestOver(t *testing.T) {
	base := vector.Settings{Profile: "p", Dialect: "d", Arch: "a", Caps: "c", Kernel: "k", Compat: "m", Enosys: "e"}
	if got := (vector.Settings{}).Over(base); got != base {
		t.Errorf("Over of nothing = %+v, want %+v", got, base)
	}
	if got := base.Over(vector.Settings{}); got != base {
		t.Errorf("Over on nothing = %+v, want %+v", got, base)
	}
	top := vector.Settings{Arch: "A", Kernel: "K", Enosys: "E"}
	want := vector.Settings{Profile: "p", Dialect: "d", Arch: "A", Caps: "c", Kernel: "K", Compat: "m", Enosys: "E"}
	if got := top.Over(base); got != want {
		t.Errorf("Over = %+v, want %+v", got, want)
	}
	if top != (vector.Settings{Arch: "A", Kernel: "K", Enosys: "E"}) {
		t.Errorf("Over changed its receiver to %+v", top)
	}
}

func TestIn(t *testing.T) {
	abs, err := filepath.Abs("web.json")
	if err != nil {
		t.Fatal(err)
	}
	sub := filepath.Join("a", "b")
	for in, want := range map[string]string{"": "", "default": "default", abs: abs, "web.json": filepath.Join(sub, "web.json"), filepath.Join("..", "web.json"): filepath.Join("a", "web.json")} {
		if got := (vector.Settings{Profile: in, Arch: "x86"}).In(sub); got != (vector.Settings{Profile: want, Arch: "x86"}) {
			t.Errorf("In of the profile %q = %+v, want %q", in, got, want)
		}
	}
}

func TestTarget(t *testing.T) {
	tests := []struct {
		name string
		in   vector.Settings
		want profile.Target
	}{
		// With an arch, what is not said stays unknown, on any host.
		{"arch alone", vector.Settings{Arch: "s390x"}, profile.Target{Arch: arch.S390X, Caps: mustCaps("docker")}},
		{"a name of Docker's", vector.Settings{Arch: "amd64", Caps: "docker"}, profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker")}},
		{"no capabilities", vector.Settings{Arch: "arm", Caps: "none"}, profile.Target{Arch: arch.ARM}},
		{"all capabilities", vector.Settings{Arch: "arm", Caps: "all"}, profile.Target{Arch: arch.ARM, Caps: mustCaps("all")}},
		{"everything", vector.Settings{Profile: "default", Arch: "x86", Caps: "CAP_BPF,CAP_SYSLOG", Kernel: "4.8.0-1", Compat: "runc", Enosys: "off"},
			profile.Target{Arch: arch.X86, Caps: []string{"CAP_SYSLOG", "CAP_BPF"}, Kernel: syscalls.Version{Major: 4, Minor: 8}, Compat: profile.CompatRunc, Enosys: profile.Enosys{Mode: profile.EnosysOff}}},
		{"the usual in words", vector.Settings{Arch: "x86", Caps: "none", Compat: "kernel", Enosys: "runc"}, profile.Target{Arch: arch.X86}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.in.Target()
			if err != nil {
				t.Fatalf("Target of %+v: %v", tt.in, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Target of %+v (-want +got)\n%s", tt.in, diff)
			}
		})
	}
}

func TestTargetErrors(t *testing.T) {
	tests := []struct {
		in   vector.Settings
		want string
	}{
		{vector.Settings{Arch: "amd65"}, `unknown architecture "amd65" (did you mean amd64?)`},
		{vector.Settings{Arch: "x86", Caps: "bpf"}, `unknown capability "bpf" (did you mean CAP_BPF?)`},
		{vector.Settings{Arch: "x86", Kernel: "new"}, `kernel version "new": want MAJOR.MINOR, as in 6.1`},
		{vector.Settings{Arch: "x86", Compat: "crun"}, `unknown reading "crun" (one of kernel or runc)`},
		{vector.Settings{Arch: "x86", Enosys: "on"}, `unknown ENOSYS rule "on" (runc, off or since=VERSION)`},
	}
	for _, tt := range tests {
		if _, err := tt.in.Target(); err == nil || err.Error() != tt.want {
			t.Errorf("Target of %+v: %v, want %s", tt.in, err, tt.want)
		}
	}
}

// TestTargetOfHost: without an arch the machine is asked, and what is said
// besides counts more.
func TestTargetOfHost(t *testing.T) {
	host, err := profile.Host()
	if err != nil {
		if runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		if _, got := (vector.Settings{}).Target(); !errors.Is(got, errors.ErrUnsupported) || got.Error() != err.Error() {
			t.Errorf("Target of nothing: %v, want %v", got, err)
		}
		return
	}
	want := host
	want.Caps = mustCaps("docker")
	got, err := (vector.Settings{}).Target()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Target of nothing: %v (-want +got)\n%s", err, diff)
	}
	want.Kernel = syscalls.Version{Major: 1, Minor: 2}
	got, err = vector.Settings{Kernel: "1.2"}.Target()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Target of a kernel: %v (-want +got)\n%s", err, diff)
	}
}

// mustCaps returns the capabilities of a set that profile.ParseCaps knows.
func mustCaps(set string) []string {
	caps, err := profile.ParseCaps(set)
	if err != nil {
		panic(err)
	}
	return caps
}
