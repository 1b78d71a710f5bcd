//go:build seccomp

package libseccomp

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
)

// endless are pairs of rules of which libseccomp never stops adding the second.
var endless = [][]specs.LinuxSyscall{
	{deny("getppid", is(0, "<=", 255), is(1, "<=", 2)), deny("getppid", is(0, "<=", 255), is(1, "==", 2))},
	{deny("getppid", is(0, ">=", 255), is(1, ">=", 2)), deny("getppid", is(0, ">=", 255), is(1, "==", 2))},
	{deny("getppid", is(0, "<=", 7), is(1, ">", 2)), deny("getppid", is(0, "<=", 7), is(1, "!=", 7))},
}

// endlessEnv tells the test binary to add the pair of that index.
const endlessEnv = "SECCOMPILE_ENDLESS_TEST"

// What a child says.
const (
	first  = "the first rule is added"
	second = "the second is added"
)

// TestEndless: libseccomp does not come back in two seconds, and we compile both
// rules.
func TestEndless(t *testing.T) {
	if i, err := strconv.Atoi(os.Getenv(endlessEnv)); err == nil {
		for n, says := range []string{first, second} {
			c := trialOf([]arch.Arch{arch.X86_64}, endless[i][:n+1])
			if _, err := Filter(c.s, c.arch, c.level); err != nil {
				t.Fatal(err)
			}
			fmt.Println(says)
		}
		return
	}
	for i, rules := range endless {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestEndless$")
			cmd.Env = append(os.Environ(), endlessEnv+"="+strconv.Itoa(i))
			out, err := cmd.CombinedOutput()
			if ctx.Err() == nil || !bytes.Contains(out, []byte(first)) || bytes.Contains(out, []byte(second)) {
				t.Errorf("Filter(%s) ends in less than 5 s, or never begins: %v\n%s", trialOf([]arch.Arch{arch.X86_64}, rules).text(), err, out)
			}
		})
	}
}
