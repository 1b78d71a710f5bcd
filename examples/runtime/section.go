package main

import (
	"encoding/json"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/profile"
)

// section returns what an engine writes into a config.json: the profile of a text, in any
// format, as it applies to a container. The container's capabilities must be set before.
// The runtime is taken to be runc or another one with libseccomp.
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
	return s, json.Unmarshal(text, s)
}
