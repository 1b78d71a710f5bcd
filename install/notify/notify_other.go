//go:build !linux

package notify

import (
	"context"
	"os"
	"runtime"

	"github.com/seccompile/seccompile/install"
)

// Seccomp is Linux's alone. There is no Listener elsewhere, and no Call.

func open(*os.File) (*Listener, error) { return nil, noLinux("notify.New") }

type kernelABI struct{}

func (kernelABI) receive(uintptr) (*Call, error) { return nil, noLinux("notify.Listener.Receive") }
func (kernelABI) send(uintptr, *response) error  { return noLinux("notify.Call.Respond") }
func (kernelABI) valid(uintptr, uint64) error    { return noLinux("notify.Call.Waiting") }
func (kernelABI) addFD(uintptr, uint64, FD, uintptr) (int, error) {
	return 0, noLinux("notify.Call.AddFD")
}
func (kernelABI) setFlags(uintptr, uint64) error { return noLinux("notify.Listener.SetFlags") }

type direction string

const (
	reading direction = "notify.Call.ReadMemory"
	writing direction = "notify.Call.WriteMemory"
)

func (d direction) memory(int, uint64, []byte) error { return noLinux(string(d)) }

func dial(context.Context, string) (*os.File, error) { return nil, noLinux("notify.Send") }
func send(*os.File, []byte, *os.File) error          { return noLinux("notify.Send") }
func listen(string) (*os.File, error)                { return nil, noLinux("notify.Listen") }
func accept(uintptr) (*os.File, error)               { return nil, noLinux("notify.Socket.Accept") }

func receiveState(*os.File) ([]byte, []*os.File, error) {
	return nil, nil, noLinux("notify.Socket.Accept")
}

func noLinux(op string) error {
	return &install.Error{
		Op:    op,
		Fault: "seccomp user notification needs Linux, this is " + runtime.GOOS,
		Cause: install.ErrNotSupported,
	}
}
