package prove

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Difference is a pair of answers that two programs give to the same calls:
// for some arguments of every number from FirstNr to LastNr, on every audit value
// from FirstAudit to LastAudit, the old program's answer is Old and the new one's
// is New.
type Difference struct {
	FirstAudit, LastAudit uint32 // one value, but where the programs do not tell ABIs apart
	FirstNr, LastNr       uint32
	Old, New              policy.Action
	Witness               syscalls.Call // the first such call, of the first audit value and number; its arguments show it for the others, too
	Where                 []Case        // exactly those arguments, of all numbers: one of the cases holds; nil if they are beyond the limits
	Beyond                string        // the limit that Where is beyond, or ""
}

// differencesMost is how many differences Programs looks for. Policies for people
// have fewer than there are calls; programs that look at single bits of nr, such
// as its parity, could have two billion, and two that return parts of arguments
// as many as there are pairs of them.
const differencesMost = 1 << 16

// pairSteps is what a pair of functions that is looked at counts for.
const pairSteps = 4

// A Program is instructions for a machine of a native ABI.
type Program struct {
	Insns []bpf.RawInstruction
	Arch  arch.Arch
}

// same reports whether two programs are the same and so are the machines that
// execute them, or what these make of the instructions.
func (p Program) same(q Program) bool {
	unsettled := func(in bpf.RawInstruction) bool {
		_, old := vm.Unsettled(p.Arch, in)
		_, new := vm.Unsettled(q.Arch, in)
		return old || new
	}
	return slices.Equal(p.Insns, q.Insns) && (p.Arch == q.Arch || !slices.ContainsFunc(p.Insns, unsettled))
}

// A DifferError says that two programs differ and why not all differences are
// listed.
type DifferError struct {
	Witness Difference // of one audit value and number
	Reason  string
}

// Error returns "the programs differ in more than ..., as x86_64 read() is ALLOW
// and ERRNO(1)".
func (e *DifferError) Error() string {
	return fmt.Sprintf("the programs differ %s: %s is %s and %s", e.Reason, e.Witness.Witness, e.Witness.Old, e.Witness.New)
}

// What keeps differences from being listed.
var (
	errTooMany = fmt.Errorf("in more than %d runs of numbers and pairs of answers", differencesMost)
	errMemory  = errors.New("in more than the budget of the comparison")
)

// Programs compares two programs for machines of one byte order over all inputs and returns
// their differences. The list is empty if they answer every call alike. There is one
// Difference for each pair of answers and each maximal run of numbers that has it for the
// same arguments. They are in the order of audit values, then numbers, then answers. The
// witnesses were confirmed by running the programs.
//
// The error is vm.Check's if the kernel would not accept one of the programs; an
// *UndecidedError if one of them cannot be followed for some input, unless the other has the
// same instructions; or a *DifferError if they have more than 65,536 differences, or if the
// differences would need too much memory.
func Programs(before, after Program) ([]Difference, error) {
	return Stacks([]Program{before}, []Program{after})
}

// Stacks is like Programs for the programs of a thread on each side, in the order of
// their installation: their strictest answers are compared. Words that the kernel
// treats as the same action are one answer.
func Stacks(before, after []Program) ([]Difference, error) {
	c := comparison{diagrams: newDiagrams(), found: map[[2]node][]answers{}}
	sides := [2][]Program{before, after}
	for i, list := range sides {
		run, err := runner(list)
		if err != nil {
			return nil, fmt.Errorf("%s %w", [...]string{"old", "new"}[i], err)
		}
		c.run[i] = run
	}
	if slices.EqualFunc(before, after, Program.same) {
		return nil, nil
	}
	var f [2]node
	for i, list := range sides {
		answer, err := c.together(list)
		if err != nil {
			return nil, err
		}
		f[i] = answer
	}
	list, err := c.differences(f)
	if err == errTooMany || err == errMemory {
		d := c.example(f, before[0].Arch)
		if err := c.confirm(&d); err != nil {
			return nil, err
		}
		return nil, &DifferError{d, err.Error()}
	}
	return list, err
}

// example returns a difference of two functions, which are not the same: a call
// that exists, if there is one, of the native ABI before others.
func (c *comparison) example(f [2]node, a arch.Arch) Difference {
	pol := &policy.Policy{Arches: []policy.ArchPolicy{{Arch: a}}}
	for b := range arch.All() {
		pol.Arches = append(pol.Arches, policy.ArchPolicy{Arch: b})
	}
	in := c.sensible(f[0], f[1], pol)
	call := in.call()
	return Difference{call.Audit, call.Audit, call.Nr, call.Nr, c.answer(f[0], &in), c.answer(f[1], &in), call, nil, ""}
}

// A comparison is of two functions of calls.
type comparison struct {
	*diagrams
	run   [2]func(syscalls.Call) policy.Action // without diagrams
	found map[[2]node][]answers

	list  []Difference             // up to now
	first int                      // in list, of the audit values at hand
	open  map[[2]policy.Action]int // of these the last with each pair of answers

	regionSteps int // for conditions, up to now
}

// Answers are a pair of leaves that two functions have for the same inputs, and
// the first such input.
type answers struct {
	pair  [2]node
	in    input
	where []Case // nil if they are beyond the limits

	beyond string // the limit
}

// A run is the values first to last of a word, for all of which the two programs
// are the same two functions.
type run struct {
	first, last uint32
	f           [2]node
}

// differences returns how two functions differ.
func (c *comparison) differences(f [2]node) ([]Difference, error) {
	audits, err := c.runs(nil, wordArch, f)
	if err != nil {
		return nil, err
	}
	for _, a := range audits {
		numbers, err := c.runs(nil, wordNr, a.f)
		if err != nil {
			return nil, err
		}
		c.begin()
		for _, n := range numbers {
			if err := c.number(a, n); err != nil {
				return nil, err
			}
		}
	}
	c.begin()
	return c.list, nil
}

// begin sorts the differences of the audit values that end here.
func (c *comparison) begin() {
	slices.SortStableFunc(c.list[c.first:], func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.FirstNr, b.FirstNr), cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
	c.first, c.open = len(c.list), map[[2]policy.Action]int{}
}

// number adds the differences of numbers that have the same two functions, on audit
// values that have so.
func (c *comparison) number(a, n run) error {
	answers, err := c.differ(n.f)
	if err != nil {
		return err
	}
	for _, x := range answers {
		x.in[wordArch], x.in[wordNr] = a.first, n.first
		call := x.in.call()
		pair := [2]policy.Action{c.action(x.pair[0]), c.action(x.pair[1])}
		if i, ok := c.open[pair]; ok && c.list[i].LastNr+1 == n.first && c.list[i].Witness.Args == call.Args && c.list[i].Witness.IP == call.IP && sameCases(c.list[i].Where, x.where) {
			c.list[i].LastNr = n.last
			continue
		}
		if len(c.list) == differencesMost {
			return errTooMany
		}
		c.open[pair] = len(c.list)
		d := Difference{a.first, a.last, n.first, n.last, pair[0], pair[1], call, x.where, x.beyond}
		if err := c.confirm(&d); err != nil {
			return err
		}
		c.list = append(c.list, d)
	}
	return nil
}

// runs appends the values of the word, which is the first that the functions may
// depend on, for which they differ, in the longest runs that are alike.
func (c *comparison) runs(list []run, w word, f [2]node) ([]run, error) {
	var walk func(bits int, base uint32, f [2]node) error
	walk = func(bits int, base uint32, f [2]node) error {
		if f[0] == f[1] {
			return nil
		}
		r, s := c.rows[f[0]], c.rows[f[1]]
		if level := w.level(bits - 1); bits > 0 && min(r.level, s.level) <= w.level(0) {
			var lo, hi [2]node
			lo[0], hi[0] = r.split(level, f[0])
			lo[1], hi[1] = s.split(level, f[1])
			if err := walk(bits-1, base, lo); err != nil {
				return err
			}
			return walk(bits-1, base|1<<(bits-1), hi)
		}
		last := base + uint32(1<<bits-1)
		if n := len(list); n > 0 && list[n-1].last+1 == base && list[n-1].f == f {
			list[n-1].last = last
			return nil
		}
		if len(list) == differencesMost {
			return errTooMany
		}
		list = append(list, run{base, last, f})
		return nil
	}
	err := walk(32, 0, f)
	return list, err
}

// differ returns the answers of two functions where they differ. It goes through
// the inputs in order, so the first to show a pair of answers is the smallest.
func (c *comparison) differ(f [2]node) ([]answers, error) {
	if list, ok := c.found[f]; ok {
		return list, nil
	}
	var list []answers
	seen := map[[2]node]bool{}
	var walk func(f [2]node, in input)
	walk = func(f [2]node, in input) {
		if f[0] == f[1] || seen[f] || c.full || len(list) > differencesMost {
			return
		}
		c.spend(pairSteps)
		seen[f] = true
		r, s := c.rows[f[0]], c.rows[f[1]]
		level := min(r.level, s.level)
		if level == atLeaf {
			list = append(list, answers{pair: f, in: in})
			return
		}
		var lo, hi [2]node
		lo[0], hi[0] = r.split(level, f[0])
		lo[1], hi[1] = s.split(level, f[1])
		walk(lo, in)
		in.set(level)
		walk(hi, in)
	}
	walk(f, input{})
	switch {
	case len(list) > differencesMost:
		return nil, errTooMany
	case c.full:
		return nil, errMemory
	}
	c.cases(f, list)
	c.found[f] = list
	return list, nil
}

func (c *comparison) action(leaf node) policy.Action { return policy.Action(c.rows[leaf].lo) }

// confirm asks both functions about a difference's witness. That they answer otherwise
// is a fault of this package.
func (c *comparison) confirm(d *Difference) error {
	if before, after := c.run[0](d.Witness), c.run[1](d.Witness); before != d.Old || after != d.New {
		return fmt.Errorf("fault of the proof: it has %s and %s for the answers to %s, which are %s and %s", d.Old, d.New, d.Witness, before, after)
	}
	return nil
}
