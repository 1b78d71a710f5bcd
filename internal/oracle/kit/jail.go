package main

import (
	"bytes"
	"context"
	"debug/elf"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/install"
)

//go:embed probe
var probeSources embed.FS

// A probe is the programs of the containers.
type probe struct {
	rootfs  string // with the programs
	host    arch.Arch
	paths   map[arch.Arch]string // in rootfs
	missing []string             // other ABIs of the host's kernel, with the reason
	older   []bpf.RawInstruction
}

// firstText is the address of the host's program, that of the next is textSize higher:
// where one makes the calls to ask, another must not make its own. Programs that are
// position-independent are elsewhere.
const firstText, textSize = 0x5ec00000, 0x100000

// buildProbe writes a root directory with the programs of the host's ABI, and of the others
// that its kernel and a compiler know.
func buildProbe(dir string, host arch.Arch) (*probe, error) {
	p := &probe{rootfs: filepath.Join(dir, "rootfs"), host: host, paths: map[arch.Arch]string{}}
	for _, sub := range []string{"proc", "dev", "sys", "etc"} {
		if err := os.MkdirAll(filepath.Join(p.rootfs, sub), 0o755); err != nil {
			return nil, err
		}
	}
	if err := writeSources(dir); err != nil {
		return nil, err
	}
	if err := p.add(dir, host); err != nil {
		return nil, err
	}
	for a := range arch.All() {
		if _, _, ok := p.entry(a); ok || !a.SameKernel(host) {
			continue
		}
		if err := p.add(dir, a); err != nil {
			line, _, _ := strings.Cut(err.Error(), "\n")
			p.missing = append(p.missing, fmt.Sprintf("%s (%s)", a, line))
		}
	}
	p.older = append(p.older, bpf.RawInstruction{Op: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	return p, nil
}

// writeSources writes those of the probe.
func writeSources(dir string) error {
	for _, name := range []string{"probe.c", "entry.h"} {
		text, err := probeSources.ReadFile("probe/" + name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add builds the program of an ABI. It is an error if the kernel does not execute it.
func (p *probe) add(dir string, a arch.Arch) error {
	prog, err := programOf(a)
	if err != nil {
		return err
	}
	path := "/probe-" + a.String()
	file := filepath.Join(p.rootfs, path)
	if err := prog.build(prog.compiler(p.host), filepath.Join(dir, "probe.c"), file, firstText+textSize*uint64(len(p.paths))); err != nil {
		return err
	}
	out, err := exec.Command(file).Output()
	if !bytes.Contains(out, []byte("unguarded")) {
		return fmt.Errorf("the kernel does not start %s: %v", path, err)
	}
	ends, err := afterCalls(file)
	if err != nil {
		return err
	}
	for _, end := range ends {
		p.older = append(p.older, stop(end)...)
	}
	p.paths[a] = path
	return nil
}

// entry returns the program that makes calls of an ABI, and the letter of its entry.
func (p *probe) entry(a arch.Arch) (path, letter string, ok bool) {
	letter = "s"
	switch {
	case p.host != arch.X86_64:
	case a == arch.X86:
		a, letter = p.host, "i"
	case a == arch.X32:
		a = p.host
	}
	path, ok = p.paths[a]
	return path, letter, ok
}

// afterCalls returns the addresses after the instructions of a program that make calls, as
// the halves of seccomp_data.instruction_pointer.
func afterCalls(program string) (ends [][2]uint32, err error) {
	f, err := elf.Open(program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if strings.HasPrefix(s.Name, "after_") {
			var ip [8]byte
			f.ByteOrder.PutUint64(ip[:], s.Value)
			ends = append(ends, [2]uint32{f.ByteOrder.Uint32(ip[:4]), f.ByteOrder.Uint32(ip[4:])})
		}
	}
	if len(ends) == 0 {
		return nil, fmt.Errorf("%s has no symbol after_call", program)
	}
	return ends, nil
}

// stop returns the part of the older filter that answers calls from before an address.
func stop(end [2]uint32) (insns []bpf.RawInstruction) {
	const ip = 8 // the offset of seccomp_data.instruction_pointer
	for i, half := range end {
		insns = append(insns,
			bpf.RawInstruction{Op: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: ip + 4*uint32(i)},
			bpf.RawInstruction{Op: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: uint8(3 - 2*i), K: half})
	}
	return append(insns, bpf.RawInstruction{Op: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | 4095})
}

// guarded runs a command of a runtime under the older filter, which all that it starts
// inherits, in a mount and a PID namespace, so that nothing outlives it. It has cgroup2 at
// the path of runtimes, even if the machine has older cgroups. It is killed when ctx ends.
// A process that takes more than patience is killed, too, and all after waiting, which is
// an error that wraps context.DeadlineExceeded.
func guarded(ctx context.Context, p *probe, command ...string) (stdout, stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, waiting)
	defer cancel()
	var older bytes.Buffer
	if err := binary.Write(&older, binary.NativeEndian, p.older); err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe", append([]string{inner, hex.EncodeToString(older.Bytes())}, command...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, Pdeathsig: unix.SIGKILL}
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("not done after %s: %w", waiting, ctx.Err())
	case err != nil && spent(cmd.ProcessState) > patience*3/4: // the limit counts in ticks
		err = fmt.Errorf("not done after %s of processor time: %w", patience, context.DeadlineExceeded)
	}
	return out.Bytes(), errs.Bytes(), err
}

// spent returns how much processor time a process has taken, and those that it waited for.
func spent(s *os.ProcessState) time.Duration {
	if s == nil {
		return 0
	}
	return s.UserTime() + s.SystemTime()
}

// removeCgroups removes the cgroups of that name, and those in them. All their processes
// have ended with the namespaces of guarded.
func removeCgroups(p *probe, name string) error {
	_, says, err := guarded(context.Background(), p, "find", "/sys/fs/cgroup", "-depth", "-type", "d", "(", "-name", name, "-o", "-path", "*/"+name+"/*", ")", "-exec", "rmdir", "{}", ";")
	if err != nil || len(says) > 0 {
		return fmt.Errorf("remove the cgroup %s: %s (%v)", name, lastLine(says), err)
	}
	return nil
}

// inner is the first argument of this program, or of its test, in the namespaces of guarded.
const inner = "-guarded"

// ifGuarded does not return in the namespaces of guarded. Each main calls it first.
func ifGuarded() {
	if len(os.Args) > 3 && os.Args[1] == inner && os.Getpid() == 1 {
		fmt.Fprintln(os.Stderr, "kit:", enter(os.Args[2], os.Args[3:]))
		os.Exit(125)
	}
}

// enter makes the mounts, installs the filter and executes the command. It returns only
// errors.
func enter(older string, command []string) error {
	for _, m := range []struct {
		source, target, fstype string
		flags                  uintptr
	}{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"proc", "/proc", "proc", 0},
		{"none", "/sys/fs/cgroup", "cgroup2", 0},
	} {
		if err := unix.Mount(m.source, m.target, m.fstype, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	seconds := uint64(patience / time.Second)
	if err := unix.Setrlimit(unix.RLIMIT_CPU, &unix.Rlimit{Cur: seconds, Max: seconds}); err != nil {
		return fmt.Errorf("setrlimit(RLIMIT_CPU): %w", err)
	}
	program, err := exec.LookPath(command[0])
	if err != nil {
		return err
	}
	code, err := hex.DecodeString(older)
	if err != nil {
		return err
	}
	insns := make([]bpf.RawInstruction, len(code)/8)
	if _, err := binary.Decode(code, binary.NativeEndian, insns); err != nil {
		return err
	}
	return install.Exec(insns, install.Options{AllowNewPrivs: true}, program, command, os.Environ())
}
