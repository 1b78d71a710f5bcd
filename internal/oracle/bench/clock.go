//go:build seccomp

package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// A job is something to measure.
type job struct {
	name string
	run  func() error
}

// A timing is what a job takes.
type timing struct {
	name   string
	µs     float64 // median of the rounds
	ratio  float64 // median of the rounds' ratios to the first job, as many times its time
	allocs float64 // by Go; what C allocates is not counted
}

// leastRounds are made of jobs that take more than patience, too.
const (
	leastRounds = 3
	patience    = 10 * time.Second
)

// clock measures the jobs in rounds. In each of them every job has its turn, so
// that a ratio is of two measurements at nearly the same time. A turn lasts for about
// turn, and for one run at the least.
func clock(jobs []job, rounds int, turn time.Duration) ([]timing, error) {
	runs, allocs := make([]int, len(jobs)), make([]float64, len(jobs))
	for i, j := range jobs {
		if err := j.run(); err != nil { // warms up
			return nil, fmt.Errorf("%s: %w", j.name, err)
		}
		start := time.Now()
		allocs[i] = testing.AllocsPerRun(1, func() { j.run() }) // runs it twice
		runs[i] = int(min(1000, max(1, 2*turn/time.Since(start))))
	}
	µs, ratios := make([][]float64, len(jobs)), make([][]float64, len(jobs))
	begin := time.Now()
	for round := range rounds {
		if round >= leastRounds && time.Since(begin) > patience {
			break
		}
		for i, j := range jobs {
			start := time.Now()
			for range runs[i] {
				if err := j.run(); err != nil {
					return nil, fmt.Errorf("%s: %w", j.name, err)
				}
			}
			took := float64(time.Since(start).Nanoseconds()) / 1000 / float64(runs[i])
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
