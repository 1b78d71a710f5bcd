package compile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Summary is what a filter costs.
type Summary struct {
	Filters   int // 1, or those of a stack
	Insns     int // of 4096 that each filter may have
	Converted int // eBPF instructions that the kernel makes of them, of 32768 for all filters of a task
	Arches    []ArchSummary
	Hot       []HotCall // of the native ABI, most frequent first
}

// An ArchSummary is what the calls of one ABI cost.
type ArchSummary struct {
	Arch   arch.Arch
	Cached int     // calls that are always allowed, so that kernels from 5.11 on need not run the filter
	Mean   float64 // instructions executed for these calls, each once
	Max    int
	Runs   int // of numbers that are answered alike
	Tests  int // on the number, that tell the runs apart by JGE, or by JEQ one number from those around it
}

// A HotCall is a call that is made often.
type HotCall struct {
	Name  string
	Steps int // instructions executed, all arguments 0
}

// hotMost is how many calls a Summary has.
const hotMost = 10

// Summary returns what the filter costs. It has no ABIs and no calls for a
// program that Load took. Hot are the calls that the filter's Weights count
// most, those of ServerWeights if it has none.
func (f *Filter) Summary() Summary {
	f = f.orZero()
	return summary(f, Summary{Filters: 1, Insns: len(f.insns), Converted: f.prog().Converted()}, f.policy, f.weights)
}

// summary adds to a summary what calls cost that a filter or a stack answers by a
// policy, nil for none.
func summary(f interface {
	Cached(syscalls.Call) bool
	Steps(syscalls.Call) int
}, s Summary, pol *policy.Policy, w Weights) Summary {
	if pol == nil {
		return s
	}
	l := lowerer{pol: pol}
	for i := range pol.Arches {
		a := ArchSummary{Arch: pol.Arches[i].Arch}
		sum := 0
		for nr := range syscalls.All(a.Arch) {
			if c := (syscalls.Call{Audit: a.Arch.Audit(), Nr: nr}); f.Cached(c) {
				steps := f.Steps(c)
				sum, a.Cached, a.Max = sum+steps, a.Cached+1, max(a.Max, steps)
			}
		}
		if a.Cached > 0 {
			a.Mean = float64(sum) / float64(a.Cached)
		}
		a.Runs, a.Tests = limits(l.runs(nil, &pol.Arches[i], a.Arch.Audit()))
		s.Arches = append(s.Arches, a)
	}
	native := pol.Arches[0].Arch
	if w.total == 0 {
		w = ServerWeights()
	}
	for _, name := range w.names() {
		if nr, ok := syscalls.Number(native, name); ok && len(s.Hot) < hotMost {
			s.Hot = append(s.Hot, HotCall{name, f.Steps(syscalls.Call{Audit: native.Audit(), Nr: nr})})
		}
	}
	return s
}

// limits returns how many runs an ABI's numbers have, and the comparisons that
// tell them apart.
func limits(all []run) (n, tests int) {
	var runs []run // without what other ABIs have between them
	for _, r := range all {
		if n := len(runs); n > 0 && runs[n-1].answer == r.answer {
			runs[n-1].hi = r.hi
		} else {
			runs = append(runs, r)
		}
	}
	return len(runs), comparisons(len(runs), func(i int) bool {
		return runs[i].lo == runs[i].hi && runs[i-1].answer == runs[i+1].answer
	})
}

// names returns the calls that are counted, the most frequent first.
func (w *Weights) names() []string {
	var names []string
	for name := range w.counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(w.counts[b], w.counts[a]), cmp.Compare(a, b))
	})
	return names
}

// String returns the summary as a few lines of text.
func (s Summary) String() string {
	var b strings.Builder
	if s.Filters > 1 {
		fmt.Fprintf(&b, "%d instructions in %d filters, %d of %d as eBPF\n", s.Insns, s.Filters, s.Converted, abi.MaxPath)
	} else {
		fmt.Fprintf(&b, "%d instructions of %d, %d as eBPF\n", s.Insns, abi.MaxInsns, s.Converted)
	}
	for _, a := range s.Arches {
		fmt.Fprintf(&b, "%s: %d calls cached, executed %.2f on average and %d at most; %d runs of numbers, told apart by %d tests\n",
			a.Arch, a.Cached, a.Mean, a.Max, a.Runs, a.Tests)
	}
	for i, h := range s.Hot {
		b.WriteString([...]string{"executed for ", ", "}[min(i, 1)])
		fmt.Fprintf(&b, "%s %d", h.Name, h.Steps)
	}
	if len(s.Hot) > 0 {
		b.WriteByte('\n')
	}
	return b.String()
}
