package profile

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestPrintNotes: a policy prints as it is where runc reads no less in its entries,
// in whatever order it asks for them.
func TestPrintNotes(t *testing.T) {
	tests := []struct {
		name   string
		text   string
		arch   arch.Arch
		prints bool
	}{
		{"two values", rules("ERRNO(1)", "personality if a0 == 0 -> ALLOW", "personality if a0 == 8 -> ALLOW"), arch.X86, true},
		{"two values to refuse", rules("ALLOW", "lseek if a1 == 3 -> ERRNO(1)", "lseek if a1 == 8 -> ERRNO(1)"), arch.X86_64, true},
		{"calls of a multiplexer", rules("ERRNO(1)", "socket -> ALLOW", "bind -> TRAP", "mremap -> LOG"), arch.X86_64, true},
		{"64 bits of an int", rules("ERRNO(1)", "socket if a0 != 40 -> ALLOW"), arch.X86_64, false},
		{"a deny after an allow", rules("ERRNO(1)", "mount -> ALLOW", "mount -> KILL_PROCESS"), arch.X86_64, false},
		{"an order of runc's own", rules("ERRNO(1)", "mremap if a0 > 1 -> TRAP", "mremap if a0 == 5 -> ALLOW"), arch.X86_64, false},
		{"NOTIFY on write", rules("ALLOW", "write -> NOTIFY"), arch.X86_64, false},
		{"an errno that libseccomp refuses", rules("ALLOW", "dup -> ERRNO(4095)"), arch.X86_64, false},
		{"a deny list on MIPS", rules("ALLOW", "unshare -> ERRNO(1)"), arch.MIPS64, false},
		{"what is stricter than the default on MIPS", rules("ERRNO(1)", "socket -> KILL_PROCESS"), arch.MIPS64, false},
		{"an allow list on MIPS", rules("ERRNO(1)", "read -> ALLOW"), arch.MIPS64, true},
	}
	for _, tt := range tests {
		pol, err := resolveText(tt.text, Target{Arch: tt.arch})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if _, err := pol.MarshalJSON(); (err == nil) != tt.prints || tt.prints != (len(pol.PrintNotes()) == 0) {
			t.Errorf("%s: MarshalJSON: %v, notes %v, want it to print: %v", tt.name, err, pol.PrintNotes(), tt.prints)
		}
	}
}

// TestPrintNotesBoth: what runc reads less in, and what libseccomp may compile wrongly, are
// both said.
func TestPrintNotesBoth(t *testing.T) {
	const reads, compiles = "runc then refuses less than this policy, for the calls socket", "libseccomp may compile them wrongly: x86_64 mremap: "
	less := "socket if a0 != 40 -> ALLOW"
	wrong := []string{"mremap if a0 == 13 and a1 == 5 -> LOG", "mremap if a0 == 1 -> LOG", "dup if a0 == 1 -> LOG"}
	for _, tt := range []struct {
		entries []string
		want    []string
	}{
		{[]string{less}, []string{reads}},
		{wrong, []string{compiles}},
		{append([]string{less}, wrong...), []string{reads, compiles}},
	} {
		res, err := resolveText(rules("ERRNO(1)", tt.entries...), Target{Arch: arch.X86_64})
		if err != nil {
			t.Fatal(err)
		}
		notes := res.PrintNotes()
		_, err = res.MarshalJSON()
		list := faults(err)
		if len(notes) != len(tt.want) || len(list) != len(tt.want) {
			t.Errorf("%s: notes %q, MarshalJSON: %v, want %q", tt.entries, notes, err, tt.want)
			continue
		}
		for i, want := range tt.want {
			if !strings.Contains(notes[i].Text, want) || !strings.Contains(list[i].Error(), want) {
				t.Errorf("%s: note %q, fault %q, want %q", tt.entries, notes[i], list[i], want)
			}
		}
	}
}

// TestExtensions: negative numbers written in two ways are weaker where together
// they may open what each refuses.
func TestExtensions(t *testing.T) {
	tests := []struct {
		name  string
		text  string
		taken bool
	}{
		{"EQ and NE", rules("ERRNO(1)", "dup if a0 == 0xffffffff80000000 -> ALLOW", "dup if a0 != 0x80000000 -> KILL_PROCESS"), false},
		{"NE and NE", rules("ALLOW", "setns if a0 != 0xffffffff -> ERRNO(1)", "setns if a0 != 0xffffffffffffffff -> ERRNO(1)"), false},
		{"two numbers", rules("ERRNO(1)", "setns if a0 == 0xffffffffffffffff -> KILL_PROCESS", "setns if a0 == 0xfffffffe -> ALLOW"), true},
		{"one number for two actions", rules("ALLOW", "lseek if a0 == 0xffffffffffffffff -> ERRNO(1)", "lseek if a0 == 0xffffffff -> TRAP"), true},
		{"both permissive", rules("ERRNO(1)", "setns if a0 != 0xffffffff -> ALLOW", "setns if a0 != 0xffffffffffffffff -> ALLOW"), true},
		{"-1 for 16 bits of a register of 32", rules("ERRNO(1)", "setresuid if a0 == 0xffffffff -> ALLOW"), true},
		{"a rule that says the default", rules("ERRNO(1)", "setns if a0 == 0x100000001 -> ERRNO(1)"), true},
	}
	for _, tt := range tests {
		for _, a := range []arch.Arch{arch.X86_64, arch.X86} {
			if _, err := resolveText(tt.text, Target{Arch: a}); (err == nil) != tt.taken {
				t.Errorf("%s, %s: %v, want it taken: %v", tt.name, a, err, tt.taken)
			}
		}
	}
}

// TestCompareConds holds comparisons of conditions against all values of few bits.
func TestCompareConds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const wide, last = 5, 1<<5 - 1 // c is never wider
	random := func(width int) policy.Cond {
		return policy.Cond{Op: []policy.Op{policy.EQ, policy.NE, policy.LT, policy.LE, policy.GT, policy.GE, policy.MaskedEQ, policy.MaskedEQ, policy.MaskedEQ}[r.IntN(9)], Width: uint8(width),
			Value: r.Uint64() & last, Mask: r.Uint64() & last}
	}
	both := map[[2]bool]int{}
	for range 20_000 {
		c := random(1 + r.IntN(wide))
		k := random(1 + r.IntN(wide))
		if c.Op != policy.MaskedEQ { // data fit, but under masks
			c.Value &= c.Field()
		}
		if k.Op != policy.MaskedEQ {
			k.Value &= k.Field()
		}
		var kNotC, cNotK bool
		for v := range uint64(1 << (wide + 1)) {
			args := [6]uint64{v}
			inC, inK := c.Matches(args), k.Matches(args)
			kNotC, cNotK = kNotC || inK && !inC, cNotK || inC && !inK
		}
		both[[2]bool{kNotC, cNotK}]++
		if gotK, gotC := compareConds(c, k); gotK != kNotC || gotC != cNotK {
			t.Fatalf("compareConds(%+v, %+v) = %v, %v, want %v, %v", c, k, gotK, gotC, kNotC, cNotK)
		}
	}
	if len(both) != 4 {
		t.Errorf("results: %v, want some of each", both)
	}
}

// TestCompareLow holds comparisons by the bits that the kernel reads against all of
// their values.
func TestCompareLow(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const bits, above = 5, 1<<64 - 1<<5
	for range 20_000 {
		c := policy.Cond{Op: policy.Op(1 + r.IntN(7)), Width: 64}
		for _, v := range []*uint64{&c.Value, &c.Mask} {
			*v = r.Uint64() & (1<<bits - 1)
			if r.IntN(2) == 0 { // bits that are copies of the sign, but for some
				*v |= above & (1<<63 - 1 + 1<<63*uint64(r.IntN(2)))
			}
		}
		n, _ := narrow(c, bits, r.IntN(2) == 0)
		var added, gone bool
		signed := r.IntN(2) == 0
		for v := range uint64(1 << bits) {
			sign := v
			if signed && v>>(bits-1) == 1 {
				sign |= above
			}
			zeros, signs, low := c.Matches([6]uint64{v}), c.Matches([6]uint64{sign}), n.Matches([6]uint64{v})
			added, gone = added || low && !zeros && !signs, gone || !low && zeros && signs
		}
		if gotAdded, gotGone := compareLow(c, n, signed); gotAdded != added || gotGone != gone {
			t.Fatalf("compareLow(%+v, %+v, %v) = %v, %v, want %v, %v", c, n, signed, gotAdded, gotGone, added, gone)
		}
	}
}
