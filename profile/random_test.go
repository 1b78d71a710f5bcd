package profile

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// families are calls of which rules have to do with each other: arguments of 64
// bits, both multiplexers, arguments of 16 and 32 bits, and calls that are new,
// or numbered otherwise, or not there at all on some ABIs.
var families = [][]string{
	{"mremap", "lseek", "futex_waitv"},
	{"socket", "bind", "accept", "socketcall"},
	{"semop", "shmat", "ipc"},
	{"semop", "ipc", "read"},
	{"setuid", "chmod", "clone"},
	{"execve", "chown32", "futex_waitv", "set_tls"},
}

// machines are native ABIs with others that their kernels run.
var machines = [][]arch.Arch{
	{arch.X86_64, arch.X86, arch.X32},
	{arch.X86},
	{arch.AArch64, arch.ARM},
	{arch.S390X, arch.S390},
	{arch.MIPS64, arch.MIPS64N32, arch.MIPS},
	{arch.PPC64LE},
}

// randomDatum returns a number near an edge, most often a small one, or such a
// number below 0. Among them are the numbers of the families' calls behind
// multiplexers: 1, 2, 5 and 21.
func randomDatum(r *rand.Rand) uint64 {
	v := r.Uint64N(6)
	switch r.IntN(8) {
	case 0:
		v = 21
	case 1, 2, 3:
		v += edges[r.IntN(len(edges))]
	}
	if r.IntN(6) == 0 {
		v = -v
	}
	return v
}

// someAction returns the name of an action in profiles.
func someAction(r *rand.Rand) string {
	names := slices.Collect(policy.ActionNames())
	return names[r.IntN(len(names))]
}

// randomText returns a small profile of the family for the machine.
func randomText(r *rand.Rand, family []string, machine []arch.Arch) string {
	type object = map[string]any
	var entries []object
	for range 1 + r.IntN(4) {
		action := someAction(r)
		entry := object{"names": []string{family[r.IntN(len(family))], family[r.IntN(len(family))]}, "action": action}
		if a, _ := policy.LookupAction(action); a.HasData() {
			entry["errnoRet"] = 1 + r.IntN(3)
		}
		var args []object
		for range r.IntN(4) {
			args = append(args, object{"index": r.IntN(3), "op": (policy.NE + policy.Op(r.IntN(7))).SCMP(), "value": randomDatum(r), "valueTwo": randomDatum(r)})
		}
		entry["args"] = args
		if r.IntN(4) == 0 {
			guard := []string{"includes", "excludes"}[r.IntN(2)]
			entry[guard] = object{"caps": []string{"CAP_BPF", "CAP_KILL"}[r.IntN(2):]}
		}
		entries = append(entries, entry)
	}
	var others []string
	for _, a := range machine[1:] {
		if r.IntN(3) > 0 {
			others = append(others, a.SCMP())
		}
	}
	def := []string{"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_TRAP", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"}[r.IntN(6)]
	text, err := json.Marshal(object{"defaultAction": def, "architectures": others, "syscalls": entries})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// randomCalls returns calls of the family on the machine's ABIs and on one that
// is in no filter, their numbers' neighbors and edges, with arguments around
// the profile's data.
func randomCalls(r *rand.Rand, p *Profile, family []string, machine []arch.Arch) (calls []syscalls.Call) {
	values := []uint64{0, 1, 2, 5, 21, 1 << 16, 1<<16 | 21, 1<<32 | 1, 1<<32 - 1, ^uint64(0)}
	for _, e := range p.entries {
		for _, c := range e.Conds {
			values = append(values, c.Value-1, c.Value, c.Value+1, c.Value^1<<31, c.Value^1<<32, ^c.Value, c.Value|c.Mask, c.Value&^c.Mask)
		}
	}
	for _, a := range append(machine, arch.RISCV64) {
		nrs := []uint32{0, a.NumberBase(), 1 << 30, 1<<31 - 1, 1 << 31, ^uint32(0)}
		for _, name := range family {
			for _, b := range machine { // by the others' numbers, too
				if nr, ok := syscalls.Number(b, name); ok {
					nrs = append(nrs, nr, nr+1)
				}
			}
		}
		for _, nr := range nrs {
			for range 12 {
				c := syscalls.Call{Audit: a.Audit(), Nr: nr}
				for i := range 3 {
					c.Args[i] = values[r.IntN(len(values))]
				}
				calls = append(calls, c)
			}
		}
	}
	return calls
}

// TestDecideRandom holds Resolve and Decide to the laws as they read, of small
// profiles of random entries, in both readings, for several machines.
func TestDecideRandom(t *testing.T) {
	r := random(t)
	n := 6000
	if testing.Short() {
		n = 1000
	}
	// Linux 5.16 brought futex_waitv.
	before, with := syscalls.Version{Major: 5, Minor: 15}, syscalls.Version{Major: 5, Minor: 16}
	resolved, ambiguous := [2]int{}, 0
	for range n {
		family, machine := families[r.IntN(len(families))], machines[r.IntN(len(machines))]
		text := randomText(r, family, machine)
		p, err := Parse([]byte(text), ParseOptions{})
		if err != nil {
			t.Fatalf("Parse(%s): %v", text, err)
		}
		l := &literal{Profile: p, target: Target{
			Arch:         machine[0],
			Caps:         []string{"CAP_KILL"},
			Compat:       Compat(r.IntN(2)),
			Enosys:       []Enosys{{}, {}, {Mode: EnosysOff}, {EnosysSince, before}, {EnosysSince, with}}[r.IntN(5)],
			AcceptWeaker: true,
		}}
		pol, err := p.Resolve(l.target)
		var codes []Code
		for _, e := range faults(err) {
			if codes = append(codes, e.Code); e.Code != CodeSameArg && e.Code != CodeContradiction {
				t.Fatalf("Resolve(%+v) of %s: %v", l.target, text, err)
			}
		}
		if got, want := slices.Contains(codes, CodeSameArg), l.ambiguous(); got != want {
			t.Fatalf("Resolve(%+v) of %s: an argument twice is an error: %v, want %v (%v)", l.target, text, got, want, err)
		} else if got {
			ambiguous++
		}
		if err != nil {
			continue
		}
		resolved[l.target.Compat]++
		if err := pol.policy.Check(); err != nil {
			t.Fatalf("Resolve(%+v) of %s: %v", l.target, text, err)
		}
		for _, c := range randomCalls(r, p, family, machine) {
			if got, rule := pol.Decide(c); got != l.decide(c) {
				t.Fatalf("%s, ENOSYS %s: Decide(%s) = %s by %v, want %s, for %s\nthat is\n%s", l.target.Compat, l.target.Enosys, c, got, rule, l.decide(c), text, pol)
			}
		}
	}
	if least := min(resolved[0], resolved[1]); least < n/4 || ambiguous < n/50 {
		t.Errorf("of %d profiles %d are resolved in each reading and %d are errors by law 7: the random profiles are no good", n, resolved, ambiguous)
	}
}
