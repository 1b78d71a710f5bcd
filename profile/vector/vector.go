// Package vector reads vector files, which list calls and the actions that a profile
// should give them, one per line:
//
//	# Comments are whole lines.
//	profile web.json
//	arch x86_64
//	kernel 6.1
//
//	x86_64 openat(-100, 0, 0) = ALLOW
//	x86_64 socket(40, 1, 0) = ERRNO(1)
//
// Settings come first, one "key value" per line. They say which profile the file tests,
// and for which target; see [Settings]. Calls have the notation of [syscalls.ParseCall],
// and actions that of [policy.ParseAction].
//
// Package seccomptest runs vector files in go test, and the command "seccompile eval"
// runs them elsewhere.
package vector

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/spell"
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

// Settings name a profile and a target in words. Each has the name of its key, in lower
// case. An empty string means that the setting is missing.
type Settings struct {
	Profile string // "default", or a path, which is relative to the directory of the vector file
	Dialect string // for profile.ParseDialect, such as "mesos"; if it is missing, the keys of the profile decide
	Arch    string // for arch.Parse, such as "x86_64"
	Caps    string // for profile.ParseCaps, such as "none" or "CAP_BPF,CAP_SYSLOG"; "docker" if it is missing
	Kernel  string // for syscalls.ParseVersion, such as "6.1"
	Compat  string // for profile.ParseCompat: "kernel" or "runc"
	Enosys  string // for profile.ParseEnosys: "runc", "off" or "since=5.15"
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

// Over returns s, with settings that are missing taken from base.
func (s Settings) Over(base Settings) Settings {
	for _, k := range keys {
		if f := s.field(k); *f == "" {
			*f = *base.field(k)
		}
	}
	return s
}

// In returns s with a relative path in Profile joined to dir, the directory of the vector
// file.
func (s Settings) In(dir string) Settings {
	if s.Profile != "" && s.Profile != "default" && !filepath.IsAbs(s.Profile) {
		s.Profile = filepath.Join(dir, s.Profile)
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

// Target returns the target that the settings name. Without an arch it is this machine, by
// profile.Host. With an arch, nothing is taken from this machine. Caps are Docker's if they
// are not set.
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
	case "dialect":
		_, err = profile.ParseDialect(value)
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

// Limits of a file, which are far above what files have. A file has at most
// profile.MaxText bytes.
const (
	maxLine   = 64 << 10 // bytes of a line
	maxFaults = 100      // that Parse lists
)

// Parse reads the text of a vector file. The name is for positions. The error lists the
// faults, up to a hundred, as FILE:LINE:COLUMN: FAULT. A file without vectors is a fault,
// since it would test nothing.
func Parse(name string, text []byte) (*File, error) {
	if len(text) > profile.MaxText {
		return nil, fmt.Errorf("%s: more than %d bytes (is it the right file?)", name, profile.MaxText)
	}
	f := new(File)
	var errs []error
	pos := policy.Pos{File: name}
	for line := range strings.Lines(string(text)) {
		pos.Line++
		at, err := f.line(pos.Line, line)
		if err == nil {
			continue
		}
		if len(errs) == maxFaults {
			errs = append(errs, fmt.Errorf("%s: more faults, which are not listed", name))
			break
		}
		pos.Col = at + 1
		errs = append(errs, fmt.Errorf("%s: %w", pos, err))
	}
	if len(f.Vectors) == 0 && errs == nil {
		return nil, fmt.Errorf("%s: no vectors (write lines such as: x86_64 openat(-100, 0, 2) = ALLOW)", name)
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return f, nil
}

// line reads a line. Of a fault it returns the offset.
func (f *File) line(n int, line string) (at int, err error) {
	if len(line) > maxLine {
		return 0, fmt.Errorf("a line of more than %d bytes (is it the right file?)", maxLine)
	}
	line = strings.TrimRightFunc(line, unicode.IsSpace)
	start := skipSpace(line, 0)
	if start == len(line) || line[start] == '#' {
		return 0, nil
	}
	key := strings.Fields(line)[0]
	if field := f.Settings.field(key); field != nil {
		at = skipSpace(line, start+len(key))
		value := line[at:]
		switch {
		case value == "":
			return start, fmt.Errorf("setting %s without a value", key)
		case len(f.Vectors) > 0:
			return start, fmt.Errorf("setting %s after a vector (settings come first)", key)
		case *field != "":
			return start, fmt.Errorf("setting %s twice", key)
		}
		*field = value
		return at, check(key, value)
	}
	if _, err := arch.Parse(key); err != nil && !strings.ContainsAny(line, "(=") {
		return start, fmt.Errorf("unknown setting %q%s", key, spell.HintOr(key, slices.Values(keys[:]), strings.Join(keys[:], ", ")))
	}
	if at := strings.IndexByte(line, '#'); at >= 0 {
		return at, errors.New("a comment after a vector (write it on its own line)")
	}
	call, want, judged := strings.Cut(line, "=")
	v := Vector{Line: n, Text: strings.TrimSpace(call), Judged: judged}
	if v.Call, err = syscalls.ParseCall(v.Text); err != nil {
		var fault *syscalls.CallError
		if errors.As(err, &fault) {
			start += fault.Offset
		}
		return start, err
	}
	if judged {
		at = skipSpace(line, len(line)-len(want))
		if v.Want, err = policy.ParseAction(line[at:]); err != nil {
			return at, fmt.Errorf("%w%s", err, inNumbers(v.Call, line[at:]))
		}
	}
	f.Vectors = append(f.Vectors, v)
	return 0, nil
}

// inNumbers says how an action that has the name of an errno is written, "" if it is not
// such a one.
func inNumbers(c syscalls.Call, action string) string {
	a, known := c.Arch()
	kind, name, _ := strings.Cut(strings.TrimSuffix(action, ")"), "(")
	if n, ok := a.Errno(name); ok && known {
		return fmt.Sprintf(" (%s is %d on %s: write %s(%[2]d))", name, n, a, kind)
	}
	return ""
}

// skipSpace returns the offset of the first character of s from at on that is not space.
func skipSpace(s string, at int) int {
	return len(s) - len(strings.TrimLeftFunc(s[at:], unicode.IsSpace))
}
