// Ask asks the kernel that it runs on what the project assumes of kernels, and prints each answer as
// "kernels: answer ABI, question, answer", with tabs between them. It wants root, and a kernel that runs nothing else:
// it writes net.core.bpf_jit_* and kernel.kptr_restrict, and traces calls.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/seccompile/seccompile/arch"
)

// A question is asked in a process of its own, which may die of it. An empty answer is left out: the
// question does not arise on the ABI.
type question struct {
	name string
	ask  func() string
}

var questions = []question{
	{"kernel", release},
	{"actions", actions},
	{"filter flags", filterFlags},
	{"BPF JIT", jit},
	{"shifts by 32 and more, JIT", shiftsCompiled},
	{"shifts by 32 and more, interpreter", shiftsInterpreted},
	{"division by 0", divide},
	{"action cache", actionCache},
	{"bpf_jit_limit 1, ordinary user", jitLimit},
	{"answers of a supervisor", supervised},
	{"supervised call and a signal", interrupted},
	{"arguments of clone", cloneOrder},
	{"number + 2^16", plus16},
	{"number + 2^32", plus32},
	{"unassigned number", unassigned},
	{"number -1", minusOne},
	{"x32's bit", x32},
	{"numbers of other ABIs", foreign},
	{"private calls", private},
	{"scv", vectored},
	{"socketcall", socketcall},
	{"ipc", ipc},
	{"names of numbers", names},
	{"names in call tables", inMemory},
	{"widths as declared", declared},
	{"real calls", widths},
	{"upper halves of negative arguments", upperHalves},
	{"calls newer than said", newer},
	{"calls missing", missing},
	{"calls unknown to the tables", unknown},
}

// host is the ABI of this program.
var host arch.Arch

func main() {
	var err error
	if host, err = arch.Parse(runtime.GOARCH); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
	if len(os.Args) > 1 {
		runtime.LockOSThread()
		for _, q := range questions {
			if q.name == os.Args[1] {
				fmt.Print(q.ask())
			}
		}
		return
	}
	for _, q := range questions {
		if a := answer(q.name); a != "" {
			fmt.Printf("\nkernels: answer %s\t%s\t%s\n", host, q.name, a)
		}
	}
}

// dead begins an answer that is none: the table does not have it.
const dead = "no answer: "

// answer asks in a process.
func answer(name string) string {
	const patience = 60 * time.Second // with nothing but an emulated processor
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", name)
	// No signal may come between a call and its answer.
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return dead + "it does not come back"
	}
	if err != nil {
		first, _, _ := strings.Cut(stderr.String(), "\n")
		return strings.TrimSpace(fmt.Sprintf("%s%s%v %s", dead, out, err, first))
	}
	return string(out)
}
