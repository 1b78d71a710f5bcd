// Package oracle has only tests. They compare profile.Parse and Resolve with other
// resolvers of profiles, with libseccomp and with runtimes, all unmodified.
//
//	cd internal/oracle && GOWORK=off go test -tags seccomp ./...
//
// Two judges are moby's (github.com/moby/profiles/seccomp), which is what Docker hands to a
// runtime, and containers-common's, which is Podman's. Each resolves the same profiles as
// this module, real and generated ones, on every host that it knows, for several kernels and
// many sets of capabilities. The answers must be equal, except for what normal removes and
// what the table of differences explains. A row of that table that no test shows any more
// fails the test.
//
// The third judge, in package libseccomp, is the library with which runtimes compile their
// filters. It judges the meaning of resolved profiles: its filters for generated and real
// profiles are proved equal to this module's policies in runc's reading. Where libseccomp is
// wrong, the proof, and in some cases the kernel, shows it.
//
// The first two read the host and the kernel from the machine that they run on. Tests
// override this: for moby's by its package variables, and for containers-common's, which uses
// libseccomp, by package native.
//
// TestRuntimes judges the next step: this machine's runc and crun start containers under
// resolved sections, and the filters that these processes have are proved equal to this
// module's policies. It needs root.
//
// The command kit runs the vectors as calls in the containers of any runtime, and
// prints a table of the answers; see docs/conformance.md.
//
// TestUnix compares package syscalls with the numbers of golang.org/x/sys/unix, in a release
// as new as the tables, which is newer than the one that the module itself requires.
//
// It is a separate module, so that programs that import seccompile do not depend on the other
// resolvers. The judges that need cgo and libseccomp's headers have the build tag seccomp,
// like the package of containers-common.
package oracle
