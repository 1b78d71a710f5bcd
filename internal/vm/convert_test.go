package vm

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
)

// TestConverted: lengths as the kernel counts them, seen by how many filters one
// task could have.
func TestConverted(t *testing.T) {
	ret := bpf.RawInstruction{Op: codeRetK}
	jump := func(op uint16, jt, jf uint8, k uint32) []bpf.RawInstruction {
		return []bpf.RawInstruction{{Op: op, Jt: jt, Jf: jf, K: k}, ret, ret, ret}
	}
	tests := []struct {
		name  string
		insns []bpf.RawInstruction
		want  int
	}{
		{"return", []bpf.RawInstruction{ret}, 5},
		{"return of A", []bpf.RawInstruction{{Op: codeRetA}}, 4},
		{"load", []bpf.RawInstruction{{Op: codeLdAbs, K: 4}, ret}, 6},
		{"jump always", []bpf.RawInstruction{{Op: codeJa}, ret}, 6},
		{"both next", jump(codeJeqK, 0, 0, 1), 10},
		{"one next", jump(codeJeqK, 0, 1, 1), 10},
		{"the other next", jump(codeJeqK, 1, 0, 1), 10},
		{"none next", jump(codeJeqK, 1, 2, 1), 11},
		{"JSET", jump(codeJsetK, 1, 0, 1), 10},
		{"JSET of nothing", jump(codeJsetK, 0, 1, 1), 11},
		{"JSET, none next", jump(codeJsetK, 1, 2, 1), 11},
		{"sign bit", jump(codeJgeK, 0, 1, 1<<31), 11},
		{"X for the sign bit", jump(codeJgeX, 0, 1, 1<<31), 10},
		{"division by X", []bpf.RawInstruction{{Op: codeDivX}, ret}, 10},
		{"division by a constant", []bpf.RawInstruction{{Op: codeDivK, K: 3}, ret}, 6},
		{"none next, sign bit", jump(codeJgtK, 1, 2, 1<<31), 12},
	}
	for _, tt := range tests {
		p, err := New(tt.insns, binary.LittleEndian)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := p.Converted(); got != tt.want {
			t.Errorf("Converted, %s: %d, want %d", tt.name, got, tt.want)
		}
	}
}
