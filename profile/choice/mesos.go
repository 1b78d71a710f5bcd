package choice

import (
	"slices"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile"
)

// mesosSetting is the way to a SeccompInfo from a TaskInfo (container), a
// ContainerConfig (container_info), a ContainerInfo (linux_info) or a LinuxInfo
// (seccomp), as include/mesos/mesos.proto has them.
var mesosSetting = setting{
	place:  "linux_info.seccomp",
	keys:   []string{"container", "container_info", "linux_info", "seccomp", "profile_name", "unconfined"},
	others: []string{"container_id"},
	alone:  []string{"linux_info", "seccomp", "profile_name"},
}

// ParseSeccompInfo parses the profile that a Mesos task requests. The text is a
// SeccompInfo in JSON, or one of the messages that contain it, from a LinuxInfo up to a
// TaskInfo. Positions have the given file name.
//
//	{"profile_name": "web.json"}    Named
//	{"unconfined": true}            Unconfined, for every default of the agent
//	{"linux_info": {}}              Unsaid: the agent's default
//
// A name together with unconfined: true is an error, and so is a SeccompInfo with
// neither, as in Mesos (the linux/seccomp isolator).
func ParseSeccompInfo(in []byte, file string) (Choice, error) {
	return choose(in, file, func(r *reader, v *jsonpos.Value) Choice {
		if !r.Need(jsonpos.Object, v) {
			return Choice{}
		}
		around := mesosSetting.keys[:4]
		if slices.ContainsFunc(v.Members(), func(m jsonpos.Member) bool { return spell.Nearest(m.Key, slices.Values(around)) != "" }) {
			return r.mesos(v, around)
		}
		return r.seccomp(v, "profile_name")
	})
}

// mesos reads an object that has one of the keys, or none.
func (r *reader) mesos(v *jsonpos.Value, keys []string) (c Choice) {
	first := ""
	r.fields(&mesosSetting, v, keys, func(key string, v *jsonpos.Value) {
		switch {
		case v.Kind == jsonpos.Null:
			return
		case first != "":
			r.failf(profile.CodeTwoChoices, v, "both %s and %s (keep one of them)", key, first)
			return
		}
		first = key
		switch key {
		case "container", "container_info":
			c = r.mesos(v, []string{"linux_info"})
		case "linux_info":
			c = r.mesos(v, []string{"seccomp"})
		case "seccomp":
			c = r.seccomp(v, "profile_name")
		}
	})
	return c
}
