package profile

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A parseTest is a text and Parse's error, whole; "" for none.
type parseTest struct{ in, want string }

// runParse also looks for the promise that there is a Profile or an error.
func runParse(t *testing.T, tests []parseTest) {
	t.Helper()
	for _, tt := range tests {
		p, err := Parse([]byte(tt.in), ParseOptions{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Parse(%q), its error (-want +got):\n%s", tt.in, diff)
		}
		if (p == nil) != (err != nil) {
			t.Errorf("Parse(%q) returns %v and %v", tt.in, p, err)
		}
	}
}

// What the tables put in front of the line that they are about.
const (
	top = `{"defaultAction": "SCMP_ACT_ALLOW", ` + "\n"
	one = top + `"syscalls": [{"names": ["mremap"], "action": "SCMP_ACT_LOG",` + "\n"
)

var syntaxTests = []parseTest{
	{"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x", `1:1: /: a mark of a merge conflict (resolve the conflict)`},
	{"{\n<<<<<<< HEAD\n\"a\": 1}", `2:1: /: a mark of a merge conflict (resolve the conflict)`},
	{"```json\n{}\n```", "1:1: /: a Markdown fence (take the text out of it)"},
	{"{}\n```", "2:1: /: a Markdown fence (take the text out of it)"},
	{`{{ .Values.seccomp }}`, `1:1: /: a template (render it first)`},
	{`{"a": {{ .Values.seccomp }}}`, `1:7: /a: a template (render it first)`},
	{"default = 1\n", `1:1: /: TOML or INI, not JSON (convert it)`},
	{`{}, {}`, `1:3: /: a second document (put each into a file of its own)`},
	{`"defaultAction": "X"`, `1:16: /: a colon after the end (is the { before the first key missing?)`},
	{``, `1:1: /: the text is empty (is it the right file?)`},
	{" \n ", `1:1: /: the text is empty (is it the right file?)`},
	{`{`, `1:2: /: the text ends before the { at 1:1 is closed (is the file cut short?)`},
	{`{"defaultAction`, `1:2: /: the text ends before this string is closed (is the file cut short?)`},
	{`{"defaultAction"`, `1:17: /defaultAction: the text ends before the { at 1:1 is closed (is the file cut short?)`},
	{`{"defaultAction":`, `1:18: /defaultAction: the text ends before the { at 1:1 is closed (is the file cut short?)`},
	{`{"defaultAction": "SCMP_ACT`, `1:19: /defaultAction: the text ends before this string is closed (is the file cut short?)`},
	{`{"defaultAction": "SCMP\`, `1:19: /defaultAction: the text ends before this string is closed (is the file cut short?)`},
	{`{"defaultAction": "SCMP\u00`, `1:19: /defaultAction: the text ends before this string is closed (is the file cut short?)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO"`, `1:35: /: the text ends before the { at 1:1 is closed (is the file cut short?)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO",`, `1:36: /: the text ends before the { at 1:1 is closed (is the file cut short?)`},
	{`{"syscalls": [`, `1:15: /syscalls/0: the text ends before the [ at 1:14 is closed (is the file cut short?)`},
	{`{"syscalls": [{"names": ["read"`, `1:32: /syscalls/0/names: the text ends before the [ at 1:25 is closed (is the file cut short?)`},
	{`{"syscalls": [{}, {"args": [{}, {"index": `, `1:42: /syscalls/1/args/1/index: the text ends before the { at 1:33 is closed (is the file cut short?)`},
	{`{"syscalls": [{"args": [{"index": 1-`, `1:35: /syscalls/0/args/0: "1-" is not a number of JSON (write a decimal number)`},
	{`{"syscalls": [{"args": [{"index": -`, `1:36: /syscalls/0/args/0/index: the text ends before the { at 1:25 is closed (is the file cut short?)`},
	{top, `1:36: /: the text ends before the { at 1:1 is closed (is the file cut short?)`},

	{`{"defaultAction": "SCMP_ACT_ERRNO"} // default`, `1:37: /: a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`},
	{`{"defaultAction": "SCMP_ACT_ERRNO"}}`, `1:36: /: a } without an opening one (delete it, or write what it should close)`},
	{"{\"defaultAction\": \"SCMP_ACT_ERRNO\"}\n{}", `2:1: /: a second document (put each into a file of its own)`},
	{"{\"defaultAction\": \"SCMP_ACT_ERRNO\"}\x00", `1:36: /: more text after the end (delete it)`},
	{"\ufeff{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", `1:1: /: byte order mark (save the file without it)`},
	{"\xff\xfe{\x00", `1:1: /: UTF-16 text (save it as UTF-8)`},
	{"# default\n{}", `1:1: /: a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`},

	{`{"defaultAction": nul}`, `1:19: /defaultAction: nul is not a value of JSON (write null)`},
	{`{"defaultAction": SCMP_ACT_ERRNO}`, `1:19: /defaultAction: SCMP_ACT_ERRNO without quotes (write "SCMP_ACT_ERRNO")`},
	{`{"defaultAction": 'SCMP_ACT_ERRNO'}`, `1:19: /defaultAction: the quote ', which JSON does not have (write ")`},
	{`{"defaultAction": ,}`, `1:19: /defaultAction: a comma with nothing before it (delete it)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO",}`, `1:35: /: a comma before }, which JSON does not allow (delete it)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO" "syscalls": []}`, `1:35: /: missing comma (write it here)`},
	{`{"defaultAction" = "SCMP_ACT_ERRNO"}`, `1:18: /defaultAction: "=" where a colon should be (correct the JSON)`},
	{`{defaultAction: "SCMP_ACT_ERRNO"}`, `1:2: /: the key defaultAction without quotes (write "defaultAction")`},
	{`{"syscalls": [{"names": ["read",]}]}`, `1:32: /syscalls/0/names: a comma before ], which JSON does not allow (delete it)`},
	{`{"syscalls": [{"names": ["read" "write"]}]}`, `1:32: /syscalls/0/names: missing comma (write it here)`},
	{`{"syscalls": [}`, `1:15: /syscalls/0: } where ] should be: the [ at 1:14 is not closed`},
	{`{"defaultAction": "SCMP\_ACT"}`, `1:24: /defaultAction: the escape \_, which JSON does not have (write \\ for a backslash)`},
	{`{"defaultAction": "SCMP\u00g0"}`, `1:24: /defaultAction: "\\u00" in a string lacks some of the four hexadecimal digits of an escape (write \u0041 for A)`},
	{`{"defaultErrnoRet": 01}`, `1:21: /: "01" begins with 0, which numbers of JSON do not (write it in decimal, without the 0)`},
	{`{"defaultErrnoRet": +1}`, `1:21: /defaultErrnoRet: "+1" is not a number of JSON (write a decimal number that begins with a digit)`},
	{`{"defaultErrnoRet": +}`, `1:21: /defaultErrnoRet: "+" is not a number of JSON (write a decimal number that begins with a digit)`},
	{`{"defaultErrnoRet": .}`, `1:21: /defaultErrnoRet: "." is not a number of JSON (write a decimal number that begins with a digit)`},
	{`{"defaultErrnoRet": .x}`, `1:21: /defaultErrnoRet: .x without quotes (write ".x")`},
	{`{"defaultErrnoRet": 1.}`, `1:21: /defaultErrnoRet: "1." is not a number of JSON (write a decimal number)`},
	{`{"defaultErrnoRet": 1e}`, `1:21: /defaultErrnoRet: "1e" is not a number of JSON (write a decimal number)`},
	{`{"defaultErrnoRet": 0x26}`, `1:21: /: "0x26" is not decimal, as numbers of JSON are (write 38)`},

	// What other languages have.
	{"{\"syscalls\": [ // all\n]}", `1:16: /syscalls/0: a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`},
	{"{\"syscalls\": [], /* none */ }", `1:18: /: a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`},
	{"{\n# none\n}", `2:1: /: a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`},
	{"{\"syscalls\" // all\n: []}", `1:13: /syscalls: a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`},
	{"{\"syscalls\": [] // all\n}", `1:17: /: a comment, which JSON does not have (delete it, or write it as the value of a key "comment")`},
	{`{'defaultAction': "SCMP_ACT_ERRNO"}`, `1:2: /: the quote ', which JSON does not have (write ")`},
	{`{“defaultAction”: "SCMP_ACT_ERRNO"}`, `1:2: /: the typographic quote “ (write ")`},
	{`{"defaultAction": None}`, `1:19: /defaultAction: None is not a value of JSON (write null)`},
	{`{"syscalls": [{"args": n"",}]}`, `1:24: /syscalls/0/args: n is not a value of JSON (write null, or "n" for a string)`}, // of a public report
	{`{"a": undefined}`, `1:7: /a: undefined is not a value of JSON (write null)`},
	{`{"a": fals}`, `1:7: /a: fals is not a value of JSON (write false, or "fals" for a string)`},
	{"\x7fELF\x02\x01\x01\x00", `1:1: /: an ELF program, not JSON (pass what it reads or writes)`},
	{"#!/bin/sh\necho {}\n", `1:1: /: a script, not JSON (pass what it writes)`},
	{"\x20\x00\x00\x00\x04\x00\x00\x00", `1:2: /: a compiled filter, not JSON (pass the profile that it was compiled from)`},
	{"\x00\x20\x00\x00\x00\x00\x00\x04", `1:1: /: a compiled filter, not JSON (pass the profile that it was compiled from)`},
	{`{"syscalls": [read, write]}`, `1:15: /syscalls/0: read without quotes (write "read")`},
	{"{\"defaultAction\":\u00a0\"SCMP_ACT_ERRNO\"}", `1:18: /defaultAction: the invisible character U+00A0 (delete it)`},
	{"{\u200b}", `1:2: /: the invisible character U+200B (delete it)`},
	{"{\"defaultErrnoRet\": 1;}", `1:22: /: a semicolon (write a comma, or nothing at the end)`},
	{`{"defaultErrnoRet": 1_000}`, `1:21: /: "1_000" is not decimal, as numbers of JSON are (write 1000)`},
	{`{"defaultErrnoRet": 0b100110}`, `1:21: /: "0b100110" is not decimal, as numbers of JSON are (write 38)`},
	{`{"defaultErrnoRet": 38u}`, `1:21: /: "38u" is not a number of JSON (write a decimal number)`},
	{`{"defaultErrnoRet": .5}`, `1:21: /defaultErrnoRet: ".5" is not a number of JSON (write a decimal number that begins with a digit)`},
	{`{"defaultErrnoRet": -}`, `1:21: /defaultErrnoRet: "-" is not a number of JSON (write a decimal number)`},
	{`[trueish]`, `1:2: /: trueish without quotes (write "trueish")`},

	// Other formats.
	{"\xfe\xff\x00{", `1:1: /: UTF-16 text (save it as UTF-8)`},
	{"\xff\xfe\x00\x00{\x00\x00\x00", `1:1: /: UTF-32 text (save it as UTF-8)`},
	{"{\x00\"\x00", `1:1: /: UTF-16 text (save it as UTF-8)`},
	{"\x00{\x00\"", `1:1: /: UTF-16 text (save it as UTF-8)`},
	{"\x1f\x8b\x08\x00", `1:1: /: compressed by gzip (unpack it)`},
	{"<!DOCTYPE html>\n<html>", `1:1: /: HTML or XML, not JSON (fetch the file itself, not a page that shows it)`},
	{"---\ndefaultAction: SCMP_ACT_ERRNO\n", `1:1: /: YAML, not JSON (convert it, for example with yq -o json)`},
	{"defaultAction: SCMP_ACT_ERRNO\nsyscalls:\n- action: SCMP_ACT_ALLOW\n  names: [read]\n", `1:1: /: YAML, not JSON (convert it, for example with yq -o json)`},
	{"# Docker's\n\nsyscalls:\n", `1:1: /: YAML, not JSON (convert it, for example with yq -o json)`},
	{"- names: [read]\n", `1:1: /: YAML, not JSON (convert it, for example with yq -o json)`},
	{"%YAML 1.2\n---\n", `1:1: /: YAML, not JSON (convert it, for example with yq -o json)`},
	{"G{\n}", `1:1: /: text before the { at 1:2 (delete it)`},
	{"https://example.org/default.json\r\n{\r\n}", `1:1: /: text before the { at 2:1 (delete it)`},
	{"profile = {}", `1:1: /: text before the { at 1:11 (delete it)`},
	{"SCMP_ACT_ERRNO", `1:1: /: "S" where a value should be (correct the JSON)`},
	{"404: Not Found", `1:1: /: the answer of a web server, not JSON (fetch the file again)`},

	// The commas and brackets that people miss.
	{"{\"syscalls\": [\n\t{\n\t\t\"names\": [\"read\"],\n\t},\n]}", `3:20: /syscalls/0: a comma before }, which JSON does not allow (delete it)`},
	{"{\"syscalls\": [\n\t{},\n]}", `2:4: /syscalls: a comma before ], which JSON does not allow (delete it)`},
	{"{\"defaultAction\": \"SCMP_ACT_ERRNO\"\n  \"syscalls\": []}", `1:35: /: missing comma (write it here)`},
	{"{\"syscalls\": [{}\n{}]}", `1:17: /syscalls: missing comma (write it here)`},
	{"{\"syscalls\": [1\ntrue]}", `1:16: /syscalls: missing comma (write it here)`},
	{`[,1]`, `1:2: /0: a comma with nothing before it (delete it)`},
	{`{,"a": 1}`, `1:2: /: a comma with nothing before it (delete it)`},
	{`[1,,2]`, `1:4: /1: a comma with nothing before it (delete it)`},
	{"{\n  \"syscalls\": [\n    {\"names\": []}\n}", `4:1: /syscalls: } where ] should be: the [ at 2:15 is not closed`},
	{"{\n  \"syscalls\": [{\"names\": [\"[\", \"\\\"\", 1\n}", `3:1: /syscalls/0/names: } where ] should be: the [ at 2:26 is not closed`},
	{"{\"a\": [1,}", `1:10: /a/1: } where ] should be: the [ at 1:7 is not closed`},
	{"{\"syscalls\": [\n  {\n", `2:4: /syscalls/0: the text ends before the { at 2:3 is closed (is the file cut short?)`},
	{`["a": 1]`, `1:5: /: a colon in a list (write keys and values in { })`},
	{`{"a", "b"}`, `1:5: /a: a key without a value (write a colon and the value; a list stands in [ ])`},
	{`{"a" "b"}`, `1:5: /a: missing colon (write it here)`},
	{`{"a": "b": 1}`, `1:10: /: ":" where a comma or } should be (correct the JSON)`},
	{`{"names": {"read", "write"}}`, `1:18: /names/read: a key without a value (write a colon and the value; a list stands in [ ])`},
	{`{"a": "say "x""}`, `1:12: /: a quote that ends the string too early (write \" in a string)`},
	{"{\"a\": \"x,\n\"b\": 1}", `1:7: /a: the string is not closed on its line (write the closing quote)`},
	{"{\"a\": \"x\ty\"}", `1:9: /a: a tab in a string (write \t)`},
	{"{\"a\": \"x\x01y\"}", `1:9: /a: '\x01' in a string (write \u0001)`},
	{"{}\n---\n{}", `2:1: /: a second document (put each into a file of its own)`},
	{"{},", `1:3: /: more text after the end (delete it)`},
	{"{}]", `1:3: /: a ] without an opening one (delete it, or write what it should close)`},

	// Places: columns are bytes, a tab and a carriage return one each.
	{"{\r\n\t\"defaultAction\":\r\n\t\t?}", `3:3: /defaultAction: "?" where a value should be (correct the JSON)`},
	{"{\"comment\": \"é€😀\", é}", `1:26: /: "é" where a key in quotes should be (correct the JSON)`},
	{"{\"a\": \"\xff\", x}", `1:12: /: the key x without quotes (write "x")`},
	{"\n\n\n  [ \n1,\n x]", `6:2: /1: x without quotes (write "x")`},
	{"\r[\rx]", `1:4: /0: x without quotes (write "x")`},
	// Pointers: ~ and / in keys are escaped, quotes are not.
	{`{"a/b": {"~1": [{"\"/~": x}]}}`, `1:26: /a~1b/~01/0/"~1~0: x without quotes (write "x")`},
}

func TestParseSyntax(t *testing.T) { runParse(t, syntaxTests) }

func TestParseDepth(t *testing.T) {
	runParse(t, []parseTest{{
		strings.Repeat("[", 1001),
		"1:1001: /: more than 1000 arrays and objects inside each other (a profile has 6)",
	}})
}

var valueTests = []parseTest{
	// The whole.
	{`null`, `1:1: /: null where a profile should be (a profile is an object with defaultAction)`},
	{` []`, `1:2: /: an array where a profile should be (a profile is an object with defaultAction)`},
	{`"unconfined"`, `1:1: /: a string where a profile should be (a profile is an object with defaultAction)`},
	{`{}`, `1:1: /: no defaultAction and no syscalls: runtimes take this for no seccomp at all and run the container unconfined (write the action for all other calls, such as "SCMP_ACT_ERRNO")`},
	{`{"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}`, `1:1: /: no defaultAction (write the action for all other calls, such as "SCMP_ACT_ERRNO")`},

	// defaultAction and defaultErrnoRet.
	{`{"defaultAction": 1}`, `1:19: /defaultAction: a number where a string should be (write it in quotes)`},
	{`{"defaultAction": ["SCMP_ACT_ALLOW"]}`, `1:19: /defaultAction: an array where a string should be (write it in quotes)`},
	{`{"defaultAction": "SCMP_ACT_ERNO"}`, `1:19: /defaultAction: unknown action "SCMP_ACT_ERNO" (did you mean SCMP_ACT_ERRNO?)`},
	{`{"defaultAction": "scmp_act_allow"}`, `1:19: /defaultAction: unknown action "scmp_act_allow" (did you mean SCMP_ACT_ALLOW?)`},
	{`{"defaultAction": "SCMP_ACT_ALLOW "}`, `1:19: /defaultAction: unknown action "SCMP_ACT_ALLOW " (did you mean SCMP_ACT_ALLOW?)`},
	{`{"defaultAction": "deny"}`, `1:19: /defaultAction: unknown action "deny" (one of SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, ...)`},
	{`{"defaultAction": "SCMP_ACT_NOTIFY"}`, `1:19: /defaultAction: NOTIFY cannot be the default: it would also stop the process that waits for the answers (name the calls)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": "1"}`, `1:56: /defaultErrnoRet: a string where a number should be (write digits without quotes)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": true}`, `1:56: /defaultErrnoRet: a boolean where a number should be (write digits without quotes)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1.0}`, `1:56: /defaultErrnoRet: 1.0 is not a whole number in digits (write it without a point or an exponent)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1e3}`, `1:56: /defaultErrnoRet: 1e3 is not a whole number in digits (write it without a point or an exponent)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": -1}`, `1:56: /defaultErrnoRet: -1 is not a whole number from 0 on (write a negative one as 64 bits: -1 is 18446744073709551615)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}`, `1:56: /defaultErrnoRet: errno 4096 is out of range (at most 4095)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 70000}`, `1:56: /defaultErrnoRet: errno 70000 is out of range (at most 4095)`},
	{`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 18446744073709551616}`, `1:56: /defaultErrnoRet: 18446744073709551616 is more than 64 bits hold (at most 18446744073709551615)`},
	{`{"defaultAction": "SCMP_ACT_TRACE", "defaultErrnoRet": 65536}`, `1:56: /defaultErrnoRet: errno 65536 is out of range (at most 65535)`},

	// architectures and archMap.
	{top + `"architectures": "SCMP_ARCH_X86"}`, `2:18: /architectures: a string where an array should be (write it in [ ])`},
	{top + `"architectures": [null, 1, {}]}`, `2:19: /architectures/0: null where a string should be (delete it)
2:25: /architectures/1: a number where a string should be (write it in quotes)
2:28: /architectures/2: an object where a string should be (write it in quotes)`},
	{top + `"architectures": ["amd64", "SCMP_ARCH_SPARC", "SCMP_ARCH_AARCH46", ""]}`, `2:19: /architectures/0: unknown architecture "amd64" (did you mean SCMP_ARCH_X86_64?)
2:28: /architectures/1: unknown architecture "SCMP_ARCH_SPARC" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)
2:47: /architectures/2: unknown architecture "SCMP_ARCH_AARCH46" (did you mean SCMP_ARCH_AARCH64?)
2:68: /architectures/3: unknown architecture "" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
	{top + `"archMap": {}}`, `2:12: /archMap: an object where an array should be (write it in [ ])`},
	{top + `"archMap": [null, "x", {}]}`, `2:13: /archMap/0: null where an object should be (delete it)
2:19: /archMap/1: a string where an object should be (write it in { })
2:24: /archMap/2: no architecture (write the native ABI, such as "SCMP_ARCH_X86_64")`},
	{top + `"archMap": [{"architecture": null, "subArchitectures": "SCMP_ARCH_X86"}, {"architecture": "SCMP_ARCH_S390Y", "subArchitectures": [null]}]}`,
		`2:30: /archMap/0/architecture: null where a string should be (delete it)
2:56: /archMap/0/subArchitectures: a string where an array should be (write it in [ ])
2:91: /archMap/1/architecture: unknown architecture "SCMP_ARCH_S390Y" (did you mean SCMP_ARCH_S390?)
2:131: /archMap/1/subArchitectures/0: null where a string should be (delete it)`},
	{top + `"archMap": [{"Architecture": "SCMP_ARCH_SPARC"}]}`, `2:30: /archMap/0/Architecture: unknown architecture "SCMP_ARCH_SPARC" (one of SCMP_ARCH_X86_64, SCMP_ARCH_AARCH64, ...)`},
	{top + `"architectures": ["SCMP_ARCH_X86"], "archMap": [{"architecture": "SCMP_ARCH_X86_64"}]}`, `2:48: /archMap: both archMap and architectures (use one of them)`},
	{top + `"architectures": [], "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": null}]}`, ``},

	// flags and listener.
	{top + `"flags": "SECCOMP_FILTER_FLAG_LOG"}`, `2:10: /flags: a string where an array should be (write it in [ ])`},
	{top + `"flags": [1, null, "SECCOMP_FILTER_FLAG_LGO", "SECCOMP_FILTER_FLAG_TSYNC_ESRCH", ""]}`, `2:11: /flags/0: a number where a string should be (write it in quotes)
2:14: /flags/1: null where a string should be (delete it)
2:20: /flags/2: unknown flag "SECCOMP_FILTER_FLAG_LGO" (did you mean SECCOMP_FILTER_FLAG_LOG?)
2:47: /flags/3: profiles cannot name SECCOMP_FILTER_FLAG_TSYNC_ESRCH (delete it: the compiler or the installer sets it if necessary)
2:82: /flags/4: unknown flag "" (one of SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_SPEC_ALLOW, ...)`},
	{top + `"listenerPath": 5, "listenerMetadata": []}`, `2:17: /listenerPath: a number where a string should be (write it in quotes)
2:40: /listenerMetadata: an array where a string should be (write it in quotes)`},
}

func TestParseValues(t *testing.T) { runParse(t, valueTests) }

var entryTests = []parseTest{
	{top + `"syscalls": {}}`, `2:13: /syscalls: an object where an array should be (write it in [ ])`},
	{top + `"syscalls": [null, "read", []]}`, `2:14: /syscalls/0: null where an object should be (delete it)
2:20: /syscalls/1: a string where an object should be (write it in { })
2:28: /syscalls/2: an array where an object should be (write it in { })`},

	// names, name and action.
	{top + `"syscalls": [{}]}`, `2:14: /syscalls/0: no action (write what these calls get, such as "SCMP_ACT_ALLOW")`},
	{top + `"syscalls": [{"names": ["read"], "action": null}]}`, `2:14: /syscalls/0: no action (write what these calls get, such as "SCMP_ACT_ALLOW")`},
	{top + `"syscalls": [{"names": "read", "action": "SCMP_ACT_LOG"}]}`, `2:24: /syscalls/0/names: a string where an array should be (write it in [ ])`},
	{top + `"syscalls": [{"names": [null, 1, ""], "action": 5}]}`, `2:25: /syscalls/0/names/0: null where a string should be (delete it)
2:31: /syscalls/0/names/1: a number where a string should be (write it in quotes)
2:34: /syscalls/0/names/2: empty name of a call (delete it)
2:49: /syscalls/0/action: a number where a string should be (write it in quotes)`},
	{top + `"syscalls": [{"names": ["read"], "action": ""}]}`, `2:44: /syscalls/0/action: unknown action "" (one of SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, ...)`},
	{top + `"syscalls": [{"names": ["read"], "action": "SCMP_ACT_LGO", "errnoRet": "x"}]}`, `2:44: /syscalls/0/action: unknown action "SCMP_ACT_LGO" (did you mean SCMP_ACT_LOG?)`},
	{top + `"syscalls": [{"name": ["read"], "action": "SCMP_ACT_LOG"}]}`, `2:23: /syscalls/0/name: an array where a string should be (write it in quotes)`},
	{top + `"syscalls": [{"name": "read", "names": ["write"], "action": "SCMP_ACT_LOG"}]}`, `2:23: /syscalls/0/name: name beside names (move it into names)`},
	{top + `"syscalls": [{"names": ["write"], "name": "read", "action": "SCMP_ACT_LOG", "excludes": {"arches": ["amd64"]}}]}`, `2:43: /syscalls/0/name: name beside names (move it into names)`},
	{top + `"syscalls": [{"names": [], "name": "read", "action": "SCMP_ACT_LOG"}, {"names": ["read"], "name": "", "action": "SCMP_ACT_LOG"}, {"names": ["read"], "name": null, "action": "SCMP_ACT_LOG"}]}`, ``},
	{top + `"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4096}]}`, `2:74: /syscalls/0/errnoRet: errno 4096 is out of range (at most 4095)`},
	{top + `"syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": -1}]}`, `2:74: /syscalls/0/errnoRet: -1 is not a whole number from 0 on (write a negative one as 64 bits: -1 is 18446744073709551615)`},
	{one + `"comment": ["x"]}]}`, `3:12: /syscalls/0/comment: an array where a string should be (write it in quotes)`},

	// args.
	{one + `"args": {}}]}`, `3:9: /syscalls/0/args: an object where an array should be (write it in [ ])`},
	{one + `"args": [null, 1, {}]}]}`, `3:10: /syscalls/0/args/0: null where an object should be (delete it)
3:16: /syscalls/0/args/1: a number where an object should be (write it in { })
3:19: /syscalls/0/args/2: no op (write the comparison, such as "SCMP_CMP_EQ")`},
	{one + `"args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`, `3:20: /syscalls/0/args/0/index: argument index 6 (a call has six arguments, 0 to 5)`},
	{one + `"args": [{"index": "1", "value": 1, "op": "SCMP_CMP_EQ"}]}]}`, `3:20: /syscalls/0/args/0/index: a string where a number should be (write digits without quotes)`},
	{one + `"args": [{"index": -1, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`, `3:20: /syscalls/0/args/0/index: -1 is not a whole number from 0 on (write a negative one as 64 bits: -1 is 18446744073709551615)`},
	{one + `"args": [{"index": 18446744073709551616, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`, `3:20: /syscalls/0/args/0/index: 18446744073709551616 is more than 64 bits hold (at most 18446744073709551615)`},
	{one + `"args": [{"index": 0, "value": -1, "op": "SCMP_CMP_EQ"}]}]}`, `3:32: /syscalls/0/args/0/value: -1 is not a whole number from 0 on (write a negative one as 64 bits: -1 is 18446744073709551615)`},
	{one + `"args": [{"index": 0, "value": -0, "op": "SCMP_CMP_EQ"}]}]}`, `3:32: /syscalls/0/args/0/value: -0 is not a whole number from 0 on (write a negative one as 64 bits: -1 is 18446744073709551615)`},
	{one + `"args": [{"index": 0, "value": 1.0, "valueTwo": 1e3, "op": "SCMP_CMP_EQ"}]}]}`, `3:32: /syscalls/0/args/0/value: 1.0 is not a whole number in digits (write it without a point or an exponent)
3:49: /syscalls/0/args/0/valueTwo: 1e3 is not a whole number in digits (write it without a point or an exponent)`},
	{one + `"args": [{"index": 0, "value": 18446744073709551616, "valueTwo": "1", "op": "SCMP_CMP_EQ"}]}]}`, `3:32: /syscalls/0/args/0/value: 18446744073709551616 is more than 64 bits hold (at most 18446744073709551615)
3:66: /syscalls/0/args/0/valueTwo: a string where a number should be (write digits without quotes)`},
	{one + `"args": [{"index": 5, "value": 18446744073709551615, "valueTwo": null, "op": "SCMP_CMP_EQ"}]}]}`, ``},
	{one + `"args": [{"index": 0, "op": "SCMP_CMP_EQQ"}, {"index": 1, "op": "=="}, {"index": 2, "op": 4}, {"index": 3, "op": null}, {"index": 4, "op": ""}, {"index": 5, "op": "scmp_cmp_eq"}]}]}`,
		`3:29: /syscalls/0/args/0/op: unknown operator "SCMP_CMP_EQQ" (did you mean SCMP_CMP_EQ?)
3:65: /syscalls/0/args/1/op: unknown operator "==" (did you mean SCMP_CMP_EQ?)
3:91: /syscalls/0/args/2/op: a number where a string should be (write it in quotes)
3:95: /syscalls/0/args/3: no op (write the comparison, such as "SCMP_CMP_EQ")
3:140: /syscalls/0/args/4/op: unknown operator "" (one of SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ, ...)
3:164: /syscalls/0/args/5/op: unknown operator "scmp_cmp_eq" (did you mean SCMP_CMP_EQ?)`},

	// Guards.
	{one + `"includes": [], "excludes": "CAP_BPF"}]}`, `3:13: /syscalls/0/includes: an array where an object should be (write it in { })
3:29: /syscalls/0/excludes: a string where an object should be (write it in { })`},
	{one + `"includes": {"caps": "CAP_BPF", "arches": [null], "minKernel": 4.8},` + "\n" + `"excludes": {"caps": [1], "arches": {}, "minKernel": true}}]}`,
		`3:22: /syscalls/0/includes/caps: a string where an array should be (write it in [ ])
3:44: /syscalls/0/includes/arches/0: null where a string should be (delete it)
3:64: /syscalls/0/includes/minKernel: a number where a string should be (write it in quotes)
4:23: /syscalls/0/excludes/caps/0: a number where a string should be (write it in quotes)
4:37: /syscalls/0/excludes/arches: an object where an array should be (write it in [ ])
4:54: /syscalls/0/excludes/minKernel: a boolean where a string should be (write it in quotes)`},
	{one + `"includes": {"minKernel": "4"}, "excludes": {"minKernel": "4.8.1"}}]}`, `3:27: /syscalls/0/includes/minKernel: minKernel "4" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)
3:59: /syscalls/0/excludes/minKernel: minKernel "4.8.1" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)`},
	{one + `"includes": {"minKernel": "300.1"}, "excludes": {"minKernel": "+4.8"}}]}`, `3:27: /syscalls/0/includes/minKernel: minKernel "300.1" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)
3:63: /syscalls/0/excludes/minKernel: minKernel "+4.8" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)`},
	{one + `"includes": {"minKernel": "0.0"}, "excludes": {"minKernel": "4.8-rc1"}}]}`, `3:27: /syscalls/0/includes/minKernel: minKernel "0.0" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)
3:61: /syscalls/0/excludes/minKernel: minKernel "4.8-rc1" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)`},
	{one + `"includes": {"minKernel": "."}, "excludes": {"minKernel": " 4.8"}}]}`, `3:27: /syscalls/0/includes/minKernel: minKernel "." (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)
3:59: /syscalls/0/excludes/minKernel: minKernel " 4.8" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)`},
	{one + `"includes": {"minKernel": "255.0"}, "excludes": {"minKernel": null}}]}`, ``},
}

func TestParseEntries(t *testing.T) { runParse(t, entryTests) }
