package arch_test

import (
	"encoding/binary"
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
)

// TestFacts compares the table with one that others made, where a checkout has
// it beside it.
func TestFacts(t *testing.T) {
	f, err := os.Open("../../shared/facts/arches.csv")
	if err != nil {
		t.Skip("no second table beside the checkout")
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, head := range records[0] {
		column[head] = i
	}
	seen := 0
	for _, r := range records[1:] {
		cell := func(head string) string {
			i, ok := column[head]
			if !ok {
				t.Fatalf("the second table has no column %s", head)
			}
			return r[i]
		}
		a, err := arch.Parse(cell("scmp_arch"))
		if err != nil {
			// A machine that no profile can name: none of our ABIs is meant.
			audit, err := strconv.ParseUint(cell("audit_value"), 0, 32)
			if got, ok := arch.Of(uint32(audit), 0); err != nil || ok {
				t.Errorf("Of(%s, 0) = %s, %v, want none for %s", cell("audit_value"), got, ok, cell("table"))
			}
			continue
		}
		seen++
		type fields struct {
			Audit        uint32
			Bits         int
			Order        string
			Base         uint32
			GOARCH, Name string
			Containers   string
		}
		number := func(head string, bits int) uint64 {
			n, err := strconv.ParseUint(cell(head), 0, bits)
			if err != nil {
				t.Fatalf("%s of %s: %v", head, a, err)
			}
			return n
		}
		want := fields{uint32(number("audit_value", 32)), int(number("bits", 8)), cell("endian"),
			uint32(number("nr_offset", 32)), cell("goarch"), cell("docker_native_name"), cell("containers_common_name")}
		got := fields{a.Audit(), a.Bits(), "le", a.NumberBase(), a.GOARCH(), a.Docker(), a.Containers()}
		if a.ByteOrder() == binary.BigEndian {
			got.Order = "be"
		}
		if want.Containers == "" {
			got.Containers = "" // not known there
		}
		if a == arch.X32 {
			got.Name = "" // no Docker host is x32, though Docker's profile names it
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", a, diff)
		}
		for _, head := range []string{"goarch_reserved_only", "containers_common_name"} {
			if name := cell(head); name != "" {
				if got, err := arch.Parse(name); err != nil || got != a {
					t.Errorf("Parse(%q) = %s, %v, want %s (%s)", name, got, err, a, head)
				}
			}
		}
	}
	if seen != 23 {
		t.Errorf("the second table has %d of the 23 ABIs", seen)
	}
}
