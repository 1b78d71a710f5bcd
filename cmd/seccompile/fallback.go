package main

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// refusesSoftly reports whether all answers are ENOSYS.
func refusesSoftly(list []answer, a arch.Arch) bool {
	return !slices.ContainsFunc(list, func(x answer) bool { return x.action != policy.Errno(a.ENOSYS()) })
}

// wayToFallback returns the entry by which the query's call gets ENOSYS, so that programs make
// older calls, if they do and it gets something else.
func (x *explainer) wayToFallback(q query, place string) (list []way) {
	a, _ := q.abi()
	now := answers(x.policy, q)
	if !profile.FallsBack(q.name) || q.mux != "" || refusesSoftly(now, a) || slices.ContainsFunc(now, func(y answer) bool { return y.action.Passes() }) {
		return nil
	}
	entry := x.entry(q.name, fmt.Sprintf(`"SCMP_ACT_ERRNO", "errnoRet": %d`, a.ENOSYS()), "")
	if !x.changed(q, func(top map[string]any) { addEntry(top, entry) }, func(list []answer) bool { return refusesSoftly(list, a) }) {
		return nil
	}
	return []way{{"fallback", fmt.Sprintf("add %s, so that programs fall back to older calls:", place), entry}}
}

// A top is the call with the highest number that entries name on an ABI, and where: runc and this
// command answer ENOSYS to calls with higher ones. The name is "" if that is not the rule.
type top struct {
	name string
	nr   uint32
	at   policy.Pos
}

func (x *explainer) highest(a arch.Arch) (t top) {
	if t, known := x.tops[a]; known {
		return t
	}
	defer func() { x.tops[a] = t }()
	part := slices.IndexFunc(x.policy.Arches, func(p policy.ArchPolicy) bool { return p.Arch == a })
	if x.target.Enosys.Mode != profile.EnosysRunc || part < 0 || len(x.policy.Arches[part].Newer) == 0 {
		return top{}
	}
	lo, hi, special := a.Special()
	for _, call := range x.named {
		nr, has := syscalls.Number(a, call)
		if !has || special && lo <= nr && nr <= hi || t.name != "" && nr < t.nr {
			continue
		}
		mentions := x.res.Mentions(call)
		if i := slices.IndexFunc(mentions, func(m profile.Mention) bool { return m.Dropped == "" }); i >= 0 {
			t = top{call, nr, mentions[i].Pos}
		}
	}
	return t
}

// newness says which call of the profile decides whether the query's call counts as newer than
// the profile, "" if that is not what people ask of the call.
func (x *explainer) newness(q query, list []answer) string {
	a, known := q.abi()
	last := list[len(list)-1].reason
	if !known || q.mux != "" || last != reasonNewer && !(last == reasonDefault && profile.FallsBack(q.name)) {
		return ""
	}
	t := x.highest(a)
	switch {
	case t.name == "" || (last == reasonNewer) != (q.call.Nr > t.nr): // setup of s390 is newer, and 0
		return ""
	case last == reasonNewer:
		return fmt.Sprintf("ENOSYS because its number, %d, is above that of %s, %d, the highest that the profile names for %s (%s). runc does so since 1.0.0-rc93.", q.call.Nr, t.name, t.nr, a, t.at)
	}
	return fmt.Sprintf("Not ENOSYS, which calls newer than the profile get: its number, %d, is below that of %s, %d, which the profile names (%s).", q.call.Nr, t.name, t.nr, t.at)
}

// recentSince is from when on a call is newer than engines and libraries that are in use.
var recentSince = syscalls.Version{Major: 4, Minor: 11}

// olderEngine says why a call that is newer than an engine gets EPERM, although a profile of today
// allows it or answers ENOSYS: runc leaves out names that libseccomp does not know, and its rule
// for ENOSYS came with 1.0.0-rc93.
func olderEngine(call string, since syscalls.Version) string {
	return fmt.Sprintf("%s was added in Linux %s. Most often the container's engine, its profile or its libseccomp is older: it drops the name, and the default action answers EPERM. Update libseccomp and the engine.", call, since)
}
