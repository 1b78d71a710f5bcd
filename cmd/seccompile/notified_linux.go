package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// notified is what the process that becomes the command of notify is told, on
// socketFD, in JSON.
type notified struct {
	Insns []bpf.RawInstruction
	Flags uint
}

// startFailure is what it says, in JSON, if it does not become the command.
type startFailure struct {
	Status int
	Text   string
}

var errNotByHand = errors.New("notified is how notify starts its command (use notify)")

// socketFD is the descriptor that leads to notify.
const socketFD = 3

// notifiedVerb becomes the command PATH ARG0 ARG... under a filter with a
// listener: notify executes it, and nobody else.
//
// Any call behind the installation, of this code or of the Go runtime, can be
// one that the filter hands over, and waits until it is answered. So this process
// cannot do anything to give the listener away, with its other threads neither,
// which may need locks that a waiting thread holds. notify takes the listener,
// and then answers.
func notifiedVerb(args []string, s stdio) int {
	unix.CloseOnExec(socketFD)
	socket := os.NewFile(socketFD, "notify")
	var n notified
	if err := json.NewDecoder(socket).Decode(&n); err != nil || len(args) < 2 {
		return s.fail("notify", errNotByHand)
	}
	fail := func(status int, err error) int {
		json.NewEncoder(socket).Encode(startFailure{status, err.Error()})
		return status
	}
	runtime.LockOSThread()
	listener, err := install.Filter(n.Insns, install.Options{Flags: n.Flags})
	if err != nil {
		return fail(exitRun, err)
	}
	// execve closes the listener: not before notify has said that it has it.
	if _, err := socket.Read(make([]byte, 1)); err != nil {
		return fail(exitRun, err)
	}
	err = fmt.Errorf("execve %s: %w", args[0], syscall.Exec(args[0], args[1:], os.Environ()))
	runtime.KeepAlive(listener)
	return fail(exitNotExec, err)
}
