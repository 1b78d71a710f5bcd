package trace_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/install/trace"
)

// Which programs a shell executes. The main of the program has called install.Child, which
// here TestMain does.
func ExampleRun() {
	cmd := exec.Command("sh", "-c", "echo a | cat; exit 3")
	cmd.Stdout = os.Stdout
	var programs []string
	err := trace.Run(context.Background(), trace.AllCalls(), install.Options{}, cmd, func(c *trace.Call) {
		if !slices.Contains(programs, c.Executable) {
			programs = append(programs, c.Executable)
		}
	})
	fmt.Println(err)
	fmt.Println(len(programs), "programs")
	// Output:
	// a
	// exit status 3
	// 2 programs
}
