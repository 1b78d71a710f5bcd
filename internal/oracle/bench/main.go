//go:build seccomp

package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sirupsen/logrus"
)

func main() {
	out := flag.String("o", "", "the `directory` for benchmarks.md and its pictures; without it the page goes to standard output")
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
	logrus.SetOutput(io.Discard) // runc warns once a round of profiles without calls
	if runtime.GOARCH != "amd64" {
		return fmt.Errorf("this machine is %s: elastic and gVisor compile for their own machine, and the work is for x86_64", runtime.GOARCH)
	}
	page, pictures, err := measure(effort{rounds: 9, turn: 20 * time.Millisecond, children: 11, limit: 10 * time.Second}, corpus)
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
	for _, p := range pictures {
		if err := os.WriteFile(filepath.Join(out, p.name), p.data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// An effort is how much to measure.
type effort struct {
	rounds   int           // of timing
	turn     time.Duration // of a compiler in a round, of the processor
	children int           // with each filter
	limit    time.Duration // for a program of many conditions, of the processor
}

// measure returns the page and the pictures. Without a corpus the page says so, and has
// one picture less.
func measure(e effort, corpus string) (text []byte, pictures []picture, err error) {
	list, err := profiles()
	if err != nil {
		return nil, nil, err
	}
	r := report{Versions: versions(), Kernel: kernel.String(), Limit: e.limit.String(), LiveWork: list[1].name}
	if r.Machine, err = machine(); err != nil {
		return nil, nil, err
	}
	for _, w := range list {
		wr, curves, err := measureWork(w, e)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", w.name, err)
		}
		r.Works = append(r.Works, wr)
		if w.single {
			p, err := plot("Instructions executed for each call: "+w.name, curves)
			if err != nil {
				return nil, nil, err
			}
			pictures = append(pictures, p)
		}
	}
	r.Corpus = "Left out: no directory was given.\n"
	if corpus != "" {
		n, scores, err := scoresOf(corpus, e.rounds)
		if err != nil {
			return nil, nil, err
		}
		r.Corpus = fmt.Sprintf(corpusPart, n, scoreTable(scores), classTable(scores))
		pictures = append(pictures, corpusPicture(scores))
	}
	jobs, err := textJobs()
	if err != nil {
		return nil, nil, err
	}
	times, err := clock(jobs, e.rounds, e.turn)
	if err != nil {
		return nil, nil, err
	}
	r.Text = textTable(times)
	grown, err := grow(e)
	if err != nil {
		return nil, nil, err
	}
	r.Scale = scaleTable(grown)
	pictures = append(pictures, growthPicture(grown))
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
	return b.Bytes(), pictures, err
}

// measureWork returns what all compilers make of a profile.
func measureWork(w work, e effort) (wr workReport, curves []curve, err error) {
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
	times, err := clock(sectionJobs(w), e.rounds, e.turn)
	wr.Table, wr.Differs = workTable(cs, ws, times), differsIn(cs, ws)
	return wr, curves, err
}
