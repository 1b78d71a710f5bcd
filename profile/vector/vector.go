// Package vector reads vector files: calls and the actions that they should get, the
// unit tests of a profile.
//
//	f, err := vector.Parse("web.txt", text)
//	target, err := f.Settings.Target()
//	res, err := prof.Resolve(target)
//	for _, v := range f.Vectors {
//		got, _ := res.Policy().Decide(v.Call)
//		if v.Judged && got != v.Want {
//			t.Errorf("%s = %s, want %s", v.Text, got, v.Want)
//		}
//	}
//
// A file is for one profile and target. Lines before the first vector set them, in
// the words of [Settings]:
//
//	# The web server.
//	arch x86_64
//	kernel 6.1
//
//	x86_64 openat(-100, 0, 2) = ALLOW
//	x86_64 socket(40, 1, 0) = ERRNO(1)
//
// testdata/README.md of this project has the grammar.
package vector

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A File is a vector file.
type File struct {
	Settings Settings
	Vectors  []Vector
}

// A Vector is a call and the action that it should get.
type Vector struct {
	Line int
	Call syscalls.Call
	Text string        // the call as written
	Want policy.Action // if Judged
	// Judged is false for a line that has a call alone.
	Judged bool
}

// Settings name a profile and a target in words, as the lines before the first
// vector and the flags of the command do. The empty string means that a setting is
// not there.
type Settings struct {
	Profile string // "default", or a file
	Dialect string // what profile.ParseDialect takes
	Arch    string // what arch.Parse takes
	Caps    string // what profile.ParseCaps takes
	Kernel  string // what syscalls.ParseVersion takes
	Compat  string // what profile.ParseCompat takes
	Enosys  string // what profile.ParseEnosys takes
}

// field returns the setting of that key, nil if there is none.
func (s *Settings) field(key string) *string {
	switch key {
	case "profile":
		return &s.Profile
	case "dialect":
		return &s.Dialect
	case "arch":
		return &s.Arch
	case "caps":
		return &s.Caps
	case "kernel":
		return &s.Kernel
	case "compat":
		return &s.Compat
	case "enosys":
		return &s.Enosys
	}
	return nil
}

// keys are the names of the settings.
var keys = [...]string{"profile", "dialect", "arch", "caps", "kernel", "compat", "enosys"}

// Over returns s with what is not set taken from base.
func (s Settings) Over(base Settings) Settings {
	for _, k := range keys {
		if f := s.field(k); *f == "" {
			*f = *base.field(k)
		}
	}
	return s
}

// ParseDialect returns the dialect that the settings name, profile.Auto if it is
// not set.
func (s Settings) ParseDialect() (profile.Dialect, error) {
	if s.Dialect == "" {
		return profile.Auto, nil
	}
	return profile.ParseDialect(s.Dialect)
}

// Target returns the target that the settings name. Without an arch it is this
// machine, by profile.Host; with one nothing is taken from the machine. Caps are
// Docker's if they are not set.
func (s Settings) Target() (profile.Target, error) {
	var t profile.Target
	var err error
	if s.Arch == "" {
		if t, err = profile.Host(); err != nil {
			return t, err
		}
	} else if t.Arch, err = arch.Parse(s.Arch); err != nil {
		return t, err
	}
	if s.Caps == "" {
		s.Caps = "docker"
	}
	if t.Caps, err = profile.ParseCaps(s.Caps); err != nil {
		return t, err
	}
	if s.Kernel != "" {
		if t.Kernel, err = syscalls.ParseVersion(s.Kernel); err != nil {
			return t, err
		}
	}
	if s.Compat != "" {
		if t.Compat, err = profile.ParseCompat(s.Compat); err != nil {
			return t, err
		}
	}
	if s.Enosys != "" {
		if t.Enosys, err = profile.ParseEnosys(s.Enosys); err != nil {
			return t, err
		}
	}
	return t, nil
}

// check faults a setting that Target or the reader of the profile would.
func check(key, value string) (err error) {
	switch key {
	case "profile":
		if value == "-" {
			err = errors.New("a vector file's profile cannot be standard input (name a file)")
		}
	case "arch":
		_, err = arch.Parse(value)
	case "caps":
		_, err = profile.ParseCaps(value)
	case "kernel":
		_, err = syscalls.ParseVersion(value)
	case "compat":
		_, err = profile.ParseCompat(value)
	case "enosys":
		_, err = profile.ParseEnosys(value)
	}
	return err
}

// Parse reads a vector file. Its faults are joined, each "NAME:LINE: what".
func Parse(name string, text []byte) (*File, error) {
	f := new(File)
	var errs []error
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if err := f.line(n, line); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", name, n, err))
		}
	}
	if err := lines.Err(); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", name, err))
	}
	return f, errors.Join(errs...)
}

func (f *File) line(n int, line string) error {
	if words := strings.Fields(line); !strings.Contains(line, "(") {
		key, value := words[0], strings.Join(words[1:], " ")
		if field := f.Settings.field(key); field != nil {
			if value == "" {
				return fmt.Errorf("setting %s without a value", key)
			}
			if len(f.Vectors) > 0 {
				return fmt.Errorf("setting %s after a vector (settings come first)", key)
			}
			if *field != "" {
				return fmt.Errorf("setting %s twice", key)
			}
			*field = value
			return check(key, value)
		}
	}
	call, want, judged := strings.Cut(line, "=")
	v := Vector{Line: n, Text: strings.TrimSpace(call), Judged: judged}
	var err error
	if v.Call, err = syscalls.ParseCall(v.Text); err != nil {
		return err
	}
	if judged {
		if v.Want, err = policy.ParseAction(strings.TrimSpace(want)); err != nil {
			return err
		}
	}
	f.Vectors = append(f.Vectors, v)
	return nil
}
