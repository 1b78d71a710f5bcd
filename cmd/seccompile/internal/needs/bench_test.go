package needs

import "testing"

// BenchmarkFind reads a program with the whole GNU C library.
func BenchmarkFind(b *testing.B) {
	file := cProgram(b, program, "-O2", "-static")
	for b.Loop() {
		read(b, file)
	}
}
