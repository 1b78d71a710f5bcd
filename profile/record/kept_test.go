package record

import (
	"fmt"
	"strings"
	"testing"
)

// TestTooManyTuples: where the combinations of telling arguments are too many, what is known of
// each of them is kept.
func TestTooManyTuples(t *testing.T) {
	many := func(format string) (list []string) {
		for i := range 80 {
			list = append(list, fmt.Sprintf(format, i))
		}
		return list
	}
	for _, tt := range []struct {
		name           string
		calls          []string
		passes, refuse string
		tight          string // what is refused at the tight level, too
		crossed        bool
	}{
		{"protocols of one kind", many("x86_64 socket(2, 3, %d)"), "x86_64 socket(2, 0x80003, 200)", "x86_64 socket(2, 1, 0)", "x86_64 socket(2, 0x80003, 1)", false},
		{"of two", append(many("x86_64 socket(2, 3, %d)"), "x86_64 socket(1, 1, 0)"), "x86_64 socket(1, 3, 0)", "x86_64 socket(2, 2, 0)", "x86_64 socket(10, 3, 0)", true},
		{"of netlink, all", many("x86_64 socket(16, 3, %d)"), "x86_64 socket(16, 3, 90)", "x86_64 socket(16, 2, 1)", "x86_64 socket(2, 3, 1)", false},
		{"flags of mmap", many("x86_64 mmap(0, 1, 3, %d)"), "x86_64 mmap(0, 1, 1, 90)", "x86_64 mmap(0, 1, 7, 1)", "x86_64 mmap(0, 1, 4, 1)", false},
		{"levels of socket options", many("x86_64 setsockopt(3, 1, %d)"), "x86_64 setsockopt(3, 1, 90)", "", "x86_64 setsockopt(3, 2, 1)", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := recorded(t, tt.calls...)
			for _, level := range []Level{Usual, Tight, Loose} {
				f, d := compiled(t, r, level)
				if out, err := r.Within(f); err != nil || len(out) > 0 {
					t.Errorf("level %d: %+v are refused, %v", level, out, err)
				}
				if level == Usual && !f.Run(call(t, tt.passes)).Passes() {
					t.Errorf("%s is refused\n%s", tt.passes, d.Text)
				}
				if level != Loose && tt.refuse != "" && f.Run(call(t, tt.refuse)).Passes() {
					t.Errorf("level %d: %s passes\n%s", level, tt.refuse, d.Text)
				}
				if level == Tight && f.Run(call(t, tt.tight)).Passes() {
					t.Errorf("%s passes at the tight level\n%s", tt.tight, d.Text)
				}
				said := strings.Contains(fmt.Sprint(d.Reasons), "every combination of the recorded values")
				if level == Usual && said != tt.crossed {
					t.Errorf("a reason for combinations: %v, want %v: %q", said, tt.crossed, d.Reasons)
				}
			}
		})
	}
}
