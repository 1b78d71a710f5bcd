package profile

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// A mesosText is a profile that Mesos takes, with one thing replaced.
func mesosText(old, with string) string {
	const text = `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}], "syscalls": [
{"names": ["mremap"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 2, "valueTwo": 0, "op": "SCMP_CMP_EQ"}],
"includes": {"caps": ["CAP_CHOWN"], "arches": ["amd64"]}, "excludes": {}}]}`
	if !strings.Contains(text, old) {
		panic("no " + old)
	}
	return strings.Replace(text, old, with, 1)
}

// TestLaw13Mesos has what a Mesos agent refuses a profile for, and what it takes.
func TestLaw13Mesos(t *testing.T) {
	tests := []struct{ old, with, want string }{
		{"", "", ""},
		{`"CAP_CHOWN"`, ``, ""},
		{`"defaultAction": "SCMP_ACT_ERRNO", `, ``, "error missing"},
		{`"SCMP_ACT_ERRNO"`, `"SCMP_ACT_KILL_PROCESS"`, "error unknown-action /defaultAction"},
		{`"SCMP_ACT_ALLOW"`, `"SCMP_ACT_LOG"`, "error unknown-action /syscalls/0/action"},
		{`"SCMP_ACT_ALLOW"`, `"SCMP_ACT_NOTIFY"`, "error unknown-action /syscalls/0/action"},
		{`"SCMP_ACT_ALLOW"`, `"SCMP_ACT_KILL"`, ""},
		{`"SCMP_ACT_ALLOW"`, `"SCMP_ACT_ERRNO"`, "error says-default /syscalls/0"},
		{`"archMap"`, `"archmap"`, "note odd-key same /archmap"},
		{`"archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}], `, ``, "error missing"},
		{`[{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}]`, `null`, "error type /archMap"},
		{`[{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}]`, `[]`, ""},
		{`"architecture": "SCMP_ARCH_X86_64", `, ``, "error missing /archMap/0"},
		{`, "subArchitectures": ["SCMP_ARCH_X86"]`, ``, "error missing /archMap/0"},
		{`"SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]`, `"SCMP_ARCH_ARM"`, ""},
		{`"SCMP_ARCH_X86"`, `"SCMP_ARCH_RISCV64"`, "error unknown-arch /archMap/0/subArchitectures/0"},
		{`"SCMP_ARCH_X86"`, `"SCMP_ARCH_PPC64"`, "error unknown-arch /archMap/0/subArchitectures/0"},
		{`["mremap"]`, `[]`, "error missing /syscalls/0/names"},
		{`["mremap"]`, `null`, "error type /syscalls/0/names"},
		{`"names": ["mremap"]`, `"name": "mremap"`, "error missing /syscalls/0"},
		{`["mremap"]`, `["mremap", "mremapp"]`, "error unknown-call /syscalls/0/names/1"},
		{`, "args": [{"index": 1, "value": 2, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]`, ``, "error missing /syscalls/0"},
		{`[{"index": 1, "value": 2, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]`, `null`, ""},
		{`[{"index": 1, "value": 2, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]`, `{}`, "error type /syscalls/0/args"},
		{`"index": 1, `, ``, "error missing /syscalls/0/args/0"},
		{`"value": 2, `, ``, "error missing /syscalls/0/args/0"},
		{`"valueTwo": 0, `, ``, "error missing /syscalls/0/args/0"},
		{`, "op": "SCMP_CMP_EQ"`, ``, "error missing /syscalls/0/args/0"},
		{`"valueTwo": 0`, `"valueTwo": null`, "error type /syscalls/0/args/0/valueTwo"},
		{`"index": 1`, `"index": 6`, "error arg-index /syscalls/0/args/0/index"},
		{`"SCMP_CMP_EQ"}`, `"SCMP_CMP_EQ"}, {"index": 1, "value": 3, "valueTwo": 0, "op": "SCMP_CMP_EQ"}`, "error same-arg /syscalls/0/args/1"},
		{`, "excludes": {}`, ``, "error missing /syscalls/0"},
		{`"excludes": {}`, `"excludes": null`, "error type /syscalls/0/excludes"},
		{`"excludes": {}`, `"excludes": {}, "comment": "why"`, ""},
		{`"CAP_CHOWN"`, `"CAP_BPF"`, "error unknown-cap /syscalls/0/includes"},
		{`"CAP_CHOWN"`, `"CAP_AUDIT_READ"`, ""},
		{`"CAP_CHOWN"`, `"CHOWN"`, "error unknown-cap /syscalls/0/includes"},
		{`"amd64"`, `"amd64", "x86_64"`, "error unknown-host /syscalls/0/includes"},
		{`"amd64"`, `"riscv64"`, "error unknown-host /syscalls/0/includes"},

		// What Mesos does not look at.
		{`"archMap"`, `"architectures": ["SCMP_ARCH_X32"], "archMap"`, "note foreign-key stricter /architectures"},
		{`"archMap"`, `"flags": ["SECCOMP_FILTER_FLAG_LOG"], "defaultErrnoRet": 2, "archMap"`, "note foreign-key same /flags\nnote foreign-key same /defaultErrnoRet"},
		{`"excludes"`, `"errnoRet": 5, "excludes"`, "note foreign-key same /syscalls/0/errnoRet"},
		{`"amd64"]`, `"amd64"], "minKernel": "4.8"`, "refused foreign-key /syscalls/0/includes/minKernel"},
	}
	for _, tt := range tests {
		text := mesosText(tt.old, tt.with)
		got := strings.Join(outcome(resolveDialect(text, Mesos, Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Enosys: Enosys{Mode: EnosysOff}})), "\n")
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Parse and Resolve as mesos of %s (-want +got):\n%s", text, diff)
		}
	}
}

// TestLaw13MesosContradiction: Mesos compiles a profile before it knows the
// capabilities, so that entries that never count together contradict each other.
func TestLaw13MesosContradiction(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [
{"names": ["mremap"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 2, "valueTwo": 0, "op": "SCMP_CMP_EQ"}], "includes": {"caps": ["CAP_CHOWN"]}, "excludes": {}},
{"names": ["mremap"], "action": "SCMP_ACT_KILL", "args": [{"index": 1, "value": 2, "valueTwo": 0, "op": "SCMP_CMP_EQ"}], "includes": {}, "excludes": {EXCLUDES}}]}`
	for excludes, want := range map[string]string{
		`"caps": ["CAP_CHOWN"]`:                      "error contradiction /syscalls/1/names/0",
		`"caps": ["CAP_CHOWN"], "arches": ["amd64"]`: "",
		``: "error contradiction /syscalls/1/names/0",
	} {
		in := strings.Replace(text, "EXCLUDES", excludes, 1)
		for _, caps := range [][]string{nil, mustCaps("docker")} {
			pol, err := resolveDialect(in, Mesos, Target{Arch: arch.X86_64, Caps: caps})
			if got := strings.Join(outcome(pol, err), "\n"); got != want {
				t.Errorf("Parse and Resolve as mesos of %s with caps %v: %s, want %s", in, caps, got, want)
			}
		}
		if excludes == "" {
			continue
		}
		if _, err := resolveText(in, Target{Arch: arch.X86_64}); err != nil {
			t.Errorf("Parse and Resolve as docker of %s: %v", in, err)
		}
	}
}

// TestLaw13Facts: the profiles of others are read in their dialects, without
// notes but for those that a reader can do something about; Docker's newest is
// none for Mesos.
func TestLaw13Facts(t *testing.T) {
	tests := []struct {
		file    string
		give    Dialect
		dialect Dialect
		notes   []string // of x86_64, harmless ones left out
		errors  map[Code]int
	}{
		{"docker-default.json", Auto, Docker, nil, nil},
		{"docker-default-old-format.json", Auto, Docker, nil, nil},
		{"containers-seccomp.json", Auto, Containers, []string{"note overlap stricter /syscalls/1/names/290"}, nil},
		{"mesos-seccomp_default.json", Auto, Docker, nil, nil},
		{"mesos-seccomp_default.json", Mesos, Mesos, nil, nil},
		{"docker-default.json", Mesos, Mesos, nil, map[Code]int{CodeMissing: 74, CodeUnknownArch: 2, CodeUnknownCap: 2, CodeUnknownHost: 1, CodeSaysDefault: 1}},
	}
	for _, tt := range tests {
		in, err := os.ReadFile("../../shared/facts/profiles/" + tt.file)
		if os.IsNotExist(err) {
			t.Skip("no profiles of others beside the checkout")
		}
		p, err := Parse(in, ParseOptions{Dialect: tt.give})
		if tt.errors != nil {
			got := map[Code]int{}
			for _, e := range faults(err) {
				got[e.Code]++
			}
			if diff := cmp.Diff(tt.errors, got); diff != "" {
				t.Errorf("Parse(%s) as %s, faults by code (-want +got):\n%s", tt.file, tt.give, diff)
			}
			continue
		}
		if err != nil || p.dialect != tt.dialect {
			t.Errorf("Parse(%s) as %s: dialect %v, %v, want %s", tt.file, tt.give, p, err, tt.dialect)
			continue
		}
		pol, err := p.Resolve(Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}})
		if err == nil {
			var plain []Note
			for _, n := range pol.notes {
				if !n.Harmless() {
					plain = append(plain, n)
				}
			}
			pol.notes = plain
		}
		if diff := cmp.Diff(tt.notes, outcome(pol, err)); diff != "" {
			t.Errorf("Resolve of %s (-want +got):\n%s%v", tt.file, diff, err)
		}
	}
}

// TestLaw13Containers has errnos by name.
func TestLaw13Containers(t *testing.T) {
	entry := func(fields string) string {
		return `{"defaultAction": "SCMP_ACT_TRAP", "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ERRNO", ` + fields + `}]}`
	}
	tests := []struct {
		in     string
		a      arch.Arch
		answer string
		want   string
	}{
		{entry(`"errno": "ENOSYS"`), arch.X86_64, "ERRNO(38)", ""},
		{entry(`"errno": "ENOSYS"`), arch.MIPS64, "ERRNO(89)", ""},
		{entry(`"errno": "ENOSYS"`), arch.PARISC, "ERRNO(251)", ""},
		{entry(`"errno": "ENOSYS", "errnoRet": 38`), arch.X86_64, "ERRNO(38)", ""},
		{entry(`"errno": "ENOSYS", "errnoRet": 1`), arch.X86_64, "ERRNO(38)", "note errno-twice same /syscalls/0/errnoRet"},
		{entry(`"errno": "", "errnoRet": 7`), arch.X86_64, "ERRNO(7)", ""},
		{entry(`"errno": null, "errnoRet": 7`), arch.X86_64, "ERRNO(7)", ""},
		{entry(`"errno": ""`), arch.X86_64, "ERRNO(1)", ""},
		{entry(`"errno": "38"`), arch.MIPS64, "ERRNO(38)", ""},
		{entry(`"errno": "0"`), arch.X86_64, "ERRNO(0)", "note errno-zero same /syscalls/0/errno"},
		{entry(`"errno": "4096"`), arch.X86_64, "", "error errno /syscalls/0/errno"},
		{entry(`"errno": "4294967296"`), arch.X86_64, "", "error unknown-errno /syscalls/0/errno"},
		{entry(`"errno": "-1"`), arch.X86_64, "", "error unknown-errno /syscalls/0/errno"},
		{entry(`"errno": "enosys"`), arch.X86_64, "", "error unknown-errno /syscalls/0/errno"},
		{entry(`"errno": 38`), arch.X86_64, "", "error type /syscalls/0/errno"},
		{entry(`"errno": "EPERM", "includes": {"minKernel": "4.8"}`), arch.X86_64, "", "refused foreign-key /syscalls/0/includes/minKernel"},
		{entry(`"errno": "EPERM", "includes": {"arches": ["loong64"]}`), arch.LoongArch64, "ERRNO(1)", ""},
		{entry(`"errno": "EPERM", "includes": {"arches": ["loong64"]}`), arch.X86_64, "TRAP", ""},
		{entry(`"includes": {"arches": ["loong64"]}`), arch.LoongArch64, "TRAP", "note unknown-host stricter /syscalls/0/includes/arches/0"},
		{strings.Replace(entry(`"errno": "EPERM"`), "ERRNO", "LOG", 1), arch.X86_64, "LOG", "note errno-unused same /syscalls/0/errno"},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOTSUP"}`, arch.X86_64, "ERRNO(95)", ""},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOTSUP"}`, arch.MIPS, "ERRNO(122)", ""},
		{`{"defaultAction": "SCMP_ACT_TRACE", "defaultErrno": "65535"}`, arch.MIPS, "TRACE(65535)", ""},
		// The default and the entry say one thing on most ABIs, here they do not.
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ERRNO", "errno": "ENOSYS"}]}`,
			arch.X86_64, "ERRNO(38)", "note says-default same /syscalls/0/names/0"},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ERRNO", "errno": "ENOSYS"}]}`,
			arch.MIPS, "ERRNO(89)", ""},
	}
	for _, tt := range tests {
		pol, err := resolveText(tt.in, Target{Arch: tt.a, Enosys: Enosys{Mode: EnosysOff}})
		if got := strings.Join(outcome(pol, err), "\n"); got != tt.want {
			t.Errorf("Parse and Resolve(%s): %s, want %s", tt.in, got, tt.want)
		}
		if pol == nil {
			continue
		}
		if got := decide(t, pol, tt.a.String()+" getpid()").String(); got != tt.answer {
			t.Errorf("Decide(%s getpid()) of %s = %s, want %s", tt.a, tt.in, got, tt.answer)
		}
	}
}

// marshal returns the canonical text of a profile or policy.
func marshal(t *testing.T, v json.Marshaler) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
