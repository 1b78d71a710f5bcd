package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// sayOutlived says that the record goes on after the command has ended, if it does for a while.
func (w *recordWriter) sayOutlived(ended <-chan struct{}, s stdio) {
	const enough = 500 * time.Millisecond
	select {
	case <-ended:
		return
	case <-w.started:
	}
	command := w.command.Load()
	for gone := false; ; {
		select {
		case <-ended:
			return
		case <-time.After(enough):
		}
		was := gone
		if gone = errors.Is(command.Signal(unix.Signal(0)), os.ErrProcessDone); was && gone {
			fmt.Fprintf(s.err, "seccompile record: the command has ended; processes that it left running are recorded until they end (SIGTERM to process %d ends the record)\n", os.Getpid())
			return
		}
	}
}

// errEnded says that a signal has ended what outlived the command.
var errEnded = errors.New("ended by a signal")

// forward passes signals on to the command, once it runs; SIGINT and SIGQUIT, which the terminal's
// keys send to both, are left to the terminal. After the command has ended, any other signal ends
// what it has left running.
func (w *recordWriter) forward(signals <-chan os.Signal, cancel context.CancelCauseFunc) {
	for s := range signals {
		if s == unix.SIGINT || s == unix.SIGQUIT {
			continue
		}
		<-w.started
		if err := w.command.Load().Signal(s); errors.Is(err, os.ErrProcessDone) {
			cancel(errEnded)
		}
	}
}
