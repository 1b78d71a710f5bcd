package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

// show is a shell's script that prints what a command can see of how it was
// started, but for its filter. Go programs cannot: their runtime changes some of
// it.
const show = `printf '<%s>' "$0" "$@"; echo
env -0 | tr '\0' '\n' | grep -v '^_='
pwd; umask; ulimit -a
for fd in /proc/$$/fd/*; do echo "$fd" | sed "s,^/proc/$$/,/proc/PID/,"; done
grep -E '^(Uid|Gid|Groups|Cap|Sig(Blk|Ign|Pnd)|ShdPnd)' /proc/self/status
cut -d ' ' -f 5,6 /proc/$$/stat | sed "s/\b$$\b/PID/g"
cat /proc/$$/cgroup /proc/$$/oom_score_adj
cat`

// ways are commands with all that os/exec can say of them.
var ways = []struct {
	name string
	root bool // only root can
	set  func(cmd *exec.Cmd)
}{
	{"plain", false, func(*exec.Cmd) {}},
	{"arguments", false, func(cmd *exec.Cmd) { cmd.Args = append(cmd.Args, "", "a b", "--", "\xff\n") }},
	{"no environment", false, func(cmd *exec.Cmd) { cmd.Env = []string{} }},
	{"environment", false, func(cmd *exec.Cmd) {
		cmd.Env = []string{"PATH=/usr/bin:/bin", "A=1", "GODEBUG=gctrace=0", "A=2", "GOMAXPROCS=7", "B=\xff\xfe", "C="}
	}},
	{"directory", false, func(cmd *exec.Cmd) { cmd.Dir = "/usr" }},
	{"relative path", false, func(cmd *exec.Cmd) { cmd.Dir, cmd.Path = "/bin", "./sh" }},
	{"files", false, func(cmd *exec.Cmd) {
		null, err := os.Open(os.DevNull)
		if err != nil {
			failf("%v", err)
		}
		cmd.ExtraFiles = []*os.File{null, nil, null, os.Stderr}
	}},
	{"input", false, func(cmd *exec.Cmd) { cmd.Stdin = strings.NewReader("from the parent\n") }},
	{"session", false, func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }},
	{"group", false, func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }},
	{"user", true, func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{1, 2}}}
	}},
	{"ambient capabilities", true, func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential:  &syscall.Credential{Uid: nobody, Gid: nobody},
			AmbientCaps: []uintptr{unix.CAP_NET_BIND_SERVICE},
		}
	}},
	{"user namespace, no vfork", false, func(cmd *exec.Cmd) {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		}
	}},
	{"time namespace, clone3", true, func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWTIME} }},
}

// A command under a filter differs in nothing else from one without.
func caseStart() {
	signal.Ignore(unix.SIGTERM, unix.SIGPIPE, unix.SIGUSR2)
	for _, way := range ways {
		if way.root && !privileged() {
			continue
		}
		command := func() (*exec.Cmd, *bytes.Buffer) {
			cmd := exec.Command("/bin/sh", "-c", show, "zero")
			way.set(cmd)
			out := &bytes.Buffer{}
			cmd.Stdout, cmd.Stderr = out, out
			return cmd, out
		}
		plain, want := command()
		if err := plain.Run(); err != nil {
			fmt.Fprintf(os.Stderr, "%s: left out: %v\n", way.name, err)
			continue
		}
		if strings.Contains(want.String(), "not found") {
			failf("%s: without a command that the script has:\n%s", way.name, want)
		}
		cmd, got := command()
		before := fmt.Sprint(cmd)
		if _, err := Start(refuseGetppid, Options{}, cmd); err != nil {
			failf("%s: Start: %v", way.name, err)
		}
		if after := fmt.Sprint(cmd); after != before {
			failf("%s: Start changes the command from %s to %s", way.name, before, after)
		}
		if err := cmd.Wait(); err != nil {
			failf("%s: Wait: %v\n%s", way.name, err, got)
		}
		if diff := cmp.Diff(strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")); diff != "" {
			failf("%s: what the command sees (-cmd.Start +Start)\n%s", way.name, diff)
		}
	}
}

// The Go runtime raises the limit on open files for itself. The command has the one
// from outside.
func caseOpenFiles() {
	this, err := os.Open(self)
	if err != nil {
		failf("%v", err)
	}
	defer this.Close()
	cmd := exec.Command("/bin/sh", "-c", "ulimit -Sn 64 && exec /proc/self/fd/3")
	cmd.ExtraFiles = []*os.File{this}
	cmd.Env = selftest.Env(limited)
	out, err := cmd.CombinedOutput()
	if got, want := string(out), "Start 64\nExec 64\n"; err != nil || got != want {
		failf("limits on open files under 64: %v, %q, want %q", err, got, want)
	}
}

// caseLimited is a launcher under such a limit.
func caseLimited() {
	const ask = `echo "$0" $(ulimit -Sn)`
	cmd := exec.Command("/bin/sh", "-c", ask, "Start")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if _, err := Start(refuseGetppid, Options{}, cmd); err != nil {
		failf("Start: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		failf("Wait: %v", err)
	}
	failf("%v", Exec(refuseGetppid, Options{}, "/bin/sh", []string{"sh", "-c", ask, "Exec"}, os.Environ()))
}

// caseShown is a command that Start starts: it prints what is a thread's own.
func caseShown() {
	var deathSignal uint32
	if err := unix.Prctl(unix.PR_GET_PDEATHSIG, addressOf(&deathSignal), 0, 0, 0); err != nil {
		failf("%v", err)
	}
	fmt.Printf("death signal %d %+v\n", deathSignal, current())
}

// The command has the filter, no_new_privs and the signal at its parent's death,
// and this process has none of them.
func caseStartState() {
	before := current()
	want := before.with(1, refused)
	want.NoNewPrivs = 1
	cmd := exec.Command(self)
	cmd.Env = selftest.Env(shown)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL}
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if _, err := Start(refuseGetppid, Options{}, cmd); err != nil {
		failf("Start: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		failf("Wait: %v\n%s", err, out)
	}
	if diff := cmp.Diff(fmt.Sprintf("death signal %d %+v\n", unix.SIGKILL, want), out.String()); diff != "" {
		failf("the command (-want +got)\n%s", diff)
	}
	wantState("after Start", before)
}

// The listener comes out of a filter that refuses whatever would send it.
func caseStartListener() {
	for _, action := range []uint32{abi.RetKillProcess, abi.RetUserNotif} {
		cmd := exec.Command("/bin/true")
		insns := answer(action, unix.SYS_SENDMSG, unix.SYS_SENDTO, unix.SYS_FCNTL, unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_SCHED_YIELD)
		listener, err := Start(insns, Options{Flags: abi.FlagNewListener}, cmd)
		if err != nil {
			failf("Start: %v", err)
		}
		wantListener(listener)
		if err := cmd.Wait(); err != nil {
			failf("Wait: %v", err)
		}
		listener.Close()
	}
}

// The child has the processors that it needs, however many its init functions want.
func caseStartProcessors() {
	for _, n := range []string{"1", "2", "7"} {
		cmd := exec.Command("/bin/true")
		cmd.Env = append(os.Environ(), processorsEnv+"="+n)
		listener, err := Start(tight, Options{Flags: abi.FlagNewListener}, cmd)
		if err != nil {
			failf("Start, %s processors: %v", n, err)
		}
		if err := cmd.Wait(); err != nil {
			failf("Wait, %s processors: %v: %s", n, err, selftest.How(cmd.ProcessState))
		}
		listener.Close()
	}
}

// wantNothingLeft ends the case unless the open files are these and there is no
// child.
func wantNothingLeft(when string, files []string) {
	if diff := cmp.Diff(files, openFiles()); diff != "" {
		failf("%s: open files (-before +after)\n%s", when, diff)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		failf("%s: wait4 = %d, %v, want no child", when, pid, err)
	}
}

// openFiles returns what is open, each as descriptor and file, but for what the Go
// runtime opens at any time to count processors.
func openFiles() []string {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		failf("%v", err)
	}
	var files []string
	for _, f := range list {
		if link, err := os.Readlink("/proc/self/fd/" + f.Name()); err == nil && !strings.HasPrefix(link, "/sys/") { // an error for the directory's own
			files = append(files, f.Name()+" "+link)
		}
	}
	return files
}

// wantStartError ends the case unless Start fails with an *Error that has these,
// and leaves nothing behind.
func wantStartError(when string, insns []bpf.RawInstruction, o Options, cmd *exec.Cmd, op string, errno syscall.Errno) *Error {
	before, files := current(), openFiles()
	listener, err := Start(insns, o, cmd)
	var e *Error
	if listener != nil || !errors.As(err, &e) || e.Op != op || e.Errno != errno || e.Installed {
		failf("%s: Start = %v, %v, want errno %d of %s", when, listener, err, int(errno), op)
	}
	if errno != 0 && !errors.Is(err, errno) {
		failf("%s: errors.Is(%v, %d) = false", when, err, int(errno))
	}
	wantState("after "+err.Error(), before)
	wantNothingLeft(err.Error(), files)
	return e
}

// What keeps the command from being executed is told by step, whatever the filter
// says of the calls that telling it takes.
func caseStartExecve() {
	text := filepath.Join(os.TempDir(), fmt.Sprintf("seccompile-install-%d", os.Getpid()))
	if err := os.WriteFile(text, []byte("no program\n"), 0o755); err != nil {
		failf("%v", err)
	}
	defer os.Remove(text)
	mute := []uint32{unix.SYS_WRITE, unix.SYS_SENDMSG, unix.SYS_EXIT_GROUP, unix.SYS_FUTEX, unix.SYS_MUNMAP}
	silent := answer(abi.RetKillProcess, mute...)
	for _, tt := range []struct {
		path  string
		insns []bpf.RawInstruction
		errno syscall.Errno
		want  string
	}{
		{"/no/such/program", silent, unix.ENOENT, "no such file or directory (there is no such file, or not the interpreter that it names)"},
		{self + "/", silent, unix.ENOTDIR, ""},
		{text, silent, unix.ENOEXEC, "exec format error (neither a program for this machine nor a script that begins with #!)"},
		{"/bin/true", answer(errno(unix.EPERM), unix.SYS_EXECVE), unix.EPERM, "operation not permitted (the filter refuses execve: allow it)"},
		{"/bin/true", answer(errno(unix.ENOSYS), unix.SYS_EXECVE), unix.ENOSYS, ""},
		{"/bin/true", answer(errno(refused), unix.SYS_EXECVE), refused, ""},
		{"/bin/true", answer(errno(0), unix.SYS_EXECVE), 0, "success without effect (a filter or a tracer answers in the kernel's place)"},
		{"/bin/true", answer(abi.RetTrace, unix.SYS_EXECVE), unix.ENOSYS, ""},
		{"/bin/true", answer(abi.RetUserNotif, unix.SYS_EXECVE), unix.ENOSYS, ""},
		{"/bin/true", answer(abi.RetKillThread, unix.SYS_EXECVE), 0, "the filter kills the thread (allow execve)"},
	} {
		op := "execve(" + tt.path + ")"
		e := wantStartError(tt.path, tt.insns, Options{}, exec.Command(tt.path), op, tt.errno)
		if want := op + ": " + tt.want; tt.want != "" && e.Error() != want {
			failf("error %q, want %q", e, want)
		}
		if tt.errno == unix.ENOENT && !errors.Is(e, fs.ErrNotExist) {
			failf("errors.Is(%v, fs.ErrNotExist) = false", e)
		}
	}
	noCore()
	cmd := exec.Command("/bin/true")
	if _, err := Start(answer(abi.RetKillProcess, unix.SYS_EXECVE), Options{}, cmd); err != nil {
		failf("Start: %v", err)
	}
	cmd.Wait()
	if s := cmd.ProcessState.Sys().(syscall.WaitStatus); s.Signal() != unix.SIGSYS {
		failf("a filter that kills at execve: %v, want SIGSYS", cmd.ProcessState)
	}
	wantNothingLeft("after all", openFiles())
}

// What the kernel says of the program comes back, and what os/exec says first.
func caseStartRefused() {
	bad := []bpf.RawInstruction{{Op: abi.ModeABS, K: abi.DataNr}}
	wantStartError("bad program", bad, Options{}, exec.Command("/bin/true"), "seccomp(SECCOMP_SET_MODE_FILTER, 0)", unix.EINVAL)
	if !privileged() {
		wantStartError("AllowNewPrivs", retAllow(1), Options{AllowNewPrivs: true}, exec.Command("/bin/true"), "seccomp(SECCOMP_SET_MODE_FILTER, 0)", unix.EACCES)
	}
	// What the caller has chosen stays, and what os/exec may be reading.
	patient, cancelable := exec.Command("/bin/true"), exec.CommandContext(context.Background(), "/bin/true")
	patient.WaitDelay = time.Minute
	for _, cmd := range []*exec.Cmd{patient, cancelable} {
		want := cmd.WaitDelay
		wantStartError("bad program", bad, Options{}, cmd, "seccomp(SECCOMP_SET_MODE_FILTER, 0)", unix.EINVAL)
		if cmd.WaitDelay != want {
			failf("WaitDelay is %v after Start, want %v", cmd.WaitDelay, want)
		}
	}
	traced := exec.Command("/bin/true")
	traced.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	wantStartError("Ptrace", retAllow(1), Options{}, traced, "install.Start", unix.EINVAL)
	root := exec.Command("/bin/true")
	root.SysProcAttr = &syscall.SysProcAttr{Chroot: os.TempDir()}
	if privileged() {
		wantStartError("Chroot", retAllow(1), Options{}, root, "fork/exec /proc/self/exe", unix.ENOENT)
	}

	files := openFiles()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	started := exec.Command("/bin/true")
	if err := started.Run(); err != nil {
		failf("%v", err)
	}
	nul := exec.Command("/bin/true")
	nul.Env = []string{"A=\x00"}
	nowhere := exec.Command("/bin/true")
	nowhere.Dir = "/no/such/directory"
	for _, cmd := range []*exec.Cmd{
		exec.Command("no-such-command"),
		{},
		exec.CommandContext(ctx, "/bin/true"),
		started,
		nul,
		nowhere,
	} {
		twin := *cmd //nolint:govet // only to ask for the same error
		want := twin.Start()
		_, err := Start(retAllow(1), Options{}, cmd)
		if err == nil || want == nil || err.Error() != want.Error() {
			failf("Start of %+v: %v, want %v", cmd.Args, err, want)
		}
		wantNothingLeft(err.Error(), files)
	}
}

// Start tells a main without Child: before anything runs, if it can.
func caseStartNoChild() {
	childCalled.Store(false)
	e := wantStartError("not called", retAllow(1), Options{}, exec.Command("/bin/true"), "install.Start", 0)
	if !errors.Is(e, ErrNoChild) {
		failf("errors.Is(%v, ErrNoChild) = false", e)
	}
	childCalled.Store(true)

	files := openFiles()
	command := func(ctx context.Context, until string) *exec.Cmd {
		cmd := exec.CommandContext(ctx, "/bin/true")
		cmd.Env = append(os.Environ(), childlessEnv+"="+until)
		cmd.Stdout = &bytes.Buffer{}
		return cmd
	}
	const silent = "install.Start: the child ended before install.Child reported: "
	const advice = " (call it first in main, whatever the arguments)"
	for _, tt := range []struct {
		until    string
		canceled bool
		within   time.Duration
		errno    syscall.Errno
		noChild  bool
		want     string
	}{
		{"exit", false, time.Minute, 0, true, silent + "exit status 3" + advice},
		{"never", false, 100 * time.Millisecond, unix.ETIMEDOUT, true, "install.Start: the child has not called install.Child within 100ms" + advice},
		{"never", true, time.Minute, 0, false, "install.Start: context canceled"},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		cmd := command(ctx, tt.until)
		if tt.canceled { // when it runs
			time.AfterFunc(3*time.Second, cancel)
		}
		l := &launch{insns: retAllow(abi.MaxInsns), path: "/bin/true", argv: []string{"true"}}
		_, err := l.start(cmd, tt.within)
		cancel()
		var e *Error
		if !errors.As(err, &e) || e.Errno != tt.errno || errors.Is(err, ErrNoChild) != tt.noChild {
			failf("%s: Start: %v, want errno %d, ErrNoChild %t", tt.until, err, int(tt.errno), tt.noChild)
		}
		if e.Error() != tt.want || tt.canceled != errors.Is(err, context.Canceled) {
			failf("error %q, want %q; errors.Is(err, context.Canceled) = %t", e, tt.want, errors.Is(err, context.Canceled))
		}
		wantNothingLeft(err.Error(), files)
	}
}

// Whoever poses as Start gets nothing by it: not from a program that gains
// privileges.
func caseChildAlone() {
	binary, err := os.ReadFile(self)
	if err != nil {
		failf("%v", err)
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("seccompile-install-child-%d", os.Getpid()))
	defer os.Remove(file)
	if err := errors.Join(os.WriteFile(file, binary, 0o755), os.Chmod(file, 0o755|os.ModeSetuid)); err != nil {
		failf("%v", err)
	}
	pose := func(path string, cred *syscall.Credential) string {
		ours, theirs, err := socketPair()
		if err != nil {
			failf("%v", err)
		}
		text, err := (&launch{insns: retAllow(1), path: "/bin/echo", argv: []string{"echo", "executed"}}).marshal()
		if err != nil {
			failf("%v", err)
		}
		ours.Write(text)
		cmd := &exec.Cmd{Path: path, Args: []string{childName, "3"}, ExtraFiles: []*os.File{theirs}, SysProcAttr: &syscall.SysProcAttr{Credential: cred}}
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	if got := pose(file, nil); got != "executed\n" {
		failf("a child without privileges to gain says %q", got)
	}
	const want = "install.Child: a program that gains privileges when it is executed cannot be its own child\n"
	if !privileged() {
		return
	}
	if got := pose(file, &syscall.Credential{Uid: nobody, Gid: nobody}); got != want {
		failf("a child that is set-user-ID says %q, want %q", got, want)
	}
	cmd := &exec.Cmd{Path: self, Args: []string{childName, "999"}}
	if out, err := cmd.CombinedOutput(); err == nil || string(out) != "install.Child: read from the parent: bad file descriptor\n" {
		failf("a child of nobody: %v, %q", err, out)
	}
}

// Commands can be started at once, from any thread.
func caseStartAtOnce() {
	before := current()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			cmd := exec.Command("/bin/grep", "-q", "^Seccomp:.2", "/proc/self/status")
			if _, err := Start(refuseGetppid, Options{}, cmd); err != nil {
				failf("Start: %v", err)
			}
			if err := cmd.Wait(); err != nil {
				failf("Wait: %v", err)
			}
		})
	}
	wg.Wait()
	wantState("after all", before)
}

// A long environment is no matter for the filtered thread.
func caseStartLong() {
	cmd := exec.Command("/bin/true")
	cmd.Env = []string{}
	for i := range 10000 {
		cmd.Env = append(cmd.Env, fmt.Sprintf("V%d=%s", i, strings.Repeat("x", 100)))
	}
	if _, err := Start(tight, Options{}, cmd); err != nil {
		failf("Start: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		failf("Wait: %v", err)
	}
}
