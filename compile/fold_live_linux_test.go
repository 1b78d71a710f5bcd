package compile

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/selftest"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/sys/unix"
)

// foldEnv tells the test binary to be the child of TestFoldLive: "fold" installs the fold,
// "stack" the filters one by one.
const foldEnv = "SECCOMPILE_FOLD_TEST"

// TestFoldLive: the kernel answers calls under a fold as it does under the filters, and
// both times as Stack.Run says.
func TestFoldLive(t *testing.T) {
	if how := os.Getenv(foldEnv); how != "" {
		foldChild(t, how == "fold")
		return
	}
	selftest.Live(t)
	for _, how := range []string{"fold", "stack"} {
		r := selftest.Child{Args: []string{"-test.run=^TestFoldLive$"}, Env: []string{foldEnv + "=" + how, "GODEBUG=asyncpreemptoff=1"}}.Run(t)
		r.Succeeds(t)
		if out := r.Out.String(); !strings.Contains(out, "judged") {
			t.Errorf("the child says nothing: %s", out)
		} else {
			t.Log(out)
		}
	}
}

// foldChild installs two filters, or their fold, and makes calls that both tell apart.
func foldChild(t *testing.T, fold bool) {
	var filters []*Filter
	for i := range uint64(2) {
		part := policy.ArchPolicy{Arch: hostABI}
		for nr := range uint32(40) {
			for v := range uint64(4) { // errnos of their own, and calls that one filter allows
				if (uint64(nr)+v+i)%3 > 0 {
					part.Rules = append(part.Rules, policy.Rule{Nr: firstFree + nr, Action: policy.Errno(uint16(40 + 8*i + v)), Conds: []policy.Cond{{Arg: uint8(i), Op: policy.EQ, Value: v}}})
				}
			}
		}
		f, err := Policy(&policy.Policy{Default: policy.Allow, BadArch: policy.Allow, Arches: []policy.ArchPolicy{part}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, f)
	}
	s := mustStack(t, filters...)
	one, err := s.Fold()
	if err != nil {
		t.Fatal(err)
	}
	options, insns := install.Options{Before: s.Before()}, s.Insns()
	if fold {
		options, insns = install.Options{}, one.Insns()
	}
	debug.SetGCPercent(-1)
	done := make(chan string)
	judged := 0
	go func() {
		runtime.LockOSThread()
		if _, err := install.Filter(insns, options); err != nil {
			done <- err.Error()
			return
		}
		for nr := range uint32(41) {
			for v := range uint64(25) {
				c := syscalls.Call{Audit: hostABI.Audit(), Nr: firstFree + nr, Args: [6]uint64{v % 5, v / 5}}
				want := s.Run(c)
				if want == policy.Allow {
					want = policy.Errno(uint16(unix.ENOSYS)) // of a call that the kernel lacks
				}
				_, _, errno := syscall.RawSyscall(uintptr(c.Nr), uintptr(c.Args[0]), uintptr(c.Args[1]), 0)
				if got := policy.Errno(uint16(errno)); got != want || one.Run(c) != s.Run(c) {
					done <- fmt.Sprintf("the kernel answers %s with %s, the fold with %s, want %s", c, got, one.Run(c), want)
					return
				}
				judged++
			}
		}
		done <- ""
	}()
	if fault := <-done; fault != "" {
		t.Fatal(fault)
	}
	fmt.Printf("%d calls judged\n", judged)
}
