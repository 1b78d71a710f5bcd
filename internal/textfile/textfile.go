// Package textfile reads files whose names come from users, without ever waiting:
// some regular files, such as /proc/kmsg, have text only once something happens.
package textfile

import (
	"errors"
	"io"
	"os"
)

// Read returns the first bytes of a regular file that was opened with Nonblock,
// at most max of them. A file that would make the reader wait is an error.
func Read(f *os.File, max int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(reader{f}, int64(max)))
	if err != nil {
		return nil, err
	}
	return text, nil
}

var errWaits = errors.New("it has no text yet, and reading it would wait (is it the right file?)")
