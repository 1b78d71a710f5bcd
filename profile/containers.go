package profile

import (
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// containers is the dialect of Podman, Buildah and CRI-O (containers/common):
// Docker's with errnos by name and without minKernel.
type containers struct{ docker }

func (containers) name() string { return "containers" }

func (containers) keys(at level) []string { return containersKeys[at] }

var containersKeys = [...][]string{
	levelTop:     {"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "archMap", "flags", "listenerPath", "listenerMetadata", "syscalls"},
	levelArchMap: dockerKeys[levelArchMap],
	levelEntry:   {"names", "name", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes"},
	levelArg:     dockerKeys[levelArg],
	levelGuard:   {"caps", "arches"},
}

func (containers) host(a arch.Arch) string { return a.Containers() }

// is reports whether a text has an errno by name.
func (containers) is(v *jsonpos.Value) bool {
	if v.Named("defaultErrno") != nil {
		return true
	}
	for _, m := range v.Named("syscalls") {
		for i := range m.Value.Elems() {
			if m.Value.Elems()[i].Named("errno") != nil {
				return true
			}
		}
	}
	return false
}

// marshal gives the text the names of errnos that the profile has: names and
// numbers are both read.
func (containers) marshal(p *Profile, out *jsonProfile) {
	out.DefaultErrno = p.errno
	if p.errno != "" {
		out.DefaultErrnoRet = nil
	}
	for i := range p.entries {
		if name := p.entries[i].errno; name != "" {
			out.Syscalls[i].Errno, out.Syscalls[i].ErrnoRet = name, nil
		}
	}
}

// errnoOn returns an action with its errno, which has been given by name, as the
// ABI numbers it.
func errnoOn(a policy.Action, abi arch.Arch, name string) policy.Action {
	if n, ok := abi.Errno(name); ok {
		return a.Kind() | policy.Action(n)
	}
	return a
}

// on returns the profile with the errnos and constants that are given by name as an
// ABI numbers them.
func (p *Profile) on(abi arch.Arch) *Profile {
	named := func(e entry) bool { return e.errno != "" || e.symbolic() }
	if p.errno == "" && !slices.ContainsFunc(p.entries, named) {
		return p
	}
	q := *p
	q.def = errnoOn(p.def, abi, p.errno)
	q.entries = slices.Clone(p.entries)
	for i := range q.entries {
		e := &q.entries[i]
		e.Action = errnoOn(e.Action, abi, e.errno)
		*e, _ = e.on(abi)
	}
	return &q
}
