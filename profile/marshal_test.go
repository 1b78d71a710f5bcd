package profile

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// texts are the profiles at hand with their dialects: the default, testdata's,
// and, where a checkout has them beside it, those of others.
func texts(t *testing.T) map[string]Dialect {
	t.Helper()
	list := map[string]Dialect{"default.json": Auto}
	for _, pattern := range []string{"../testdata/profiles/*.json", "../../shared/facts/profiles/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			list[f] = Auto
			if strings.HasPrefix(filepath.Base(f), "mesos") {
				list[f] = Mesos
			}
		}
	}
	if len(list) < 10 {
		t.Fatalf("%d profiles", len(list))
	}
	return list
}

// TestProfileMarshal: the canonical text of a profile is a profile of the same
// dialect and the same meaning, and its own canonical text.
func TestProfileMarshal(t *testing.T) {
	for file, dialect := range texts(t) {
		in, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(in, ParseOptions{Dialect: dialect})
		if err != nil {
			t.Fatalf("Parse(%s): %v", file, err)
		}
		checkProfileMarshal(t, p)
		text := marshal(t, p)
		q, err := Parse([]byte(text), ParseOptions{Dialect: p.dialect})
		if err != nil || len(q.notes) > 0 {
			t.Fatalf("Parse of the canonical text of %s: %v, notes %v", file, err, q.notes)
		}
		for _, target := range targets() {
			want, err := p.Resolve(target)
			got, gotErr := q.Resolve(target)
			if (err != nil) != (gotErr != nil) {
				t.Fatalf("Resolve(%s, %+v): %v, and of its canonical text: %v", file, target, err, gotErr)
			}
			if err != nil {
				continue
			}
			if diff := cmp.Diff(plainPolicy(want), plainPolicy(got)); diff != "" {
				t.Errorf("%s for %+v and its canonical text (-text +canonical):\n%s", file, target, diff)
			}
		}
	}
}

// checkProfileMarshal: Parse of the canonical text in the profile's dialect has
// that canonical text.
func checkProfileMarshal(t *testing.T, p *Profile) {
	t.Helper()
	text := marshal(t, p)
	q, err := Parse([]byte(text), ParseOptions{Dialect: p.dialect})
	if err != nil {
		t.Fatalf("Parse of a canonical text as %s: %v\n%s", p.dialect, err, text)
	}
	if q.dialect != p.dialect {
		t.Fatalf("Parse of a canonical text in the dialect %s: %s\n%s", p.dialect, q.dialect, text)
	}
	if diff := cmp.Diff(text, marshal(t, q)); diff != "" {
		t.Fatalf("canonical text and its own (-first +second):\n%s", diff)
	}
}

// targets are some Targets of every reading.
func targets() (list []Target) {
	for _, a := range []arch.Arch{arch.X86_64, arch.X86, arch.AArch64, arch.MIPS64, arch.S390X, arch.PPC64LE} {
		for _, caps := range [][]string{nil, mustCaps("docker"), mustCaps("all")} {
			for _, c := range []Compat{CompatKernel, CompatRunc} {
				for _, k := range []syscalls.Version{{Major: 4, Minor: 7}, {Major: 6, Minor: 18}} {
					list = append(list, Target{Arch: a, Caps: caps, Compat: c, Kernel: k, AcceptWeaker: true})
				}
			}
		}
	}
	return list
}

// plainPolicy is what a policy answers, as text without positions.
func plainPolicy(p *Resolution) string {
	var b strings.Builder
	for line := range strings.Lines(p.String()) {
		line, _, _ = strings.Cut(line, "  # ")
		b.WriteString(strings.TrimRight(line, "\n") + "\n")
	}
	return b.String()
}

// TestPolicyMarshal: the section of a policy, read and resolved for the same
// Target, is the same policy with the same section.
func TestPolicyMarshal(t *testing.T) {
	checked := 0
	for file, dialect := range texts(t) {
		in, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Parse(in, ParseOptions{Dialect: dialect})
		if err != nil {
			t.Fatalf("Parse(%s): %v", file, err)
		}
		for _, target := range targets() {
			if pol, err := p.Resolve(target); err == nil {
				checkPolicyMarshal(t, pol, target)
				checked++
			}
		}
	}
	if checked < 500 {
		t.Errorf("%d policies", checked)
	}
}

func checkPolicyMarshal(t *testing.T, pol *Resolution, target Target) {
	t.Helper()
	if len(pol.PrintNotes()) > 0 && !target.AcceptWeaker {
		if text, err := pol.MarshalJSON(); !errors.Is(err, ErrRefused) {
			t.Fatalf("MarshalJSON of a policy that runc reads as less = %s, %v, want it refused", text, err)
		}
		return
	}
	text := marshal(t, pol)
	p, err := Parse([]byte(text), ParseOptions{Dialect: OCI})
	if err != nil {
		t.Fatalf("Parse of a policy's section: %v\n%s", err, text)
	}
	again, err := p.Resolve(target)
	if err != nil {
		t.Fatalf("Resolve of a policy's section for %+v: %v\n%s", target, err, text)
	}
	if diff := cmp.Diff(plainPolicy(pol), plainPolicy(again)); diff != "" {
		t.Fatalf("a policy for %+v and that of its section (-policy +section's):\n%s\n%s", target, diff, text)
	}
	if diff := cmp.Diff(text, marshal(t, again)); diff != "" {
		t.Fatalf("a policy's section and that of its own (-first +second):\n%s", diff)
	}
}

func TestPolicyMarshalText(t *testing.T) {
	const in = `{"defaultAction": "SCMP_ACT_TRAP", "archMap": [
  {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_ARM", "SCMP_ARCH_X86"]},
  {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X32"]}],
 "flags": ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"], "listenerPath": "/run/x",
 "syscalls": [
  {"comment": "c", "names": ["read", "nonesuch", "chown32"], "action": "SCMP_ACT_ALLOW"},
  {"names": [], "action": "SCMP_ACT_ALLOW"},
  {"name": "lseek", "action": "SCMP_ACT_ERRNO", "args": [
   {"index": 1, "value": 18446744073709551615, "valueTwo": 9, "op": "SCMP_CMP_EQ"},
   {"index": 2, "value": 240, "valueTwo": 16, "op": "SCMP_CMP_MASKED_EQ"}], "includes": {"caps": ["CAP_CHOWN"]}},
  {"names": ["reboot"], "action": "SCMP_ACT_KILL", "excludes": {"minKernel": "4.8"}},
  {"names": ["ioctl"], "action": "SCMP_ACT_NOTIFY", "errnoRet": 5},
  {"names": ["fork"], "action": "SCMP_ACT_TRACE", "errnoRet": 7}]}`
	const want = `{"defaultAction":"SCMP_ACT_TRAP","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"],"flags":["SECCOMP_FILTER_FLAG_LOG"],"listenerPath":"/run/x","syscalls":[` +
		`{"names":["read","nonesuch","chown32"],"action":"SCMP_ACT_ALLOW"},` +
		`{"names":["lseek"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"args":[{"index":1,"value":18446744073709551615,"op":"SCMP_CMP_EQ"},{"index":2,"value":240,"valueTwo":16,"op":"SCMP_CMP_MASKED_EQ"}]},` +
		`{"names":["ioctl"],"action":"SCMP_ACT_NOTIFY"},{"names":["fork"],"action":"SCMP_ACT_TRACE","errnoRet":7}]}`
	pol, err := resolveText(in, Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 1}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(pol)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("MarshalJSON of the policy of %s (-want +got):\n%s", in, diff)
	}
	if _, err := json.Marshal(&Resolution{}); err == nil || !strings.Contains(err.Error(), "Resolve did not make") {
		t.Errorf("MarshalJSON of a Resolution made by hand: %v", err)
	}
}

func TestProfileMarshalText(t *testing.T) {
	tests := []struct {
		dialect  Dialect
		in, want string
	}{
		{Auto, `{"syscalls": [{"name": "read", "action": "SCMP_ACT_KILL", "args": [{"index": 0, "op": "SCMP_CMP_NE"}]}], "DefaultAction": "SCMP_ACT_ERRNO", "x": 1, "flags": [], "archMap": []}`,
			`{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"flags":[],"syscalls":[{"names":["read"],"action":"SCMP_ACT_KILL_THREAD","args":[{"index":0,"value":0,"op":"SCMP_CMP_NE"}]}]}`},
		{Auto, `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_TRAP", "comment": "<c>", "includes": {"caps": ["A"], "arches": ["x"], "minKernel": "4.08"}, "excludes": {"minKernel": ""}}]}`,
			`{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"comment":"\u003cc\u003e","names":["read"],"action":"SCMP_ACT_TRAP","includes":{"caps":["A"],"arches":["x"],"minKernel":"4.8"},"excludes":{"minKernel":""}}]}`},
		{Auto, `{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X86"]}}}`,
			`{"defaultAction":"SCMP_ACT_LOG","architectures":["SCMP_ARCH_X86","SCMP_ARCH_X86"],"syscalls":[]}`},
		{Auto, `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "38", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 1}, {"names": ["dup"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}`,
			`{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","errno":"EPERM"},{"names":["dup"],"action":"SCMP_ACT_ERRNO","errnoRet":5}]}`},
		{Mesos, `{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_KILL", "args": null, "includes": {"arches": []}, "excludes": {}}]}`,
			`{"defaultAction":"SCMP_ACT_ERRNO","archMap":[],"syscalls":[{"names":["read"],"action":"SCMP_ACT_KILL","args":[],"includes":{"arches":[]},"excludes":{}}]}`},
	}
	for _, tt := range tests {
		p, err := Parse([]byte(tt.in), ParseOptions{Dialect: tt.dialect})
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("MarshalJSON of %s (-want +got):\n%s", tt.in, diff)
		}
	}
}

// TestNoProfile: a Profile or a Resolution that this package did not make is not a
// policy and has no text, and none is read from JSON.
func TestNoProfile(t *testing.T) {
	for _, p := range []*Profile{nil, {}} {
		if res, err := p.Resolve(Target{Arch: arch.X86_64}); err == nil || !strings.Contains(err.Error(), "no profile: ") {
			t.Errorf("Resolve of %#v = %v, %v, want an error", p, res, err)
		}
	}
	type holder struct {
		P Profile
		R *Resolution
	}
	res, err := Default().Resolve(Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 18}, Compat: CompatRunc})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(holder{}); err == nil {
		t.Errorf("Marshal of the zero Profile = %s, want an error", text)
	}
	if text, err := json.Marshal(Resolution{}); err == nil {
		t.Errorf("Marshal of the zero Resolution = %s, want an error", text)
	}
	byValue, err := json.Marshal(*res)
	if want, _ := json.Marshal(res); err != nil || string(byValue) != string(want) {
		t.Errorf("Marshal of a Resolution by value = %.100s, %v, want %.100s", byValue, err, want)
	}
	text, err := json.Marshal(holder{*Default(), res})
	if err != nil || !strings.HasPrefix(string(text), `{"P":{"defaultAction":"SCMP_ACT_ERRNO",`) {
		t.Fatalf("Marshal of a Profile by value = %.100s, %v", text, err)
	}
	for _, text := range []string{string(text), `{"P":{}}`, `{"P":null}`, `{"R":{}}`} {
		var h holder
		if err := json.Unmarshal([]byte(text), &h); err == nil || !strings.Contains(err.Error(), "profile.Parse") {
			t.Errorf("Unmarshal(%.100s): %v, want an error that names Parse", text, err)
		}
	}
}
