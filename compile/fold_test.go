package compile

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// strictestOf is the kernel's choice, as in kernel/seccomp.c, seccomp_run_filters: the
// newest filter first, and an older one counts if it is smaller as a signed number.
func strictestOf(filters []*Filter, c syscalls.Call) uint32 {
	ret := uint32(abi.RetAllow)
	for i := len(filters) - 1; i >= 0; i-- {
		if cur := uint32(filters[i].Run(c)); int32(cur&abi.RetActionFull) < int32(ret&abi.RetActionFull) {
			ret = cur
		}
	}
	return ret
}

// TestFoldRandom folds two or three filters of random policies, and holds the result
// against them by running all. That is beside the proof of Fold.
func TestFoldRandom(t *testing.T) {
	t.Parallel()
	r := newRand(t)
	folded, answers := 0, map[string]int{}
	for range 60 {
		a, b := randomPair(r)
		pols := []*policy.Policy{a, b}
		if c, d := randomPair(r); c.Arches[0].Arch == a.Arches[0].Arch {
			pols = append(pols, d)
		}
		var filters []*Filter
		var rules []policy.Rule
		for _, pol := range pols {
			f, err := Policy(pol, Options{NoVerify: true})
			if err != nil {
				break
			}
			f, err = Load(f.insns, f.native)
			if err != nil {
				t.Fatal(err)
			}
			filters = append(filters, f)
			for _, part := range pol.Arches {
				rules = append(rules, part.Rules...)
			}
		}
		if len(filters) < 2 {
			continue
		}
		s := mustStack(t, filters...)
		f, err := s.Fold()
		if err != nil {
			kind, _, _ := strings.Cut(err.Error(), " ")
			answers[kind]++
			var fold *FoldError
			var undecided *UndecidedError
			if !errors.As(err, &fold) && !errors.As(err, &undecided) {
				t.Errorf("Fold: %v", err)
			}
			continue
		}
		folded++
		for _, pol := range pols {
			for _, part := range pol.Arches {
				for _, rule := range part.Rules {
					for _, args := range nearSets(rules, r, 10) {
						c := syscalls.Call{Audit: part.Arch.Audit(), Nr: rule.Nr, Args: args}
						want := policy.Action(strictestOf(filters, c))
						if got := f.Run(c); got != want {
							t.Fatalf("%s = %s, want %s\n%s\n%s", c, got, want, s, f)
						}
						answers[want.Kind().String()]++
					}
				}
			}
		}
	}
	t.Logf("%d folded, answers %v", folded, answers)
	if folded < 30 {
		t.Errorf("%d of 60 folded", folded)
	}
}

// TestFoldPrograms folds random programs of all instructions, which use registers and
// memory, and jump far.
func TestFoldPrograms(t *testing.T) {
	t.Parallel()
	r := newRand(t)
	folded, undecided := 0, 0
	for range 150 {
		var filters []*Filter
		for range 2 + r.IntN(2) {
			f, err := Load(randomProgram(r), arch.X86_64)
			if err != nil {
				t.Fatal(err)
			}
			filters = append(filters, f)
		}
		s := mustStack(t, filters...)
		f, err := s.Fold()
		var beyond *UndecidedError
		switch {
		case errors.As(err, &beyond):
			undecided++
			continue
		case err != nil:
			t.Fatalf("%v\n%s", err, s)
		}
		folded++
		for range 100 {
			c := syscalls.Call{Audit: uint32(r.IntN(4)), Nr: uint32(r.IntN(4))}
			for i := range c.Args {
				c.Args[i] = uint64(r.IntN(4))
			}
			if got, want := f.Run(c), policy.Action(strictestOf(filters, c)); got != want {
				t.Fatalf("%s = %s, want %s\n%s\n%s", c, got, want, s, f)
			}
		}
	}
	t.Logf("%d folded, %d undecided", folded, undecided)
	if folded < 100 {
		t.Errorf("%d of 150 folded", folded)
	}
}

// randomProgram returns a program whose registers and memory matter: what it does first
// may use what A and X are at the start.
func randomProgram(r *rand.Rand) (insns []bpf.RawInstruction) {
	returns := []policy.Action{policy.Allow, policy.Allow, policy.Allow | 7, policy.Errno(1), policy.Errno(2), policy.Trap | 3, policy.KillThread, policy.KillProcess, policy.Log | 1, policy.Trace(2), policy.Trace(9), 0x12340001}
	n := 6 + r.IntN(40)
	if r.IntN(8) == 0 {
		n += 300
	}
	stored := false
	for pc := range n {
		k, left := uint32(r.IntN(4)), n-pc-1
		in := bpf.RawInstruction{Op: abi.ClassRET, K: uint32(returns[r.IntN(len(returns))])}
		jump := func() uint8 { return uint8(r.IntN(min(left, 256))) }
		switch kind := r.IntN(12); {
		case left == 0 || kind == 0 && pc > 3:
		case kind < 4 || pc == 0 && kind < 8:
			in = bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS, K: 4 * uint32(r.IntN(16))}
		case kind < 7:
			in = bpf.RawInstruction{Op: abi.ClassJMP | []uint16{abi.OpJEQ, abi.OpJGT, abi.OpJGE, abi.OpJSET}[r.IntN(4)] | []uint16{abi.SrcK, abi.SrcK, abi.SrcX}[r.IntN(3)], Jt: jump(), Jf: jump(), K: k}
			if in.Op&abi.SrcX != 0 {
				in.K = 0
			}
		case kind == 7:
			in = bpf.RawInstruction{Op: abi.ClassMISC | []uint16{abi.MiscTAX, abi.MiscTXA}[r.IntN(2)]}
		case kind == 8:
			in = bpf.RawInstruction{Op: abi.ClassALU | []uint16{abi.OpADD, abi.OpAND, abi.OpOR, abi.OpXOR}[r.IntN(4)] | abi.SrcK, K: k}
		case kind == 9 && pc < 3:
			in, stored = bpf.RawInstruction{Op: []uint16{abi.ClassST, abi.ClassSTX}[r.IntN(2)], K: 5}, pc == 0
		case kind == 10 && stored:
			in = bpf.RawInstruction{Op: []uint16{abi.ClassLD, abi.ClassLDX}[r.IntN(2)] | abi.ModeMEM, K: 5}
		case kind == 11:
			in = bpf.RawInstruction{Op: abi.ClassJMP | abi.OpJA, K: uint32(r.IntN(min(left, 5)))}
		default:
			in = bpf.RawInstruction{Op: abi.ClassLDX | abi.ModeIMM, K: k}
		}
		insns = append(insns, in)
	}
	return insns
}

// TestFoldLaws: the kernel's order of actions, and whose data count.
func TestFoldLaws(t *testing.T) {
	ret := func(a policy.Action) []bpf.RawInstruction {
		return []bpf.RawInstruction{{Op: abi.ClassRET, K: uint32(a)}}
	}
	load := bpf.RawInstruction{Op: abi.ClassLD | abi.ModeABS}
	computed := []bpf.RawInstruction{load, {Op: abi.ClassRET | abi.RvalA}}
	divides := []bpf.RawInstruction{load, {Op: abi.ClassALU | abi.OpDIV | abi.SrcX}, ret(policy.Allow)[0]}
	shifts := []bpf.RawInstruction{load, {Op: abi.ClassMISC | abi.MiscTAX}, {Op: abi.ClassALU | abi.OpLSH | abi.SrcX}, {Op: abi.ClassJMP | abi.OpJEQ, Jf: 1}, ret(policy.Allow)[0], ret(policy.Log)[0]}
	// What is in X when a filter is done is not there in the next one.
	x := []bpf.RawInstruction{{Op: abi.ClassLDX | abi.ModeIMM, K: 5}, load, {Op: abi.ClassJMP | abi.OpJEQ | abi.SrcX, Jf: 1}, ret(policy.Allow)[0], ret(policy.Log)[0]}
	isZero := []bpf.RawInstruction{{Op: abi.ClassJMP | abi.OpJEQ, Jf: 1}, ret(policy.Errno(1))[0], ret(policy.Errno(2))[0]}
	txa := append([]bpf.RawInstruction{load, {Op: abi.ClassMISC | abi.MiscTXA}}, isZero...)
	stx := append([]bpf.RawInstruction{load, {Op: abi.ClassSTX, K: 3}, {Op: abi.ClassLD | abi.ModeMEM, K: 3}}, isZero...)
	twice := []bpf.RawInstruction{load, {Op: abi.ClassJMP | abi.OpJEQ, Jf: 1}, ret(policy.Notify)[0], ret(policy.Notify | 1)[0]}
	for _, tt := range []struct {
		oldestFirst [][]bpf.RawInstruction
		want        string // the answer, or the error
	}{
		{[][]bpf.RawInstruction{ret(policy.Errno(1)), ret(policy.Errno(2))}, "ERRNO(2)"}, // the newest of equal ones
		{[][]bpf.RawInstruction{ret(policy.Trace(5)), ret(policy.Trace(6))}, "TRACE(6)"},
		{[][]bpf.RawInstruction{ret(policy.Trap | 5), ret(policy.Errno(6))}, "TRAP(5)"},
		{[][]bpf.RawInstruction{ret(policy.KillThread), ret(policy.KillProcess)}, "KILL_PROCESS"},
		{[][]bpf.RawInstruction{ret(policy.KillProcess | 1), ret(policy.KillThread)}, "KILL_PROCESS(1)"},
		{[][]bpf.RawInstruction{ret(policy.Log), ret(policy.Allow)}, "LOG"},
		{[][]bpf.RawInstruction{ret(policy.Allow | 3), ret(policy.Allow | 4)}, "ALLOW"}, // data that nobody reads
		{[][]bpf.RawInstruction{ret(policy.Notify), ret(policy.Trace(1))}, "NOTIFY"},    // NOTIFY is the greater number of the two
		{[][]bpf.RawInstruction{ret(policy.Log), ret(policy.Notify), ret(policy.Allow)}, "NOTIFY"},
		{[][]bpf.RawInstruction{ret(0x12340007), ret(policy.Allow)}, "0x12340007"}, // unknown, which kills
		{[][]bpf.RawInstruction{ret(policy.Notify), ret(policy.Allow), ret(policy.Notify)}, "filters 1 and 3 of 3 return NOTIFY, but only one can have a listener; calls of the other fail with ENOSYS, and the instructions do not tell which that is (leave out or change one of them)"},
		{[][]bpf.RawInstruction{ret(policy.Allow), computed}, "instruction 1 of filter 2 of 2 returns a computed answer, but Fold needs constant answers"},
		{[][]bpf.RawInstruction{divides, ret(policy.Allow)}, "instruction 1 of filter 1 of 2 returns a computed answer, but Fold needs constant answers"},
		{[][]bpf.RawInstruction{shifts, ret(policy.Allow)}, "undecided: "},
		{[][]bpf.RawInstruction{isZero, x}, "ERRNO(1)"},
		{[][]bpf.RawInstruction{txa, x}, "ERRNO(1)"},
		{[][]bpf.RawInstruction{stx, x}, "ERRNO(1)"},
		{[][]bpf.RawInstruction{ret(policy.Log), twice}, "NOTIFY"},
		{[][]bpf.RawInstruction{computed}, "0x00000000"}, // one filter is itself
	} {
		var filters []*Filter
		for _, insns := range tt.oldestFirst {
			f, err := Load(insns, arch.X86_64)
			if err != nil {
				t.Fatal(err)
			}
			filters = append(filters, f)
		}
		s := mustStack(t, filters...)
		got := ""
		if f, err := s.Fold(); err != nil {
			got = err.Error()
		} else if got = f.Run(syscalls.Call{}).String(); len(tt.oldestFirst) == 1 {
			got = "0x00000000"
		}
		if got != tt.want && !(strings.HasSuffix(tt.want, ": ") && strings.HasPrefix(got, tt.want)) {
			t.Errorf("%v: %s, want %s", tt.oldestFirst, got, tt.want)
		}
	}
	for _, s := range []*Stack{nil, {}} {
		if _, err := s.Fold(); err == nil {
			t.Error("a fold of nothing")
		}
	}
}

// TestFoldDefault: two filters of a container, of Docker's default profile and of one that
// refuses some calls more, are as one as long as both, and still cached.
func TestFoldDefault(t *testing.T) {
	target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
	docker, err := Profile(profile.Default(), target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	own, err := JSON([]byte(`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["ptrace", "socket"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13}]}`), target, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewStack(docker, own)
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Fold()
	if err != nil {
		t.Fatal(err)
	}
	if got, most := len(f.insns), len(docker.insns)+len(own.insns)+20; got > most {
		t.Errorf("%d instructions, of %d and %d", got, len(docker.insns), len(own.insns))
	}
	for text, want := range map[string]policy.Action{"ptrace()": policy.Errno(13), "read()": policy.Allow, "mount()": policy.Errno(1), "socket(40)": policy.Errno(13)} {
		c, err := syscalls.ParseCall("x86_64 " + text)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Run(c); got != want {
			t.Errorf("%s = %s, want %s", text, got, want)
		}
		if got := f.Cached(c); got != s.Cached(c) {
			t.Errorf("%s cached: %v, of the stack %v", text, got, s.Cached(c))
		}
	}
	large, err := Split(nested(1500), Options{})
	if err != nil || len(large.filters) < 2 {
		t.Fatalf("Split: %v", err)
	}
	_, err = large.Fold()
	var fold *FoldError
	if !errors.As(err, &fold) || fold.Insns <= abi.MaxInsns {
		t.Errorf("the fold of a split: %v, want a FoldError with its size", err)
	}
}

// TestFoldBounded: filters with many answers end in a filter or a FoldError within seconds.
func TestFoldBounded(t *testing.T) {
	for _, tt := range []struct {
		filters, answers int
		fits             bool
	}{{2, 40, true}, {7, 4, true}, {3, 600, false}, {2, 1300, false}, {8, 1300, false}, {900, 6, false}} {
		var filters []*Filter
		for i := range tt.filters {
			insns := []bpf.RawInstruction{{Op: abi.ClassLD | abi.ModeABS, K: abi.DataArgs + 8*uint32(i%6)}}
			for v := range tt.answers {
				insns = append(insns, bpf.RawInstruction{Op: abi.ClassJMP | abi.OpJEQ, K: uint32(v), Jf: 1}, bpf.RawInstruction{Op: abi.ClassRET, K: uint32(policy.Trap) + uint32((v*7919+i)%4000) - uint32(i%2)<<16})
			}
			f, err := Load(append(insns, bpf.RawInstruction{Op: abi.ClassRET, K: uint32(policy.Allow)}), arch.X86_64)
			if err != nil {
				t.Fatal(err)
			}
			filters = append(filters, f)
		}
		s := mustStack(t, filters...)
		start := time.Now()
		f, err := s.Fold()
		var fold *FoldError
		if took := time.Since(start); took > 20*time.Second || tt.fits != (f != nil) || !tt.fits && (!errors.As(err, &fold) || fold.Insns > 0) {
			t.Errorf("%d filters of %d answers: %v, after %v", tt.filters, tt.answers, err, took)
		}
		if f != nil {
			t.Logf("%d filters of %d answers take %d instructions, %v", tt.filters, tt.answers, len(f.insns), time.Since(start))
		} else {
			t.Logf("%d filters of %d answers: %v, %v", tt.filters, tt.answers, err, time.Since(start))
		}
	}
}

// nested returns a policy of so many conditions on each of three calls.
func nested(n int) *policy.Policy {
	part := policy.ArchPolicy{Arch: arch.X86_64}
	for nr := range uint32(3) {
		for i := range n {
			part.Rules = append(part.Rules, policy.Rule{Nr: 100 + nr, Action: policy.Errno(1), Conds: []policy.Cond{{Arg: 1, Op: policy.EQ, Value: uint64(7919*i + i*i%701 + int(nr))}}})
		}
	}
	return &policy.Policy{Default: policy.Allow, BadArch: policy.KillProcess, Arches: []policy.ArchPolicy{part}}
}

// mustStack is NewStack for filters that can be a stack.
func mustStack(t *testing.T, filters ...*Filter) *Stack {
	t.Helper()
	s, err := NewStack(filters...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
