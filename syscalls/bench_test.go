package syscalls_test

import (
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// TestNoAllocation: a filter's rules ask for thousands of names.
func TestNoAllocation(t *testing.T) {
	tests := []struct {
		name string
		f    func()
	}{
		{"Number", func() { syscalls.Number(arch.X86_64, "openat") }},
		{"Number of none", func() { syscalls.Number(arch.X86_64, "socketcall") }},
		{"Name", func() { syscalls.Name(arch.MIPS64, 5247) }},
		{"Name of none", func() { syscalls.Name(arch.MIPS64, 3) }},
		{"Width", func() { syscalls.Width(arch.PPC64, "clone", 0) }},
		{"Since", func() { syscalls.Since(arch.X86_64, "clone3") }},
		{"Mux", func() { syscalls.Mux(arch.X86, "socket") }},
		{"Mux of none", func() { syscalls.Mux(arch.X86_64, "socket") }},
		{"Known", func() { syscalls.Known("opennat") }},
		{"All", func() {
			for range syscalls.All(arch.X32) {
			}
		}},
		{"Names", func() {
			for range syscalls.Names() {
			}
		}},
	}
	for _, tt := range tests {
		if n := testing.AllocsPerRun(100, tt.f); n != 0 {
			t.Errorf("%s allocates %v times", tt.name, n)
		}
	}
}

func BenchmarkNumber(b *testing.B) {
	for b.Loop() {
		syscalls.Number(arch.X86_64, "openat")
	}
}

func BenchmarkName(b *testing.B) {
	for b.Loop() {
		syscalls.Name(arch.X86_64, 257)
	}
}

func BenchmarkWidth(b *testing.B) {
	for b.Loop() {
		syscalls.Width(arch.X86_64, "openat", 3)
	}
}

func BenchmarkMux(b *testing.B) {
	for b.Loop() {
		syscalls.Mux(arch.X86, "socket")
	}
}

func BenchmarkParseCall(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := syscalls.ParseCall("x86_64 openat(-100, 0, 2)"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCallString(b *testing.B) {
	b.ReportAllocs()
	c := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 257, Args: [6]uint64{^uint64(99), 0, 2}}
	for b.Loop() {
		_ = c.String()
	}
}
