package compile

import (
	"os"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// TestSharedMasks holds what policies that filter flags cost, where the kept
// inputs are: as many instructions as libseccomp's program has, and a fifth more.
func TestSharedMasks(t *testing.T) {
	const dir = "../../shared/cases/"
	most := map[string]int{ // libseccomp's own, optimize 2
		"masks-8.json": 64, "masks-10.json": 76, "masks-20.json": 136, "masks-open-flags.json": 175, "masks-two-args-10.json": 229,
		"masked-after-equal.json": 20, "two-masks.json": 17,
	}
	for name, most := range most {
		text, err := os.ReadFile(dir + name)
		if os.IsNotExist(err) {
			t.Skip("the kept inputs are not there")
		}
		start := time.Now()
		f, err := JSON(text, profile.Target{Arch: arch.X86_64, Kernel: syscalls.Version{Major: 6, Minor: 18}, Compat: profile.CompatRunc}, Options{NoVerify: os.Getenv("NV") != ""})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: %d instructions, %v", name, len(f.insns), time.Since(start))
		if len(f.insns) > most+most/5 {
			t.Errorf("%s: %d instructions, want at most a fifth more than %d", name, len(f.insns), most)
		}
	}
}
