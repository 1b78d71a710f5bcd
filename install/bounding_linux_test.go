package install

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"syscall"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A command has at most the capabilities that Options say.
func caseStartBounding() {
	if !privileged() {
		cmd := exec.Command("/bin/true")
		_, err := Start(retAllow(1), Options{Bounding: []uintptr{}}, cmd)
		var e *Error
		if !errors.As(err, &e) || e.Op != "prctl(PR_CAPBSET_DROP, 0)" || e.Errno != unix.EPERM {
			failf("Start with Bounding: %v, want EPERM of prctl(PR_CAPBSET_DROP, 0)", err)
		}
		return
	}
	for _, tt := range []struct {
		keep []uintptr
		want string // of CapEff and CapBnd
	}{
		{[]uintptr{}, "0000000000000000"},
		{[]uintptr{unix.CAP_KILL, unix.CAP_CHOWN}, "0000000000000021"},
	} {
		cmd := exec.Command("/bin/grep", "-E", "^Cap(Eff|Bnd)", "/proc/self/status")
		out := &bytes.Buffer{}
		cmd.Stdout = out
		// Without no_new_privs, by the privileges that the command loses.
		if _, err := Start(retAllow(1), Options{AllowNewPrivs: true, Bounding: tt.keep}, cmd); err != nil {
			failf("Start: %v", err)
		}
		if err := cmd.Wait(); err != nil {
			failf("Wait: %v", err)
		}
		if diff := cmp.Diff("CapEff:\t"+tt.want+"\nCapBnd:\t"+tt.want+"\n", out.String()); diff != "" {
			failf("the command with Bounding %v (-want +got)\n%s", tt.keep, diff)
		}
	}
}

// What a command inherits otherwise is within the bounding set, too.
func caseStartInheritable() {
	if !privileged() {
		return // it has nothing to inherit
	}
	for _, tt := range []struct {
		ambient bool
		keep    []uintptr
		want    [5]string // CapInh, CapPrm, CapEff, CapBnd, CapAmb
	}{
		{false, []uintptr{}, [5]string{"0", "0", "0", "0", "0"}},
		{true, []uintptr{}, [5]string{"0", "0", "0", "0", "0"}},
		{false, []uintptr{unix.CAP_KILL, unix.CAP_NET_ADMIN, 99}, [5]string{"1000", "1020", "1020", "1020", "0"}},
		{true, []uintptr{unix.CAP_KILL, unix.CAP_NET_ADMIN}, [5]string{"1000", "1020", "1020", "1020", "1000"}},
	} {
		newThread().do(func() {
			inherit(tt.ambient, unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN, unix.CAP_BPF)
			cmd := exec.Command("/bin/grep", "^Cap", "/proc/self/status")
			out := &bytes.Buffer{}
			cmd.Stdout = out
			if _, err := Start(retAllow(1), Options{Bounding: tt.keep}, cmd); err != nil {
				failf("Start: %v", err)
			}
			if err := cmd.Wait(); err != nil {
				failf("Wait: %v", err)
			}
			want := ""
			for i, set := range []string{"Inh", "Prm", "Eff", "Bnd", "Amb"} {
				want += fmt.Sprintf("Cap%s:\t%016s\n", set, tt.want[i])
			}
			if diff := cmp.Diff(want, out.String()); diff != "" {
				failf("the command with Bounding %v, ambient %t (-want +got)\n%s", tt.keep, tt.ambient, diff)
			}
		})
	}

	// Filters that answer for the kernel.
	for _, tt := range []struct {
		outer func(syscall.Errno) []bpf.RawInstruction
		errno syscall.Errno
		want  string
	}{
		{callAnswers(unix.SYS_CAPGET), unix.EPERM, "capget"},
		{callAnswers(unix.SYS_CAPGET), 0, "capget"},
		{callAnswers(unix.SYS_CAPSET), unix.EPERM, "capset(inheritable)"},
		{callAnswers(unix.SYS_CAPSET), 0, "capset(inheritable)"},
		{argAnswers(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP), 0, "prctl(PR_CAPBSET_DROP, 0)"},
		{argAnswers(unix.SYS_PRCTL, unix.PR_CAPBSET_READ), 0, "prctl(PR_CAPBSET_READ, 64)"},
	} {
		newThread().do(func() {
			inherit(false, unix.CAP_SYS_ADMIN)
			mustInstall(tt.outer(tt.errno))
			_, err := Start(retAllow(1), Options{Bounding: []uintptr{}}, exec.Command("/bin/true"))
			var e *Error
			if !errors.As(err, &e) || e.Op != tt.want || e.Errno != tt.errno {
				failf("Start with a filter that answers %s with %d: %v", tt.want, tt.errno, err)
			}
		})
	}
}

// inherit adds capabilities to the thread's inheritable set, and perhaps its ambient one.
func inherit(ambient bool, list ...uintptr) {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		failf("capget: %v", err)
	}
	for _, c := range list {
		data[c/32].Inheritable |= 1 << (c % 32)
	}
	if err := unix.Capset(&hdr, &data[0]); err != nil {
		failf("capset: %v", err)
	}
	for _, c := range list {
		if !ambient {
			continue
		}
		if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, c, 0, 0); err != nil {
			failf("prctl(PR_CAP_AMBIENT_RAISE, %d): %v", c, err)
		}
	}
}

// ReduceCaps does the same for a command without a filter.
func caseReduceCaps() {
	var e *Error
	if err := ReduceCaps(nil); !errors.As(err, &e) || e.Op != "install.ReduceCaps" || e.Errno != unix.EINVAL {
		failf("ReduceCaps(nil): %v, want EINVAL", err)
	}
	newThread().do(func() {
		if !privileged() {
			if err := ReduceCaps([]uintptr{}); !errors.As(err, &e) || e.Op != "prctl(PR_CAPBSET_DROP, 0)" || e.Errno != unix.EPERM {
				failf("ReduceCaps: %v, want EPERM of prctl(PR_CAPBSET_DROP, 0)", err)
			}
			return
		}
		inherit(true, unix.CAP_SYS_ADMIN, unix.CAP_NET_ADMIN)
		if err := ReduceCaps([]uintptr{unix.CAP_KILL, unix.CAP_NET_ADMIN}); err != nil {
			failf("ReduceCaps: %v", err)
		}
		out, err := exec.Command("/bin/grep", "^Cap", "/proc/self/status").Output()
		if err != nil {
			failf("%v", err)
		}
		const both, one = "0000000000001020", "0000000000001000"
		want := "CapInh:\t" + one + "\nCapPrm:\t" + both + "\nCapEff:\t" + both + "\nCapBnd:\t" + both + "\nCapAmb:\t" + one + "\n"
		if diff := cmp.Diff(want, string(out)); diff != "" {
			failf("a command after ReduceCaps (-want +got)\n%s", diff)
		}
	})
}
