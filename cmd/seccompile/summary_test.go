package main

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// dependent returns the calls of a part of a policy whose answer depends on their arguments, by
// the numbers that its rules compare each argument with, and those beside them.
func dependent(pol *policy.Policy, part *policy.ArchPolicy) []string {
	list := []string{}
	for nr, name := range syscalls.All(part.Arch) {
		if main, _ := syscalls.Name(part.Arch, nr); main != name {
			continue // another name of the number
		}
		c := syscalls.Call{Audit: part.Arch.Audit(), Nr: nr}
		first, _ := pol.Decide(c)
		depends := false
		for _, r := range part.Rules {
			for _, cond := range r.Conds {
				for _, v := range []uint64{cond.Value - 1, cond.Value, cond.Value + 1, cond.Mask} {
					other := c
					other.Args[cond.Arg] = v
					action, _ := pol.Decide(other)
					depends = depends || action != first
				}
			}
		}
		if depends && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// TestSummary: the counts are those of the policy's answers, on every ABI.
func TestSummary(t *testing.T) {
	for a := range arch.All() {
		got := seccompile("", "summary", "--arch", a.String(), "--kernel", "6.1", "--json")
		if got.Status != exitOK || got.Err != "" {
			t.Fatalf("summary for %s: %s", a, got)
		}
		var sum jsonSummary
		if err := json.Unmarshal([]byte(got.Out), &sum); err != nil {
			t.Fatal(err)
		}
		caps, err := profile.ParseCaps("docker")
		if err != nil {
			t.Fatal(err)
		}
		res, err := profile.Default().Resolve(profile.Target{Arch: a, Caps: caps, Kernel: syscalls.Version{Major: 6, Minor: 1}})
		if err != nil {
			t.Fatal(err)
		}
		var abis []string
		for _, part := range res.Policy().Arches {
			abis = append(abis, part.Arch.String())
		}
		for i, x := range sum.ABIs {
			if x.ABI != abis[i] {
				t.Errorf("summary for %s: ABI %d is %s, want %s", a, i, x.ABI, abis[i])
			}
			b := res.Policy().Arches[i].Arch
			depends := dependent(res.Policy(), &res.Policy().Arches[i])
			if diff := cmp.Diff(depends, x.Depends); diff != "" || len(depends) < 2 {
				t.Errorf("summary for %s, calls of %s that depend on arguments (-want +got)\n%s", a, b, diff)
			}
			want, counts := map[string]int{}, map[string]int{}
			seen := map[string]bool{}
			for nr, name := range syscalls.All(b) {
				if main, _ := syscalls.Name(b, nr); main != name {
					continue // another name of the number
				}
				if slices.Contains(depends, name) || seen[name] {
					continue
				}
				seen[name] = true
				action, _ := res.Decide(syscalls.Call{Audit: b.Audit(), Nr: nr})
				want[action.String()]++
			}
			for _, c := range x.Actions {
				if c.Calls > 0 {
					counts[c.Action] += c.Calls
				}
			}
			if diff := cmp.Diff(want, counts); diff != "" {
				t.Errorf("summary for %s, calls of %s (-want +got)\n%s", a, b, diff)
			}
		}
		if len(sum.ABIs) != len(abis) {
			t.Errorf("summary for %s has %d ABIs, want %v", a, len(sum.ABIs), abis)
		}
	}
}
