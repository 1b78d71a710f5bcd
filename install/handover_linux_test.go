package install

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

var handovers = flag.Int("handovers", 1, "how often TestHandedOver hands over each call")

// handedOver are the calls that a launcher could make between filter and command,
// to give the listener away or because the Go runtime does.
var handedOver = []uint32{
	unix.SYS_EXECVE, unix.SYS_FCNTL, unix.SYS_SENDMSG, unix.SYS_WRITE, unix.SYS_OPENAT, unix.SYS_CLOSE, unix.SYS_CLONE, unix.SYS_FUTEX,
	unix.SYS_CLONE3, unix.SYS_READ, unix.SYS_RECVMSG, unix.SYS_SOCKETPAIR, unix.SYS_IOCTL, unix.SYS_DUP3, unix.SYS_PIPE2, unix.SYS_GETRANDOM,
	unix.SYS_MREMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MADVISE, unix.SYS_BRK, unix.SYS_NANOSLEEP, unix.SYS_SCHED_YIELD,
	unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_CTL, unix.SYS_EVENTFD2, unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN,
	unix.SYS_SIGALTSTACK, unix.SYS_TGKILL, unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_WAITID, unix.SYS_PIDFD_OPEN, unix.SYS_EXIT,
	unix.SYS_EXIT_GROUP, unix.SYS_PRCTL, unix.SYS_SECCOMP, unix.SYS_PRLIMIT64,
}

// all stands for all calls.
const all = "all"

// handOver is a filter that hands the call to its listener, or all calls.
func handOver(call string) []bpf.RawInstruction {
	if call == all {
		return only(abi.RetUserNotif)
	}
	nr, err := strconv.Atoi(call)
	if err != nil {
		failf("%v", err)
	}
	return answer(abi.RetUserNotif, uint32(nr))
}

// handWithin is how long a launch may take: what hangs never ends.
func handWithin() time.Duration { return selftest.Within(time.Minute) }

// TestHandedOver: the listener is out before any call that it may be asked about
// is made, whichever that is.
func TestHandedOver(t *testing.T) {
	requireFilters(t)
	if err := HaveFlag(abi.FlagTSyncESRCH | abi.FlagNewListener); err != nil {
		t.Skip(err)
	}
	calls := []string{all}
	for _, nr := range handedOver {
		calls = append(calls, strconv.Itoa(int(nr)))
	}
	for _, ways := range []struct {
		name string
		run  func(t *testing.T, call string)
	}{
		{"Start", startHanded},
		{"Start, not answered", startUnanswered},
		{"Filter", func(t *testing.T, call string) { runHanding(t, "Filter", call) }},
		{"Filter of all threads", func(t *testing.T, call string) { runHanding(t, "TSYNC", call) }},
		{"Exec", func(t *testing.T, call string) { runHanding(t, "Exec", call) }},
		{"Exec, nobody to ask", execUnanswered},
	} {
		t.Run(ways.name, func(t *testing.T) {
			for i := range *handovers {
				for j, call := range calls {
					ways.run(t, call)
					if t.Failed() {
						t.Fatalf("with call %s handed over, run %d", call, i)
					}
					pause(i*len(calls) + j)
				}
			}
		})
	}
}

// startHanded starts a command whose supervisor lets everything continue.
func startHanded(t *testing.T, call string) {
	ctx, cancel := context.WithTimeout(t.Context(), handWithin())
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/true")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	listener, err := Start(handOver(call), Options{Flags: abi.FlagNewListener}, cmd)
	if err != nil {
		t.Errorf("Start: %v", err)
		return
	}
	answered := letContinue(t, listener)
	if err := cmd.Wait(); err != nil || out.Len() > 0 {
		t.Errorf("Wait: %v\n%s", err, out.Bytes())
	}
	<-answered
}

// startUnanswered starts a command that nobody answers to. If execve is not handed
// over, that is the command's affair.
func startUnanswered(t *testing.T, call string) {
	ctx, cancel := context.WithTimeout(t.Context(), handWithin())
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/true")
	var out bytes.Buffer
	cmd.Stderr = &out
	listener, err := Start(handOver(call), Options{Flags: abi.FlagNewListener}, cmd)
	if err != nil {
		t.Errorf("Start: %v", err)
		return
	}
	if call != all && call != strconv.Itoa(unix.SYS_EXECVE) {
		cmd.Process.Kill()
		cmd.Wait()
		listener.Close()
		return
	}
	listener.Close()
	err = cmd.Wait()
	const want = "install.Child: execve(/bin/true): function not implemented (the filter refuses execve: allow it)\n"
	if cmd.ProcessState.ExitCode() != statusNotExecuted || out.String() != want {
		t.Errorf("Wait: %v\n%s, want exit status %d and %s", err, out.Bytes(), statusNotExecuted, want)
	}
}

// letContinue answers all calls until nothing is under the filter.
func letContinue(t *testing.T, file *os.File) (done <-chan bool) {
	answered := make(chan bool)
	go func() {
		defer close(answered)
		defer file.Close()
		for {
			fds := []unix.PollFd{{Fd: int32(file.Fd()), Events: unix.POLLIN}}
			if _, err := unix.Poll(fds, -1); err != nil && err != unix.EINTR {
				t.Errorf("poll: %v", err)
				return
			}
			switch {
			case fds[0].Revents&unix.POLLIN != 0:
				if err := continueOne(file.Fd()); err != nil {
					t.Errorf("notification: %v", err)
					return
				}
			case fds[0].Revents != 0: // no thread is left
				return
			}
		}
	}()
	return answered
}

// continueOne receives a call and has the kernel execute it (struct seccomp_notif and
// seccomp_notif_resp, include/uapi/linux/seccomp.h).
func continueOne(fd uintptr) error {
	var call struct {
		ID   uint64
		rest [72]byte
	}
	const receive, send = 0xc0502100, 0xc0182101 // SECCOMP_IOCTL_NOTIF_RECV and _SEND
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, receive, uintptr(unsafe.Pointer(&call))); errno != 0 {
		if errno == unix.ENOENT || errno == unix.EINTR { // the target is gone
			return nil
		}
		return errno
	}
	answer := struct {
		ID    uint64
		Val   int64
		Error int32
		Flags uint32 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
	}{ID: call.ID, Flags: 1}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, send, uintptr(unsafe.Pointer(&answer))); errno != 0 && errno != unix.ENOENT {
		return errno
	}
	return nil
}

// handEnv has how the process handing installs, and handCallEnv what it hands over.
const (
	handEnv     = "SECCOMPILE_INSTALL_TEST_HAND"
	handCallEnv = "SECCOMPILE_INSTALL_TEST_HAND_CALL"
)

// caseHanding is a process that installs a filter, and whose supervisor is its
// parent.
func caseHanding() {
	insns := handOver(os.Getenv(handCallEnv))
	const flags = abi.FlagNewListener
	how := os.Getenv(handEnv)
	mapped, err := unix.Mmap(3, 0, 4, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		failf("mmap: %v", err)
	}
	page := (*cell)(unsafe.Pointer(&mapped[0]))
	switch how {
	case "TSYNC":
		listener, err := Filter(insns, Options{Flags: flags | abi.FlagTSync | abi.FlagTSyncESRCH})
		if err != nil {
			failf("Filter: %v", err)
		}
		page.await()
		wantListener(listener.File())
	case "Filter", "Exec":
		listener, err := Filter(insns, Options{Flags: flags})
		if err != nil {
			failf("Filter: %v", err)
		}
		page.await()
		wantListener(listener.File())
		if how == "Exec" {
			failf("%v", Exec(retAllow(1), Options{}, "/bin/true", []string{"true"}, nil))
		}
	case "no listener":
		execHanding(insns, page)
	default:
		failf("no way in %q", how)
	}
}

// await waits, without a call, until the word is not 0.
func (w *cell) await() {
	for w.load() == 0 {
	}
}

// What is said in the page that both processes have: that the listener is taken,
// and what execHanding has seen. The process handing can make no call for it.
const (
	nothing = iota
	taken
	rightError
	wrongError
)

// execHanding executes a command under a filter that refuses execve, or the calls
// that reporting it would take.
func execHanding(insns []bpf.RawInstruction, page *cell) {
	var e *Error
	err := Exec(insns, Options{Flags: abi.FlagNewListener}, "/bin/true", []string{"true"}, nil)
	if !errors.As(err, &e) || e.Op != "install.Exec(NEW_LISTENER)" || e.Errno != unix.EINVAL || e.Installed {
		failf("Exec with NEW_LISTENER: %v, want EINVAL of install.Exec", err)
	}
	err = Exec(insns, Options{}, "/bin/true", []string{"true"}, nil)
	seen := uint32(wrongError)
	if e, ok := err.(*Error); ok && e.Installed && e.Errno == unix.ENOSYS && e.Op == "execve(/bin/true)" {
		seen = rightError
	}
	page.store(seen)
	for page.load() != 0 { // until this process is killed
	}
}

// startHanding starts the process handing. What it says in the page is what file
// begins with. The Go runtime sends no signals there, for rt_sigreturn can be what
// nobody answers.
func startHanding(t *testing.T, how, call string) (cmd *exec.Cmd, out *bytes.Buffer, file *os.File) {
	ctx, cancel := context.WithTimeout(t.Context(), handWithin())
	t.Cleanup(cancel)
	file, err := os.CreateTemp("", "seccompile-install-")
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(file.Name())
	if err := file.Truncate(int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(ctx, self)
	cmd.Env = append(selftest.Env(handing), handEnv+"="+how, handCallEnv+"="+call, "GODEBUG=asyncpreemptoff=1")
	cmd.ExtraFiles = []*os.File{file}
	out = &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out, file
}

// runHanding supervises a process that installs its filter itself.
func runHanding(t *testing.T, how, call string) {
	cmd, out, file := startHanding(t, how, call)
	defer file.Close()
	listener := takeListener(t, cmd.Process.Pid)
	if listener == nil { // it says itself why not
		cmd.Process.Kill()
		t.Errorf("no listener; Wait: %v\n%s", cmd.Wait(), out.Bytes())
		return
	}
	answered := letContinue(t, listener)
	if _, err := file.WriteAt(binary.NativeEndian.AppendUint32(nil, taken), 0); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil || out.Len() > 0 {
		t.Errorf("Wait: %v\n%s", err, out.Bytes())
	}
	<-answered
}

// takeListener takes the listener of a process that may not be able to send it,
// nil if the process ends before it has one.
func takeListener(t *testing.T, pid int) *os.File {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pidfd)
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	for deadline := time.Now().Add(handWithin()); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		list, err := os.ReadDir(dir)
		if err != nil || len(list) == 0 {
			return nil
		}
		for _, d := range list {
			if to, _ := os.Readlink(filepath.Join(dir, d.Name())); to != "anon_inode:seccomp notify" {
				continue
			}
			number, err := strconv.Atoi(d.Name())
			if err != nil {
				t.Fatal(err)
			}
			fd, err := unix.PidfdGetfd(pidfd, number, 0)
			if errors.Is(err, unix.EBADF) || errors.Is(err, unix.ESRCH) {
				continue // closed meanwhile
			}
			if err != nil {
				t.Fatal(err)
			}
			return os.NewFile(uintptr(fd), listenerName)
		}
	}
	return nil
}

// execUnanswered has a process execute a command under a filter that hands over a
// call to nobody: execve then fails, and any other call is the command's affair.
//
// Where all calls are refused, the runtime dies if it finds afterwards that the goroutine
// has run for 10 ms, and wants to let others run (runtime/proc.go, forcePreemptNS). On slow
// machines that is often so.
func execUnanswered(t *testing.T, call string) {
	want := uint32(nothing)
	if call == all || call == strconv.Itoa(unix.SYS_EXECVE) {
		want = rightError
	}
	const tries = 50
	for try := range tries {
		seen, how := seenUnanswered(t, call)
		if seen == want {
			return
		}
		if call != all || seen != nothing || try == tries-1 {
			t.Errorf("Exec: seen %d, want %d: %s", seen, want, how)
			return
		}
	}
}

// seenUnanswered returns what such a process says of Exec, and how it was then.
func seenUnanswered(t *testing.T, call string) (seen uint32, how string) {
	ours, err := os.Readlink(self)
	if err != nil {
		t.Fatal(err)
	}
	cmd, out, file := startHanding(t, "no listener", call)
	defer file.Close()
	for deadline := time.Now().Add(handWithin()); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		executes, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid))
		became := err != nil || executes != ours // or has ended
		said := make([]byte, 4)
		if _, err := file.ReadAt(said, 0); err != nil {
			t.Fatal(err)
		}
		if seen = binary.NativeEndian.Uint32(said); seen == nothing && !became {
			continue
		}
		cmd.Process.Kill()
		return seen, fmt.Sprintf("became the command: %t; Wait: %v\n%s", became, cmd.Wait(), out.Bytes())
	}
	cmd.Process.Kill()
	cmd.Wait()
	return wrongError, fmt.Sprintf("it neither fails nor becomes the command within %v", handWithin())
}
