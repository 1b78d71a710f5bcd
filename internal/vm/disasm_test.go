package vm

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

// verdict stands for the naming of return words that callers bring.
func verdict(ret uint32) string {
	switch ret & abi.RetActionFull {
	case abi.RetAllow:
		return "ALLOW"
	case abi.RetErrno:
		return fmt.Sprintf("ERRNO(%d)", ret&abi.RetData)
	case abi.RetKillThread:
		return "KILL_THREAD"
	}
	return fmt.Sprintf("%#08x", ret)
}

func ExampleProgram_List() {
	p, err := New([]bpf.RawInstruction{
		{Op: 0x20, K: 4},
		{Op: 0x15, Jf: 4, K: 0xc000003e},
		{Op: 0x20, K: 0},
		{Op: 0x15, Jf: 1, K: 59},
		{Op: 0x06, K: 0x00050001},
		{Op: 0x06, K: 0x7fff0000},
		{Op: 0x06, K: 0x00000000},
	}, binary.LittleEndian)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(p.List(verdict))
	// Output:
	// line  code jt   jf   k
	// 0000: 0x20 0x00 0x00 0x00000004  A = arch
	// 0001: 0x15 0x00 0x04 0xc000003e  if (arch != x86_64) goto 0006
	// 0002: 0x20 0x00 0x00 0x00000000  A = nr
	// 0003: 0x15 0x00 0x01 0x0000003b  if (nr != 59 execve) goto 0005
	// 0004: 0x06 0x00 0x00 0x00050001  return ERRNO(1)
	// 0005: 0x06 0x00 0x00 0x7fff0000  return ALLOW
	// 0006: 0x06 0x00 0x00 0x00000000  return KILL_THREAD
}

func TestListWithoutVerdict(t *testing.T) {
	got := mustNew(t, binary.LittleEndian, bpf.RawInstruction{Op: codeRetK, Jt: 1, Jf: 2, K: 3}).List(nil)
	want := "line  code jt   jf   k\n0000: 0x06 0x01 0x02 0x00000003  return 0x00000003\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("List(nil) (-want +got):\n%s", diff)
	}
}

// meanings numbers what p does, one instruction a line.
func meanings(p *Program) string {
	var b strings.Builder
	for pc, s := range p.Meanings(verdict) {
		fmt.Fprintf(&b, "%d %s\n", pc, s)
	}
	return b.String()
}

func TestMeanings(t *testing.T) {
	type prog = []bpf.RawInstruction
	const x86_64, x86 = 0xc000003e, 0x40000003
	allow, deny, kill := stmt(codeRetK, abi.RetAllow), stmt(codeRetK, abi.RetErrno|38), stmt(codeRetK, 0)
	ldNr, ldArch := stmt(codeLdAbs, 0), stmt(codeLdAbs, 4)
	tests := []struct {
		name  string
		order binary.ByteOrder
		insns prog
		want  string
	}{
		{"words, little-endian", binary.LittleEndian, prog{
			ldNr, ldArch, stmt(codeLdAbs, 8), stmt(codeLdAbs, 12), stmt(codeLdAbs, 16), stmt(codeLdAbs, 60), stmt(codeRetA, 0),
		}, `
0 A = nr
1 A = arch
2 A = ip.low
3 A = ip.high
4 A = args[0].low
5 A = args[5].high
6 return A
`},
		{"words, big-endian", binary.BigEndian, prog{
			ldNr, ldArch, stmt(codeLdAbs, 8), stmt(codeLdAbs, 12), stmt(codeLdAbs, 16), stmt(codeLdAbs, 60), stmt(codeRetA, 0),
		}, `
0 A = nr
1 A = arch
2 A = ip.high
3 A = ip.low
4 A = args[0].high
5 A = args[5].low
6 return A
`},
		{"loads, stores and arithmetic", binary.LittleEndian, prog{
			stmt(codeLdImm, 64), stmt(codeLdLen, 0), stmt(codeSt, 1), stmt(codeStx, 2), stmt(codeLdMem, 1), stmt(codeLdxMem, 2),
			stmt(codeLdxImm, 5), stmt(codeLdxLen, 0), stmt(codeTax, 0), stmt(codeTxa, 0),
			stmt(codeAddK, 16), stmt(codeSubK, 16), stmt(codeMulK, 16), stmt(codeDivK, 16), stmt(codeOrK, 16),
			stmt(codeAndK, 16), stmt(codeLshK, 16), stmt(codeRshK, 16), stmt(codeXorK, 16), stmt(codeNeg, 0),
			stmt(codeAddX, 0), stmt(codeSubX, 0), stmt(codeMulX, 0), stmt(codeDivX, 0), stmt(codeOrX, 0),
			stmt(codeAndX, 0), stmt(codeLshX, 0), stmt(codeRshX, 0), stmt(codeXorX, 0),
			stmt(codeJa, 0), stmt(codeRetK, 0x12345678),
		}, `
0 A = 0x40
1 A = sizeof(seccomp_data)
2 M[1] = A
3 M[2] = X
4 A = M[1]
5 X = M[2]
6 X = 0x5
7 X = sizeof(seccomp_data)
8 X = A
9 A = X
10 A += 0x10
11 A -= 0x10
12 A *= 0x10
13 A /= 0x10
14 A |= 0x10
15 A &= 0x10
16 A <<= 16
17 A >>= 16
18 A ^= 0x10
19 A = -A
20 A += X
21 A -= X
22 A *= X
23 if (X == 0) return KILL_THREAD else A /= X
24 A |= X
25 A &= X
26 A <<= X
27 A >>= X
28 A ^= X
29 goto 0030
30 return 0x12345678
`},
		{"jumps: where the false side, the true side, neither or both go on", binary.LittleEndian, prog{
			jump(codeJeqK, 10, 8, 0), jump(codeJeqK, 10, 0, 7), jump(codeJeqK, 10, 0, 0),
			jump(codeJgtK, 10, 1, 0), jump(codeJgtK, 10, 0, 1),
			jump(codeJgeX, 10, 1, 0), jump(codeJgeX, 10, 0, 1),
			jump(codeJsetK, 10, 1, 0), jump(codeJsetK, 10, 0, 1), jump(codeJeqK, 10, 1, 2), deny,
			allow, deny,
		}, `
0 if (A == 0xa) goto 0009
1 if (A != 0xa) goto 0009
2 if (A == 0xa) goto 0003
3 if (A > 0xa) goto 0005
4 if (A <= 0xa) goto 0006
5 if (A >= X) goto 0007
6 if (A < X) goto 0008
7 if (A & 0xa) goto 0009
8 if (!(A & 0xa)) goto 0010
9 if (A == 0xa) goto 0011 else goto 0012
10 return ERRNO(38)
11 return ALLOW
12 return ERRNO(38)
`},
		{"numbers have names once the ABI is known", binary.LittleEndian, prog{
			ldNr, jump(codeJeqK, 59, 0, 0), // not yet
			ldArch, jump(codeJeqK, x86, 4, 0), jump(codeJeqK, x86_64, 0, 7),
			ldNr, jump(codeJgeK, 59, 6, 0), jump(codeJeqK, 9999, 4, 5), // x86_64
			ldNr, jump(codeJgtK, 11, 2, 0), jump(codeJsetK, 11, 1, 0), // x86
			allow, deny, kill,
		}, `
0 A = nr
1 if (nr == 59) goto 0002
2 A = arch
3 if (arch == x86) goto 0008
4 if (arch != x86_64) goto 0012
5 A = nr
6 if (nr >= 59 execve) goto 0013
7 if (nr == 9999) goto 0012 else goto 0013
8 A = nr
9 if (nr > 11 execve) goto 0012
10 if (nr & 0xb) goto 0012
11 return ALLOW
12 return ERRNO(38)
13 return KILL_THREAD
`},
		{"x32", binary.LittleEndian, prog{
			ldArch, jump(codeJeqK, x86_64, 0, 5), ldNr,
			jump(codeJgeK, arch.X32Bit, 0, 4), jump(codeJeqK, 0xffffffff, 3, 0),
			jump(codeJsetK, arch.X32Bit, 0, 2), jump(codeJeqK, arch.X32Bit, 1, 0),
			jump(codeJeqK, arch.X32Bit+520, 0, 0), allow,
		}, `
0 A = arch
1 if (arch != x86_64) goto 0007
2 A = nr
3 if (nr < 0x40000000 x32) goto 0008
4 if (nr == 0xffffffff) goto 0008
5 if (!(nr & 0x40000000 x32)) goto 0008
6 if (nr == 0x40000000 read) goto 0008
7 if (A == 0x40000208) goto 0008
8 return ALLOW
`},
		{"x32 call", binary.LittleEndian, prog{
			ldArch, jump(codeJeqK, x86_64, 1, 0), kill, ldNr, jump(codeJgtK, arch.X32Bit+520, 0, 1), deny, allow,
		}, `
0 A = arch
1 if (arch == x86_64) goto 0003
2 return KILL_THREAD
3 A = nr
4 if (nr <= 0x40000208 execve) goto 0006
5 return ERRNO(38)
6 return ALLOW
`},
		{"other bases and orders", binary.BigEndian, prog{
			ldArch, jump(codeJeqK, 8, 1, 0), kill, ldNr, jump(codeJeqK, 4011, 0, 1), deny, allow,
		}, `
0 A = arch
1 if (arch == mips) goto 0003
2 return KILL_THREAD
3 A = nr
4 if (nr != 4011 execve) goto 0006
5 return ERRNO(38)
6 return ALLOW
`},
		{"an arch of no known ABI, and one compared otherwise", binary.LittleEndian, prog{
			ldArch, jump(codeJeqK, 0xdeadbeef, 0, 2), ldNr, jump(codeJeqK, 59, 1, 0), jump(codeJgtK, x86_64, 0, 0), allow,
		}, `
0 A = arch
1 if (arch != 0xdeadbeef) goto 0004
2 A = nr
3 if (nr == 59) goto 0005
4 if (A > 0xc000003e) goto 0005
5 return ALLOW
`},
		{"the false side of an arch says nothing of it", binary.LittleEndian, prog{
			ldArch, jump(codeJeqK, x86_64, 2, 0), ldNr, jump(codeJeqK, 59, 0, 0), allow,
		}, `
0 A = arch
1 if (arch == x86_64) goto 0004
2 A = nr
3 if (nr == 59) goto 0004
4 return ALLOW
`},
		{"numbers of 16 bits are decimal", binary.LittleEndian, prog{
			ldNr, jump(codeJgtK, 65535, 1, 0), jump(codeJgeK, 65536, 0, 0), allow,
		}, `
0 A = nr
1 if (nr > 65535) goto 0003
2 if (nr >= 0x10000) goto 0003
3 return ALLOW
`},
		{"paths that met: two ABIs", binary.LittleEndian, prog{
			ldArch, jump(codeJeqK, x86_64, 1, 0), jump(codeJeqK, x86, 0, 2), ldNr, jump(codeJeqK, 59, 1, 0), allow, kill,
		}, `
0 A = arch
1 if (arch == x86_64) goto 0003
2 if (arch != x86) goto 0005
3 A = nr
4 if (nr == 59) goto 0006
5 return ALLOW
6 return KILL_THREAD
`},
		{"paths that met: two words in A", binary.LittleEndian, prog{
			stmt(codeLdAbs, 16), jump(codeJeqK, 1, 0, 1), stmt(codeLdAbs, 24), jump(codeJgeK, 1, 0, 1), allow, deny,
		}, `
0 A = args[0].low
1 if (args[0].low != 0x1) goto 0003
2 A = args[1].low
3 if (A < 0x1) goto 0005
4 return ALLOW
5 return ERRNO(38)
`},
		{"paths that met: the same word", binary.LittleEndian, prog{
			jump(codeJeqK, 1, 2, 0), stmt(codeLdAbs, 16), stmt(codeJa, 1), stmt(codeLdAbs, 16), jump(codeJeqK, 1, 1, 0), allow, deny,
		}, `
0 if (A == 0x1) goto 0003
1 A = args[0].low
2 goto 0004
3 A = args[0].low
4 if (args[0].low == 0x1) goto 0006
5 return ALLOW
6 return ERRNO(38)
`},
		{"masks", binary.LittleEndian, prog{
			stmt(codeLdAbs, 32), stmt(codeAndK, 0xff), jump(codeJeqK, 3, 0, 5), stmt(codeAndK, 0xf0), jump(codeJsetK, 0x30, 3, 0),
			ldNr, stmt(codeAndK, 0x3fffffff), jump(codeJeqK, 59, 0, 0), allow,
		}, `
0 A = args[2].low
1 A &= 0xff
2 if ((args[2].low & 0xff) != 0x3) goto 0008
3 A &= 0xf0
4 if ((args[2].low & 0xf0) & 0x30) goto 0008
5 A = nr
6 A &= 0x3fffffff
7 if ((nr & 0x3fffffff) == 0x3b) goto 0008
8 return ALLOW
`},
		{"words that went through X and scratch memory", binary.LittleEndian, prog{
			stmt(codeLdAbs, 16), stmt(codeSt, 3), ldArch, stmt(codeTax, 0), jump(codeJeqX, 0, 0, 0), stmt(codeStx, 2),
			stmt(codeLdMem, 3), jump(codeJgtK, 16, 0, 0), stmt(codeTxa, 0), jump(codeJeqK, x86_64, 0, 5),
			stmt(codeLdxMem, 3), stmt(codeTxa, 0), jump(codeJeqK, 16, 2, 0), stmt(codeAddK, 0), jump(codeJeqK, 16, 0, 0), allow,
		}, `
0 A = args[0].low
1 M[3] = A
2 A = arch
3 X = A
4 if (arch == X) goto 0005
5 M[2] = X
6 A = M[3]
7 if (args[0].low > 0x10) goto 0008
8 A = X
9 if (arch != x86_64) goto 0015
10 X = M[3]
11 A = X
12 if (args[0].low == 0x10) goto 0015
13 A += 0x0
14 if (A == 0x10) goto 0015
15 return ALLOW
`},
		{"never reached", binary.LittleEndian, prog{
			allow, ldNr, jump(codeJeqK, 59, 0, 1), allow, deny,
		}, `
0 return ALLOW
1 A = nr  (never reached)
2 if (A != 0x3b) goto 0004  (never reached)
3 return ALLOW  (never reached)
4 return ERRNO(38)  (never reached)
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := meanings(mustNew(t, tt.order, tt.insns...))
			if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), got); diff != "" {
				t.Errorf("Meanings (-want +got):\n%s", diff)
			}
		})
	}
}

// A word that Meanings puts for A is what A holds whenever the jump is reached,
// and a name is that of the call.
func TestFlow(t *testing.T) {
	r := random(t)
	of := []uint16{
		codeLdAbs, codeLdAbs, codeAndK, codeTax, codeTxa, codeSt, codeLdMem, codeStx, codeLdxMem,
		codeJeqK, codeJeqK, codeJgtK, codeJeqX, codeJa, codeAddK, codeRetK,
	}
	known, audited := 0, 0
	for range 3000 {
		insns := randomProgram(r, 2+r.IntN(30), of)
		for i := range insns {
			switch in := &insns[i]; {
			case in.Op == codeLdAbs && r.IntN(2) == 0:
				in.K = 4
			case in.Op == codeJeqK && r.IntN(2) == 0:
				in.K = 0xc000003e
			}
		}
		order := bothOrders[r.IntN(2)]
		p := mustNew(t, order, insns...)
		flow := p.flow()
		for range 5 {
			c := randomCall(r)
			words := Words(c, order)
			p.Trace(c, func(pc int, a, x uint32) {
				s := flow[pc]
				if s == nil {
					t.Fatalf("instruction %d of %v is reached by %v", pc, insns, c)
				}
				if s.a.known {
					known++
					if want := words[s.a.off/4] & s.a.mask; a != want {
						t.Fatalf("A is %#x, not %+v, at %d of %v for %v", a, s.a, pc, insns, c)
					}
				}
				if s.x.known {
					if want := words[s.x.off/4] & s.x.mask; x != want {
						t.Fatalf("X is %#x, not %+v, at %d of %v for %v", x, s.x, pc, insns, c)
					}
				}
				if s.audit != 0 {
					audited++
					if s.audit != c.Audit {
						t.Fatalf("arch is %#x, not %#x, at %d of %v for %v", c.Audit, s.audit, pc, insns, c)
					}
				}
			})
		}
	}
	if known < 1000 || audited < 100 {
		t.Errorf("A was known %d times and arch %d times, too few", known, audited)
	}
}

func TestListNamesEveryABI(t *testing.T) {
	for a := range arch.All() {
		nr, ok := syscalls.Number(a, "execve")
		if !ok {
			t.Errorf("no execve on %v", a)
			continue
		}
		p := mustNew(t, a.ByteOrder(),
			stmt(codeLdAbs, 4), jump(codeJeqK, a.Audit(), 0, 3), stmt(codeLdAbs, 0), jump(codeJeqK, nr, 0, 1),
			stmt(codeRetK, 0), stmt(codeRetK, abi.RetAllow))
		got := p.Meanings(verdict)[3]
		if !strings.HasSuffix(got, " execve) goto 0005") {
			t.Errorf("%v: %q does not name execve", a, got)
		}
	}
}
