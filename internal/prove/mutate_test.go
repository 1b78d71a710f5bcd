package prove

import (
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// mutants yields the programs that differ from one in one place: a field that is
// one more, one less or has another bit, an instruction of another code, twice or
// not at all.
func mutants(r *rand.Rand, insns []bpf.RawInstruction, yield func(pc int, mutant []bpf.RawInstruction)) {
	for pc, in := range insns {
		change := func(changed bpf.RawInstruction) {
			m := slices.Clone(insns)
			m[pc] = changed
			yield(pc, m)
		}
		for _, skip := range []uint8{in.Jt + 1, in.Jt - 1, in.Jt ^ 1<<r.IntN(8)} {
			change(bpf.RawInstruction{Op: in.Op, Jt: skip, Jf: in.Jf, K: in.K})
		}
		for _, skip := range []uint8{in.Jf + 1, in.Jf - 1, in.Jf ^ 1<<r.IntN(8)} {
			change(bpf.RawInstruction{Op: in.Op, Jt: in.Jt, Jf: skip, K: in.K})
		}
		for _, k := range []uint32{in.K + 1, in.K - 1, in.K ^ 4, in.K ^ 1<<r.IntN(32)} {
			change(bpf.RawInstruction{Op: in.Op, Jt: in.Jt, Jf: in.Jf, K: k})
		}
		for _, code := range codes {
			if code != in.Op && r.IntN(8) == 0 {
				change(bpf.RawInstruction{Op: code, Jt: in.Jt, Jf: in.Jf, K: in.K})
			}
		}
		yield(pc, slices.Delete(slices.Clone(insns), pc, pc+1))
		yield(pc, slices.Insert(slices.Clone(insns), pc, in))
	}
}

// grid returns calls for every combination of values at which the program or the
// policy can change its mind, of the fields that matter to these mutants.
func grid(insns []bpf.RawInstruction, pol *policy.Policy) (calls []syscalls.Call) {
	near := func(ks []uint32) (list []uint32) {
		for _, k := range ks {
			list = append(list, k-1, k, k+1)
		}
		list = append(list, 0, 1, ^uint32(0))
		slices.Sort(list)
		return slices.Compact(list)
	}
	var nrs, datums []uint32
	for _, k := range constants(insns, pol) {
		switch {
		case k < 1000 || k == arch.X32Bit:
			nrs = append(nrs, k)
			datums = append(datums, k)
		case k < abiAudits:
			datums = append(datums, k)
		}
	}
	audits := []uint32{0, 1, arch.X86_64.Audit() + 1}
	for _, a := range pol.Arches {
		audits = append(audits, a.Arch.Audit())
	}
	for _, audit := range audits {
		for _, nr := range near(nrs) {
			for _, lo := range near(datums) {
				for _, hi := range []uint32{0, 1, ^uint32(0)} {
					c := syscalls.Call{Audit: audit, Nr: nr}
					c.Args[0], c.Args[1] = uint64(hi)<<32|uint64(lo), uint64(lo)
					calls = append(calls, c)
				}
			}
		}
	}
	return calls
}

// abiAudits is above the datums of the mutants' policies and below audit values
// and actions.
const abiAudits = 0x40000000

// TestMutants changes filters in every place. What the kernel would accept must
// be caught with a witness, which Policy itself confirms, or be equal wherever
// we look.
func TestMutants(t *testing.T) {
	const rules = `"syscalls": [
		{"names": ["read", "write", "close"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["setuid"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_NE"}]},
		{"names": ["ioctl"], "action": "SCMP_ACT_LOG", "args": [{"index": 1, "value": 12, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"}]},
		{"names": ["lseek"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_LE"}, {"index": 1, "value": 4294967303, "op": "SCMP_CMP_GT"}]}]}`
	r := newRand(t)
	for a, text := range map[arch.Arch]string{
		arch.X86_64: `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], ` + rules,
		arch.S390X:  `{"defaultAction": "SCMP_ACT_ERRNO", ` + rules,
	} {
		pol := resolve(t, text, a)
		insns := mustCompile(t, pol)
		refused, caught, same, hard := 0, 0, 0, 0
		mutants(r, insns, func(pc int, m []bpf.RawInstruction) {
			prog, err := vm.New(m, a.ByteOrder())
			if err != nil {
				refused++
				return
			}
			w, err := Policy(m, pol)
			switch {
			case err != nil:
				if _, ok := err.(*UndecidedError); !ok {
					t.Errorf("%s, change at %d: %v", a, pc, err)
				}
				hard++
				return
			case w != nil:
				caught++
				return
			}
			same++
			for _, c := range grid(m, pol) {
				ret, _ := prog.Run(c)
				if want := decide(pol, c); policy.Action(ret).Effective() != want {
					t.Errorf("%s, change at %d: Policy = nil, but Run(%s) = %s, want %s\n%s", a, pc, c, policy.Action(ret), want, prog.List(nil))
					return
				}
			}
		})
		t.Logf("%s: %d instructions; mutants: %d refused by the kernel, %d caught, %d equal, %d undecided", a, len(insns), refused, caught, same, hard)
		if caught < 7*len(insns) || same == 0 || hard > caught/20 {
			t.Errorf("%s: %d of the mutants of %d instructions were caught, %d were equal, %d undecided; want seven each, some, few", a, caught, len(insns), same, hard)
		}
	}
}

// TestMutantsOfRandom changes filters of made-up policies in one place each, and
// where the change is said to change nothing looks for a call that shows it.
func TestMutantsOfRandom(t *testing.T) {
	r := newRand(t)
	caught, same := 0, 0
	for range repeat(60) {
		pol := randomPolicy(r)
		order := pol.Arches[0].Arch.ByteOrder()
		mutants(r, mustCompile(t, pol), func(pc int, m []bpf.RawInstruction) {
			if r.IntN(20) > 0 {
				return
			}
			prog, err := vm.New(m, order)
			if err != nil {
				return
			}
			w, err := Policy(m, pol)
			if _, ok := err.(*UndecidedError); ok {
				return
			}
			if err != nil {
				t.Fatalf("change at %d: %v\n%s", pc, err, pol)
			}
			if w != nil {
				caught++
				return
			}
			same++
			ks := constants(m, pol)
			for range 300 {
				c := likely(r, pol, ks)
				ret, _ := prog.Run(c)
				if want := decide(pol, c); policy.Action(ret).Effective() != want {
					t.Fatalf("change at %d: Policy = nil, but Run(%s) = %s, want %s\n%s\n%s", pc, c, policy.Action(ret), want, pol, prog.List(nil))
				}
			}
		})
	}
	if caught < repeat(600) || same < repeat(60) {
		t.Errorf("%d mutants were caught and %d equal, want at least %d and %d", caught, same, repeat(600), repeat(60))
	}
}
