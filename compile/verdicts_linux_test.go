package compile

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/live"
	"github.com/seccompile/seccompile/internal/selftest"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

var childrenDir = flag.String("children", "", "the folder with internal/live/caller built for each GOARCH that the kernel executes, and named by it; if empty, the go command builds them")

// TestVerdicts has the running kernel judge the vectors, and many other calls by what the
// definition says of them, from programs of each ABI that it executes.
func TestVerdicts(t *testing.T) {
	selftest.Live(t)
	programs := programsOf(t)
	vectors, calls := map[arch.Arch]int{}, map[arch.Arch]int{}
	seconds := map[arch.Arch]time.Duration{}
	other := 0
	for _, f := range vectorFiles(t, programs[0].arch.SameKernel) { // a fault of another kernel's ABIs is not this one's
		if f.filter == nil {
			other += len(f.Vectors)
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			left := len(f.Vectors)
			for _, p := range programs {
				start := time.Now()
				n := p.judgeVectors(t, f)
				left -= n
				vectors[p.arch] += n
				sweep := p.sweep(f.filter.policy)
				differences, err := p.differences(f.filter.policy, f.filter.Insns(), sweep)
				if err != nil {
					t.Fatal(err)
				}
				for i, d := range differences {
					if i == 10 {
						t.Errorf("and %d more", len(differences)-i)
						break
					}
					t.Error(d)
				}
				calls[p.arch] += len(sweep)
				seconds[p.arch] += time.Since(start)
			}
			other += left
		})
	}
	for _, p := range programs {
		p.judgeNumbers(t)
		t.Logf("%s: %d vectors and %d other calls judged in %.1f s", p.arch, vectors[p.arch], calls[p.arch], seconds[p.arch].Seconds())
		if vectors[p.arch] == 0 || calls[p.arch] < 500 {
			t.Errorf("%s: %d vectors and %d other calls judged, want 1 and 500 at least", p.arch, vectors[p.arch], calls[p.arch])
		}
	}
	t.Logf("vectors that no program here can have judged: %d", other)
	for _, p := range programs {
		t.Run("planted/"+p.arch.String(), p.plant)
	}
}

// A program makes calls of its ABI.
type program struct {
	arch  arch.Arch
	child string
	o32   bool // of a 64-bit MIPS kernel
}

// programsOf returns a program for each ABI that the kernel executes, that of the test first.
func programsOf(t *testing.T) (list []program) {
	host, err := arch.Parse(runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	for a := range arch.All() {
		if !a.SameKernel(host) || a == arch.X32 {
			continue // x86_64's programs make x32's calls
		}
		p := program{arch: a, child: filepath.Join(t.TempDir(), a.String())}
		switch {
		case a == arch.MIPS64N32 || a == arch.MIPSEL64N32:
			err = live.N32(p.child, a.ByteOrder())
		case a.GOARCH() == "":
			t.Logf("%s: Go has no port to it", a)
			continue
		case *childrenDir != "":
			p.child, err = filepath.Abs(filepath.Join(*childrenDir, a.GOARCH()))
		default:
			cmd := exec.Command("go", "build", "-o", p.child, "../internal/live/caller")
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS=linux", "GOARCH="+a.GOARCH())
			var out []byte
			if out, err = cmd.CombinedOutput(); err != nil {
				err = fmt.Errorf("go build: %w: %s", err, out)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err := live.Run(p.child, []bpf.RawInstruction{{Op: abi.ClassRET, K: abi.RetErrno}}, []live.Call{{}})
		switch {
		case errors.Is(err, unix.ENOEXEC) && a != host:
			t.Logf("%s: the kernel does not execute its programs: %v", a, err)
		case errors.Is(err, os.ErrNotExist):
			t.Fatalf("%s: %v: build internal/live/caller with GOARCH=%s for -children, whether or not the kernel executes it", a, err, a.GOARCH())
		case err != nil:
			t.Fatalf("%s: %v", a, err)
		case a == host:
			list = append([]program{p}, list...)
		default:
			list = append(list, p)
		}
	}
	for i := range list {
		list[i].o32 = (list[i].arch == arch.MIPS || list[i].arch == arch.MIPSEL) && len(list) > 1
	}
	return list
}

// sees returns what filters see of a call. ok is false if they see none.
func (p program) sees(call live.Call) (seen syscalls.Call, ok bool) {
	seen = syscalls.Call{Audit: p.arch.Audit(), Nr: call.Nr, Args: call.Args}
	if a, _ := seen.Arch(); a.NumberBase() >= 4000 && a != arch.X32 && seen.Nr == 4000 {
		// o32's syscall(number, ...), which works from all programs: the kernel shows the number of
		// the call that it makes, and to programs of o32 alone that call's arguments, of which the
		// last is not ours to say (arch/mips/kernel/scall64-o32.S, handle_sys, and
		// arch/mips/include/asm/syscall.h, syscall_get_arguments).
		if seen.Nr = uint32(seen.Args[0]); p.arch.RegisterBits() == 32 {
			copy(seen.Args[:], seen.Args[1:])
		}
	}
	for i, v := range seen.Args {
		if p.o32 { // registers of 64 bits, which hold arguments of 32 with their sign
			seen.Args[i] = uint64(int64(int32(v)))
		} else if p.arch.RegisterBits() == 32 {
			seen.Args[i] = uint64(uint32(v))
		}
	}
	if p.arch == arch.S390X && seen.Nr > 0xffff {
		return seen, false // arch/s390/kernel/syscall.c: numbers have 16 bits
	}
	if p.arch == arch.X86_64 && (seen.Nr == 335 || seen.Nr == 336) {
		return seen, false // uretprobe and uprobe, which pass every filter
	}
	return seen, true
}

// judgeVectors has the kernel judge those vectors of a file that are calls of this ABI, and
// returns how many they were.
func (p program) judgeVectors(t *testing.T, f vectorFile) int {
	var calls []live.Call
	var of []int
	for i, v := range f.Vectors {
		call := live.Call{Nr: v.Call.Nr, Args: v.Call.Args}
		if seen, ok := p.sees(call); ok && seen == v.Call {
			calls, of = append(calls, call), append(of, i)
		}
	}
	if len(calls) == 0 {
		return 0
	}
	answers, err := live.Run(p.child, f.filter.Insns(), calls)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := p.exact(f.filter.Insns(), calls)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range of {
		v := f.Vectors[k]
		if got, want := policy.Action(answers[i]), p.verdict(v.Want); got != want {
			t.Errorf("%s:%d: the kernel answers %s with %s, want %s", f.name, v.Line, v.Text, got, want)
		}
		if exact[i] != v.Want {
			t.Errorf("%s:%d: the kernel answers %s with what stands for %s, want %s", f.name, v.Line, v.Text, exact[i], v.Want)
		}
	}
	return len(calls)
}

// judgeNumbers compares the numbers of the tables with those that programs of this ABI are
// built with.
func (p program) judgeNumbers(t *testing.T) {
	if p.arch.GOARCH() == "" {
		return
	}
	numbers, err := live.Numbers(p.child)
	if err != nil {
		t.Fatal(err)
	}
	if len(numbers) < 50 {
		t.Errorf("%s: its programs know %d numbers, want 50 at least", p.arch, len(numbers))
	}
	for name, want := range numbers {
		if nr, ok := syscalls.Number(p.arch, name); !ok || nr != want {
			t.Errorf("%s: number of %s: %d, and programs have %d", p.arch, name, nr, want)
		}
	}
}

// verdict is what a child sees of an action.
func (p program) verdict(a policy.Action) policy.Action {
	switch {
	case policy.Errno(0).Stricter(a):
		return policy.Errno(live.Passed)
	case !policy.Errno(0).Stricter(a) && a.Kind() != policy.Errno(0).Kind() && p.arch.GOARCH() == "":
		return policy.KillProcess // see live.Run
	}
	return a
}

// coded is the errno that stands for the first of the answers of a filter, and so on.
const coded = live.Passed + 1

// exact has the kernel judge calls by a filter that answers an errno for each answer of
// insns, so that none kills and ALLOW, LOG, TRACE and NOTIFY can be told apart.
func (p program) exact(insns []bpf.RawInstruction, calls []live.Call) ([]policy.Action, error) {
	insns = append([]bpf.RawInstruction(nil), insns...)
	index, answers := map[uint32]int{}, []policy.Action{}
	for i, x := range insns {
		switch x.Op {
		case abi.ClassRET | abi.RvalA:
			return nil, fmt.Errorf("instruction %d returns the accumulator", i)
		case abi.ClassRET | abi.RvalK:
			if _, ok := index[x.K]; !ok {
				index[x.K] = len(answers)
				answers = append(answers, policy.Action(x.K))
			}
			insns[i].K = uint32(policy.Errno(uint16(coded + index[x.K])))
		}
	}
	got, err := live.Run(p.child, insns, calls)
	if err != nil {
		return nil, err
	}
	actions := make([]policy.Action, len(calls))
	for i, a := range got {
		n := int(a) - int(policy.Errno(coded))
		if n < 0 || n >= len(answers) {
			return nil, fmt.Errorf("the kernel answers %d%x with %s, which the filter never does", calls[i].Nr, calls[i].Args, policy.Action(a))
		}
		actions[i] = answers[n]
	}
	return actions, nil
}

// differences says of which calls the kernel, with the filter, and the policy say different
// things.
func (p program) differences(pol *policy.Policy, insns []bpf.RawInstruction, calls []live.Call) (list []string, err error) {
	got, err := p.exact(insns, calls)
	if err != nil {
		return nil, err
	}
	for i, call := range calls {
		seen, _ := p.sees(call)
		if want, _ := pol.Decide(seen); got[i] != want {
			list = append(list, fmt.Sprintf("the kernel answers %s with what stands for %s, want %s", seen, got[i], want))
		}
	}
	return list, nil
}
