package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// seedTexts are the texts of the tables and the profiles of testdata.
func seedTexts(t testing.TB) []string {
	list := []string{defaultJSON, fuzzed}
	for _, table := range [][]parseTest{syntaxTests, valueTests, entryTests, keyTests} {
		for _, tt := range table {
			list = append(list, tt.in)
		}
	}
	for _, tt := range slices.Concat(codeTests, mesosCodeTests) {
		list = append(list, tt.in)
	}
	files, err := filepath.Glob("../testdata/profiles/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(in))
	}
	return list
}

// fuzzed has every key once, for the fuzzer to change.
const fuzzed = `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "flags": ["SECCOMP_FILTER_FLAG_LOG"],
 "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
  {"architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"]}],
 "listenerPath": "/run/x", "listenerMetadata": "y", "x~/": {"": []},
 "syscalls": [
  {"name": "mremap", "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 4096, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
  {"names": ["mremap", "lseek"], "action": "SCMP_ACT_TRAP", "args": [{"index": 1, "value": 2, "op": "SCMP_CMP_GE"}, {"index": 1, "value": 1, "op": "SCMP_CMP_LT"}]},
  {"names": ["lseek", "opennat", "set_tls"], "action": "SCMP_ACT_NOTIFY", "comment": "c", "includes": {"caps": ["CAP_BPF"], "arches": ["s390x"]},
   "excludes": {"minKernel": "4.8"}}]}`

// FuzzParse: Parse and Resolve return a value or errors, never panic, and place
// what they say in the text; canonical texts are those of themselves.
func FuzzParse(f *testing.F) {
	for _, in := range seedTexts(f) {
		f.Add([]byte(in))
	}
	f.Fuzz(checkParse)
}

// TestParseReplaced is checkParse for the text that has every key, with each of
// its values and keys replaced by others, for which a fuzzer would take long.
func TestParseReplaced(t *testing.T) {
	s, serr := jsonpos.Scan([]byte(fuzzed))
	if serr != nil {
		t.Fatal(serr)
	}
	values := []string{
		"null", "true", "0", "1", "5", "6", "-1", "1.5", "1e3", "4095", "4096", "65536", "4294967296", "18446744073709551615", "18446744073709551616",
		`""`, `"x"`, `"read"`, `"write"`, `"4.8"`, `"0.0"`, `"CAP_BPF"`, `"amd64"`, `"SCMP_ARCH_X86"`, `"SCMP_ARCH_AARCH64"`,
		`"SCMP_ACT_ALLOW"`, `"SCMP_ACT_NOTIFY"`, `"SCMP_ACT_ERRNO"`, `"SCMP_ACT_TRACE"`, `"SCMP_CMP_EQ"`, `"SCMP_CMP_NE"`, `"SCMP_CMP_LT"`,
		`"SECCOMP_FILTER_FLAG_TSYNC"`, `"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"`,
		"[]", "[[]]", "[null]", "[1]", `["x"]`, `["read", "read"]`, `[{"index": 7}, {}]`, "[{}]", "{}", `{"x": {}}`, `{"caps": 1}`, `{"op": 1, "OP": 2}`,
	}
	for _, at := range starts(t, s.Root) {
		d := json.NewDecoder(strings.NewReader(fuzzed[at:]))
		var old json.RawMessage
		if err := d.Decode(&old); err != nil {
			t.Fatal(err)
		}
		for _, with := range values {
			checkParse(t, []byte(fuzzed[:at]+with+fuzzed[at+len(old):]))
		}
	}
	for _, key := range slices.Concat(dockerKeys[:]...) {
		for _, with := range []string{"", "x", strings.ToUpper(key), "flags", "names", "comment", "excludes", "valueTwo", "subArchitectures"} {
			checkParse(t, []byte(strings.ReplaceAll(fuzzed, `"`+key+`":`, `"`+with+`":`)))
			checkParse(t, []byte(strings.ReplaceAll(fuzzed, `"`+key+`":`, `"`+with+`": null, "`+key+`":`)))
		}
	}
}

// starts returns the index in fuzzed of each value in v.
func starts(t *testing.T, v jsonpos.Value) []int {
	at, ok := offset([]byte(fuzzed), v.Line, v.Col)
	if !ok {
		t.Fatalf("scan: a value at %d:%d", v.Line, v.Col)
	}
	list := []int{at}
	for _, e := range v.Elems() {
		list = append(list, starts(t, e)...)
	}
	for _, m := range v.Members() {
		list = append(list, starts(t, m.Value)...)
	}
	return list
}

var fuzzTargets = []Target{
	{},
	{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true},
	{Arch: arch.X86_64, Caps: mustCaps("all"), Kernel: syscalls.Version{Major: 4, Minor: 7}, Compat: CompatRunc},
	{Arch: arch.AArch64, AcceptWeaker: true},
	{Arch: arch.S390X, Kernel: syscalls.Version{Major: 6, Minor: 1}, Compat: CompatRunc, Enosys: Enosys{Mode: EnosysOff}},
	{Arch: arch.MIPS, Kernel: syscalls.Version{Major: 3, Minor: 4}},
}

// checkParse holds Parse and Resolve to what FuzzParse says.
func checkParse(t *testing.T, in []byte) {
	for _, o := range []ParseOptions{{File: "p.json"}, {Dialect: Docker}, {Dialect: OCI}, {Dialect: Mesos}, {Strict: true}} {
		p, err := Parse(in, o)
		if (p == nil) != (err != nil) {
			t.Fatalf("Parse(%q, %+v) = %v, %v", in, o, p, err)
		}
		checkErrors(t, in, o, err)
		if err != nil {
			continue
		}
		for _, n := range p.notes {
			checkPlace(t, in, o, n.Pos, n.Path)
		}
		checkProfileMarshal(t, p)
		for _, target := range fuzzTargets {
			pol, err := p.Resolve(target)
			if (pol == nil) != (err != nil) {
				t.Fatalf("Resolve(%+v) of %q = %v, %v", target, in, pol, err)
			}
			for _, e := range faults(err) {
				ofTarget := (e.Code == CodeTarget || e.Code == CodeKernelTooOld) && e.Pos == policy.Pos{} && e.Path == ""
				if e.Code == "" || !ofTarget && (e.Pos.Line == 0 || e.Pos.File != o.File) {
					t.Fatalf("Resolve(%+v) of %q: error %#v", target, in, e)
				}
			}
			if err != nil {
				continue
			}
			for a := range arch.All() {
				for _, nr := range []uint32{0, 8, a.NumberBase() + 25, ^uint32(0)} {
					pol.Decide(syscalls.Call{Audit: a.Audit(), Nr: nr, Args: [6]uint64{1, 2, 3}})
				}
			}
			if pol.String() == "" || o.Strict && slices.ContainsFunc(pol.notes, func(n Note) bool { return !n.Harmless() }) {
				t.Fatalf("Resolve(%+v) of %q: %v", target, in, pol.notes)
			}
			checkPolicyMarshal(t, pol, target)
		}
	}
}

// checkErrors: each error is an *Error with its place.
func checkErrors(t *testing.T, in []byte, o ParseOptions, err error) {
	for _, e := range faults(err) {
		if e.Code == "" || e.Err == nil || e.Pos.File != o.File || errors.Is(e, ErrRefused) && !o.Strict {
			t.Fatalf("Parse(%q, %+v): error %#v", in, o, e)
		}
		if _, ok := offset(in, int32(e.Pos.Line), int32(e.Pos.Col)); !ok {
			t.Fatalf("Parse(%q): error %v, which is outside", in, e)
		}
		// A fault of syntax stands somewhere in the value of its pointer, and
		// the pointer of what is missing leads nowhere.
		if e.Code != CodeSyntax && e.Code != CodeEmpty && e.Code != CodeTooLarge {
			checkPlace(t, in, o, e.Pos, e.Path)
		}
	}
}

// checkPlace: the pointer leads to a key or value that stands at the place.
func checkPlace(t *testing.T, in []byte, o ParseOptions, pos policy.Pos, path string) {
	s, err := jsonpos.Scan(in)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	if path != "" {
		keys = strings.Split(path, "/")[1:]
	}
	if pos.File != o.File || !stands(s.Root, keys, pos) {
		t.Fatalf("Parse(%q, %+v): a fault or note at %s, where no %q is", in, o, pos, path)
	}
}

// stands reports whether a value or key that keys lead to has that place. Of a
// key that comes twice either may.
func stands(v jsonpos.Value, keys []string, pos policy.Pos) bool {
	if len(keys) == 0 {
		return int(v.Line) == pos.Line && int(v.Col) == pos.Col
	}
	for _, m := range v.Members() {
		if jsonpos.Token(m.Key) == keys[0] && (len(keys) == 1 && int(m.Line) == pos.Line && int(m.Col) == pos.Col || stands(m.Value, keys[1:], pos)) {
			return true
		}
	}
	i, err := strconv.Atoi(keys[0])
	return v.Kind == jsonpos.Array && err == nil && i < len(v.Elems()) && stands(v.Elems()[i], keys[1:], pos)
}

// offset returns the index of a place in the text; one after the end is in it.
func offset(in []byte, line, col int32) (int, bool) {
	start := 0
	for range line - 1 {
		n := bytes.IndexByte(in[start:], '\n')
		if n < 0 {
			return 0, false
		}
		start += n + 1
	}
	at := start + int(col) - 1
	return at, line > 0 && col > 0 && at <= len(in) && bytes.IndexByte(in[start:min(at, len(in))], '\n') < 0
}
