package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/cmd/seccompile/internal/needs"
)

// printNeeds prints a certificate for people.
func printNeeds(c *needs.Certificate, places bool, s stdio) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", show(c.Files[0]), c.Arch)
	if c.Go != "" {
		fmt.Fprintf(&b, ", %s", show(c.Go))
	}
	if len(c.Files) > 1 {
		fmt.Fprintf(&b, ", with %s", count(len(c.Files)-1, "library"))
	}
	fmt.Fprintf(&b, ": %s, by %s that enter the kernel\n", count(len(c.Calls), "call"), count(len(c.Gates), "place"))
	width := 0
	for i := range c.Calls {
		width = max(width, len(neededName(&c.Calls[i])))
	}
	for i := range c.Calls {
		x := &c.Calls[i]
		fmt.Fprintf(&b, "  %-*s", width, neededName(x))
		if a := argsText(x); a != "" {
			fmt.Fprintf(&b, "  %s", a)
		}
		fmt.Fprintf(&b, "  %s\n", placesText(x))
	}
	if len(c.Executes) > 0 {
		fmt.Fprintf(&b, "it executes other programs, which are not read: %s\n", show(strings.Join(c.Executes, ", ")))
	}
	if places {
		for _, g := range c.Gates {
			fmt.Fprintf(&b, "%#x %s: %s\n", g.Addr, show(g.Place), strings.Join(g.Calls, ", "))
		}
	}
	for _, line := range openLines(c) {
		fmt.Fprintln(&b, line)
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

// openLines says why a program may make more calls, "all" in front of one if it does not.
func openLines(c *needs.Certificate) (lines []string) {
	for _, g := range c.Gates {
		for _, why := range g.Open {
			lines = append(lines, fmt.Sprintf("open: %s: %s", show(g.Place), show(why)))
		}
	}
	for _, why := range c.Open {
		lines = append(lines, "open: "+show(why))
	}
	if len(lines) > 0 {
		lines = append(lines, fmt.Sprintf("%s makes at least these calls: %s", show(c.Files[0]), count(len(lines), "reason")+" why there may be others"))
	} else {
		lines = append(lines, show(c.Files[0])+" makes no other calls")
	}
	return lines
}

func neededName(x *needs.Call) string {
	if x.Name == "" {
		return strconv.Itoa(int(int32(x.Nr)))
	}
	return x.Name
}

// argsText returns the arguments that are known, such as a0=0x2|0xa.
func argsText(x *needs.Call) string {
	var all []string
	for i, values := range x.Args {
		if values == nil {
			continue
		}
		var list []string
		for _, v := range values[:min(len(values), 6)] {
			list = append(list, fmt.Sprintf("%#x", v))
		}
		if len(values) > 6 {
			list = append(list, "...")
		}
		all = append(all, fmt.Sprintf("a%d=%s", i, strings.Join(list, "|")))
	}
	return strings.Join(all, " ")
}

func placesText(x *needs.Call) string {
	text := show(x.Places[0])
	switch n := len(x.Places) - 1; {
	case x.More:
		text += fmt.Sprintf(" and %d more places or more", n)
	case n > 0:
		text += " and " + count(n, "more place")
	}
	return text
}

// A jsonCertificate is what needs prints with --json.
type jsonCertificate struct {
	Needs    int              `json:"needs"` // the version of the form
	Files    []string         `json:"files"` // that were read, the program first
	Arch     string           `json:"arch"`
	Go       string           `json:"go,omitempty"`
	Complete bool             `json:"complete"` // the program makes no other calls
	Calls    []jsonNeededCall `json:"calls"`
	Places   []jsonGate       `json:"places"` // that enter the kernel
	Executes []string         `json:"executes"`
	Open     []string         `json:"open"` // why there may be others, besides those of places
}

type jsonNeededCall struct {
	Call   string              `json:"call,omitempty"`
	Nr     uint32              `json:"nr"`
	Args   map[string][]string `json:"args,omitempty"`
	Places []string            `json:"places"`
	More   bool                `json:"more,omitempty"`
}

type jsonGate struct {
	Addr  string   `json:"address"`
	Place string   `json:"place"`
	Calls []string `json:"calls"`
	Open  []string `json:"open"`
}

func jsonNeeds(c *needs.Certificate) *jsonCertificate {
	list := func(l []string) []string { return append([]string{}, l...) }
	j := &jsonCertificate{Needs: 1, Files: c.Files, Arch: c.Arch.String(), Go: c.Go, Complete: c.Complete(), Calls: []jsonNeededCall{}, Places: []jsonGate{}, Executes: list(c.Executes), Open: list(c.Open)}
	for _, x := range c.Calls {
		call := jsonNeededCall{Call: x.Name, Nr: x.Nr, Places: x.Places, More: x.More}
		for i, values := range x.Args {
			if values == nil {
				continue
			}
			if call.Args == nil {
				call.Args = map[string][]string{}
			}
			for _, v := range values {
				call.Args[strconv.Itoa(i)] = append(call.Args[strconv.Itoa(i)], fmt.Sprintf("%#x", v))
			}
		}
		j.Calls = append(j.Calls, call)
	}
	for _, g := range c.Gates {
		j.Places = append(j.Places, jsonGate{fmt.Sprintf("%#x", g.Addr), g.Place, list(g.Calls), list(g.Open)})
	}
	return j
}
