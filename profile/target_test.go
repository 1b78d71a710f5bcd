package profile

import (
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"

	"github.com/google/go-cmp/cmp"
)

func TestParseCaps(t *testing.T) {
	tests := []struct {
		in   string
		want []string
		err  string
	}{
		{in: "none"},
		{in: "all", want: mustCaps("all")},
		{in: "docker", want: mustCaps("docker")},
		{in: "CAP_BPF", want: []string{"CAP_BPF"}},
		{in: "CAP_SYSLOG,CAP_BPF", want: []string{"CAP_SYSLOG", "CAP_BPF"}},
		{in: "CAP_BPF,CAP_SYSLOG,CAP_BPF", want: []string{"CAP_SYSLOG", "CAP_BPF"}},
		{in: "none,CAP_BPF", want: []string{"CAP_BPF"}},
		{in: "none,none"},
		{in: "cri-o,CAP_SYS_ADMIN,CAP_KILL", want: []string{"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_ADMIN"}},
		{in: "CAP_BPF,all", want: mustCaps("all")},
		{in: "docker,dockr", err: `unknown capability "dockr" (did you mean docker?)`},
		{in: "", err: `unknown capability ""`},
		{in: "CAP_BPF,", err: `unknown capability ""`},
		{in: "CAP_BPF, CAP_SYSLOG", err: `unknown capability " CAP_SYSLOG" (did you mean CAP_SYSLOG?)`},
		{in: "cap_chown", err: `unknown capability "cap_chown" (did you mean CAP_CHOWN?)`},
		{in: "SYS_ADMIN", err: `unknown capability "SYS_ADMIN" (did you mean CAP_SYS_ADMIN?)`},
		{in: "sys_admin", err: `unknown capability "sys_admin" (did you mean CAP_SYS_ADMIN?)`},
		{in: "CAP_SYS_ADMN", err: `unknown capability "CAP_SYS_ADMN" (did you mean CAP_SYS_ADMIN?)`},
		{in: "CAP_NOPE", err: `unknown capability "CAP_NOPE"`},
		{in: "Docker", err: `unknown capability "Docker" (did you mean docker?)`},
	}
	for _, tt := range tests {
		got, err := ParseCaps(tt.in)
		var msg string
		if err != nil {
			msg = err.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || msg != tt.err {
			t.Errorf("ParseCaps(%q): error %q, want %q (-want +got):\n%s", tt.in, msg, tt.err, diff)
		}
	}
}

// TestCaps: the kernel's 41 capabilities by their numbers, and Docker's 14.
func TestCaps(t *testing.T) {
	all := mustCaps("all")
	for nr, name := range map[int]string{
		0: "CAP_CHOWN", 1: "CAP_DAC_OVERRIDE", 5: "CAP_KILL", 8: "CAP_SETPCAP", 12: "CAP_NET_ADMIN", 13: "CAP_NET_RAW",
		18: "CAP_SYS_CHROOT", 19: "CAP_SYS_PTRACE", 21: "CAP_SYS_ADMIN", 26: "CAP_SYS_TTY_CONFIG", 31: "CAP_SETFCAP",
		34: "CAP_SYSLOG", 37: "CAP_AUDIT_READ", 38: "CAP_PERFMON", 39: "CAP_BPF", 40: "CAP_CHECKPOINT_RESTORE",
	} {
		if all[nr] != name {
			t.Errorf("capability %d is %s, want %s", nr, all[nr], name)
		}
	}
	if len(all) != 41 {
		t.Errorf("\"all\" has %d names, want 41", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c] || !strings.HasPrefix(c, "CAP_") {
			t.Errorf("\"all\" has %q twice, or as no name", c)
		}
		seen[c] = true
	}
	docker := mustCaps("docker")
	var inOrder []string
	for _, c := range all {
		if slices.Contains(docker, c) {
			inOrder = append(inOrder, c)
		}
	}
	if diff := cmp.Diff(inOrder, docker); diff != "" || len(docker) != 14 {
		t.Errorf("\"docker\" has %d names, not in the order of their numbers (-want +got):\n%s", len(docker), diff)
	}

	// What is returned is the caller's.
	all[0], docker[0] = "", ""
	if mustCaps("all")[0] != "CAP_CHOWN" || mustCaps("docker")[0] != "CAP_CHOWN" {
		t.Error("ParseCaps returns what callers before have changed")
	}
}

// TestCapNumbers: numbers for a bounding set, which is never nil, as that would be all.
func TestCapNumbers(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  []uintptr
		err   string
	}{
		{nil, []uintptr{}, ""},
		{[]string{}, []uintptr{}, ""},
		{[]string{"CAP_SYS_ADMIN", "CAP_CHOWN", "CAP_SYS_ADMIN"}, []uintptr{21, 0}, ""},
		{[]string{"CAP_CHOWN", "SYS_ADMIN"}, nil, `unknown capability "SYS_ADMIN" (did you mean CAP_SYS_ADMIN?)`},
		{[]string{"docker"}, nil, `unknown capability "docker"`},
		{[]string{""}, nil, `unknown capability ""`},
	} {
		got, err := CapNumbers(tt.names)
		msg := ""
		if err != nil {
			msg = err.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || msg != tt.err {
			t.Errorf("CapNumbers(%q): error %q, want %q (-want +got):\n%s", tt.names, msg, tt.err, diff)
		}
	}
	for nr, name := range mustCaps("all") {
		if got, err := CapNumbers([]string{name}); err != nil || len(got) != 1 || got[0] != uintptr(nr) {
			t.Errorf("CapNumbers(%s) = %v, %v, want %d", name, got, err, nr)
		}
	}
}

func TestCompat(t *testing.T) {
	for _, c := range []Compat{CompatKernel, CompatRunc} {
		if got, err := ParseCompat(c.String()); err != nil || got != c {
			t.Errorf("ParseCompat(%q) = %v, %v", c, got, err)
		}
	}
	for _, s := range []string{"", "Kernel", "crun"} {
		if got, err := ParseCompat(s); err == nil {
			t.Errorf("ParseCompat(%q) = %v, want an error", s, got)
		}
	}
}

func TestEnosys(t *testing.T) {
	for _, e := range []Enosys{{}, {Mode: EnosysOff}, {EnosysSince, syscalls.Version{Major: 5, Minor: 15}}} {
		if got, err := ParseEnosys(e.String()); err != nil || got != e {
			t.Errorf("ParseEnosys(%q) = %v, %v", e, got, err)
		}
	}
	for _, s := range []string{"", "on", "Off", "since", "since=", "since=new"} {
		if got, err := ParseEnosys(s); err == nil {
			t.Errorf("ParseEnosys(%q) = %v, want an error", s, got)
		}
	}
}

// TestStrings: every other enumeration's names.
func TestStrings(t *testing.T) {
	var got []string
	for d := range OCI + 1 {
		got = append(got, d.String())
	}
	for e := range Weaker + 1 {
		got = append(got, e.String())
	}
	for o := range policy.MaskedEQ + 2 {
		got = append(got, o.String())
	}
	for bit := range 7 {
		got = append(got, policy.Flag(1<<bit).String())
	}
	want := []string{
		"auto", "docker", "oci", "same", "stricter", "weaker", "?", "!=", "<", "<=", "==", ">=", ">", "&", "?",
		"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
		"SECCOMP_FILTER_FLAG_NEW_LISTENER", "SECCOMP_FILTER_FLAG_TSYNC_ESRCH", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "0x40",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestCondString(t *testing.T) {
	tests := []struct {
		cond policy.Cond
		want string
	}{
		{policy.Cond{Arg: 2, Op: policy.EQ, Value: 3}, "a2 == 3"},
		{policy.Cond{Arg: 0, Op: policy.NE, Value: 0xffff}, "a0 != 65535"},
		{policy.Cond{Arg: 5, Op: policy.LT, Value: 0x10000}, "a5 < 0x10000"},
		{policy.Cond{Arg: 1, Op: policy.LE, Value: 1 << 63}, "a1 <= 0x8000000000000000"},
		{policy.Cond{Arg: 1, Op: policy.GE}, "a1 >= 0"},
		{policy.Cond{Arg: 1, Op: policy.GT, Value: 9}, "a1 > 9"},
		{policy.Cond{Arg: 0, Op: policy.MaskedEQ, Value: 1, Mask: 3}, "a0 & 0x3 == 1"},
		{policy.Cond{Arg: 0, Op: policy.MaskedEQ, Value: 0x20000, Mask: 0x7e020000}, "a0 & 0x7e020000 == 0x20000"},
	}
	for _, tt := range tests {
		if got := tt.cond.String(); got != tt.want {
			t.Errorf("%#v.String() = %q, want %q", tt.cond, got, tt.want)
		}
	}
	r := policy.Rule{Origin: &policy.Origin{Name: "openat"}, Conds: []policy.Cond{tests[6].cond, tests[0].cond}, Action: policy.Allow}
	if got, want := r.String(), "openat if a0 & 0x3 == 1 and a2 == 3 -> ALLOW"; got != want {
		t.Errorf("Rule.String() = %q, want %q", got, want)
	}
	if (policy.Cond{Op: 0}).Matches([6]uint64{}) || (policy.Cond{Op: 99}).Matches([6]uint64{}) {
		t.Error("a Cond without an operator matches")
	}
}

func TestPosString(t *testing.T) {
	tests := []struct {
		pos  policy.Pos
		want string
	}{
		{policy.Pos{}, ""},
		{policy.Pos{File: "a.json"}, "a.json"},
		{policy.Pos{Line: 3, Col: 7}, "3:7"},
		{policy.Pos{File: "a.json", Line: 3, Col: 7}, "a.json:3:7"},
	}
	for _, tt := range tests {
		if got := tt.pos.String(); got != tt.want {
			t.Errorf("%#v.String() = %q, want %q", tt.pos, got, tt.want)
		}
	}
}

// mustCaps returns the capabilities of a set that profile.ParseCaps knows.
func mustCaps(set string) []string {
	caps, err := ParseCaps(set)
	if err != nil {
		panic(err)
	}
	return caps
}
