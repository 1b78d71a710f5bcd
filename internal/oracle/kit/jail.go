package main

import (
	"bytes"
	"context"
	"debug/elf"
	_ "embed"
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

	"github.com/seccompile/seccompile/install"
)

//go:embed probe/probe.c
var probeSource []byte

// A probe is the program of the containers.
type probe struct {
	rootfs string // with /probe
	older  []bpf.RawInstruction
}

// buildProbe writes a root directory with the probe.
func buildProbe(dir string) (*probe, error) {
	p := &probe{rootfs: filepath.Join(dir, "rootfs")}
	for _, sub := range []string{"proc", "dev", "sys", "etc"} {
		if err := os.MkdirAll(filepath.Join(p.rootfs, sub), 0o755); err != nil {
			return nil, err
		}
	}
	source, program := filepath.Join(dir, "probe.c"), filepath.Join(p.rootfs, "probe")
	if err := os.WriteFile(source, probeSource, 0o644); err != nil {
		return nil, err
	}
	// Programs that are not position-independent are elsewhere than the address.
	cmd := exec.Command("gcc", "-O1", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-no-pie",
		"-Wl,-Ttext-segment=0x5ec00000", "-Wl,--build-id=none", "-o", program, source)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("gcc: %w\n%s", err, out)
	}
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
			p.older = append(p.older, stop(s.Value)...)
		}
	}
	if len(p.older) == 0 {
		return nil, fmt.Errorf("%s has no symbol after_syscall", program)
	}
	p.older = append(p.older, bpf.RawInstruction{Op: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	return p, nil
}

// stop returns the part of the older filter that answers calls from before an address.
func stop(address uint64) (insns []bpf.RawInstruction) {
	const ip = 8 // the offset of seccomp_data.instruction_pointer
	for i, half := range []uint32{uint32(address), uint32(address >> 32)} {
		insns = append(insns,
			bpf.RawInstruction{Op: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: ip + 4*uint32(i)},
			bpf.RawInstruction{Op: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: uint8(3 - 2*i), K: half})
	}
	return append(insns, bpf.RawInstruction{Op: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | 4095})
}

// guarded runs a command of a runtime under the older filter, which all that it starts
// inherits, in a mount and a PID namespace, so that nothing outlives it. It has cgroup2 at
// the path of runtimes, even if the machine has older cgroups. It is killed after the
// limit, which is an error that wraps context.DeadlineExceeded.
func guarded(p *probe, limit time.Duration, command ...string) (stdout, stderr []byte, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
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
	if ctx.Err() != nil {
		err = fmt.Errorf("not done after %s: %w", limit, ctx.Err())
	}
	return out.Bytes(), errs.Bytes(), err
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
