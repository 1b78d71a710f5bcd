package main

import "golang.org/x/sys/unix"

// nonblock keeps open(2) from waiting for the other end of a FIFO.
const nonblock = unix.O_NONBLOCK
