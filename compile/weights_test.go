package compile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

func TestParseWeights(t *testing.T) {
	tests := []struct {
		name, text string
		want       map[string]uint64
	}{
		{"counts", "# made up\n3 read\n4 write # twice\n5 write\n\n", map[string]uint64{"read": 3, "write": 9}},
		{"strace", `strace: Process 17 attached
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 41.89    0.000124          12        10           mmap
  0.00    0.000000           0         3         1 openat
------ ----------- ----------- --------- --------- ----------------
100.00    0.000124           9        13         1 total
`, map[string]uint64{"mmap": 10, "openat": 3}},
		{"perf", ` Summary of events:

 ls (17), 30 events, 96.2%

   syscall            calls  errors  total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   mmap                  20      0     0.135     0.003     0.007     0.020     11.05%
   openat                 7      2     0.060     0.004     0.009     0.011      8.43%
`, map[string]uint64{"mmap": 20, "openat": 7}},
		{"as many as may be", "4611686018427387903 read\n1 write\n", map[string]uint64{"read": 4611686018427387903, "write": 1}},
		{"perf without errors", "close 4 0.010 0.001 0.002 0.004 9.20%\n", map[string]uint64{"close": 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := ParseWeights(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, w.counts); diff != "" {
				t.Errorf("ParseWeights (-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseWeightsFaults(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", `weights: no counts (write lines such as "12 openat", or use the output of strace -c or perf trace -s)`},
		{"0 read\n", `weights: no counts (write lines such as "12 openat", or use the output of strace -c or perf trace -s)`},
		{"1 read\n2 opennat\n", `weights: line 2: unknown call "opennat" (did you mean openat?)`},
		{"read\n", `weights: line 1: "read" is neither a count and the name of a call nor a line of strace -c or perf trace -s`},
		{"openat(3, 4) = 5\n", `weights: line 1: "openat(3, 4) = 5" is neither a count and the name of a call nor a line of strace -c or perf trace -s`},
		{"-1 read\n", `weights: line 1: "-1" is not a number of calls of read`},
		{"read 1\n", `weights: line 1: "read" is not a number of calls of 1`},
		{"1e3 read\n", `weights: line 1: "1e3" is not a number of calls of read`},
		{"close 4 0.010 0.001 0.002 9.20%\n", `weights: line 1: "close 4 0.010 0.001 0.002 9.20%" is neither a count and the name of a call nor a line of strace -c or perf trace -s`},
		{"close 4 0 1 2 3 9.20%\n", `weights: line 1: "close 4 0 1 2 3 9.20%" is neither a count and the name of a call nor a line of strace -c or perf trace -s`},
		{"0.5 4 0.010 9.20%\n", `weights: line 1: "0.5 4 0.010 9.20%" is neither a count and the name of a call nor a line of strace -c or perf trace -s`},
		{"4611686018427387904 read\n1 write\n", `weights: line 2: more than 4611686018427387904 calls in total (divide all counts)`},
	}
	for _, tt := range tests {
		if w, err := ParseWeights(tt.text); err == nil || err.Error() != tt.want || w.counts != nil {
			t.Errorf("ParseWeights(%q) = %v, %v, want error %s", tt.text, w, err, tt.want)
		}
	}
}

// FuzzParseWeights: whatever weights there are, the filter is right and no way
// through it is longer than without.
func FuzzParseWeights(f *testing.F) {
	f.Add("3 read\n4 write\n")
	f.Add("4611686018427387903 read\n1 write\n")
	f.Add(" 41.89    0.000124          12        10           mmap\n")
	f.Add("close 4 0.010 0.001 0.002 0.004 9.20%\n")
	f.Add(servers)
	pol := costPolicy(f, arch.X86_64, true)
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWeights(text)
		if err != nil {
			return
		}
		filter, err := Policy(pol, Options{Weights: w})
		if err != nil {
			t.Fatal(err)
		}
		if c := costOf(filter); c.MaxSteps > 11 {
			t.Errorf("ParseWeights(%q): %d instructions executed, want at most 11", text, c.MaxSteps)
		}
	})
}

// traces returns the parsed files of testdata/traces.
func traces(t *testing.T, dir string) map[string]Weights {
	t.Helper()
	files, err := filepath.Glob("testdata/traces/" + dir + "/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces in %s: %v", dir, err)
	}
	all := map[string]Weights{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w, err := ParseWeights(string(text))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".txt")] = w
	}
	return all
}

// TestServerWeights: the table is what the traces for training say, each of which
// counts alike.
func TestServerWeights(t *testing.T) {
	all := traces(t, "training")
	shares := map[string]float64{}
	for _, w := range all {
		for name, n := range w.counts {
			shares[name] += float64(n) / float64(w.total) / float64(len(all)) * 100000
		}
	}
	want := map[string]uint64{}
	for name, share := range shares {
		if n := uint64(share + 0.5); n > 0 {
			want[name] = n
		}
	}
	if diff := cmp.Diff(want, ServerWeights().counts); diff != "" {
		t.Errorf("servers.txt (-traces +table)\n%s", diff)
	}
}

// frequent returns the calls that make up the first 95 in 100 of all.
func frequent(w Weights) (names []string) {
	names = w.names()
	sum := uint64(0)
	for i, name := range names {
		if sum += w.counts[name]; sum*100 >= w.total*95 {
			return names[:i+1]
		}
	}
	return names
}

// TestWeights holds what calls of programs cost that the table was not made
// from: the instructions for a call, by how often each is made.
func TestWeights(t *testing.T) {
	want := map[string]string{
		"gobuild uniform":  "7.63",
		"gobuild servers":  "6.86",
		"lighttpd uniform": "7.64",
		"lighttpd servers": "6.47",
		"postgres uniform": "7.69",
		"postgres servers": "6.66",
		"python uniform":   "7.75",
		"python servers":   "6.51",
	}
	got := map[string]string{}
	pol := costPolicy(t, arch.X86_64, true)
	filters := map[string]*Filter{}
	for name, o := range map[string]Options{"uniform": {}, "servers": {Weights: ServerWeights()}} {
		f, err := Policy(pol, o)
		if err != nil {
			t.Fatal(err)
		}
		filters[name] = f
	}
	for trace, w := range traces(t, "judging") {
		calls := frequent(w)
		for name, f := range filters {
			sum, n := 0.0, 0.0
			for _, call := range calls {
				nr, _ := syscalls.Number(arch.X86_64, call)
				if c := (syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr}); f.Run(c) == policy.Allow {
					sum += float64(f.Steps(c)) * float64(w.counts[call])
					n += float64(w.counts[call])
				}
			}
			got[trace+" "+name] = fmt.Sprintf("%.2f", sum/n)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("instructions for a call (-want +got)\n%s", diff)
	}
	c, u := costOf(filters["servers"]), costOf(filters["uniform"])
	if c.MaxSteps > u.MaxSteps {
		t.Errorf("with weights %d instructions are executed at most, want %d as without", c.MaxSteps, u.MaxSteps)
	}
}
