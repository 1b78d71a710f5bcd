package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain makes this program one that mounts the share cache at MOUNT_AT, and says how.
func TestMain(m *testing.M) {
	at := os.Getenv("MOUNT_AT")
	if at == "" {
		os.Exit(m.Run())
	}
	fmt.Println(unix.Mount("cache", at, "share", 0, ""))
}

// TestMounts: shares are mounted read-only, in the command's namespace alone, and all other
// mounts are what they are without a supervisor.
func TestMounts(t *testing.T) {
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
	path := filepath.Join(dir, "mounts")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%s%v", out, err)
	}
	self, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "call"), self, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	cache, at := filepath.Join(dir, "data"), filepath.Join(dir, "at")
	for _, d := range []string{cache, at} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(cache, "file"), []byte("shared\n"), 0o644); err != nil {
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
		{"out of the namespace", "MOUNT_AT=/proc/$TEST/root$AT ./call", "invalid argument\n", 0},
		{"its own", "mount -t tmpfs none $AT && touch $AT/new && ls $AT", "new\n", 0},
		{"not its own", "mount -t proc none $AT", "permission denied", 32},
		{"status", "exit 7", "", 7},
	} {
		cmd := exec.Command(path, "-share", "cache="+cache, "--", "sh", "-c", tt.script)
		cmd.Env = append(os.Environ(), "AT="+at, "TEST="+strconv.Itoa(os.Getpid()), "LC_ALL=C")
		cmd.Dir = dir
		timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		out, err := cmd.CombinedOutput()
		timeout.Stop()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if status := cmd.ProcessState.ExitCode(); !strings.Contains(string(out), tt.want) || status != tt.status {
			t.Errorf("%s: %q, status %d, want %q, %d", tt.name, out, status, tt.want, tt.status)
		}
	}
	if after, err := os.Stat(at); err != nil || !os.SameFile(before, after) {
		t.Errorf("outside of the namespace %s has changed, %v", at, err)
	}
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
