//go:build seccomp

package main

import (
	"fmt"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/syscalls"
)

// A picture is a file of docs.
type picture struct {
	name string
	data []byte
}

// A curve is the executed instructions of a program by the number of the call.
type curve struct {
	name, color string
	insns       []bpf.RawInstruction
}

// plot draws the curves: a dot for every call of x86_64, arguments zero.
func plot(title string, curves []curve) (picture, error) {
	p := panel{
		x: axis{name: "number of the call", ticks: []float64{0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500}},
		y: axis{name: "executed instructions", ticks: []float64{4, 8, 16, 32, 64, 128, 256, 512}, log: true},
	}
	c := chart{title: title}
	for _, v := range curves {
		program, err := vm.New(v.insns, arch.X86_64.ByteOrder())
		if err != nil {
			return picture{}, fmt.Errorf("%s: %w", v.name, err)
		}
		var steps []int
		s := series{color: v.color}
		for _, nr := range numbers(arch.X86_64) {
			_, n := program.Run(syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr})
			steps = append(steps, n)
			s.points = append(s.points, point{float64(nr), float64(n)})
		}
		p.series = append(p.series, s)
		c.legend = append(c.legend, key{fmt.Sprintf("%s, mean %.0f", v.name, mean(steps)), v.color})
	}
	c.panels = []panel{p}
	return picture{"executed.svg", c.svg(870)}, nil
}
