//go:build seccomp

package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestFrontierCopied: the page's table of the best trees is that of costs.md,
// which compile's TestFrontier holds.
func TestFrontierCopied(t *testing.T) {
	costs, err := os.ReadFile("../../../docs/costs.md")
	if err != nil {
		t.Fatal(err)
	}
	const head = "\n| x86_64 | x86_64, x86, x32 | aarch64, arm |\n"
	var tables []string
	for _, text := range []string{string(costs), page} {
		_, table, ok := strings.Cut(text, head)
		if !ok {
			t.Fatalf("no table %q", head)
		}
		table, _, _ = strings.Cut(table, "\n\n")
		tables = append(tables, table)
	}
	if diff := cmp.Diff(tables[0], tables[1]); diff != "" {
		t.Errorf("the best trees (-costs.md +page)\n%s", diff)
	}
}

// TestMeasure: the page has a row for each compiler and profile, and the picture
// a curve for each compiler.
func TestMeasure(t *testing.T) {
	page, pictures, err := measure(effort{rounds: 1, turn: time.Millisecond, children: 1, limit: 50 * time.Millisecond}, "")
	if err != nil {
		t.Fatal(err)
	}
	list, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range list {
		_, section, _ := strings.Cut(string(page), "\n### "+w.name+"\n")
		section, _, _ = strings.Cut(section, "\n#")
		var want, got []string
		for _, c := range compilers {
			if c.takes(w) {
				want = append(want, c.name)
			}
		}
		for line := range strings.Lines(section) {
			if cells := strings.Split(line, " | "); len(cells) == 8 && cells[0] != "| " {
				got = append(got, strings.TrimPrefix(cells[0], "| "))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("compilers in the table of %s (-want +got)\n%s", w.name, diff)
		}
	}
	for _, wrong := range []string{"NaN", "Inf", "<no value>"} {
		if bytes.Contains(page, []byte(wrong)) {
			t.Errorf("there is a %s", wrong)
		}
	}
	want := map[string]int{"executed.svg": len(compilers), "growth.svg": 4 * len(growers)}
	for _, p := range pictures {
		if got := drawn(t, p); got != want[p.name] {
			t.Errorf("%s has %d series, want %d", p.name, got, want[p.name])
		}
		if !bytes.Contains(page, []byte("("+p.name+")")) {
			t.Errorf("the page does not show %s", p.name)
		}
		delete(want, p.name)
	}
	if len(want) > 0 {
		t.Errorf("there are no pictures %v", want)
	}
}

// drawn returns how many series with points a picture has, and fails for numbers that are
// not and places outside.
func drawn(t *testing.T, p picture) (n int) {
	t.Helper()
	for _, wrong := range []string{"NaN", "Inf", "M-", "L-", "\"-"} {
		if bytes.Contains(p.data, []byte(wrong)) {
			t.Errorf("%s has a %s", p.name, wrong)
		}
	}
	for d := xml.NewDecoder(bytes.NewReader(p.data)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatalf("%s is not XML: %v", p.name, err)
		}
		e, ok := token.(xml.StartElement)
		if !ok || !slices.Contains(e.Attr, xml.Attr{Name: xml.Name{Local: "stroke-linecap"}, Value: "round"}) {
			continue
		}
		if slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == "d" && a.Value != "" }) {
			n++
		}
	}
}

// TestOurs: our programs answer as the sections have it; the counts of the others
// mean something only if these do.
func TestOurs(t *testing.T) {
	list, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range list {
		got, err := differs(w, seccompile, w.ours.Insns())
		if err != nil || len(got) > 0 {
			t.Errorf("differs(%s) = %v, %v", w.name, got, err)
		}
	}
}

// TestSmallest: nobody's program for the profile of an engine is as small as
// ours. Two profiles as their engines ship them are not part of this project and
// are looked for beside it.
func TestSmallest(t *testing.T) {
	list, err := profiles()
	if err != nil {
		t.Fatal(err)
	}
	for file, d := range map[string]profile.Dialect{"containers-seccomp.json": profile.Containers, "mesos-seccomp_default.json": profile.Mesos} {
		text, err := os.ReadFile("../../../../shared/facts/profiles/" + file)
		if err != nil {
			t.Log(err)
			continue
		}
		for _, native := range []arch.Arch{arch.X86_64, arch.AArch64} {
			for _, single := range []bool{true, false} {
				w, err := newWork(fmt.Sprintf("%s, %v, single %t", file, native, single), text, d, native, single)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, w)
			}
		}
	}
	for _, w := range list {
		sizes := []string{}
		ours := len(w.ours.Insns())
		for _, c := range compilers[1:] {
			if !c.takes(w) || c.single && w.native != arch.X86_64 {
				continue
			}
			insns, err := c.compile(w.section, w.native)
			if err != nil { // elastic has no errno for the default action
				t.Logf("%s: %s: %v", w.name, c.name, err)
				continue
			}
			sizes = append(sizes, fmt.Sprintf("%s %d", c.name, len(insns)))
			if len(insns) <= ours {
				t.Errorf("%s: %s makes %d instructions, we make %d", w.name, c.name, len(insns), ours)
			}
		}
		if len(sizes) < 3 {
			t.Errorf("%s: only compiled by %q", w.name, sizes)
		}
		t.Logf("%s: %d; %s", w.name, ours, strings.Join(sizes, ", "))
	}
}

func TestByABIs(t *testing.T) {
	list := []difference{{"x86_64", "mseal"}, {"x86_64", "uretprobe"}, {"x86", "mseal"}, {"x32", "uretprobe"}, {"x86", "statmount"}}
	want := "mseal, statmount on x86_64, x86; uretprobe on x86_64, x32"
	list = append(list, difference{"x86_64", "statmount"})
	slices.SortStableFunc(list, func(a, b difference) int { return strings.Compare(b.arch, a.arch) })
	if diff := cmp.Diff(want, byABIs(list)); diff != "" {
		t.Errorf("byABIs (-want +got)\n%s", diff)
	}
}

func TestDigits(t *testing.T) {
	tests := []struct {
		in   float64
		want string
	}{{0.0123, "0.012"}, {0.5, "0.5"}, {1.26, "1.3"}, {12.6, "13"}, {999.6, "1,000"}, {1234567, "1,234,567"}}
	for _, tt := range tests {
		if got := digits(tt.in); got != tt.want {
			t.Errorf("digits(%v) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

// TestClock: ratios are to the first job, time without work does not count, and a job that
// goes wrong stops it.
func TestClock(t *testing.T) {
	work := func(d time.Duration) func() error {
		return func() error {
			for start := spent(); spent()-start < d; {
			}
			return nil
		}
	}
	asleep := func() error { time.Sleep(30 * time.Millisecond); return nil }
	got, err := clock([]job{{"short", work(2 * time.Millisecond)}, {"long", work(20 * time.Millisecond)}, {"asleep", asleep}}, 3, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].ratio != 1 || got[1].ratio <= 1 || got[1].µs < 20000 || got[2].µs > 15000 {
		t.Errorf("clock(2 ms, 20 ms, 30 ms of sleep) = %+v", got)
	}
	if _, err := clock([]job{{"wrong", func() error { return io.ErrUnexpectedEOF }}}, 1, 0); err == nil {
		t.Error("clock takes no notice of a job's error")
	}
}
