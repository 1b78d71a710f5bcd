package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestMain makes this program one that mounts the share cache at MOUNT_AT, after chroot(2)
// to MOUNT_ROOT, or types into the terminal if TYPE is set, and says how.
func TestMain(m *testing.M) {
	at, root := os.Getenv("MOUNT_AT"), os.Getenv("MOUNT_ROOT")
	switch {
	case os.Getenv("TYPE") != "":
		all := ^uintptr(0)
		high := all >> 31 << 31 << 1 // the bits of an argument that the kernel ignores
		for _, request := range []uintptr{unix.TIOCSTI, unix.TIOCSTI | high, unix.TIOCLINUX} {
			b := []byte("x")
			_, _, errno := unix.Syscall(unix.SYS_IOCTL, 0, request, uintptr(unsafe.Pointer(&b[0])))
			fmt.Println(errno)
		}
	case at == "":
		os.Exit(m.Run())
	case root != "":
		if err := unix.Chroot(root); err != nil {
			fmt.Println(err)
		}
		fallthrough
	default:
		fmt.Println(unix.Mount("cache", at, "share", 0, ""))
	}
}

// build returns a directory that everybody can read, with the program as mounts and this
// test as call. It skips the test if the machine cannot run the program.
func build(t *testing.T) (dir string) {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("the supervisor mounts as root")
	}
	namespace := exec.Command("true")
	namespace.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	if err := namespace.Run(); err != nil {
		t.Skip("user namespaces: ", err)
	}
	if err := unix.MountSetattr(-1, "", 0, &unix.MountAttr{}); err == unix.ENOSYS {
		t.Skip("the supervisor needs Linux 5.12")
	}
	dir, err := os.MkdirTemp("", "mounts")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // nobody executes the program
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, "mounts"), ".").CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	self, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "call"), self, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// output runs a command in a directory, for a minute at most.
func output(t *testing.T, dir string, cmd *exec.Cmd, env ...string) (out string, status int) {
	t.Helper()
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), env...)
	cmd.Dir = dir
	timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer timeout.Stop()
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// TestMounts: shares are mounted read-only, in the command's namespace alone, and all other
// mounts are what they are without a supervisor.
func TestMounts(t *testing.T) {
	dir := build(t)
	path := filepath.Join(dir, "mounts")
	cache, at := filepath.Join(dir, "data"), filepath.Join(dir, "at")
	for _, d := range []string{cache, at} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(cache, "file"), []byte("shared\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{"secret": 0o700, "root/at": 0o755} {
		if err := os.MkdirAll(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "secret", "there"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, script string
		want         string // in the output
		status       int
	}{
		{"share", "mount -t share cache $AT && cat $AT/file", "shared\n", 0},
		{"read-only", "mount -t share cache $AT && touch $AT/new", "Read-only file system", 1},
		{"remount", "mount -t share cache $AT && mount -o remount,bind,rw $AT", "permission denied", 32},
		{"bind", "mount -t share cache $AT && mount --bind $AT $AT && touch $AT/new", "Read-only file system", 1},
		{"nobody", "id -u && cat /etc/shadow", "0\ncat: /etc/shadow: Permission denied\n", 1},
		{"unknown", "mount -t share other $AT", "unknown filesystem type", 32},
		{"nowhere", "mount -t share cache $AT/none", "mount point does not exist", 32},
		{"call", "MOUNT_AT=$AT ./call", "<nil>\n", 0},
		{"relative", "MOUNT_AT=at ./call", "invalid argument\n", 0},
		{"out of the namespace", "MOUNT_AT=/proc/$TEST/root$AT ./call", "too many levels of symbolic links\n", 0},
		{"link", "MOUNT_AT=$PWD/link ./call", "too many levels of symbolic links\n", 0},
		{"supervisor's", "mount --bind /proc $AT && MOUNT_AT=$AT/self/task ./call", "too many levels of symbolic links\n", 0},
		{"unseen directory", "MOUNT_AT=$PWD/secret/there ./call", "permission denied\n", 0},
		{"unseen, not there", "MOUNT_AT=$PWD/secret/none ./call", "permission denied\n", 0},
		{"in a root", "MOUNT_ROOT=$PWD/root MOUNT_AT=/at ./call && cat root/at/file", "<nil>\nshared\n", 0},
		{"out of a root", "MOUNT_ROOT=$PWD/root MOUNT_AT=/../../at ./call && cat root/at/file", "<nil>\nshared\n", 0},
		{"not in a root", "MOUNT_ROOT=$PWD/root MOUNT_AT=$AT ./call", "no such file or directory\n", 0},
		{"its own", "mount -t tmpfs none $AT && touch $AT/new && ls $AT", "new\n", 0},
		{"not its own", "mount -t proc none $AT", "permission denied", 32},
		{"status", "exit 7", "", 7},
		{"killed", "kill -KILL $$", "killed by SIGKILL\n", 128 + 9},
		{"by the filter", "kill -SYS $$", "killed by SIGSYS, which is how a filter kills\n", 128 + 31},
	} {
		cmd := exec.Command(path, "-share", "cache="+cache, "--", "sh", "-c", tt.script)
		out, status := output(t, dir, cmd, "AT="+at, "TEST="+strconv.Itoa(os.Getpid()))
		if !strings.Contains(out, tt.want) || status != tt.status {
			t.Errorf("%s: %q, status %d, want %q, %d", tt.name, out, status, tt.want, tt.status)
		}
	}
	if after, err := os.Stat(at); err != nil || !os.SameFile(before, after) {
		t.Errorf("outside of the namespace %s has changed, %v", at, err)
	}
}

// TestShared: what the command mounts in a share, or unmounts there, is the command's alone,
// though this machine's mounts are shared; and mounts below a share are not in it.
func TestShared(t *testing.T) {
	dir := build(t)
	const machine = `set -e
mount --make-rprivate /
mkdir shared at
mount -t tmpfs none shared
mount --make-shared shared
mkdir shared/below shared/empty
touch shared/below/hidden
mount -t tmpfs none shared/below
touch shared/below/file
./mounts -share cache=$PWD/shared -- sh -c "$COMMAND" || echo status $?
grep -c " $PWD/shared" /proc/self/mountinfo
ls shared/below shared/empty`
	for _, tt := range []struct{ name, command, want string }{
		{"mount", "mount -t share cache at && mount -t tmpfs none at/empty && touch at/empty/new && ls at/empty", "new\n2\nshared/below:\nfile\n\nshared/empty:\n"},
		{"unmount", "mount -t share cache at && umount at/below", "umount: at/below: not mounted.\nstatus 32\n2\nshared/below:\nfile\n\nshared/empty:\n"},
		{"below", "mount -t share cache at && ls at/below", "hidden\n2\nshared/below:\nfile\n\nshared/empty:\n"},
	} {
		cmd := exec.Command("sh", "-c", machine)
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		out, status := output(t, dir, cmd, "COMMAND="+tt.command)
		if out != tt.want || status != 0 {
			t.Errorf("%s: %q, status %d, want %q", tt.name, out, status, tt.want)
		}
		for _, d := range []string{"shared", "at"} {
			if err := os.Remove(filepath.Join(dir, d)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestTerminal: the command cannot type into the terminal that the caller gave it.
func TestTerminal(t *testing.T) {
	dir := build(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	cmd := exec.Command("./mounts", "--", "./call")
	cmd.Stdin = terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	out, status := output(t, dir, cmd, "TYPE=1")
	if want := strings.Repeat("operation not permitted\n", 3); out != want || status != 0 {
		t.Errorf("%q, status %d, want %q", out, status, want)
	}
}

// TestEnds: a command does not outlive the program that answers its calls.
func TestEnds(t *testing.T) {
	dir := build(t)
	for _, sent := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		cmd := exec.Command("./mounts", "--", "sleep", "61.1234")
		cmd.Dir = dir
		out, err := cmd.StdoutPipe() // which the command keeps
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		for end := time.Now().Add(30 * time.Second); childOf(t, cmd.Process.Pid) != "sleep"; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the command is not started")
			}
		}
		begin := time.Now()
		cmd.Process.Signal(sent)
		io.Copy(io.Discard, out)
		cmd.Wait()
		timeout.Stop()
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%v: the command lives on for %s", sent, took)
		}
	}
}

// childOf returns the name of the child of a process, "" if it has none.
func childOf(t *testing.T, pid int) string {
	t.Helper()
	list, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		child, _ := os.ReadFile(file)
		if comm, err := os.ReadFile("/proc/" + strings.TrimSpace(string(child)) + "/comm"); err == nil {
			return strings.TrimSpace(string(comm))
		}
	}
	return ""
}

func TestFlags(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mounts")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	for _, share := range []string{"cache", "cache=relative", "cache="} {
		if out, err := exec.Command(path, "-share", share, "--", "true").CombinedOutput(); err == nil || !strings.Contains(string(out), "want NAME=DIR") {
			t.Errorf("-share %s: %q, %v", share, out, err)
		}
	}
}
