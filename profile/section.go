package profile

import (
	"errors"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// section finds the profile in the text: the whole of it, linux.seccomp of a
// config.json, or the spec of a SeccompProfile resource. It settles the dialect.
// A text that has a section, and keys of a profile beside what leads there, is a
// fault: readers differ in which of them counts.
func (r *reader) section(v *value) *value {
	if v.kind != object {
		r.failf(CodeEmpty, v, "%s where a profile should be (a profile is an object with defaultAction)", v.kind)
		return nil
	}
	var path []string
	dialect := Docker
	switch {
	case keyed(v, "linux") != nil || keyed(v, "ociVersion") != nil && keyed(v, "defaultAction") == nil:
		path, dialect = []string{"linux", "seccomp"}, OCI
	case keyed(v, "kind") != nil && keyed(v, "defaultAction") == nil, keyed(v, "spec") != nil:
		path, dialect = []string{"spec"}, SeccompProfile
		if !r.isResource(v) {
			return nil
		}
	default:
		dialect = dialectOf(v)
	}
	if r.dialect == Auto {
		r.dialect = dialect
	} else if path != nil && r.dialect != dialect {
		r.failf(CodeUnsupported, v, "the text has its profile in %s, where no reader of the %s dialect looks (take the dialect %s, or auto)", strings.Join(path, "."), r.dialect, dialect)
		return nil
	}
	for _, key := range path {
		if v = r.inner(v, key); v == nil {
			return nil
		}
	}
	return v
}

// isResource reports whether the object is a SeccompProfile resource. Anything
// else of a kind is a fault.
func (r *reader) isResource(v *value) bool {
	kind, group := keyed(v, "kind"), keyed(v, "apiVersion")
	switch {
	case len(kind) == 0:
		r.failf(CodeUnsupported, v, "the text has a spec and no kind (write \"kind\": \"SeccompProfile\", or the profile alone)")
	case kind[0].value.text != "SeccompProfile":
		r.failf(CodeUnsupported, &kind[0].value, "kind %q is not a profile, only a SeccompProfile has one (for a Pod, the setting that names its profile chooses: --pod, ParseKubernetes)", kind[0].value.text)
	case len(group) > 0 && !strings.HasPrefix(group[0].value.text, resourceGroup):
		r.failf(CodeUnsupported, &group[0].value, "a SeccompProfile of %q is not one of %s, whose spec is a profile (take the profile out of it)", group[0].value.text, strings.TrimSuffix(resourceGroup, "/"))
	default:
		return true
	}
	return false
}

// resourceGroup is the API group of SeccompProfile resources.
const resourceGroup = "security-profiles-operator.x-k8s.io/"

// inner returns the object of a key on the path to the profile, nil and a fault if
// it is missing. Keys of a profile beside it are faults, too.
func (r *reader) inner(v *value, key string) (inner *value) {
	path, at := r.pointer(v)+"/"+key, v
	hint := ""
	stray := func(m *member) {
		if knownAt(m.key, levelTop) && !strings.EqualFold(m.key, "disabled") {
			r.failf(CodeStrayKey, m.at(), "key %q of a profile beside %q, which holds the profile (readers differ in which one counts: move it there, or delete it)", m.key, key)
			return
		}
		switch m.key {
		case "apiVersion", "kind", "metadata", "status":
		default:
			if key == "spec" {
				r.unknown(m, levelTop)
			}
		}
	}
	r.each(v, []string{key}, stray, func(_ string, v *value) { at, inner = v, v })
	if inner != nil && inner.kind != null {
		if !r.want(object, inner) {
			return nil
		}
		return inner
	}
	if inner == nil {
		near := spell.Nearest(key, func(yield func(string) bool) {
			for _, m := range v.members() {
				if !yield(m.key) {
					return
				}
			}
		})
		if near != "" {
			hint = " (did you mean " + key + " by " + near + "?)"
		}
	}
	if key == "spec" {
		r.errs.add(&Error{CodeEmpty, r.pos(at), path, errors.New("the SeccompProfile has no spec" + hint)})
		return nil
	}
	if hint == "" {
		hint = " (add the section)"
	}
	r.errs.add(&Error{CodeEmpty, r.pos(at), path, errors.New("the config.json has no linux.seccomp: its container would run unconfined" + hint)})
	return nil
}
