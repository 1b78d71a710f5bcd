package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install/trace"
	"github.com/seccompile/seccompile/profile/record"
)

// attach records a process that is running, until it ends or a signal ends the record.
func (r *recorder) attach(s stdio) (status int, err error) {
	native, err := abiNamed("")
	if err != nil {
		return exitRun, err
	}
	w := &recordWriter{record: record.NewAttached(native), attached: true}
	if len(r.known) > 0 {
		if w.known, err = r.filter(native, s); err != nil {
			return exitRun, err
		}
	}
	file := r.outputFor(strconv.Itoa(r.pid))
	if err := notReplaced("known", r.known, file, s); err != nil {
		return exitRun, err
	}
	if err := writable(file); err != nil {
		return exitRun, err
	}
	if err := trace.CanAttach(r.pid); err != nil {
		return exitRun, err
	}
	answerWithoutReader() // until this process ends
	if !r.quiet {
		r.announce(s)
	}
	ends := []os.Signal{unix.SIGTERM}
	for _, n := range []os.Signal{unix.SIGINT, unix.SIGHUP} {
		if !signal.Ignored(n) { // as under nohup
			ends = append(ends, n)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	calls := 0
	err = trace.Attach(ctx, r.pid, func(c *trace.Call) {
		calls++
		w.call(c)
	})
	switch {
	case err != nil && err == context.Cause(ctx):
		err = nil
	case err != nil && calls == 0:
		return exitRun, err
	}
	if err := r.finish(w, file, err, s); err != nil {
		return exitRun, err
	}
	return exitOK, nil
}

// announce says what attaching changes, and how it ends.
func (r *recorder) announce(s stdio) {
	known := ""
	if len(r.known) > 0 {
		known = " Known calls also stop, but are not counted."
	}
	text := fmt.Sprintf("attaching to process %d: without a filter, every call of it, and of processes that it starts from now on, stops.%s Earlier calls are not seen. Ctrl-C, or SIGTERM to process %d, ends the record; the recorded process continues.", r.pid, known, os.Getpid())
	fmt.Fprintf(s.err, "seccompile record: %s\n", strings.Join(wrap(text, columns(s.err)-len("seccompile record: ")), "\n  "))
}
