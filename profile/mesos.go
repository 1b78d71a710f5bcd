package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A Mesos agent compiles a whole profile, whatever its guards ask of the
// capabilities, to see whether it can, and refuses one that has an entry which
// libseccomp does not take. Entries for other ABIs it does not look at; here
// none is spared.

// mesosArch reports whether Mesos can resolve the ABI. It parses
// SCMP_ARCH_PPC64, too, and then refuses the profile
// (src/linux/seccomp/seccomp.cpp).
func mesosArch(a arch.Arch) bool {
	switch a {
	case arch.X86, arch.X86_64, arch.X32, arch.ARM, arch.AArch64, arch.MIPS, arch.MIPSEL, arch.MIPS64, arch.MIPSEL64,
		arch.MIPS64N32, arch.MIPSEL64N32, arch.PPC, arch.PPC64LE, arch.S390, arch.S390X:
		return true
	}
	return false
}

// mesosActions are the actions that Mesos knows, by name
// (include/mesos/seccomp/seccomp.proto).
var mesosActions = []string{"SCMP_ACT_KILL", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW"}

// mesosCap reports whether Mesos knows the capability: its list ends with
// CAP_AUDIT_READ, of Linux 3.16 (include/mesos/v1/mesos.proto, CapabilityInfo).
func mesosCap(name string) bool {
	i := slices.Index(capNames[:], name)
	return i >= 0 && i <= slices.Index(capNames[:], "CAP_AUDIT_READ")
}

// A field is a key that must be there, and its type; null will do for none but
// args, of which Mesos reads what it is only if it is an array.
type field struct {
	key  string
	kind kind
}

// The fields that Mesos demands (src/linux/seccomp/seccomp_parser.cpp), but for
// those that every dialect does.
var (
	demandedTop   = []field{{"archMap", array}, {"syscalls", array}}
	demandedEntry = []field{{"names", array}, {"args", array}, {"includes", object}, {"excludes", object}}
	demandedArg   = []field{{"index", number}, {"value", number}, {"valueTwo", number}}
)

// demand faults what Mesos does not find in an object: a field that is not
// there, or null.
func (r *reader) demand(v *value, fields []field) {
	if r.dialect != Mesos {
		return
	}
	for _, f := range fields {
		switch list := keyed(v, f.key); {
		case len(list) == 0:
			r.failf(CodeMissing, v, "no %s (Mesos demands it: write %s)", f.key, f.empty())
		case list[0].value.kind == null && f.key != "args":
			r.failf(CodeType, &list[0].value, "null where %s should be (Mesos demands it: write %s)", f.kind, f.empty())
		}
	}
}

// empty returns the field as it is written to say nothing.
func (f field) empty() string {
	return fmt.Sprintf("%q: %s", f.key, map[kind]string{array: "[]", object: "{}", number: "0"}[f.kind])
}

// mesosGuard faults names in a guard for which Mesos refuses a profile. It takes
// an unknown ABI's name behind the host's own; here none is.
func (r *reader) mesosGuard(v *value, g *Guard) {
	for _, c := range g.Caps {
		if !mesosCap(c) {
			r.failf(CodeUnknownCap, v, "Mesos does not know the capability %q%s", c, capHint(c))
		}
	}
	for _, a := range g.Arches {
		if !Mesos.hostName(a) {
			r.failf(CodeUnknownHost, v, "Mesos does not know the architecture %q%s", a, Mesos.hostHint(a))
		}
	}
}

// notePivotRoot notes a profile under which no container of a Mesos agent can
// start: its launcher changes the root by pivot_root, under the filter
// (src/linux/fs.cpp, chroot::enter).
func (r *resolver) notePivotRoot(pol *policy.Policy) {
	if r.profile.Dialect != Mesos {
		return
	}
	native := pol.Arches[0].Arch
	allows := func(name string) bool {
		nr, ok := syscalls.Number(native, name)
		action, _ := pol.Decide(syscalls.Call{Audit: native.Audit(), Nr: nr})
		return ok && !action.Stricter(policy.Log)
	}
	if allows("chroot") && !allows("pivot_root") {
		r.note(Note{Code: CodePivotRoot, Pos: r.profile.Pos, Path: r.profile.path,
			Text: "chroot is allowed and pivot_root is not, which a Mesos agent needs to start a container with a root of its own (allow both or neither)"})
	}
}

// checkMesos faults what makes Mesos refuse a profile for a host though the
// entries do not count together: it looks for contradictions before it knows
// the capabilities.
func (r *resolver) checkMesos() {
	if r.profile.Dialect != Mesos {
		return
	}
	all := newResolver(r.profile, r.target)
	all.abis = r.abis
	var entries []*Entry
	for i := range r.profile.Entries {
		e := &r.profile.Entries[i]
		includes, excludes := e.Includes, e.Excludes
		includes.Caps, excludes.Caps = nil, nil
		if all.excluded(&excludes) == "" && all.notIncluded(&includes) == "" {
			entries = append(entries, e)
		}
	}
	for _, a := range r.abis {
		all.arch(a, entries)
	}
	for _, err := range all.errs {
		known := slices.ContainsFunc(r.errs, func(e *Error) bool { return e.Code == err.Code && e.Path == err.Path })
		if err.Code == CodeContradiction && !known {
			r.fail(err.Code, err.Pos, err.Path, "%w, for which Mesos refuses the profile", err.Err)
		}
	}
}
