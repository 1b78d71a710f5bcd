package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/seccompile/seccompile/internal/abi"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Passed is the errno of a call that the filter lets pass: by ALLOW, LOG, TRACE or NOTIFY.
// Filters under test must not answer it.
const Passed = 3000

// A Call is a call number as filters see it, and the arguments as the program passes them:
// a child of 32 bits passes the lower half.
type Call struct {
	Nr   uint32
	Args [6]uint64
}

// Run starts the child as often as calls kill it, and returns what the kernel answers to each
// call under the filter, as the word of an action: ERRNO(Passed) if the filter lets it pass.
// Of the program of [N32], which has one thread, KILL_PROCESS is also said of KILL_THREAD and TRAP.
//
// The error is ENOEXEC if the kernel does not execute programs of the child's ABI.
func Run(child string, insns []bpf.RawInstruction, calls []Call) ([]uint32, error) {
	f, m, err := newFile(len(calls), insns)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	defer m.close()
	for i, c := range calls {
		if uint32(c.Args[5]) == magic {
			return nil, fmt.Errorf("call %d has the sixth argument %#x, with which it would be executed", c.Nr, uint32(magic))
		}
		m.calls[i].nr, m.calls[i].args = uint64(int64(int32(c.Nr))), c.Args
	}
	var answers []uint32
	for len(answers) < len(calls) {
		m.next, m.state = uint32(len(answers)), stateInstalling
		how, err := start(child, f)
		if err != nil {
			return nil, err
		}
		end := int(m.next)
		if m.state == stateDone {
			end = len(calls)
		}
		for i := len(answers); i < end; i++ {
			c := &m.calls[i]
			if c.errno == 0 && c.result != 0 {
				return nil, fmt.Errorf("call %d was executed: it returned %#x", calls[i].Nr, c.result)
			}
			answers = append(answers, abi.RetErrno|uint32(c.errno))
		}
		switch {
		case m.state == stateDone:
		case m.state == stateTrapped:
			answers = append(answers, abi.RetTrap)
		case m.state == stateGone:
			answers = append(answers, abi.RetKillThread)
		case m.state == stateCalling && how.signal == unix.SIGSYS:
			answers = append(answers, abi.RetKillProcess)
		case m.state == stateRefused:
			return nil, fmt.Errorf("seccomp(2) of the child: %w", syscall.Errno(m.errno))
		default:
			return nil, fmt.Errorf("%s: %s, after %d of %d calls: %s", child, how.state, end, len(calls), how.stderr)
		}
	}
	return answers, nil
}

// An ending is how a process has ended, and what it has said.
type ending struct {
	state  *os.ProcessState
	signal syscall.Signal
	stderr string
}

// start runs the child to its end.
func start(child string, f *os.File) (ending, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience+patience/2)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, child)
	cmd.Stdin, cmd.Stderr = f, &out
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1") // a signal to the filtered thread would need rt_sigreturn
	if err := cmd.Start(); err != nil {
		return ending{}, err
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return ending{}, err
	}
	if ctx.Err() != nil {
		return ending{}, fmt.Errorf("%s has not ended after %v", child, patience+patience/2)
	}
	e := ending{state: cmd.ProcessState, stderr: out.String()}
	if w := cmd.ProcessState.Sys().(syscall.WaitStatus); w.Signaled() {
		e.signal = w.Signal()
	}
	return e, nil
}
