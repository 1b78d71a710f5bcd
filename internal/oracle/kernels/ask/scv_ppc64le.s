#include "textflag.h"

// func scv(nr uintptr) int64
//
// scv 0 leaves its return address in the link register, and clobbers the count register and the
// volatile ones (Documentation/arch/powerpc/syscall64-abi.rst). R0 is 0 and R30 is g in Go.
TEXT ·scv(SB),NOSPLIT,$0-16
	MOVD	nr+0(FP), R9
	MOVD	LR, R20
	MOVD	R9, R0
	WORD	$0x44000001 // scv 0
	MOVD	R20, LR
	XOR	R0, R0
	MOVD	R3, ret+8(FP)
	RET
