package profile

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
)

// kubernetesSetting is the way to a seccompProfile from a Pod on.
var kubernetesSetting = setting{
	place: "securityContext.seccompProfile of the pod's spec or of a container",
	keys: []string{"spec", "containers", "initContainers", "ephemeralContainers", "securityContext",
		"seccompProfile", "privileged", "localhostProfile"},
}

// ParseKubernetes reads which profiles the containers of a Kubernetes Pod get,
// in JSON, init containers first and ephemeral ones last. A text may also be a
// securityContext or a seccompProfile alone, which gives one choice without a
// container's name. The file is the name that positions carry.
//
//	{"type": "RuntimeDefault"}                                   Builtin
//	{"type": "Localhost", "localhostProfile": "team/web.json"}   Named
//	{"type": "Unconfined"}                                       Unconfined
//
// What a container says counts over what its pod says, and a privileged
// container is Unconfined whatever they say. If neither says anything, the
// choice is Unsaid: unconfined, unless the kubelet runs with --seccomp-default,
// which makes it the runtime's own profile.
//
// The annotations that Kubernetes read before 1.27 are an error: nothing reads
// them any more.
func ParseKubernetes(in []byte, file string) ([]ContainerChoice, error) {
	return choose(in, file, (*reader).kubernetes)
}

func (r *reader) kubernetes(v *value) []ContainerChoice {
	has := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return len(keyed(v, key)) > 0 })
	}
	switch {
	case !r.need(object, v, nil):
		return nil
	case has("apiVersion", "kind", "metadata", "spec"):
		return r.kubernetesPod(v)
	case has("type", "localhostProfile"):
		return []ContainerChoice{{"", r.seccompProfile(v, nil)}}
	}
	return []ContainerChoice{{"", r.securityContext(v, nil, []string{"seccompProfile", "privileged"})}}
}

func (r *reader) kubernetesPod(v *value) (list []ContainerChoice) {
	var spec *value
	var at *path
	other := false
	r.fields(&kubernetesSetting, v, nil, []string{"kind", "metadata", "spec"}, func(key string, v *value, p *path) {
		switch key {
		case "kind":
			if other = r.want(text, v, p) && v.text != "Pod"; other {
				r.failf(CodeUnsupported, v, p, "kind %q (give a Pod: what a template of this kind has, under the kind Pod)", v.text)
			}
		case "metadata":
			r.metadata(v, p)
		case "spec":
			spec, at = v, p
		}
	})
	switch {
	case other:
	case spec == nil || spec.kind == null:
		r.failf(CodeMissing, v, nil, "a Pod without a spec (write it)")
	default:
		return r.podSpec(spec, at)
	}
	return nil
}

// metadata faults the annotations that chose profiles once.
func (r *reader) metadata(v *value, p *path) {
	r.pick(v, p, []string{"annotations"}, func(string) string { return "" }, func(_ string, v *value, p *path) {
		r.pick(v, p, nil, func(key string) string {
			if strings.HasPrefix(strings.TrimPrefix(key, "container."), "seccomp.security.alpha.kubernetes.io/") {
				return "Kubernetes reads no profile from annotations since 1.27 (write it into " + kubernetesSetting.place + ")"
			}
			return ""
		}, nil)
	})
}

func (r *reader) podSpec(v *value, p *path) (list containers) {
	var pod Choice
	order := [...]string{"initContainers", "containers", "ephemeralContainers"}
	var found [len(order)]value // null if it is not there
	var at [len(order)]*path
	r.fields(&kubernetesSetting, v, p, append(order[:], "securityContext"), func(key string, v *value, p *path) {
		if i := slices.Index(order[:], key); i >= 0 {
			found[i], at[i] = *v, p
			return
		}
		pod = r.securityContext(v, p, []string{"seccompProfile"})
	})
	for i := range found {
		r.elems(&found[i], at[i], func(_ int, v *value, p *path) { r.kubernetesContainer(&list, pod, v, p) })
	}
	if c := found[1]; v.kind == object && (c.kind == null || c.kind == array && len(c.elems) == 0) {
		r.failf(CodeMissing, v, p, "a pod without containers (write them)")
	}
	return list
}

// kubernetesContainer reads a container of a pod that says c.
func (r *reader) kubernetesContainer(list *containers, c Choice, v *value, p *path) {
	if !r.need(object, v, p) {
		return
	}
	var name *value
	var at *path
	r.fields(&kubernetesSetting, v, p, []string{"name", "securityContext"}, func(key string, v *value, p *path) {
		switch key {
		case "name":
			name, at = v, p
		case "securityContext":
			if own := r.securityContext(v, p, []string{"seccompProfile", "privileged"}); own.Kind != Unsaid {
				c = own
			}
		}
	})
	r.add(list, c, v, p, name, at)
}

func (r *reader) securityContext(v *value, p *path, keys []string) (c Choice) {
	var privileged Choice
	r.fields(&kubernetesSetting, v, p, keys, func(key string, v *value, p *path) {
		switch {
		case key == "seccompProfile":
			c = r.seccompProfile(v, p)
		case r.boolean(v, p):
			privileged = r.choice(Unconfined, v, p)
		}
	})
	if privileged.Kind == Unconfined {
		return privileged
	}
	return c
}

var seccompTypes = []string{"RuntimeDefault", "Localhost", "Unconfined"}

func (r *reader) seccompProfile(v *value, p *path) (c Choice) {
	var profile, kind *value
	var profileAt, kindAt *path
	faults := len(r.errs)
	r.only(v, p, []string{"type", "localhostProfile"}, func(key string, v *value, p *path) {
		switch {
		case v.kind == null || !r.want(text, v, p):
		case key == "type":
			kind, kindAt = v, p
		default:
			profile, profileAt = v, p
		}
	})
	switch {
	case v.kind == null || len(r.errs) > faults:
		return c
	case kind == nil:
		r.failf(CodeMissing, v, p, "no type (write RuntimeDefault, Localhost or Unconfined)")
		return c
	case kind.text == "RuntimeDefault":
		c = r.choice(Builtin, kind, kindAt)
	case kind.text == "Unconfined":
		c = r.choice(Unconfined, kind, kindAt)
	case kind.text != "Localhost":
		r.failf(CodeUnknownChoice, kind, kindAt, "unknown type %q%s", kind.text, spell.HintOr(kind.text, slices.Values(seccompTypes), strings.Join(seccompTypes, ", ")))
		return c
	case profile == nil:
		r.failf(CodeMissing, v, p, "type Localhost without a localhostProfile (write the name of the profile)")
		return c
	default:
		return r.named(profile, profileAt)
	}
	if profile != nil {
		r.failf(CodeTwoChoices, profile, profileAt, "localhostProfile beside type %s (leave it out, or write type Localhost)", kind.text)
	}
	return c
}
