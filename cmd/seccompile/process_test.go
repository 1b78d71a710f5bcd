package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlaceOf(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	const pod = "1f2e3d4c_5b6a_7988_a1b2_c3d4e5f60718"
	for _, tt := range []struct{ cgroups, want string }{
		{"0::/system.slice/docker-" + id + ".scope\n", "container " + id + " of Docker"},
		{"12:pids:/docker/" + id + "\n1:name=systemd:/docker/" + id + "\n0::/system.slice/containerd.service\n", "container " + id + " of Docker"},
		{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + pod + ".slice/cri-containerd-" + id + ".scope\n", "container " + id + " of containerd, pod " + strings.ReplaceAll(pod, "_", "-")},
		{"0::/system.slice/containerd.service/kubepods-besteffort-pod" + pod + ".slice:cri-containerd:" + id + "\n", "container " + id + " of containerd, pod " + strings.ReplaceAll(pod, "_", "-")},
		{"5:memory:/kubepods/besteffort/pod" + strings.ReplaceAll(pod, "_", "-") + "/" + id + "\n", "container " + id + ", pod " + strings.ReplaceAll(pod, "_", "-")},
		{"0::/kubepods.slice/kubepods-pod" + pod + ".slice/crio-" + id + ".scope/container\n", "container " + id + " of CRI-O, pod " + strings.ReplaceAll(pod, "_", "-")},
		{"0::/machine.slice/libpod-" + id + ".scope/container\n", "container " + id + " of Podman"},
		{"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope\n", "container " + id + " of Podman"},
		{"0::/docker/" + id + "/x/docker-" + strings.Repeat("f", 64) + ".scope\n", "container " + id + " of Docker"},
		{"0::/kubepods/pod" + strings.ReplaceAll(pod, "_", "-") + "/" + id + "/docker/" + strings.Repeat("f", 64) + "\n", "container " + id + ", pod " + strings.ReplaceAll(pod, "_", "-")},
		{"0::/system.slice/docker-" + id + ".scope/init.scope\n", "container " + id + " of Docker"},
		{"0::/lxc.payload.web/init.scope\n", "container web of LXC"},
		{"0::/machine.slice/machine-web.scope\n", "machine web of systemd"},
		{"0::/mesos/1f2e3d4c-5b6a-7988-a1b2-c3d4e5f60718\n", "container 1f2e3d4c-5b6a-7988-a1b2-c3d4e5f60718 of Mesos"},
		{"0::/system.slice/nginx.service\n", "unit nginx.service"},
		{"0::/user.slice/user-1000.slice/session-2.scope\n", "unit session-2.scope"},
		{"0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service\n", "unit a.service"},
		{"0::/system.slice/runc-web.scope\n", "container web of runc"},
		{"0::/user.slice/user-1000.slice/user@1000.service/user.slice/crun-web.scope\n", "container web of crun"},
		{"9:devices:/ecs/task/" + id + "\n0::/\n", "container " + id},
		{"0::/machine.slice/libpod-conmon-" + id + ".scope\n", "unit libpod-conmon-" + id + ".scope"},
		{"8:pids:/libpod_parent/libpod-" + id + "\n", "container " + id + " of Podman"},
		{"0::/../../kubepods/burstable/pod" + strings.ReplaceAll(pod, "_", "-") + "/crio-" + id + "\n", "container " + id + " of CRI-O, pod " + strings.ReplaceAll(pod, "_", "-")},
		{"0::/\n", ""},
		{"0::/docker/short\n", ""},
		{"", ""},
	} {
		if got := placeOf(tt.cgroups).String(); got != tt.want {
			t.Errorf("placeOf(%q) = %q, want %q", tt.cgroups, got, tt.want)
		}
	}
}

// TestFindProcess: a process is not taken for the one of a record that had its number.
func TestFindProcess(t *testing.T) {
	proc := t.TempDir()
	// The sixth second after the start of the machine, which was at 1000.
	writeText(t, filepath.Join(proc, "stat"), "cpu 1\nbtime 1000\nprocesses 1\n")
	writeText(t, filepath.Join(proc, "7/stat"), "7 (a ) b) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 600 1 1\n")
	writeText(t, filepath.Join(proc, "7/comm"), "web\n")
	writeText(t, filepath.Join(proc, "7/cgroup"), "0::/system.slice/web.service\n")
	if err := os.Symlink("/usr/bin/web (deleted)", filepath.Join(proc, "7/exe")); err != nil {
		t.Skip(err)
	}
	lives := process{PID: 7, Lives: true, Container: "unit web.service"}
	for _, tt := range []struct {
		denial
		reused string
	}{
		{denial{pid: 7, comm: "web", exe: "/usr/bin/web"}, ""},
		{denial{pid: 7, comm: "worker", exe: "/usr/bin/web"}, ""}, // a thread
		{denial{pid: 7, comm: "web", exe: "/usr/bin/web (deleted)", at: 1006}, ""},
		{denial{pid: 7, comm: "web", at: 1004.5}, ""},
		{denial{pid: 7, comm: "web", exe: "/usr/bin/web", at: 1003.5}, "it has started after the record"},
		{denial{pid: 7, comm: "web", exe: "/usr/bin/other"}, "it runs /usr/bin/web"},
		{denial{pid: 7, comm: "other"}, "it is called web"},
		{denial{pid: 7}, "the log does not say its name, and it is called web"},
	} {
		want := lives
		want.Comm, want.Exe, want.Reused = tt.comm, tt.exe, tt.reused
		if diff := cmp.Diff(want, *findProcess(proc, tt.denial)); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", tt.denial, diff)
		}
	}
	if got, want := *findProcess(proc, denial{pid: 8, comm: "x"}), (process{PID: 8, Comm: "x"}); got != want {
		t.Errorf("a process that has ended: %+v, want %+v", got, want)
	}
}
