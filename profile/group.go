package profile

import (
	"slices"
	"strings"
)

// A group has the calls of one subject. groups lists them by the kernel's files that
// define them (internal/calls/types.csv), since one file has one subject as a rule: a
// call stands in one group at most, under its names on every ABI.
type group struct {
	name, about string
	files       []kernelFile
}

type kernelFile struct{ name, calls string }

var groups = []group{
	{"@files", "opens, reads, writes and changes files, directories and pipes; not ioctl", []kernelFile{
		{"fs/open.c", "access chdir chmod chown chown32 close creat faccessat faccessat2 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat ftruncate ftruncate64 lchown lchown32 open openat openat2 truncate truncate64"},
		{"fs/read_write.c", "_llseek copy_file_range lseek pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv sendfile sendfile64 write writev"},
		{"fs/readdir.c", "getdents getdents64 readdir"},
		{"fs/stat.c", "fstat fstat64 fstatat64 lstat lstat64 newfstatat oldfstat oldlstat oldstat readlink readlinkat stat stat64 statx"},
		{"fs/statfs.c", "fstatfs fstatfs64 statfs statfs64"},
		{"fs/namei.c", "link linkat mkdir mkdirat mknod mknodat rename renameat renameat2 rmdir symlink symlinkat unlink unlinkat"},
		{"fs/fcntl.c", "fcntl fcntl64"},
		{"fs/file.c", "close_range dup dup2 dup3"},
		{"fs/file_attr.c", "file_getattr file_setattr"},
		{"fs/locks.c", "flock"},
		{"fs/sync.c", "arm_sync_file_range fdatasync fsync sync sync_file_range sync_file_range2 syncfs"},
		{"fs/utimes.c", "futimesat utime utimensat utimensat_time64 utimes"},
		{"fs/xattr.c", "fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat"},
		{"fs/splice.c", "splice tee vmsplice"},
		{"fs/pipe.c", "pipe pipe2"},
		{"fs/d_path.c", "getcwd"},
		{"mm/fadvise.c", "fadvise64 fadvise64_64"},
		{"mm/readahead.c", "readahead"},
		{"mm/filemap.c", "cachestat"},
		{"kernel/sys.c", "umask"},
		{"arch/arm64/kernel/sys32.c", "arm_fadvise64_64"},
	}},
	{"@events", "waits for files, timers, signals and changes of directories", []kernelFile{
		{"fs/eventpoll.c", "epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait"},
		{"fs/select.c", "_newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 select"},
		{"fs/eventfd.c", "eventfd eventfd2"},
		{"fs/signalfd.c", "signalfd signalfd4"},
		{"fs/timerfd.c", "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64"},
		{"fs/notify/inotify/inotify_user.c", "inotify_add_watch inotify_init inotify_init1 inotify_rm_watch"},
	}},
	{"@aio", "asynchronous reads and writes; not io_uring", []kernelFile{
		{"fs/aio.c", "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit"},
	}},
	{"@io_uring", "calls made through a ring, which no filter sees", []kernelFile{
		{"io_uring/io_uring.c", "io_uring_enter io_uring_setup"},
		{"io_uring/register.c", "io_uring_register"},
	}},
	{"@network", "sockets", []kernelFile{
		{"net/socket.c", "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair"},
	}},
	{"@ipc", "semaphores, shared memory and message queues, of System V and POSIX", []kernelFile{
		{"ipc/sem.c", "semctl semget semop semtimedop semtimedop_time64"},
		{"ipc/shm.c", "shmat shmctl shmdt shmget"},
		{"ipc/msg.c", "msgctl msgget msgrcv msgsnd"},
		{"ipc/mqueue.c", "mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink"},
		{"ipc/syscall.c", "ipc"},
	}},
	{"@memory", "the process's own memory", []kernelFile{
		{"mm/nommu.c", "brk mmap mmap2 mremap munmap"},
		{"mm/mprotect.c", "mprotect pkey_alloc pkey_free pkey_mprotect"},
		{"mm/madvise.c", "madvise"},
		{"mm/mlock.c", "mlock mlock2 mlockall munlock munlockall"},
		{"mm/msync.c", "msync"},
		{"mm/mincore.c", "mincore"},
		{"mm/mseal.c", "mseal"},
		{"mm/mmap.c", "remap_file_pages"},
		{"mm/memfd.c", "memfd_create"},
		{"mm/secretmem.c", "memfd_secret"},
	}},
	{"@processes", "starts, ends and waits for processes and threads, executes programs; process IDs and groups", []kernelFile{
		{"kernel/fork.c", "clone clone3 fork set_tid_address vfork"},
		{"fs/exec.c", "execve execveat"},
		{"kernel/exit.c", "exit exit_group wait4 waitid waitpid"},
		{"kernel/sys.c", "getpgid getpgrp getpid getppid getrusage getsid gettid setpgid setsid times"},
		{"kernel/pid.c", "pidfd_open"},
	}},
	{"@threads", "locks between threads, and what thread libraries need", []kernelFile{
		{"kernel/futex/syscalls.c", "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list set_robust_list"},
		{"kernel/rseq.c", "rseq rseq_slice_yield"},
		{"kernel/sched/membarrier.c", "membarrier"},
		{"kernel/sys.c", "getcpu"},
		{"arch/x86/um/syscalls_64.c", "arch_prctl"},
		{"arch/x86/um/tls_32.c", "get_thread_area set_thread_area"},
	}},
	{"@signals", "sends, handles and waits for signals", []kernelFile{
		{"kernel/signal.c", "kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sgetmask sigaction sigaltstack signal sigpending sigprocmask sigsuspend ssetmask tgkill tkill"},
		{"arch/x86/kernel/signal_64.c", "rt_sigreturn"},
		{"arch/x86/kernel/signal_32.c", "sigreturn"},
	}},
	{"@time", "reads clocks, sleeps and sets timers; does not set clocks", []kernelFile{
		{"kernel/time/hrtimer.c", "nanosleep"},
		{"kernel/time/itimer.c", "alarm getitimer setitimer"},
		{"kernel/time/posix-timers.c", "clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64"},
		{"kernel/time/time.c", "gettimeofday time"},
	}},
	{"@clock", "sets clocks", []kernelFile{
		{"kernel/time/posix-timers.c", "clock_adjtime clock_adjtime64 clock_settime clock_settime64"},
		{"kernel/time/time.c", "adjtimex settimeofday stime"},
	}},
	{"@scheduling", "priorities, and the processors to run on", []kernelFile{
		{"kernel/sched/syscalls.c", "nice sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield"},
		{"block/ioprio.c", "ioprio_get ioprio_set"},
		{"kernel/sys.c", "getpriority setpriority"},
	}},
	{"@ids", "reads the users, groups and capabilities of the process", []kernelFile{
		{"kernel/sys.c", "getegid getegid32 geteuid geteuid32 getgid getgid32 getresgid getresgid32 getresuid getresuid32 getuid getuid32"},
		{"kernel/groups.c", "getgroups getgroups32"},
		{"kernel/capability.c", "capget"},
	}},
	{"@setids", "changes the users, groups and capabilities of the process", []kernelFile{
		{"kernel/sys.c", "setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32"},
		{"kernel/groups.c", "setgroups setgroups32"},
		{"kernel/capability.c", "capset"},
	}},
	{"@system", "reads the kernel's name, load, limits and random numbers", []kernelFile{
		{"kernel/sys.c", "getrlimit oldolduname olduname sysinfo ugetrlimit uname"},
		{"drivers/char/random.c", "getrandom"},
	}},
	{"@mounts", "mounts, roots and namespaces", []kernelFile{
		{"fs/namespace.c", "fsmount listmount mount mount_setattr move_mount open_tree open_tree_attr pivot_root statmount umount umount2"},
		{"fs/fsopen.c", "fsconfig fsopen fspick"},
		{"fs/open.c", "chroot fchroot"},
		{"kernel/fork.c", "unshare"},
		{"kernel/nsproxy.c", "setns"},
	}},
	{"@keys", "the kernel's keyrings", []kernelFile{
		{"security/keys/keyctl.c", "add_key keyctl request_key"},
	}},
	{"@tracing", "inspects other processes and the kernel", []kernelFile{
		{"kernel/ptrace.c", "ptrace"},
		{"mm/process_vm_access.c", "process_vm_readv process_vm_writev"},
		{"kernel/kcmp.c", "kcmp"},
		{"kernel/events/core.c", "perf_event_open"},
		{"kernel/bpf/syscall.c", "bpf"},
		{"kernel/pid.c", "pidfd_getfd"},
		{"mm/userfaultfd.c", "userfaultfd"},
		{"mm/madvise.c", "process_madvise"},
	}},
	{"@sandbox", "restricts the process further", []kernelFile{
		{"kernel/seccomp.c", "seccomp"},
		{"security/landlock/syscalls.c", "landlock_add_rule landlock_create_ruleset landlock_restrict_self"},
	}},
	{"@machine", "changes the machine: modules, kernels, swap, names, quotas, accounting, ports", []kernelFile{
		{"kernel/module/main.c", "delete_module finit_module init_module"},
		{"kernel/reboot.c", "reboot"},
		{"kernel/kexec.c", "kexec_load"},
		{"kernel/kexec_file.c", "kexec_file_load"},
		{"mm/swapfile.c", "swapoff swapon"},
		{"kernel/acct.c", "acct"},
		{"fs/quota/quota.c", "quotactl quotactl_fd"},
		{"kernel/sys.c", "setdomainname sethostname"},
		{"arch/x86/kernel/ioport.c", "ioperm iopl"},
		{"kernel/printk/printk.c", "syslog"},
	}},
}

// Groups returns the names of all groups of calls. A [Builder] accepts a group in
// place of a call, and [GroupCalls] returns the calls of a group:
//
//   - @files: opens, reads, writes and changes files, directories and pipes; not ioctl
//   - @events: waits for files, timers, signals and changes of directories
//   - @aio: asynchronous reads and writes; not io_uring
//   - @io_uring: calls made through a ring, which no filter sees
//   - @network: sockets
//   - @ipc: semaphores, shared memory and message queues, of System V and POSIX
//   - @memory: the process's own memory
//   - @processes: starts, ends and waits for processes and threads, executes programs;
//     process IDs and groups
//   - @threads: locks between threads, and what thread libraries need
//   - @signals: sends, handles and waits for signals
//   - @time: reads clocks, sleeps and sets timers; does not set clocks
//   - @clock: sets clocks
//   - @scheduling: priorities, and the processors to run on
//   - @ids: reads the users, groups and capabilities of the process
//   - @setids: changes the users, groups and capabilities of the process
//   - @system: reads the kernel's name, load, limits and random numbers
//   - @mounts: mounts, roots and namespaces
//   - @keys: the kernel's keyrings
//   - @tracing: inspects other processes and the kernel
//   - @sandbox: restricts the process further
//   - @machine: changes the machine: modules, kernels, swap, names, quotas, accounting, ports
//
// A group says what its calls are for, not that they are harmless. Calls with too many
// purposes, such as ioctl and prctl, do not belong to a group.
func Groups() []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.name)
	}
	return names
}

// GroupCalls returns the names of a group's calls on all ABIs, or nil for an unknown
// group.
func GroupCalls(group string) []string {
	var list []string
	for _, g := range groups {
		if g.name == group {
			for _, f := range g.files {
				list = append(list, strings.Fields(f.calls)...)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// groupOf reports whether a name is meant for that of a group, and returns its calls.
func groupOf(name string) (calls []string, group bool) {
	return GroupCalls(name), strings.HasPrefix(name, "@")
}
