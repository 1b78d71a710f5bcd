package trace

import (
	"context"
	"os/exec"
	"runtime"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/install"
)

// run is Run after its checks.
func run(ctx context.Context, insns []bpf.RawInstruction, o install.Options, cmd *exec.Cmd, handle func(*Call)) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	t := newTracer(handle)
	attach, attached := make(chan int), make(chan error)
	done := make(chan error, 1)
	go func() {
		defer close(attach) // if the command did not get that far
		err := install.StartTraced(insns, o, cmd, func(thread int) error {
			attach <- thread
			return <-attached
		})
		if err == nil {
			<-t.commandEnded // until then the wait would be woken by every stop
			err = cmd.Wait()
		}
		done <- err
	}()
	thread, ok := <-attach
	if !ok {
		return <-done
	}
	t.command = cmd.Process.Pid
	err := t.seize(thread)
	attached <- err
	if err != nil {
		return <-done
	}

	defer quietChildren()()
	stop := context.AfterFunc(ctx, t.kill)
	ended := false
	defer func() {
		if !ended { // the handler panicked
			t.kill()
			t.loop()
			<-done
		}
	}()
	err = t.loop()
	ended = true
	switch result := <-done; {
	case !stop():
		return context.Cause(ctx)
	case err != nil:
		return err
	default:
		return result
	}
}
