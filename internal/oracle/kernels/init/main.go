// Init is the first process of a guest that package kernels boots: it runs what /jobs says, tells on the
// console how each ended, and powers the guest off. A line of /jobs is a name, seconds, a directory and a
// command, with tabs between its words.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	start := time.Now()
	for _, m := range []struct {
		kind, dir string
	}{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}, {"tmpfs", "/run"}, {"tracefs", "/sys/kernel/tracing"}} {
		if err := unix.Mount(m.kind, m.dir, m.kind, 0, "mode=1777"); err != nil {
			if err = unix.Mount(m.kind, m.dir, m.kind, 0, ""); err != nil {
				fmt.Printf("init: mount %s: %v\n", m.dir, err)
			}
		}
	}
	for _, v := range []string{"PATH=/bin:/usr/bin:/sbin", "HOME=/tmp", "TMPDIR=/tmp"} {
		name, value, _ := strings.Cut(v, "=")
		os.Setenv(name, value)
	}
	var u unix.Utsname
	unix.Uname(&u)
	uptime, _ := os.ReadFile("/proc/uptime")
	seconds, _, _ := strings.Cut(string(uptime), " ")
	fmt.Printf("\nkernels: up %s %s\n", seconds, unix.ByteSliceToString(u.Release[:]))

	jobs, err := os.ReadFile("/jobs")
	if err != nil {
		fmt.Println("init:", err)
	}
	for line := range bytes.Lines(jobs) {
		run(strings.Split(strings.TrimSuffix(string(line), "\n"), "\t"))
	}
	fmt.Printf("\nkernels: done %.1f\n", time.Since(start).Seconds())
	time.Sleep(200 * time.Millisecond) // for the console to send it
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	// Machines without a power switch.
	unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	select {}
}

// run runs a job and prints how it ended. What outlives its seconds is killed, with its children.
func run(words []string) {
	if len(words) < 4 {
		fmt.Printf("\nkernels: end 0 %s not a job: %q\n", words[0], words)
		return
	}
	seconds, err := strconv.Atoi(words[1])
	if err != nil {
		fmt.Printf("\nkernels: end 0 %s not seconds: %v\n", words[0], err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
	defer cancel()
	fmt.Printf("\nkernels: run %s\n", words[0])
	start := time.Now()
	cmd := exec.CommandContext(ctx, words[3], words[4:]...)
	cmd.Dir = words[2]
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		tasks()
		return unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
	}
	cmd.WaitDelay = 2 * time.Second // for what left the group, or cannot be killed
	how := "ok"
	if err := cmd.Run(); ctx.Err() != nil {
		how = fmt.Sprintf("not done after %d s", seconds)
	} else if err != nil {
		how = err.Error()
	}
	fmt.Printf("\nkernels: end %.1f %s %s\n", time.Since(start).Seconds(), words[0], how)
}

// tasks prints where the kernel has each thread: of those that hang.
func tasks() {
	stacks, _ := filepath.Glob("/proc/[0-9]*/task/*/stack")
	for _, file := range stacks {
		stack, err := os.ReadFile(file)
		name, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if err == nil && len(name) > 0 { // the kernel's own threads have none
			fmt.Printf("%s %q:\n%s", filepath.Dir(file), name, stack)
		}
	}
}
