package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

var cases = []struct {
	name string
	run  func()
	root bool // only root can
}{
	{"threads", caseThreads, false},
	{"fork", caseFork, false},
	{"exec", caseExec, false},
	{"same", caseSame, false},
	{"stop", caseStop, false},
	{"signals", caseSignals, false},
	{"yield", caseYield, false},
	{"leader end", caseLeaderEnd, false},
	{"kill", caseKill, false},
	{"filter", caseFilter, false},
	{"namespace", caseNamespace, true},
	{"32 bits", case32Bits, false},
	{"attach calls", caseAttachCalls, false},
	{"attach waits", caseAttachWaits, false},
	{"attach follows", caseAttachFollows, false},
	{"attach missed", caseAttachMissed, false},
	{"attach same", caseAttachSame, false},
	{"attach shell", caseAttachShell, false},
	{"attach stopped", caseAttachStopped, false},
	{"attach ends", caseAttachEnds, false},
	{"attach errors", caseAttachErrors, false},
	{"attach others", caseAttachOthers, false},
	{"attach 32 bits", caseAttach32Bits, false},
	{"tracer killed", caseTracerKilled, false},
	{"daemon", caseDaemon, false},
	{"context", caseContext, false},
	{"panic", casePanic, false},
	{"others", caseOthers, false},
	{"errors", caseErrors, false},
}

// caseThreads: no call is lost and none comes twice.
func caseThreads() {
	m, err := traced(target("threads"))
	wantStatus("threads", err, 0)
	if m.total != manyThreads*manyCalls || len(m.processes) != 1 || len(m.threads) != manyThreads {
		failf("%d marked calls of %d processes and %d threads, want %d of 1 and %d", m.total, len(m.processes), len(m.threads), manyThreads*manyCalls, manyThreads)
	}
	self, err := os.Readlink(selftest.Self)
	must("readlink", err)
	if m.executables[self] != m.total {
		failf("executables %v, want %s alone", m.executables, self)
	}
}

// caseFork: processes are traced from their first call on.
func caseFork() {
	m, err := traced(target("fork"))
	wantStatus("fork", err, 0)
	if m.total != 100 || len(m.processes) != 10 {
		failf("%d marked calls of %d processes, want 100 of 10", m.total, len(m.processes))
	}
	for pid := range m.processes {
		if m.threads[pid] != 10 && len(m.threads) < 10 {
			failf("process %d: threads %v", pid, m.threads)
		}
	}
}

// caseExec: a thread that executes a program becomes the first of its process.
func caseExec() {
	cmd := target("exec")
	m, err := traced(cmd)
	wantStatus("exec", err, 9)
	pid := cmd.Process.Pid
	if len(m.processes) != 1 || m.processes[pid] != m.total || m.threads[pid] != 10 {
		failf("marked calls: processes %v, first thread %d, want process %d alone and 10", m.processes, m.threads[pid], pid)
	}
	if n := m.total - 10; n < 10 || n > 10*manyThreads {
		failf("%d marked calls before the execve", n)
	}
}

// caseSame: commands end and print as without a tracer, and the first call of each is its
// own, not that of the child that becomes it.
func caseSame() {
	for _, script := range []string{
		"exit 0", "exit 3",
		"echo a | cat | wc -c; (exit 7)",
		"kill -TERM $$", "kill -KILL $$", "kill -SEGV $$", "ulimit -c 0; kill -QUIT $$",
		"trap 'echo caught' USR1; kill -USR1 $$; echo after",
		"(exit 4) & wait $!; echo $?; sh -c 'kill -HUP $$'; echo $?",
		"set -m; (kill -STOP $(exec sh -c 'echo $PPID'); echo on) & sleep 0.2; jobs | sed 's/ .*//'; kill -CONT $!; wait $!; echo $?",
		"cat; echo err >&2; ls /proc/self/fd; umask; ulimit -n",
		"exec nosuchcommand",
	} {
		type result struct {
			Out, Err string
			Status   syscall.WaitStatus
		}
		run := func(start func(cmd *exec.Cmd) error) result {
			var out, errs bytes.Buffer
			cmd := exec.Command("sh", "-c", script)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("in\n"), &out, &errs
			err := start(cmd)
			if cmd.ProcessState == nil {
				failf("%s: %v", script, err)
			}
			if (err == nil) != cmd.ProcessState.Success() {
				failf("%s: error %v of %v", script, err, cmd.ProcessState)
			}
			return result{out.String(), errs.String(), cmd.ProcessState.Sys().(syscall.WaitStatus)}
		}
		want := run((*exec.Cmd).Run)
		var m *marks
		got := run(func(cmd *exec.Cmd) (err error) {
			m, err = traced(cmd)
			return err
		})
		if got != want {
			failf("%s:\ntraced     %+v\nnot traced %+v", script, got, want)
		}
		sh, err := exec.LookPath("sh")
		must("sh", err)
		sh, err = filepath.EvalSymlinks(sh)
		must("sh", err)
		if m.first.Executable != sh || m.calls < 10 {
			failf("%s: %d calls, the first is %+v, want one of %s", script, m.calls, m.first, sh)
		}
	}
}

// sameOutput ends the case unless a target prints the same with and without a tracer.
func sameOutput(name string) {
	cmd := target(name)
	want, err := cmd.Output()
	must(name, err)
	var out bytes.Buffer
	cmd = target(name)
	cmd.Stdout = &out
	m, err := traced(cmd)
	wantStatus(name, err, 0)
	if out.String() != string(want) || len(want) == 0 || m.calls == 0 {
		failf("%s: it prints\n%swant\n%s", name, out.Bytes(), want)
	}
}

func caseStop()    { sameOutput("stop") }
func caseSignals() { sameOutput("signals") }

// caseYield: threads that are always ready do not hold up others.
func caseYield() {
	m, err := traced(target("yield"))
	wantStatus("yield", err, 0)
	fmt.Fprintf(os.Stderr, "%d calls, %d of them marked\n", m.calls, m.total)
	if m.total != manyCalls {
		failf("%d marked calls, want %d", m.total, manyCalls)
	}
}

func caseLeaderEnd() {
	m, err := traced(target("leaderend"))
	wantStatus("leaderend", err, 6)
	if m.total != manyCalls {
		failf("%d marked calls, want %d", m.total, manyCalls)
	}
}

func caseKill() {
	m, err := traced(target("kill"))
	wantStatus("kill", err, 0)
	if m.total < 20 || len(m.processes) != 20 {
		failf("%d marked calls of %d processes, want 20 or more of 20", m.total, len(m.processes))
	}
}

// caseFilter: of calls that a filter of the program's own refuses there is only its
// installation.
func caseFilter() {
	m, err := traced(target("filter"))
	wantStatus("filter", err, 0)
	if m.total != 10 || m.nativeNumbers[unix.SYS_SECCOMP] == 0 {
		failf("%d marked calls, want 10; %d of seccomp", m.total, m.nativeNumbers[unix.SYS_SECCOMP])
	}
}

// caseNamespace: the thread is found in a PID namespace of its own.
func caseNamespace() {
	cmd := target("threads")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	m, err := traced(cmd)
	wantStatus("namespace", err, 0)
	if m.total != manyThreads*manyCalls || m.processes[cmd.Process.Pid] != m.total {
		failf("%d marked calls of processes %v", m.total, m.processes)
	}
}

// caseTracerKilled: what it has traced ends with a tracer, whatever ends that.
func caseTracerKilled() {
	cmd := target("tracing")
	out, err := cmd.StdoutPipe()
	must("pipe", err)
	must("start", cmd.Start())
	var pids [2]int
	_, err = fmt.Fscan(out, &pids[0], &pids[1])
	must("IDs", err)
	must("kill", cmd.Process.Kill())
	cmd.Wait()
	wantGone(pids[:]...)
}

// wantGone ends the case unless processes end.
func wantGone(pids ...int) {
	for _, pid := range pids {
		gone := selftest.Eventually(func() bool {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			return err != nil || containsZombie(string(text)) // whose parent does not wait
		})
		if !gone {
			failf("process %d is left", pid)
		}
	}
}

// caseDaemon: what outlives the command is traced to its end.
func caseDaemon() {
	dir, err := os.MkdirTemp("", "trace")
	must("directory", err)
	defer os.RemoveAll(dir)
	cmd := exec.Command("sh", "-c", "(sleep 0.3; echo late >late) & exit 4")
	cmd.Dir = dir
	_, err = traced(cmd)
	wantStatus("daemon", err, 4)
	text, err := os.ReadFile(filepath.Join(dir, "late"))
	must("late", err)
	if string(text) != "late\n" {
		failf("late: %q", text)
	}
}

// caseContext: all processes end with the context, before and after the command.
func caseContext() {
	for _, script := range []string{"sleep 1000 & echo $! >&3; wait", "sleep 1000 & echo $! >&3"} {
		ctx, cancel := context.WithCancelCause(context.Background())
		r, w, err := os.Pipe()
		must("pipe", err)
		cmd := exec.Command("sh", "-c", script)
		cmd.ExtraFiles = []*os.File{w}
		why := errors.New("why")
		pid := make(chan int, 1)
		go func() {
			b := make([]byte, 20)
			n, _ := r.Read(b)
			p, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
			time.Sleep(50 * time.Millisecond)
			pid <- p
			cancel(why)
		}()
		if err := Run(ctx, AllCalls(), install.Options{}, cmd, func(*Call) {}); err != why {
			failf("%s: error %v, want that of the context", script, err)
		}
		wantGone(<-pid)
		called := false
		if err := Run(ctx, AllCalls(), install.Options{}, exec.Command("true"), func(*Call) { called = true }); err != why || called {
			failf("a context that has ended: error %v, handler called %t", err, called)
		}
	}
}

// casePanic: a panic of the handler goes through, as runtime.Goexit does, and leaves no
// process.
func casePanic() {
	const script = "f() { while true; do /bin/true | /bin/true; done; }; f & f & f & f"
	for i, end := range []func(){func() { panic("why") }, runtime.Goexit, func() { panic("why") }, func() { panic("why") }} {
		n, last := 0, 2000+100*i
		recovered := make(chan any)
		go func() {
			defer func() { recovered <- recover() }()
			Run(context.Background(), AllCalls(), install.Options{}, exec.Command("sh", "-c", script), func(*Call) {
				if n++; n == last {
					end()
				}
			})
			failf("Run returns")
		}()
		if v := <-recovered; v != nil && v != "why" {
			failf("recover returns %v", v)
		}
		if n != last {
			failf("%d calls, want %d: none after the panic", n, last)
		}
		if list := openTracees(); len(list) > 0 {
			failf("processes %v are left", list)
		}
	}
}

// caseOthers: several runs, and commands that are not traced, do not disturb each other.
func caseOthers() {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			m := newMarks()
			err := Run(context.Background(), AllCalls(), install.Options{}, target("executed"), m.handle)
			wantStatus("traced", err, 9)
			if m.total != 10 {
				failf("%d marked calls, want 10", m.total)
			}
		})
		wg.Go(func() {
			for range 20 {
				wantStatus("not traced", exec.Command("sh", "-c", "exit 5").Run(), 5)
			}
		})
	}
	wg.Wait()
	if a, _ := actionOf(unix.SIGCHLD); a.flags&saNoCldStop != 0 {
		failf("SIGCHLD stays as it was while there were tracees")
	}
}

func caseErrors() {
	none := func(*Call) {}
	kill := []bpf.RawInstruction{{Op: abi.ClassRET, K: abi.RetKillProcess}}
	listener := install.Options{Flags: abi.FlagNewListener}
	for _, tt := range []struct {
		what   string
		insns  []bpf.RawInstruction
		o      install.Options
		cmd    *exec.Cmd
		handle func(*Call)
		is     error  // if not nil
		text   string // a part of it
	}{
		{"no handler", AllCalls(), install.Options{}, exec.Command("true"), nil, unix.EINVAL, "trace.Run: no handler"},
		{"no such command", AllCalls(), install.Options{}, nil, none, unix.EINVAL, "no command"},
		{"no filter", nil, install.Options{}, exec.Command("true"), none, unix.EINVAL, "0 instructions"},
		{"listener", AllCalls(), listener, exec.Command("true"), none, unix.EINVAL, "a traced command has no listener"},
		{"not found", AllCalls(), install.Options{}, exec.Command("nosuchcommand"), none, exec.ErrNotFound, ""},
		{"no file", AllCalls(), install.Options{}, &exec.Cmd{Path: "/nosuchfile"}, none, unix.ENOENT, "execve(/nosuchfile)"},
		{"no program", AllCalls(), install.Options{}, &exec.Cmd{Path: "/etc/passwd"}, none, unix.EACCES, "execve(/etc/passwd)"},
		{"refused execve", []bpf.RawInstruction{{Op: abi.ClassRET, K: abi.RetErrno | uint32(unix.EDOM)}}, install.Options{}, exec.Command("true"), none, unix.EDOM, "execve("},
		{"killed execve", kill, install.Options{}, exec.Command("true"), none, nil, "signal: bad system call"},
		{"two filters", AllCalls(), install.Options{Before: [][]bpf.RawInstruction{AllCalls()}}, exec.Command("false"), none, nil, "exit status 1"},
	} {
		err := Run(context.Background(), tt.insns, tt.o, tt.cmd, tt.handle)
		if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) {
			failf("%s: error %v, want %v, %q", tt.what, err, tt.is, tt.text)
		}
		if list := openTracees(); len(list) > 0 {
			failf("%s: processes %v are left", tt.what, list)
		}
	}
	// A thread has one tracer.
	cmd := target("tracing")
	cmd.Stderr = nil
	var out bytes.Buffer
	cmd.Stderr = &out
	_, err := traced(cmd)
	wantStatus("a tracer in a traced program", err, 1)
	if !strings.Contains(out.String(), "it has ended: ptrace(PTRACE_SEIZE, ") || !strings.Contains(out.String(), "the child has a tracer already") {
		failf("a tracer in a traced program: %s", out.Bytes())
	}
}

// case32Bits: calls of a program of 32 bits have its ABI.
func case32Bits() {
	path, getppid, exit, remove := program32()
	defer remove()
	// The shell is what makes the other ABI the second one.
	m, err := traced(exec.Command("sh", "-c", path+"; exit $?"))
	wantStatus("program32", err, 7)
	m.want32(getppid, exit)
}
