//go:build seccomp

package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	out := flag.String("o", "", "the `directory` for benchmarks.md and executed.svg; without it the page goes to standard output")
	corpus := flag.String("corpus", "", "a `directory` of profiles, *.json, to compare the compilers on, too")
	flag.Parse()
	if err := run(*out, *corpus); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out, corpus string) error {
	if os.Getenv(childEnv) != "" {
		return child()
	}
	if runtime.GOARCH != "amd64" {
		return fmt.Errorf("this machine is %s: elastic and gVisor compile for their own machine, and the work is for x86_64", runtime.GOARCH)
	}
	page, picture, err := measure(effort{rounds: 7, children: 7, limit: 10 * time.Second}, corpus)
	if err != nil {
		return err
	}
	if out == "" {
		_, err := os.Stdout.Write(page)
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "benchmarks.md"), page, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "executed.svg"), picture, 0o666)
}

// An effort is how much to measure.
type effort struct {
	rounds   int           // of timing
	children int           // with each filter
	limit    time.Duration // for a program of many conditions
}

// measure returns the page and the picture. Without a corpus the page says so.
func measure(e effort, corpus string) (text, picture []byte, err error) {
	list, err := profiles()
	if err != nil {
		return nil, nil, err
	}
	r := report{Versions: versions(), Kernel: kernel.String(), Limit: e.limit.String(), LiveWork: list[1].name}
	if r.Machine, err = machine(); err != nil {
		return nil, nil, err
	}
	for _, w := range list {
		wr, curves, err := measureWork(w, e.rounds)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", w.name, err)
		}
		r.Works = append(r.Works, wr)
		if w.single {
			if picture, err = plot("Instructions executed for each call: "+w.name, curves); err != nil {
				return nil, nil, err
			}
		}
	}
	r.Corpus = "Left out: no directory was given.\n"
	if corpus != "" {
		n, scores, err := scoresOf(corpus)
		if err != nil {
			return nil, nil, err
		}
		r.Corpus = fmt.Sprintf("These were %d profiles.\n\n%s", n, scoreTable(scores))
	}
	jobs, err := textJobs()
	if err != nil {
		return nil, nil, err
	}
	times, err := clock(jobs, e.rounds)
	if err != nil {
		return nil, nil, err
	}
	r.Text = textTable(times)
	var grown [][]growth
	for _, c := range growers {
		g, err := grow(c.compiler, c.power, e.limit)
		if err != nil {
			return nil, nil, err
		}
		grown = append(grown, g)
	}
	r.Scale = scaleTable(grown)
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" { // .ci/run says so of a kernel that hangs in seccomp(2)
		r.Live = "Left out: " + why + ".\n"
	} else {
		costs, err := live(list[1], e.children)
		if err != nil {
			return nil, nil, err
		}
		r.Live = liveTable(costs)
	}
	var b bytes.Buffer
	err = r.write(&b)
	return b.Bytes(), picture, err
}

// measureWork returns what all compilers make of a profile.
func measureWork(w work, rounds int) (wr workReport, curves []curve, err error) {
	var cs []compiler
	var ws []weight
	wr.Name = w.name
	for _, c := range compilers {
		if !c.takes(w) {
			continue
		}
		insns, err := c.compile(w.section, w.native)
		if err != nil {
			return wr, nil, fmt.Errorf("%s: %w", c.name, err)
		}
		weight, err := weigh(w, c, insns)
		if err != nil {
			return wr, nil, fmt.Errorf("%s: %w", c.name, err)
		}
		cs, ws, curves = append(cs, c), append(ws, weight), append(curves, curve{c.name, c.color, insns})
	}
	times, err := clock(sectionJobs(w), rounds)
	wr.Table, wr.Differs = workTable(cs, ws, times), differsIn(cs, ws)
	return wr, curves, err
}
