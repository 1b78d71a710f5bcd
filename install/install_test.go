package install

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

// retAllow is a filter of n returns.
func retAllow(n int) []bpf.RawInstruction {
	insns := make([]bpf.RawInstruction, n)
	for i := range insns {
		insns[i] = bpf.RawInstruction{Op: abi.ClassRET, K: abi.RetAllow}
	}
	return insns
}

func TestFiltersChecksFirst(t *testing.T) {
	long := math.MaxInt32
	long++ // negative where int has 32 bits
	for _, pid := range []int{0, -1, math.MinInt, long} {
		list, err := Filters(pid)
		want := fmt.Sprintf("install.Filters: %d is not a process ID (these are positive and have 31 bits)", pid)
		if list != nil || !errors.Is(err, syscall.ESRCH) || err.Error() != want {
			t.Errorf("Filters(%d) = %v, %v, want %s", pid, list, err, want)
		}
	}
}

// What needs no kernel is the same on every system.
func TestFilterChecksFirst(t *testing.T) {
	tests := []struct {
		name  string
		n     int
		flags uint
		want  string
		lacks uint
	}{
		{
			name: "empty", n: 0,
			want: "install.Filter: 0 instructions (a filter has 1 to 4096)",
		},
		{
			name: "too long", n: 4097,
			want: "install.Filter: 4097 instructions (a filter has 1 to 4096)",
		},
		{
			name: "length wraps in sock_fprog", n: 1<<16 + 1,
			want: "install.Filter: 65537 instructions (a filter has 1 to 4096)",
		},
		{
			name: "unknown flag", n: 1, flags: 1<<6 | abi.FlagLog, lacks: 1 << 6,
			want: "install.Filter(LOG|0x40): unknown flag 0x40",
		},
		{
			name: "highest flag of the kernel's word", n: 1, flags: 1 << 31, lacks: 1 << 31,
			want: "install.Filter(0x80000000): unknown flag 0x80000000",
		},
		{
			name: "TSYNC and NEW_LISTENER", n: 1, flags: abi.FlagTSync | abi.FlagNewListener,
			want: "install.Filter(TSYNC|NEW_LISTENER): TSYNC and NEW_LISTENER together need TSYNC_ESRCH" +
				" (otherwise the answer could be a thread or a listener)",
		},
		{
			name: "WAIT_KILLABLE_RECV alone", n: 1, flags: abi.FlagWaitKillableRecv,
			want: "install.Filter(WAIT_KILLABLE_RECV): WAIT_KILLABLE_RECV needs NEW_LISTENER" +
				" (it says how calls wait for a listener)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			listener, err := Filter(retAllow(tt.n), Options{Flags: tt.flags})
			if listener != nil || err == nil {
				t.Fatalf("Filter(%d instructions, %#x) = %v, %v, want an error", tt.n, tt.flags, listener, err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("Filter(%d instructions, %#x) error (-want +got):\n%s", tt.n, tt.flags, diff)
			}
			var e *Error
			if !errors.As(err, &e) || e.Lacks != tt.lacks {
				t.Errorf("Filter(%d instructions, %#x) error is %#v, want *Error with Lacks %#x", tt.n, tt.flags, err, tt.lacks)
			}
			if !errors.Is(err, syscall.EINVAL) {
				t.Errorf("errors.Is(%v, EINVAL) = false", err)
			}
			if got, want := errors.Is(err, ErrNotSupported), tt.lacks != 0; got != want {
				t.Errorf("errors.Is(%v, ErrNotSupported) = %t, want %t", err, got, want)
			}
		})
	}
}

// So is what Exec and Start refuse besides.
func TestLaunchChecksFirst(t *testing.T) {
	tests := []struct {
		name  string
		n     int
		o     Options
		argv  []string
		exec  string // what Exec says
		start string // what Start says, "" if it says nothing yet
	}{
		{
			"empty", 0, Options{}, nil,
			"install.Exec: 0 instructions (a filter has 1 to 4096)",
			"install.Start: 0 instructions (a filter has 1 to 4096)",
		},
		{
			"TSYNC", 1, Options{Flags: abi.FlagTSync}, nil,
			"install.Exec(TSYNC): TSYNC is for a process that continues (leave it out: the program starts with one thread, which has the filter)",
			"install.Start(TSYNC): TSYNC is for a process that continues (leave it out: the program starts with one thread, which has the filter)",
		},
		{
			"TSYNC and Bounding", 1, Options{Flags: abi.FlagTSync, Bounding: []uintptr{}}, nil,
			"install.Exec(TSYNC): TSYNC and Bounding exclude each other (each thread has its own bounding set)",
			"install.Start(TSYNC): TSYNC and Bounding exclude each other (each thread has its own bounding set)",
		},
		{
			"NEW_LISTENER", 1, Options{Flags: abi.FlagNewListener}, nil,
			"install.Exec(NEW_LISTENER): execve closes the listener of NEW_LISTENER (install.Start keeps it)",
			"",
		},
		{
			"NUL", 1, Options{}, []string{"a\x00b"},
			"install.Exec: path, arguments or environment have a NUL byte (a NUL byte ends a string for the kernel)",
			"install.Start: path, arguments or environment have a NUL byte (a NUL byte ends a string for the kernel)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]error{"Exec": Exec(retAllow(tt.n), tt.o, "/bin/true", tt.argv, nil)}
			want := map[string]string{"Exec": tt.exec}
			if tt.start != "" {
				_, got["Start"] = Start(retAllow(tt.n), tt.o, &exec.Cmd{Path: "/bin/true", Args: tt.argv})
				want["Start"] = tt.start
			}
			for name, err := range got {
				if !errors.Is(err, syscall.EINVAL) || err.Error() != want[name] {
					t.Errorf("%s: error %v, want %s", name, err, want[name])
				}
			}
		})
	}
}

// Where the word is wider than the kernel's, no bit is lost on the way.
func TestFilterFlagsBeyond32Bits(t *testing.T) {
	flags := uint(abi.FlagLog)
	flags <<= 31
	flags <<= 1
	if flags == 0 {
		t.Skip("uint has 32 bits here")
	}
	_, err := Filter(retAllow(1), Options{Flags: flags})
	if !errors.Is(err, ErrNotSupported) {
		t.Errorf("Filter with flags %#x: %v, want ErrNotSupported", flags, err)
	}
}

func TestElsewhere(t *testing.T) {
	if runtime.GOOS == "linux" {
		t.Skip("this is Linux")
	}
	Child() // returns
	_, filter := Filter(retAllow(1), Options{})
	_, start := Start(retAllow(1), Options{}, &exec.Cmd{Path: "/bin/true"})
	_, filters := Filters(1)
	_, status := Status()
	for name, err := range map[string]error{
		"Filter":     filter,
		"Exec":       Exec(retAllow(1), Options{}, "/bin/true", nil, nil),
		"Start":      start,
		"Filters":    filters,
		"Status":     status,
		"Supported":  Supported(),
		"HaveFlag":   HaveFlag(abi.FlagLog),
		"HaveAction": HaveAction(abi.RetLog),
	} {
		if !errors.Is(err, ErrNotSupported) || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v, want ErrNotSupported", name, err)
		}
		if want := "install." + name + ": seccomp filters need Linux, this is " + runtime.GOOS; err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  Error
		want string
	}{
		{
			Error{Op: "op", Errno: syscall.ESRCH, Thread: 1234, Advice: "do this"},
			"op: thread 1234 has a filter of its own (do this)",
		},
		{
			Error{Op: "op", Errno: syscall.EBUSY, Advice: adviceFor(syscall.EBUSY, requested{flags: abi.FlagNewListener})},
			"op: " + syscall.EBUSY.Error() + " (a filter of this thread already has an open listener, and a thread can have only one:" +
				" use that, close it, or install without NEW_LISTENER)",
		},
		{
			Error{Op: "op", Errno: syscall.EPERM, Advice: adviceFor(syscall.EPERM, requested{})},
			"op: " + syscall.EPERM.Error() + " (not the kernel's answer: an outer filter or a tracer refuses the call)",
		},
		{Error{Op: "op", Fault: "what"}, "op: what"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, tt.err.Error()); diff != "" {
			t.Errorf("Error() (-want +got):\n%s", diff)
		}
	}
	for _, a := range advice {
		if s := a.text; s == "" || strings.HasSuffix(s, ".") || strings.Contains(s, "failed to") {
			t.Errorf("advice for %v: %q is not house style", a.errno, s)
		}
	}
}

func TestErrorIs(t *testing.T) {
	var none error = &Error{Op: "op", Fault: "what"}
	if err := errors.Unwrap(none); err != nil {
		t.Errorf("Unwrap of an error without errno = %v, want nil", err)
	}
	if errors.Is(none, ErrNotSupported) || errors.Is(none, syscall.Errno(0)) {
		t.Errorf("an error without errno is ErrNotSupported or errno 0")
	}
	var lacks error = &Error{Op: "op", Errno: syscall.EINVAL, Cause: ErrNotSupported}
	for _, target := range []error{ErrNotSupported, errors.ErrUnsupported, syscall.EINVAL} {
		if !errors.Is(lacks, target) {
			t.Errorf("errors.Is(%v, %v) = false", lacks, target)
		}
	}
}

// TestRelease: zero is unknown, as it is of syscalls.Version, and an unknown flag has no
// release.
func TestRelease(t *testing.T) {
	for _, r := range []Release{{}, {3, 5}, {5, 0}, {6, 12}} {
		if got, want := r.String(), syscalls.Version(r).String(); got != want {
			t.Errorf("Release %d.%d is %s, and as a syscalls.Version %s", r.Major, r.Minor, got, want)
		}
	}
	for _, f := range abi.Flags {
		if f.Since == (abi.Release{}) {
			t.Errorf("%s has no release", f.Name)
		}
	}
	for _, a := range abi.Actions {
		if a.Since == (abi.Release{}) {
			t.Errorf("%s has no release", a.SCMP)
		}
	}
	var e *Error
	if err := HaveFlag(1 << 20); !errors.As(err, &e) || e.Lacks != 1<<20 || e.Since.String() != "unknown" {
		t.Errorf("HaveFlag(1 << 20) = %v, Since %s, want unknown", err, e.Since)
	}
}

// TestNoListener: a Listener that nothing has made, and the nil one that Filter
// returns without the flag, have no descriptor; 0 is not theirs.
func TestNoListener(t *testing.T) {
	for _, l := range []*Listener{nil, {}} {
		if err := l.Close(); l.FD() != -1 || l.File() != nil || err != nil {
			t.Errorf("%v: FD = %d, File = %v, Close = %v", l, l.FD(), l.File(), err)
		}
	}
	if _, err := os.Stdin.Stat(); err != nil {
		t.Errorf("standard input afterwards: %v", err)
	}
}

// TestAdvice: nobody is told to undo what was not asked for; that answer is an outer
// filter's.
func TestAdvice(t *testing.T) {
	for _, tt := range []struct {
		errno syscall.Errno
		by    requested
		want  string
	}{
		{syscall.EACCES, requested{}, outerAdvice},
		{syscall.EACCES, requested{newPrivs: true}, "needs no_new_privs or CAP_SYS_ADMIN: leave AllowNewPrivs false"},
		{syscall.EBUSY, requested{flags: abi.FlagTSync}, outerAdvice},
		{syscall.EMFILE, requested{}, outerAdvice},
		{syscall.EMFILE, requested{flags: abi.FlagNewListener | abi.FlagLog}, "no descriptor left for the listener: see RLIMIT_NOFILE"},
		{syscall.ESRCH, requested{flags: abi.FlagNewListener}, outerAdvice},
	} {
		if got := adviceFor(tt.errno, tt.by); got != tt.want {
			t.Errorf("adviceFor(%v, %+v) = %q, want %q", tt.errno, tt.by, got, tt.want)
		}
	}
}

// Several filters must each be one, and have room together.
func TestBeforeChecksFirst(t *testing.T) {
	full := retAllow(abi.MaxInsns) // 8195 instructions as the kernel converts them
	computes := []bpf.RawInstruction{{K: abi.RetUserNotif}, {Op: abi.ClassRET | abi.RvalA}}
	for _, tt := range []struct {
		before [][]bpf.RawInstruction
		want   string
		errno  syscall.Errno
	}{
		{[][]bpf.RawInstruction{computes}, "install.Filter: Before[0] computes an answer, which could be NOTIFY (only the filter that is installed last can have a listener: return constants before it)", syscall.EINVAL},
		{[][]bpf.RawInstruction{retAllow(1), {}}, "install.Filter: 0 instructions in Before[1] (a filter has 1 to 4096)", syscall.EINVAL},
		{[][]bpf.RawInstruction{retAllow(4097)}, "install.Filter: 4097 instructions in Before[0] (a filter has 1 to 4096)", syscall.EINVAL},
		{
			[][]bpf.RawInstruction{full, full, full},
			"install.Filter: 4 filters take 32792 instructions as the kernel converts them (all of a thread can take 32768)", syscall.ENOMEM,
		},
	} {
		listener, err := Filter(full, Options{Before: tt.before, Flags: abi.FlagNewListener})
		if listener != nil || err == nil || err.Error() != tt.want || !errors.Is(err, tt.errno) {
			t.Errorf("Filter = %v, %v, want %s", listener, err, tt.want)
		}
	}
	if err := checkBefore("", retAllow(abi.MaxInsns-12), Options{Before: [][]bpf.RawInstruction{full, full, full}}); err != nil {
		t.Errorf("four filters of %d instructions: %v, want none", MaxPath, err)
	}
	if err := checkBefore("", full, Options{Before: [][]bpf.RawInstruction{computes}}); err != nil {
		t.Errorf("a filter that computes, without a listener: %v, want none", err)
	}
}
