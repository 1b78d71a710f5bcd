//go:build seccomp

package oracle

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// startsContainers returns why no container starts under a profile, as far as that is known.
func startsContainers(kernel *profile.Resolution) error {
	if kernel.Policy().Listener.Path != "" {
		return errors.New("the profile wants a supervisor")
	}
	for call := range strings.FieldsSeq(needed) {
		c, err := syscalls.ParseCall("x86_64 " + call + "()")
		if err != nil {
			return err
		}
		if a, _ := kernel.Decide(c); a != policy.Allow {
			return fmt.Errorf("%s is %s, so that the container does not start", call, a)
		}
	}
	return nil
}

// TestHardenedRuntimes: under the hardened profile a container's filter answers socket, with
// a bit set that the kernel does not read, as the text means: the default profiles of engines
// and some of the field. Where the profile is as it was, some let AF_VSOCK pass.
func TestHardenedRuntimes(t *testing.T) {
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("containers and the filters of processes are for root")
	}
	host, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	if host.Arch != arch.X86_64 {
		t.Skipf("the call is one of x86_64, this is %s", host.Arch)
	}
	rootfs := buildSleeper(t)
	type shipped struct {
		name, file string
		mustRefuse bool // AF_VSOCK
	}
	list := []shipped{
		{"moby 0.3.0", filepath.Join(moduleDir(t, "github.com/moby/profiles/seccomp"), "default.json"), true},
		{"Podman", containersProfile(t), false},
	}
	if dir := download(t, "github.com/moby/profiles/seccomp@v0.2.3"); dir != "" {
		list = append(list, shipped{"moby 0.2.3", filepath.Join(dir, "default.json"), true})
	}
	field, _ := filepath.Glob("../../../shared/corpus/*.json")
	for i, file := range field {
		if i%8 == 0 {
			list = append(list, shipped{filepath.Base(file), file, false})
		}
	}
	closed, unchanged, skipped := 0, 0, 0
	for _, tt := range list {
		text, err := os.ReadFile(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err == nil && tt.name == "Podman" { // of which it has two answers
			p, err = p.RemoveCalls("setns")
		}
		if err != nil {
			skipped++
			continue
		}
		hard, err := compile.Harden(p, arch.X86_64)
		if err != nil {
			t.Logf("%s: %v", tt.name, err)
			skipped++
			continue
		}
		target := host
		target.Caps, target.AcceptWeaker = mustCaps("docker"), true
		kernel, err := p.Resolve(target)
		if err == nil {
			err = startsContainers(kernel)
		}
		if err != nil {
			t.Logf("%s: %v", tt.name, err)
			skipped++
			continue
		}
		for _, runtime := range []containerRuntime{runc, crun} {
			t.Run(tt.name+" by "+runtime.command[0], func(t *testing.T) {
				if _, err := exec.LookPath(runtime.command[0]); err != nil {
					t.Skip(err)
				}
				target := target
				target.Compat, target.Enosys = profile.CompatRunc, runtime.enosys
				before := socketAnswers(t, p, target, runtime, rootfs)
				after := socketAnswers(t, hard, target, runtime, rootfs)
				if after[unix.AF_VSOCK] == "ALLOW" && tt.mustRefuse {
					t.Error("hardened, the profile allows AF_VSOCK with a bit that the kernel does not read")
				}
				for family, got := range after {
					c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 41, Args: [6]uint64{1<<32 | uint64(family), 1}}
					want, _ := kernel.Decide(c)
					if got != want.String() {
						t.Errorf("%s = %s, want %s", c, got, want)
					}
					if before[family] != got {
						closed++
					} else {
						unchanged++
					}
				}
			})
		}
	}
	t.Logf("%d answers to socket changed, %d did not; %d profiles that cannot be read or hardened", closed, unchanged, skipped)
	if closed == 0 {
		t.Error("no profile was mended")
	}
}

// needed are the calls of /sleep, and of runtimes that have installed its filter.
const needed = "arch_prctl close execve exit_group fcntl futex gettid madvise mmap munmap nanosleep openat pread64 prlimit64 read rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sigaltstack write tgkill"

// families are so many address families, of which 40 is AF_VSOCK.
const families = 48

// socketAnswers returns what the filter of a container answers to socket, by the family,
// with bit 32 set.
func socketAnswers(t *testing.T, p *profile.Profile, target profile.Target, runtime containerRuntime, rootfs string) (answers [families]string) {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("container", func(t *testing.T) { // which ends with it
		pid := container(t, runtime.command, rootfs, section(t, text, target))
		list, err := install.Filters(pid)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d filters, %v, want one", len(list), err)
		}
		live, err := compile.Load(list[0].Insns, target.Arch)
		if err != nil {
			t.Fatal(err)
		}
		for family := range answers {
			answers[family] = live.Run(syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 41, Args: [6]uint64{1<<32 | uint64(family), 1}}).String()
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return answers
}

// download returns the directory of a module that go.mod does not require at this version,
// "" if it cannot be had.
func download(t *testing.T, module string) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.Output()
	var got struct{ Dir string }
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		t.Logf("%s: %v", module, err)
	}
	return got.Dir
}
