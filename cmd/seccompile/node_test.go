package main

import (
	"fmt"
	"path/filepath"
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
		writeText(t, filepath.Join(at, "status"), "Name:\tx\nNSpid:\t"+p.nspid+"\n")
		for i, thread := range p.threads {
			f := strings.Fields(thread)
			writeText(t, filepath.Join(at, "task", fmt.Sprint(p.pid+i), "cgroup"), p.cgroups)
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
		{scope{cgroup: "4c01"}, nil, "2 containers or cgroups match, " + otherID + " and " + oneID},
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
