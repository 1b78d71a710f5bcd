package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// An archive is an initramfs: cpio's "newc" format, uncompressed
// (Documentation/driver-api/early-userspace/buffer-format.rst).
type archive struct {
	w   io.Writer
	n   int
	err error
}

// add writes a file of the mode, as stat.st_mode has it, and for devices the number.
func (a *archive) add(name string, mode, major, minor uint32, data []byte) {
	if a.err != nil {
		return
	}
	a.n++
	head := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		a.n, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name)+1, 0, name)
	for _, part := range [][]byte{[]byte(head), data} {
		if _, a.err = a.w.Write(append(part[:len(part):len(part)], make([]byte, -len(part)&3)...)); a.err != nil {
			return
		}
	}
}

func (a *archive) dir(name string)                  { a.add(name, 0o040755, 0, 0, nil) }
func (a *archive) program(name string, data []byte) { a.add(name, 0o100755, 0, 0, data) }
func (a *archive) text(name string, data []byte)    { a.add(name, 0o100644, 0, 0, data) }
func (a *archive) link(name, target string)         { a.add(name, 0o120777, 0, 0, []byte(target)) }
func (a *archive) device(name string, at ...uint32) { a.add(name, 0o020600, at[0], at[1], nil) }

// tree adds the directory and what is below it as name.
func (a *archive) tree(name, dir string) error {
	return filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		to := filepath.Join(name, rel)
		switch {
		case to == ".":
		case d.IsDir():
			a.dir(to)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(p)
			if err != nil {
				return err
			}
			a.link(to, target)
		case d.Type().IsRegular():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			if info.Mode()&0o111 != 0 {
				a.program(to, data)
			} else {
				a.text(to, data)
			}
		}
		return a.err
	})
}

// end ends the archive.
func (a *archive) end() error {
	a.add("TRAILER!!!", 0, 0, 0, nil)
	return a.err
}
