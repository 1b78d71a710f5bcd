package trace

import (
	"context"
	"os/exec"
	"runtime"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/install"
)

// run is Run after its checks.
func run(ctx context.Context, insns []bpf.RawInstruction, o install.Options, cmd *exec.Cmd, handle func(*Call)) (err error) {
	onChildlessThread(func() { err = runHere(ctx, insns, o, cmd, handle) })
	return err
}

// onChildlessThread calls f on a thread that has created no process, and creates none
// while f runs. A tracer waits for the children of its thread, too (kernel/exit.c,
// __do_wait), and would take them from those who wait for them. The first thread of the
// process gets the children of threads that end (find_new_reaper). The thread ends after f:
// the kernel kills what it still traces. A panic of f goes through, and so does
// runtime.Goexit.
func onChildlessThread(f func()) {
	var panicked any
	returned := false
	done := make(chan bool)
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() || hasChildren() {
			defer runtime.UnlockOSThread()
			onChildlessThread(f) // another one, as this is held
			returned = true
			return
		}
		defer func() { panicked = recover() }()
		f()
		returned = true
	}()
	<-done
	switch {
	case panicked != nil:
		panic(panicked)
	case !returned:
		runtime.Goexit()
	}
}

// hasChildren reports whether the calling thread has children or tracees.
func hasChildren() bool {
	var info unix.Siginfo
	return unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|unix.WALL|unix.WNOTHREAD, nil) == nil
}

// runHere is run on a thread that nothing else uses.
func runHere(ctx context.Context, insns []bpf.RawInstruction, o install.Options, cmd *exec.Cmd, handle func(*Call)) error {
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
			<-t.commandEnded
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
		if !ended { // the handler did not return
			t.kill()
			t.loop()
			<-done
		}
	}()
	err = t.loop()
	ended = true
	if len(t.threads) > 0 {
		return err // they cannot be waited for, and end with this thread
	}
	switch result := <-done; {
	case !stop():
		return context.Cause(ctx)
	case err != nil:
		return err
	default:
		return result
	}
}
