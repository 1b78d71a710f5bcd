//go:build seccomp

package libseccomp

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/selftest"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// liveEnv tells the test binary to install a filter and make a call: it holds
// "theirs" or "ours" and the index in miscompiled.
const liveEnv = "SECCOMPILE_LIVE_TEST"

// TestLive has the kernel answer the calls that libseccomp's filters get wrong,
// by these filters and by ours.
func TestLive(t *testing.T) {
	if job := os.Getenv(liveEnv); job != "" {
		liveChild(t, job)
		return
	}
	selftest.Live(t)
	for i, tt := range miscompiled {
		if !tt.live {
			continue
		}
		ask := func(whose string) string {
			r := selftest.Child{Args: []string{"-test.run=^TestLive$"}, Env: []string{fmt.Sprintf("%s=%s %d", liveEnv, whose, i)}}.Run(t)
			r.Succeeds(t)
			answer, _, _ := strings.Cut(r.Out.String(), "\n")
			return answer
		}
		other := policy.Allow
		if tt.want == other {
			other = policy.Errno(denied)
		}
		want := []string{tt.want.String(), other.String()}
		if diff := cmp.Diff(want, []string{ask("ours"), ask("theirs")}); diff != "" {
			t.Errorf("the kernel answers %s by our filter, and by libseccomp's (-want +got)\n%s", tt.call, diff)
		}
	}
}

// liveChild makes the call under the filter and prints the filter's answer.
// Both filters allow everything else that the process does.
func liveChild(t *testing.T, job string) {
	whose, index, _ := strings.Cut(job, " ")
	i, err := strconv.Atoi(index)
	if err != nil {
		t.Fatal(err)
	}
	c, err := syscalls.ParseCall(miscompiled[i].call)
	if err != nil {
		t.Fatal(err)
	}
	tr := trialOf(miscompiled[i].arches, miscompiled[i].rules)
	tr.level = miscompiled[i].levels[0]
	theirs, ours, err := tr.filters()
	if err != nil {
		t.Fatal(err)
	}
	insns := ours.Insns()
	if whose == "theirs" {
		insns = theirs.Insns()
	}
	if _, err := install.Filter(insns, install.Options{}); err != nil {
		t.Fatal(err)
	}
	_, _, errno := syscall.RawSyscall6(uintptr(c.Nr), uintptr(c.Args[0]), uintptr(c.Args[1]), uintptr(c.Args[2]), uintptr(c.Args[3]), uintptr(c.Args[4]), uintptr(c.Args[5]))
	answer := policy.Allow
	if errno == denied {
		answer = policy.Errno(denied)
	}
	fmt.Println(answer)
}
