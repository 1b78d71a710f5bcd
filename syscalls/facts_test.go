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

// TestFactsPlaceholders: numbers that the kernel's tables keep free are no calls.
func TestFactsPlaceholders(t *testing.T) {
	f, err := os.Open("../../shared/facts/placeholders.csv")
	if err != nil {
		t.Skip("no second table beside the checkout")
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, r := range records[1:] {
		a, err := arch.Parse(r[0])
		if err != nil {
			continue // a machine that no profile can name
		}
		nr, err := strconv.ParseUint(r[2], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		if name, ok := Name(a, uint32(nr)); ok {
			t.Errorf("Name(%s, %d) = %s, want none for %s", a, nr, name, r[1])
		}
		if Known(r[1]) {
			t.Errorf("Known(%s) = true, want false for a placeholder", r[1])
		}
		seen++
	}
	if seen == 0 {
		t.Error("no placeholder of any ABI")
	}
}
