package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A dotGraph is a graph as its text has it.
type dotGraph struct {
	labels map[string]string
	edges  map[string]map[string]string // by node and label
}

var (
	dotNode = regexp.MustCompile(`^\t(\w+) \[label="((?:[^"\\]|\\.)*)"`)
	dotEdge = regexp.MustCompile(`^\t(\w+) -> (\w+)(?: \[label="(yes|no)"\])?;$`)
	dotCond = regexp.MustCompile(`^a(\d) (?:& (\S+) )?(==|!=|<|<=|>|>=) (\S+)`)
)

func parseDot(t *testing.T, text string) (g dotGraph) {
	t.Helper()
	g.labels, g.edges = map[string]string{}, map[string]map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := dotEdge.FindStringSubmatch(line); m != nil {
			if g.edges[m[1]] == nil {
				g.edges[m[1]] = map[string]string{}
			}
			g.edges[m[1]][m[3]] = m[2]
		} else if m := dotNode.FindStringSubmatch(line); m != nil && m[1] != "node" {
			g.labels[m[1]] = m[2]
		}
	}
	return g
}

// answer follows the graph.
func (g dotGraph) answer(t *testing.T, args [6]uint64) string {
	t.Helper()
	number := func(text string) uint64 {
		n, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	at := g.edges["call"][""]
	for len(g.edges[at]) > 0 {
		m := dotCond.FindStringSubmatch(g.labels[at])
		if m == nil {
			t.Fatalf("the condition %q", g.labels[at])
		}
		a, v := args[number(m[1])], number(m[4])
		if m[2] != "" {
			a &= number(m[2])
		}
		holds := map[string]bool{"==": a == v, "!=": a != v, "<": a < v, "<=": a <= v, ">": a > v, ">=": a >= v}[m[3]]
		at = g.edges[at][map[bool]string{true: "yes", false: "no"}[holds]]
	}
	action, _, _ := strings.Cut(g.labels[at], `\n`)
	return action
}

// TestGraph: who follows a graph comes to the answer that the policy gives.
func TestGraph(t *testing.T) {
	t.Chdir(t.TempDir())
	var entries []string
	r := rand.New(rand.NewPCG(1, 2))
	ops := []string{"NE", "LT", "LE", "EQ", "GE", "GT"}
	actions := []string{"ALLOW", "ERRNO", "TRAP", "LOG", "KILL_PROCESS"}
	for range 30 {
		var args []string
		for i := range 1 + r.IntN(3) {
			if r.IntN(4) == 0 {
				args = append(args, fmt.Sprintf(`{"index": %d, "value": %d, "valueTwo": %d, "op": "SCMP_CMP_MASKED_EQ"}`, i, 1+r.IntN(7), r.IntN(2)))
				continue
			}
			args = append(args, fmt.Sprintf(`{"index": %d, "value": %d, "op": "SCMP_CMP_%s"}`, i, r.IntN(8), ops[r.IntN(len(ops))]))
		}
		entries = append(entries, fmt.Sprintf(`{"names": ["socket"], "action": "SCMP_ACT_%s", "args": [%s]}`, actions[r.IntN(len(actions))], strings.Join(args, ", ")))
	}
	text := `{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 13, "syscalls": [` + strings.Join(entries, ",\n") + "]}"
	writeText(t, "p.json", text)
	p, err := profile.Parse([]byte(text), profile.ParseOptions{File: "p.json"})
	if err != nil {
		t.Fatal(err)
	}
	graphs := 0
	for a := range arch.All() {
		nr, ok := syscalls.Number(a, "socket")
		if !ok {
			continue
		}
		for _, compat := range []profile.Compat{profile.CompatKernel, profile.CompatRunc} {
			res, err := p.Resolve(profile.Target{Arch: a, Compat: compat, AcceptWeaker: true})
			if err != nil {
				continue // where two rules contradict each other
			}
			got := seccompile("", "graph", "--profile", "p.json", "--arch", a.String(), "--compat", compat.String(), "socket")
			if got.Status != exitOK {
				t.Fatalf("graph for %s: %s", a, got)
			}
			graphs++
			g := parseDot(t, got.Out)
			for range 300 {
				c := syscalls.Call{Audit: a.Audit(), Nr: nr}
				for i := range c.Args {
					c.Args[i] = uint64(r.IntN(9))
				}
				action, _ := res.Decide(c)
				if got, want := g.answer(t, c.Args), named(action, a); got != want {
					t.Fatalf("the graph for %s, %s, answers %s = %s, want %s", a, compat, c, got, want)
				}
			}
		}
	}
	if graphs < 20 {
		t.Errorf("%d graphs, want more", graphs)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64, AcceptWeaker: true})
	if err != nil {
		t.Fatal(err)
	}
	conditions := 0
	for _, rule := range res.Policy().Arches[0].Rules {
		conditions += len(rule.Conds)
	}
	checkSVG(t, seccompile("", "graph", "--profile", "p.json", "--arch", "x86_64", "--format", "svg", "socket").Out, conditions)
}

// checkSVG fails the test unless a drawing is XML with a rounded box for each condition, all
// of them inside.
func checkSVG(t *testing.T, text string, conditions int) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	number := func(e xml.StartElement, name string) (n int) {
		for _, a := range e.Attr {
			if a.Name.Local == name {
				n, _ = strconv.Atoi(a.Value)
			}
		}
		return n
	}
	var width, height, rounded int
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		e, ok := token.(xml.StartElement)
		if ok && e.Name.Local == "svg" {
			width, height = number(e, "width"), number(e, "height")
		}
		if !ok || e.Name.Local != "rect" {
			continue
		}
		if number(e, "rx") > 0 {
			rounded++
		}
		if x, y := number(e, "x")+number(e, "width"), number(e, "y")+number(e, "height"); x > width-10 || y > height-10 {
			t.Errorf("a box to %d,%d in a drawing of %dx%d", x, y, width, height)
		}
	}
	if rounded != conditions {
		t.Errorf("%d conditions in the drawing, want %d", rounded, conditions)
	}
}

// TestGraphText: names of files and calls are text in both formats.
func TestGraphText(t *testing.T) {
	odd := "a\"b\\c<d>&e]]>\x1b[1m\n"
	l := &ladder{title: odd, rungs: []rung{{text: odd, verdict: &verdict{policy.Allow, []string{odd}}, no: 1}}, last: verdict{policy.Errno(1), []string{odd, odd}}}
	checkSVG(t, string(l.svg()), 1)
	g := parseDot(t, string(l.dot()))
	if want := `a\"b\\c<d>&e]]>` + "\x1b[1m" + `\n`; len(g.labels) != 4 || g.labels["test0"] != want || g.labels["call"] != want {
		t.Errorf("labels %q, want %q", g.labels, want)
	}
}

// TestGraphBound: a graph that nobody could read is an error that says what to do.
func TestGraphBound(t *testing.T) {
	var entries []string
	for i := range maxRungs + 1 {
		entries = append(entries, fmt.Sprintf(`{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": %d, "op": "SCMP_CMP_EQ"}]}`, 2*i))
	}
	for n, status := range map[int]int{maxRungs: exitOK, maxRungs + 1: exitUsage} {
		text := `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + strings.Join(entries[:n], ",\n") + "]}"
		got := seccompile(text, "graph", "--profile", "-", "--arch", "x86_64", "socket")
		if got.Status != status || status != exitOK && !strings.Contains(got.Err, "more than 200 conditions") {
			t.Errorf("graph of %d conditions: status %d, %s", n, got.Status, got.Err)
		}
		if got := seccompile(text, "graph", "--profile", "-", "--arch", "x86_64", "socket(_, 6)"); got.Status != exitOK || strings.Contains(got.Out, "test0") {
			t.Errorf("graph of a known argument: %s", got)
		}
	}
}
