package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A process is what /proc has of a process that a log names.
type process struct {
	PID       int    `json:"pid,omitempty"`
	Comm      string `json:"comm,omitempty"` // as the log has it, like Exe
	Exe       string `json:"exe,omitempty"`
	Lives     bool   `json:"lives"`
	Container string `json:"container,omitempty"` // or the unit
	Reused    string `json:"reused,omitempty"`    // why its number may be another process's now
}

// findProcess looks the process of a denial up in a directory like /proc.
func findProcess(proc string, d denial) *process {
	p := &process{PID: d.pid, Comm: d.comm, Exe: d.exe, Container: d.where}
	if d.pid == 0 {
		return p
	}
	dir := filepath.Join(proc, strconv.Itoa(d.pid))
	comm, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil {
		return p
	}
	p.Lives = true
	if groups, err := os.ReadFile(filepath.Join(dir, "cgroup")); err == nil && p.Container == "" {
		p.Container = placeOf(string(groups)).String()
	}
	now := string(bytes.TrimSuffix(comm, []byte("\n")))
	exe, _ := os.Readlink(filepath.Join(dir, "exe"))
	exe = strings.TrimSuffix(exe, " (deleted)")
	switch start := startOf(proc, dir); {
	case d.at > 0 && start > d.at+2: // both are cut to whole seconds or less
		p.Reused = "it has started after the record"
	case d.exe != "" && exe != "" && strings.TrimSuffix(d.exe, " (deleted)") != exe:
		p.Reused = "it runs " + exe
	case d.comm != "" && d.comm != now && d.exe == "": // threads have names of their own
		p.Reused = "it is called " + now
	case d.comm == "" && d.exe == "":
		p.Reused = "the log does not say its name, and it is called " + now
	}
	return p
}

// order sorts processes: first those that live.
func (p process) order() int {
	switch {
	case p.Lives && p.Reused == "":
		return 0
	case p.Lives:
		return 1
	}
	return 2
}

// startOf returns when a process has started, in seconds since 1970, or 0.
func startOf(proc, dir string) float64 {
	stat, _ := os.ReadFile(filepath.Join(dir, "stat"))
	whole, _ := os.ReadFile(filepath.Join(proc, "stat"))
	_, after, ok := bytes.Cut(whole, []byte("\nbtime "))
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // from the third on
	if !ok || len(fields) < 20 {
		return 0
	}
	line, _, _ := bytes.Cut(after, []byte("\n"))
	boot, err := strconv.ParseFloat(string(line), 64)
	ticks, err2 := strconv.ParseFloat(string(fields[19]), 64)
	if err != nil || err2 != nil {
		return 0
	}
	return boot + ticks/100 // USER_HZ, on all ABIs of filters
}
