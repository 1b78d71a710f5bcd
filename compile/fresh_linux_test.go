package compile

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/internal/selftest"
	"github.com/seccompile/seccompile/profile"
)

func TestMain(m *testing.M) {
	selftest.Main(func(name string) func() {
		if name == "fresh" {
			return fresh
		}
		return nil
	})
	os.Exit(m.Run())
}

// fresh compiles the default profile once and prints how long that took.
func fresh() {
	start := time.Now()
	_, err := JSON(profile.DefaultText(), benchTarget, Options{})
	took := time.Since(start)
	if err != nil {
		selftest.Failf("%v", err)
	}
	fmt.Println(took.Nanoseconds())
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
					child := selftest.Child{Part: "fresh"}
					if procs != "" {
						child.Env = []string{"GOMAXPROCS=" + procs}
					}
					r := child.Run(b)
					r.Succeeds(b)
					ns, err := strconv.ParseFloat(strings.TrimSpace(r.Out.String()), 64)
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
