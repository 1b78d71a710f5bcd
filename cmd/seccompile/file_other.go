//go:build !linux

package main

// nonblock is Linux's: elsewhere a FIFO waits for its other end.
const nonblock = 0
