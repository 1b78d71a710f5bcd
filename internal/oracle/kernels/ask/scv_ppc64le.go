package main

import "golang.org/x/sys/unix"

// scv makes a call by the instruction "scv 0", and returns what register 3 has: errors are negative.
func scv(nr uintptr) int64

// vectored tells whether filters see calls by scv as those by sc.
func vectored() string {
	if pid := scv(unix.SYS_GETPPID); pid <= 0 {
		return "not served"
	}
	must(install([]unix.SockFilter{
		ins(ld, 0), ins(jeq, unix.SYS_GETPPID, 0, 3), ins(ld, dataArch), ins(jeq, host.Audit(), 0, 1), ins(ret, errno|77), ins(ret, allow),
	}))
	if scv(unix.SYS_GETPPID) == -77 {
		return "served, seen as sc"
	}
	return "served, not seen as sc"
}
