//go:build !linux

package store

// nonblock is Linux's: elsewhere a FIFO waits for its writer.
const nonblock = 0
