package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// fromVariable is the variable by which the script run, which changes its directory, passes
// on that of its caller.
const fromVariable = "SECCOMPILE_RUNC_FROM"

// absolute returns dir, if it is relative to the caller's directory, as an absolute path.
func absolute(dir string) (string, error) {
	if from := os.Getenv(fromVariable); from != "" && !filepath.IsAbs(dir) {
		dir = filepath.Join(from, dir)
	}
	return filepath.Abs(dir)
}

// mark is a file by which a directory is ours: trees in it can be replaced.
const mark = ".seccompile-runc"

// claim makes a directory ours, or returns an error if something else is in it.
func claim(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Name() == mark && e.Type().IsRegular() {
			return nil
		}
	}
	if len(list) > 0 {
		return fmt.Errorf("%s has %s and was not made by this command (pass -dir a directory that is new or empty)", dir, list[0].Name())
	}
	return os.WriteFile(filepath.Join(dir, mark), nil, 0o644)
}

// containers is held while a container exists that does not end with this program.
var containers sync.Mutex

// signals returns the signals that are to end the program.
func signals() chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	return c
}

// endAt ends the program at a signal, as soon as its container is removed, and calls clean before.
func endAt(signals <-chan os.Signal, clean func() error) {
	s := <-signals
	containers.Lock() // for good
	if err := clean(); err != nil {
		fmt.Fprintln(os.Stderr, "runc:", err)
	}
	os.Exit(128 + int(s.(syscall.Signal)))
}

// temporary makes a directory for what is built. It is removed by the function that is
// returned, or if a signal ends the program.
func temporary() (string, func() error, error) {
	c := signals()
	dir, err := os.MkdirTemp("", "seccompile-runc-")
	if err != nil {
		return "", nil, err
	}
	go endAt(c, func() error { return removeAll(dir) })
	remove := func() error { // containers mount in namespaces of their own
		signal.Stop(c)
		return removeAll(dir)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for processes of user namespaces
		return "", nil, errors.Join(err, remove())
	}
	return dir, remove, nil
}

// removeAll removes a directory in which commands may still write for a moment.
func removeAll(dir string) (err error) {
	for range 50 {
		err = os.RemoveAll(dir)
		if _, gone := os.Lstat(dir); err == nil && errors.Is(gone, fs.ErrNotExist) {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
