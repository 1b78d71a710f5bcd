package calls_test

import (
	"slices"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
)

// TestLookup: IDs are the places of the sorted names, from 1, without gaps.
func TestLookup(t *testing.T) {
	names := slices.Collect(calls.Names)
	if got := calls.IDs(); got != len(names)+1 {
		t.Errorf("IDs() = %d, want %d names and the zero value", got, len(names))
	}
	for i, name := range names {
		if got := calls.Lookup(name); got != calls.ID(i+1) {
			t.Errorf("Lookup(%s) = %d, want %d", name, got, i+1)
		}
	}
	for _, name := range []string{"", "opennat", "READ", "read\x00", "~", "\xff"} {
		if got := calls.Lookup(name); got != 0 {
			t.Errorf("Lookup(%q) = %d, want 0", name, got)
		}
	}
}

// TestUnassigned: an ID without a name belongs to no call.
func TestUnassigned(t *testing.T) {
	unassigned := []calls.ID{0}
	for id := calls.IDs(); id < 1<<16; id++ {
		unassigned = append(unassigned, calls.ID(id))
	}
	for a := range arch.All() {
		for _, id := range unassigned {
			_, numbered := id.Number(a)
			_, _, dated := id.Since(a)
			_, narrow := id.Narrow(a, 0)
			if numbered || dated || narrow {
				t.Fatalf("ID %d has a number, a release or a width on %s: %v, %v, %v", id, a, numbered, dated, narrow)
			}
		}
	}
}
