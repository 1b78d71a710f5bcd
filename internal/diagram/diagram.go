// Package diagram implements the decision diagrams that filters are compiled from.
//
// A diagram answers a call with a verdict, a 32-bit word. Each inner node tests one 32-bit
// word of the call, optionally under a mask, and has a child for each interval of values. A
// leaf is a verdict. On every path the tests are in the same order. Equal diagrams of one
// Builder are the same node, so that what several calls or ABIs have in common exists once.
//
// A part that would make a diagram too large becomes a separate diagram after an opaque leaf.
// Over and the order of tests end there. So the size of a list of diagrams, each of which
// answers what the previous ones leave open, is the sum of their sizes.
//
// Nodes do not depend on byte order or on BPF: words are numbered by their meaning.
package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Word is one of the 32-bit words of a call. Their order is the order of
// tests.
type Word uint8

// The words of a call except the instruction pointer, which profiles cannot test. High and
// Low return those of the arguments.
const (
	Arch Word = iota
	Nr
	args
)

// Words is the number of words. One of an argument's three is another name for its
// low half.
const Words = args + 3*6

// LowFirst is the low half of argument i, 0 to 5, for diagrams that test it before the high
// half. If only equality is tested, either half may be first, and low halves distinguish
// more.
func LowFirst(i int) Word { return args + 3*Word(i) }

// High is the high half of argument i, 0 to 5.
func High(i int) Word { return LowFirst(i) + 1 }

// Low is the low half of argument i, 0 to 5.
func Low(i int) Word { return LowFirst(i) + 2 }

// Arg returns the argument that w is a half of, and whether it is the high one;
// not ok for arch and nr.
func (w Word) Arg() (i int, high, ok bool) {
	return int(w-args) / 3, (w-args)%3 == 1, w >= args
}

// String returns "arch", "nr", "a0.high", "a0.low".
func (w Word) String() string {
	switch {
	case w == Arch:
		return "arch"
	case w == Nr:
		return "nr"
	}
	i, high, _ := w.Arg()
	if high {
		return fmt.Sprintf("a%d.high", i)
	}
	return fmt.Sprintf("a%d.low", i)
}

// A Test is what an inner node tests: the bits of a word under a mask.
type Test struct {
	Word Word
	Mask uint32 // all ones for the whole word
}

// compare orders the tests of a path: by word, of one word the whole first.
func (t Test) compare(u Test) int {
	return cmp.Or(cmp.Compare(t.Word, u.Word), cmp.Compare(u.Mask, t.Mask))
}

// A Node is a diagram. It is immutable and belongs to the Builder that made it.
type Node struct {
	Verdict uint32 // of a leaf
	Next    *Node  // of an opaque leaf: the diagram that answers, whose tests begin anew

	Test     Test
	Cuts     []uint32 // ascending, none 0
	Children []*Node  // Children[i] answers values from Cuts[i-1] to Cuts[i]-1; none for a leaf

	id int
}

// Leaf reports whether n is a leaf, opaque ones included.
func (n *Node) Leaf() bool { return len(n.Children) == 0 }

// Eval returns the verdict for a call with the given words. For a LowFirst word it uses the
// Low word.
func (n *Node) Eval(words *[Words]uint32) uint32 {
	for {
		if n.Next != nil {
			n = n.Next
		}
		if n.Leaf() {
			return n.Verdict
		}
		w := n.Test.Word
		if i, high, ok := w.Arg(); ok && !high {
			w = Low(i)
		}
		n = n.Children[n.child(words[w]&n.Test.Mask)]
	}
}

// child returns the index of the child that answers a value.
func (n *Node) child(value uint32) int {
	i, exact := slices.BinarySearch(n.Cuts, value)
	if exact {
		i++
	}
	return i
}

// Format returns the diagram as indented decisions, verdicts printed by verdict.
// A node that several paths reach is written out at the first and named after
// its number there.
func (n *Node) Format(verdict func(uint32) string) string {
	var b strings.Builder
	f := formatter{&b, verdict, map[*Node]int{}}
	f.node(n, "")
	return b.String()
}

// Numbers returns the numbers that Format gives to inner nodes.
func (n *Node) Numbers() map[*Node]int {
	f := formatter{new(strings.Builder), func(uint32) string { return "" }, map[*Node]int{}}
	f.node(n, "")
	return f.number
}

type formatter struct {
	b       *strings.Builder
	verdict func(uint32) string
	number  map[*Node]int
}

func (f *formatter) node(n *Node, indent string) {
	if n.Next != nil {
		f.b.WriteString(" next:")
		n = n.Next
	}
	if n.Leaf() {
		fmt.Fprintf(f.b, " %s\n", f.verdict(n.Verdict))
		return
	}
	if k, ok := f.number[n]; ok {
		fmt.Fprintf(f.b, " as #%d\n", k)
		return
	}
	f.number[n] = len(f.number) + 1
	fmt.Fprintf(f.b, " #%d %s", f.number[n], n.Test.Word)
	if n.Test.Mask != ^uint32(0) {
		fmt.Fprintf(f.b, " & %#x", n.Test.Mask)
	}
	f.b.WriteString("\n")
	for i, k := range n.Children {
		lo, hi := n.Interval(i)
		if lo == hi {
			fmt.Fprintf(f.b, "%s  %s:", indent, number(lo))
		} else {
			fmt.Fprintf(f.b, "%s  %s..%s:", indent, number(lo), number(hi))
		}
		f.node(k, indent+"  ")
	}
}

// number prints calls' numbers and small values as decimals, masks and the like
// as hex.
func number(v uint32) string {
	if v < 1<<16 {
		return strconv.FormatUint(uint64(v), 10)
	}
	return fmt.Sprintf("%#x", v)
}

// Interval returns the values that Children[i] answers, both ends included.
func (n *Node) Interval(i int) (lo, hi uint32) {
	if i > 0 {
		lo = n.Cuts[i-1]
	}
	if i < len(n.Cuts) {
		return lo, n.Cuts[i] - 1
	}
	return lo, n.Test.Mask // no value is above the mask
}
