package profile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var keyTests = []parseTest{
	// A key twice.
	{`{"defaultAction": "SCMP_ACT_ALLOW", "defaultAction": "SCMP_ACT_LOG"}`, `1:37: /defaultAction: key "defaultAction" twice (decoders differ in which one counts: keep one)`},
	{`{"defaultAction": "SCMP_ACT_ALLOW", "DEFAULTACTION": "SCMP_ACT_LOG"}`, `1:37: /DEFAULTACTION: key "defaultAction" twice (decoders differ in which one counts: keep one)`},
	{`{"defaultaction": "SCMP_ACT_ALLOW", "defaultAction": "SCMP_ACT_LOG"}`, `1:37: /defaultAction: key "defaultAction" twice (decoders differ in which one counts: keep one)`},
	{`{"defaultAction": "SCMP_ACT_ALLOW", "\u017fyscalls": [], "syscal\u006cs": []}`, `1:58: /syscalls: key "syscalls" twice (decoders differ in which one counts: keep one)`},
	{top + `"x": 1, "x": 2, "X": 3}`, `2:9: /x: key "x" twice (decoders differ in which one counts: keep one)`},
	{top + `"syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG"}], "syscalls": null}`, `2:62: /syscalls: key "syscalls" twice (decoders differ in which one counts: keep one)`},
	{one + `"action": "SCMP_ACT_TRAP"}]}`, `3:1: /syscalls/0/action: key "action" twice (decoders differ in which one counts: keep one)`},
	{one + `"args": [{"index": 0, "index": 0, "OP": "SCMP_CMP_EQ", "op": "SCMP_CMP_EQ"}]}]}`, `3:23: /syscalls/0/args/0/index: key "index" twice (decoders differ in which one counts: keep one)
3:56: /syscalls/0/args/0/op: key "op" twice (decoders differ in which one counts: keep one)`},
	{one + `"includes": {"caps": [], "caps": []}}]}`, `3:26: /syscalls/0/includes/caps: key "caps" twice (decoders differ in which one counts: keep one)`},
	{top + `"archMap": [{"architecture": "SCMP_ARCH_X86", "architecture": "SCMP_ARCH_X86"}]}`, `2:47: /archMap/0/architecture: key "architecture" twice (decoders differ in which one counts: keep one)`},

	// A config.json.
	{`{"ociVersion": "1.0.2", "process": {}, "linux": {"namespaces": [], "seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}}`, ``},
	{`{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALOW", "syscalls": [null]}}}`, `1:41: /linux/seccomp/defaultAction: unknown action "SCMP_ACT_ALOW" (did you mean SCMP_ACT_ALLOW?)
1:71: /linux/seccomp/syscalls/0: null where an object should be (delete it)`},
	{`{"linux": {"seccomp": {}}}`, `1:23: /linux/seccomp: no defaultAction and no syscalls: runtimes take this for no seccomp at all and run the container unconfined (write the action for all other calls, such as "SCMP_ACT_ERRNO")`},
	{`{"ociVersion": "1.0.2", "linux": {}}`, `1:34: /linux/seccomp: the config.json has no linux.seccomp: its container would run unconfined (add the section)`},
	{`{"linux": {"seccomp": null}}`, `1:23: /linux/seccomp: the config.json has no linux.seccomp: its container would run unconfined (add the section)`},
	{`{"ociVersion": "1.0.2", "linux": null}`, `1:34: /linux: the config.json has no linux.seccomp: its container would run unconfined (add the section)`},
	{`{"ociVersion": "1.0.2"}`, `1:1: /linux: the config.json has no linux.seccomp: its container would run unconfined (add the section)`},
	{`{"linux": []}`, `1:11: /linux: an array where an object should be (write it in { })`},
	{`{"linux": {"seccomp": "unconfined"}}`, `1:23: /linux/seccomp: a string where an object should be (write it in { })`},
	{`{"linux": {"secomp": {"defaultAction": "SCMP_ACT_ALLOW"}}}`, `1:11: /linux/seccomp: the config.json has no linux.seccomp: its container would run unconfined (did you mean seccomp by secomp?)`},
	// A key of a profile beside what leads to one.
	{`{"defaultAction": "SCMP_ACT_ALLOW", "linux": {"seccomp": {"defaultAction": "SCMP_ACT_KILL"}}}`, `1:2: /defaultAction: key "defaultAction" of a profile next to "linux", which contains the profile (readers differ in which one counts: move it there, or delete it)`},
	{`{"linux": {"syscalls": [], "seccomp": {"defaultAction": "SCMP_ACT_KILL"}}}`, `1:12: /linux/syscalls: key "syscalls" of a profile next to "seccomp", which contains the profile (readers differ in which one counts: move it there, or delete it)`},
	{`{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_KILL"}, "Flags": []}}`, `1:59: /linux/Flags: key "Flags" of a profile next to "seccomp", which contains the profile (readers differ in which one counts: move it there, or delete it)`},

	// A SeccompProfile resource.
	{`{"apiVersion": "security-profiles-operator.x-k8s.io/v1beta1", "kind": "SeccompProfile", "metadata": {"name": "x"}, "spec": {"defaultAction": "SCMP_ACT_ALLOW", "disabled": false}, "status": {}}`, ``},
	{`{"kind": "SeccompProfile", "spec": {"defaultAction": "SCMP_ACT_ALOW"}}`, `1:54: /spec/defaultAction: unknown action "SCMP_ACT_ALOW" (did you mean SCMP_ACT_ALLOW?)`},
	{`{"kind": "SeccompProfile", "spec": {}}`, `1:36: /spec: no defaultAction and no syscalls: runtimes take this for no seccomp at all and run the container unconfined (write the action for all other calls, such as "SCMP_ACT_ERRNO")`},
	{`{"kind": "SeccompProfile"}`, `1:1: /spec: the SeccompProfile has no spec`},
	{`{"kind": "SeccompProfile", "Spek": {}}`, `1:1: /spec: the SeccompProfile has no spec (did you mean spec by Spek?)`},
	{`{"kind": "SeccompProfile", "spec": {"defaultAction": "SCMP_ACT_ALLOW", "disabled": true}}`, `1:84: /spec/disabled: the SeccompProfile is disabled, so its operator would not install it (delete the key, or the profile)`},
	{`{"kind": "SeccompProfile", "spec": {"defaultAction": "SCMP_ACT_ALLOW", "baseProfileName": "runc-v1.1"}}`, `1:91: /spec/baseProfileName: the base profile "runc-v1.1" is not merged into this text, so its entries are missing ("seccompile extend --dir" and ParseChain merge it; or merge it by hand, and delete the key)`},
	{`{"kind": "SeccompProfile", "syscalls": [], "spec": {"defaultAction": "SCMP_ACT_ALLOW"}}`, `1:28: /syscalls: key "syscalls" of a profile next to "spec", which contains the profile (readers differ in which one counts: move it there, or delete it)`},
	{`{"kind": "Pod", "spec": {}}`, `1:10: /kind: kind "Pod" is not a profile, only a SeccompProfile is one (a Pod names its profile: use --pod or ParseKubernetes)`},
	{`{"spec": {"defaultAction": "SCMP_ACT_ALLOW"}}`, `1:1: /: the text has a spec and no kind (write "kind": "SeccompProfile", or the profile alone)`},
	// Without the resource around it, the base is asked for in every dialect.
	{top + `"baseProfileName": "runc"}`, `2:20: /baseProfileName: the base profile "runc" is not merged into this text, so its entries are missing ("seccompile extend --dir" and ParseChain merge it; or merge it by hand, and delete the key)`},
	{top + `"baseProfileName": ""}`, ``},
	{top + `"baseProfileName": 1}`, `2:20: /baseProfileName: a number where a string should be (write it in quotes)`},

	// Other readers take the last one, in any capitals.
	{`{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}, "seccomp": {"defaultAction": "SCMP_ACT_KILL"}}}`, `1:60: /linux/seccomp: key "seccomp" twice (decoders differ in which one counts: keep one)`},
	{`{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}, "Seccomp": {"defaultAction": "SCMP_ACT_KILL"}}}`, `1:60: /linux/Seccomp: key "seccomp" twice (decoders differ in which one counts: keep one)`},
	{`{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}, "linux": {"seccomp": {"defaultAction": "SCMP_ACT_KILL"}}}`, `1:61: /linux: key "linux" twice (decoders differ in which one counts: keep one)`},
}

func TestParseKeys(t *testing.T) { runParse(t, keyTests) }

// TestParseOrder: faults and notes come as the text has them.
func TestParseOrder(t *testing.T) {
	runParse(t, []parseTest{
		{`{"defaultAction": "SCMP_ACT_ALOW",
"syscalls": [{"names": 1, "action": "X"}, {"names": [""]}],
"flags": ["Y"],
"archMap": [{}]}`, `1:19: /defaultAction: unknown action "SCMP_ACT_ALOW" (did you mean SCMP_ACT_ALLOW?)
2:24: /syscalls/0/names: a number where an array should be (write it in [ ])
2:37: /syscalls/0/action: unknown action "X" (one of SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, ...)
2:43: /syscalls/1: no action (write what these calls get, such as "SCMP_ACT_ALLOW")
2:54: /syscalls/1/names/0: empty name of a call (delete it)
3:11: /flags/0: unknown flag "Y" (one of SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ...)
4:13: /archMap/0: no architecture (write the native ABI, such as "SCMP_ARCH_X86_64")`},
	})
	p, err := Parse([]byte(`{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 5,
"syscalls": [{"action": "SCMP_ACT_LOG", "x": 1}], "y": 2}`), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range p.notes {
		got = append(got, n.Pos.String()+" "+string(n.Code))
	}
	if diff := cmp.Diff([]string{"1:56 errno-unused", "2:14 no-names", "2:41 unknown-key", "2:51 unknown-key"}, got); diff != "" {
		t.Errorf("Parse's notes (-want +got):\n%s", diff)
	}
}

// TestParseNotes: what is accepted and noted, each with its effect.
func TestParseNotes(t *testing.T) {
	tests := []struct {
		in      string
		dialect Dialect
		want    string
	}{
		{`{"DefaultAction": "SCMP_ACT_ALLOW", "SYSCALLS": [{"Names": ["read"], "Action": "SCMP_ACT_LOG", "Args": [{"INDEX": 1, "Op": "SCMP_CMP_EQ"}], "Includes": {"Caps": []}}]}`, Auto,
			`same 1:2: /DefaultAction: key "DefaultAction" is read as "defaultAction" (write it that way: other readers may ignore it)
same 1:37: /SYSCALLS: key "SYSCALLS" is read as "syscalls" (write it that way: other readers may ignore it)
same 1:51: /SYSCALLS/0/Names: key "Names" is read as "names" (write it that way: other readers may ignore it)
same 1:70: /SYSCALLS/0/Action: key "Action" is read as "action" (write it that way: other readers may ignore it)
same 1:96: /SYSCALLS/0/Args: key "Args" is read as "args" (write it that way: other readers may ignore it)
same 1:105: /SYSCALLS/0/Args/0: no value, which counts as 0 (write it)
same 1:106: /SYSCALLS/0/Args/0/INDEX: key "INDEX" is read as "index" (write it that way: other readers may ignore it)
same 1:118: /SYSCALLS/0/Args/0/Op: key "Op" is read as "op" (write it that way: other readers may ignore it)
same 1:141: /SYSCALLS/0/Includes: key "Includes" is read as "includes" (write it that way: other readers may ignore it)
same 1:154: /SYSCALLS/0/Includes/Caps: key "Caps" is read as "caps" (write it that way: other readers may ignore it)
`},
		{top + "\"\u017fyscalls\": []}", Auto, "same 2:1: /\u017fyscalls: key \"\u017fyscalls\" is read as \"syscalls\" (write it that way: other readers may ignore it)\n"},
		{top + `"syscals": [], "version": 2, "a/b~c": 1, "syscalls ": []}`, Auto, `same 2:1: /syscals: unknown key "syscals" (did you mean syscalls?) is ignored
same 2:16: /version: unknown key "version" is ignored
same 2:30: /a~1b~0c: unknown key "a/b~c" is ignored
same 2:42: /syscalls : unknown key "syscalls " (did you mean syscalls?) is ignored
`},
		{top + `"": 1}`, Auto, "same 2:1: /: unknown key \"\" is ignored\n"},
		{top + `"archMap": [{"architecture": "SCMP_ARCH_X86", "sub": []}]}`, Auto, "same 2:47: /archMap/0/sub: unknown key \"sub\" is ignored\n"},
		// An array at the top may be meant for syscalls, an array or an object in an
		// entry for args, names or a guard; an empty one is no loss.
		{top + `"syscals": [{}], "seccomp": {"x": [1]}, "rules": "x"}`, Auto, `weaker 2:1: /syscals: unknown key "syscals" (did you mean syscalls?) is ignored
same 2:18: /seccomp: unknown key "seccomp" is ignored
same 2:41: /rules: unknown key "rules" is ignored
`},
		{one + `"arg": []}]}`, Auto, "same 3:1: /syscalls/0/arg: unknown key \"arg\" (did you mean args?) is ignored\n"},
		{one + `"arg": [{}], "only": {"caps": ["CAP_BPF"]}, "priority": 1, "by": "x", "final": true}]}`, Auto, `weaker 3:1: /syscalls/0/arg: unknown key "arg" (did you mean args?) is ignored
weaker 3:14: /syscalls/0/only: unknown key "only" is ignored
same 3:45: /syscalls/0/priority: unknown key "priority" is ignored
same 3:60: /syscalls/0/by: unknown key "by" is ignored
same 3:71: /syscalls/0/final: unknown key "final" is ignored
`},
		{one + `"args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ", "x": "", "y": 0, "z": false, "w": "w"}]}]}`, Auto, `same 3:56: /syscalls/0/args/0/x: unknown key "x" is ignored
weaker 3:65: /syscalls/0/args/0/y: unknown key "y" is ignored
weaker 3:73: /syscalls/0/args/0/z: unknown key "z" is ignored
weaker 3:85: /syscalls/0/args/0/w: unknown key "w" is ignored
`},
		// An empty list of arches is no ABI to Mesos: without it the entry counts.
		{`{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [], "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {"archs": []}, "excludes": {}}]}`, Mesos,
			"weaker 1:138: /syscalls/0/includes/archs: unknown key \"archs\" (did you mean arches?) is ignored\n"},
		// Keys that are comments by their look.
		{`{"$schema": "x", "_note": [1], "//": {"a": 1}, "x-by": [1], "Title": "x", "defaultAction": "SCMP_ACT_ALLOW", "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": [], "reason": ["x"]}],
"syscalls": [{"names": ["mremap"], "action": "SCMP_ACT_LOG", "description": ["x"], "Comment": "x", "//args": [{"index": 0}], "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ", "comment": "x", "_value": 2}], "includes": {"note": ["x"], "REASON": 1}}]}`, Auto, "same 2:84: /syscalls/0/Comment: key \"Comment\" is read as \"comment\" (write it that way: other readers may ignore it)\n"},
		{`{"linux": {"//": {"syscalls": []}, "seccomp": {"comment": ["x"], "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "comment": ["x"], "reason": {"a": 1}}]}}}`, Auto, ""},
		{one + `"args": [{"index": 1, "op": "SCMP_CMP_EQ", "valuetwo": 1, "mask": 2}]}]}`, Auto, `same 3:10: /syscalls/0/args/0: no value, which counts as 0 (write it)
same 3:44: /syscalls/0/args/0/valuetwo: key "valuetwo" is read as "valueTwo" (write it that way: other readers may ignore it)
same 3:56: /syscalls/0/args/0/valuetwo: valueTwo has no effect with SCMP_CMP_EQ, which compares only with value
weaker 3:59: /syscalls/0/args/0/mask: unknown key "mask" is ignored
`},
		{one + `"excludes": {"cap": ["CAP_BPF"]}}]}`, Auto, "weaker 3:14: /syscalls/0/excludes/cap: unknown key \"cap\" (did you mean caps?) is ignored\n"},
		{one + `"args": [{"op": "SCMP_CMP_EQ"}, {"index": null, "op": "SCMP_CMP_NE"}]}]}`, Auto, `same 3:10: /syscalls/0/args/0: no index: the condition is on argument 0 (write it)
same 3:10: /syscalls/0/args/0: no value, which counts as 0 (write it)
same 3:33: /syscalls/0/args/1: no index: the condition is on argument 0 (write it)
same 3:33: /syscalls/0/args/1: no value, which counts as 0 (write it)
`},
		{top + `"listenerMetadata": "x"}`, Auto, "same 2:21: /listenerMetadata: listenerMetadata has no effect without listenerPath\n"},
		{top + `"listenerPath": "/run/x", "listenerMetadata": "x"}`, Auto, ""},

		// The OCI dialect has no guards, no name and no archMap.
		{`{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "archMap": [], "syscalls": [{"names": ["read"], "name": "write", "action": "SCMP_ACT_LOG", "includes": {}}]}}}`, Auto,
			`same 1:59: /linux/seccomp/archMap: key "archMap" belongs to another dialect and is ignored in that of oci
weaker 1:107: /linux/seccomp/syscalls/0/name: key "name" belongs to another dialect and is ignored in that of oci
same 1:150: /linux/seccomp/syscalls/0/includes: key "includes" belongs to another dialect and is ignored in that of oci
`},
		{`{"ociVersion": "1.0.2", "Linux": {"SECCOMP": {"defaultAction": "SCMP_ACT_ALLOW"}}}`, Auto, `same 1:25: /Linux: key "Linux" is read as "linux" (write it that way: other readers may ignore it)
same 1:35: /Linux/SECCOMP: key "SECCOMP" is read as "seccomp" (write it that way: other readers may ignore it)
`},
		{top + `"archMap": []}`, OCI, "same 2:1: /archMap: key \"archMap\" belongs to another dialect and is ignored in that of oci\n"},
		{`{"defaultAction": "SCMP_ACT_ALLOW", "ociVersion": "1.0.2"}`, Auto, "same 1:37: /ociVersion: unknown key \"ociVersion\" is ignored\n"},
	}
	for _, tt := range tests {
		p, err := Parse([]byte(tt.in), ParseOptions{Dialect: tt.dialect})
		if err != nil {
			t.Errorf("Parse(%q) = %v", tt.in, err)
			continue
		}
		var got strings.Builder
		for _, n := range p.notes {
			got.WriteString(n.Effect.String() + " " + n.String() + "\n")
		}
		if diff := cmp.Diff(tt.want, got.String()); diff != "" {
			t.Errorf("Parse(%q), its notes (-want +got):\n%s", tt.in, diff)
		}
	}
}

func TestParseDialect(t *testing.T) {
	const section, config = `{"defaultAction": "SCMP_ACT_ALLOW"}`, `{"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}}`
	tests := []struct {
		in         string
		give, want Dialect // Auto: an error
	}{
		{section, Auto, Docker},
		{section, Docker, Docker},
		{section, OCI, OCI},
		{config, Auto, OCI},
		{config, OCI, OCI},
		{config, Docker, Auto},
	}
	for _, tt := range tests {
		p, err := Parse([]byte(tt.in), ParseOptions{Dialect: tt.give})
		got := Auto
		if err == nil {
			got = p.dialect
		}
		if got != tt.want {
			t.Errorf("Parse(%s) as %s: %s, %v, want %s", tt.in, tt.give, got, err, tt.want)
		}
	}
}

func TestParseStrict(t *testing.T) {
	const in = top + `"x": 1, "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"value": 0, "op": "SCMP_CMP_EQ"}]}]}`
	p, err := Parse([]byte(in), ParseOptions{File: "p.json", Strict: true})
	const want = `p.json:2:1: /x: unknown key "x" is ignored; refused because strict allows no notes
p.json:2:77: /syscalls/0/args/0: no index: the condition is on argument 0 (write it); refused because strict allows no notes`
	if p != nil || err == nil || err.Error() != want || !errors.Is(err, ErrRefused) {
		t.Errorf("Parse(%q), strict: error (-want +got):\n%s", in, cmp.Diff(want, err.Error()))
	}

	// Faults come first, and are no refusals.
	p, err = Parse([]byte(top+`"x": 1, "flags": 2}`), ParseOptions{Strict: true})
	if got, want := err.Error(), `2:18: /flags: a number where an array should be (write it in [ ])`; p != nil || got != want || errors.Is(err, ErrRefused) {
		t.Errorf("Parse of a fault, strict: %q, want %q", got, want)
	}

	// Resolve's notes are refused, too, whatever the Target accepts.
	p, err = Parse([]byte(rules("ERRNO(1)", "raed -> ALLOW", "read -> ERRNO(1)")), ParseOptions{File: "p.json", Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Compat{CompatKernel, CompatRunc} {
		pol, err := p.Resolve(Target{Arch: 2, Compat: c, AcceptWeaker: true})
		want := []string{"refused unknown-call /syscalls/0/names/0", "refused says-default /syscalls/1/names/0"}
		if diff := cmp.Diff(want, outcome(pol, err)); diff != "" {
			t.Errorf("Resolve, strict, %s (-want +got):\n%s", c, diff)
		}
	}
	p, err = Parse([]byte(rules("ERRNO(1)", "read -> ALLOW")), ParseOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	if pol, err := p.Resolve(Target{Arch: 2}); err != nil || pol == nil {
		t.Errorf("Resolve, strict, without notes: %v", err)
	}
}

// TestParseProfiles: the profiles of testdata parse, strictly.
func TestParseProfiles(t *testing.T) {
	files, err := filepath.Glob("../testdata/profiles/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no profiles: %v", err)
	}
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(in, ParseOptions{File: filepath.Base(name), Strict: true}); err != nil {
			t.Errorf("Parse(%s): %v", name, err)
		}
	}
}

// TestKeyOnce: a key that a text has often gets one note, which says how often.
func TestKeyOnce(t *testing.T) {
	entry := `{"names": ["read"], "action": "SCMP_ACT_ALLOW", "case": 1, "incldes": {"caps": ["CAP_KILL"]}}`
	p, err := Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [`+entry+", "+entry+", "+entry+`]}`), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(Target{Arch: 2, AcceptWeaker: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range res.notes {
		if n.Code == CodeUnknownKey {
			got = append(got, n.Effect.String()+" "+n.String())
		}
	}
	want := []string{
		`same 1:98: /syscalls/0/case: unknown key "case" is ignored, here and at 2 more places`,
		`weaker 1:109: /syscalls/0/incldes: unknown key "incldes" (did you mean includes?) is ignored, here and at 2 more places`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
