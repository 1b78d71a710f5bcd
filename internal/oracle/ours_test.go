package oracle

import (
	"encoding/json"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/profile"
)

// ours returns what we hand to a runtime.
func ours(p *profile.Profile, t profile.Target) (*specs.LinuxSeccomp, error) {
	pol, err := p.Resolve(t)
	if err != nil {
		return nil, err
	}
	text, err := pol.MarshalJSON()
	if err != nil {
		return nil, err
	}
	s := new(specs.LinuxSeccomp)
	return s, json.Unmarshal(text, s)
}
