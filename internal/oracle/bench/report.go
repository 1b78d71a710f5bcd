//go:build seccomp

package main

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"text/template"

	seccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"
)

//go:embed benchmarks.md.tmpl
var page string

// A report is what the page shows; tables are Markdown.
type report struct {
	Machine, Versions, Kernel, Limit, LiveWork string
	Works                                      []workReport
	Corpus, Text, Scale, Live                  string
}

// A workReport is the part about one profile.
type workReport struct {
	Name, Table string
	Differs     []string // a sentence for a compiler
}

func (r *report) write(w io.Writer) error {
	t, err := template.New("page").Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(w, r)
}

// table returns rows as Markdown, numbers to the right.
func table(head []string, rows [][]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|---|%s\n", strings.Join(head, " | "), strings.Repeat("---:|", len(head)-1))
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
	}
	return b.String()
}

// digits returns a number to two digits, or all that stand before the point.
func digits(x float64) string {
	switch {
	case x >= 10:
		return thousands(x)
	case x >= 1:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2g", x)
}

// thousands returns the whole part with commas.
func thousands(x float64) string {
	s := fmt.Sprintf("%.0f", x)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func workTable(cs []compiler, ws []weight, ts []timing) string {
	var rows [][]string
	for i, c := range cs {
		w, t := ws[i], ts[i]
		rows = append(rows, []string{c.name, thousands(float64(w.insns)),
			fmt.Sprintf("%.1f (%d)", w.meanAllowed, w.maxAllowed), fmt.Sprintf("%.1f", w.meanOthers),
			fmt.Sprintf("%.2f", t.ratio), thousands(t.µs), thousands(t.allocs), fmt.Sprint(len(w.differs))})
	}
	return table([]string{"", "instructions", "allowed", "others", "time ÷ ours", "µs", "allocations", "differs"}, rows)
}

// differsIn returns sentences on what each program answers otherwise, one for
// those of which the same is to be said.
func differsIn(cs []compiler, ws []weight) []string {
	names := map[string][]string{}
	var sentences []string
	for i, c := range cs {
		if len(ws[i].differs) == 0 {
			continue
		}
		s := byABIs(ws[i].differs)
		if names[s] == nil {
			sentences = append(sentences, s)
		}
		names[s] = append(names[s], c.name)
	}
	for i, s := range sentences {
		sentences[i] = "- " + strings.Join(names[s], "; ") + ": " + s
	}
	return sentences
}

// byABIs lists calls, those of the same ABIs together.
func byABIs(list []difference) string {
	abis := map[string][]string{} // of a call
	var calls []string
	for _, d := range list {
		if abis[d.call] == nil {
			calls = append(calls, d.call)
		}
		abis[d.call] = append(abis[d.call], d.arch)
	}
	groups := map[string][]string{} // the calls of ABIs
	var order []string
	for _, call := range calls {
		on := strings.Join(abis[call], ", ")
		if groups[on] == nil {
			order = append(order, on)
		}
		groups[on] = append(groups[on], call)
	}
	for i, on := range order {
		order[i] = strings.Join(groups[on], ", ") + " on " + on
	}
	return strings.Join(order, "; ")
}

func textTable(ts []timing) string {
	var rows [][]string
	for _, t := range ts {
		rows = append(rows, []string{t.name, fmt.Sprintf("%.2f", t.ratio), thousands(t.µs), thousands(t.allocs)})
	}
	return table([]string{"", "time ÷ ours", "µs", "allocations"}, rows)
}

func scaleTable(grown [][]growth) string {
	head := []string{"N, k"}
	for _, c := range growers {
		head = append(head, c.name)
	}
	var rows [][]string
	for i, l := range loads {
		row := []string{l.String()}
		for _, g := range grown[i] {
			row = append(row, g.String())
		}
		rows = append(rows, row)
	}
	return table(head, rows)
}

func liveTable(cs []cost) string {
	head := []string{""}
	for _, c := range liveCalls {
		head = append(head, c.name)
	}
	var rows [][]string
	for i, c := range cs {
		row := []string{c.name}
		for n := range liveCalls {
			row = append(row, fmt.Sprintf("%.0f (%.2f)", c.Calls[n], c.ratios[n]))
		}
		installed := ""
		if i > 0 {
			installed = digits(c.Install)
		}
		rows = append(rows, append(row, installed))
	}
	return table(append(head, "install, µs"), rows)
}

// machine says what the program runs on.
func machine() (string, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "", err
	}
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	cpu := "unknown processor"
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			cpu = strings.TrimSpace(value)
			break
		}
	}
	jit := "unknown"
	if b, err := os.ReadFile("/proc/sys/net/core/bpf_jit_enable"); err == nil {
		jit = strings.TrimSpace(string(b))
	}
	return fmt.Sprintf("%s, %d processors, Linux %s, net.core.bpf_jit_enable %s", cpu, runtime.NumCPU(), unix.ByteSliceToString(u.Release[:]), jit), nil
}

// versions says what was measured.
func versions() string {
	major, minor, micro := seccomp.GetLibraryVersion()
	list := []string{runtime.Version(), fmt.Sprintf("libseccomp %d.%d.%d", major, minor, micro)}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, want := range []string{"github.com/opencontainers/runc", "github.com/elastic/go-seccomp-bpf", "gvisor.dev/gvisor", "github.com/moby/profiles/seccomp", "github.com/containers/common"} {
			for _, m := range info.Deps {
				if m.Path == want {
					list = append(list, m.Path+" "+m.Version)
				}
			}
		}
	}
	return strings.Join(list, ", ")
}
