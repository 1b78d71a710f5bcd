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
	case !r.need(object, v):
		return nil
	case has("apiVersion", "kind", "metadata", "spec"):
		return r.kubernetesPod(v)
	case has("type", "localhostProfile"):
		return []ContainerChoice{{"", r.seccompProfile(v)}}
	}
	return []ContainerChoice{{"", r.securityContext(v, []string{"seccompProfile", "privileged"})}}
}

func (r *reader) kubernetesPod(v *value) (list []ContainerChoice) {
	var spec *value
	other := false
	r.fields(&kubernetesSetting, v, []string{"kind", "metadata", "spec"}, func(key string, v *value) {
		switch key {
		case "kind":
			if other = r.want(text, v) && v.text != "Pod"; other {
				r.failf(CodeUnsupported, v, "kind %q (give a Pod: what a template of this kind has, under the kind Pod)", v.text)
			}
		case "metadata":
			r.metadata(v)
		case "spec":
			spec = v
		}
	})
	switch {
	case other:
	case spec == nil || spec.kind == null:
		r.failf(CodeMissing, v, "a Pod without a spec (write it)")
	default:
		return r.podSpec(spec)
	}
	return nil
}

// metadata faults the annotations that chose profiles once.
func (r *reader) metadata(v *value) {
	r.pick(v, []string{"annotations"}, func(string) string { return "" }, func(_ string, v *value) {
		r.pick(v, nil, func(key string) string {
			if strings.HasPrefix(strings.TrimPrefix(key, "container."), "seccomp.security.alpha.kubernetes.io/") {
				return "Kubernetes reads no profile from annotations since 1.27 (write it into " + kubernetesSetting.place + ")"
			}
			return ""
		}, nil)
	})
}

func (r *reader) podSpec(v *value) (list containers) {
	var pod Choice
	order := [...]string{"initContainers", "containers", "ephemeralContainers"}
	var found [len(order)]value // null if it is not there
	r.fields(&kubernetesSetting, v, append(order[:], "securityContext"), func(key string, v *value) {
		if i := slices.Index(order[:], key); i >= 0 {
			found[i] = *v
			return
		}
		pod = r.securityContext(v, []string{"seccompProfile"})
	})
	for i := range found {
		r.elems(&found[i], func(v *value) { r.kubernetesContainer(&list, pod, v) })
	}
	if c := found[1]; v.kind == object && (c.kind == null || c.kind == array && len(c.elems()) == 0) {
		r.failf(CodeMissing, v, "a pod without containers (write them)")
	}
	return list
}

// kubernetesContainer reads a container of a pod that says c.
func (r *reader) kubernetesContainer(list *containers, c Choice, v *value) {
	if !r.need(object, v) {
		return
	}
	var name *value
	r.fields(&kubernetesSetting, v, []string{"name", "securityContext"}, func(key string, v *value) {
		switch key {
		case "name":
			name = v
		case "securityContext":
			if own := r.securityContext(v, []string{"seccompProfile", "privileged"}); own.Kind != Unsaid {
				c = own
			}
		}
	})
	r.add(list, c, v, name)
}

func (r *reader) securityContext(v *value, keys []string) (c Choice) {
	var privileged Choice
	r.fields(&kubernetesSetting, v, keys, func(key string, v *value) {
		switch {
		case key == "seccompProfile":
			c = r.seccompProfile(v)
		case r.boolean(v):
			privileged = r.choice(Unconfined, v)
		}
	})
	if privileged.Kind == Unconfined {
		return privileged
	}
	return c
}

var seccompTypes = []string{"RuntimeDefault", "Localhost", "Unconfined"}

func (r *reader) seccompProfile(v *value) (c Choice) {
	var profile, kind *value
	faults := len(r.errs)
	r.only(v, []string{"type", "localhostProfile"}, func(key string, v *value) {
		switch {
		case v.kind == null || !r.want(text, v):
		case key == "type":
			kind = v
		default:
			profile = v
		}
	})
	switch {
	case v.kind == null || len(r.errs) > faults:
		return c
	case kind == nil:
		r.failf(CodeMissing, v, "no type (write RuntimeDefault, Localhost or Unconfined)")
		return c
	case kind.text == "RuntimeDefault":
		c = r.choice(Builtin, kind)
	case kind.text == "Unconfined":
		c = r.choice(Unconfined, kind)
	case kind.text != "Localhost":
		r.failf(CodeUnknownChoice, kind, "unknown type %q%s", kind.text, spell.HintOr(kind.text, slices.Values(seccompTypes), strings.Join(seccompTypes, ", ")))
		return c
	case profile == nil:
		r.failf(CodeMissing, v, "type Localhost without a localhostProfile (write the name of the profile)")
		return c
	default:
		return r.named(profile)
	}
	if profile != nil {
		r.failf(CodeTwoChoices, profile, "localhostProfile beside type %s (leave it out, or write type Localhost)", kind.text)
	}
	return c
}
