//go:build seccomp

// Command bench measures this project beside the others that compile seccomp
// profiles, in one process and on the same work, and writes what it found.
//
//	cd internal/oracle/bench && GOWORK=off go run -tags seccomp . -o ../../../docs
//
// makes benchmarks.md, executed.svg and growth.svg in docs. With -corpus DIR it also
// compares the programs for all profiles of a directory, and makes corpus.svg. It needs
// Linux on x86_64, gcc and libseccomp's headers; libseccomp is the machine's own.
//
// The others are called as they are: libseccomp by the code with which runc adds
// its rules, runc itself, elastic/go-seccomp-bpf and gVisor. It is a module of
// its own because of what runc and gVisor bring along.
package main
