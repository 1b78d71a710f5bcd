package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/install"
)

// A fakeProcess is what a directory like /proc has of a process.
type fakeProcess struct {
	pid     int
	name    string
	flags   int
	cgroups string
	nspid   string
	threads []string // state, mode and number of filters, such as "S 2 1"
}

// fakeProc writes a directory like /proc.
func fakeProc(t *testing.T, dir string, list ...fakeProcess) {
	t.Helper()
	for _, p := range list {
		at := filepath.Join(dir, fmt.Sprint(p.pid))
		writeText(t, filepath.Join(at, "stat"), fmt.Sprintf("%d (%s) S 1 1 1 0 -1 %d 0 0 0 0 0 0 0 0 20 0 1 0 %d 1 1\n", p.pid, p.name, p.flags, 1000+p.pid))
		writeText(t, filepath.Join(at, "comm"), p.name+"\n")
		writeText(t, filepath.Join(at, "cgroup"), p.cgroups)
		writeText(t, filepath.Join(at, "status"), "Name:\tx\nNSpid:\t"+p.nspid+"\n")
		for i, thread := range p.threads {
			f := strings.Fields(thread)
			writeText(t, filepath.Join(at, "task", fmt.Sprint(p.pid+i), "status"), "State:\t"+f[0]+" (x)\nSeccomp:\t"+f[1]+"\nSeccomp_filters:\t"+f[2]+"\n")
		}
	}
}

const oneID, otherID = "4c01db0b339c0d0e0f000102030405060708090a0b0c0d0e0f10111213141516", "4c01aaaaaaaa0d0e0f000102030405060708090a0b0c0d0e0f10111213141516"

// fakeNode is a machine with what counts and what does not.
func fakeNode(t *testing.T) string {
	proc := t.TempDir()
	fakeProc(t, proc,
		fakeProcess{1, "init", 0, "0::/init.scope\n", "1", []string{"S 0 0"}},
		fakeProcess{2, "kthreadd", kthread, "0::/\n", "2", []string{"S 0 0"}},
		fakeProcess{10, "web", 0, "0::/system.slice/docker-" + oneID + ".scope\n", "10\t1", []string{"S 2 1", "S 2 1", "Z 0 0", "R 2 2"}},
		fakeProcess{20, "web", 0, "1:name=systemd:/docker/" + otherID + "\n0::/\n", "20\t1", []string{"D 2 1"}},
		fakeProcess{30, "zombie", 0, "0::/x\n", "30", []string{"Z 2 1"}},
		fakeProcess{40, "sh", 0, "0::/plain\n", "40\t1", []string{"S 2 1"}},
		fakeProcess{50, "a) b (c", 0, "0::/system.slice/sh.service/sub\n", "50", []string{"S 1 0"}},
	)
	writeText(t, filepath.Join(proc, "stat"), "cpu 1\n")
	writeText(t, filepath.Join(proc, "60/comm"), "ended\n") // while it is looked at
	return proc
}

func pidsOf(list []nodeProcess) (pids []int) {
	for _, p := range list {
		pids = append(pids, p.pid)
	}
	return pids
}

// TestSurvey: kernel threads and what has ended are left out, threads that have ended, too.
func TestSurvey(t *testing.T) {
	proc := fakeNode(t)
	list, err := survey(proc)
	if want := []int{1, 10, 20, 40, 50}; err != nil || !slices.Equal(pidsOf(list), want) {
		t.Fatalf("survey = %v, %v, want %v", pidsOf(list), err, want)
	}
	want := []nodeThread{{10, 2, 1}, {11, 2, 1}, {13, 2, 2}}
	if diff := cmp.Diff(want, list[1].threads, cmp.AllowUnexported(nodeThread{})); diff != "" {
		t.Errorf("threads of 10 (-want +got)\n%s", diff)
	}
	if got := list[4]; got.name != "a) b (c" || got.start != "1050" || got.nested || !list[3].nested {
		t.Errorf("50 and 40: %+v, %+v", got, list[3])
	}
	writeText(t, filepath.Join(proc, "20/task/20/status"), "State:\tS\n")
	list, err = survey(proc)
	if err != nil || !strings.Contains(list[2].fault, "no line Seccomp") {
		t.Errorf("without a line Seccomp: %+v, %v", list[2], err)
	}
	for _, dir := range []string{filepath.Join(proc, "none"), t.TempDir()} {
		if list, err := survey(dir); err == nil {
			t.Errorf("survey(%s) = %v, want an error", dir, list)
		}
	}
}

// TestScope: which processes count.
func TestScope(t *testing.T) {
	all, err := survey(fakeNode(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		scope scope
		want  []int
		err   string
	}{
		{scope{}, []int{10, 20, 40, 50}, ""}, // 1 asks
		{scope{containers: true}, []int{10, 20, 40}, ""},
		{scope{cgroup: oneID}, []int{10}, ""},
		{scope{cgroup: "4c01d"}, []int{10}, ""},
		{scope{cgroup: "4c01"}, nil, "2 containers or cgroups are called so, " + otherID + " and " + oneID},
		{scope{cgroup: "/system.slice"}, []int{10, 50}, ""},
		{scope{cgroup: "/system.slice/"}, []int{10, 50}, ""},
		{scope{cgroup: "/system.sl"}, nil, "no process is in this cgroup"},
		{scope{cgroup: "/docker"}, []int{20}, ""},
		{scope{cgroup: "/"}, []int{10, 20, 40, 50}, ""},
		{scope{cgroup: "sh.service"}, []int{50}, ""},
		{scope{cgroup: "plain"}, []int{40}, ""},
		{scope{cgroup: "plai"}, nil, "no process is in a container"},
		{scope{cgroup: "sh.service", containers: true}, nil, ""},
		{scope{pids: []int{50, 10}}, []int{10, 50}, ""},
		{scope{pids: []int{10, 2}}, nil, "--pid 2: no process"},
		{scope{pids: []int{1}}, nil, "--pid 1: no process"},
	} {
		got, err := tt.scope.of(slices.Clone(all), 1)
		if !slices.Equal(pidsOf(got), tt.want) || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%+v: %v, %v, want %v, %s", tt.scope, pidsOf(got), err, tt.want, tt.err)
		}
	}
}

func TestCgroupPath(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"/a/b/", "/a/b"}, {"/sys/fs/cgroupx", "/sys/fs/cgroupx"}, {"/", "/"}, {"/sys/fs/cgroup", "/"},
	} {
		if got := cgroupPath(tt.in); got != tt.want {
			t.Errorf("cgroupPath(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// returns is a filter with one answer.
func returns(word uint32) install.Installed {
	return install.Installed{Insns: []bpf.RawInstruction{{Op: 6, K: word}}}
}

const (
	retErrno = 0x00050001
	retAllow = 0x7fff0000
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
			"2 processes: fingerprint ", "1 process: unknown, since they cannot be read\n  no cgroup: gone 10: thread 12 traces it already\n",
			"1 process: no filter\n  cgroup /elsewhere: init 1\n", "1 process: threads differ: no filter; fingerprint " + a[:12] + "\n", "1 process: strict mode\n",
			"1 process: filters 6e6f74696679, whose answers are not known (filters 1 and 2\n  of 2 return NOTIFY",
		}},
		{"one profile", profiles[:1], list, nodeDifferent, []string{
			"3 processes: fingerprint " + a[:12] + ", equal to allow.json\n",
			"2 processes: fingerprint ", "1 process: unknown", "1 process: no filter, not allow.json\n",
			"1 process: threads differ: no filter; fingerprint " + a[:12] + ", not allow.json\n", "1 process: strict mode, not allow.json\n", "1 process: filters 6e6f74696679,",
		}},
		{"stricter", profiles[:1], list[4:6], nodeStricter, []string{
			"2 processes: fingerprint " + profiles[1].sum[:12] + ", stricter than allow.json\n  stricter: ",
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

// TestNodeUsage: mistakes are exit 2, before anything is stopped.
func TestNodeUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	writeText(t, "p.json", allowAll)
	for args, want := range map[string]string{
		"4711":                          `unexpected argument "4711" (pass profiles with --profile, and a container with --cgroup)`,
		"--caps none":                   "--caps has no effect without --profile (leave one of them out)",
		"--dry-run --profile p.json":    "--profile has no effect beside --dry-run (leave one of them out)",
		"--profile none.json":           "open none.json:",
		"--profile p.json --arch pdp11": "unknown",
	} {
		got := seccompile("", append([]string{"node"}, strings.Fields(args)...)...)
		if got.Out != "" || !strings.HasPrefix(got.Err, "seccompile node: ") || !strings.Contains(got.Err, want) || strings.Contains(got.Err, "stopping") || got.Status != exitUsage {
			t.Errorf("node %s: %s\nwant %s", args, got, want)
		}
	}
}
