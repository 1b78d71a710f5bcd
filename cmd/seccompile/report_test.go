package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

const reported = `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [
	{"names": ["read"], "action": "SCMP_ACT_ALLOW"},
	{"names": ["write"], "action": "SCMP_ACT_LOG"},
	{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 17, "op": "SCMP_CMP_EQ"}]},
	{"names": ["mount"], "action": "SCMP_ACT_KILL_PROCESS"}]}`

func reportedFilter(t *testing.T) *compile.Filter {
	t.Helper()
	f, err := compile.JSON([]byte(reported), profile.Target{Arch: arch.X86_64, Enosys: profile.Enosys{Mode: profile.EnosysOff}}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReport(t *testing.T) {
	calls := []string{
		"x86_64 read(0, 0x7f0000000000, 5) @0x401000",
		"x86_64 mount(1)",
		"x86_64 clone(17)",
		"x86_64 clone(0x10000000)",
		"x86_64 mount(2)",
		"x86_64 write(1)",
		"x86_64 999()",
		"x86 open(5)",
		"0xdeadbeef 7()",
	}
	tests := []struct {
		name string
		r    report
		want string
	}{
		{"text", report{}, `[100] x86_64 read(0, 0x7f0000000000, 5) = ALLOW
[101] x86_64 mount(1) = KILL_PROCESS
[102] x86_64 clone(17) = ALLOW
[103] x86_64 clone(0x10000000) = ERRNO(38)
[104] x86_64 mount(2) = KILL_PROCESS
[105] x86_64 write(1) = LOG
[106] x86_64 999() = ERRNO(38)
[107] x86 open(5) = KILL_THREAD
[108] 0xdeadbeef 7() = KILL_THREAD
calls: 9
       2 x86_64 mount = KILL_PROCESS
       1 0xdeadbeef 7 = KILL_THREAD
       1 x86 open = KILL_THREAD
       1 x86_64 read = ALLOW
       1 x86_64 write = LOG
       1 x86_64 clone = ALLOW
       1 x86_64 clone = ERRNO(38)
       1 x86_64 999 = ERRNO(38)
`},
		{"suggestion", report{suggest: true}, `{"names":["clone","mount"],"action":"SCMP_ACT_ALLOW"}
not in the entry: 0xdeadbeef 7, which has no name
not in the entry: x86 open, of an ABI that the profile does not cover
not in the entry: x86_64 999, which has no name
`},
		{"JSON", report{json: true, suggest: true}, `{"thread":100,"arch":"x86_64","name":"read","nr":0,"action":"ALLOW","args":["0x0","0x7f0000000000","0x5","0x0","0x0","0x0"]}
{"thread":101,"arch":"x86_64","name":"mount","nr":165,"action":"KILL_PROCESS","args":["0x1","0x0","0x0","0x0","0x0","0x0"]}
{"thread":102,"arch":"x86_64","name":"clone","nr":56,"action":"ALLOW","args":["0x11","0x0","0x0","0x0","0x0","0x0"]}
{"thread":103,"arch":"x86_64","name":"clone","nr":56,"action":"ERRNO(38)","args":["0x10000000","0x0","0x0","0x0","0x0","0x0"]}
{"thread":104,"arch":"x86_64","name":"mount","nr":165,"action":"KILL_PROCESS","args":["0x2","0x0","0x0","0x0","0x0","0x0"]}
{"thread":105,"arch":"x86_64","name":"write","nr":1,"action":"LOG","args":["0x1","0x0","0x0","0x0","0x0","0x0"]}
{"thread":106,"arch":"x86_64","nr":999,"action":"ERRNO(38)","args":["0x0","0x0","0x0","0x0","0x0","0x0"]}
{"thread":107,"arch":"x86","name":"open","nr":5,"action":"KILL_THREAD","args":["0x5","0x0","0x0","0x0","0x0","0x0"]}
{"thread":108,"arch":"0xdeadbeef","nr":7,"action":"KILL_THREAD","args":["0x0","0x0","0x0","0x0","0x0","0x0"]}
{"summary":[{"count":2,"arch":"x86_64","name":"mount","nr":165,"action":"KILL_PROCESS"},{"count":1,"arch":"0xdeadbeef","nr":7,"action":"KILL_THREAD"},{"count":1,"arch":"x86","name":"open","nr":5,"action":"KILL_THREAD"},{"count":1,"arch":"x86_64","name":"read","nr":0,"action":"ALLOW"},{"count":1,"arch":"x86_64","name":"write","nr":1,"action":"LOG"},{"count":1,"arch":"x86_64","name":"clone","nr":56,"action":"ALLOW"},{"count":1,"arch":"x86_64","name":"clone","nr":56,"action":"ERRNO(38)"},{"count":1,"arch":"x86_64","nr":999,"action":"ERRNO(38)"}],"suggest":{"names":["clone","mount"],"action":"SCMP_ACT_ALLOW"},"others":["0xdeadbeef 7, which has no name","x86 open, of an ABI that the profile does not cover","x86_64 999, which has no name"]}
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			r := tt.r
			r.filter, r.out = reportedFilter(t), &out
			for i, text := range calls {
				c, err := syscalls.ParseCall(text)
				if err != nil {
					t.Fatal(err)
				}
				r.call(100+i, c)
			}
			if err := r.end(); err != nil {
				t.Fatal(err)
			}
			got := out.String()
			if tt.r.suggest && !tt.r.json { // the rest is that of the first
				got = strings.TrimPrefix(got, tests[0].want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("report of %q (-want +got)\n%s", calls, diff)
			}
		})
	}
}

// TestReportOfNothing: no calls, no entry.
func TestReportOfNothing(t *testing.T) {
	for want, r := range map[string]report{
		"calls: 0\n":         {suggest: true},
		"{\"summary\":[]}\n": {suggest: true, json: true},
	} {
		var out strings.Builder
		r.out = &out
		if err := r.end(); err != nil || out.String() != want {
			t.Errorf("report of nothing = %q, %v, want %q", out.String(), err, want)
		}
	}
}

// TestReportUnwritten: the error of writing is told, once.
func TestReportUnwritten(t *testing.T) {
	r := report{filter: reportedFilter(t), out: fullWriter{}}
	r.call(1, syscalls.Call{Audit: arch.X86_64.Audit()})
	if err := r.end(); !errors.Is(err, errFull) {
		t.Errorf("end = %v, want %v", err, errFull)
	}
}

// TestCount: the noun agrees with the number.
func TestCount(t *testing.T) {
	for _, tt := range []struct {
		n           int
		thing, want string
	}{
		{1, "library", "1 library"}, {2, "library", "2 libraries"}, {2, "process", "2 processes"}, {0, "call", "0 calls"},
	} {
		if got := count(tt.n, tt.thing); got != tt.want {
			t.Errorf("count(%d, %q) = %q, want %q", tt.n, tt.thing, got, tt.want)
		}
	}
}
