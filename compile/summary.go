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

// A Summary describes the cost of a filter or a stack.
type Summary struct {
	Filters   int // 1 for a Filter, the number of filters for a Stack
	Insns     int // instructions; each filter may have 4096
	Converted int // instructions after conversion to eBPF; all filters of a task may have 32768
	Arches    []ArchSummary
	Hot       []HotCall // calls of the native ABI, the most frequent first
}

// An ArchSummary describes the cost of the calls of one ABI.
type ArchSummary struct {
	Arch   arch.Arch
	Cached int     // calls that are always allowed; kernels from 5.11 on cache the answers
	Mean   float64 // mean number of instructions for the Cached calls when not cached
	Max    int     // largest number of instructions for the Cached calls when not cached
	Runs   int     // maximal ranges of numbers with the same answer
	Tests  int     // comparisons of the number that distinguish the runs: JGE, or JEQ for a single number
}

// A HotCall is a frequent call.
type HotCall struct {
	Name  string
	Steps int // instructions executed when all arguments are 0
}

// hotMost is how many calls a Summary has.
const hotMost = 10

// Summary returns the cost of the filter. Hot lists the calls with the highest weights of
// the filter's Weights, or of [ServerWeights] if it has none. For a Filter that comes
// from [Load], Arches and Hot are empty.
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
