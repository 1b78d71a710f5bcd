package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A nodeProcess is what /proc says of a process that runs a program.
type nodeProcess struct {
	pid      int
	start    string // when it started, in the kernel's ticks: with the pid it is one process
	name     string
	place    place
	cgroups  []string      // the paths of all hierarchies
	nested   bool          // it is in a PID namespace below that of /proc
	space    string        // this namespace, "" if it cannot be told
	threads  []nodeThread  // the first one first
	fault    string        // why what it may call is not known; "" if it is
	ended    bool          // meanwhile
	confined []confinement // of its threads, without repetitions
}

// A nodeThread is a thread that has not ended.
type nodeThread struct {
	tid     int
	mode    int // of seccomp
	filters int // how many, -1 if the kernel does not tell (before Linux 5.9)
}

// kthread is PF_KTHREAD (include/linux/sched.h), in the flags of /proc/PID/stat.
const kthread = 0x00200000

// survey returns the processes in a directory like /proc, by pid. Kernel threads, processes
// that end meanwhile, and those that only wait for their parent are left out.
func survey(proc string) (list []nodeProcess, err error) {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid < 1 {
			continue
		}
		p, kernel, err := readProcess(proc, pid)
		switch {
		case gone(err):
		case err != nil:
			p.fault = err.Error()
			list = append(list, p)
		case !kernel && len(p.threads) > 0:
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s lists no processes (is it mounted?)", proc)
	}
	slices.SortFunc(list, func(a, b nodeProcess) int { return cmp.Compare(a.pid, b.pid) })
	return list, nil
}

// gone reports whether an error is that a process or a thread has ended.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

// readProcess returns what a directory like /proc says of a process, and whether it is a
// thread of the kernel.
func readProcess(proc string, pid int) (p nodeProcess, kernel bool, err error) {
	p.pid = pid
	dir := filepath.Join(proc, strconv.Itoa(pid))
	if p.start, kernel, err = readStat(dir); kernel || err != nil {
		return p, kernel, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil {
		return p, false, err
	}
	p.name = string(bytes.TrimSuffix(text, []byte("\n")))
	if p.threads, err = readThreads(dir, pid); err != nil || len(p.threads) == 0 {
		return p, false, err
	}
	// The first thread may have ended: it is in the root of cgroups of version 1 then, and in
	// no namespace (kernel/cgroup/cgroup.c, cgroup_exit; kernel/nsproxy.c, exit_task_namespaces).
	alive := filepath.Join(dir, "task", strconv.Itoa(p.threads[0].tid))
	if text, err = os.ReadFile(filepath.Join(alive, "cgroup")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, false, err // kernels without CONFIG_CGROUPS lack it
	}
	p.place, p.cgroups = placeOf(string(text)), cgroupPaths(string(text))
	if text, err = os.ReadFile(filepath.Join(dir, "status")); err != nil {
		return p, false, err
	}
	for line := range strings.Lines(string(text)) {
		if pids, ok := strings.CutPrefix(line, "NSpid:"); ok { // since Linux 4.1
			p.nested = len(strings.Fields(pids)) > 1
		}
	}
	p.space, _ = os.Readlink(filepath.Join(alive, "ns", "pid"))
	return p, false, nil
}

// readStat returns when the process of a directory has started, and whether it is a thread
// of the kernel.
func readStat(dir string) (start string, kernel bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return "", false, err
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // from the third on
	if len(fields) < 20 {
		return "", false, fmt.Errorf("%s: %d fields after the name, want 20 or more", filepath.Join(dir, "stat"), len(fields))
	}
	flags, err := strconv.ParseUint(string(fields[6]), 10, 32)
	if err != nil {
		return "", false, fmt.Errorf("%s: flags: %w", filepath.Join(dir, "stat"), err)
	}
	return string(fields[19]), flags&kthread != 0, nil
}

// readThreads returns the threads of a process that have not ended, by ID, the first one
// first.
func readThreads(dir string, pid int) (list []nodeThread, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, "task"))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		name := filepath.Join(dir, "task", e.Name(), "status")
		text, err := os.ReadFile(name)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		t, ended, err := parseThread(tid, string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if !ended {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b nodeThread) int {
		switch pid {
		case a.tid:
			return -1
		case b.tid:
			return 1
		}
		return cmp.Compare(a.tid, b.tid)
	})
	return list, nil
}

// parseThread reads the status of a thread (fs/proc/array.c, proc_pid_status).
func parseThread(tid int, text string) (t nodeThread, ended bool, err error) {
	t = nodeThread{tid: tid, mode: -1, filters: -1}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "State":
			ended = strings.HasPrefix(value, "Z") || strings.HasPrefix(value, "X")
		case "Seccomp":
			t.mode, err = strconv.Atoi(value)
		case "Seccomp_filters":
			t.filters, err = strconv.Atoi(value)
		}
		if err != nil {
			return t, ended, fmt.Errorf("%s: %w", key, err)
		}
	}
	if t.mode < 0 {
		return t, ended, errors.New("no line Seccomp (the kernel is built without CONFIG_SECCOMP)")
	}
	return t, ended, nil
}

// filterCounts returns how many filters the threads of a process have, without repetitions.
func (p *nodeProcess) filterCounts() []int {
	counts := []int{}
	for _, t := range p.threads {
		n := t.filters
		if t.mode == 0 {
			n = 0
		}
		if !slices.Contains(counts, n) {
			counts = append(counts, n)
		}
	}
	slices.Sort(counts)
	return counts
}
