package syscalls_test

import (
	"encoding/csv"
	"os"
	"regexp"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

func TestSince(t *testing.T) {
	tests := []struct {
		arch arch.Arch
		name string
		want string // "" for unknown
	}{
		{arch.X86_64, "clone3", "5.3"},
		{arch.X86_64, "openat2", "5.6"},
		{arch.X86_64, "seccomp", "3.17"},
		{arch.X86_64, "membarrier", "4.3"},
		{arch.X86_64, "pkey_mprotect", "4.9"},
		{arch.X86_64, "mseal", "6.10"},
		{arch.X86_64, "setns", "3.0"},
		{arch.X86, "socket", "4.3"}, // only through socketcall before
		{arch.X86, "clock_gettime64", "5.1"},
		{arch.X86, "semget", "5.1"},
		{arch.X32, "clone3", "5.3"},
		{arch.X32, "setns", ""}, // in 3.0, four releases before there was x32
		{arch.AArch64, "clone3", "5.3"},
		{arch.RISCV64, "read", "4.15"},
		{arch.RISCV64, "memfd_secret", "5.14"},
		{arch.LoongArch64, "read", "5.19"},
		{arch.MIPSEL64N32, "futex_time64", "5.1"},
		{arch.SHEB, "statx", "5.1"},

		{arch.X86_64, "read", ""},
		{arch.X86_64, "openat", ""},
		{arch.X86_64, "socketcall", ""},
		{arch.X86_64, "sokket", ""},
		{arch.X86_64, "", ""},
		{0, "read", ""},
		{255, "clone3", ""},
	}
	for _, tt := range tests {
		var want syscalls.Version
		if tt.want != "" {
			var err error
			if want, err = syscalls.ParseVersion(tt.want); err != nil {
				t.Fatal(err)
			}
		}
		if got, ok := syscalls.Since(tt.arch, tt.name); got != want || ok != (tt.want != "") {
			t.Errorf("Since(%s, %s) = %s, %v, want %q", tt.arch, tt.name, got, ok, tt.want)
		}
	}
}

// TestSinceRange: an ABI has no call from before its first kernel, or after the
// tables'.
func TestSinceRange(t *testing.T) {
	first := map[arch.Arch]syscalls.Version{
		arch.X32: {Major: 3, Minor: 4}, arch.AArch64: {Major: 3, Minor: 7},
		arch.RISCV64: {Major: 4, Minor: 15}, arch.LoongArch64: {Major: 5, Minor: 19},
	}
	newest := syscalls.Newest()
	if want := (syscalls.Version{Major: 7, Minor: 3}); newest != want {
		t.Errorf("Newest() = %s, want %s", newest, want)
	}
	for a := range arch.All() {
		known := 0
		for _, name := range syscalls.All(a) {
			v, ok := syscalls.Since(a, name)
			if !ok {
				continue
			}
			known++
			if v.Compare(syscalls.Version{Major: 3}) < 0 || v.Compare(first[a]) < 0 || v.Compare(newest) > 0 {
				t.Errorf("Since(%s, %s) = %s", a, name, v)
			}
		}
		if known < 50 {
			t.Errorf("%s has releases of %d calls", a, known)
		}
	}
}

// userHeaders are releases of that table in which the user's unistd.h got what
// the kernel's own had before: __ARCH_WANT_SYS_CLONE3 and
// __ARCH_WANT_MEMFD_SECRET stood in arch/*/include/asm/unistd.h at first, and
// fstatat had its number under another name.
var userHeaders = map[string]string{"aarch64 clone3": "5.5", "riscv64 memfd_secret": "5.19", "riscv64 newfstatat": "4.20"}

var bound = regexp.MustCompile(`<=([0-9]+\.[0-9]+)$`)

// TestSinceFacts compares with a table that others made, where a checkout has it
// beside it. That table has bounds too: a release is exact where the call is on
// no ABI before it.
func TestSinceFacts(t *testing.T) {
	f, err := os.Open("../../shared/facts/syscalls-since.csv")
	if err != nil {
		t.Skip("no second table beside the checkout")
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	exact := 0
	for i, head := range records[0] {
		a, err := arch.Parse(head)
		if err != nil {
			continue
		}
		for _, r := range records[1:] {
			got, ok := syscalls.Since(a, r[0])
			want, err := syscalls.ParseVersion(r[i])
			if m := bound.FindStringSubmatch(r[i]); m != nil {
				if ok && got.String() != m[1] {
					t.Errorf("Since(%s, %s) = %s, want %s", a, r[0], got, r[i])
				}
				continue
			}
			if late := userHeaders[a.String()+" "+r[0]]; late != "" && late == r[i] {
				if ok && got.Compare(want) >= 0 {
					t.Errorf("Since(%s, %s) = %s, want less than %s", a, r[0], got, late)
				}
				continue
			}
			if err == nil && a == arch.X32 && want.Compare(syscalls.Version{Major: 3, Minor: 4}) < 0 {
				continue // x86_64's; there was no x32 yet
			}
			if ok != (err == nil) || got != want {
				t.Errorf("Since(%s, %s) = %s, %v, want %q", a, r[0], got, ok, r[i])
			}
			exact++
		}
	}
	if exact < 5000 {
		t.Errorf("compared %d cells", exact)
	}
}
