//go:build seccomp

package oracle

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A containerRuntime is one whose filters are read back.
type containerRuntime struct {
	command []string
	enosys  profile.Enosys // its rule for newer calls
}

var (
	runc = containerRuntime{[]string{"runc"}, profile.Enosys{Mode: profile.EnosysRunc}}
	crun = containerRuntime{[]string{"crun", "--cgroup-manager=disabled"}, profile.Enosys{Mode: profile.EnosysOff}}
)

// A runtimeCase is a profile by a runtime.
type runtimeCase struct {
	name    string
	text    []byte
	caps    []string
	runtime containerRuntime
	without specs.Arch // an ABI that the section does not get
	vsock   string     // the answer to socket(AF_VSOCK), with a bit that the kernel does not read
}

// runtimeCases are the profiles of engines by the runtimes that they use.
func runtimeCases(t *testing.T) []runtimeCase {
	t.Helper()
	podman, err := os.ReadFile(containersProfile(t))
	if err != nil {
		t.Fatal(err)
	}
	docker, err := json.Marshal(profile.Default())
	if err != nil {
		t.Fatal(err)
	}
	mended, err := compile.Harden(profile.Default(), arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	hardened, err := json.Marshal(mended)
	if err != nil {
		t.Fatal(err)
	}
	return []runtimeCase{
		// runc takes x32's last numbers, 512 to 547, for its newest calls: newer
		// ones, 457 to 511, get EPERM there and not ENOSYS, as we have it.
		{"Docker's profile by runc", docker, mustCaps("docker"), runc, specs.ArchX32, "ALLOW"},
		{"Docker's profile, hardened, by runc", hardened, mustCaps("docker"), runc, specs.ArchX32, "ERRNO(1)"},
		{"Docker's profile by crun", docker, mustCaps("docker"), crun, "", "ALLOW"},
		{"Docker's profile, hardened, by crun", hardened, mustCaps("docker"), crun, "", "ERRNO(1)"},
		{"Podman's profile by runc", podman, mustCaps("all"), runc, "", "ALLOW"}, // ENOSYS is its default
		{"Podman's profile by crun", podman, mustCaps("all"), crun, "", "ALLOW"},
	}
}

// section returns what an engine hands to the runtime, and the target of its text.
func (c runtimeCase) section(t *testing.T) (*specs.LinuxSeccomp, profile.Target) {
	t.Helper()
	target, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	target.Compat, target.AcceptWeaker = profile.CompatRunc, true
	target.Caps, target.Enosys = c.caps, c.runtime.enosys
	s := section(t, c.text, target)
	s.Architectures = slices.DeleteFunc(s.Architectures, func(a specs.Arch) bool { return a == c.without })
	return s, target
}

// requireContainers skips a test where no containers can be started, or their filters read.
func requireContainers(t *testing.T) {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("containers and the filters of processes are for root")
	}
}

// TestRuntimes: the filter that a runtime puts on a container answers every call
// as our reading of the section says that it was given.
func TestRuntimes(t *testing.T) {
	requireContainers(t)
	rootfs := buildSleeper(t)
	for _, tt := range runtimeCases(t) {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := exec.LookPath(tt.runtime.command[0]); err != nil {
				t.Skip(err)
			}
			s, target := tt.section(t)
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			p, err := profile.Parse(text, profile.ParseOptions{Dialect: profile.OCI})
			if err != nil {
				t.Fatal(err)
			}
			pol, err := p.Resolve(target)
			if err != nil {
				t.Fatal(err)
			}
			list, err := install.Filters(container(t, tt.runtime.command, rootfs, s))
			if err != nil {
				t.Fatal(err)
			}
			if len(list) != 1 {
				t.Fatalf("%d filters, want one", len(list))
			}
			equal(t, list[0].Insns, pol.Policy())
			live, err := compile.Load(list[0].Insns, target.Arch)
			if err != nil {
				t.Fatal(err)
			}
			call := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 41, Args: [6]uint64{1<<32 | unix.AF_VSOCK, unix.SOCK_STREAM}}
			if got := live.Run(call).String(); target.Arch == arch.X86_64 && got != tt.vsock {
				t.Errorf("%s = %s, want %s", call, got, tt.vsock)
			}
		})
	}
}

// equal holds a filter against a policy, for all calls.
func equal(t *testing.T, insns []bpf.RawInstruction, pol *policy.Policy) {
	t.Helper()
	w, err := prove.Policy(insns, pol)
	switch {
	case err != nil:
		t.Fatal(err)
	case w != nil:
		t.Fatalf("%s: the runtime's filter says %s, the policy %s", w.Call, w.Got, w.Want)
	}
	t.Logf("%d instructions, equal to the policy", len(insns))
}

// section returns what an engine hands to a runtime, without the calls that the
// libseccomp of this machine has no number for: runtimes skip these, and we know
// them, as the tables here are newer than its. Both sides then read the same text.
func section(t *testing.T, text []byte, target profile.Target) *specs.LinuxSeccomp {
	t.Helper()
	p, err := profile.Parse(text, profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := ours(p, target)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for i := range s.Syscalls {
		c := &s.Syscalls[i]
		c.Names = slices.DeleteFunc(c.Names, func(name string) bool {
			out := slices.ContainsFunc(s.Architectures, func(a specs.Arch) bool { return lacks(t, a, name) })
			if out {
				left = append(left, name)
			}
			return out
		})
	}
	s.Syscalls = slices.DeleteFunc(s.Syscalls, func(c specs.LinuxSyscall) bool { return len(c.Names) == 0 })
	major, minor, micro := seccomp.GetLibraryVersion()
	t.Logf("left out, as libseccomp %d.%d.%d has no number for them: %q", major, minor, micro, left)
	return s
}

// lacks reports whether libseccomp has no number for a call that the ABI has. It
// gives numbers below 0 to these, and to those that go through socketcall or ipc.
func lacks(t *testing.T, abi specs.Arch, name string) bool {
	t.Helper()
	a, err := arch.Parse(string(abi))
	if err != nil {
		t.Fatal(err)
	}
	s, err := seccomp.GetArchFromString(a.String())
	if err != nil {
		t.Fatal(err)
	}
	nr, err := seccomp.GetSyscallFromNameByArch(name, s)
	_, has := syscalls.Number(a, name)
	_, _, mux := syscalls.Mux(a, name)
	return err != nil || has && !mux && nr < 0
}

// sleeper is what containers execute: it needs no file and does not end.
const sleeper = `package main

import "syscall"

func main() { // by few calls: a timer would need eventfd2, which some profiles refuse
	syscall.Write(1, []byte("up\n"))
	for {
		syscall.Nanosleep(&syscall.Timespec{Sec: 3600}, nil)
	}
}
`

// buildSleeper returns a root directory with /sleep.
func buildSleeper(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "sleep.go")
	rootfs := filepath.Join(dir, "rootfs")
	err := os.WriteFile(source, []byte(sleeper), 0o600)
	for _, sub := range []string{"proc", "dev"} { // for mounts and devices
		if err == nil {
			err = os.MkdirAll(filepath.Join(rootfs, sub), 0o755)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", filepath.Join(rootfs, "sleep"), source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return rootfs
}

// container starts a container under a seccomp section and returns the ID of its
// process. It has the namespaces that runtimes insist on, and no capabilities.
func container(t *testing.T, command []string, rootfs string, section *specs.LinuxSeccomp) int {
	t.Helper()
	return containerIn(t, command, rootfs, "", section)
}

// containerIn is container in a cgroup of that path, which runtimes choose if it is "".
func containerIn(t *testing.T, command []string, rootfs, cgroup string, section *specs.LinuxSeccomp) int {
	t.Helper()
	bundle := t.TempDir()
	spec := specs.Spec{
		Version: "1.0.2",
		Root:    &specs.Root{Path: rootfs, Readonly: true},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}},
		Process: &specs.Process{
			Args:            []string{"/sleep"},
			Cwd:             "/",
			Capabilities:    &specs.LinuxCapabilities{},
			NoNewPrivileges: true,
		},
		Linux: &specs.Linux{
			Namespaces:  []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}},
			Seccomp:     section,
			CgroupsPath: cgroup,
		},
	}
	config, err := json.Marshal(spec)
	if err == nil {
		err = os.WriteFile(filepath.Join(bundle, "config.json"), config, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	command = append(slices.Clone(command), "--root", filepath.Join(bundle, "state"))
	id := fmt.Sprintf("seccompile-%d-%s", os.Getpid(), command[0])
	t.Cleanup(func() { outside(t, nil, append(command, "delete", "--force", id)) })
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	pidFile := filepath.Join(bundle, "pid")
	outside(t, w, append(command, "run", "--detach", "--bundle", bundle, "--pid-file", pidFile, id))
	w.Close()
	// Some runtimes are back before the filter is there.
	if line, err := bufio.NewReader(r).ReadString('\n'); line != "up\n" {
		t.Fatalf("%q: /sleep says %q, %v", command, line, err)
	}
	text, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// outside executes a command of a runtime where cgroups are as it needs them:
// in a mount namespace with cgroup2 alone, whatever the machine has. Its standard
// output is the container's.
func outside(t *testing.T, stdout *os.File, command []string) {
	t.Helper()
	const script = `mount -t cgroup2 none /sys/fs/cgroup && exec "$@"`
	cmd := exec.Command("unshare", append([]string{"--mount", "sh", "-c", script, "sh"}, command...)...)
	log, err := os.Create(filepath.Join(t.TempDir(), "log")) // the container keeps it open
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	if stdout != nil {
		cmd.Stdout = stdout
	}
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
}

// TestUncountedRuntimes: runc does not count x86's number of a call that ipc makes, too, and
// answers ENOSYS to it if the profile names none as high, as our reading says.
func TestUncountedRuntimes(t *testing.T) {
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("containers and the filters of processes are for root")
	}
	if _, err := exec.LookPath("runc"); err != nil {
		t.Skip(err)
	}
	host, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	if host.Arch != arch.X86_64 {
		t.Skipf("the calls are those of x86_64, this is %s", host.Arch)
	}
	const highest = 384 // arch_prctl, which every program makes
	s := &specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86}}
	names := []string{"msgget"} // 399
	for _, name := range syscalls.All(arch.X86_64) {
		nr, ok := syscalls.Number(arch.X86, name)
		if _, _, viaMux := syscalls.Mux(arch.X86, name); !viaMux && (!ok || nr <= highest) {
			names = append(names, name)
		}
	}
	s.Syscalls = []specs.LinuxSyscall{{Names: names, Action: specs.ActAllow}}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(text, profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	host.Compat, host.AcceptWeaker = profile.CompatRunc, true
	res, err := p.Resolve(host)
	if err != nil {
		t.Fatal(err)
	}
	list, err := install.Filters(container(t, runc.command, buildSleeper(t), s))
	if err != nil || len(list) != 1 {
		t.Fatalf("%d filters, %v, want one", len(list), err)
	}
	live, err := compile.Load(list[0].Insns, host.Arch)
	if err != nil {
		t.Fatal(err)
	}
	for nr, want := range map[uint32]policy.Action{highest: policy.Allow, highest + 1: policy.Errno(38), 399: policy.Errno(38), 400: policy.Errno(38)} {
		c := syscalls.Call{Audit: arch.X86.Audit(), Nr: nr}
		if got := live.Run(c); got != want {
			t.Errorf("runc: %s = %s, want %s", c, got, want)
		}
		if got, _ := res.Decide(c); got != want {
			t.Errorf("Decide(%s) = %s, want %s", c, got, want)
		}
	}
}
