//go:build !linux

package main

import (
	"io"
	"io/fs"
	"os"
)

// nonblock is Linux's: elsewhere a FIFO waits for its other end.
const nonblock = 0

func regular(f *os.File) io.Reader { return f }

// chownLike is Linux's: elsewhere a file that is replaced belongs to who does it.
func chownLike(*os.File, fs.FileInfo) error { return nil }
