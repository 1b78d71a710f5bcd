// Package cache keeps compiled filters in a directory.
//
//	c := cache.Dir{Path: "/var/cache/agent"}
//	p, err := c.Program(res, compile.Options{})
//	listener, err := install.Start(p.Insns(), p.Options(), cmd)
//
// Files are named by the fingerprints of policies. Profiles that mean the same share one
// file, however they are worded.
//
// The directory is not trusted. A filter that was read is proved to answer every call as
// the policy does, as a compiled one is, and replaced if it does not. So the worst that
// the directory can do is to cost time, and, by a filter that is longer than it need be, some
// of the room that a task has for filters of its own ([install.MaxPath]).
package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/internal/textfile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// A Dir is a directory of compiled filters. The zero value keeps none. Files are added and
// replaced, but not removed; the owner of the directory may remove any of them at any
// time. A Dir may be used by several goroutines and processes at once.
type Dir struct {
	// Path is the directory, which must exist. "" means that no filter is kept.
	Path string

	// Failed is called with the reason if a filter cannot be written, unless it is nil.
	// The result of Program does not depend on this.
	Failed func(error)
}

// Program returns what a process needs to install the policy of a Resolution: a filter, or
// several if one would be too long, and their flags. It is read from the directory, where it
// may have been compiled with other Options, or compiled with o and written there. Errors
// are those of [compile.SplitResolution].
func (d Dir) Program(res *profile.Resolution, o compile.Options) (*install.Program, error) {
	if d.Path == "" {
		return compiled(res, o)
	}
	root, name, kept := d.file(res)
	if kept == nil {
		defer root.Close()
		if p := read(root, name, res.Policy()); p != nil {
			return p, nil
		}
	}
	p, err := compiled(res, o)
	if err != nil {
		return nil, err
	}
	if kept == nil {
		kept = write(root, name, p)
	}
	if kept != nil && d.Failed != nil {
		d.Failed(fmt.Errorf("%s does not keep the filter: %w", d.Path, kept))
	}
	return p, nil
}

// file returns the directory and the name of the file for a policy. A fingerprint can be
// beyond the budget of compile.
func (d Dir) file(res *profile.Resolution) (root *os.Root, name string, err error) {
	pol := res.Policy()
	sum, err := compile.Fingerprint(pol)
	if err != nil {
		return nil, "", err
	}
	root, err = openRoot(d.Path)
	return root, fmt.Sprintf("%x-%x.program", sum, flags(pol)), err
}

// openRoot opens a directory, and nothing else: the separator makes the name one of a
// directory, so that the open of a FIFO does not wait.
func openRoot(dir string) (*os.Root, error) {
	return os.OpenRoot(dir + string(filepath.Separator))
}

func compiled(res *profile.Resolution, o compile.Options) (*install.Program, error) {
	s, err := compile.SplitResolution(res, o)
	if err != nil {
		return nil, err
	}
	return install.NewProgram(s.Insns(), s.Flags(), s.Before()...), nil
}

// flags returns those of a policy as seccomp(2) takes them.
func flags(pol *policy.Policy) (all uint) {
	for _, f := range pol.Flags {
		all |= uint(f)
	}
	return all
}

// fileMost is more than the longest list of filters of a thread takes as bytes, whose
// instructions have eight each.
const fileMost = 8*install.MaxPath + 1<<16

// read returns the program of a file if that installs the policy, else nil.
func read(root *os.Root, name string, pol *policy.Policy) *install.Program {
	text, err := textfile.ReadFile(root, name, fileMost)
	p := new(install.Program)
	if err != nil || p.UnmarshalBinary(text) != nil || p.Options().Flags != flags(pol) {
		return nil
	}
	s, err := load(p, pol.Arches[0].Arch)
	if err != nil || compile.Verify(s, pol) != nil {
		return nil
	}
	return p
}

// load returns the filters of a program.
func load(p *install.Program, a arch.Arch) (*compile.Stack, error) {
	var list []*compile.Filter
	for _, insns := range append(p.Options().Before, p.Insns()) {
		f, err := compile.Load(insns, a)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return compile.NewStack(list...)
}

// write replaces a file, or leaves it as it is. Another process that writes the same file
// meanwhile is not an error. What is left of a write that was killed is replaced by the
// next one.
func write(root *os.Root, name string, p *install.Program) error {
	text, err := p.MarshalBinary()
	if err != nil {
		return err
	}
	part := name + ".part"
	if err := root.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, root.Remove(part))
	}
	err = root.Rename(part, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return errors.Join(err, root.Remove(part))
	}
	return nil
}
