package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

func TestMain(m *testing.M) {
	ifGuarded()
	os.Exit(m.Run())
}

// testArtifact returns the artifact of this checkout.
func testArtifact(t *testing.T) (a *artifact, checkout string) {
	t.Helper()
	checkout, err := findCheckout()
	if err != nil {
		t.Fatal(err)
	}
	if a, err = newArtifact(checkout); err != nil {
		t.Fatal(err)
	}
	return a, checkout
}

// TestFresh: testdata/vectors.json is what the vectors are now, and its checksum is that of
// its groups, as a program computes it that knows nothing but JSON.
func TestFresh(t *testing.T) {
	a, checkout := testArtifact(t)
	want, err := a.encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(checkout, "testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("testdata/vectors.json is old: in internal/oracle, GOWORK=off go run ./kit -export")
	}
	var read struct {
		Version int
		SHA256  string
		Groups  json.RawMessage
	}
	if err := json.Unmarshal(got, &read); err != nil {
		t.Fatal(err)
	}
	var groups bytes.Buffer
	if err := json.Compact(&groups, read.Groups); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(groups.Bytes())
	if got := hex.EncodeToString(sum[:]); got != read.SHA256 || read.Version != schemaVersion {
		t.Errorf("version %d, sha256 %s; the groups have %s", read.Version, read.SHA256, got)
	}
	calls := 0
	for _, g := range a.Groups {
		calls += len(g.Calls)
		if len(g.Calls) == 0 || g.Law < 1 || g.Law >= len(laws) {
			t.Errorf("%s: %d calls, law %d", g.Name, len(g.Calls), g.Law)
		}
	}
	if calls < 1500 {
		t.Errorf("%d calls, want 1500 at least", calls)
	}
}

// TestPage: what docs/conformance.md says around its tables is the template's text.
func TestPage(t *testing.T) {
	_, checkout := testArtifact(t)
	got, err := os.ReadFile(filepath.Join(checkout, "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := new(report).page()
	if err != nil {
		t.Fatal(err)
	}
	const start, end = "<!-- tables -->", "## What the divergences mean"
	around := func(page []byte) string {
		head, rest, ok := strings.Cut(string(page), start)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("no %q or no %q", start, end)
		}
		return head + tail
	}
	if diff := cmp.Diff(around(want), around(got)); diff != "" {
		t.Errorf("docs/conformance.md is old (in internal/oracle, GOWORK=off go run ./kit -page -runtime runc -runtime crun) (-template +page)\n%s", diff)
	}
}

func TestProfileOf(t *testing.T) {
	got, err := profileOf("ERRNO(1); dup if a0 & 0x3 == 2 and a1 >= 5 -> TRAP", "SCMP_ARCH_X86_64")
	const want = `{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["dup"],"action":"SCMP_ACT_TRAP",` +
		`"args":[{"index":0,"value":3,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"},{"index":1,"value":5,"op":"SCMP_CMP_GE"}]}]}`
	if string(got) != want || err != nil {
		t.Errorf("profileOf = %s, %v, want %s", got, err, want)
	}
	for _, rules := range []string{
		"ERRNO(x)", "ALLOW; dup", "ALLOW; dup -> trap", "ALLOW; dup if -> TRAP", "ALLOW; dup if a6 == 1 -> TRAP",
		"ALLOW; dup if a0 == x -> TRAP", "ALLOW; dup if a0 & 0x3 != 2 -> TRAP", "ALLOW; dup -> ERRNO(99999)",
	} {
		if got, err := profileOf(rules); err == nil {
			t.Errorf("profileOf(%q) = %s, want an error", rules, got)
		}
	}
}

// TestJudge: an answer of no reading, for no known reason, is unknown.
func TestJudge(t *testing.T) {
	r := reading{8, "ALLOW; socket if a0 == 40 -> ERRNO(1)", "x86_64 socket(0x100000028)", ""}
	g, err := r.group(1)
	if err != nil {
		t.Fatal(err)
	}
	a := &asker{probe: &probe{host: arch.X86_64}, enosys: true, uses: calledBy(arch.X86_64, uses)}
	s, err := a.withNeeds(g, false)
	if err != nil {
		t.Fatal(err)
	}
	readings, err := a.readings(g, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		live string
		want verdict
	}{{"ERRNO(1)", asKernel}, {passed, asRunc}, {"ERRNO(2)", unknown}, {"TRAP", unknown}, {"KILL_THREAD", unknown}, {refused, unknown}} {
		c := g.Calls[0]
		v := result{Law: g.Law, Call: c.Text, Kernel: c.Kernel, Runc: c.Runc, Live: tt.live}
		if readings.judge(&v, g, c.call); v.Verdict != tt.want {
			t.Errorf("%s: %s, want %s", tt.live, v.Verdict, tt.want)
		}
		rep := report{Runtimes: []*results{{Runtime: "x", Results: []result{v}}}}
		if err := rep.unexplained(); (err != nil) != (tt.want == unknown) {
			t.Errorf("%s: unexplained = %v", tt.live, err)
		}
	}
}

// requireContainers skips a test where no containers can be started, and returns a probe.
func requireContainers(t *testing.T) *probe {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("containers are for root")
	}
	host, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	if host.Arch.String() != "x86_64" {
		t.Skipf("the answers are those of x86_64, this is %s", host.Arch)
	}
	dir := t.TempDir()
	p, err := buildProbe(dir, host.Arch)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestKit: the kit's answers for runc and crun are explained, and the divergences that the
// page is about are there.
func TestKit(t *testing.T) {
	p := requireContainers(t)
	a, _ := testArtifact(t)
	groups := slices.DeleteFunc(a.Groups, func(g group) bool { // most, without what libseccomp never finishes
		return g.parts() || strings.HasPrefix(g.Name, "default-")
	})
	for _, tt := range []struct {
		runtime string
		want    map[string]string
	}{
		{"runc", map[string]string{
			"x86_64 socket(0x100000028, 1, 0)": passed, "x86_64 mount()": passed, "x86 ipc(0x1000d)": passed, "x86_64 999()": "ERRNO(38)",
			"x86_64 mremap(9)": passed, "x86_64 mremap(7)": passed, "x86_64 mremap(1, 2)": refused, "x86_64 mremap(6)": passed,
		}},
		{"crun", map[string]string{
			"x86_64 socket(0x100000028, 1, 0)": passed, "x86_64 mount()": passed, "x86 ipc(0x1000d)": passed, "x86_64 999()": "ERRNO(1)",
			"x86_64 mremap(9)": passed, "x86_64 mremap(7)": "ERRNO(1)", "x86_64 mremap(1, 2)": refused,
		}},
	} {
		t.Run(tt.runtime, func(t *testing.T) {
			if _, err := exec.LookPath(tt.runtime); err != nil {
				t.Skip(err)
			}
			k, err := newAsker(t.Context(), p, t.TempDir(), tt.runtime)
			if err != nil {
				t.Fatal(err)
			}
			r, err := k.run(groups)
			if err != nil {
				t.Fatal(err)
			}
			rep := report{Runtimes: []*results{r}}
			if err := rep.unexplained(); err != nil {
				t.Error(err)
			}
			for call, live := range tt.want {
				at := slices.IndexFunc(r.Results, func(v result) bool { return v.Call == call && v.Live == live })
				if at < 0 {
					t.Errorf("no group has %s = %s", call, live)
				}
			}
			t.Logf("%d answers of %d containers; not asked: %s", len(r.Results), r.Containers, r.Skipped())
			if len(r.Results) < 400 {
				t.Errorf("%d answers, want 400 at least", len(r.Results))
			}
		})
	}
}

// TestProbe: the probe tells actions apart, and makes no call without the older filter.
func TestProbe(t *testing.T) {
	p := requireContainers(t)
	if _, err := exec.LookPath("runc"); err != nil {
		t.Skip(err)
	}
	k, err := newAsker(t.Context(), p, t.TempDir(), "runc")
	if err != nil {
		t.Fatal(err)
	}
	r := reading{11, "ALLOW; dup -> ERRNO(9); dup2 -> TRAP; dup3 -> KILL_THREAD; pipe -> KILL_PROCESS; pipe2 -> LOG; umask -> TRACE(1)", "x86_64 dup()", ""}
	g, err := r.group(1)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, line := range [][2]string{
		{"x86_64 dup(3)", "ERRNO(9)"}, {"x86_64 dup2(3)", "TRAP"}, {"x86_64 dup3()", "KILL_THREAD"}, {"x86_64 pipe()", "KILL_PROCESS"},
		{"x86_64 pipe2()", passed}, {"x86_64 umask()", passed}, {"x86_64 exit_group()", passed}, {"x86 exit()", "KILL_THREAD"},
	} {
		c, err := syscalls.ParseCall(line[0])
		if err != nil {
			t.Fatal(err)
		}
		if len(want) == 0 {
			g.Calls = nil
		}
		g.Calls = append(g.Calls, call{Text: line[0], call: c})
		want = append(want, line[1])
	}
	s, err := k.withNeeds(g, false)
	if err != nil {
		t.Fatal(err)
	}
	got, fault, err := k.ask(s, g.Calls)
	if diff := cmp.Diff(want, got); diff != "" || fault != "" || err != nil {
		t.Errorf("answers (-want +got), %q, %v:\n%s", fault, err, diff)
	}
	p.older = []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	if got, fault, err := k.ask(s, g.Calls); err == nil || !strings.Contains(err.Error(), "does not inherit the filter") {
		t.Errorf("without the older filter: %q, %q, %v", got, fault, err)
	}
}
