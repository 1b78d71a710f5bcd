package compile_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var randomBuilders = flag.Int("builders", 150, "how many made-up builders are proved equal to JSON")

type object = map[string]any

// A twin makes a random profile in Go and the same as JSON, which it derives from the
// words of the conditions and not from what the builder makes of them.
type twin struct {
	r       *rand.Rand
	native  arch.Arch
	builder *profile.Builder
	entries []object
}

// value returns a value as Go code says it and as a number, which may have to be small.
func (w *twin) value(small bool) (said any, n uint64) {
	if small {
		if w.r.IntN(4) == 0 {
			return "AF_INET6", 10
		}
		i := w.r.IntN(64)
		return i, uint64(i)
	}
	names := map[string]uint64{"AF_UNIX": 1, "AF_INET6": 10, "CLONE_NEWUSER": 0x10000000, "PROT_READ|PROT_EXEC": 5, "O_WRONLY": 1, "FUTEX_WAKE": 1, "PR_SET_SECCOMP": 22}
	switch w.r.IntN(4) {
	case 0:
		list := []string{"AF_UNIX", "AF_INET6", "CLONE_NEWUSER", "PROT_READ|PROT_EXEC", "O_WRONLY", "FUTEX_WAKE", "PR_SET_SECCOMP"}
		name := list[w.r.IntN(len(list))]
		return name, names[name]
	case 1:
		i := w.r.IntN(1 << 20)
		return i, uint64(i)
	case 2:
		i := uint8(w.r.IntN(256))
		return i, uint64(i)
	}
	i := int64(w.r.IntN(8))
	return i, uint64(i)
}

// values returns up to three different values.
func (w *twin) values(small bool) (said []any, list []uint64) {
	for range 1 + w.r.IntN(3) {
		if v, n := w.value(small); !slices.Contains(list, n) {
			said, list = append(said, v), append(list, n)
		}
	}
	return said, list
}

func compareTo(arg int, op policy.Op, n ...uint64) object {
	o := object{"index": arg, "op": op.SCMP(), "value": n[0]}
	if len(n) > 1 {
		o["valueTwo"] = n[1]
	}
	return o
}

// between returns conditions of which one holds for each argument from lo to hi: masked
// ones, for blocks of numbers with the same upper bits.
func between(arg int, lo, hi uint64) (either []object) {
	for lo <= hi {
		size := uint64(1) << min(bits.TrailingZeros64(lo), 40)
		for lo+size-1 > hi {
			size /= 2
		}
		either = append(either, compareTo(arg, policy.MaskedEQ, ^(size-1), lo))
		lo += size
	}
	return either
}

// condition returns a condition on an argument, and conditions in JSON of which one
// holds where it does.
func (w *twin) condition(arg int) (c profile.Condition, either []object) {
	a := profile.Arg(arg)
	kind := w.r.IntN(5)
	said, list := w.values(kind == 1 || kind == 2) // few blocks are between them, and no sign
	switch kind {
	case 0:
		for _, n := range list {
			either = append(either, compareTo(arg, policy.EQ, n))
		}
		return a.Is(said...), either
	case 1:
		slices.Sort(list)
		if len(list) == 1 {
			return a.Not(said...), []object{compareTo(arg, policy.NE, list[0])}
		}
		either = append(either, compareTo(arg, policy.LT, list[0]))
		for i := range list[1:] {
			either = append(either, between(arg, list[i]+1, list[i+1]-1)...)
		}
		return a.Not(said...), append(either, compareTo(arg, policy.GT, list[len(list)-1]))
	case 2:
		slices.Sort(list)
		lo, hi := list[0], list[len(list)-1]
		if lo == 0 {
			return a.Between(lo, hi), []object{compareTo(arg, policy.LE, hi)}
		}
		return a.Between(lo, hi), between(arg, lo, hi)
	case 3:
		mask := uint64(0)
		for _, n := range list {
			mask |= n
		}
		if mask == 0 {
			mask = 1
		}
		for _, n := range list {
			either = append(either, compareTo(arg, policy.MaskedEQ, mask, n))
		}
		return a.Masked(mask, said...), either
	}
	mask := uint64(0)
	var set []any // without those that are 0, which is an error
	for i, n := range list {
		if mask |= n; n != 0 {
			set = append(set, said[i])
		}
	}
	if mask == 0 {
		set, mask = []any{4}, 4
	}
	return a.Without(set...), []object{compareTo(arg, policy.MaskedEQ, mask, 0)}
}

// rule adds a rule to both.
func (w *twin) rule(family []string) {
	names := []string{family[w.r.IntN(len(family))], family[w.r.IntN(len(family))]}
	entry := object{"names": names}
	switch w.r.IntN(6) {
	case 0, 1:
		w.builder.Allow(names...)
		entry["action"] = "SCMP_ACT_ALLOW"
	case 2:
		w.builder.Errno("ENOSYS", names...)
		n, _ := w.native.Errno("ENOSYS")
		entry["action"], entry["errnoRet"] = "SCMP_ACT_ERRNO", n
	case 3:
		w.builder.Kill(names...)
		entry["action"] = "SCMP_ACT_KILL_PROCESS"
	case 4:
		w.builder.Log(names...)
		entry["action"] = "SCMP_ACT_LOG"
	default:
		w.builder.Answer(policy.Trace(7), names...)
		entry["action"], entry["errnoRet"] = "SCMP_ACT_TRACE", 7
	}
	var conds []profile.Condition
	combos := [][]object{nil}
	for _, arg := range w.r.Perm(6)[:w.r.IntN(3)] {
		c, either := w.condition(arg)
		conds = append(conds, c)
		var more [][]object
		for _, args := range combos {
			for _, one := range either {
				more = append(more, append(slices.Clone(args), one))
			}
		}
		combos = more
	}
	switch w.r.IntN(8) {
	case 0:
		conds = append(conds, profile.Caps("CAP_KILL"))
		entry["includes"] = object{"caps": []string{"CAP_KILL"}}
	case 1:
		conds = append(conds, profile.NoCaps("CAP_KILL"))
		entry["excludes"] = object{"caps": []string{"CAP_KILL"}}
	case 2:
		conds = append(conds, profile.SinceKernel("5.9"))
		entry["includes"] = object{"minKernel": "5.9"}
	}
	if conds != nil {
		w.builder.If(conds...)
	}
	for _, args := range combos {
		e := object{"args": args}
		for k, v := range entry {
			e[k] = v
		}
		w.entries = append(w.entries, e)
	}
}

// TestBuilderRandom proves made-up profiles in Go equal to the same as JSON.
func TestBuilderRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 0))
	families := [][]string{
		{"mremap", "lseek", "futex_waitv"}, {"socket", "bind", "socketcall"}, {"semop", "shmat", "ipc", "read"},
		{"clone", "chmod", "setuid"}, {"openat", "ioctl", "prctl"},
	}
	machines := [][]arch.Arch{
		{arch.X86_64, arch.X86, arch.X32}, {arch.AArch64, arch.ARM}, {arch.S390X}, {arch.MIPS64, arch.MIPS}, {arch.PPC64LE}, {arch.X86},
	}
	proved, refused, differ, split := 0, map[profile.Code]int{}, 0, 0
	n := *randomBuilders
	if testing.Short() {
		n /= 5
	}
	for i := range n {
		machine := machines[r.IntN(len(machines))]
		def := []policy.Action{policy.Errno(1), policy.Allow, policy.KillProcess, policy.Log, policy.Trap}[r.IntN(5)]
		w := &twin{r: r, native: machine[0], builder: profile.New(def)}
		text := object{"defaultAction": def.SCMP()}
		if def.HasData() {
			text["defaultErrnoRet"] = def.Data()
		}
		if others := machine[1:]; len(others) > 0 && r.IntN(2) == 0 {
			w.builder.Arches(others...)
			var names []string
			for _, a := range others {
				names = append(names, a.SCMP())
			}
			text["architectures"] = names
		}
		if r.IntN(4) == 0 {
			w.builder.Flags()
			text["flags"] = []string{}
		}
		family := families[r.IntN(len(families))]
		for range 1 + r.IntN(4) {
			w.rule(family)
		}
		text["syscalls"] = w.entries
		code, err := w.builder.Profile()
		if err != nil {
			t.Fatalf("builder %d: %v", i, err)
		}
		in, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		twin, err := profile.Parse(in, profile.ParseOptions{})
		if err != nil {
			t.Fatalf("builder %d, as JSON: %v\n%s", i, err, in)
		}
		target := profile.Target{Arch: w.native, AcceptWeaker: true, Kernel: kernelOf(r), Enosys: profile.Enosys{Mode: profile.EnosysMode(r.IntN(2))}}
		if r.IntN(2) == 0 {
			target.Caps = []string{"CAP_KILL"}
		}
		if _, err := code.Resolve(target); err != nil {
			// Both are at fault, and say it of the same rules.
			_, other := twin.Resolve(target)
			got, want := codesOf(err), codesOf(other)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("builder %d: Resolve = %v, as JSON %v\n%s", i, err, other, in)
			}
			for code := range got {
				refused[code]++
			}
			continue
		}
		if _, err := twin.Resolve(target); err != nil && fmt.Sprint(codesOf(err)) == fmt.Sprint(map[profile.Code]bool{profile.CodeContradiction: true}) {
			split++ // two ranges with different actions have blocks in common, which JSON cannot say
			continue
		}
		if !proveEqual(t, code, twin, target) {
			t.Fatalf("builder %d is not proved\n%s", i, in)
		}
		proved++
		if len(w.entries) > 1 { // without a rule the proof fails, unless others say the same
			text["syscalls"] = w.entries[1:]
			less, _ := json.Marshal(text)
			if p, err := profile.Parse(less, profile.ParseOptions{}); err == nil && differs(code, p, target) {
				differ++
			}
		}
	}
	t.Logf("%d builders are proved equal to JSON; %d of them not to one rule less; refused as the JSON is: %v; %d have ranges that contradict each other as JSON", proved, differ, refused, split)
	if proved < n*3/4 || differ < proved/4 {
		t.Errorf("the random builders are no good")
	}
}

// codesOf returns the codes of an error's faults.
func codesOf(err error) map[profile.Code]bool {
	codes := map[profile.Code]bool{}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range all.Unwrap() {
			codes[e.(*profile.Error).Code] = true
		}
	}
	return codes
}

// differs reports whether two profiles are proved to be different.
func differs(a, b *profile.Profile, target profile.Target) bool {
	x, err := a.Resolve(target)
	if err != nil {
		return false
	}
	y, err := b.Resolve(target)
	if err != nil {
		return false
	}
	f, err := compile.Policy(y.Policy(), compile.Options{NoVerify: true})
	return err == nil && compile.Verify(f, x.Policy()) != nil
}

func kernelOf(r *rand.Rand) syscalls.Version {
	return []syscalls.Version{{Major: 5, Minor: 4}, {Major: 6, Minor: 1}}[r.IntN(2)]
}
