package profile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestByNumber: rules come by number, those of one number as they stand, however
// many bytes the numbers differ in.
func TestByNumber(t *testing.T) {
	tests := []struct {
		name string
		nrs  []uint32
		want []int // places
	}{
		{"none", nil, nil},
		{"one", []uint32{7}, []int{0}},
		{"equal", []uint32{7, 7, 7}, []int{0, 1, 2}},
		{"one byte", []uint32{9, 0, 255, 9}, []int{1, 0, 3, 2}},
		{"two bytes", []uint32{0x201, 0x102, 0x1ff, 0x201, 3}, []int{4, 1, 2, 0, 3}},
		{"the second byte alone", []uint32{0x207, 0x107, 0x207}, []int{1, 0, 2}},
		{"arm's private calls", []uint32{0xf0005, 5, 0xf0001, 0x100}, []int{1, 3, 2, 0}},
		{"x32", []uint32{1<<30 + 520, 1<<30 + 1, 1<<30 + 257}, []int{1, 2, 0}},
		{"two rings", []uint32{3, 2, 1, 0, 4, 6, 5}, []int{3, 2, 1, 0, 4, 6, 5}},
		{"a ring of all", []uint32{1, 2, 3, 4, 0}, []int{4, 0, 1, 2, 3}},
		{"all bytes", []uint32{1<<32 - 1, 1 << 24, 1 << 16, 1 << 8, 1}, []int{4, 3, 2, 1, 0}},
	}
	for _, tt := range tests {
		var rules []draft
		for i, nr := range tt.nrs {
			rules = append(rules, draft{Rule: policy.Rule{Nr: nr, Origin: &policy.Origin{Pos: policy.Pos{Line: i}}}})
		}
		(&resolver{}).byNumber(rules)
		var got []int
		for _, r := range rules {
			got = append(got, r.Pos().Line)
			if r.Nr != tt.nrs[r.Pos().Line] {
				t.Errorf("byNumber, %s: number %#x from place %d, want %#x", tt.name, r.Nr, r.Pos().Line, tt.nrs[r.Pos().Line])
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("byNumber, %s (-want +got):\n%s", tt.name, diff)
		}
	}
}
