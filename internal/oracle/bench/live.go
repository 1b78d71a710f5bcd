//go:build seccomp

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
)

// childEnv tells the program to be a child, which installs the filter on its
// standard input and prints an answer.
const childEnv = "SECCOMPILE_BENCH_CHILD"

// An answer is what a child measured.
type answer struct {
	Install float64    // µs for the installation
	Calls   [4]float64 // ns for a call, by liveCalls: the least of some passes
}

var liveCalls = [4]struct {
	name    string
	nr, arg uintptr
}{
	{"getppid", unix.SYS_GETPPID, 0},
	{"personality(~0)", unix.SYS_PERSONALITY, 0xffffffff},
	{"socket(-1)", unix.SYS_SOCKET, 0xffffffff},
	{"number 999", 999, 0},
}

// A cost is what a filter costs on the kernel that runs here.
type cost struct {
	name   string
	answer            // medians of the children
	ratios [4]float64 // medians of the ratios to no filter in the same round
}

// live has the kernel run the programs for a work, each in a child of its own in
// every round. The first is none.
func live(w work, rounds int) ([]cost, error) {
	programs := [][]bpf.RawInstruction{nil}
	costs := []cost{{name: "no filter"}}
	for _, c := range []compiler{linear, binaryTree, seccompile} {
		insns, err := c.compile(w.section, w.native)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		programs, costs = append(programs, insns), append(costs, cost{name: c.name})
	}
	answers := make([][]answer, len(programs))
	for range rounds {
		for i, insns := range programs {
			a, err := ask(insns)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", costs[i].name, err)
			}
			answers[i] = append(answers[i], a)
		}
	}
	for i := range costs {
		costs[i].Install = median(each(answers[i], func(_ int, a answer) float64 { return a.Install }))
		for n := range liveCalls {
			costs[i].Calls[n] = median(each(answers[i], func(_ int, a answer) float64 { return a.Calls[n] }))
			costs[i].ratios[n] = median(each(answers[i], func(r int, a answer) float64 { return a.Calls[n] / answers[0][r].Calls[n] }))
		}
	}
	return costs, nil
}

func each(list []answer, of func(round int, a answer) float64) (values []float64) {
	for i, a := range list {
		values = append(values, of(i, a))
	}
	return values
}

// ask runs a child.
func ask(insns []bpf.RawInstruction) (a answer, err error) {
	var in []byte
	if insns != nil {
		f, err := compile.Load(insns, arch.X86_64)
		if err != nil {
			return a, err
		}
		in = f.Bytes()
	}
	self, err := os.Executable()
	if err != nil {
		return a, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childEnv+"=1")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return a, fmt.Errorf("child: %w", err)
	}
	return a, json.Unmarshal(out, &a)
}

// child is what the program does as a child.
func child() error {
	runtime.LockOSThread()
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var a answer
	if len(raw) > 0 {
		f, err := compile.LoadBytes(raw, arch.X86_64)
		if err != nil {
			return err
		}
		insns := f.Insns()
		start := cpuTime(unix.CLOCK_THREAD_CPUTIME_ID)
		if _, err := install.Filter(insns, install.Options{Flags: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW}); err != nil {
			return err
		}
		a.Install = float64((cpuTime(unix.CLOCK_THREAD_CPUTIME_ID) - start).Nanoseconds()) / 1000
	}
	for i, c := range liveCalls {
		const passes, calls = 7, 20000
		var ns []float64
		for range passes {
			start := cpuTime(unix.CLOCK_THREAD_CPUTIME_ID)
			for range calls {
				syscall.RawSyscall(c.nr, c.arg, 0, 0)
			}
			ns = append(ns, float64((cpuTime(unix.CLOCK_THREAD_CPUTIME_ID)-start).Nanoseconds())/calls)
		}
		a.Calls[i] = slices.Min(ns)
	}
	return json.NewEncoder(os.Stdout).Encode(a)
}
