//go:build seccomp

// Package native makes libseccomp-golang take this machine for another one.
//
// Whoever asks the binding for the native ABI makes it call
// seccomp_arch_native(3). This package defines a C function of that name, and
// the linker takes the one in the program before the one in the shared library.
// libseccomp itself does not go by that symbol: filters are made for the real
// machine as before. A program that does not import this package is not touched.
package native

// #include "native.h"
import "C"

import "github.com/seccompile/seccompile/arch"

// Set makes a the native ABI from now on, until restore is called. It is not
// safe for concurrent use with anything that asks for the native ABI.
func Set(a arch.Arch) (restore func()) {
	old := C.native_token
	C.native_token = C.uint32_t(token(a))
	return func() { C.native_token = old }
}

// token returns libseccomp's number of an ABI: its audit value, for x32 with the
// bit of x32's call numbers in place of the one for 64 bits
// (libseccomp, seccomp.h: SCMP_ARCH_*).
func token(a arch.Arch) uint32 {
	if a == arch.X32 {
		return a.Audit()&^0x80000000 | arch.X32Bit
	}
	return a.Audit()
}
