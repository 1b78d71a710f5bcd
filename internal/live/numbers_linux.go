package live

import (
	"fmt"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// numbers are those of golang.org/x/sys/unix for the ABI of this program: another source
// than the tables that filters are made of.
var numbers = map[string]uint32{
	"read":                    unix.SYS_READ,
	"write":                   unix.SYS_WRITE,
	"close":                   unix.SYS_CLOSE,
	"openat":                  unix.SYS_OPENAT,
	"openat2":                 unix.SYS_OPENAT2,
	"execve":                  unix.SYS_EXECVE,
	"execveat":                unix.SYS_EXECVEAT,
	"exit_group":              unix.SYS_EXIT_GROUP,
	"clone":                   unix.SYS_CLONE,
	"clone3":                  unix.SYS_CLONE3,
	"unshare":                 unix.SYS_UNSHARE,
	"setns":                   unix.SYS_SETNS,
	"mount":                   unix.SYS_MOUNT,
	"umount2":                 unix.SYS_UMOUNT2,
	"pivot_root":              unix.SYS_PIVOT_ROOT,
	"chroot":                  unix.SYS_CHROOT,
	"acct":                    unix.SYS_ACCT,
	"ptrace":                  unix.SYS_PTRACE,
	"process_vm_readv":        unix.SYS_PROCESS_VM_READV,
	"process_vm_writev":       unix.SYS_PROCESS_VM_WRITEV,
	"personality":             unix.SYS_PERSONALITY,
	"socket":                  unix.SYS_SOCKET,
	"bind":                    unix.SYS_BIND,
	"connect":                 unix.SYS_CONNECT,
	"accept4":                 unix.SYS_ACCEPT4,
	"sendto":                  unix.SYS_SENDTO,
	"keyctl":                  unix.SYS_KEYCTL,
	"add_key":                 unix.SYS_ADD_KEY,
	"request_key":             unix.SYS_REQUEST_KEY,
	"bpf":                     unix.SYS_BPF,
	"seccomp":                 unix.SYS_SECCOMP,
	"prctl":                   unix.SYS_PRCTL,
	"ioctl":                   unix.SYS_IOCTL,
	"io_uring_setup":          unix.SYS_IO_URING_SETUP,
	"io_uring_enter":          unix.SYS_IO_URING_ENTER,
	"userfaultfd":             unix.SYS_USERFAULTFD,
	"perf_event_open":         unix.SYS_PERF_EVENT_OPEN,
	"kexec_load":              unix.SYS_KEXEC_LOAD,
	"init_module":             unix.SYS_INIT_MODULE,
	"finit_module":            unix.SYS_FINIT_MODULE,
	"delete_module":           unix.SYS_DELETE_MODULE,
	"reboot":                  unix.SYS_REBOOT,
	"setuid":                  unix.SYS_SETUID,
	"getppid":                 unix.SYS_GETPPID,
	"futex":                   unix.SYS_FUTEX,
	"rt_sigreturn":            unix.SYS_RT_SIGRETURN,
	"pidfd_open":              unix.SYS_PIDFD_OPEN,
	"pidfd_getfd":             unix.SYS_PIDFD_GETFD,
	"name_to_handle_at":       unix.SYS_NAME_TO_HANDLE_AT,
	"open_by_handle_at":       unix.SYS_OPEN_BY_HANDLE_AT,
	"quotactl":                unix.SYS_QUOTACTL,
	"swapon":                  unix.SYS_SWAPON,
	"syslog":                  unix.SYS_SYSLOG,
	"settimeofday":            unix.SYS_SETTIMEOFDAY,
	"clock_settime":           unix.SYS_CLOCK_SETTIME,
	"move_mount":              unix.SYS_MOVE_MOUNT,
	"fsopen":                  unix.SYS_FSOPEN,
	"mount_setattr":           unix.SYS_MOUNT_SETATTR,
	"landlock_create_ruleset": unix.SYS_LANDLOCK_CREATE_RULESET,
	"lookup_dcookie":          unix.SYS_LOOKUP_DCOOKIE,
}

// askNumbers is the argument with which the child says numbers.
const askNumbers = "numbers"

// Numbers returns the numbers of some calls on the ABI of the child, by name, which do not
// come from this project's tables. Those of [N32]'s program are not known.
func Numbers(child string) (map[string]uint32, error) {
	out, err := exec.Command(child, askNumbers).Output()
	if err != nil {
		return nil, err
	}
	m := map[string]uint32{}
	for line := range strings.Lines(string(out)) {
		var name string
		var nr uint32
		if _, err := fmt.Sscan(line, &name, &nr); err != nil {
			return nil, fmt.Errorf("%s says %q: %w", child, line, err)
		}
		m[name] = nr
	}
	return m, nil
}
