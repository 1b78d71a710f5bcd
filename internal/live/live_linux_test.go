package live

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/seccompile/seccompile/internal/abi"
	"golang.org/x/net/bpf"
)

func TestRun(t *testing.T) {
	for _, a := range []string{runtime.GOARCH, "386"} {
		child := filepath.Join(t.TempDir(), a)
		cmd := exec.Command("go", "build", "-o", child, "./caller")
		cmd.Env = append(cmd.Environ(), "GOARCH="+a, "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatal(string(out))
		}
		insns := []bpf.RawInstruction{
			{Op: 0x20, K: 0},
			{Op: 0x15, K: 1000, Jf: 1}, {Op: 6, K: abi.RetTrap},
			{Op: 0x15, K: 1001, Jf: 1}, {Op: 6, K: abi.RetKillThread},
			{Op: 0x15, K: 1002, Jf: 1}, {Op: 6, K: abi.RetKillProcess},
			{Op: 0x15, K: 1003, Jf: 1}, {Op: 6, K: abi.RetErrno},
			{Op: 0x15, K: 1004, Jf: 1}, {Op: 6, K: abi.RetErrno | 4000},
			{Op: 0x15, K: 1005, Jf: 1}, {Op: 6, K: abi.RetUserNotif},
			{Op: 0x15, K: 0xffffffff, Jf: 1}, {Op: 6, K: abi.RetErrno | 7},
			{Op: 0x35, K: 2000, Jf: 1}, {Op: 6, K: abi.RetTrap},
			{Op: 6, K: abi.RetAllow},
		}
		var calls []Call
		for nr := range uint32(1007) {
			if nr == 335 || nr == 336 {
				continue
			}
			calls = append(calls, Call{Nr: nr})
		}
		calls = append(calls, Call{Nr: 0xffffffff}, Call{Nr: 0x80000000})
		got, err := Run(child, insns, calls)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i] != abi.RetErrno|Passed {
				t.Logf("%d %#x", calls[i].Nr, got[i])
			}
		}
	}
}
