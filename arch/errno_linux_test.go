package arch_test

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seccompile/seccompile/arch"
)

// TestErrno compares the errnos of the ABI that the test was built for with
// x/sys/unix. Under emulation that is MIPS, too.
func TestErrno(t *testing.T) {
	a, err := arch.Parse(runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	alias := map[string]string{"EWOULDBLOCK": "EAGAIN", "EOPNOTSUPP": "ENOTSUP", "EUCLEAN": "EFSCORRUPTED"}
	seen := 0
	for name := range arch.Errnos() {
		n, ok := a.Errno(name)
		got := unix.ErrnoName(unix.Errno(n))
		if other, ok := alias[name]; ok {
			name = other
		}
		if !ok || n == 0 || n > 4095 || got != name {
			t.Errorf("%s.Errno(%q) = %d, %v, which is %s", a, name, n, ok, got)
		}
		seen++
	}
	if seen != 133 {
		t.Errorf("Errnos yields %d names, want 133", seen)
	}
	for _, name := range []string{"", "eperm", "EDEADLOCK", "38"} {
		if n, ok := a.Errno(name); ok {
			t.Errorf("%s.Errno(%q) = %d, want none", a, name, n)
		}
	}
}

// TestErrnoAlias: the two names of one errno are one on every ABI.
func TestErrnoAlias(t *testing.T) {
	for a := range arch.All() {
		for _, pair := range [][2]string{{"EAGAIN", "EWOULDBLOCK"}, {"EOPNOTSUPP", "ENOTSUP"}} {
			m, _ := a.Errno(pair[0])
			if n, ok := a.Errno(pair[1]); !ok || m != n {
				t.Errorf("%s.Errno(%q) = %d, want %s, %d", a, pair[1], n, pair[0], m)
			}
		}
	}
}
