package abi

// ConvertedFirst is how many eBPF instructions the kernel puts before those of a
// program: they clear A and X and keep the context (net/core/filter.c,
// bpf_convert_filter).
const ConvertedFirst = 3

// Converted returns how many eBPF instructions the kernel makes of an
// instruction of a filter (net/core/filter.c, bpf_convert_filter): one, and
//
//   - two of a return of a constant: move, exit;
//   - five of a division by X, which returns 0 where X is 0;
//   - one more of a conditional jump if neither side is the next instruction, a
//     test of bits that only jumps if false included, which has no opposite;
//   - one more of a conditional jump if the constant's highest bit is set: it
//     goes into a register.
func Converted(op uint16, jt, jf uint8, k uint32) int {
	const class, rval, code = 0x07, 0x18, 0xf0
	switch op & class {
	case ClassRET:
		if op&rval == RvalK {
			return 2
		}
	case ClassALU:
		if op&code == OpDIV && op&SrcX != 0 {
			return 5
		}
	case ClassJMP:
		if op&code == OpJA {
			return 1
		}
		n := 1
		if jf != 0 && (jt != 0 || op&code == OpJSET) {
			n++
		}
		if op&SrcX == 0 && k>>31 != 0 {
			n++
		}
		return n
	}
	return 1
}
