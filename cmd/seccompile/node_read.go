package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seccompile/seccompile/install"
)

// Limits to reading. A thread that runs or waits where it can be interrupted takes about a
// millisecond, one that does not stop two seconds (install.Filters).
const (
	readWithin  = time.Minute // for all processes
	threadsMost = 256         // of a process, beside its first one
	readRounds  = 5           // of a process whose threads change meanwhile
	insnsMost   = 1 << 24     // of different filters: 128 MB
)

// A confinement is what limits the calls of a thread.
type confinement struct {
	mode  int    // of seccomp: 0 without filters, 1 strict, 2 with filters
	stack string // the key of its filters
}

// A reader reads the filters of processes.
type reader struct {
	read  func(tid int) ([]install.Installed, error)
	proc  string
	all   bool // threads
	until time.Time

	stacks  map[string][]install.Installed // the filters of threads, by their key
	insns   int                            // in stacks
	stops   int                            // threads that were read
	stopped time.Duration                  // in all, at most: it is the time that reading has taken
	longest time.Duration                  // likewise, of one thread
}

// newReader returns a reader of this machine, whose time begins.
func newReader(all bool) *reader {
	return &reader{read: install.Filters, proc: procDir, all: all, until: time.Now().Add(readWithin), stacks: map[string][]install.Installed{}}
}

// errFatal is an error by which no process can be read.
type errFatal struct{ error }

// readAll reads the filters of all processes and sets what confines them, or their faults.
// Its error is one by which none can be read.
func (r *reader) readAll(list []nodeProcess) error {
	for i := range list {
		p := &list[i]
		if p.fault != "" {
			continue
		}
		err := r.process(p)
		var fatal errFatal
		switch {
		case errors.As(err, &fatal):
			return fatal.error
		case gone(err):
			p.ended = true
		case err != nil:
			p.fault, p.confined = err.Error(), nil
		}
	}
	return nil
}

// process reads the filters of the threads of a process, and then looks again whether these
// are all. The error is ESRCH if it has ended.
func (r *reader) process(p *nodeProcess) error {
	dir := filepath.Join(r.proc, strconv.Itoa(p.pid))
	known := map[nodeThread]confinement{}
	for range readRounds {
		todo, err := p.unread(known, r.all)
		if err != nil {
			return err
		}
		if len(todo) == 0 {
			p.set(known)
			return nil
		}
		for _, t := range todo {
			a, err := r.thread(t)
			if err == nil {
				known[t] = a
				continue
			}
			now, e := p.again(dir)
			if e != nil {
				return e
			}
			if slices.ContainsFunc(now, func(n nodeThread) bool { return n.tid == t.tid }) {
				return err
			}
		}
		if p.threads, err = p.again(dir); err != nil {
			return err
		}
	}
	return errors.New("its threads change while they are read (try again)")
}

// again returns the threads that a process has now. The error is ESRCH if it has ended.
func (p *nodeProcess) again(dir string) ([]nodeThread, error) {
	start, _, err := readStat(dir)
	if err != nil {
		return nil, err
	}
	now, err := readThreads(dir, p.pid)
	if err == nil && (start != p.start || len(now) == 0) { // its number is another's
		err = syscall.ESRCH
	}
	return now, err
}

// unread returns the threads of a process that have to be read: its first one, others that
// have another mode or number of filters, and all if that is not told or asked for.
func (p *nodeProcess) unread(known map[nodeThread]confinement, all bool) (todo []nodeThread, err error) {
	first := p.threads[0]
	for i, t := range p.threads {
		switch {
		case t.mode > 2:
			return nil, fmt.Errorf("thread %d is in seccomp mode %d (the kernel is ending it)", t.tid, t.mode)
		case t.mode != 2:
			continue
		}
		if _, ok := known[t]; !ok && (i == 0 || all || t.filters < 0 || t.mode != first.mode || t.filters != first.filters) {
			todo = append(todo, t)
		}
	}
	if n := len(known) + len(todo); n > threadsMost && !all {
		return nil, fmt.Errorf("%d threads have to be read, more than %d (--threads reads all)", n, threadsMost)
	}
	return todo, nil
}

// set sets what confines a process all of whose threads are known, or as the first one.
func (p *nodeProcess) set(known map[nodeThread]confinement) {
	for _, t := range p.threads {
		a, ok := known[t]
		switch {
		case t.mode != 2:
			a = confinement{mode: t.mode}
		case !ok:
			a = known[p.threads[0]]
		}
		if !slices.Contains(p.confined, a) {
			p.confined = append(p.confined, a)
		}
	}
}

// thread reads the filters of a thread.
func (r *reader) thread(t nodeThread) (confinement, error) {
	if time.Now().After(r.until) {
		return confinement{}, fmt.Errorf("not read: reading has taken %s (--cgroup and --pid narrow it)", readWithin)
	}
	begin := time.Now()
	list, err := r.read(t.tid)
	took := time.Since(begin)
	var fault *install.Error
	switch {
	case errors.As(err, &fault) && (fault.Errno == syscall.EACCES && strings.Contains(fault.Op, "SECCOMP_GET_FILTER") || errors.Is(err, install.ErrNotSupported)):
		return confinement{}, errFatal{err}
	case err != nil:
		return confinement{}, err
	case len(list) == 0: // it was another thread's number
		return confinement{}, syscall.ESRCH
	}
	// If it got a filter meanwhile, it has another number of them in the next round.
	r.stops++
	r.stopped += took
	r.longest = max(r.longest, took)
	key := keyOf(list)
	if r.stacks[key] == nil {
		for _, in := range list {
			r.insns += len(in.Insns)
		}
		if r.insns > insnsMost {
			return confinement{}, fmt.Errorf("the filters of this and other processes have more than %d instructions in all (--cgroup and --pid narrow it)", insnsMost)
		}
		r.stacks[key] = list
	}
	return confinement{mode: 2, stack: key}, nil
}

// keyOf returns a hash of the instructions of filters.
func keyOf(list []install.Installed) string {
	sum := sha256.New()
	for _, in := range list {
		fmt.Fprintln(sum, in.Insns)
	}
	return string(sum.Sum(nil))
}

// report says what was read, and how many processes have ended before they were.
func (r *reader) report(ended int, s stdio) {
	if r.stops > 0 {
		fmt.Fprintf(s.err, "seccompile node: %s read, stopped for at most %.1f ms in all, and %.1f ms each\n", count(r.stops, "thread"), ms(r.stopped), ms(r.longest))
	}
	if ended > 0 {
		fmt.Fprintf(s.err, "seccompile node: %s left out, which ended first\n", count(ended, "process"))
	}
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
