package syscalls_test

import (
	"cmp"
	"testing"

	"github.com/seccompile/seccompile/syscalls"
)

func TestParseVersion(t *testing.T) {
	tests := []struct {
		text string
		want syscalls.Version
		back string
	}{
		{"6.1", syscalls.Version{Major: 6, Minor: 1}, "6.1"},
		{"6.1.0-32-amd64", syscalls.Version{Major: 6, Minor: 1}, "6.1"},
		{"7.3-rc4", syscalls.Version{Major: 7, Minor: 3}, "7.3"},
		{"4.14.0+", syscalls.Version{Major: 4, Minor: 14}, "4.14"},
		{"5.0", syscalls.Version{Major: 5}, "5.0"},
		{"0.1", syscalls.Version{Minor: 1}, "0.1"},
		{"65535.65535", syscalls.Version{Major: 65535, Minor: 65535}, "65535.65535"},
	}
	for _, tt := range tests {
		got, err := syscalls.ParseVersion(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("ParseVersion(%q) = %v, %v, want %v", tt.text, got, err, tt.want)
		}
		if got.String() != tt.back || got.IsZero() {
			t.Errorf("ParseVersion(%q) prints as %s, want %s; IsZero = %v", tt.text, got, tt.back, got.IsZero())
		}
	}
}

func TestParseVersionErrors(t *testing.T) {
	for _, s := range []string{"", "6", "6.", ".1", "6.x", "v6.1", "x.1", "-6.1", "6.-1", "+6.1", " 6.1", "6 .1", "0.0", "65536.1", "6.65536", "6.99999999999999999999"} {
		v, err := syscalls.ParseVersion(s)
		want := `kernel version "` + s + `": want MAJOR.MINOR, as in 6.1`
		if err == nil || err.Error() != want || !v.IsZero() {
			t.Errorf("ParseVersion(%q) = %v, %v, want the error %s", s, v, err, want)
		}
	}
}

func TestVersionCompare(t *testing.T) {
	ascending := []syscalls.Version{{}, {Minor: 1}, {Major: 2, Minor: 6}, {Major: 3}, {Major: 4, Minor: 8}, {Major: 4, Minor: 14}, {Major: 5}, {Major: 5, Minor: 10}}
	for i, v := range ascending {
		for j, w := range ascending {
			if got, want := v.Compare(w), cmp.Compare(i, j); got != want {
				t.Errorf("%v.Compare(%v) = %d, want %d", v, w, got, want)
			}
		}
	}
	if v := (syscalls.Version{}); !v.IsZero() || v.String() != "unknown" {
		t.Errorf("the zero Version: IsZero = %v, String = %q, want true, unknown", v.IsZero(), v)
	}
}
