package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/seccompile/seccompile/profile"
)

// stdinName stands for standard input in positions.
const stdinName = "<stdin>"

// readFile reads a file, or standard input for -, and returns its name for
// messages, too. It reads no more than a profile may have, and nothing that is not
// a file: devices can be without end, and a FIFO waits for its writer. What a shell
// makes of <(COMMAND) is a pipe, whose writer is there.
func readFile(file string, s stdio) (text []byte, name string, err error) {
	if file == "-" {
		name = stdinName
		text, err = io.ReadAll(io.LimitReader(s.in, profile.MaxText+1))
	} else {
		name = file
		text, err = readNamed(file)
	}
	if err == nil && len(text) > profile.MaxText {
		err = fmt.Errorf("%s: more than %d bytes (is it the right file?)", name, profile.MaxText)
	}
	return text, name, err
}

// readNamed reads a file by its name.
func readNamed(file string) (text []byte, err error) {
	f, in, err := openNamed(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if text, err = io.ReadAll(io.LimitReader(in, profile.MaxText+1)); err != nil {
		return nil, withName(file, err)
	}
	return text, nil
}

// openNamed opens a file by its name, to be read from in. Opening a device may do
// anything, so the file is looked at before; as another one can have its name by then,
// what was opened is looked at, too.
func openNamed(file string) (f *os.File, in io.Reader, err error) {
	defer func() { err = withName(file, err) }()
	info, err := os.Stat(file)
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return nil, nil, &fs.PathError{Op: "open", Path: file, Err: path.Err}
	}
	if err := readable(file, info); err != nil {
		return nil, nil, err
	}
	if f, err = os.OpenFile(file, os.O_RDONLY|nonblock, 0); err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = readable(file, info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	if info.Mode().IsRegular() {
		return f, regular(f), nil
	}
	return f, f, nil // a pipe, whose writer is there
}

// withName is an error with the name of its file, once.
func withName(file string, err error) error {
	if path := (*fs.PathError)(nil); err == nil || errors.As(err, &path) {
		return err
	}
	return fmt.Errorf("%s: %w", file, err)
}

// readable reports why a file cannot be read as one, or nil.
func readable(name string, info fs.FileInfo) error {
	switch m := info.Mode(); {
	case m.IsRegular():
		return nil
	case m.IsDir():
		return errors.New("a directory where a file should be")
	case m&fs.ModeNamedPipe == 0:
		return errors.New("a device or a socket where a file should be (- is standard input)")
	}
	dir := filepath.Dir(name)
	if dir == "/dev/fd" || name == "/dev/stdin" || strings.HasPrefix(dir, "/proc/") && filepath.Base(dir) == "fd" {
		return nil
	}
	return errors.New("a FIFO where a file should be (- is standard input: write - < FIFO)")
}

// write writes a result to a file, or to standard output for -.
func (s stdio) write(output string, text []byte) error {
	if output == "-" {
		_, err := s.out.Write(text)
		return err
	}
	return writeFile(output, text)
}

// writeFile writes a file as a whole: what was there before stays until everything
// is written, and then keeps mode and owner. A new file has the mode that the umask
// leaves. Other names of the file, its hard links, keep the old text. What is no
// regular file, such as a pipe or a link, is written into; so is a file that cannot
// be replaced, in a directory that is not writable for one, and after an error that
// can be cut short.
func writeFile(name string, text []byte) error {
	info, err := os.Lstat(name)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && !info.Mode().IsRegular():
		return writeInto(name, text)
	}
	exists := err == nil
	err = replaceFile(name, info, text)
	if exists && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EBUSY)) {
		return writeInto(name, text)
	}
	return err
}

// writeInto writes into what has the name.
func writeInto(name string, text []byte) error {
	f, err := create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// replaceFile writes a new file and gives it the name. It has the mode and the owner
// of the old one, if info is of one.
func replaceFile(name string, info fs.FileInfo, text []byte) error {
	beside, err := writeBeside(name, info, text)
	if err != nil {
		return err
	}
	return rename(beside, name)
}

// writeBeside writes a new file to replace one, and returns its own name.
func writeBeside(name string, info fs.FileInfo, text []byte) (beside string, err error) {
	f, err := createBeside(name)
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err == nil && info != nil {
		err = chownLike(f, info)
	}
	if err == nil && info != nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", about(name, err)
	}
	return f.Name(), nil
}

// rename gives what was written beside a file its name.
func rename(beside, name string) error {
	err := os.Rename(beside, name)
	if err != nil {
		os.Remove(beside)
		err = about(name, err)
	}
	return err
}

// create creates a file, or opens what is there: a FIFO only if it has a reader.
func create(name string) (*os.File, error) {
	if name == "" {
		return nil, errors.New("the output has an empty name (- is standard output)")
	}
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|nonblock, 0o666)
}

// createBeside creates a file in the directory of the one that it is to replace. Its
// own name is short: that of the other may be as long as names can be.
func createBeside(name string) (*os.File, error) {
	if name == "" {
		return create(name)
	}
	for i := 0; ; i++ {
		beside := filepath.Join(filepath.Dir(name), fmt.Sprintf(".seccompile-%d-%d", os.Getpid(), i))
		f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, fs.ErrExist) || i > 100 {
			return nil, about(name, err)
		}
	}
}

// about is an error about the file that was to be written, without the name of
// the one that was to replace it.
func about(name string, err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return &fs.PathError{Op: path.Op, Path: name, Err: path.Err}
	case errors.As(err, &link):
		return &fs.PathError{Op: link.Op, Path: name, Err: link.Err}
	}
	return err
}
