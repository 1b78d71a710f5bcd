package spell

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"open", "openat", "openat2", "SCMP_CMP_EQ", "SCMP_CMP_NE", "read", strings.Repeat("x", 100)}
	tests := []struct{ name, want string }{
		{"opennat", "openat"},
		{"opneat", "openat"},
		{"OPENAT", "openat"},
		{"SCMP_CMP_EQQ", "SCMP_CMP_EQ"},
		{"SCMP_CMP_XX", ""},
		{"raed", "read"},
		{"zz", ""},
		{"", ""},
		{"frobnicate", ""},
		{strings.Repeat("x", 99), ""}, // longer than any name that we know
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, slices.Values(names)); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestHint(t *testing.T) {
	if got, want := Hint("raed", slices.Values([]string{"read"})), " (did you mean read?)"; got != want {
		t.Errorf("Hint = %q, want %q", got, want)
	}
	if got := Hint("zz", slices.Values([]string{"read"})); got != "" {
		t.Errorf("Hint of nothing near = %q, want empty", got)
	}
}
