package install

import (
	"testing"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/internal/abi"
)

// kinds are an instruction of each cost there is for it. The kernel is asked about
// them in a case.
var kinds = []bpf.RawInstruction{
	{Op: abi.ClassRET, K: abi.RetAllow},
	{Op: abi.ClassRET | abi.RvalA},
	{Op: abi.ModeIMM, K: 1 << 31},
	{Op: abi.ModeABS, K: abi.DataArch},
	{Op: abi.ModeLEN},
	{Op: abi.ClassST, K: 3},
	{Op: abi.ClassMISC | abi.MiscTAX},
	{Op: abi.ClassALU | abi.OpAND, K: 1<<32 - 1},
	{Op: abi.ClassALU | abi.OpDIV, K: 3},
	{Op: abi.ClassALU | abi.OpDIV | abi.SrcX},
	{Op: abi.ClassALU | abi.OpNEG},
	{Op: abi.ClassJMP | abi.OpJA},
	{Op: abi.ClassJMP | abi.OpJEQ},
	{Op: abi.ClassJMP | abi.OpJEQ, Jt: 1},
	{Op: abi.ClassJMP | abi.OpJGT, Jf: 1},
	{Op: abi.ClassJMP | abi.OpJGE, Jt: 1, Jf: 1},
	{Op: abi.ClassJMP | abi.OpJSET, Jt: 1},
	{Op: abi.ClassJMP | abi.OpJSET, Jf: 1},
	{Op: abi.ClassJMP | abi.OpJEQ, K: 1 << 31},
	{Op: abi.ClassJMP | abi.OpJSET, Jt: 1, Jf: 2, K: 1 << 31},
	{Op: abi.ClassJMP | abi.OpJEQ | abi.SrcX, Jt: 1, Jf: 1, K: 1 << 31},
}

func TestCost(t *testing.T) {
	want := []int{2, 1, 1, 1, 1, 1, 1, 1, 1, 5, 1, 1, 1, 1, 1, 2, 1, 2, 2, 3, 2}
	for i, in := range kinds {
		if got := Cost([]bpf.RawInstruction{in}) - Cost(nil); got != want[i] {
			t.Errorf("cost of %+v = %d, want %d", in, got, want[i])
		}
	}
	if got, want := Cost(retAllow(abi.MaxInsns)), 8195; got != want {
		t.Errorf("Cost of %d returns = %d, want %d", abi.MaxInsns, got, want)
	}
}

func TestRoom(t *testing.T) {
	full := Installed{Insns: retAllow(abi.MaxInsns)}
	tests := []struct {
		known       []Installed
		unknown     int
		least, most int
	}{
		{nil, 0, 32768, 32768},
		{[]Installed{full}, 0, 24569, 24569},
		{[]Installed{full, full, full, full}, 0, 0, 0},
		{nil, 1, 12284, 32760},
		{nil, 3, 0, 32744},
		{[]Installed{full}, 1, 4085, 24561},
		{nil, 4096, 0, 0},
		{nil, -1, 0, 32760},
		{[]Installed{full}, -1, 0, 24561},
	}
	for _, tt := range tests {
		least, most := Room(tt.known, tt.unknown)
		if least != tt.least || most != tt.most {
			t.Errorf("Room(%d known, %d) = %d, %d, want %d, %d", len(tt.known), tt.unknown, least, most, tt.least, tt.most)
		}
	}
}
