// Package selftest lets a test binary start itself again, for actions that a process cannot
// undo, such as the installation of a filter.
//
//	func TestMain(m *testing.M) {
//		selftest.Main(func(name string) func() { return parts[name] })
//		os.Exit(m.Run())
//	}
//
//	func TestInstall(t *testing.T) {
//		selftest.Child{Part: "install"}.Run(t).Succeeds(t)
//	}
//
// A part ends with status 0 if all is well; Failf and Skipf end it otherwise. The test
// reports what it writes to standard error. The package works only on Linux.
package selftest
