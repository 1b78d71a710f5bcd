package main

import (
	"encoding/json"
	"slices"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A jsonOlder is what a call gets on kernels before a release.
type jsonOlder struct {
	Before  string       `json:"before"`
	Answers []jsonAnswer `json:"answers"`
}

// An olderPolicy is the policy of the profile for kernels before a release.
type olderPolicy struct {
	before syscalls.Version
	policy *policy.Policy
}

// settleKernel sets the target's kernel where the flags name an ABI and no kernel: this
// machine's, if the ABI is, and otherwise, if the profile depends on it, the newest. What
// older ones get is in x.older then.
func (x *explainer) settleKernel() error {
	if !x.target.Kernel.IsZero() {
		return nil
	}
	if host, err := profile.Host(); err == nil && host.Arch == x.target.Arch {
		x.target.Kernel = host.Kernel
		return nil
	}
	releases, err := x.releases()
	if err != nil || len(releases) == 0 {
		return err
	}
	x.target.Kernel = syscalls.Newest()
	if last := releases[len(releases)-1]; last.Compare(x.target.Kernel) > 0 {
		x.target.Kernel = last
	}
	for i, v := range slices.Backward(releases) {
		t := x.target
		if t.Kernel = firstKernel; i > 0 {
			t.Kernel = releases[i-1]
		}
		res, err := x.profile.Resolve(t)
		if err != nil {
			return nil // kernels so old do not take the filter
		}
		x.older = append(x.older, olderPolicy{v, res.Policy()})
	}
	return nil
}

// firstKernel is the first that has filters (include/uapi/linux/seccomp.h).
var firstKernel = syscalls.Version{Major: 3, Minor: 5}

// releases returns the kernels on which entries of the profile depend, from old to new.
func (x *explainer) releases() (list []syscalls.Version, err error) {
	text, err := x.profile.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var whole any
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for key, e := range v {
				text, ok := e.(string)
				if version, err := syscalls.ParseVersion(text); ok && err == nil && key == "minKernel" && !slices.Contains(list, version) {
					list = append(list, version)
				}
				walk(e)
			}
		}
	}
	walk(whole)
	slices.SortFunc(list, syscalls.Version.Compare)
	if len(list) > maxReleases {
		return nil, nil // which Resolve refuses, and says why
	}
	return list, nil
}

// maxReleases is for how many kernels an answer is tried.
const maxReleases = 16

// olderAnswers returns what a query gets on older kernels, where that is something else.
func (x *explainer) olderAnswers(q query, list []answer) (out []jsonOlder) {
	a, _ := q.abi()
	for _, o := range x.older {
		before := answers(o.policy, q)
		if printed(before, a) != printed(list, a) {
			out = append(out, jsonOlder{o.before.String(), x.answersJSON(before, q)})
		}
		list = before
	}
	return out
}
