package main

import (
	"encoding/json"
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/profile"
)

// section returns what an engine writes into a config.json: the profile of a text, in any
// format, as it applies to a container. The container's capabilities must be set before.
// The runtime is taken to be runc or another one with libseccomp. An empty list of flags,
// by which runc adds none, is an error: the struct would lose it in config.json.
func section(text []byte, file string, spec *specs.Spec, target profile.Target) (*specs.LinuxSeccomp, error) {
	p, err := profile.Parse(text, profile.ParseOptions{File: file})
	if err != nil {
		return nil, err
	}
	target.Compat, target.Caps = profile.CompatRunc, nil
	if spec.Process != nil && spec.Process.Capabilities != nil {
		target.Caps = spec.Process.Capabilities.Bounding
	}
	res, err := p.Resolve(target)
	if err != nil {
		return nil, err
	}
	if text, err = json.Marshal(res); err != nil {
		return nil, err
	}
	s := new(specs.LinuxSeccomp)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	if s.Flags != nil && len(s.Flags) == 0 {
		return nil, fmt.Errorf("%s: an empty list of flags, for which runc would read SECCOMP_FILTER_FLAG_SPEC_ALLOW (name a flag, such as SECCOMP_FILTER_FLAG_LOG, or write the section as text)", file)
	}
	return s, nil
}
