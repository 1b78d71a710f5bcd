package compile

import (
	"encoding/binary"
	"errors"
	"flag"
	"maps"
	"slices"
	"sync"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// codes are all that the kernel takes in a filter.
var codes = func() (list []uint16) {
	for code := range uint16(1 << 8) {
		for _, k := range []uint32{0, 1} { // a division by 0 is refused for its k
			ret := bpf.RawInstruction{Op: abi.ClassRET | abi.RvalK}
			st := bpf.RawInstruction{Op: abi.ClassST, K: k} // so that M[k] can be read
			if vm.Check([]bpf.RawInstruction{st, {Op: code, K: k}, ret}) == nil && !slices.Contains(list, code) {
				list = append(list, code)
			}
		}
	}
	return list
}()

// A mutant is a program with one change.
type mutant struct {
	insns []bpf.RawInstruction
	pc    int // where the change is
}

// mutants yields the programs that differ from one in one place: another code,
// jt or jf one more, one less or with another bit, the same of k, an instruction
// twice or not at all.
func mutants(insns []bpf.RawInstruction, yield func(mutant)) {
	for pc, in := range insns {
		change := func(to bpf.RawInstruction) {
			if to != in {
				m := slices.Clone(insns)
				m[pc] = to
				yield(mutant{m, pc})
			}
		}
		for _, code := range codes {
			change(bpf.RawInstruction{Op: code, Jt: in.Jt, Jf: in.Jf, K: in.K})
		}
		if jumps(in) {
			for _, d := range steps(8) {
				change(bpf.RawInstruction{Op: in.Op, Jt: uint8(d(uint32(in.Jt))), Jf: in.Jf, K: in.K})
				change(bpf.RawInstruction{Op: in.Op, Jt: in.Jt, Jf: uint8(d(uint32(in.Jf))), K: in.K})
			}
		}
		for _, d := range steps(32) {
			change(bpf.RawInstruction{Op: in.Op, Jt: in.Jt, Jf: in.Jf, K: d(in.K)})
		}
		yield(mutant{slices.Delete(slices.Clone(insns), pc, pc+1), pc})
		yield(mutant{slices.Insert(slices.Clone(insns), pc, in), pc})
	}
}

// jumps reports whether the instruction is a conditional jump: the kernel looks
// at jt and jf of no others.
func jumps(in bpf.RawInstruction) bool {
	return in.Op&7 == abi.ClassJMP && in.Op&0xf0 != abi.OpJA
}

// steps are the changes of a number of so many bits: one more, one less, and each
// bit.
func steps(bits int) []func(uint32) uint32 {
	list := []func(uint32) uint32{func(n uint32) uint32 { return n + 1 }, func(n uint32) uint32 { return n - 1 }}
	for b := range bits {
		list = append(list, func(n uint32) uint32 { return n ^ 1<<b })
	}
	return list
}

// A score counts what became of mutants.
type score struct {
	refused int // by the kernel
	caught  int // with a call that both programs were run on
	equal   int // run on every combination of classes of what they load
	missed  int
}

// judge has the proof look at a mutant, and where it finds no difference every
// combination of the classes of values that the paths through the change tell
// apart.
func (s *score) judge(t *testing.T, f *Filter, m mutant) {
	changed, err := Load(m.insns, f.native)
	if err != nil {
		s.refused++
		return
	}
	w, err := prove.Policy(m.insns, f.policy)
	var undecided *prove.UndecidedError
	switch {
	case w != nil:
		if meant, _ := f.policy.Decide(w.Call); changed.Run(w.Call).Effective() == meant.Effective() {
			t.Errorf("change at %d: %s is not a counterexample", m.pc, w.Call)
			s.missed++
			return
		}
		s.caught++
	case err != nil && !errors.As(err, &undecided):
		t.Errorf("change at %d: %v", m.pc, err)
		s.missed++
	default:
		call, ok := tell(f, changed, near(f, m))
		switch {
		case call != nil && err == nil:
			t.Errorf("change at %d is proved equal, and %s shows that it is not\n%s", m.pc, call, changed)
			s.missed++
		case call != nil:
			s.caught++ // where the proof could not decide
		case !ok:
			t.Errorf("change at %d: more than %d combinations (the proof says %v)\n%s", m.pc, combinationsMost, err, changed)
			s.missed++
		default:
			s.equal++
		}
	}
}

// combinationsMost is how many combinations of classes of values are tried.
const combinationsMost = 1 << 20

// tell runs two filters on all combinations of the values given for the words
// of the call, by their places in seccomp_data, of those words that they load. It
// returns a call that they answer otherwise, if there is one; ok is false if
// there are too many combinations.
func tell(a, b *Filter, values map[uint32][]uint32) (call *syscalls.Call, ok bool) {
	order := a.native.ByteOrder()
	type choice struct {
		off uint32
		i   int // of values[off]
	}
	var choices []choice
	for range combinationsMost {
		var data [abi.DataSize]byte
		for _, c := range choices {
			order.PutUint32(data[c.off:], values[c.off][c.i])
		}
		c := callOf(data[:], order)
		run := func(f *Filter) policy.Action { // as the kernel executes it
			answer := f.program.Trace(c, func(pc int, _, _ uint32) {
				if in := f.insns[pc]; in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS && !slices.ContainsFunc(choices, func(c choice) bool { return c.off == in.K }) {
					choices = append(choices, choice{in.K, 0})
				}
			})
			return policy.Action(answer).Effective()
		}
		// The first value of a word is 0, which it has until it is loaded.
		if run(a) != run(b) {
			return &c, true
		}
		for len(choices) > 0 {
			last := &choices[len(choices)-1]
			if last.i++; last.i < len(values[last.off]) {
				break
			}
			choices = choices[:len(choices)-1]
		}
		if len(choices) == 0 {
			return nil, true
		}
	}
	return nil, false
}

// callOf reads a struct seccomp_data.
func callOf(data []byte, order binary.ByteOrder) (c syscalls.Call) {
	c.Nr, c.Audit, c.IP = order.Uint32(data[abi.DataNr:]), order.Uint32(data[abi.DataArch:]), order.Uint64(data[8:])
	for i := range c.Args {
		c.Args[i] = order.Uint64(data[abi.DataArgs+8*i:])
	}
	return c
}

// near returns for each word of seccomp_data values of all classes that a filter
// and its mutant can tell apart on paths through the change, 0 first; of numbers
// all that calls have or may get, since many masks look at them.
func near(f *Filter, m mutant) map[uint32][]uint32 {
	values := map[uint32][]uint32{}
	for off := uint32(0); off < abi.DataSize; off += 4 {
		values[off] = []uint32{0}
	}
	for _, a := range f.policy.Arches {
		values[abi.DataNr] = append(values[abi.DataNr], numbers(a.Arch)...)
	}
	for _, p := range [][]bpf.RawInstruction{f.insns, m.insns} {
		through := around(p, min(m.pc, len(p)-1))
		origins := origins(p)
		for pc, in := range p {
			class := in.Op & 7
			if !through[pc] || class != abi.ClassJMP && class != abi.ClassALU || in.Op == abi.ClassJMP|abi.OpJA {
				continue
			}
			for off := uint32(0); off < abi.DataSize; off += 4 {
				if origins[pc]&(1<<(off/4)) == 0 {
					continue
				}
				list := append(values[off], in.K-1, in.K, in.K+1, ^uint32(0))
				if masks := class == abi.ClassALU || in.Op&0xf0 == abi.OpJSET; masks && off != abi.DataNr {
					for _, v := range slices.Clone(list) {
						list = append(list, v|in.K, v&^in.K, v|in.K&-in.K)
					}
				}
				slices.Sort(list)
				values[off] = slices.Compact(list)
			}
		}
	}
	for off, list := range values {
		slices.Sort(list)
		values[off] = slices.Compact(list)
	}
	return values
}

// around returns the instructions that are on a path with pc.
func around(insns []bpf.RawInstruction, pc int) []bool {
	next := func(i int) []int {
		switch in := insns[i]; {
		case in.Op&7 == abi.ClassRET:
			return nil
		case in.Op == abi.ClassJMP|abi.OpJA:
			return []int{i + 1 + int(in.K)}
		case jumps(in):
			return []int{i + 1 + int(in.Jt), i + 1 + int(in.Jf)}
		}
		return []int{i + 1}
	}
	on := make([]bool, len(insns))
	on[pc] = true
	for i := pc; i < len(insns); i++ { // after pc
		if on[i] {
			for _, n := range next(i) {
				on[n] = true
			}
		}
	}
	for i := pc - 1; i >= 0; i-- { // before
		on[i] = slices.ContainsFunc(next(i), func(n int) bool { return on[n] && n <= pc })
	}
	return on
}

// origins returns for each instruction the words, as bits, that A may come of
// before it; X and scratch memory count for all of them that are ever stored.
func origins(insns []bpf.RawInstruction) []uint16 {
	at := make([]uint16, len(insns)+1)
	stored := uint16(0)
	for pc, in := range insns {
		out := at[pc]
		switch class := in.Op & 7; {
		case in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS:
			out = 1 << (in.K / 4)
		case class == abi.ClassLD, class == abi.ClassMISC, in.Op&abi.SrcX != 0 && (class == abi.ClassALU || class == abi.ClassJMP):
			stored |= out
			out |= stored
			at[pc] |= stored
		case class == abi.ClassST:
			stored |= out
		}
		switch {
		case in.Op&7 == abi.ClassRET:
		case in.Op == abi.ClassJMP|abi.OpJA:
			at[pc+1+int(in.K)] |= out
		case jumps(in):
			at[pc+1+int(in.Jt)] |= out
			at[pc+1+int(in.Jf)] |= out
		default:
			at[pc+1] |= out
		}
	}
	return at
}

var mutantsEach = flag.Int("mutants", 60, "judge one of so many mutants; 1 for all")

// TestMutants: each single change of a filter is refused by the kernel, caught
// with a true counterexample, or shown to change nothing. It judges some of the
// mutants, and with -mutants 1 all of them.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of proofs")
	}
	r := newRand(t)
	filters := map[string]*Filter{}
	for name, a := range map[string]arch.Arch{"the default profile, x86_64": arch.X86_64, "the default profile, aarch64": arch.AArch64} {
		f, err := Profile(profile.Default(), profile.Target{Arch: a, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		filters[name] = f
	}
	for _, f := range vectorFiles(t, nil) { // each profile once
		if name := f.Settings.Profile; name != "default" {
			filters[name] = f.filter
		}
	}
	var sum score
	var mu sync.Mutex
	t.Run("filters", func(t *testing.T) {
		for _, name := range slices.Sorted(maps.Keys(filters)) {
			f := filters[name]
			first := r.IntN(*mutantsEach)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				var s score
				i := first
				mutants(f.insns, func(m mutant) {
					if i++; i%*mutantsEach == 0 {
						s.judge(t, f, m)
					}
				})
				t.Logf("%d instructions; mutants: %d refused by the kernel, %d caught, %d equal, %d missed", len(f.insns), s.refused, s.caught, s.equal, s.missed)
				mu.Lock()
				defer mu.Unlock()
				sum.refused, sum.caught, sum.equal, sum.missed = sum.refused+s.refused, sum.caught+s.caught, sum.equal+s.equal, sum.missed+s.missed
			})
		}
	})
	all := sum.refused + sum.caught + sum.equal + sum.missed
	t.Logf("score: %.2f %% of %d mutants", 100*float64(all-sum.missed)/float64(all), all)
	if sum.missed > 0 || sum.caught < all/2 || sum.equal == 0 {
		t.Errorf("%d of %d mutants missed; %d caught, %d equal", sum.missed, all, sum.caught, sum.equal)
	}
}

// TestPlanted plants the mistakes that lower and emit could make into a filter:
// none stays unseen.
func TestPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	f, err := Profile(profile.Default(), profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	load := func(in bpf.RawInstruction) bool { return in.Op == abi.ClassLD|abi.SizeW|abi.ModeABS }
	jump := func(in bpf.RawInstruction, op uint16) bool { return in.Op == abi.ClassJMP|op|abi.SrcK }
	for _, bug := range []struct {
		name  string
		plant func(in *bpf.RawInstruction) bool // whether it has a place there
	}{
		{"the branches of a comparison exchanged", func(in *bpf.RawInstruction) bool {
			in.Jt, in.Jf = in.Jf, in.Jt
			return jumps(*in)
		}},
		{"> for >=", func(in *bpf.RawInstruction) bool {
			was := jump(*in, abi.OpJGE)
			in.Op = abi.ClassJMP | abi.OpJGT | abi.SrcK
			return was
		}},
		{"the other half of an argument", func(in *bpf.RawInstruction) bool {
			was := load(*in) && in.K >= abi.DataArgs
			in.K ^= 4
			return was
		}},
		{"the next argument", func(in *bpf.RawInstruction) bool {
			was := load(*in) && in.K >= abi.DataArgs && in.K+8 < abi.DataSize
			in.K += 8
			return was
		}},
		{"nr for arch and arch for nr", func(in *bpf.RawInstruction) bool {
			was := load(*in) && in.K < 8
			in.K ^= abi.DataArch
			return was
		}},
		{"a jump one short", func(in *bpf.RawInstruction) bool {
			was := jumps(*in) && in.Jt > 0
			in.Jt--
			return was
		}},
		{"a number's neighbour", func(in *bpf.RawInstruction) bool {
			in.K++
			return jump(*in, abi.OpJEQ)
		}},
		{"a bit of a mask lost", func(in *bpf.RawInstruction) bool {
			was := jump(*in, abi.OpJSET)
			in.K &= in.K - 1
			return was
		}},
		{"another errno", func(in *bpf.RawInstruction) bool {
			was := in.Op == abi.ClassRET|abi.RvalK && policy.Action(in.K).Kind() == policy.Errno(0)
			in.K++
			return was
		}},
	} {
		planted, caught := 0, 0
		for pc := range f.insns {
			m := f.Insns()
			if !bug.plant(&m[pc]) {
				continue
			}
			var s score
			s.judge(t, f, mutant{m, pc})
			if s.refused == 0 {
				planted++
			}
			caught += s.caught
			if s.equal > 0 {
				planted-- // it changed nothing, which every combination of values has shown
			}
		}
		if t.Logf("%s: %d planted, %d caught", bug.name, planted, caught); planted == 0 || caught != planted {
			t.Errorf("%s: %d planted, %d caught", bug.name, planted, caught)
		}
	}
}
