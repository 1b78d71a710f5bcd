package main

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// jailed runs a command in a mount and a PID namespace, so that nothing that it starts or
// mounts outlives it, and returns what it prints. It has a terminal, which runc's tests
// require, and cgroup2 at the path of runc, even if the machine has older cgroups.
// The command is killed after the limit.
func jailed(dir string, limit time.Duration, command ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	quoted := make([]string, len(command))
	for i, word := range command {
		quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", inner, "script", "-qefc", strings.Join(quoted, " "), os.DevNull)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=1", "TMPDIR="+filepath.Join(dir, "tmp"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, Pdeathsig: unix.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o755); err != nil {
		return nil, err
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		err = fmt.Errorf("not done after %s", limit)
	}
	return bytes.ReplaceAll(out.Bytes(), []byte("\r\n"), []byte("\n")), err
}

// inner is the first argument of this program, or of its test, in the namespaces of jailed.
const inner = "-jailed"

// ifJailed does not return in the namespaces of jailed. Each main calls it first.
func ifJailed() {
	if len(os.Args) > 2 && os.Args[1] == inner && os.Getpid() == 1 {
		fmt.Fprintln(os.Stderr, "runc:", enter(os.Args[2:]))
		os.Exit(125)
	}
}

// enter makes the mounts and executes the command. It returns only errors.
func enter(command []string) error {
	for _, m := range []struct {
		source, target, fstype string
		flags                  uintptr
	}{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"proc", "/proc", "proc", 0},
		{"none", "/sys/fs/cgroup", "cgroup2", 0},
	} {
		if err := unix.Mount(m.source, m.target, m.fstype, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	program, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	return unix.Exec(program, command, os.Environ())
}

// images writes the images that runc's tests otherwise download. That of Debian is empty,
// since no suite uses it.
func images(b *variant) error {
	root, err := busyboxRoot()
	if err != nil {
		return err
	}
	dir := filepath.Join(b.tree, "tests", "integration", "testdata")
	for name, text := range map[string][]byte{"busybox": root, "debian": nil} {
		if err := os.WriteFile(filepath.Join(dir, name+"-"+runtime.GOARCH+".tar.xz"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// busyboxRoot returns an archive of a root directory with this machine's busybox.
func busyboxRoot() ([]byte, error) {
	file, err := exec.LookPath("busybox")
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	applets, err := exec.Command(file, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("busybox --list: %w", err)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	put := func(h tar.Header, body []byte) {
		h.Size = int64(len(body))
		if err == nil {
			err = w.WriteHeader(&h)
		}
		if err == nil {
			_, err = w.Write(body)
		}
	}
	for _, dir := range []string{"bin", "dev", "etc", "home", "proc", "root", "sys", "tmp", "usr", "var"} {
		put(tar.Header{Typeflag: tar.TypeDir, Name: "./" + dir + "/", Mode: 0o755}, nil)
	}
	put(tar.Header{Name: "./bin/busybox", Mode: 0o755}, program)
	for name := range strings.Lines(string(applets)) {
		if name = path.Base(strings.TrimSpace(name)); name != "busybox" {
			put(tar.Header{Typeflag: tar.TypeSymlink, Name: "./bin/" + name, Linkname: "busybox", Mode: 0o777}, nil)
		}
	}
	put(tar.Header{Name: "./etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\n"))
	put(tar.Header{Name: "./etc/group", Mode: 0o644}, []byte("root:x:0:\n"))
	if err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}
