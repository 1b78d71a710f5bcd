//go:build seccomp

package main

import (
	"encoding/json"

	moby "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
)

// textJobs are the ways of Docker's profile from its text on, for x86_64, x86 and
// x32, and their parts.
func textJobs() ([]job, error) {
	text, t := profile.DefaultText(), target(arch.X86_64)
	spec := &specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: t.Caps}}}
	prof, err := profile.Parse(text, profile.ParseOptions{})
	if err != nil {
		return nil, err
	}
	pol, err := prof.Resolve(t)
	if err != nil {
		return nil, err
	}
	section, err := moby.LoadProfile(string(text), spec)
	if err != nil {
		return nil, err
	}
	program := func(o compile.Options) func() error {
		return func() error {
			_, err := compile.JSON(text, t, o)
			return err
		}
	}
	return []job{
		{"seccompile: text to proved program", program(compile.Options{})},
		{"seccompile: the same without the proof", program(compile.Options{NoVerify: true})},
		{"seccompile: text to policy", func() error {
			p, err := profile.Parse(text, profile.ParseOptions{})
			if err == nil {
				_, err = p.Resolve(t)
			}
			return err
		}},
		{"encoding/json: text to structs of Go", func() error {
			return json.Unmarshal(text, new(moby.Seccomp))
		}},
		{"moby: text to section", func() error {
			_, err := moby.LoadProfile(string(text), spec)
			return err
		}},
		{"moby and runc: text to program", func() error {
			s, err := moby.LoadProfile(string(text), spec)
			if err == nil {
				_, err = compileRunc(s, t.Arch)
			}
			return err
		}},
		{"seccompile: policy to program without the proof", func() error {
			_, err := compile.Resolution(pol, compile.Options{NoVerify: true})
			return err
		}},
		{"libseccomp, optimize 2: section to program", func() error {
			_, err := compileTree(section, t.Arch)
			return err
		}},
	}, nil
}

// sectionJobs are the compilers that can do the work, each from the text of the
// section to the program.
func sectionJobs(w work) []job {
	var list []job
	for _, c := range compilers {
		if c.takes(w) {
			list = append(list, job{c.name, func() error {
				_, err := c.compile(w.section, w.native)
				return err
			}})
		}
	}
	return list
}
