package vm

import (
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

func TestCached(t *testing.T) {
	type prog = []bpf.RawInstruction
	const x86_64, x86 = 0xc000003e, 0x40000003
	allow, deny := stmt(codeRetK, abi.RetAllow), stmt(codeRetK, abi.RetErrno|1)
	ldNr, ldArch := stmt(codeLdAbs, 0), stmt(codeLdAbs, 4)
	guard := func(jump bpf.RawInstruction) prog {
		jump.Jt, jump.Jf = 0, 1
		return prog{ldNr, jump, allow, deny}
	}
	tests := []struct {
		name      string
		insns     prog
		audit, nr uint32
		want      bool
	}{
		{"allow", prog{allow}, x86_64, 0, true},
		{"allow of -1, which the caller must know is never cached", prog{allow}, x86_64, 0xffffffff, true},
		{"allow with data", prog{stmt(codeRetK, abi.RetAllow|1)}, x86_64, 0, false},
		{"log", prog{stmt(codeRetK, abi.RetLog)}, x86_64, 0, false},
		{"errno", prog{deny}, x86_64, 0, false},
		{"return of A, though it is the word", prog{stmt(codeLdImm, abi.RetAllow), stmt(codeRetA, 0)}, x86_64, 0, false},
		{"this arch", prog{ldArch, jump(codeJeqK, x86_64, 0, 1), allow, deny}, x86_64, 0, true},
		{"other arch", prog{ldArch, jump(codeJeqK, x86_64, 0, 1), allow, deny}, x86, 0, false},
		{"jeq, equal", guard(jump(codeJeqK, 5, 0, 0)), x86_64, 5, true},
		{"jeq, not", guard(jump(codeJeqK, 5, 0, 0)), x86_64, 6, false},
		{"jgt, greater", guard(jump(codeJgtK, 5, 0, 0)), x86_64, 6, true},
		{"jgt, equal", guard(jump(codeJgtK, 5, 0, 0)), x86_64, 5, false},
		{"jgt is unsigned", guard(jump(codeJgtK, 5, 0, 0)), x86_64, 0xffffffff, true},
		{"jge, equal", guard(jump(codeJgeK, 5, 0, 0)), x86_64, 5, true},
		{"jge, less", guard(jump(codeJgeK, 5, 0, 0)), x86_64, 4, false},
		{"jset, set", guard(jump(codeJsetK, 6, 0, 0)), x86_64, 2, true},
		{"jset, clear", guard(jump(codeJsetK, 6, 0, 0)), x86_64, 1, false},
		{"ja", prog{stmt(codeJa, 1), deny, allow}, x86_64, 0, true},
		{"and", prog{ldNr, stmt(codeAndK, 0xf0), jump(codeJeqK, 0x30, 0, 1), allow, deny}, x86_64, 0x3c, true},
		{"A starts as 0", prog{jump(codeJeqK, 0, 0, 1), allow, deny}, x86_64, 7, true},
		{"argument loaded on the way", prog{stmt(codeLdAbs, abi.DataArgs), ldNr, allow}, x86_64, 0, false},
		{"ip loaded on the way", prog{stmt(codeLdAbs, abi.DataIP), allow}, x86_64, 0, false},
		{"argument loaded on another way", prog{
			ldNr, jump(codeJeqK, 5, 1, 0), allow, stmt(codeLdAbs, abi.DataArgs), jump(codeJeqK, 0, 0, 1), allow, deny,
		}, x86_64, 6, true},
		{"and on this one", prog{
			ldNr, jump(codeJeqK, 5, 1, 0), allow, stmt(codeLdAbs, abi.DataArgs), jump(codeJeqK, 0, 0, 1), allow, deny,
		}, x86_64, 5, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mustNew(t, binary.LittleEndian, tt.insns...).Cached(tt.audit, tt.nr); got != tt.want {
				t.Errorf("Cached(%#x, %d) = %t, want %t", tt.audit, tt.nr, got, tt.want)
			}
		})
	}
}

// Any other code on the way to ALLOW is one too many.
func TestCachedCodes(t *testing.T) {
	known := []uint16{codeJa, codeRetK, codeJeqK, codeLdAbs, codeJgtK, codeJgeK, codeJsetK, codeAndK}
	slices.Sort(known)
	for _, code := range codes {
		insns := slices.Repeat([]bpf.RawInstruction{stmt(codeRetK, abi.RetAllow)}, 7)
		insns[0], insns[1] = stmt(codeSt, 4), stmt(code, 4)
		p := &Program{insns: insns[1:]}
		want := slices.Contains(known, code) && code != codeRetK // which returns 4
		if got := p.Cached(0xc000003e, 0); got != want {
			t.Errorf("Cached through code %#02x = %t, want %t", code, got, want)
		}
	}
}

// What the cache lets through, the program allows whatever the arguments.
func TestCachedIsAllowed(t *testing.T) {
	r := random(t)
	of := []uint16{codeLdAbs, codeJeqK, codeJgtK, codeJgeK, codeJsetK, codeJa, codeAndK, codeRetK, codeRetK, codeAddK}
	cached := 0
	for range 20000 {
		insns := randomProgram(r, 1+r.IntN(12), of)
		for i := range insns {
			if insns[i].Op == codeRetK && r.IntN(2) == 0 {
				insns[i].K = abi.RetAllow
			}
			if insns[i].Op == codeLdAbs && r.IntN(2) == 0 {
				insns[i].K %= 8
			}
		}
		p := mustNew(t, bothOrders[r.IntN(2)], insns...)
		c := randomCall(r)
		if !p.Cached(c.Audit, c.Nr) {
			continue
		}
		cached++
		for range 5 {
			other := randomCall(r)
			other.Audit, other.Nr = c.Audit, c.Nr
			if ret, _ := p.Run(other); ret != abi.RetAllow {
				t.Fatalf("Cached(%#x, %#x) of %v, but Run(%v) = %#x", c.Audit, c.Nr, insns, other, ret)
			}
		}
	}
	if cached < 100 {
		t.Errorf("%d programs cached, too few", cached)
	}
}
