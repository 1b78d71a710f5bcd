package policy

import "testing"

func TestPosString(t *testing.T) {
	tests := []struct {
		pos          Pos
		full, within string
	}{
		{Pos{}, "", ""},
		{Pos{File: "web.json", Line: 3, Col: 14}, "web.json:3:14", "3:14"},
		{Pos{Line: 3, Col: 14}, "3:14", "3:14"},
		{Pos{File: "main.go", Line: 3}, "main.go:3", "main.go:3"},
		{Pos{File: "specs.LinuxSeccomp"}, "specs.LinuxSeccomp", "specs.LinuxSeccomp"},
	}
	for _, tt := range tests {
		if got := tt.pos.String(); got != tt.full {
			t.Errorf("%+v.String() = %q, want %q", tt.pos, got, tt.full)
		}
		if got := tt.pos.Within(); got != tt.within {
			t.Errorf("%+v.Within() = %q, want %q", tt.pos, got, tt.within)
		}
	}
}
