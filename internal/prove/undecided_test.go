package prove

import (
	"fmt"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestUndecidedText: the first instruction is one, and -1 is none.
func TestUndecidedText(t *testing.T) {
	for _, tt := range []struct {
		err  UndecidedError
		want string
	}{
		{UndecidedError{-1, "", "too large", 0}, "undecided: too large"},
		{UndecidedError{0, "A = X", "too large", 0}, "undecided: instruction 0 (A = X): too large"},
		{UndecidedError{7, "A *= X", "too large", 0}, "undecided: instruction 7 (A *= X): too large"},
		{UndecidedError{7, "A *= X", "too large", 2}, "undecided: filter 2, instruction 7 (A *= X): too large"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("error = %q, want %q", got, tt.want)
		}
	}
}

// TestTooLong: the places of a call's rules, which can be in any order, are the
// first and the last in the text.
func TestTooLong(t *testing.T) {
	type pos = policy.Pos
	for _, tt := range []struct {
		at   []pos
		want string
	}{
		{[]pos{{Line: 2, Col: 5}}, "2:5 to 2:5"},
		{[]pos{{Line: 2, Col: 5}, {Line: 2, Col: 9}, {Line: 2, Col: 3}}, "2:3 to 2:9"},
		{[]pos{{Line: 2, Col: 5}, {Line: 4, Col: 1}, {Line: 3, Col: 7}}, "2:5 to 4:1"},
		{[]pos{{Line: 4, Col: 1}, {Line: 3, Col: 7}, {Line: 2, Col: 5}}, "2:5 to 4:1"},
		{[]pos{{Line: 3, Col: 4}, {Line: 4, Col: 2}, {Line: 4, Col: 3}, {Line: 2, Col: 8}, {Line: 2, Col: 6}, {Line: 2, Col: 7}}, "2:6 to 4:3"},
	} {
		c := longCall{arch: arch.X86_64}
		for _, p := range tt.at {
			c.rules = append(c.rules, &policy.Rule{Origin: &policy.Origin{Name: "read", Pos: p}})
		}
		want := fmt.Sprintf("undecided: the %d rules for x86_64 read (%s) are beyond the budget of the proof", len(tt.at), tt.want)
		if got := tooLong(c).Error(); got != want {
			t.Errorf("tooLong = %q, want %q", got, want)
		}
	}
	byHand := longCall{arch: arch.X86_64, rules: []*policy.Rule{{Nr: 16}, {Nr: 16}}}
	if got, want := tooLong(byHand).Error(), "undecided: the 2 rules for x86_64 call 16 are beyond the budget of the proof"; got != want {
		t.Errorf("tooLong of rules without places = %q, want %q", got, want)
	}
}
