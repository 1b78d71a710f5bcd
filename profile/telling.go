package profile

import "github.com/seccompile/seccompile/arch"

// telling are the arguments that say what a call does: commands, kinds, flags and protections,
// but not sizes, addresses and descriptors.
var telling = map[string][]int{
	"add_key": {4}, "arch_prctl": {0}, "bpf": {0}, "clock_adjtime": {0}, "clock_settime": {0}, "clone": {0}, "close_range": {2},
	"delete_module": {1}, "epoll_create1": {0}, "eventfd2": {1}, "execveat": {4}, "faccessat2": {2, 3}, "fadvise64": {3}, "fallocate": {1},
	"fanotify_init": {0, 1}, "fanotify_mark": {1}, "fchmodat2": {3}, "fchownat": {4}, "fcntl": {1}, "fcntl64": {1}, "finit_module": {2}, "fsconfig": {1}, "fsmount": {1, 2},
	"fsopen": {1}, "futex": {1}, "futex_time64": {1}, "getrandom": {2}, "getsockopt": {1, 2}, "inotify_init1": {0}, "ioctl": {1},
	"ioprio_set": {0}, "io_uring_register": {1}, "ipc": {0}, "kcmp": {2}, "kexec_file_load": {4}, "kexec_load": {3}, "keyctl": {0}, "landlock_create_ruleset": {2},
	"linkat": {4}, "lsm_set_self_attr": {0}, "madvise": {2}, "mbind": {2}, "membarrier": {0}, "memfd_create": {1}, "mlock2": {2}, "mlockall": {0}, "mmap": {2, 3}, "mmap2": {2, 3},
	"modify_ldt": {0}, "mount": {3}, "mount_setattr": {2}, "move_mount": {4}, "mprotect": {2}, "mremap": {3}, "msgctl": {1}, "name_to_handle_at": {4}, "newfstatat": {3},
	"open": {1}, "open_by_handle_at": {2}, "open_tree": {2}, "openat": {2}, "perf_event_open": {4}, "personality": {0}, "pidfd_getfd": {2},
	"pidfd_open": {1}, "pidfd_send_signal": {1, 3}, "pipe2": {1}, "pkey_alloc": {1}, "pkey_mprotect": {2}, "prctl": {0}, "preadv2": {5}, "prlimit64": {1}, "ptrace": {0}, "pwritev2": {5},
	"quotactl": {0}, "quotactl_fd": {1}, "reboot": {2}, "renameat2": {4}, "rseq": {2}, "rt_sigprocmask": {0}, "sched_setscheduler": {1}, "seccomp": {0, 1}, "semctl": {2},
	"setns": {1}, "setpriority": {0}, "setrlimit": {0}, "setsockopt": {1, 2}, "shmctl": {1}, "shmget": {2}, "signalfd4": {3}, "socket": {0, 1, 2}, "socketcall": {0},
	"socketpair": {0, 1, 2}, "splice": {5}, "statx": {2, 3}, "syslog": {0}, "timer_create": {0}, "timerfd_create": {0, 1}, "umount2": {1},
	"unlinkat": {2}, "unshare": {0}, "userfaultfd": {0}, "vmsplice": {3}, "wait4": {2}, "waitid": {3},
}

// TellingArgs returns the telling arguments of a call: those that say what it does, rather
// than on which object, such as commands, types, flags and protections. Conditions on them
// allow a call narrowly. The caller must not change the slice.
//
// The first two arguments of clone are exchanged on s390 (kernel/fork.c,
// CONFIG_CLONE_BACKWARDS2).
func TellingArgs(a arch.Arch, call string) []int {
	if call == "clone" && (a == arch.S390 || a == arch.S390X) {
		return []int{1}
	}
	return telling[call]
}
