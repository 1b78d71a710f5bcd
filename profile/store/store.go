// Package store finds the profile that a choice requests in a directory of named
// profiles. A Mesos agent (--seccomp_config_dir) and a kubelet (the directory seccomp
// under its root) have such a directory.
//
//	s, err := store.Open("/etc/mesos/seccomp", store.Options{Default: "default.json"})
//	c, err := choice.ParseSeccompInfo(text, "info.json")
//	p, err := s.Profile(c)
//	if errors.Is(err, store.ErrUnconfined) {
//		// start the container without a filter
//	}
//
// A [Store] reads a profile every time it is requested. New profiles in the directory are
// available at once, and so are changes. A fault in the default profile is an error of
// [Open], so that an agent does not start. A fault in any other profile is an error only
// for containers that request it.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/internal/textfile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/choice"
)

// ErrUnconfined is wrapped by the error of [Store.Profile] if the container is to run
// without a filter. It is an error so that callers cannot mistake a missing profile for
// this case.
var ErrUnconfined = errors.New("no filter is to be installed")

// Options control how a Store reads profiles. The zero value is suitable for a Mesos
// agent without a default profile.
type Options struct {
	Default string               // the name of the profile for containers without a setting; "" means unconfined
	Parse   profile.ParseOptions // Dialect Auto means Mesos; File is ignored, since positions have the path of the profile
}

// A Store is a directory of named profiles, with one of them as the default. A nil Store
// and the zero value have no directory and no default. A Store is safe for concurrent
// use.
type Store struct {
	dir  string
	root *os.Root // keeps names and symbolic links, which must be relative, inside
	o    Options
}

// Open opens the directory and reads its default profile, if there is one. An unusable
// default is an error.
func Open(dir string, o Options) (*Store, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	if o.Parse.Dialect == profile.Auto {
		o.Parse.Dialect = profile.Mesos
	}
	s := &Store{dir, root, o}
	if o.Default != "" {
		if _, err := s.byDefault(); err != nil {
			root.Close()
			return nil, err
		}
	}
	return s, nil
}

// openRoot opens a directory, and nothing else: open(2) of a FIFO would wait, and
// that of a device may do anything. The separator at the end makes the name one of a
// directory.
func openRoot(dir string) (*os.Root, error) {
	if dir == "" {
		return nil, errors.New("the directory of profiles has an empty name (name a directory)")
	}
	root, err := os.OpenRoot(dir + string(filepath.Separator))
	var path *fs.PathError
	if errors.As(err, &path) {
		err = &fs.PathError{Op: path.Op, Path: dir, Err: path.Err}
	}
	return root, err
}

// Close closes the directory.
func (s *Store) Close() error {
	if s == nil || s.root == nil {
		return nil
	}
	return s.root.Close()
}

// Profile returns the profile that c requests. Without an error, it is not nil. The error
// wraps [ErrUnconfined] if the container is to run without a filter, fs.ErrNotExist if
// the directory has no such profile, and [*profile.Error] for faults of its text. For
// choice.Builtin, Profile returns [profile.Default]. A choice.File is an error: the
// caller must read the file. A choice that choice.Choice.Check refuses is an error, which
// does not wrap ErrUnconfined.
func (s *Store) Profile(c choice.Choice) (*profile.Profile, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	switch c.Kind {
	case choice.Unsaid:
		if s == nil || s.o.Default == "" {
			return nil, fmt.Errorf("no setting or default chooses a profile: %w", ErrUnconfined)
		}
		return s.byDefault()
	case choice.Unconfined:
		return nil, fmt.Errorf("%v: %w", c, ErrUnconfined)
	case choice.Builtin:
		return profile.Default(), nil
	case choice.Named:
		if s == nil || s.root == nil {
			return nil, fmt.Errorf("%v: there is no directory of profiles (give one)", c)
		}
		return s.read(c.String(), c.Name)
	}
	return nil, fmt.Errorf("%v: a store has named profiles (read the file and use profile.Parse)", c)
}

// Names returns the names of the directory's regular files, sorted. It includes symbolic
// links to regular files. It does not check whether the files are profiles;
// [Store.Profile] does.
func (s *Store) Names() ([]string, error) {
	if s == nil || s.root == nil {
		return nil, nil
	}
	return s.names(math.MaxInt)
}

// names returns the names among the first entries of the directory.
func (s *Store) names(entries int) ([]string, error) {
	var names []string
	err := fs.WalkDir(s.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entries--; entries < 0 {
			return fs.SkipAll
		}
		regular := d.Type().IsRegular()
		if d.Type()&fs.ModeSymlink != 0 {
			info, err := s.root.Stat(name)
			regular = err == nil && info.Mode().IsRegular()
		}
		if regular && choice.CheckName(name) == nil {
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

func (s *Store) byDefault() (*profile.Profile, error) {
	return s.read(fmt.Sprintf("default profile %q", s.o.Default), s.o.Default)
}

// read reads the profile of that name. Errors other than faults of its text,
// which have their places, start with who asks.
func (s *Store) read(who, name string) (*profile.Profile, error) {
	text, file, err := s.Text(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", who, err)
	}
	o := s.o.Parse
	o.File = file
	return profile.Parse(text, o)
}

// Text returns the text of the file of that name, for example for [profile.ParseEntries],
// and its path for positions. The error wraps fs.ErrNotExist if the directory has no such
// file.
func (s *Store) Text(name string) (text []byte, file string, err error) {
	if s == nil || s.root == nil {
		return nil, "", errors.New("there is no directory of profiles (give one)")
	}
	if err := choice.CheckName(name); err != nil {
		return nil, "", err
	}
	file = filepath.Join(s.dir, filepath.FromSlash(name))
	text, err = textfile.ReadFile(s.root, name, profile.MaxText)
	if err != nil {
		var path *fs.PathError // of the name inside the directory
		if errors.As(err, &path) {
			err = path.Err
		}
		hint := ""
		if errors.Is(err, fs.ErrNotExist) {
			hint = s.hint(name)
		}
		return nil, file, fmt.Errorf("%s: %w%s", file, err, hint)
	}
	return text, file, nil
}

// ReadFile reads a text for package choice or profile. Unlike os.ReadFile it neither waits nor
// reads without a limit: what is not a regular file, or has more than profile.MaxText bytes,
// is an error.
func ReadFile(name string) ([]byte, error) {
	text, err := textfile.ReadFile(textfile.Anywhere, name, profile.MaxText)
	if path := (*fs.PathError)(nil); err != nil && !errors.As(err, &path) {
		err = &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return text, err
}

// hint names what may have been meant by a name that is not there. It does not
// look far: the directory may be a wrong one, such as /.
func (s *Store) hint(name string) string {
	names, err := s.names(1000)
	if err != nil || len(names) == 0 {
		return ""
	}
	for _, n := range names { // of another directory
		if filepath.Base(n) == filepath.Base(name) && n != name {
			return " (did you mean " + n + "?)"
		}
	}
	some := strings.Join(names[:min(3, len(names))], ", ")
	if len(names) > 3 {
		some += ", ..."
	}
	return spell.HintOr(name, slices.Values(names), some)
}
