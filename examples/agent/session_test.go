package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// terminal returns a new terminal, whose other end stays open.
func terminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { slave.Close() })
	return slave
}

// typeEnv has a process type a letter into its terminal, and say how that went.
const typeEnv = "AGENT_TEST_TYPE"

func init() {
	if os.Getenv(typeEnv) == "" {
		return
	}
	letter := byte('x')
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		panic(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, 0, unix.TIOCSTI, uintptr(unsafe.Pointer(&letter)))
	fmt.Printf("own session %t, terminal %s, typed: %t\n", fields[3] == strconv.Itoa(os.Getpid()), fields[4], errno == 0)
	os.Exit(0)
}

// TestTerminal: a task has its input and output, and not its caller's terminal.
func TestTerminal(t *testing.T) {
	a := newAgent(t)
	for _, task := range []string{"web.task", "unconfined.task"} {
		slave := terminal(t)
		cmd := a.command("", "-task="+task, "--", os.Args[0])
		cmd.Env = append(os.Environ(), typeEnv+"=1")
		cmd.Stdin = slave
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
		out, err := cmd.Output()
		if want := "own session true, terminal 0, typed: false\n"; err != nil || string(out) != want {
			t.Errorf("%s: %q, %v, want %q", task, out, err, want)
		}
	}
}

// TestEnds: a signal that ends the agent ends the task with the processes of its group, and
// so does the end of the agent.
func TestEnds(t *testing.T) {
	a := newAgent(t)
	for _, task := range []string{"web.task", "unconfined.task"} {
		for _, tt := range []struct {
			signal syscall.Signal
			script string
			status int
		}{
			{syscall.SIGTERM, "sleep 60 & echo $!; wait", 128 + 15},
			{syscall.SIGINT, "sleep 60 & echo $!; wait", 128 + 15},
			{syscall.SIGTERM, "sleep 60 & trap 'exit 3' TERM; echo $!; wait", 3},
			{syscall.SIGTERM, "sleep 60 & trap 'exit 0' TERM; echo $!; wait", 0},
			{syscall.SIGKILL, "echo $$; exec sleep 60", -1},
		} {
			cmd := a.command("", "-task="+task, "--", "sh", "-c", tt.script)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
			line, err := bufio.NewReader(out).ReadString('\n')
			pid, _ := strconv.Atoi(strings.TrimSpace(line))
			if err != nil || pid < 2 {
				t.Fatalf("%s: %q, %v", tt.script, line, err)
			}
			cmd.Process.Signal(tt.signal)
			io.Copy(io.Discard, out) // until the task has ended
			cmd.Wait()
			timeout.Stop()
			if got := cmd.ProcessState.ExitCode(); got != tt.status {
				t.Errorf("%s, %v, %s: %v, want status %d", task, tt.signal, tt.script, cmd.ProcessState, tt.status)
			}
			for end := time.Now().Add(10 * time.Second); lives(pid); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Errorf("%s, %v, %s: process %d lives on", task, tt.signal, tt.script, pid)
					syscall.Kill(pid, syscall.SIGKILL)
					break
				}
			}
		}
	}
}

// lives reports whether a process runs.
func lives(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, state, _ := strings.Cut(string(text), ") ")
	return err == nil && !strings.HasPrefix(state, "Z")
}
