// Package live has the running kernel say what a filter answers to calls, on any machine
// and for every ABI that the kernel executes. No call under test is executed.
//
//	answers, err := live.Run(binary, insns, calls)
//
// A child makes the calls, with two filters on one of its threads. The older one answers
// ERRNO(Passed) to what comes from one instruction and allows everything else; the newer
// one is under test. The kernel takes the stricter answer, and of two errnos the newer
// filter's: a call fails with Passed if the filter under test lets it pass, and with that
// filter's errno if it refuses it. All raw calls of package syscall come from one
// instruction, so the child needs no machine code. It is the program of internal/live/caller,
// built for each GOARCH; [N32] writes one for MIPS n32, which Go has no port to.
package live
