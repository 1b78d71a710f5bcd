//go:build seccomp

package oracle

import (
	"errors"
	"os/exec"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestStackedRuntimes: two to five filters of real runtimes, as a process in a container in
// a container has them, are folded to one, which answers as the strictest of them, and has
// the fingerprint of all together.
func TestStackedRuntimes(t *testing.T) {
	requireContainers(t)
	rootfs := buildSleeper(t)
	var names []string
	var filters []*compile.Filter
	for _, tt := range runtimeCases(t) {
		if _, err := exec.LookPath(tt.runtime.command[0]); err != nil {
			t.Logf("%s: %v", tt.name, err)
			continue
		}
		s, target := tt.section(t)
		list, err := install.Filters(container(t, tt.runtime.command, rootfs, s))
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d filters, %v, want one", tt.name, len(list), err)
		}
		f, err := compile.Load(list[0].Insns, target.Arch)
		if err != nil {
			t.Fatal(err)
		}
		names, filters = append(names, tt.name), append(filters, f)
	}
	if len(filters) < 2 {
		t.Skipf("filters of %d runtimes", len(filters))
	}
	var picks [][]int
	for i := range filters {
		for j := range filters {
			picks = append(picks, []int{i, j})
		}
		for n := 3; n <= 5; n++ {
			var up, down []int
			for k := range n {
				up = append(up, (i+k)%len(filters))
				down = append(down, (i+n-k)%len(filters))
			}
			picks = append(picks, up, down)
		}
		j := (i + 1) % len(filters)
		picks = append(picks, []int{i, j, i, j, i}) // as one runtime in another
	}
	calls := revealing(filters)
	answers, folded, large := map[string]int{}, map[int]int{}, 0
	for _, pick := range picks {
		var list []*compile.Filter
		var programs []*vm.Program
		for _, i := range pick {
			p, err := vm.New(filters[i].Insns(), arch.X86_64.ByteOrder())
			if err != nil {
				t.Fatal(err)
			}
			list, programs = append(list, filters[i]), append(programs, p)
		}
		s, err := compile.NewStack(list...)
		if err != nil {
			t.Fatal(err)
		}
		fold, err := s.Fold()
		var size *compile.FoldError
		if errors.As(err, &size) && size.Insns > 4096 { // five of a thousand each
			fold, large = nil, large+1
		} else if err != nil {
			t.Fatalf("%v: Fold: %v", pick, err)
		}
		folded[len(pick)] += min(1, len(fold.Filters()))
		together, err := s.Fingerprint()
		if err != nil {
			t.Fatalf("%v: Fingerprint: %v", pick, err)
		}
		// One filter, or the first two as one and the others after it.
		fewer := []*compile.Filter{fold}
		if fold == nil {
			fewer = append([]*compile.Filter{foldOf(t, list[:2])}, list[2:]...)
		}
		f, err := compile.NewStack(fewer...)
		if err != nil {
			t.Fatal(err)
		}
		if alone, err := f.Fingerprint(); err != nil || alone != together {
			t.Errorf("%v: the fingerprint of the fold is %x, %v, and of the filters %x", pick, alone, err, together)
		}
		for _, c := range calls {
			want := strictest(programs, c)
			if got := f.Run(c); got != want {
				t.Fatalf("%v: %s = %s, want %s", pick, c, got, want)
			}
			answers[want.Kind().String()]++
		}
	}
	t.Logf("%d stacks of the filters of %q, %d calls each, answers %v; folded by length %v, %d beyond one filter", len(picks), names, len(calls), answers, folded, large)
	if len(answers) < 3 {
		t.Errorf("answers %v: want ALLOW, ERRNO and KILL", answers)
	}
	for n := 2; n <= 5; n++ {
		if folded[n] == 0 {
			t.Errorf("none of %d filters were folded", n)
		}
	}
}

// foldOf returns filters as one.
func foldOf(t *testing.T, list []*compile.Filter) *compile.Filter {
	t.Helper()
	s, err := compile.NewStack(list...)
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Fold()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// strictest asks every filter, the newest first, and takes an older one's answer if it is
// smaller as a signed number, as kernel/seccomp.c does in seccomp_run_filters.
func strictest(programs []*vm.Program, c syscalls.Call) policy.Action {
	const action = 0xffff0000
	ret := uint32(policy.Allow)
	for _, p := range slices.Backward(programs) {
		if now, _ := p.Run(c); int32(now&action) < int32(ret&action) {
			ret = now
		}
	}
	return policy.Action(ret)
}

// revealing returns the calls that filters can tell apart by what they compare: every number
// of each ABI, and some with each constant that an argument is compared with, and those
// beside it.
func revealing(filters []*compile.Filter) (calls []syscalls.Call) {
	const load, jump, args = 0x20, 0x05, 16
	var values []uint64
	for _, f := range filters {
		offset := uint32(0)
		for _, in := range f.Insns() {
			if in.Op == load {
				offset = in.K
			}
			if in.Op&7 != jump || in.Op == jump || offset < args {
				continue
			}
			for _, v := range []uint64{uint64(in.K) - 1, uint64(in.K), uint64(in.K) + 1, 1<<32 | uint64(in.K), uint64(in.K) << 32} {
				if !slices.Contains(values, v) {
					values = append(values, v)
				}
			}
		}
	}
	for _, a := range []arch.Arch{arch.X86_64, arch.X86, arch.X32, arch.AArch64} {
		for nr := range uint32(600) {
			calls = append(calls, syscalls.Call{Audit: a.Audit(), Nr: a.NumberBase() + nr})
		}
		for _, name := range []string{"socket", "personality", "clone", "socketcall", "ipc", "ioctl", "read"} {
			nr, ok := syscalls.Number(a, name)
			for _, v := range values {
				for arg := range 3 {
					c := syscalls.Call{Audit: a.Audit(), Nr: nr}
					if c.Args[arg] = v; ok {
						calls = append(calls, c)
					}
				}
			}
		}
	}
	return append(calls, syscalls.Call{Audit: arch.X86_64.Audit(), Nr: ^uint32(0)}, syscalls.Call{Audit: 0xffff})
}
