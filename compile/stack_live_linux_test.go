package compile

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/selftest"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
	"golang.org/x/sys/unix"
)

// stackEnv tells the test binary to be the child of TestStackLive.
const stackEnv = "SECCOMPILE_STACK_TEST"

// livePolicies are policies that take several filters, about numbers that no kernel
// has calls for: without a filter they fail with ENOSYS.
var livePolicies = map[string]func() *policy.Policy{
	"many calls": func() *policy.Policy { return refusing(450, 8) },
	"one call":   func() *policy.Policy { return refusing(1, 2800) },
	"allowed values": func() *policy.Policy { // of one call; all others are refused, with another errno than it is without a filter
		values := 2800
		if hostABI.RegisterBits() == 32 { // shorter comparisons
			values = 4200
		}
		pol := refusing(1, values)
		rules := pol.Arches[0].Rules
		for i := range rules {
			if rules[i].Nr == firstFree {
				rules[i].Action = policy.Allow
			}
		}
		for i := range rules {
			if rules[i].Nr == firstFree && (i+1 == len(rules) || rules[i+1].Nr != firstFree) {
				last := policy.Rule{Nr: firstFree, Origin: rules[i].Origin, Action: policy.Errno(70)}
				pol.Arches[0].Rules = append(append(append([]policy.Rule{}, rules[:i+1]...), last), rules[i+1:]...)
				break
			}
		}
		return pol
	},
}

// hostABI is the ABI of this program, and firstFree the first of 450 numbers of it that no
// kernel has calls for.
var (
	hostABI, _ = arch.Parse(runtime.GOARCH)
	firstFree  = hostABI.NumberBase() + 548
)

// refusing returns a policy that refuses some values of some calls, seccomp and prctl.
func refusing(calls, values int) *policy.Policy {
	pol := manyValues(calls, values)
	pol.Default, pol.BadArch = policy.Allow, policy.Allow
	pol.Arches[0].Arch = hostABI
	rules := pol.Arches[0].Rules
	for i := range rules {
		rules[i].Nr += firstFree
		rules[i].Action = policy.Errno(uint16(1 + i%90))
		if hostABI.RegisterBits() == 32 {
			rules[i].Conds[0].Value = uint64(uint32(i) * 2654435761)
		}
	}
	first := []policy.Rule{
		{Nr: unix.SYS_PRCTL, Action: policy.Errno(91), Origin: &policy.Origin{Name: "prctl"}},
		{Nr: unix.SYS_SECCOMP, Action: policy.Errno(92), Origin: &policy.Origin{Name: "seccomp"}},
	}
	pol.Arches[0].Rules = append(first, rules...)
	return pol
}

// TestStackLive: the kernel answers calls under a stack as the policy does.
func TestStackLive(t *testing.T) {
	if name := os.Getenv(stackEnv); name != "" {
		stackChild(t, livePolicies[name]())
		return
	}
	selftest.Live(t)
	for name := range livePolicies {
		t.Run(name, func(t *testing.T) {
			r := selftest.Child{Args: []string{"-test.run=^TestStackLive$"}, Env: []string{stackEnv + "=" + name, "GODEBUG=asyncpreemptoff=1"}}.Run(t)
			r.Succeeds(t)
			if out := r.Out.String(); !strings.Contains(out, "judged") {
				t.Errorf("the child says nothing: %s", out)
			} else {
				t.Log(out)
			}
		})
	}
}

// stackChild installs the stack of a policy on its thread and makes calls of all its
// rules.
func stackChild(t *testing.T, pol *policy.Policy) {
	s, err := Split(pol, Options{})
	if err != nil || len(s.filters) < 2 {
		t.Fatalf("Split = %d filters, %v, want two at least", len(s.Filters()), err)
	}
	debug.SetGCPercent(-1)
	var calls []syscalls.Call
	for _, r := range pol.Arches[0].Rules {
		c := syscalls.Call{Audit: hostABI.Audit(), Nr: r.Nr}
		for _, cond := range r.Conds {
			for _, v := range []uint64{cond.Value - 1, cond.Value + 1, cond.Value} {
				c.Args[cond.Arg] = uint64(uintptr(v))
				calls = append(calls, c)
			}
		}
		calls = append(calls, c)
	}
	before, err := install.Status()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan string)
	go func() {
		runtime.LockOSThread()
		if _, err := install.Filter(s.Insns(), install.Options{Flags: s.Flags(), Before: s.Before()}); err != nil {
			done <- err.Error()
			return
		}
		after, err := install.Status()
		if err != nil || before.Filters >= 0 && after.Filters != before.Filters+len(s.filters) {
			done <- fmt.Sprintf("%d filters, then %d (%v), want %d more", before.Filters, after.Filters, err, len(s.filters))
			return
		}
		for _, c := range calls {
			want := policy.Errno(uint16(unix.ENOSYS)) // of a call that the kernel lacks
			if a, _ := pol.Decide(c); a != policy.Allow {
				want = a
			}
			_, _, errno := syscall.RawSyscall6(uintptr(c.Nr), uintptr(c.Args[0]), uintptr(c.Args[1]), uintptr(c.Args[2]), uintptr(c.Args[3]), uintptr(c.Args[4]), uintptr(c.Args[5]))
			if got := policy.Errno(uint16(errno)); got != want {
				done <- fmt.Sprintf("the kernel answers %s with %s, want %s", c, got, want)
				return
			}
		}
		done <- ""
	}()
	if fault := <-done; fault != "" {
		t.Fatal(fault)
	}
	fmt.Printf("%d calls judged under %d filters of %d instructions\n", len(calls), len(s.filters), s.Summary().Insns)
}
