package profile

import (
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/calls"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// mesos is the dialect that a Mesos agent takes: fewer names, more fields that must
// be there, and EPERM as the only errno.
type mesos struct{ docker }

func (mesos) name() string { return "mesos" }

func (mesos) keys(at level) []string { return mesosKeys[at] }

var mesosKeys = [...][]string{
	levelTop:     {"defaultAction", "archMap", "syscalls"},
	levelArchMap: dockerKeys[levelArchMap],
	levelEntry:   {"names", "action", "args", "comment", "includes", "excludes"},
	levelArg:     dockerKeys[levelArg],
	levelGuard:   {"caps", "arches"},
}

func (mesos) noFlags() bool          { return true }
func (mesos) emptyArchesNever() bool { return true }

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

func (mesos) arch(a arch.Arch) error {
	if !mesosArch(a) {
		return fmt.Errorf("architecture %q is unknown to Mesos (leave it out)", a.SCMP())
	}
	return nil
}

// host returns the name of an ABI in lists of arches, "" if it has none.
func (mesos) host(a arch.Arch) string {
	if mesosArch(a) {
		return a.Containers()
	}
	return ""
}

func (mesos) action(scmp string) error {
	if slices.Contains(mesosActions, scmp) {
		return nil
	}
	return fmt.Errorf("action %q is unknown to Mesos%s", scmp, spell.HintOr(scmp, slices.Values(mesosActions), "SCMP_ACT_KILL, SCMP_ACT_ERRNO, ..."))
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
	kind jsonpos.Kind
}

// mesosDemands are the fields that Mesos demands (src/linux/seccomp/seccomp_parser.cpp),
// but for those that every dialect does.
var mesosDemands = [...][]field{
	levelTop:   {{"archMap", jsonpos.Array}, {"syscalls", jsonpos.Array}},
	levelEntry: {{"names", jsonpos.Array}, {"args", jsonpos.Array}, {"includes", jsonpos.Object}, {"excludes", jsonpos.Object}},
	levelArg:   {{"index", jsonpos.Number}, {"value", jsonpos.Number}, {"valueTwo", jsonpos.Number}},
}

// object faults what Mesos does not find in an object: a field that is not
// there, or null, and the name of a call.
func (mesos) object(r *reader, at level, v *jsonpos.Value) {
	for _, f := range mesosDemands[at] {
		switch list := v.Named(f.key); {
		case len(list) == 0:
			r.failf(CodeMissing, v, "no %s (Mesos requires it: write %s)", f.key, f.empty())
		case list[0].Value.Kind == jsonpos.Null && f.key != "args":
			r.failf(CodeType, &list[0].Value, "null where %s should be (Mesos requires it: write %s)", f.kind, f.empty())
		case at == levelEntry && f.key == "names" && list[0].Value.Kind == jsonpos.Array && len(list[0].Value.Elems()) == 0:
			r.failf(CodeMissing, &list[0].Value, "no names (Mesos requires at least one)")
		}
	}
}

// empty returns the field as it is written to say nothing.
func (f field) empty() string {
	return fmt.Sprintf("%q: %s", f.key, map[jsonpos.Kind]string{jsonpos.Array: "[]", jsonpos.Object: "{}", jsonpos.Number: "0"}[f.kind])
}

// guard faults names in a guard for which Mesos refuses a profile. It accepts
// an unknown ABI after the host's own; here every unknown one is a fault.
func (mesos) guard(r *reader, v *jsonpos.Value, g *guard) {
	for _, c := range g.Caps {
		if !mesosCap(c) {
			r.failf(CodeUnknownCap, v, "capability %q is unknown to Mesos%s", c, capHint(c))
		}
	}
	for _, a := range g.Arches {
		if !hostName(mesos{}, a) {
			r.failf(CodeUnknownHost, v, "architecture %q is unknown to Mesos%s", a, hostHint(mesos{}, a))
		}
	}
}

func (mesos) entry(r *reader, v *jsonpos.Value, p *Profile, e *entry) {
	if e.Action == p.def {
		r.failf(CodeSaysDefault, v, "the entry's action is the default, and Mesos refuses such a profile (delete the entry)")
	}
}

func (mesos) call(r *reader, v *jsonpos.Value, id calls.ID) {
	if id == 0 {
		r.failf(CodeUnknownCall, v, "unknown system call %q%s, and Mesos refuses such a profile", v.Text, callHint(v.Text))
	}
}

func (mesos) cond(r *reader, v *jsonpos.Value, e *entry, c cond) {
	if c.value != "" || c.mask != "" {
		r.failf(CodeType, v, "a name of a constant, and Mesos refuses such a profile (write its number)")
	}
	if slices.ContainsFunc(e.Conds, func(o cond) bool { return o.Arg == c.Arg }) {
		r.failf(CodeSameArg, v, "a second condition on argument %d, and Mesos refuses such a profile (write an entry for each)", c.Arg)
	}
}

// archMap demands the list of an item for the native ABI; all such items count.
func (mesos) archMap(r *resolver, m *archMapItem) (more bool) {
	if !m.subsGiven {
		r.fail(CodeMissing, m.Pos, m.path, "no subArchitectures for %s (Mesos requires it: write \"subArchitectures\": [])", m.Arch)
	}
	return true
}

func (mesos) resolve(r *resolver, pol *policy.Policy) {
	r.checkMesos()
	r.notePivotRoot(pol)
}

// marshal gives the text the fields that Mesos demands, and the names that it
// knows.
func (mesos) marshal(_ *Profile, out *jsonProfile) {
	if out.ArchMap == nil {
		out.ArchMap = []jsonArchMap{}
	}
	out.DefaultAction, out.DefaultErrnoRet, out.Flags = actionOfMesos(out.DefaultAction), nil, nil
	for i := range out.Syscalls {
		e := &out.Syscalls[i]
		e.Action, e.ErrnoRet = actionOfMesos(e.Action), nil
		if e.Args == nil {
			e.Args = []jsonArg{}
		}
		for j := range e.Args {
			if e.Args[j].ValueTwo == nil {
				e.Args[j].ValueTwo = new(uint64)
			}
		}
		if e.Includes == nil {
			e.Includes = &jsonGuard{}
		}
		if e.Excludes == nil {
			e.Excludes = &jsonGuard{}
		}
	}
}

// actionOfMesos returns Mesos' name of an action.
func actionOfMesos(scmp string) string {
	if scmp == "SCMP_ACT_KILL_THREAD" {
		return "SCMP_ACT_KILL"
	}
	return scmp
}

// notePivotRoot notes a profile under which no container of a Mesos agent can
// start: its launcher changes the root by pivot_root, under the filter
// (src/linux/fs.cpp, chroot::enter).
func (r *resolver) notePivotRoot(pol *policy.Policy) {
	native := pol.Arches[0].Arch
	allows := func(name string) bool {
		nr, ok := syscalls.Number(native, name)
		action, _ := pol.Decide(syscalls.Call{Audit: native.Audit(), Nr: nr})
		return ok && !action.Stricter(policy.Log)
	}
	if allows("chroot") && !allows("pivot_root") {
		r.note(Note{Code: CodePivotRoot, Pos: r.profile.pos, Path: r.profile.path,
			Text: "chroot is allowed and pivot_root is not, but a Mesos agent needs pivot_root to start a container with its own root (allow both or neither)"})
	}
}

// checkMesos faults what makes Mesos refuse a profile for a host though the
// entries do not count together: it looks for contradictions before it knows
// the capabilities.
func (r *resolver) checkMesos() {
	all := newResolver(r.profile, r.target)
	all.abis = r.abis
	var entries []*entry
	for i := range r.profile.entries {
		e := &r.profile.entries[i]
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
			r.fail(err.Code, err.Pos, err.Path, "%w, and Mesos refuses such a profile", err.Err)
		}
	}
}
