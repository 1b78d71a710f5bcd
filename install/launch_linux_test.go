package install

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/selftest"
)

var launches = flag.Int("launches", 250, "how many commands TestLaunches starts under a filter that kills what the Go runtime needs")

// needless is what the Go runtime may do at any time, and a small C program does
// not.
var needless = slices.DeleteFunc([]uint32{
	unix.SYS_FUTEX, unix.SYS_NANOSLEEP, unix.SYS_SCHED_YIELD, unix.SYS_EPOLL_PWAIT, unix.SYS_TGKILL, unix.SYS_GETPID, unix.SYS_GETTID,
	unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGACTION, unix.SYS_SIGALTSTACK, unix.SYS_MADVISE, unix.SYS_CLONE, unix.SYS_CLONE3,
	unix.SYS_WRITE, unix.SYS_SENDMSG, unix.SYS_FCNTL, unix.SYS_EXIT, unix.SYS_PRCTL, unix.SYS_SECCOMP,
}, func(nr uint32) bool {
	return nr == unix.SYS_PRCTL && (runtime.GOARCH == "mips" || runtime.GOARCH == "mipsle") // ld.so asks for PR_GET_FP_MODE
})

// tight kills all that and, as the child of Start gets no signals of its runtime,
// rt_sigreturn.
var tight = answer(abi.RetKillProcess, slices.Concat(needless, []uint32{unix.SYS_RT_SIGRETURN})...)

// pause keeps from the kernel what can dead-lock it: filters that are loaded and
// freed without end.
func pause(i int) {
	if i%50 == 49 {
		time.Sleep(5 * time.Millisecond)
	}
}

// startTight starts a command under the filter tight and waits for it.
func startTight() error {
	cmd := exec.Command("/bin/true")
	_, err := Start(tight, Options{}, cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil && cmd.ProcessState != nil {
		err = fmt.Errorf("%w: %s", err, selftest.How(cmd.ProcessState))
	}
	return err
}

// caseBecome is a launcher that becomes the command.
func caseBecome() {
	failf("%v", Exec(answer(abi.RetKillProcess, needless...), Options{}, "/bin/true", []string{"true"}, os.Environ()))
}

// TestLaunches: between the filter and the command there is no call but execve,
// however often it is tried.
func TestLaunches(t *testing.T) {
	requireFilters(t)
	if _, err := os.Stat("/bin/true"); err != nil {
		t.Skip(err)
	}
	for i := range *launches {
		if i%4 == 0 {
			runCase(t, becoming, user{}, 0)
		} else if err := startTight(); err != nil {
			t.Fatalf("Start, launch %d: %v", i, err)
		}
		pause(i)
	}
}

// BenchmarkStart compares Start with cmd.Start, each with the end of the command,
// and BenchmarkFilter is the part of that which the kernel takes.
func BenchmarkStart(b *testing.B) {
	requireFilters(b)
	var plain time.Duration
	for _, bb := range []struct {
		name  string
		start func(cmd *exec.Cmd) error
	}{
		{"plain", (*exec.Cmd).Start},
		{"filtered", func(cmd *exec.Cmd) error { _, err := Start(tight, Options{}, cmd); return err }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				cmd := exec.Command("/bin/true")
				var out bytes.Buffer
				cmd.Stderr = &out
				if err := bb.start(cmd); err != nil {
					b.Fatal(err)
				}
				if err := cmd.Wait(); err != nil {
					b.Fatalf("%v\n%s", err, out.Bytes())
				}
				pause(i)
			}
			each := b.Elapsed() / time.Duration(b.N)
			if plain == 0 {
				plain = each
			}
			b.ReportMetric(float64(each)/float64(plain), "times-plain")
		})
	}
}

// BenchmarkFilter installs on one thread after another, which it lets end.
func BenchmarkFilter(b *testing.B) {
	requireFilters(b)
	for i := 0; b.Loop(); i++ {
		var err error
		onOwnThread(func() { _, err = Filter(refuseGetppid, Options{}) })
		if err != nil {
			b.Fatal(err)
		}
		pause(i)
	}
}
