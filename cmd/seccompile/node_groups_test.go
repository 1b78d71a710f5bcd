package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/install"
)

// nodeOf judges processes whose threads have stacks, by name.
func nodeOf(t *testing.T, n *node, profiles []side, stacks map[string][]install.Installed, list ...nodeProcess) *nodeReport {
	t.Helper()
	got, err := n.judge(list, stacks, profiles)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestNodeReport: groups, their order, verdicts and both forms of output.
func TestNodeReport(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "allow.json", `{"defaultAction": "SCMP_ACT_ALLOW"}`)
	writeText(t, "errno.json", `{"defaultAction": "SCMP_ACT_ERRNO"}`)
	n := &node{}
	var profiles []side
	var filters []install.Installed
	for _, file := range []string{"allow.json", "errno.json"} {
		p, err := n.sideOf(file, stdio{})
		if err != nil {
			t.Fatal(err)
		}
		profiles = append(profiles, p)
		filters = append(filters, install.Installed{Insns: p.stack.Insns()})
	}
	a := profiles[0].sum
	notify := returns(0x7fc00000)
	stacks := map[string][]install.Installed{
		"allow": filters[:1], "twice": {filters[0], filters[0]}, "errno": filters, "notify": {notify, notify},
	}
	on := func(pid int, name string, at place, modes ...confinement) nodeProcess {
		p := nodeProcess{pid: pid, name: name, place: at, cgroups: []string{"/", "/elsewhere"}, confined: modes}
		for i, m := range modes {
			p.threads = append(p.threads, nodeThread{pid + i, m.mode, len(stacks[m.stack])})
		}
		return p
	}
	docker := place{Kind: "container", ID: oneID, Engine: "Docker"}
	with := func(stack string) confinement { return confinement{2, stack} }
	list := []nodeProcess{
		on(1, "init", place{}, confinement{}),
		on(2, "web", docker, with("allow")),
		on(3, "web", docker, with("twice")),
		on(4, "w\x1b[2J", place{Kind: "unit", ID: "web.service"}, with("allow")),
		on(5, "sh", docker, with("errno")),
		on(6, "sh", docker, with("errno")),
		on(7, "mixed", docker, with("allow"), confinement{}),
		on(8, "old", place{}, confinement{mode: 1}),
		on(9, "broker", docker, with("notify")),
		{pid: 10, name: "gone", fault: "thread 12 traces it already"},
	}
	for _, tt := range []struct {
		name     string
		profiles []side
		list     []nodeProcess
		verdict  string
		want     []string // how groups begin
	}{
		{"no profile", nil, list, "", []string{
			"3 processes: fingerprint " + a[:12] + "\n  container 4c01db0b339c of Docker: web 2, 3\n  unit web.service: w?[2J 4\n",
			"2 processes: fingerprint ", "1 process: unknown\n  no cgroup: gone 10: thread 12 traces it already\n",
			"1 process: no filter\n  cgroup /elsewhere: init 1\n", "1 process: threads differ: no filter; fingerprint " + a[:12] + "\n", "1 process: strict mode\n",
			"1 process: filters 6e6f74696679, whose answers are not known (filters 1 and 2\n  of 2 return NOTIFY",
		}},
		{"one profile", profiles[:1], list, nodeDifferent, []string{
			"3 processes: fingerprint " + a[:12] + ", equal to allow.json\n",
			"2 processes: fingerprint ", "1 process: unknown", "1 process: no filter, not allow.json\n",
			"1 process: threads differ: no filter; fingerprint " + a[:12] + ", not allow.json\n", "1 process: strict mode, not allow.json\n", "1 process: filters 6e6f74696679,",
		}},
		{"stricter", profiles[:1], list[4:6], nodeStricter, []string{
			"2 processes: fingerprint " + profiles[1].sum[:12] + ", nowhere weaker than allow.json\n  stricter: ",
		}},
		{"two profiles", profiles, list[1:6], nodeEqual, []string{
			"3 processes: fingerprint " + a[:12] + ", equal to allow.json\n", "2 processes: fingerprint " + profiles[1].sum[:12] + ", equal to errno.json\n",
		}},
		{"different", profiles[1:], list[1:3], nodeDifferent, []string{
			"2 processes: fingerprint " + a[:12] + ", not errno.json\n  weaker: ",
		}},
		{"unknown", profiles[:1], []nodeProcess{list[1], list[9]}, nodeUnknown, []string{"1 process: unknown", "1 process: fingerprint "}},
		{"undecided", profiles[:1], []nodeProcess{list[1], list[8]}, nodeUnknown, nil},
		{"none", nil, nil, "", []string{"no processes\n"}},
	} {
		got := nodeOf(t, n, tt.profiles, stacks, slices.Clone(tt.list)...)
		if got.Verdict != tt.verdict {
			t.Errorf("%s: %q, want %q", tt.name, got.Verdict, tt.verdict)
		}
		text := got.text(80, false)
		groups := regexp.MustCompile(`(?m)^\n`).Split(text, -1)
		for i, want := range tt.want {
			if i >= len(groups) || !strings.HasPrefix(groups[i], want) {
				t.Errorf("%s: group %d is %q, want %q...\n%s", tt.name, i, groups[min(i, len(groups)-1)], want, text)
				break
			}
		}
		for line := range strings.Lines(text) {
			if len(line) > 81 {
				t.Errorf("%s: a line of %d columns: %s", tt.name, len(line)-1, line)
			}
		}
		var once, again strings.Builder
		reversed := slices.Clone(tt.list)
		slices.Reverse(reversed)
		slices.SortFunc(reversed, func(a, b nodeProcess) int { return a.pid - b.pid })
		if err := errors.Join(got.print(true, stdio{out: &once}), nodeOf(t, n, tt.profiles, stacks, reversed...).print(true, stdio{out: &again})); err != nil {
			t.Fatal(err)
		}
		if once.String() != again.String() {
			t.Errorf("%s: two reports of the same\n%s\n%s", tt.name, &once, &again)
		}
		var out jsonReport
		if err := json.Unmarshal([]byte(once.String()), &out); err != nil || out.Processes != len(tt.list) || out.Verdict != tt.verdict || tt.list != nil && len(out.Groups) != len(groups) {
			t.Errorf("%s: %v\n%s", tt.name, err, &once)
		}
	}
}

// TestNodeRunc: a filter that is the profile's as runc reads it differs, and the text says so.
func TestNodeRunc(t *testing.T) {
	if native, err := abiNamed(""); err != nil || native.RegisterBits() < 64 {
		t.Skip("runc reads arguments as the kernel does on 32-bit ABIs")
	}
	t.Chdir(t.TempDir())
	writeText(t, "p.json", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]}]}`)
	runc := &node{}
	runc.Compat, runc.weaker = "runc", true
	as, err := runc.sideOf("p.json", stdio{err: &strings.Builder{}})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{}
	p, err := n.sideOf("p.json", stdio{err: &strings.Builder{}})
	if err != nil {
		t.Fatal(err)
	}
	if as.runc != "" || p.runc != as.sum || p.sum == as.sum {
		t.Fatalf("fingerprints: %+v, as runc reads it %+v", p, as)
	}
	stacks := map[string][]install.Installed{"runc": {{Insns: as.stack.Insns()}}}
	process := nodeProcess{pid: 1, name: "x", confined: []confinement{{2, "runc"}}}
	got := nodeOf(t, n, []side{p}, stacks, process).text(200, false)
	want := "1 process: fingerprint " + as.sum[:12] + ", not p.json, but equal to p.json as runc reads it (--compat runc)\n" +
		"  weaker: x86_64 socket(0x100000028) is ALLOW, and p.json says ERRNO(1) EPERM"
	if a, err := abiNamed(""); err == nil && a.String() == "x86_64" && !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := nodeOf(t, runc, []side{as}, stacks, process); got.Verdict != nodeEqual {
		t.Errorf("--compat runc: %s", got.Verdict)
	}
	// A filter in a file is a side, too.
	writeText(t, "live.bpf", string(as.stack.Filters()[0].Bytes()))
	live, err := n.sideOf("live.bpf", stdio{})
	if err != nil {
		t.Fatal(err)
	}
	if got := nodeOf(t, n, []side{live}, stacks, process); got.Verdict != nodeEqual {
		t.Errorf("live.bpf: %s", got.Verdict)
	}
	if _, err := n.sideOf("none.json", stdio{}); err == nil {
		t.Errorf("none.json: %v", err)
	}
}

// TestNodePrintBounded: text is for people, however many processes and names there are.
func TestNodePrintBounded(t *testing.T) {
	var list []nodeProcess
	for i := range 1000 {
		at := place{Kind: "container", ID: fmt.Sprintf("%064x", i%50), Engine: "Docker"}
		list = append(list, nodeProcess{pid: i + 1, name: fmt.Sprint("web", i%20), place: at, confined: []confinement{{}}})
		list = append(list, nodeProcess{pid: 5000 + i, name: "x", fault: "traced already"})
	}
	for i := range 100 {
		list = append(list, nodeProcess{pid: 10000 + i, name: fmt.Sprint("job", i), confined: []confinement{{mode: 1}}})
	}
	report := nodeOf(t, &node{}, nil, nil, list...)
	text := report.text(80, false)
	for _, want := range []string{"1000 processes: no filter\n", "  and 30 more (--json has all)\n", "  and 980 more (--json has all)\n", "; 90 more\n    names\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\n"); n > 200 {
		t.Errorf("%d lines", n)
	}
	var out strings.Builder
	if err := report.print(true, stdio{out: &out}); err != nil || strings.Count(out.String(), `"pid"`) != len(list) {
		t.Errorf("JSON has %d processes, %v, want %d", strings.Count(out.String(), `"pid"`), err, len(list))
	}
}
