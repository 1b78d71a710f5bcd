// Package builder has policies in Go, each with the same policy as JSON beside it:
// what ReadOnly returns is read-only.json for x86_64.
package builder

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Policy is a policy with the name of its JSON.
type Policy struct {
	Name  string
	Build func() (*profile.Profile, error)

	// Everywhere says that the JSON is right for every ABI: the constants have one value
	// on all of them.
	Everywhere bool
}

// Policies are all policies.
var Policies = []Policy{
	{"read-only", ReadOnly, false},
	{"socket-families", SocketFamilies, true},
	{"no-raw-sockets", NoRawSockets, false},
	{"no-network", NoNetwork, true},
	{"no-terminal-input", NoTerminalInput, false},
	{"terminal", Terminal, false},
	{"no-namespaces", NoNamespaces, true},
	{"write-xor-execute", WriteXorExecute, true},
	{"no-clone3", NoClone3, false},
	{"supervise-mount", SuperviseMount, true},
	{"learn", Learn, true},
	{"several-abis", SeveralABIs, false},
	{"mount-by-root", MountByRoot, true},
	{"ptrace-from-4.8", PtraceFrom48, true},
	{"no-setuid-bits", NoSetuidBits, true},
	{"one-personality", OnePersonality, true},
	{"name-threads", NameThreads, true},
	{"standard-streams", StandardStreams, true},
	{"no-signal-owner", NoSignalOwner, false},
	{"plain-futex", PlainFutex, true},
	{"compute", Compute, true},
}

// ReadOnly opens files for reading alone. O_CREAT and O_TRUNC change files without write
// access, too.
func ReadOnly() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "close", "exit_group").
		Allow("openat").If(profile.Arg(2).Masked("O_ACCMODE|O_CREAT|O_TRUNC", "O_RDONLY")).
		Profile()
}

// SocketFamilies has local and internet sockets alone.
func SocketFamilies() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("connect", "sendto", "recvfrom", "close", "exit_group").
		Allow("socket").If(profile.Arg(0).Is("AF_UNIX", "AF_INET", "AF_INET6")).
		Profile()
}

// NoRawSockets refuses packets that are not of a connection.
func NoRawSockets() (*profile.Profile, error) {
	return profile.New(policy.Allow).
		Errno("EPERM", "socket").If(profile.Arg(0).Is("AF_PACKET")).
		Errno("EPERM", "socket").If(profile.Arg(1).Masked("SOCK_TYPE_MASK", "SOCK_RAW", "SOCK_PACKET")).
		Profile()
}

// NoNetwork refuses all sockets.
func NoNetwork() (*profile.Profile, error) {
	return profile.New(policy.Allow).
		Errno("EACCES", "@network", "@io_uring").
		Profile()
}

// NoTerminalInput keeps programs from typing into the terminal that they run in.
func NoTerminalInput() (*profile.Profile, error) {
	return profile.New(policy.Allow).
		Errno("EPERM", "ioctl").If(profile.Arg(1).Is("TIOCSTI", "TIOCLINUX")).
		Profile()
}

// Terminal asks a terminal for its state and size.
func Terminal() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "exit_group").
		Allow("ioctl").If(profile.Arg(1).Is("TCGETS", "TIOCGWINSZ", "FIONREAD")).
		Profile()
}

// NoNamespaces starts processes and threads, but no namespaces.
func NoNamespaces() (*profile.Profile, error) {
	const spaces = "CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET"
	return profile.New(policy.Errno(1)).
		Allow("fork", "vfork", "execve", "wait4", "exit_group").
		Allow("clone").If(profile.Arg(0).Without(spaces)).
		Errno("ENOSYS", "clone3").
		Profile()
}

// WriteXorExecute refuses memory that is written and executed at once.
func WriteXorExecute() (*profile.Profile, error) {
	const both = "PROT_WRITE|PROT_EXEC"
	return profile.New(policy.Allow).
		Errno("EACCES", "mmap", "mprotect", "pkey_mprotect").If(profile.Arg(2).Masked(both, both)).
		Errno("EACCES", "shmat").If(profile.Arg(2).Masked("SHM_EXEC", "SHM_EXEC")).
		Profile()
}

// NoClone3 makes programs use clone, of which a filter sees the flags.
func NoClone3() (*profile.Profile, error) {
	return profile.New(policy.Allow).
		Errno("ENOSYS", "clone3").
		Profile()
}

// SuperviseMount has a supervisor decide of each mount.
func SuperviseMount() (*profile.Profile, error) {
	return profile.New(policy.Allow).
		Notify("mount", "umount2").
		Errno("EPERM", "move_mount", "fsmount", "open_tree", "mount_setattr").
		Profile()
}

// Learn logs what is not known to be needed.
func Learn() (*profile.Profile, error) {
	return profile.New(policy.Log).
		Allow("read", "write", "openat", "close", "exit_group").
		Kill("kexec_load", "init_module", "finit_module").
		Profile()
}

// SeveralABIs also serves 32-bit programs, and x32.
func SeveralABIs() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Arches(arch.X86, arch.X32).
		Allow("read", "write", "exit_group").
		Allow("socket").If(profile.Arg(0).Is("AF_UNIX")).
		Allow("ioctl").If(profile.Arg(1).Is("TCGETS")).
		Profile()
}

// MountByRoot leaves mounts to containers that have the capability.
func MountByRoot() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "exit_group").
		Allow("mount", "umount2").If(profile.Caps("CAP_SYS_ADMIN")).
		Errno("ENOSYS", "fsopen").If(profile.NoCaps("CAP_SYS_ADMIN")).
		Profile()
}

// PtraceFrom48 has debuggers where tracing cannot bypass filters.
func PtraceFrom48() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "exit_group").
		Allow("ptrace", "process_vm_readv").If(profile.SinceKernel("4.8")).
		Profile()
}

// NoSetuidBits refuses files that run as somebody else.
func NoSetuidBits() (*profile.Profile, error) {
	b := profile.New(policy.Allow)
	for _, bit := range []string{"S_ISUID", "S_ISGID"} {
		b.Errno("EPERM", "chmod", "fchmod").If(profile.Arg(1).Masked(bit, bit))
		b.Errno("EPERM", "fchmodat", "fchmodat2").If(profile.Arg(2).Masked(bit, bit))
	}
	return b.Profile()
}

// OnePersonality asks for the personality, and has Linux' own.
func OnePersonality() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "exit_group").
		Allow("personality").If(profile.Arg(0).Is("PER_LINUX", "ADDR_NO_RANDOMIZE", uint32(0xffffffff))).
		Profile()
}

// NameThreads has no use of prctl but names.
func NameThreads() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "exit_group").
		Allow("prctl").If(profile.Arg(0).Is("PR_SET_NAME", "PR_GET_NAME")).
		Errno("EINVAL", "prctl").If(profile.Arg(0).Is("PR_SET_VMA")).
		Profile()
}

// StandardStreams reads and writes what it was started with.
func StandardStreams() (*profile.Profile, error) {
	return profile.New(policy.KillProcess).
		Allow("read", "write", "close").If(profile.Arg(0).Between(0, 2)).
		Allow("exit_group").
		Profile()
}

// NoSignalOwner keeps descriptors from sending signals.
func NoSignalOwner() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "exit_group").
		Allow("fcntl").If(profile.Arg(1).Not("F_SETOWN", "F_SETSIG")).
		Profile()
}

// PlainFutex waits and wakes, however the caller measures time.
func PlainFutex() (*profile.Profile, error) {
	return profile.New(policy.Errno(1)).
		Allow("read", "write", "exit_group").
		Allow("futex").If(profile.Arg(1).Masked("FUTEX_CMD_MASK", "FUTEX_WAIT", "FUTEX_WAKE")).
		Profile()
}

// Compute needs memory, time and what it was given.
func Compute() (*profile.Profile, error) {
	return profile.New(policy.KillProcess).
		Allow("@memory", "@time", "@threads", "read", "write", "close", "exit", "exit_group").
		Kill("mprotect").If(profile.Arg(2).Masked("PROT_EXEC", "PROT_EXEC")).
		Errno("ENOSYS", "clone3", "openat").
		Profile()
}
