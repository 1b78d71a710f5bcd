package profile

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/arch"
)

// A Dialect is a family of profile texts.
type Dialect uint8

const (
	Auto       Dialect = iota // by the text: OCI for a whole config.json, Containers by its errno keys, else Docker
	Docker                    // Docker's current format and the one before 1.13, of which OCI's section is a part
	OCI                       // linux.seccomp of a config.json, or that section alone: no archMap, includes, excludes or name
	Containers                // Podman's, Buildah's and CRI-O's (containers/common): Docker's with errnos by name and without minKernel
	Mesos                     // what a Mesos agent takes: fewer names, more fields that must be there, EPERM as the only errno
)

// A dialectRow is what tells a dialect from the others: the keys that it knows,
// in each object.
type dialectRow struct {
	name                            string
	top, archMap, entry, arg, guard []string
}

var (
	argKeys     = []string{"index", "value", "valueTwo", "op"}
	archMapKeys = []string{"architecture", "subArchitectures"}
)

var dialects = [...]dialectRow{
	Auto: {name: "auto"},
	Docker: {"docker",
		[]string{"defaultAction", "defaultErrnoRet", "architectures", "archMap", "flags", "listenerPath", "listenerMetadata", "syscalls"},
		archMapKeys,
		[]string{"names", "name", "action", "errnoRet", "args", "comment", "includes", "excludes"},
		argKeys,
		[]string{"caps", "arches", "minKernel"}},
	OCI: {"oci",
		[]string{"defaultAction", "defaultErrnoRet", "architectures", "flags", "listenerPath", "listenerMetadata", "syscalls"},
		nil,
		[]string{"names", "action", "errnoRet", "args"},
		argKeys,
		nil},
	Containers: {"containers",
		[]string{"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags", "listenerPath", "listenerMetadata", "syscalls"},
		archMapKeys,
		[]string{"names", "name", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes"},
		argKeys,
		[]string{"caps", "arches"}},
	Mesos: {"mesos",
		[]string{"defaultAction", "archMap", "syscalls"},
		archMapKeys,
		[]string{"names", "action", "args", "comment", "includes", "excludes"},
		argKeys,
		[]string{"caps", "arches"}},
}

// ParseDialect reads "auto", "docker", "oci", "containers" or "mesos".
func ParseDialect(s string) (Dialect, error) {
	for i, d := range dialects {
		if d.name == s {
			return Dialect(i), nil
		}
	}
	return 0, fmt.Errorf("unknown dialect %q (auto, docker, oci, containers or mesos)", s)
}

// String returns "auto", "docker", "oci", "containers" or "mesos".
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

// foreign reports whether some other dialect knows the key, and what it does to
// the policy that this one does not.
func foreign(key string) (effect Effect, ok bool) {
	switch key {
	case "comment", "errnoRet", "errno", "defaultErrnoRet", "defaultErrno", "flags", "listenerPath", "listenerMetadata":
		return Same, true // a refused call stays refused
	case "architectures", "archMap":
		return Stricter, true // calls of the ABIs get BadArch
	case "name", "includes", "excludes", "minKernel":
		return Weaker, true
	}
	return Same, false
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
