package policy

import "testing"

// TestParseOp: every operator is found by its name, and nothing else is.
func TestParseOp(t *testing.T) {
	names := []string{"SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GT", "SCMP_CMP_GE", "SCMP_CMP_MASKED_EQ"}
	want := []Op{EQ, NE, LT, LE, GT, GE, MaskedEQ}
	for i, name := range names {
		if got, err := ParseOp(name); got != want[i] || err != nil {
			t.Errorf("ParseOp(%s) = %v, %v, want %v", name, got, err, want[i])
		}
	}
	listed := 0
	for name := range OpNames() {
		if _, err := ParseOp(name); err != nil {
			t.Errorf("OpNames has %q: %v", name, err)
		}
		listed++
	}
	if listed != len(names) {
		t.Errorf("OpNames has %d names, want %d", listed, len(names))
	}
	for _, name := range []string{"", "EQ", "scmp_cmp_eq", "SCMP_CMP_"} {
		if got, err := ParseOp(name); err == nil {
			t.Errorf("ParseOp(%q) = %v, want an error", name, got)
		}
	}
}

// TestOpNot: of an operator and its opposite just one holds.
func TestOpNot(t *testing.T) {
	for o := NE; o <= GT; o++ {
		if o.Not().Not() != o {
			t.Errorf("%s.Not().Not() = %s", o, o.Not().Not())
		}
		for v := range uint64(3) {
			c, d := Cond{Op: o, Value: 1}, Cond{Op: o.Not(), Value: 1}
			if args := [6]uint64{v}; c.Matches(args) == d.Matches(args) {
				t.Errorf("%s and %s: both or neither for %d", c, d, v)
			}
		}
	}
	if MaskedEQ.Not() != 0 || Op(0).Not() != 0 || Op(200).Not() != 0 {
		t.Error("an operator without an opposite has one")
	}
}
