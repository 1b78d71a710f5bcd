package main

import (
	"bytes"
	"encoding/json"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// asProfile returns a policy as a profile for runc, proved to mean it.
func asProfile(pol *policy.Policy) ([]byte, error) {
	text, err := compile.Print(pol)
	if err != nil {
		return nil, err
	}
	return indented(text)
}

// section returns the section of a config.json for a resolution: its entries as written,
// unless runc would refuse less by them than the policy, and otherwise a profile that it
// reads as the policy. Who accepts a weaker one gets what is written.
func (o options) section(res *profile.Resolution) ([]byte, error) {
	text, err := res.MarshalJSON()
	switch {
	case err == nil:
		return indented(text)
	case o.weaker:
		return nil, err
	}
	return asProfile(res.Policy())
}

func indented(text []byte) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
