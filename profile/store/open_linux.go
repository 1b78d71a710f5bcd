package store

import "golang.org/x/sys/unix"

// nonblock keeps open(2) from waiting for the writer of a FIFO.
const nonblock = unix.O_NONBLOCK
