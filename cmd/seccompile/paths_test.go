package main

import (
	"math/rand"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestPaths: every call takes one path, whose answer is that of the filters, and the
// conditions as they are printed hold for exactly the calls that take it.
func TestPaths(t *testing.T) {
	r := rand.New(rand.NewSource(*seed))
	calls, several := 0, 0
	for i := range 300 {
		a := []arch.Arch{arch.X86_64, arch.S390X}[i%2]
		var filters []*compile.Filter
		for range 1 + r.Intn(2) {
			insns := randomProgram(r)
			if i%10 == 0 {
				insns = profileProgram(t, a)
			}
			f, err := compile.Load(insns, a)
			if err != nil {
				t.Fatal(err)
			}
			filters = append(filters, f)
		}
		stack, err := compile.NewStack(filters...)
		if err != nil {
			t.Fatal(err)
		}
		q := query{name: "random", args: make([]operand, r.Intn(3))}
		q.call.Audit = a.Audit()
		q.call.Nr = []uint32{0, 1, 56, 120, 41, 359, 135, 136}[r.Intn(8)]
		for j := range q.args {
			if q.args[j].open = r.Intn(2) == 0; !q.args[j].open {
				q.args[j].value = randomWord(r)
				q.call.Args[j] = q.args[j].value
			}
		}
		list, from, names, err := q.paths(stack, a.BigEndian())
		if err != nil {
			t.Fatalf("%v\n%s", err, stack)
		}
		if len(list) > 1 {
			several++
		}
		for range 200 {
			c := q.call
			for j := range c.Args {
				if q.open(j) {
					c.Args[j] = randomWord(r)
				}
			}
			data := wordsOf(c.Nr, c.Audit, c.IP, c.Args, a.BigEndian())
			taken := 0
			for _, p := range list {
				holds := p.holds(data)
				if holds {
					taken++
					if got := p.action; got != stack.Run(c) {
						t.Fatalf("%s gets %s, want %s\n%s", c, got, stack.Run(c), stack)
					}
				}
				if len(p.others) > 0 {
					continue
				}
				texts := p.conditions(from, names, a.BigEndian())
				all := true
				for _, text := range texts {
					all = all && evaluates(t, text, c)
				}
				if all != holds {
					t.Fatalf("%q is %t for %s, want %t\n%s", texts, all, c, holds, stack)
				}
			}
			if taken != 1 {
				t.Fatalf("%s takes %d paths\n%s", c, taken, stack)
			}
			calls++
		}
	}
	if calls < 50000 || several < 100 {
		t.Errorf("%d calls, %d programs with several paths", calls, several)
	}
}

// profileProgram compiles the built-in profile.
func profileProgram(t *testing.T, a arch.Arch) []bpf.RawInstruction {
	f, err := compile.Profile(profile.Default(), profile.Target{Arch: a, Kernel: syscalls.Version{Major: 6, Minor: 1}}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f.Insns()
}

func randomWord(r *rand.Rand) uint64 {
	words := []uint64{0, 1, 2, 3, 4, 5, 7, 8, 38, 40, 1 << 31, 0xffffffff, 0x10000000}
	w := words[r.Intn(len(words))]
	if r.Intn(3) == 0 {
		w |= words[r.Intn(6)] << 32
	}
	return w
}

// randomProgram returns a program with loads, masks, jumps and a little arithmetic.
func randomProgram(r *rand.Rand) (list []bpf.RawInstruction) {
	n := 5 + r.Intn(20)
	list = append(list, bpf.RawInstruction{Op: 0x20, K: 16}, bpf.RawInstruction{Op: 0x02}, bpf.RawInstruction{Op: 0x03, K: 1})
	for len(list) < n {
		skip := func() uint8 { // most jumps are short, some end the program
			return uint8(r.Intn(3) + r.Intn(2)*r.Intn(2*n-len(list)-3))
		}
		switch r.Intn(8) {
		case 0, 1:
			list = append(list, bpf.RawInstruction{Op: 0x20, K: uint32(r.Intn(5)) * 4 * uint32(1+r.Intn(2))})
		case 2:
			list = append(list, bpf.RawInstruction{Op: 0x54, K: uint32(randomWord(r))})
		case 3:
			op := []uint16{0x07, 0x87, 0x04, 0xac, 0x64, 0x84, 0x5c, 0x01, 0x02, 0x03, 0x60, 0x61, 0x24, 0x14, 0x44}[r.Intn(15)]
			in := bpf.RawInstruction{Op: op, K: uint32(r.Intn(8))}
			if op&7 == 2 || op&7 == 3 || op == 0x60 || op == 0x61 {
				in.K %= 2
			}
			list = append(list, in)
		default:
			op := []uint16{0x15, 0x25, 0x35, 0x45, 0x15, 0x1d, 0x2d}[r.Intn(7)]
			list = append(list, bpf.RawInstruction{Op: op, K: uint32(randomWord(r)), Jt: skip(), Jf: skip()})
		}
	}
	for range n {
		list = append(list, bpf.RawInstruction{Op: 6, K: []uint32{uint32(policy.Allow), uint32(policy.Errno(1)), uint32(policy.Errno(2)), uint32(policy.Trap), uint32(policy.Log)}[r.Intn(5)]})
	}
	return list
}

// evaluates reports whether a condition as it is printed holds for a call.
func evaluates(t *testing.T, text string, c syscalls.Call) bool {
	t.Helper()
	words := strings.Fields(text)
	value := c.IP
	if n := words[0][1]; words[0][0] == 'a' {
		value = c.Args[n-'0']
	}
	switch {
	case strings.HasSuffix(words[0], ":32"):
		value &= 0xffffffff
	case strings.HasSuffix(words[0], ">>32"):
		value >>= 32
	}
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			t.Fatalf("condition %q: %v", text, err)
		}
		return n
	}
	if words[1] == "&" {
		value &= number(words[2])
		words = words[2:]
	}
	k := number(words[len(words)-1])
	switch op := strings.Join(words[1:len(words)-1], " "); op {
	case "==":
		return value == k
	case "!=":
		return value != k
	case "<":
		return value < k
	case "<=":
		return value <= k
	case ">":
		return value > k
	case ">=":
		return value >= k
	case "has a bit of":
		return value&k != 0
	case "has no bit of":
		return value&k == 0
	}
	t.Fatalf("condition %q", text)
	return false
}

// TestPathsEnd: programs with too many paths, and those that compute what they return or
// divide by, are errors.
func TestPathsEnd(t *testing.T) {
	var many []bpf.RawInstruction
	for i := range 26 {
		many = append(many, bpf.RawInstruction{Op: 0x20, K: 16 + 4*uint32(i%12)}, bpf.RawInstruction{Op: 0x45, K: 1 << (i / 12), Jf: 1}, bpf.RawInstruction{Op: 0x02, K: 0})
	}
	for _, tt := range []struct {
		insns []bpf.RawInstruction
		want  string
	}{
		{many, "more than 4096 cases"},
		{[]bpf.RawInstruction{{Op: 0x20, K: 16}, {Op: 0x16}}, "returns a computed value"},
		{[]bpf.RawInstruction{{Op: 0x20, K: 16}, {Op: 0x07}, {Op: 0x3c}}, "divides or shifts"},
		{[]bpf.RawInstruction{{Op: 0x20, K: 16}, {Op: 0x07}, {Op: 0x6c}}, "divides or shifts"},
	} {
		f, err := compile.Load(append(tt.insns, bpf.RawInstruction{Op: 6}), arch.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		stack, err := compile.NewStack(f)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err = (query{}).paths(stack, false); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want ... %s", tt.insns, err, tt.want)
		}
	}
}
