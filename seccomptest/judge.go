package seccomptest

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/textfile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/vector"
)

// judge runs a vector file. It returns the notes on the profile that are not harmless.
// The vectors of a file without faults are recorded.
func (o Options) judge(file string, cover *profile.Coverage) (notes []profile.Note, errs []error) {
	f, res, err := o.read(file)
	if err != nil {
		return nil, []error{err}
	}
	stack, err := compile.SplitResolution(res, compile.Options{})
	if err != nil {
		return nil, []error{err}
	}
	for _, n := range stack.Notes() {
		if !n.Harmless() {
			notes = append(notes, n)
		}
	}
	for _, v := range f.Vectors {
		err := v.Check(stack)
		if !v.Judged {
			err = fmt.Errorf("%s without an expected action (write one, such as = ALLOW)", v.Text)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, v.Line, err))
		}
		cover.Add(res, v.Call)
	}
	return notes, errs
}

// read reads a vector file and resolves its profile for its target.
func (o Options) read(file string) (*vector.File, *profile.Resolution, error) {
	text, err := readFile(file)
	if err != nil {
		return nil, nil, err
	}
	f, err := vector.Parse(file, text)
	if err != nil {
		return nil, nil, err
	}
	s := f.Settings.In(filepath.Dir(file))
	if s.Arch == "" {
		return nil, nil, fmt.Errorf("%s: no setting arch: the outcome would depend on the machine (write one, such as: arch x86_64)", file)
	}
	p := o.Profile
	switch {
	case p == nil && s.Profile == "":
		return nil, nil, fmt.Errorf("%s: no setting profile (write one, such as: profile web.json; or give Options a Profile)", file)
	case p != nil && s.Dialect != "":
		return nil, nil, fmt.Errorf("%s: setting dialect, and the test has a profile that has been read (delete the setting)", file)
	case p == nil:
		if p, err = readProfile(s); err != nil {
			return nil, nil, err
		}
	}
	target, err := s.Target()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	target.BadArch, target.AcceptWeaker = o.BadArch, o.AcceptWeaker
	res, err := p.Resolve(target)
	if fault := (*profile.Error)(nil); errors.As(err, &fault) && fault.Code == profile.CodeNoKernel {
		err = fmt.Errorf("%s: no setting kernel (write one, such as: kernel 6.1): %w", file, err)
	}
	return f, res, err
}

// readProfile reads the profile that settings name.
func readProfile(s vector.Settings) (*profile.Profile, error) {
	d, err := s.ParseDialect()
	if err != nil {
		return nil, err
	}
	name, text := "default.json", profile.DefaultText()
	if s.Profile != "default" {
		name = s.Profile
		if text, err = readFile(name); err != nil {
			return nil, err
		}
	}
	return profile.Parse(text, profile.ParseOptions{File: name, Dialect: d})
}

// readFile reads a file of at most profile.MaxText bytes. The error has its name.
func readFile(name string) ([]byte, error) {
	text, err := textfile.ReadFile(textfile.Anywhere, name, profile.MaxText)
	if path := (*fs.PathError)(nil); err != nil && !errors.As(err, &path) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	return text, err
}
