package compile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// TestSummary holds the text, and in it the figures.
func TestSummary(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"uniform", Options{}, `234 instructions of 4096, 326 as eBPF
x86_64: 306 calls cached, executed 9.76 on average and 13 at most; 66 runs of numbers, told apart by 43 tests
x86: 357 calls cached, executed 11.04 on average and 13 at most; 121 runs of numbers, told apart by 83 tests
x32: 302 calls cached, executed 10.54 on average and 13 at most; 95 runs of numbers, told apart by 70 tests
executed for write 8, read 8, newfstatat 10, openat 10, close 8, fcntl 9, pwrite64 8, mmap 8, recvfrom 10, sendfile 8
`},
		{"servers", Options{Weights: ServerWeights()}, `224 instructions of 4096, 321 as eBPF
x86_64: 306 calls cached, executed 10.20 on average and 13 at most; 66 runs of numbers, told apart by 43 tests
x86: 357 calls cached, executed 11.42 on average and 13 at most; 121 runs of numbers, told apart by 83 tests
x32: 302 calls cached, executed 12.85 on average and 13 at most; 95 runs of numbers, told apart by 70 tests
executed for write 6, read 6, newfstatat 9, openat 9, close 6, fcntl 8, pwrite64 6, mmap 6, recvfrom 7, sendfile 6
`},
	}
	pol := costPolicy(t, arch.X86_64, false)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Policy(pol, tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, f.Summary().String()); diff != "" {
				t.Errorf("Summary (-want +got)\n%s", diff)
			}
		})
	}
	f, err := LoadBytes([]byte{6, 0, 0, 0, 0, 0, 0xff, 0x7f}, arch.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("1 instructions of 4096, 5 as eBPF\n", f.Summary().String()); diff != "" {
		t.Errorf("Summary of a loaded program (-want +got)\n%s", diff)
	}
}

// TestLimits: one number between what is answered alike is one test.
func TestLimits(t *testing.T) {
	var l lowerer
	a, b, c := l.Leaf(uint32(policy.Allow)), l.Leaf(uint32(policy.Errno(1))), l.Leaf(uint32(policy.Errno(38)))
	tests := []struct {
		name        string
		runs        []run
		want, tests int
	}{
		{"one run", []run{{0, 9, a}}, 1, 0},
		{"others' numbers between", []run{{0, 9, a}, {20, 29, a}}, 1, 0},
		{"two", []run{{0, 9, a}, {10, 19, b}}, 2, 1},
		{"a singleton", []run{{0, 9, a}, {10, 10, b}, {11, 19, a}}, 3, 1},
		{"two numbers", []run{{0, 9, a}, {10, 11, b}, {12, 19, a}}, 3, 2},
		{"two numbers, each a run", []run{{0, 9, a}, {10, 10, b}, {11, 11, b}, {12, 19, a}}, 3, 2},
		{"between two answers", []run{{0, 9, a}, {10, 10, b}, {11, 19, c}}, 3, 2},
		{"singletons that meet", []run{{0, 0, a}, {1, 1, b}, {2, 2, a}, {3, 3, b}}, 4, 2},
	}
	for _, tt := range tests {
		if n, tests := limits(tt.runs); n != tt.want || tests != tt.tests {
			t.Errorf("limits, %s: %d, %d, want %d, %d", tt.name, n, tests, tt.want, tt.tests)
		}
	}
}
