// Package textfile reads files whose names come from users, without ever waiting. Some
// regular files, such as /proc/kmsg, have text only after an event.
package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A Dir has files by their names. An os.Root is one.
type Dir interface {
	Stat(name string) (fs.FileInfo, error)
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
}

// Anywhere is the Dir of all files, by the names that package os takes.
var Anywhere Dir = anywhere{}

type anywhere struct{}

func (anywhere) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

func (anywhere) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}

// ReadFile returns the text of a regular file, of at most max bytes. A larger file is
// an error. Opening a device can have side effects, so ReadFile checks the type of the
// file first. Since the name may refer to another file afterwards, it also checks the
// file that it opened. It opens a FIFO without waiting for its writer.
func ReadFile(d Dir, name string, max int) ([]byte, error) {
	info, err := d.Stat(name)
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, err
	}
	f, err := d.OpenFile(name, os.O_RDONLY|Nonblock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, err
	}
	text, err := Read(f, max+1)
	if err == nil && len(text) > max {
		return nil, fmt.Errorf("more than %d bytes (is it the right file?)", max)
	}
	return text, err
}

// regular reports why a file is not a regular one, or nil.
func regular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return errors.New("a directory where a file should be")
	case !info.Mode().IsRegular():
		return errors.New("a FIFO, a socket or a device where a file should be")
	}
	return nil
}

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
