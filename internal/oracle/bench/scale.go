//go:build seccomp

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	elasticarch "github.com/elastic/go-seccomp-bpf/arch"
	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A load is a made-up profile: the first N calls of x86_64 that all compilers
// know are allowed, each if argument 0 is one of k numbers.
type load struct {
	names, values int
	shared        bool // the same numbers for every call, else no number comes twice
}

// most is how many calls the largest loads have.
const most = 350

// loads are in ascending order of their rules, of each kind.
var loads = []load{
	{10, 0, false}, {50, 0, false}, {100, 0, false}, {200, 0, false}, {most, 0, false},
	{10, 1, false}, {50, 1, false}, {100, 1, false}, {200, 1, false}, {most, 1, false},
	{most, 2, false}, {100, 8, false}, {most, 3, false}, {most, 8, false},
	{most, 2, true}, {most, 8, true},
}

// rules is how many rules the load has.
func (l load) rules() int { return l.names * max(1, l.values) }

func (l load) String() string {
	if l.shared {
		return fmt.Sprintf("%d, the same %d", l.names, l.values)
	}
	return fmt.Sprintf("%d, %d", l.names, l.values)
}

// section returns the profile. Numbers differ in both halves, so that nobody can
// do with comparing one.
func (l load) section() ([]byte, error) {
	s := specs.LinuxSeccomp{DefaultAction: specs.ActErrno, Architectures: []specs.Arch{specs.ArchX86_64}}
	i, value := 0, uint64(0)
	for _, nr := range numbers(arch.X86_64) {
		name, _ := syscalls.Name(arch.X86_64, nr)
		if _, ok := elasticarch.X86_64.SyscallNames[name]; !ok || i == l.names {
			continue
		}
		if _, err := seccomp.GetSyscallFromName(name); err != nil {
			continue
		}
		i++
		entry := specs.LinuxSyscall{Names: []string{name}, Action: specs.ActAllow}
		if l.values == 0 {
			s.Syscalls = append(s.Syscalls, entry)
		}
		if l.shared {
			value = 0
		}
		for range l.values {
			value++
			entry.Args = []specs.LinuxSeccompArg{{Index: 0, Op: specs.OpEqualTo, Value: value<<32 | value}}
			s.Syscalls = append(s.Syscalls, entry)
		}
	}
	if i < l.names {
		return nil, fmt.Errorf("all compilers know %d calls, not %d", i, l.names)
	}
	return json.Marshal(s)
}

// growers are the compilers that get the loads, and the power of the number of
// rules that their time is taken to grow with: they are not asked for what would
// take too long. We take the loads as the others do: the default reading
// knows that many arguments have 32 bits, and such conditions never hold.
var growers = []struct {
	compiler
	power float64
}{
	{compiler{name: seccompile.name, color: seccompile.color, compile: ours(profile.CompatRunc)}, 1.5},
	{binaryTree, 3.5},
	{goSeccomp, 1.5},
	{gVisor, 1.2},
}

// A growth is what a compiler makes of a load.
type growth struct {
	insns   int
	µs      float64 // of the processor, median of the rounds
	ratio   float64 // of the time to ours, 0 if we refuse the load
	refused bool    // by the compiler: more than the kernel takes
	skipped bool    // it would take too long
}

func (g growth) String() string {
	switch {
	case g.skipped:
		return "not run"
	case g.refused:
		return fmt.Sprintf("refused: %d", g.insns)
	}
	over, ratio := "", ""
	if g.insns > abi.MaxInsns {
		over = " (too many)"
	}
	if g.ratio > 0 {
		ratio = fmt.Sprintf(" (%s)", digits(g.ratio))
	}
	return fmt.Sprintf("%d%s / %s ms%s", g.insns, over, digits(g.µs/1000), ratio)
}

// grow has all growers make programs of all loads but those for which one would take
// longer than the limit. The result has a row for each load.
func grow(e effort) ([][]growth, error) {
	type rate struct {
		grower int
		shared bool
	}
	perRule := map[rate]float64{} // the seconds of the last load, over its rules to the power
	rows := make([][]growth, len(loads))
	for i, l := range loads {
		section, err := l.section()
		if err != nil {
			return nil, err
		}
		rows[i] = make([]growth, len(growers))
		var jobs []job
		var timed []*growth
		for n, c := range growers {
			g := &rows[i][n]
			size := math.Pow(float64(l.rules()), c.power)
			if perRule[rate{n, l.shared}]*size > e.limit.Seconds() {
				g.skipped = true
				continue
			}
			start := spent()
			insns, err := c.compile(section, arch.X86_64)
			perRule[rate{n, l.shared}] = (spent() - start).Seconds() / size
			var over *compile.SizeError
			switch {
			case errors.As(err, &over):
				g.insns, g.refused = over.Insns, true
				continue
			case err != nil:
				return nil, fmt.Errorf("%s: %s: %w", c.name, l, err)
			}
			g.insns = len(insns)
			timed = append(timed, g)
			jobs = append(jobs, job{c.name, func() error {
				_, err := c.compile(section, arch.X86_64)
				return err
			}})
		}
		times, err := clock(jobs, e.rounds, e.turn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l, err)
		}
		for n, t := range times {
			timed[n].µs = t.µs
			if timed[0] == &rows[i][0] {
				timed[n].ratio = t.ratio
			}
		}
	}
	return rows, nil
}

// growthPicture shows instructions and time by the number of rules: of calls without
// conditions, and of as many calls as there can be with one or more conditions each.
func growthPicture(rows [][]growth) picture {
	c := chart{title: "Growth with the number of rules"}
	for _, g := range growers {
		c.legend = append(c.legend, key{g.name, g.color})
	}
	for _, kind := range []struct {
		title string
		has   func(load) bool
	}{
		{"calls, each always allowed", func(l load) bool { return l.values == 0 }},
		{"rules with one condition each", func(l load) bool { return !l.shared && l.values > 0 && (l.values == 1 || l.names == most) }},
	} {
		insns, times := panel{title: "Instructions: " + kind.title}, panel{title: "Time, ms: " + kind.title}
		var xs, sizes, spans []float64
		insns.series, times.series = make([]series, len(growers)), make([]series, len(growers))
		for i, l := range loads {
			if !kind.has(l) {
				continue
			}
			x := float64(l.rules())
			for n, g := range rows[i] {
				if g.skipped {
					continue
				}
				xs, sizes = append(xs, x), append(sizes, float64(g.insns))
				insns.series[n].points = append(insns.series[n].points, point{x, float64(g.insns)})
				if !g.refused {
					spans = append(spans, g.µs/1000)
					times.series[n].points = append(times.series[n].points, point{x, g.µs / 1000})
				}
			}
		}
		for n, g := range growers {
			for _, s := range []*series{&insns.series[n], &times.series[n]} {
				s.color, s.joined = g.color, true
			}
		}
		x := axis{name: "rules", ticks: decades(xs), log: true}
		insns.x, insns.y = x, axis{name: "instructions", ticks: decades(sizes), log: true}
		times.x, times.y = x, axis{name: "ms", ticks: decades(spans), log: true}
		if last := x.ticks[len(x.ticks)-1]; slices.Max(sizes) >= abi.MaxInsns {
			insns.lines = []line{{point{x.ticks[0], abi.MaxInsns}, point{last, abi.MaxInsns}, "the kernel takes 4,096"}}
		}
		c.panels = append(c.panels, insns, times)
	}
	return picture{"growth.svg", c.svg(panelWidth)}
}
