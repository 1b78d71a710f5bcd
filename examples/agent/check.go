package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strconv"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile"
)

// check reports whether the filters of each thread of a process together have a
// fingerprint; zero means no filters. Threads that start meanwhile are checked, too.
func check(pid int, target profile.Target, want [32]byte) error {
	var passed []install.Installed // by the thread before
	seen := make(map[string]bool)
	for range 20 {
		dir := fmt.Sprintf("/proc/%d/task", pid)
		threads, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		fresh := false
		for _, t := range threads {
			if seen[t.Name()] {
				continue
			}
			tid, err := strconv.Atoi(t.Name())
			if err != nil {
				return err
			}
			installed, err := install.Filters(tid)
			if err != nil {
				if _, gone := os.Stat(dir + "/" + t.Name()); errors.Is(gone, fs.ErrNotExist) {
					continue // the thread has ended
				}
				return err
			}
			if len(seen) == 0 || !reflect.DeepEqual(installed, passed) {
				if err := compare(fmt.Sprintf("thread %d of process %d", tid, pid), installed, target, want); err != nil {
					return err
				}
			}
			passed, fresh = installed, true
			seen[t.Name()] = true
		}
		if !fresh && len(seen) > 0 {
			return nil
		}
	}
	return fmt.Errorf("process %d starts and ends threads all the time (stop it, and check it again)", pid)
}

// compare reports whether the filters of a thread mean what is wanted.
func compare(thread string, installed []install.Installed, target profile.Target, want [32]byte) error {
	none := want == [32]byte{}
	switch {
	case len(installed) == 0 && none:
		return nil
	case len(installed) == 0:
		return fmt.Errorf("%s has no filter, want the fingerprint %x", thread, want)
	case none:
		return fmt.Errorf("%s has %d filters, want none", thread, len(installed))
	}
	list := make([]*compile.Filter, len(installed))
	var err error
	for i := range list {
		if list[i], err = compile.Load(installed[i].Insns, target.Arch); err != nil {
			return fmt.Errorf("%s: %w", thread, err)
		}
	}
	s, err := compile.NewStack(list...)
	if err != nil {
		return fmt.Errorf("%s: %w", thread, err)
	}
	got, err := s.Fingerprint()
	if err == nil && got != want {
		err = fmt.Errorf("%s has the fingerprint %x, want %x", thread, got, want)
	}
	return err
}
