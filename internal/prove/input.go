package prove

import (
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/syscalls"
)

// A word is one of the 32-bit words that an input consists of, whatever the byte
// order. Diagrams ask their bits in the order of the words, of each the highest
// first: arch and nr as dispatchers do, and the high half of an argument before
// the low one, so that comparisons are short. Nothing but the ip comes last.
type word int32

const (
	wordArch word = iota
	wordNr
	wordArgs           // the high half of argument 0, then its low half, and so on
	wordIP   word = 14 // the high half, then the low one
	words    word = 16
)

// atLeaf is the level of leaves, behind those of all bits.
const atLeaf = 32 * int32(words)

// high and low return the halves of an argument.
func high(arg int) word { return wordArgs + word(2*arg) }
func low(arg int) word  { return high(arg) + 1 }

// level returns the place in the order of a bit of the word, 0 being the lowest.
func (w word) level(bit int) int32 { return 32*int32(w) + 31 - int32(bit) }

// wordAt returns the word that a load at a byte of struct seccomp_data finds on a
// machine of that byte order.
func wordAt(off uint32, big bool) word {
	second := off%8 != 0
	switch {
	case off == abi.DataNr:
		return wordNr
	case off == abi.DataArch:
		return wordArch
	case off < abi.DataArgs:
		return half(wordIP, second == big)
	}
	return half(high(int(off-abi.DataArgs)/8), second == big)
}

// half returns the low half of the field with that high half, or the high one.
func half(high word, low bool) word {
	if low {
		return high + 1
	}
	return high
}

// An input has the words of one call.
type input [words]uint32

// set makes the bit at level 1.
func (in *input) set(level int32) { in[level/32] |= 1 << (31 - level%32) }

// call returns the input as a call.
func (in *input) call() syscalls.Call {
	c := syscalls.Call{Audit: in[wordArch], Nr: in[wordNr], IP: in.field(wordIP)}
	for i := range c.Args {
		c.Args[i] = in.field(high(i))
	}
	return c
}

func (in *input) field(high word) uint64 { return uint64(in[high])<<32 | uint64(in[high+1]) }
