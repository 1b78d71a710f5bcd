//go:build seccomp

package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// spent returns the processor time of all threads of this process, those of C and of the
// garbage collector among them. Other processes take none of it, unlike time on the wall.
func spent() time.Duration { return cpuTime(unix.CLOCK_PROCESS_CPUTIME_ID) }

func cpuTime(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(err) // a clock that every kernel has
	}
	return time.Duration(t.Nano())
}

// A job is something to measure.
type job struct {
	name string
	run  func() error
}

// A timing is what a job takes.
type timing struct {
	name   string
	µs     float64 // of the processor, median of the rounds
	ratio  float64 // median of the rounds' ratios to the first job, as many times its time
	allocs float64 // by Go; what C allocates is not counted
}

// leastRounds are made of jobs that take more than patience, too.
const (
	leastRounds = 3
	patience    = 10 * time.Second
)

// clock measures the jobs in rounds. In each of them every job has its turn, so
// that a ratio is of two measurements at nearly the same time. A turn takes about turn of
// the processor, or one run.
func clock(jobs []job, rounds int, turn time.Duration) ([]timing, error) {
	runs, allocs := make([]int, len(jobs)), make([]float64, len(jobs))
	for i, j := range jobs {
		if err := j.run(); err != nil { // warms up
			return nil, fmt.Errorf("%s: %w", j.name, err)
		}
		start := spent()
		allocs[i] = testing.AllocsPerRun(1, func() { j.run() }) // runs it twice
		runs[i] = int(min(1000, max(1, 2*turn/max(1, spent()-start))))
	}
	µs, ratios := make([][]float64, len(jobs)), make([][]float64, len(jobs))
	begin := spent()
	for round := range rounds {
		if round >= leastRounds && spent()-begin > patience {
			break
		}
		for i, j := range jobs {
			start := spent()
			for range runs[i] {
				if err := j.run(); err != nil {
					return nil, fmt.Errorf("%s: %w", j.name, err)
				}
			}
			took := float64((spent() - start).Nanoseconds()) / 1000 / float64(runs[i])
			µs[i] = append(µs[i], took)
			ratios[i] = append(ratios[i], took/µs[0][len(µs[0])-1])
		}
	}
	list := make([]timing, len(jobs))
	for i, j := range jobs {
		list[i] = timing{j.name, median(µs[i]), median(ratios[i]), allocs[i]}
	}
	return list, nil
}

// median returns the middle of the list, of an even number the higher one.
func median(list []float64) float64 {
	return slices.Sorted(slices.Values(list))[len(list)/2]
}
