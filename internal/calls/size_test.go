package calls

import (
	"testing"
	"unsafe"
)

// TestSize: a program that imports the package carries its tables, and they are
// small beside the program.
func TestSize(t *testing.T) {
	const limit = 600 << 10
	size := len(names) + len(nameEnd)*int(unsafe.Sizeof(nameEnd[0])) + len(nameSlots)*int(unsafe.Sizeof(nameSlots[0]))
	seen := map[*table]bool{nil: true}
	for _, tab := range tables {
		if seen[tab] {
			continue
		}
		seen[tab] = true
		size += int(unsafe.Sizeof(*tab)) + 4*len(tab.nr) + 2*(len(tab.name)+len(tab.at)+len(tab.width)+len(tab.since))
		if len(tab.name) != len(tab.nr) || len(tab.width) != len(tab.nr) || len(tab.since) != len(tab.nr) || len(tab.at) != len(nameEnd)-1 {
			t.Errorf("columns of %d, %d, %d, %d and %d rows", len(tab.nr), len(tab.name), len(tab.width), len(tab.since), len(tab.at))
		}
	}
	t.Logf("%d bytes", size)
	if size > limit {
		t.Errorf("the tables have %d bytes, want at most %d", size, limit)
	}
}
