package compile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestFarJumps has a jump to a return, and one to code that does not return at
// once, over distances around what eight bits hold.
func TestFarJumps(t *testing.T) {
	const yes, no = 0x50001, 0x50002
	for skip := 250; skip <= 260; skip++ {
		for _, direct := range []bool{true, false} {
			for _, swap := range []bool{false, true} {
				e := newEmitter(layout{})
				far := e.put(abi.ClassRET|abi.RvalK, yes)
				if !direct {
					far = e.put(abi.ClassLD|abi.ModeABS, abi.DataArch)
				}
				other := e.put(abi.ClassRET|abi.RvalK, no)
				for range skip - 1 {
					e.put(abi.ClassRET|abi.RvalK, 0)
				}
				if swap {
					e.jump(abi.OpJEQ, 7, other, far)
				} else {
					e.jump(abi.OpJEQ, 7, far, other)
				}
				e.put(abi.ClassLD|abi.ModeABS, abi.DataNr)
				slices.Reverse(e.code)
				prog, err := vm.New(e.code, binary.LittleEndian)
				if err != nil {
					t.Fatalf("skip %d, direct %v, swap %v: %v", skip, direct, swap, err)
				}
				for nr, want := range map[uint32]uint32{7: yes, 8: no} {
					if swap {
						want = yes ^ no ^ want
					}
					if got, _ := prog.Run(syscalls.Call{Nr: nr}); got != want {
						t.Errorf("skip %d, direct %v, swap %v: Run(%d) = %#x, want %#x", skip, direct, swap, nr, got, want)
					}
				}
			}
		}
	}
}

// manyConds returns a profile of n calls with a condition of its own each, so
// that no code is shared.
func manyConds(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [`)
	i := 0
	for _, name := range syscalls.All(arch.X86_64) {
		if i == n {
			break
		}
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"names": [%q], "action": "SCMP_ACT_ALLOW", "args": [{"index": %d, "value": %d, "op": "SCMP_CMP_EQ"}]}`, name, i%6, i*i+1)
		i++
	}
	b.WriteString("]}")
	return []byte(b.String())
}

// TestLongPrograms compiles programs that grow past what one jump reaches.
func TestLongPrograms(t *testing.T) {
	r := newRand(t)
	for n := 1; n <= 300; n += 7 {
		f, err := JSON(manyConds(n), profile.Target{Arch: arch.X86_64}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := disagreement(f, arch.X86_64.Audit(), numbers(arch.X86_64), r); err != nil {
			t.Errorf("%d calls, %d instructions: %v", n, len(f.insns), err)
		}
	}
}

// TestShort: a filter that is too long with fast trees has short ones.
func TestShort(t *testing.T) {
	for conds := 700; conds < 800; conds++ {
		var entries []string
		left := conds
		for _, name := range syscalls.All(arch.X86_64) {
			args := ""
			for arg := 1; arg < 6 && len(entries)%3 > 0 && left > 0; arg++ {
				args += fmt.Sprintf(`, {"index": %d, "value": %d, "op": "SCMP_CMP_EQ"}`, arg, uint64(len(entries)+1)<<(20+arg))
				left--
			}
			entries = append(entries, fmt.Sprintf(`{"names": [%q], "action": "SCMP_ACT_ALLOW", "args": [%s]}`, name, strings.TrimPrefix(args, ", ")))
		}
		text := `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [` + strings.Join(entries, ",\n") + `]}`
		p, err := profile.Parse([]byte(text), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pol, err := p.Resolve(profile.Target{Arch: arch.X86_64})
		if err != nil {
			t.Fatal(err)
		}
		d, chains := lower(pol.Policy())
		l := layout{arches: []arch.Arch{arch.X86_64, arch.X86, arch.X32}}
		fast, _ := emit(d, chains, l)
		l.short = true
		short, _ := emit(d, chains, l)
		if len(fast) <= abi.MaxInsns || len(short) > abi.MaxInsns {
			continue
		}
		f, err := Policy(pol.Policy(), Options{})
		if err != nil {
			t.Fatalf("Policy of %d conditions, %d instructions with fast trees and %d with short ones: %v", conds, len(fast), len(short), err)
		}
		if diff := cmp.Diff(short, f.insns); diff != "" {
			t.Errorf("%d conditions (-short trees +Policy)\n%s", conds, diff)
		}
		return
	}
	t.Error("no number of conditions takes short trees")
}

// TestTooLarge holds that a filter that the kernel refuses for its length is an
// error that names what it owes its length to.
func TestTooLarge(t *testing.T) {
	var entries []string
	for i := range 5000 {
		entries = append(entries, fmt.Sprintf(`{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}]}`, i*5))
	}
	entries = append(entries, `{"names": ["read"], "action": "SCMP_ACT_ALLOW"}`)
	text := `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Join(entries, ",\n") + `]}`
	_, err := JSON([]byte(text), profile.Target{Arch: arch.X86_64}, Options{Parse: profile.ParseOptions{File: "big.json"}})
	var size *SizeError
	if !errors.As(err, &size) {
		t.Fatalf("JSON = %v, want a SizeError", err)
	}
	if size.Insns <= abi.MaxInsns || len(size.Costly) != 1 || size.Costly[0].Name != "ioctl" || size.Costly[0].Conds != 5000 {
		t.Errorf("SizeError = %+v, want more than 4096 instructions, by 5000 conditions of ioctl", size)
	}
	want := fmt.Sprintf("the filter takes %d instructions, and the kernel accepts 4096; most conditions: ioctl 5000 (big.json:1:61) (compile.Split, seccompile compile --split and seccompile run can use several filters; or drop or merge conditions, or ABIs)", size.Insns)
	if got := err.Error(); got != want {
		t.Errorf("error = %q, want %q", got, want)
	}
}

// TestEmptyPolicies compiles profiles without rules: they have no code but for
// the ABIs, and one that answers everything alike is one instruction.
func TestEmptyPolicies(t *testing.T) {
	kill := policy.KillProcess
	f, err := JSON([]byte(`{"defaultAction": "SCMP_ACT_KILL_PROCESS"}`), profile.Target{Arch: arch.AArch64, BadArch: &kill}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "line  code jt   jf   k\n0000: 0x06 0x00 0x00 0x80000000  return KILL_PROCESS\n"
	if diff := cmp.Diff(want, f.String()); diff != "" {
		t.Errorf("one answer (-want +got):\n%s", diff)
	}
	f, err = JSON([]byte(`{"defaultAction": "SCMP_ACT_ALLOW"}`), profile.Target{Arch: arch.X86_64}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := disagreement(f, arch.X86_64.Audit(), numbers(arch.X32), newRand(t)); err != nil {
		t.Error(err)
	}
}

// TestMaskOfOneBit and its like are one JSET.
func TestMasksAreJSET(t *testing.T) {
	for _, args := range []string{
		`{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}`,
		`{"index": 0, "value": 4, "valueTwo": 4, "op": "SCMP_CMP_MASKED_EQ"}`,
	} {
		f, err := JSON([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [`+args+`]}]}`),
			profile.Target{Arch: arch.AArch64, Enosys: profile.Enosys{Mode: profile.EnosysOff}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		jset, and := 0, 0
		for _, i := range f.Insns() {
			switch i.Op {
			case abi.ClassJMP | abi.OpJSET:
				jset++
			case abi.ClassALU | abi.OpAND:
				and++
			}
		}
		if jset != 1 || and != 0 {
			t.Errorf("%s: %d JSET and %d AND, want 1 and 0\n%s", args, jset, and, f)
		}
	}
}

// TestDiagramSharing holds that what several ABIs answer alike exists once.
func TestDiagramSharing(t *testing.T) {
	pol, err := profile.Default().Resolve(profile.Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 18}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*diagram.Node]bool{}
	socket := 0
	var walk func(n *diagram.Node)
	walk = func(n *diagram.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if n.Test.Word == diagram.Low(0) && slices.Equal(n.Cuts, []uint32{38, 39, 40, 41}) {
			socket++
		}
		for _, k := range n.Children {
			walk(k)
		}
	}
	walk(diagramOf(pol.Policy()))
	if socket != 1 {
		t.Errorf("the conditions on socket stand %d times in the diagram of three ABIs, want once", socket)
	}
}

// TestDeterministic compiles the same texts repeatedly.
func TestDeterministic(t *testing.T) {
	for _, f := range vectorFiles(t, nil) {
		for range 3 {
			again, err := Policy(f.filter.policy, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(f.filter.Bytes(), again.Bytes()); diff != "" {
				t.Fatalf("%s: the second filter differs (-first +second):\n%s", f.name, diff)
			}
		}
	}
}

// TestBytes reads back what it wrote, in both byte orders.
func TestBytes(t *testing.T) {
	for _, a := range []arch.Arch{arch.X86_64, arch.S390X} {
		f, err := JSON([]byte(`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}`),
			profile.Target{Arch: a}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		raw := f.Bytes()
		if got, want := a.ByteOrder().Uint32(raw[4:]), uint32(abi.DataArch); got != want {
			t.Errorf("%s: the first instruction loads %d, want %d", a, got, want)
		}
		g, err := LoadBytes(raw, a)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f.String(), g.String()); diff != "" {
			t.Errorf("%s: read back (-want +got):\n%s", a, diff)
		}
	}
	for _, tt := range []struct {
		raw  []byte
		want string
	}{
		{make([]byte, 7), "7 bytes are not an array of struct sock_filter (8 bytes each)"},
		{[]byte{0xff, 0, 0, 0, 0, 0, 0, 0}, "instruction 0: code 0xff is no instruction of a filter"},
	} {
		if _, err := LoadBytes(tt.raw, arch.X86_64); err == nil || err.Error() != tt.want {
			t.Errorf("LoadBytes(%x) = %v, want %s", tt.raw, err, tt.want)
		}
	}
}
