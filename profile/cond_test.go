package profile

import "testing"

// TestOpNamed: every operator is found by its name, and nothing else is.
func TestOpNamed(t *testing.T) {
	names := []string{"SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GT", "SCMP_CMP_GE", "SCMP_CMP_MASKED_EQ"}
	want := []Op{EQ, NE, LT, LE, GT, GE, MaskedEQ}
	for i, name := range names {
		if got, err := opNamed(name); got != want[i] || err != nil {
			t.Errorf("opNamed(%s) = %v, %v, want %v", name, got, err, want[i])
		}
	}
	listed := 0
	for name := range scmpOps() {
		if _, err := opNamed(name); err != nil {
			t.Errorf("scmpOps has %q: %v", name, err)
		}
		listed++
	}
	if listed != len(names) {
		t.Errorf("scmpOps has %d names, want %d", listed, len(names))
	}
	for _, name := range []string{"", "EQ", "scmp_cmp_eq", "SCMP_CMP_"} {
		if got, err := opNamed(name); err == nil {
			t.Errorf("opNamed(%q) = %v, want an error", name, got)
		}
	}
}
