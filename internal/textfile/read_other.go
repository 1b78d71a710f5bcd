//go:build !linux

package textfile

import "os"

// Nonblock is Linux's: elsewhere a FIFO waits for its other end.
const Nonblock = 0

type reader struct{ *os.File }
