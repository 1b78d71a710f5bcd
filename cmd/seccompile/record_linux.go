package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/install/trace"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/profile/record"
	"github.com/seccompile/seccompile/syscalls"
)

// run runs the command, and returns its exit status, or the one of what kept it from running
// or its record from being written.
func (r *recorder) run(command []string, s stdio) (status int, err error) {
	if len(command) == 0 {
		return exitRun, errNoCommand
	}
	native, err := abiNamed("")
	if err != nil {
		return exitRun, err
	}
	insns := trace.AllCalls()
	if len(r.known) > 0 {
		f, err := r.filter(native, s)
		if err != nil {
			return exitRun, err
		}
		insns = f.Insns()
	}
	path, status, err := lookPath(command[0])
	if err != nil {
		return status, err
	}
	file := r.outputFor(command[0])
	if err := notReplaced("known", r.known, file, s); err != nil {
		return exitRun, err
	}
	if err := writable(file); err != nil { // before the command runs for hours
		return exitRun, err
	}
	answerWithoutReader() // until this process ends
	w := &recordWriter{record: record.New(native), started: make(chan struct{})}
	cmd := &exec.Cmd{Path: path, Args: command, Stdin: s.in, Stdout: s.out, Stderr: s.err}
	signals := catchSignals()
	defer close(signals)
	defer signal.Stop(signals)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go w.forward(signals, cancel)
	files, release := inheritedFiles()
	defer release()
	cmd.ExtraFiles = files
	ended := make(chan struct{})
	if !r.quiet {
		go w.sayOutlived(ended, s)
	}
	err = trace.Run(ctx, insns, install.Options{AllowNewPrivs: r.newPrivs}, cmd, func(c *trace.Call) {
		if w.command.Load() == nil { // its first call
			w.command.Store(cmd.Process)
			close(w.started)
		}
		w.call(c)
	})
	close(ended)
	var exited *exec.ExitError
	var refused *install.Error
	switch {
	case cmd.ProcessState == nil, errors.As(err, &refused) && w.command.Load() == nil:
		status, _ := install.ExitStatus(err)
		return status, err // and an older record stays
	case errors.Is(err, errEnded):
		err = nil
	case errors.As(err, &exited):
		err = nil
	}
	if err := r.finish(w, file, err, s); err != nil {
		return exitRun, err
	}
	return exitStatus(cmd.ProcessState), nil
}

// finish writes the record, with an error of what made it, and the summary.
func (r *recorder) finish(w *recordWriter, file string, err error, s stdio) error {
	if err = errors.Join(err, w.err); err != nil {
		err = fmt.Errorf("the record is not complete: %w", err)
	}
	w.own.end(w.record)
	var b bytes.Buffer
	if _, e := w.record.WriteTo(&b); e != nil {
		return errors.Join(err, e)
	}
	if e := s.write(file, b.Bytes()); e != nil {
		return errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	if !r.quiet {
		saidUnseen(w.record, s)
		for _, by := range w.own.strict {
			fmt.Fprintf(s.err, "not as usual: strict mode, which %s requested, fails under record, because of its filter: %[1]s ran without strict mode\n", show(by))
		}
		fmt.Fprintf(s.err, "seccompile record: %s\n", summaryOf(w.record, file))
	}
	return nil
}

// writable reports why a file cannot be written, and leaves it as it is.
func writable(file string) error {
	_, err := os.Stat(file)
	fresh := errors.Is(err, os.ErrNotExist)
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|unix.O_NONBLOCK, 0o666)
	if err != nil {
		return err
	}
	if fresh {
		os.Remove(file)
	}
	return f.Close()
}

// filter returns the filter that stops the calls that are not known.
func (r *recorder) filter(native arch.Arch, s stdio) (*compile.Filter, error) {
	known, err := r.records("known", r.known, s)
	if err != nil {
		return nil, err
	}
	if known.Arch() != native {
		return nil, fmt.Errorf("--known: a record for %s, and this machine is %s", known.Arch(), native)
	}
	for tuples := 64; ; tuples /= 2 {
		f, err := compile.Policy(knownCalls(known, tuples), compile.Options{})
		var size *compile.SizeError
		if errors.As(err, &size) && tuples > 0 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("--known: %w", err)
		}
		return f, nil
	}
}

// knownCalls returns the policy that lets a record's calls pass and has all others traced. Calls
// of which more combinations of arguments are known than so many are traced, too.
func knownCalls(known *record.Record, tuples int) *policy.Policy {
	pol := &policy.Policy{Default: policy.Trace(0), BadArch: policy.Trace(0)}
	parts := map[arch.Arch]*policy.ArchPolicy{known.Arch(): {Arch: known.Arch()}}
	order := []arch.Arch{known.Arch()}
	for _, c := range known.Calls() {
		if c.Name == "" || !c.Arch.SameKernel(known.Arch()) || c.Name == "clone3" {
			continue // the flags of clone3 are in memory
		}
		if parts[c.Arch] == nil {
			parts[c.Arch], order = &policy.ArchPolicy{Arch: c.Arch}, append(order, c.Arch)
		}
		p := parts[c.Arch]
		args := c.Telling()
		switch {
		case len(args) == 0 || c.Tuples == nil:
			p.Rules = append(p.Rules, policy.Rule{Nr: c.Nr, Action: policy.Allow})
		case len(c.Tuples) <= tuples:
			for _, t := range c.Tuples {
				rule := policy.Rule{Nr: c.Nr, Action: policy.Allow}
				for i, arg := range args {
					rule.Conds = append(rule.Conds, policy.Cond{Arg: uint8(arg), Op: policy.EQ, Value: t[i], Width: uint8(syscalls.Width(c.Arch, c.Name, arg))})
				}
				p.Rules = append(p.Rules, rule)
			}
		}
	}
	for _, a := range order {
		pol.Arches = append(pol.Arches, *parts[a])
	}
	return pol
}

// A recordWriter adds calls to a record as threads make them.
type recordWriter struct {
	record   *record.Record
	command  atomic.Pointer[os.Process] // nil until it has made a call
	started  chan struct{}              // closed then
	known    *compile.Filter            // which lets known calls pass, if it is not installed; or nil
	attached bool                       // calls stop before filters answer, so none is unseen
	own      ownFilters                 // that the recorded programs install
	at       map[[2]uint32]bool         // calls whose place is known
	err      error                      // the first of adding
}

// call adds a call.
func (w *recordWriter) call(c *trace.Call) {
	call := syscalls.Call{Audit: c.Arch, Nr: c.Nr, Args: c.Args}
	if w.known != nil && w.known.Run(call).Passes() {
		return
	}
	a, known := call.Arch()
	name := ""
	if known {
		name, _ = syscalls.Name(a, c.Nr)
	}
	switch {
	case name == "clone3":
		call.Args[0] = clone3Flags(c)
	case !w.attached:
		w.own.call(w.record, c, name)
	}
	seen := record.Seen{By: c.Executable, Count: 1}
	if key := [2]uint32{c.Arch, c.Nr}; !w.at[key] {
		if w.at == nil {
			w.at = map[[2]uint32]bool{}
		}
		w.at[key] = true
		seen.At = placeIn(c.Thread, c.IP)
	}
	if err := w.record.Add(call, seen); err != nil && w.err == nil {
		w.err = err
	}
}

// unreadable stands for the flags of clone3 if they cannot be read: all of them.
const unreadable = ^uint64(0)

// clone3Flags reads the flags of clone3, the first field of struct clone_args
// (include/uapi/linux/sched.h), from the memory of the thread.
func clone3Flags(c *trace.Call) uint64 {
	var b [8]byte
	n, err := unix.ProcessVMReadv(c.Thread, []unix.Iovec{iovec(b[:])}, []unix.RemoteIovec{{Base: uintptr(c.Args[0]), Len: len(b)}}, 0)
	native, here := abiNamed("")
	if err != nil || n != len(b) || here != nil {
		return unreadable
	}
	return native.ByteOrder().Uint64(b[:])
}

func iovec(b []byte) (v unix.Iovec) {
	v.Base = &b[0]
	v.SetLen(len(b))
	return v
}

// placeIn returns the module of a process that an address is in, and how far, such as
// "libc.so.6+0x10f2a", or "" if it is not known.
func placeIn(thread int, address uint64) string {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", thread))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(maps)) {
		fields := strings.Fields(line)
		var lo, hi, offset uint64
		if n, _ := fmt.Sscanf(line, "%x-%x", &lo, &hi); n != 2 || address < lo || address >= hi {
			continue
		}
		if len(fields) < 6 {
			return ""
		}
		fmt.Sscanf(fields[2], "%x", &offset)
		module := fields[5]
		return fmt.Sprintf("%s+%#x", module[strings.LastIndexByte(module, '/')+1:], address-lo+offset)
	}
	return ""
}
