package oracle

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// constant is a line of golang.org/x/sys/unix's zsysnum_linux_*.go, and noCall
// the constants of those files that are no calls: masks, marks and placeholders
// of the headers that they are made from.
var (
	constant = regexp.MustCompile(`(?m)^\s+SYS_([A-Z0-9_]+)\s*=\s*([0-9]+)$`)
	noCall   = regexp.MustCompile(`^(ARCH_SPECIFIC_SYSCALL|SYSCALL_MASK|(UNUSED|RESERVED)[0-9]+)$`)
)

// notInUnix reports whether golang.org/x/sys/unix cannot have the call: it is
// newer than the kernel that those files were made from, 7.2, or in a part of
// arm's header that their generator does not read.
func notInUnix(a arch.Arch, name string) bool {
	switch name {
	case "fchroot":
		return true
	case "breakpoint", "cacheflush", "usr26", "usr32", "set_tls", "get_tls", "sync_file_range2":
		return a == arch.ARM
	}
	return false
}

// TestUnix compares every ABI that golang.org/x/sys/unix has.
func TestUnix(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Skipf("go list does not find golang.org/x/sys: %v", err)
	}
	compared := 0
	for a := range arch.All() {
		goarch := a.GOARCH()
		if a == arch.PPC {
			goarch = "ppc" // gccgo's
		}
		if goarch == "" {
			continue
		}
		file := filepath.Join(dir, "unix", "zsysnum_linux_"+goarch+".go")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%s: %v", a, err)
			continue
		}
		compared++
		theirs := map[string]bool{}
		for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
			if noCall.MatchString(m[1]) {
				continue
			}
			name := strings.ToLower(m[1])
			theirs[name] = true
			want, err := strconv.ParseUint(m[2], 10, 32)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if got, ok := syscalls.Number(a, name); !ok || uint64(got) != want {
				t.Errorf("Number(%s, %s) = %d, %v, want %d of SYS_%s", a, name, got, ok, want, m[1])
			}
		}
		if len(theirs) < 300 {
			t.Errorf("%s has %d calls: has its form changed?", file, len(theirs))
		}
		for nr, name := range syscalls.All(a) {
			if !theirs[name] && !notInUnix(a, name) {
				t.Errorf("%s has %s (%d), which golang.org/x/sys/unix lacks", a, name, nr)
			}
		}
	}
	if compared != 14 {
		t.Errorf("compared %d ABIs, want the 14 that golang.org/x/sys/unix has", compared)
	}
}
