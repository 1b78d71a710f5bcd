package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// emulators are the programs of qemu-user whose name is not that of the ABI.
var emulators = map[string]string{
	"x86": "i386", "mipsel64": "mips64el", "mips64n32": "mipsn32", "mipsel64n32": "mipsn32el", "parisc": "hppa", "sh": "sh4",
}

// TestPrograms: the probe compiles for each ABI that has a compiler here, its entry passes
// numbers and arguments in order, and it tells results, errnos, and the ends of threads
// and processes apart. qemu-user has no filters.
func TestPrograms(t *testing.T) {
	host, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		t.Run(p.abi.String(), func(t *testing.T) {
			compiler := p.compiler(host.Arch)
			if _, err := exec.LookPath(compiler); err != nil {
				t.Skip(err)
			}
			dir := t.TempDir()
			if err := writeSources(dir); err != nil {
				t.Fatal(err)
			}
			guarded, program := filepath.Join(dir, "guarded"), filepath.Join(dir, "unguarded")
			if err := p.build(compiler, filepath.Join(dir, "probe.c"), guarded, firstText); err != nil {
				t.Fatal(err)
			}
			if ends, err := afterCalls(guarded); len(ends) == 0 || err != nil {
				t.Errorf("no call ends after_call: %v", err)
			}
			if err := p.build(compiler, filepath.Join(dir, "probe.c"), program, firstText, "-DUNGUARDED"); err != nil {
				t.Fatal(err)
			}
			var command []string
			if !p.abi.SameKernel(host.Arch) {
				name := emulators[p.abi.String()]
				if name == "" {
					name = p.abi.String()
				}
				command = []string{"qemu-" + name}
				if _, err := exec.LookPath(command[0]); err != nil {
					t.Skip(err)
				}
			}
			var want []string
			args := []string{program}
			for i, tt := range []struct {
				name, rest, want string
			}{
				{"close", "ffffffff", "errno 9"},
				{"personality", "ffffffff", "errno 0"},
				{"dup", "2", "returned"},
				{"exit", "", "kill_thread"},
				{"exit_group", "1f", "status 7936"},
				{"move_pages", "1 2 3 4 5 6", "errno"},
			} {
				nr, ok := syscalls.Number(p.abi, tt.name)
				if !ok {
					t.Fatalf("no call %s", tt.name)
				}
				args = append(args, fmt.Sprintf("s %x %s", nr, tt.rest))
				want = append(want, fmt.Sprintf("%d %s", i, tt.want))
			}
			got, errs := runProgram(t, append(command, args...))
			got = regexp.MustCompile(`(returned|5 errno) \d+`).ReplaceAllString(got, "$1")
			if diff := cmp.Diff(strings.Join(want, "\n")+"\n", got); diff != "" {
				t.Errorf("the probe says (-want +got)\n%s%s", diff, errs)
			}
			if command == nil {
				return
			}
			const call = "move_pages(1,2,3,4,5,6)"
			if _, errs = runProgram(t, append(command, "-strace", program, args[len(args)-1])); !strings.Contains(errs, call) {
				t.Errorf("no call %s in:\n%s", call, errs)
			}
		})
	}
}

// runProgram returns what a command prints.
func runProgram(t *testing.T, command []string) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if ctx.Err() != nil || !errors.As(err, &exit) {
			t.Fatalf("%s: %v\n%s%s", command, err, out.String(), errs.String())
		}
		t.Errorf("%s: %v", command, err)
	}
	return out.String(), errs.String()
}

// TestMissing: the program of x86_64 serves three ABIs, and the errors for other ABIs name the
// compiler that is missing, or the file to extend.
func TestMissing(t *testing.T) {
	requireContainers(t)
	old := programs
	defer func() { programs = old }()
	programs = []program{{arch.X86_64, "x86_64-linux-gnu", ""}, {arch.ARM, "missing", ""}}
	dir := t.TempDir()
	p, err := buildProbe(dir, arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []arch.Arch{arch.X86_64, arch.X86, arch.X32} {
		if _, _, ok := p.entry(a); !ok {
			t.Errorf("no entry for %s", a)
		}
	}
	if len(p.missing) > 0 {
		t.Errorf("missing on x86_64: %s", p.missing)
	}
	for _, tt := range []struct {
		abi  arch.Arch
		want string
	}{{arch.ARM, `"missing-gcc": executable file not found`}, {arch.SHEB, "no entry for sheb"}} {
		if err := p.add(dir, tt.abi); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("add(%s) = %v, want %s", tt.abi, err, tt.want)
		}
	}
}
