package syscalls

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"github.com/seccompile/seccompile/arch"
)

// TestFacts compares every cell with a table that others extracted from the
// same kernel, where a checkout has that table beside it.
func TestFacts(t *testing.T) {
	f, err := os.Open("../../shared/facts/syscalls.csv")
	if err != nil {
		t.Skip("no second table beside the checkout")
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]arch.Arch{}
	for a := range arch.All() {
		column[a.String()] = a
	}
	cells := 0
	for i, head := range records[0] {
		a, ok := column[head]
		if !ok {
			continue
		}
		for _, r := range records[1:] {
			nr, ok := Number(a, r[0])
			want, err := strconv.ParseUint(r[i], 10, 32)
			if (err == nil) != ok || ok && uint64(nr) != want {
				t.Errorf("Number(%s, %q) = %d, %v, want %q", a, r[0], nr, ok, r[i])
			}
			cells++
		}
		here := map[string]bool{}
		for _, r := range records[1:] {
			here[r[0]] = r[i] != ""
		}
		for nr, name := range All(a) {
			if !here[name] {
				t.Errorf("%s has %s (%d), which the second table lacks", a, name, nr)
			}
		}
	}
	if cells < 18*600 {
		t.Errorf("compared %d cells, want all of 18 ABIs", cells)
	}
}
