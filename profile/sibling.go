package profile

import (
	"slices"
	"strings"
	"sync"
)

// A sibling says that a call, new, does what another does (fs/open.c, fs/exec.c,
// fs/namespace.c, kernel/signal.c, io_uring/opdef.c and others, of Linux 6.18).
type sibling struct {
	old, new string
	newer    bool   // new is the newer one, which BypassNewer is about
	sameArgs bool   // old's arguments are new's first: entries with conditions are for both
	with     string // the calls that it takes besides new, separated by blanks
	part     string // what of old's it does, "" for all
	plain    bool   // that is what old does without flags
}

// siblings are in the order in which Close looks at the newer ones. [Substitutes] has more,
// which have nothing but their names.
var siblings = []sibling{
	{old: "openat", new: "openat2", newer: true},
	{old: "faccessat", new: "faccessat2", newer: true, sameArgs: true},
	{old: "fchmodat", new: "fchmodat2", newer: true, sameArgs: true},
	{old: "renameat", new: "renameat2", newer: true, sameArgs: true},
	{old: "execve", new: "execveat", newer: true},
	{old: "accept", new: "accept4", newer: true, sameArgs: true},
	{old: "dup2", new: "dup3", newer: true, sameArgs: true},
	{old: "mlock", new: "mlock2", newer: true, sameArgs: true},
	{old: "preadv", new: "preadv2", newer: true, sameArgs: true},
	{old: "pwritev", new: "pwritev2", newer: true, sameArgs: true},
	{old: "mount", new: "fsopen", newer: true, with: "fsconfig fsmount move_mount", part: "new mounts"},
	{old: "mount", new: "fsmount", newer: true},
	{old: "mount", new: "move_mount", newer: true, with: "open_tree", part: "bind and moved mounts"},
	{old: "mount", new: "open_tree", newer: true},
	{old: "mount", new: "mount_setattr", newer: true, part: "flags and propagation of mounts"},
	{old: "kill", new: "pidfd_send_signal", newer: true, with: "pidfd_open", part: "to one process"},
	{old: "setxattr", new: "setxattrat", newer: true},
	{old: "removexattr", new: "removexattrat", newer: true},
	{old: "epoll_pwait", new: "epoll_pwait2", newer: true},
	{old: "futex", new: "futex_time64", newer: true, sameArgs: true},
	{old: "clock_settime", new: "clock_settime64", newer: true, sameArgs: true},
	{old: "clock_adjtime", new: "clock_adjtime64", newer: true, sameArgs: true},
	{old: "timer_settime", new: "timer_settime64", newer: true, sameArgs: true},
	{old: "timerfd_settime", new: "timerfd_settime64", newer: true, sameArgs: true},
	{old: "utimensat", new: "utimensat_time64", newer: true, sameArgs: true},
	{old: "recvmmsg", new: "recvmmsg_time64", newer: true, sameArgs: true},
	{old: "mq_timedsend", new: "mq_timedsend_time64", newer: true, sameArgs: true},
	{old: "mq_timedreceive", new: "mq_timedreceive_time64", newer: true, sameArgs: true},
	{old: "semtimedop", new: "semtimedop_time64", newer: true, sameArgs: true},
	{old: "ppoll", new: "ppoll_time64", newer: true, sameArgs: true},
	{old: "pselect6", new: "pselect6_time64", newer: true, sameArgs: true},

	{old: "clone", new: "clone3"},
	{old: "clone", new: "unshare", part: "new namespaces"},
	{old: "clone3", new: "unshare", part: "new namespaces"},
	{old: "clone3", new: "clone", part: "all but what its structure alone has"},
	{old: "unshare", new: "clone", part: "new namespaces, for a child"},
	{old: "unshare", new: "clone3", part: "new namespaces, for a child"},
	{old: "mount_setattr", new: "mount", part: "flags and propagation of mounts"},
	{old: "unlinkat", new: "unlink", with: "rmdir"},
	{old: "fchownat", new: "chown", with: "lchown"},
	{old: "chmod", new: "fchmod", part: "of files that it can open"},
	{old: "fchmodat", new: "fchmod", part: "of files that it can open"},
	{old: "fchmodat2", new: "fchmod", part: "of files that it can open"},
	{old: "open", new: "creat", part: "new and emptied files, to write"},
	{old: "openat", new: "creat", part: "new and emptied files, to write"},
	{old: "kill", new: "tkill", part: "to one process"},
	{old: "kill", new: "tgkill", part: "to one process"},
	{old: "kill", new: "rt_sigqueueinfo", part: "to one process"},
	{old: "prlimit64", new: "setrlimit", part: "its own limits"},
	{old: "clock_settime", new: "settimeofday", part: "of CLOCK_REALTIME"},
	{old: "process_vm_readv", new: "ptrace"},
	{old: "process_vm_writev", new: "ptrace"},
	{old: "settimeofday", new: "clock_settime", part: "the time, not the zone"},
	{old: "ioperm", new: "iopl"},
	{old: "read", new: "pread64", part: "of files"},
	{old: "write", new: "pwrite64", part: "of files"},
	{old: "clone", new: "fork", part: "processes like the caller", plain: true},
	{old: "clone", new: "vfork", part: "processes like the caller", plain: true},
	{old: "clock_adjtime", new: "adjtimex", part: "of CLOCK_REALTIME"},
	{old: "kexec_load", new: "kexec_file_load", part: "of images that it can open"},
	{old: "ptrace", new: "process_vm_writev", part: "of memory"},
}

// moreSiblings are pairs of calls, the second of which does all that the first one does.
const moreSiblings = `
	creat open, open openat, openat2 openat, chmod fchmodat, fchmod fchmodat2, access faccessat,
	rename renameat, mknod mknodat, mkdir mkdirat, symlink symlinkat, link linkat, unlink unlinkat, rmdir unlinkat,
	readlink readlinkat, chown fchownat, lchown fchownat, fchown fchownat, chown chown32, lchown lchown32, fchown fchown32,
	chown32 fchownat, lchown32 fchownat, fchown32 fchownat, setuid setuid32, setgid setgid32, setreuid setreuid32, setregid setregid32,
	setresuid setresuid32, setresgid setresgid32, setfsuid setfsuid32, setfsgid setfsgid32, setgroups setgroups32,
	stat newfstatat, lstat newfstatat, fstat newfstatat, newfstatat statx, fork clone, vfork clone, umount umount2,
	setrlimit prlimit64, getrlimit prlimit64, stime settimeofday, stime clock_settime, adjtimex clock_adjtime,
	init_module finit_module, finit_module init_module, send sendto, sendto sendmsg, sendmsg sendmmsg, recv recvfrom, recvfrom recvmsg,
	recvmsg recvmmsg, quotactl quotactl_fd, getdents getdents64, select pselect6, poll ppoll, epoll_wait epoll_pwait,
	epoll_create epoll_create1, eventfd eventfd2, inotify_init inotify_init1, signalfd signalfd4, pipe pipe2, utime utimes,
	utimes futimesat, futimesat utimensat, waitpid wait4, mprotect pkey_mprotect, fcntl fcntl64, tkill tgkill,
	read readv, readv read, write writev, writev write, pread64 preadv, preadv pread64, pwrite64 pwritev, pwritev pwrite64,
	execveat execve, fork vfork`

// shifted are pairs of calls, the second of which has a directory as an argument before those
// of the first one.
const shifted = `
	open openat, access faccessat, access faccessat2, chmod fchmodat, chmod fchmodat2, mkdir mkdirat, mknod mknodat, chown fchownat, readlink readlinkat,
	stat newfstatat, lstat newfstatat, futimesat utimensat`

// SameArguments reports whether the arguments of a call are the arguments of another from
// index from on. The arguments of open, for example, are those of openat from 1 on.
func SameArguments(call, other string) (from int, ok bool) {
	for _, n := range pairs(shifted) {
		if n[0] == call && n[1] == other {
			return 1, true
		}
	}
	return 0, slices.ContainsFunc(siblings, func(s sibling) bool { return s.sameArgs && s.old == call && s.new == other })
}

// successors are those of moreSiblings whose second call Close refuses, too, if the profile
// refuses the first one by name and without conditions: not where the first is merely not
// allowed, for lists of what newer libraries call leave the older calls out.
const successors = `
	chmod fchmodat, rename renameat, mknod mknodat, mkdir mkdirat, symlink symlinkat, link linkat, unlink unlinkat,
	chown fchownat, lchown fchownat, fchown fchown32, chown chown32, lchown lchown32, utime utimes, utimes futimesat, futimesat utimensat,
	umount umount2, init_module finit_module, stime settimeofday, stime clock_settime, adjtimex clock_adjtime, quotactl quotactl_fd,
	setuid setuid32, setgid setgid32, setreuid setreuid32, setregid setregid32, setresuid setresuid32, setresgid setresgid32,
	setfsuid setfsuid32, setfsgid setfsgid32, setgroups setgroups32`

// byPath are pairs of calls, of which the first one does what the second one does, too, by
// a path that leads to the same file.
const byPath = `
	open openat, chmod fchmodat, fchmodat fchmodat2, rename renameat, mknod mknodat, mkdir mkdirat, symlink symlinkat`

// byUring are calls that io_uring makes: no filter sees these.
const byUring = `
	socket connect accept4 bind listen sendmsg recvmsg openat openat2 unlinkat renameat2 mkdirat symlinkat linkat statx ftruncate
	setxattr fsetxattr getxattr fgetxattr fallocate splice tee madvise epoll_ctl`

// pairs returns the pairs of a list.
func pairs(list string) (pairs [][2]string) {
	for pair := range strings.SplitSeq(list, ",") {
		names := strings.Fields(pair)
		pairs = append(pairs, [2]string{names[0], names[1]})
	}
	return pairs
}

// allSiblings returns all siblings. The caller must not change them.
var allSiblings = sync.OnceValue(func() []sibling {
	list := slices.Clone(siblings)
	for _, n := range pairs(moreSiblings) {
		list = append(list, sibling{old: n[0], new: n[1]})
	}
	for _, n := range pairs(byPath) {
		list = append(list, sibling{old: n[1], new: n[0]})
	}
	for name := range strings.FieldsSeq(byUring) {
		list = append(list, sibling{old: name, new: "io_uring_setup", with: "io_uring_enter"})
	}
	return list
})

// A Substitute is one or more calls that together do what another call does. Part says
// which part of it they do; it is "" if they do all of it.
type Substitute struct {
	Calls []string
	Part  string
	Plain bool // Part is what the call does without flags
}

// Substitutes returns the calls that do the same as a call, or part of it, on some ABI.
// Examples are fchmodat2 for chmod, and unshare for the new namespaces of clone. A
// profile that allows or refuses the call should treat them alike. Those that do all of
// it come first.
func Substitutes(call string) (list []Substitute) {
	var parts []Substitute
	type reached struct{ call, with string }
	all := allSiblings()
	seen := map[string]bool{call: true}
	for queue := []reached{{call: call}}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for _, s := range all {
			calls := strings.Fields(s.new + " " + s.with + " " + from.with)
			switch {
			case s.old != from.call || s.piece() || slices.Contains(calls, call):
			case s.part != "" && from.call == call:
				parts = append(parts, Substitute{calls, s.part, s.plain})
			case s.part == "" && !seen[s.new]:
				seen[s.new] = true
				list = append(list, Substitute{Calls: calls})
				queue = append(queue, reached{s.new, strings.Join(calls[1:], " ")})
			}
		}
	}
	return append(list, parts...)
}

// piece reports whether the new call does nothing of the old one's without others, which
// another row has.
func (s sibling) piece() bool {
	return slices.ContainsFunc(siblings, func(t sibling) bool {
		return s.old == t.old && slices.Contains(strings.Fields(t.with), s.new) && s.with == ""
	})
}
