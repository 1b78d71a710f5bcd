package compile

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/profile"
)

// freshEnv has a child process of the test compile the default profile once and
// print how long that took.
const freshEnv = "SECCOMPILE_FRESH"

func TestMain(m *testing.M) {
	if os.Getenv(freshEnv) != "" {
		start := time.Now()
		_, err := JSON(profile.DefaultText(), benchTarget, Options{})
		took := time.Since(start)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(took.Nanoseconds())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// BenchmarkFresh takes the default profile for x86_64, x86 and x32 from its text
// to proved instructions in a process that does nothing else, as a runtime's does:
// no memory is there to be used again, no page has been touched. It reports the
// median of 31 processes, with two processors and with one.
func BenchmarkFresh(b *testing.B) {
	for _, procs := range []string{"", "1"} {
		b.Run("GOMAXPROCS="+procs, func(b *testing.B) {
			var took []float64
			for b.Loop() {
				took = took[:0]
				for range 31 {
					cmd := exec.Command(os.Args[0])
					cmd.Env = append(os.Environ(), freshEnv+"=1")
					if procs != "" {
						cmd.Env = append(cmd.Env, "GOMAXPROCS="+procs)
					}
					out, err := cmd.Output()
					if err != nil {
						b.Fatalf("%v: %s", err, out)
					}
					ns, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
					if err != nil {
						b.Fatal(err)
					}
					took = append(took, ns)
				}
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2]/1e6, "ms/fresh")
		})
	}
}
