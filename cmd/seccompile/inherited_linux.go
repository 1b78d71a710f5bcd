package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// inheritedFiles returns the descriptors from 3 on that this process has inherited, up to the
// first number that is free: a command that is started with them, and with others after them, has
// them by their numbers, such as make's jobserver and sockets of systemd. Release gives those back
// their mode that do not block, which os/exec takes from them.
func inheritedFiles() (files []*os.File, release func()) {
	var unblocked []int
	for fd := 3; ; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			break
		}
		if mode, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0); err == nil && mode&unix.O_NONBLOCK != 0 {
			unblocked = append(unblocked, fd)
		}
		files = append(files, os.NewFile(uintptr(fd), "inherited"))
	}
	return files, func() {
		for _, fd := range unblocked {
			unix.SetNonblock(fd, true)
		}
	}
}
