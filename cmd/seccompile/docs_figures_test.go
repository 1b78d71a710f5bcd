package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tableRow returns the cells of the first row after a line of a page that begins with a name,
// without links.
func (p *docPage) tableRow(t *testing.T, after, name string) []string {
	t.Helper()
	found := false
	for _, line := range p.lines {
		if found = found || line == after; !found || !strings.HasPrefix(line, "| "+name+" |") {
			continue
		}
		var cells []string
		for _, cell := range strings.Split(strings.Trim(line, "| "), " | ")[1:] {
			cell, _, _ = strings.Cut(strings.TrimPrefix(cell, "["), "](")
			cells = append(cells, strings.ReplaceAll(cell, ",", ""))
		}
		return cells
	}
	t.Fatalf("%s has no row %q after %q", p.name, name, after)
	return nil
}

// rounded is a figure to two digits.
func rounded(t *testing.T, figure string) string {
	t.Helper()
	f, err := strconv.ParseFloat(strings.Trim(figure, "+-"), 64)
	if err != nil {
		t.Fatal(err)
	}
	if f < 10 && f != 1 {
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// TestReadmeFigures: the figures in the README are those of docs/benchmarks.md and
// docs/runtimes.md, which are measured.
func TestReadmeFigures(t *testing.T) {
	readme, benchmarks, runtimes := readPage(t, "README.md"), readPage(t, "docs/benchmarks.md"), readPage(t, "docs/runtimes.md")
	var instructions, times []string
	for _, compiler := range []string{"seccompile", "runc", "elastic/go-seccomp-bpf", "", "gVisor pkg/seccomp"} {
		if compiler == "" { // compiles no profiles
			instructions, times = append(instructions, "–"), append(times, "–")
			continue
		}
		row := benchmarks.tableRow(t, "### Docker, x86_64", compiler)
		instructions, times = append(instructions, row[0]), append(times, rounded(t, row[3]))
	}
	const after = "## Beside other tools"
	if diff := cmp.Diff(instructions, readme.tableRow(t, after, "instructions")); diff != "" {
		t.Errorf("instructions (-docs/benchmarks.md +README.md)\n%s", diff)
	}
	if diff := cmp.Diff(times, readme.tableRow(t, after, "relative compile time")); diff != "" {
		t.Errorf("compile times (-docs/benchmarks.md +README.md)\n%s", diff)
	}
	const gains = "## What a container gains"
	cpu, filter := runtimes.tableRow(t, gains, "`runc run`, CPU time, ms"), runtimes.tableRow(t, gains, "instructions of the filter")
	less := ""
	for i, line := range runtimes.lines {
		if strings.HasPrefix(line, "| `runc run`, CPU time, ms |") {
			less = strings.Split(runtimes.lines[i+1], " | ")[2]
		}
	}
	want := fmt.Sprintf("with %s ms less CPU time, of %s, and installs %s instructions instead of 1,260.", rounded(t, less), rounded(t, cpu[0]), filter[1])
	if text := strings.Join(strings.Fields(strings.Join(readme.lines, " ")), " "); !strings.Contains(text, want) || filter[0] != "1260" {
		t.Errorf("README.md does not say %q, as docs/runtimes.md has it", want)
	}
}
