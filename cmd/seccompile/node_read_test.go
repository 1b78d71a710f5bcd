package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/seccompile/seccompile/install"
)

// TestReader: which threads are read, and what comes of those that cannot be.
func TestReader(t *testing.T) {
	allow, errno := returns(retAllow), returns(retErrno)
	proc := fakeNode(t)
	busy := filepath.Join(proc, "40/task/40/status")
	for _, tt := range []struct {
		name  string
		all   bool
		late  bool
		read  func(tid int) ([]install.Installed, error)
		pid   int
		stops []int
		want  string // how many confinements, or the fault
	}{
		{"threads that differ", false, false, func(tid int) ([]install.Installed, error) {
			return [][]install.Installed{{allow}, {allow}, nil, {allow, errno}}[tid-10], nil
		}, 10, []int{10, 13}, "2"},
		{"all threads", true, false, func(tid int) ([]install.Installed, error) {
			return [][]install.Installed{{allow}, {errno}, nil, {allow, errno}}[tid-10], nil
		}, 10, []int{10, 11, 13}, "3"},
		{"a fault of one thread", false, false, func(tid int) ([]install.Installed, error) {
			if tid == 13 {
				return nil, errors.New("traced already")
			}
			return []install.Installed{allow}, nil
		}, 10, []int{10, 13}, "traced already"},
		{"in time only", false, true, nil, 20, nil, "not read: reading has taken 1m0s (--cgroup and --pid narrow it)"},
		{"strict mode", false, false, nil, 50, nil, "1"},
		{"ended", false, false, func(int) ([]install.Installed, error) {
			fakeProc(t, proc, fakeProcess{20, "web", 0, "", "20", []string{"Z 2 1"}})
			return nil, errors.New("no process has this ID")
		}, 20, []int{20}, "ended"},
		{"another process has its number", false, false, func(int) ([]install.Installed, error) {
			writeText(t, filepath.Join(proc, "20/stat"), "20 (web) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 1 1\n")
			return []install.Installed{allow}, nil
		}, 20, []int{20}, "ended"},
		{"a filter meanwhile", false, false, func(int) ([]install.Installed, error) {
			writeText(t, busy, "State:\tS\nSeccomp:\t2\nSeccomp_filters:\t2\n")
			return []install.Installed{allow, errno}, nil
		}, 40, []int{40, 40}, "1"},
		{"a filter again and again", false, false, func() func(int) ([]install.Installed, error) {
			n := 0
			return func(int) ([]install.Installed, error) {
				n++
				writeText(t, busy, fmt.Sprintf("State:\tS\nSeccomp:\t2\nSeccomp_filters:\t%d\n", n+5))
				return []install.Installed{allow}, nil
			}
		}(), 40, []int{40, 40, 40, 40, 40}, "its threads change while they are read (try again)"},
		{"killed", false, false, nil, 70, nil, "thread 70 is in seccomp mode 3 (the kernel is ending it)"},
		{"many threads", false, false, nil, 1000, nil, "300 threads have to be read, more than 256 (--threads reads all)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fakeProc(t, proc, fakeProcess{20, "web", 0, "", "20", []string{"S 2 1"}}, fakeProcess{70, "x", 0, "", "70", []string{"R 3 1"}}, fakeProcess{1000, "x", 0, "", "1000", append([]string{"S 0 0"}, slices.Repeat([]string{"S 2 1"}, 300)...)})
			list, err := survey(proc)
			if err != nil {
				t.Fatal(err)
			}
			list = slices.DeleteFunc(list, func(p nodeProcess) bool { return p.pid != tt.pid })
			var stops []int
			r := reader{proc: proc, all: tt.all, until: time.Now().Add(time.Hour), stacks: map[string][]install.Installed{}}
			if tt.late {
				r.until = time.Now().Add(-1)
			}
			r.read = func(tid int) ([]install.Installed, error) {
				stops = append(stops, tid)
				return tt.read(tid)
			}
			if err := r.readAll(list); err != nil {
				t.Fatal(err)
			}
			p := list[0]
			got := p.fault
			switch {
			case p.ended:
				got = "ended"
			case p.fault == "":
				got = fmt.Sprint(len(p.confined))
			}
			if got != tt.want || !slices.Equal(stops, tt.stops) {
				t.Errorf("%s, stops %v, want %s, %v", got, stops, tt.want, tt.stops)
			}
		})
	}
}

// TestReaderFatal: what is true of all processes is an error, and one line.
func TestReaderFatal(t *testing.T) {
	proc := fakeNode(t)
	for _, fault := range []*install.Error{
		{Op: "ptrace(PTRACE_SECCOMP_GET_FILTER, 10)", Errno: syscall.EACCES},
		{Op: "ptrace(PTRACE_SEIZE, 10)", Errno: syscall.EIO, Cause: install.ErrNotSupported},
	} {
		list, err := survey(proc)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		r := reader{proc: proc, until: time.Now().Add(time.Hour), read: func(int) ([]install.Installed, error) { n++; return nil, fault }}
		if err := r.readAll(list); err != fault || n != 1 {
			t.Errorf("%v after %d reads, want %v after one", err, n, fault)
		}
	}
}

// TestReaderBound: filters beyond what is kept are unknown, and those that are kept already are not.
func TestReaderBound(t *testing.T) {
	proc := fakeNode(t)
	list, err := survey(proc)
	if err != nil {
		t.Fatal(err)
	}
	known, other := []install.Installed{returns(retAllow)}, []install.Installed{returns(retErrno)}
	r := reader{proc: proc, until: time.Now().Add(time.Hour), insns: insnsMost, stacks: map[string][]install.Installed{keyOf(known): known}}
	r.read = func(tid int) ([]install.Installed, error) {
		if tid == 40 {
			return other, nil
		}
		return known, nil
	}
	list = slices.DeleteFunc(list, func(p nodeProcess) bool { return p.pid != 20 && p.pid != 40 })
	if err := r.readAll(list); err != nil || list[0].fault != "" || list[1].fault != "the filters of this and other processes have more than 16777216 instructions in all (--cgroup and --pid narrow it)" {
		t.Errorf("%v: %+v", err, list)
	}
}
