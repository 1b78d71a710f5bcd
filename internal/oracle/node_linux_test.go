//go:build seccomp

package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNode: the command tells of real containers which are under which profile, from
// outside, by what their runtimes have installed.
func TestNode(t *testing.T) {
	requireContainers(t)
	for _, r := range []containerRuntime{runc, crun} {
		if _, err := exec.LookPath(r.command[0]); err != nil {
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	command := filepath.Join(dir, "seccompile")
	build := exec.Command("go", "build", "-o", command, ".")
	build.Dir = "../../cmd/seccompile"
	build.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GOWORK=") })
	build.Env = append(build.Env, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, out)
	}
	rootfs := buildSleeper(t)
	pids := map[string]int{}
	files := map[string]string{}
	for i, tt := range runtimeCases(t) {
		if strings.Contains(tt.name, "hardened") {
			continue
		}
		s, _ := tt.section(t)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		files[tt.name] = filepath.Join(dir, fmt.Sprintf("%d.json", i))
		if err := os.WriteFile(files[tt.name], text, 0o600); err != nil {
			t.Fatal(err)
		}
		cgroup := ""
		if tt.runtime.command[0] == "runc" { // crun is without cgroups here
			cgroup = fmt.Sprintf("/docker/%064x", i+0xabc0)
		}
		pids[tt.name] = containerIn(t, tt.runtime.command, rootfs, cgroup, s)
	}
	pids["none"] = container(t, crun.command, rootfs, nil)
	const dockerRunc, dockerCrun, podmanRunc, podmanCrun = "Docker's profile by runc", "Docker's profile by crun", "Podman's profile by runc", "Podman's profile by crun"
	for _, tt := range []struct {
		pids     []string
		profiles []string
		flags    []string
		status   int
		groups   int
		verdict  string
	}{
		{[]string{dockerRunc}, []string{dockerRunc}, []string{"--compat", "runc"}, 0, 1, "equal"},
		{[]string{dockerCrun}, []string{dockerCrun}, []string{"--compat", "runc", "--enosys", "off"}, 0, 1, "equal"},
		{[]string{podmanRunc}, []string{podmanRunc}, []string{"--compat", "runc"}, 0, 1, "equal"},
		{[]string{podmanCrun, dockerCrun}, []string{podmanCrun, dockerCrun}, []string{"--compat", "runc", "--enosys", "off"}, 0, 2, "equal"},
		{[]string{podmanRunc, dockerRunc}, []string{podmanRunc, dockerRunc}, []string{"--compat", "runc"}, 0, 2, "equal"},
		// By the text, runc's comparisons of 64 bits are weaker.
		{[]string{dockerRunc}, []string{dockerRunc}, nil, 1, 1, "different"},
		{[]string{dockerRunc, podmanRunc}, []string{dockerRunc}, []string{"--compat", "runc"}, 1, 2, "different"},
		{[]string{"none", dockerRunc}, []string{dockerRunc}, []string{"--compat", "runc"}, 1, 2, "different"},
		{[]string{"none", dockerRunc, dockerCrun, podmanRunc, podmanCrun}, nil, nil, 0, 4, ""}, // Podman's is one by both
	} {
		args := append([]string{"node", "--json", "--containers", "--accept-weaker"}, tt.flags...)
		if tt.profiles == nil {
			args = slices.DeleteFunc(args, func(a string) bool { return a == "--accept-weaker" })
		}
		for _, name := range tt.pids {
			args = append(args, "--pid", fmt.Sprint(pids[name]))
		}
		for _, name := range tt.profiles {
			args = append(args, "--profile", files[name])
		}
		cmd := exec.Command(command, args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		var report struct {
			Verdict   string
			Processes int
			Groups    []struct {
				Equal  []string
				Runc   []string `json:"equalAsRuncReads"`
				Places []struct {
					Kind, ID, Engine string
					Contained        bool
				}
				Differs *struct {
					First *struct{ Change, Witness, Old, New string }
				}
			}
		}
		if err := json.Unmarshal(out, &report); err != nil {
			t.Fatalf("%q: %v\n%s%s", args, err, out, &stderr)
		}
		if got := cmd.ProcessState.ExitCode(); got != tt.status || report.Verdict != tt.verdict || len(report.Groups) != tt.groups || report.Processes != len(tt.pids) {
			t.Errorf("%v against %v, %v: exit %d, %q, %d groups, want %d, %q, %d\n%s%s", tt.pids, tt.profiles, tt.flags, got, report.Verdict, len(report.Groups), tt.status, tt.verdict, tt.groups, out, &stderr)
		}
		for _, g := range report.Groups {
			for _, at := range g.Places {
				if !at.Contained {
					t.Errorf("%v: a container is not taken for one: %+v", tt.pids, at)
				}
			}
			if g.Differs != nil {
				t.Logf("%v against %v, %v: %+v", tt.pids, tt.profiles, tt.flags, *g.Differs.First)
			}
		}
		if tt.flags == nil && tt.profiles != nil {
			if g := report.Groups[0]; !slices.Equal(g.Runc, []string{files[dockerRunc]}) || g.Differs.First.Change != "weaker" || !strings.Contains(g.Differs.First.Witness, "socket(0x1000000") {
				t.Errorf("by the text: %+v, want weaker by a socket with a bit that the kernel does not read", g)
			}
		}
		if at := report.Groups[0].Places[0]; len(tt.pids) == 1 && tt.pids[0] == dockerRunc && (at.Kind != "container" || at.Engine != "Docker" || len(at.ID) != 64) {
			t.Errorf("%v: %+v, want a container of Docker", tt.pids, at)
		}
	}
}
