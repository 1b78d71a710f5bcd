package profile

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A Dialect is a family of profile texts.
type Dialect uint8

const (
	Auto           Dialect = iota // by the text: OCI for a whole config.json, SeccompProfile for such a resource, Containers by its errno keys, else Docker
	Docker                        // Docker's current format and the one before 1.13, of which OCI's section is a part
	OCI                           // linux.seccomp of a config.json, or that section alone: no archMap, includes, excludes or name
	Containers                    // Podman's, Buildah's and CRI-O's (containers/common): Docker's with errnos by name and without minKernel
	Mesos                         // what a Mesos agent takes: fewer names, more fields that must be there, EPERM as the only errno
	SeccompProfile                // a custom resource of the Kubernetes security-profiles-operator, or its spec alone: OCI's keys and the name of a base
)

// A level is one of the kinds of objects that a profile consists of.
type level uint8

const (
	levelTop level = iota
	levelArchMap
	levelEntry
	levelArg
	levelGuard
)

// A dialectRow is what tells a dialect from the others: the keys that it knows,
// by level.
type dialectRow struct {
	name string
	keys [levelGuard + 1][]string
}

var (
	argKeys     = []string{"index", "value", "valueTwo", "op"}
	archMapKeys = []string{"architecture", "subArchitectures"}
)

var dialects = [...]dialectRow{
	Auto: {name: "auto"},
	Docker: {"docker", [...][]string{
		{"defaultAction", "defaultErrnoRet", "architectures", "archMap", "flags", "listenerPath", "listenerMetadata", "syscalls"},
		archMapKeys,
		{"names", "name", "action", "errnoRet", "args", "comment", "includes", "excludes"},
		argKeys,
		{"caps", "arches", "minKernel"}}},
	OCI: {"oci", [...][]string{
		{"defaultAction", "defaultErrnoRet", "architectures", "flags", "listenerPath", "listenerMetadata", "syscalls"},
		nil,
		{"names", "action", "errnoRet", "args"},
		argKeys,
		nil}},
	Containers: {"containers", [...][]string{
		{"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags", "listenerPath", "listenerMetadata", "syscalls"},
		archMapKeys,
		{"names", "name", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes"},
		argKeys,
		{"caps", "arches"}}},
	Mesos: {"mesos", [...][]string{
		{"defaultAction", "archMap", "syscalls"},
		archMapKeys,
		{"names", "action", "args", "comment", "includes", "excludes"},
		argKeys,
		{"caps", "arches"}}},
	SeccompProfile: {"seccompprofile", [...][]string{
		{"defaultAction", "architectures", "flags", "listenerPath", "listenerMetadata", "syscalls", "baseProfileName", "disabled"},
		nil,
		{"names", "action", "errnoRet", "args"},
		argKeys,
		nil}},
}

// dialectNames are the names of the dialects, for people.
const dialectNames = "auto, docker, oci, containers, mesos or seccompprofile"

// ParseDialect reads a name that String returns.
func ParseDialect(s string) (Dialect, error) {
	for i, d := range dialects {
		if d.name == s {
			return Dialect(i), nil
		}
	}
	return 0, fmt.Errorf("unknown dialect %q (%s)", s, dialectNames)
}

// String returns "auto", "docker", "oci", "containers", "mesos" or
// "seccompprofile".
func (d Dialect) String() string {
	if !d.valid() {
		return valueName("Dialect", int(d))
	}
	return dialects[d].name
}

// valid reports whether d is one of the constants.
func (d Dialect) valid() bool { return int(d) < len(dialects) }

// dialectOf returns the dialect of a profile that stands alone, by its keys.
// Nothing tells a profile for Mesos from one for Docker.
func dialectOf(v *value) Dialect {
	if keyed(v, "defaultErrno") != nil {
		return Containers
	}
	for _, m := range keyed(v, "syscalls") {
		for i := range m.value.elems() {
			if keyed(&m.value.elems()[i], "errno") != nil {
				return Containers
			}
		}
	}
	return Docker
}

// keyed returns the members of that key, in any capitals.
func keyed(v *value, key string) (list []member) {
	for _, m := range v.members() {
		if strings.EqualFold(m.key, key) {
			list = append(list, m)
		}
	}
	return list
}

// host returns the name that lists of arches have for an ABI, "" if none.
func (d Dialect) host(a arch.Arch) string {
	switch d {
	case Containers:
		return a.Containers()
	case Mesos:
		if mesosArch(a) {
			return a.Containers()
		}
		return ""
	}
	return a.Docker()
}
