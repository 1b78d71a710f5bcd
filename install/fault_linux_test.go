package install

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
)

// installation is a filter that answers errno to an installation, and not to the
// probe for it, which has no program.
func installation(e syscall.Errno) []bpf.RawInstruction {
	return []bpf.RawInstruction{
		{Op: abi.ModeABS, K: abi.DataNr},
		{Op: abi.ClassJMP | abi.OpJEQ, Jf: 3, K: unix.SYS_SECCOMP},
		{Op: abi.ModeABS, K: lowArg(2)},
		{Op: abi.ClassJMP | abi.OpJEQ, Jt: 1, K: 0},
		{Op: abi.ClassRET, K: errno(e)},
		{Op: abi.ClassRET, K: abi.RetAllow},
	}
}

// longWrite is a filter that answers errno to writes of the longest programs.
func longWrite(e syscall.Errno) []bpf.RawInstruction {
	return []bpf.RawInstruction{
		{Op: abi.ModeABS, K: abi.DataNr},
		{Op: abi.ClassJMP | abi.OpJEQ, Jf: 3, K: unix.SYS_WRITE},
		{Op: abi.ModeABS, K: lowArg(2)},
		{Op: abi.ClassJMP | abi.OpJGT, Jf: 1, K: 8 * abi.MaxInsns},
		{Op: abi.ClassRET, K: errno(e)},
		{Op: abi.ClassRET, K: abi.RetAllow},
	}
}

func callAnswers(nr uint32) func(syscall.Errno) []bpf.RawInstruction {
	return func(e syscall.Errno) []bpf.RawInstruction { return answer(errno(e), nr) }
}

func argAnswers(nr, arg uint32) func(syscall.Errno) []bpf.RawInstruction {
	return func(e syscall.Errno) []bpf.RawInstruction { return firstArg(nr, arg, e) }
}

// faults are the calls on the way to a command, each with the errnos that the
// manual has for it and some that filters answer, and the step that Start names.
var faults = []struct {
	name   string
	outer  func(syscall.Errno) []bpf.RawInstruction
	o      Options
	attr   *syscall.SysProcAttr
	op     string
	errnos []syscall.Errno
	ask    func() error // does the errno come? Some ABIs have the call in socketcall
}{
	{
		"socketpair", callAnswers(unix.SYS_SOCKETPAIR), Options{}, nil, "socketpair(AF_UNIX)",
		[]syscall.Errno{unix.EMFILE, unix.ENFILE, unix.EAFNOSUPPORT, unix.EPERM},
		func() error { _, err := unix.Socketpair(unix.AF_UNIX, -1, 0); return err },
	},
	{
		"pipe2", callAnswers(unix.SYS_PIPE2), Options{}, nil, "fork/exec /proc/self/exe",
		[]syscall.Errno{unix.EMFILE, unix.ENFILE},
		nil,
	},
	{
		"clone with CLONE_VFORK", callAnswers(unix.SYS_CLONE), Options{}, nil, "fork/exec /proc/self/exe",
		[]syscall.Errno{unix.EAGAIN, unix.EINVAL, unix.ENOMEM, unix.EPERM, unix.ENOSYS},
		nil,
	},
	{
		"clone without", callAnswers(unix.SYS_CLONE), Options{}, &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}, "fork/exec /proc/self/exe",
		[]syscall.Errno{unix.EPERM, unix.ENOSPC, unix.EUSERS},
		nil,
	},
	{
		"clone3", callAnswers(unix.SYS_CLONE3), Options{}, &syscall.SysProcAttr{UseCgroupFD: true}, "fork/exec /proc/self/exe",
		[]syscall.Errno{unix.EACCES, unix.EAGAIN, unix.EBUSY, unix.EEXIST, unix.EOPNOTSUPP, unix.EPERM, unix.ENOSYS},
		nil,
	},
	{
		"execve", callAnswers(unix.SYS_EXECVE), Options{}, nil, "fork/exec /proc/self/exe",
		[]syscall.Errno{unix.E2BIG, unix.EACCES, unix.EAGAIN, unix.ENOENT, unix.ENOMEM, unix.EPERM, unix.ENOSYS, unix.ETXTBSY, refused},
		nil,
	},
	{
		"write of the program", longWrite, Options{}, nil, "write to the child",
		[]syscall.Errno{unix.EIO, unix.EPERM},
		nil,
	},
	{
		"sched_getscheduler", callAnswers(unix.SYS_SCHED_GETSCHEDULER), Options{}, nil, "sched_getscheduler",
		[]syscall.Errno{unix.EPERM, unix.ENOSYS},
		nil,
	},
	{
		"prctl for no_new_privs", argAnswers(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS), Options{}, nil, "prctl(PR_SET_NO_NEW_PRIVS, 1)",
		[]syscall.Errno{unix.EINVAL, unix.EPERM, unix.ENOSYS},
		nil,
	},
	{
		"prctl for the bounding set", argAnswers(unix.SYS_PRCTL, unix.PR_CAPBSET_READ), Options{Bounding: []uintptr{}}, nil, "prctl(PR_CAPBSET_READ, 0)",
		[]syscall.Errno{unix.EINVAL, unix.EPERM},
		nil,
	},
	{
		"seccomp, all", callAnswers(unix.SYS_SECCOMP), Options{Flags: abi.FlagLog}, nil, "seccomp(SECCOMP_SET_MODE_FILTER, LOG)",
		[]syscall.Errno{unix.EACCES, unix.EINVAL, unix.EPERM, unix.ENOSYS, 0},
		nil,
	},
	{
		"seccomp, the installation", installation, Options{}, nil, "seccomp(SECCOMP_SET_MODE_FILTER, 0)",
		[]syscall.Errno{unix.EACCES, unix.EFAULT, unix.EINVAL, unix.ENOMEM, unix.ESRCH, unix.EPERM, unix.ENOSYS, unix.EOPNOTSUPP, errnoNotSupp},
		nil,
	},
	{
		"seccomp with a listener", installation, Options{Flags: abi.FlagNewListener}, nil, "seccomp(SECCOMP_SET_MODE_FILTER, NEW_LISTENER)",
		[]syscall.Errno{unix.EBUSY, unix.EMFILE, unix.ENFILE, errnoNotSupp},
		nil,
	},
	{
		"sendmsg of the listener", callAnswers(unix.SYS_SENDMSG), Options{Flags: abi.FlagNewListener}, nil, "sendmsg(SCM_RIGHTS)",
		[]syscall.Errno{unix.EPERM, unix.ETOOMANYREFS},
		func() error { return unix.Sendmsg(-1, nil, nil, nil, 0) },
	},
}

// Whatever is refused on the way, Start says which step and why, and leaves
// neither filter nor process nor file.
func caseStartFaults() {
	if err := exec.Command("/bin/true").Run(); err != nil { // has os open what it keeps
		failf("%v", err)
	}
	root, err := os.Open("/")
	if err != nil {
		failf("%v", err)
	}
	for _, f := range faults {
		for _, e := range f.errnos {
			cmd := exec.Command("/bin/true")
			if f.attr != nil {
				attr := *f.attr
				attr.CgroupFD = int(root.Fd())
				cmd.SysProcAttr = &attr
			}
			newThread().do(func() {
				mustInstall(f.outer(e))
				if f.ask != nil && f.ask() != e {
					return
				}
				wantStartError(f.name, retAllow(abi.MaxInsns), f.o, cmd, f.op, e)
			})
		}
	}
}

// The same for the calls of Exec, which leave this process as it was.
func caseExecFaults() {
	for _, f := range faults {
		if f.attr != nil || f.o.Flags&abi.FlagNewListener != 0 {
			continue
		}
		for _, e := range f.errnos {
			newThread().do(func() {
				mustInstall(f.outer(e))
				before, files := current(), openFiles()
				if f.name == "seccomp, the installation" {
					before.NoNewPrivs = 1 // comes first
				}
				err := Exec(refuseGetppid, f.o, "/no/such/program", nil, nil)
				got, ok := err.(*Error)
				if ok && got.Installed { // a fault of Start's alone, or of execve
					want := unix.ENOENT
					if f.name == "execve" {
						want = e
					}
					if got.Op != "execve(/no/such/program)" || got.Errno != want {
						failf("%s: Exec = %v, want errno %d of execve", f.name, err, int(want))
					}
					return
				}
				if !ok || got.Op != f.op || got.Errno != e {
					failf("%s: Exec = %v, want errno %d of %s", f.name, err, int(e), f.op)
				}
				wantState("after "+err.Error(), before)
				wantNothingLeft(err.Error(), files)
			})
		}
	}
}
