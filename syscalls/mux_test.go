package syscalls_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// muxABIs are the ABIs with multiplexers.
var muxABIs = map[arch.Arch]bool{
	arch.X86: true, arch.S390: true, arch.S390X: true, arch.PPC: true, arch.PPC64: true, arch.PPC64LE: true,
	arch.MIPS: true, arch.MIPSEL: true, arch.M68K: true, arch.SH: true, arch.SHEB: true,
}

func TestMux(t *testing.T) {
	tests := []struct {
		arch    arch.Arch
		name    string
		nr, sub uint32
		ok      bool
	}{
		{arch.X86, "socket", 102, 1, true},
		{arch.X86, "sendmmsg", 102, 20, true},
		{arch.X86, "accept", 102, 5, true}, // x86 has no other
		{arch.X86, "send", 102, 9, true},
		{arch.X86, "semop", 117, 1, true},
		{arch.X86, "shmctl", 117, 24, true},
		{arch.MIPS, "socket", 4102, 1, true},
		{arch.MIPSEL, "msgget", 4117, 13, true},
		{arch.S390, "socket", 102, 1, true},
		{arch.S390X, "semtimedop", 117, 4, true},
		{arch.PPC64LE, "recvmsg", 102, 17, true},
		{arch.SHEB, "shmat", 117, 21, true},

		{arch.X86_64, "socket", 0, 0, false},
		{arch.X32, "socket", 0, 0, false},
		{arch.ARM, "socket", 0, 0, false}, // its old ABI alone
		{arch.MIPS64, "socket", 0, 0, false},
		{arch.MIPS64N32, "msgget", 0, 0, false},
		{arch.PARISC, "socket", 0, 0, false},
		{arch.X86, "read", 0, 0, false},
		{arch.X86, "socketcall", 0, 0, false},
		{arch.X86, "ipc", 0, 0, false},
		{arch.X86, "dipc", 0, 0, false},
		{arch.X86, "sokket", 0, 0, false},
		{arch.X86, "", 0, 0, false},
		{0, "socket", 0, 0, false},
		{255, "socket", 0, 0, false},
	}
	for _, tt := range tests {
		if nr, sub, ok := syscalls.Mux(tt.arch, tt.name); nr != tt.nr || sub != tt.sub || ok != tt.ok {
			t.Errorf("Mux(%s, %s) = %d, %d, %v, want %d, %d, %v", tt.arch, tt.name, nr, sub, ok, tt.nr, tt.sub, tt.ok)
		}
	}
}

// TestMuxComplete: the ABIs with multiplexers have both, with all calls behind
// them, the others neither; and no number makes two calls.
func TestMuxComplete(t *testing.T) {
	for a := range arch.All() {
		seen := map[[2]uint32]string{}
		for name := range syscalls.Names() {
			nr, sub, ok := syscalls.Mux(a, name)
			if !ok {
				continue
			}
			if name := seen[[2]uint32{nr, sub}]; name != "" {
				t.Errorf("on %s, %d(%d) is %s twice", a, nr, sub, name)
			}
			seen[[2]uint32{nr, sub}] = name
			if mux, _ := syscalls.Name(a, nr); mux != "socketcall" && mux != "ipc" {
				t.Errorf("Mux(%s, %s) = %d, which is %s", a, name, nr, mux)
			}
		}
		want := 0
		if muxABIs[a] {
			want = 20 + 12
		}
		if len(seen) != want {
			t.Errorf("%s has %d calls behind multiplexers, want %d", a, len(seen), want)
		}
	}
}

// TestMuxFacts compares with a table that others made, where a checkout has it
// beside it.
func TestMuxFacts(t *testing.T) {
	f, err := os.Open("../../shared/facts/multiplexers.csv")
	if err != nil {
		t.Skip("no second table beside the checkout")
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, r := range records[1:] {
		a, err := arch.Parse(r[0])
		if err != nil {
			continue // a machine that no profile can name
		}
		nr, err1 := strconv.ParseUint(r[2], 10, 32)
		sub, err2 := strconv.ParseUint(r[4], 10, 32)
		if err1 != nil || err2 != nil {
			t.Fatalf("row %q", r)
		}
		if gotNr, gotSub, ok := syscalls.Mux(a, r[3]); uint64(gotNr) != nr || uint64(gotSub) != sub || !ok {
			t.Errorf("Mux(%s, %s) = %d, %d, %v, want %d, %d", a, r[3], gotNr, gotSub, ok, nr, sub)
		}
		direct, ok := syscalls.Number(a, r[3])
		want, err := strconv.ParseUint(r[5], 10, 32)
		if ok != (err == nil) || uint64(direct) != want {
			t.Errorf("Number(%s, %s) = %d, %v, want %q", a, r[3], direct, ok, r[5])
		}
		rows++
	}
	if rows != 8*32 {
		t.Errorf("compared %d calls, want 32 of 8 tables", rows)
	}
}
