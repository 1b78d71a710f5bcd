package compile

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/diagram"
	"github.com/seccompile/seccompile/profile/policy"
)

// trees are the comparison trees of a program as text, node by node as they are
// planned. Nodes have the numbers that diagram.Node.Format gives them.
type trees struct {
	text    strings.Builder
	numbers map[*diagram.Node]int
}

// add writes the tree of a node over the planner's steps.
func (t *trees) add(n *diagram.Node, steps []step, first int32) {
	fmt.Fprintf(&t.text, "#%d %s", t.numbers[n], n.Test.Word)
	if n.Test.Mask != whole {
		fmt.Fprintf(&t.text, " & %#x", n.Test.Mask)
	}
	t.text.WriteByte('\n')
	var walk func(at int32, indent string)
	walk = func(at int32, indent string) {
		s := steps[at]
		if s.child != nil {
			fmt.Fprintf(&t.text, "%s\n", t.name(s.child))
			return
		}
		sign := map[uint16]string{abi.OpJEQ: "==", abi.OpJGE: ">=", abi.OpJSET: "&"}[s.op]
		fmt.Fprintf(&t.text, "%s %#x\n%s  yes: ", sign, s.k, indent)
		walk(s.yes, indent+"  ")
		fmt.Fprintf(&t.text, "%s  no: ", indent)
		walk(s.no, indent+"  ")
	}
	t.text.WriteString("  ")
	walk(first, "  ")
}

// addJSET writes a node that one JSET asks.
func (t *trees) addJSET(n *diagram.Node, b branch) {
	fmt.Fprintf(&t.text, "#%d %s\n  & %#x\n    yes: %s\n    no: %s\n", t.numbers[n], n.Test.Word, b.mask, t.name(b.children[1]), t.name(b.children[0]))
}

func (t *trees) name(n *diagram.Node) string {
	switch {
	case n.Next != nil:
		return fmt.Sprintf("next: #%d", t.numbers[n.Next])
	case n.Leaf():
		return policy.Action(n.Verdict).String()
	}
	return fmt.Sprintf("#%d", t.numbers[n])
}
