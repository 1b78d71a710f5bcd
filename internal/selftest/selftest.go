// Package selftest has a test binary start itself again, for what cannot be undone
// in a process, as a filter cannot.
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
// A part ends with status 0 if all is well; Failf and Skipf end it otherwise. What
// it writes to standard error is what the test reports. It works on Linux alone.
package selftest
