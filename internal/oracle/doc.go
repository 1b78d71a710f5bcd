// Package oracle has tests alone: they judge profile.Parse and Resolve by other
// people's resolvers of profiles, by libseccomp and by runtimes, called as they are.
//
//	cd internal/oracle && GOWORK=off go test -tags seccomp ./...
//
// Two judges are moby's (github.com/moby/profiles/seccomp), which is what Docker
// hands to a runtime, and containers-common's, which is Podman's. Each is asked
// the same as we are, about real and made-up profiles, on every host that it
// knows, for several kernels and many sets of capabilities. The answers must be
// equal but for what normal sets aside and for what the table of differences
// explains; a row of that table that nothing shows any more fails the test.
//
// The third judge, in package libseccomp, is the library that runtimes have their
// filters made by. It judges what resolved profiles mean: its filters of made-up
// profiles and of real ones are proved equal to our policies in runc's reading.
// That is so where libseccomp is exact; where it is not, the proof, and for some
// cases the kernel, show its filters wrong.
//
// The first two take host and kernel from the machine that they run on. They are
// deceived: moby's by its package variables, containers-common's, which asks
// libseccomp, by package native.
//
// TestRuntimes judges what comes behind: runc and crun, those of this machine,
// start containers under sections that we resolved, and the filters that these
// processes then have are proved equal to our policies. It needs root.
//
// The command kit puts the vectors through any runtime, by calls in its containers, and
// prints a table of its answers; see docs/conformance.md.
//
// TestUnix judges package syscalls by the numbers of golang.org/x/sys/unix, in a
// release as new as our tables: a newer one than the packages themselves need.
//
// It is a module of its own, so that nobody who imports ours gets theirs. The
// judges that need cgo and libseccomp's headers are behind the build tag seccomp,
// as containers-common's package is.
package oracle
