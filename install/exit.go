package install

import (
	"errors"
	"io/fs"
	"os/exec"
	"strings"
)

// What a launcher ends with as env(1) does.
const (
	statusLauncher    = 125
	statusNotExecuted = 126
	statusNotFound    = 127
)

// ExitStatus returns the exit status of a launcher for an error of [Exec], [Start], or
// cmd.Start and cmd.Wait of os/exec, and what the launcher should print, "" for nothing.
// A command that ended by itself has its own status, without a text. All others are as
// those of env(1) and of shells:
//
//	125      an error of the launcher
//	126      the command cannot be executed
//	127      the command, or its interpreter, does not exist
//	128 + n  signal n killed the command; the text names the signal
//
// Without an error the status is 0. SIGSYS is how filters kill. If err says more than that a
// command ended, as a wrapped error does, the text is that of err.
func ExitStatus(err error) (status int, text string) {
	if err == nil {
		return 0, ""
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit != nil && exit.ProcessState != nil {
		status = exit.ExitCode()
		if n, name := killedBy(exit.ProcessState); n > 0 {
			status, text = 128+n, "the command was killed by "+name
		}
		if err.Error() != exit.Error() {
			text = err.Error()
		}
		return status, text
	}
	switch {
	case !ofExecve(err):
		status = statusLauncher
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
		status = statusNotFound
	default:
		status = statusNotExecuted
	}
	return status, err.Error()
}

// ofExecve reports whether an error is that of execve, or of the search for a command.
func ofExecve(err error) bool {
	var lookup *exec.Error
	var path *fs.PathError
	var own *Error
	switch {
	case errors.As(err, &lookup) && lookup != nil:
		return true
	case errors.As(err, &own) && own != nil:
		return strings.HasPrefix(own.Op, "execve(")
	case errors.As(err, &path) && path != nil: // of os/exec and syscall, or of LookPath for a name with a slash
		return path.Op == "fork/exec" || path.Op == "exec"
	}
	return false
}
