//go:build seccomp

package main

import (
	"bytes"
	"fmt"
	"math"

	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/syscalls"
)

// The picture's frame in pixels, and what its axes show.
const (
	left, right = 60, 940
	top, bottom = 100, 460
	lastNumber  = 500
	least, most = 4, 512 // executed instructions
)

// A curve is the executed instructions of a program by the number of the call.
type curve struct {
	name, color string
	insns       []bpf.RawInstruction
}

// plot draws the curves as SVG: a dot for every call of x86_64, arguments zero,
// with a logarithmic scale for the instructions.
func plot(title string, curves []curve) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 520" font-family="sans-serif" font-size="13">`+"\n")
	fmt.Fprintf(&b, `<rect width="960" height="520" fill="white"/>`+"\n")
	fmt.Fprintf(&b, `<text x="%d" y="24" font-size="16">%s</text>`+"\n", left, title)
	axes(&b)
	for i, c := range curves {
		p, err := vm.New(c.insns, arch.X86_64.ByteOrder())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		var steps []int
		fmt.Fprintf(&b, `<path stroke="%s" stroke-width="3" stroke-linecap="round" d="`, c.color)
		for _, nr := range numbers(arch.X86_64) {
			_, n := p.Run(syscalls.Call{Audit: arch.X86_64.Audit(), Nr: nr})
			steps = append(steps, n)
			fmt.Fprintf(&b, "M%.0f %.1fh0", across(nr), up(n))
		}
		b.WriteString(`"/>` + "\n")
		x, y := left+290*(i/2), 50+22*(i%2)
		fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="5" fill="%s"/><text x="%d" y="%d">%s, mean %.0f</text>`+"\n", x+6, y-4, c.color, x+18, y, c.name, mean(steps))
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}

// axes draws the frame with its lines and words.
func axes(b *bytes.Buffer) {
	for n := least; n <= most; n *= 2 {
		fmt.Fprintf(b, `<path stroke="#ddd" d="M%d %.1fH%d"/><text x="%d" y="%.1f" text-anchor="end">%d</text>`+"\n", left, up(n), right, left-8, up(n)+4, n)
	}
	for nr := uint32(0); nr <= lastNumber; nr += 50 {
		fmt.Fprintf(b, `<path stroke="#ddd" d="M%.0f %dV%d"/><text x="%.0f" y="%d" text-anchor="middle">%d</text>`+"\n", across(nr), top, bottom, across(nr), bottom+18, nr)
	}
	fmt.Fprintf(b, `<path stroke="black" fill="none" d="M%d %dV%dH%d"/>`+"\n", left, top, bottom, right)
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">number of the call</text>`+"\n", (left+right)/2, bottom+42)
	fmt.Fprintf(b, `<text transform="translate(18 %d) rotate(-90)" text-anchor="middle">executed instructions</text>`+"\n", (top+bottom)/2)
}

func across(nr uint32) float64 { return left + float64(nr)/lastNumber*(right-left) }

func up(steps int) float64 {
	return bottom - math.Log2(float64(steps)/least)/math.Log2(most/least)*(bottom-top)
}
