package choice

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/profile"
)

// kubernetesSetting is the way to a seccompProfile from a Pod on.
var kubernetesSetting = setting{
	place: "securityContext.seccompProfile of the pod's spec or of a container",
	keys: []string{"spec", "containers", "initContainers", "ephemeralContainers", "securityContext",
		"seccompProfile", "privileged", "localhostProfile", "template", "jobTemplate"},
	alone: []string{"securityContext", "seccompProfile", "localhostProfile"},
	free:  []string{"annotations", "labels", "matchLabels", "nodeSelector", "selector", "managedFields", "status", "limits", "requests", "volumeAttributes"},
}

// ParseKubernetes parses the profiles that the containers of a Kubernetes Pod request, or
// those of the pods that a workload makes from its template, such as a Deployment or a
// CronJob. A List has several of them, whose containers are then named POD/CONTAINER. The text is
// JSON. Init containers come first in the result, and ephemeral ones
// last. The text may also be a single securityContext or seccompProfile; the result is then one
// choice without a container name. Positions have the given file name.
//
//	{"type": "RuntimeDefault"}                                   Builtin
//	{"type": "Localhost", "localhostProfile": "team/web.json"}   Named
//	{"type": "Unconfined"}                                       Unconfined
//
// A container's setting overrides its pod's. A privileged container is always Unconfined.
// If neither container nor pod has a setting, the choice is Unsaid. This means
// unconfined, or the runtime's own profile if the kubelet runs with --seccomp-default.
//
// The annotations that Kubernetes read before 1.27 are an error, because Kubernetes does
// not read them any more.
func ParseKubernetes(in []byte, file string) ([]Container, error) {
	return choose(in, file, (*reader).kubernetes)
}

func (r *reader) kubernetes(v *jsonpos.Value) []Container {
	has := func(keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return len(v.Named(key)) > 0 })
	}
	switch {
	case !r.Need(jsonpos.Object, v):
		return nil
	case has("apiVersion", "kind", "metadata", "spec"):
		return r.kubernetesPod(v)
	case has("type", "localhostProfile"):
		return []Container{{Choice: r.seccompProfile(v)}}
	}
	return []Container{{Choice: r.securityContext(v, []string{"seccompProfile", "privileged"})}}
}

func (r *reader) kubernetesPod(v *jsonpos.Value) (list []Container) {
	var spec, kind *jsonpos.Value
	for _, m := range v.Named("kind") {
		switch {
		case m.Value.Kind != jsonpos.Text || m.Value.Text == "Pod":
		case strings.HasSuffix(m.Value.Text, "List"):
			return r.kubernetesList(v, &m.Value)
		default:
			return r.workload(v, &m.Value)
		}
	}
	r.fields(&kubernetesSetting, v, []string{"kind", "metadata", "spec"}, func(key string, v *jsonpos.Value) {
		switch key {
		case "kind":
			r.Want(jsonpos.Text, v)
			kind = v
		case "metadata":
			r.metadata(v)
		case "spec":
			spec = v
		}
	})
	switch {
	case kind != nil && kind.Kind != jsonpos.Text && kind.Kind != jsonpos.Null:
	case spec == nil || spec.Kind == jsonpos.Null:
		r.failf(profile.CodeMissing, v, "a Pod without a spec (write it)")
	default:
		return r.podSpec(spec)
	}
	return nil
}

// kubernetesList reads the items of a List, as kubectl get prints pods. The containers of several
// are named POD/CONTAINER.
func (r *reader) kubernetesList(v, kind *jsonpos.Value) (list []Container) {
	var items []*jsonpos.Value
	faulty := false
	r.fields(&kubernetesSetting, v, []string{"kind", "metadata", "items"}, func(key string, v *jsonpos.Value) {
		if key == "items" {
			faulty = v.Kind != jsonpos.Array && v.Kind != jsonpos.Null
			r.Elements(v, func(v *jsonpos.Value) { items = append(items, v) })
		}
	})
	if len(items) == 0 && !faulty {
		r.failf(profile.CodeMissing, kind, "a %s without items (give one with a pod, or a workload)", kind.Text)
	}
	named := map[string]bool{}
	for _, item := range items {
		if !r.Need(jsonpos.Object, item) {
			continue
		}
		found := r.kubernetesPod(item)
		if len(items) == 1 {
			return found
		}
		name := itemName(item)
		switch {
		case name == "":
			r.failf(profile.CodeMissing, item, "one of several items without a name (write it into metadata)")
		case named[name]:
			r.failf(profile.CodeBadName, item, "two items of the name %q (give those of one namespace and kind)", name)
		}
		named[name] = true
		for _, c := range found {
			c.Name = name + "/" + c.Name
			list = append(list, c)
		}
	}
	return list
}

// itemName returns the name in an object's metadata, or "".
func itemName(item *jsonpos.Value) (name string) {
	for _, m := range item.Named("metadata") {
		if m.Value.Kind != jsonpos.Object {
			continue
		}
		for _, n := range m.Value.Named("name") {
			if n.Value.Kind == jsonpos.Text {
				name = n.Value.Text
			}
		}
	}
	return name
}

// workload reads an object of another kind, or its spec. What makes pods has a template
// for them, in its spec or at the top, and a CronJob one for its jobs, of which that is
// true.
func (r *reader) workload(v, kind *jsonpos.Value) []Container {
	var spec, template, job *jsonpos.Value
	r.fields(&kubernetesSetting, v, []string{"kind", "metadata", "spec", "template", "jobTemplate"}, func(key string, v *jsonpos.Value) {
		switch {
		case key == "metadata":
			r.metadata(v)
		case v.Kind == jsonpos.Null:
		case key == "spec":
			spec = v
		case key == "template":
			template = v
		case key == "jobTemplate":
			job = v
		}
	})
	switch {
	case template != nil:
		return r.podTemplate(template)
	case job != nil:
		return r.workload(job, kind)
	case spec != nil:
		return r.workload(spec, kind)
	case v.Kind == jsonpos.Object:
		r.failf(profile.CodeUnsupported, kind, "kind %q has no template of pods (give a Pod, or one workload such as a Deployment)", kind.Text)
	}
	return nil
}

// podTemplate reads what a workload makes pods from.
func (r *reader) podTemplate(v *jsonpos.Value) []Container {
	var spec *jsonpos.Value
	r.fields(&kubernetesSetting, v, []string{"metadata", "spec"}, func(key string, v *jsonpos.Value) {
		if key == "metadata" {
			r.metadata(v)
		} else if v.Kind != jsonpos.Null {
			spec = v
		}
	})
	if spec != nil {
		return r.podSpec(spec)
	}
	if v.Kind == jsonpos.Object {
		r.failf(profile.CodeMissing, v, "a template without a spec (write it)")
	}
	return nil
}

// metadata faults the annotations that chose profiles once.
func (r *reader) metadata(v *jsonpos.Value) {
	r.pick(v, []string{"annotations"}, func(string) string { return "" }, func(_ string, v *jsonpos.Value) {
		r.pick(v, nil, func(key string) string {
			if strings.HasPrefix(strings.TrimPrefix(key, "container."), "seccomp.security.alpha.kubernetes.io/") {
				return "Kubernetes reads no profile from annotations since 1.27 (write it into " + kubernetesSetting.place + ")"
			}
			return ""
		}, nil)
	})
}

func (r *reader) podSpec(v *jsonpos.Value) []Container {
	var list containers
	var pod Choice
	order := [...]string{"initContainers", "containers", "ephemeralContainers"}
	var found [len(order)]jsonpos.Value // null if it is not there
	r.fields(&kubernetesSetting, v, append(order[:], "securityContext"), func(key string, v *jsonpos.Value) {
		if i := slices.Index(order[:], key); i >= 0 {
			found[i] = *v
			return
		}
		pod = r.securityContext(v, []string{"seccompProfile"})
	})
	for i := range found {
		r.Elements(&found[i], func(v *jsonpos.Value) { r.kubernetesContainer(&list, pod, v) })
	}
	if c := found[1]; v.Kind == jsonpos.Object && (c.Kind == jsonpos.Null || c.Kind == jsonpos.Array && len(c.Elems()) == 0) {
		r.failf(profile.CodeMissing, v, "a pod without containers (write them)")
	}
	return list.list
}

// kubernetesContainer reads a container of a pod that says c.
func (r *reader) kubernetesContainer(list *containers, c Choice, v *jsonpos.Value) {
	if !r.Need(jsonpos.Object, v) {
		return
	}
	var name *jsonpos.Value
	r.fields(&kubernetesSetting, v, []string{"name", "securityContext"}, func(key string, v *jsonpos.Value) {
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

func (r *reader) securityContext(v *jsonpos.Value, keys []string) (c Choice) {
	var privileged Choice
	r.fields(&kubernetesSetting, v, keys, func(key string, v *jsonpos.Value) {
		switch {
		case key == "seccompProfile":
			c = r.seccompProfile(v)
		case r.Bool(v):
			privileged = r.choice(Unconfined, v)
		}
	})
	if privileged.Kind == Unconfined {
		return privileged
	}
	return c
}

var seccompTypes = []string{"RuntimeDefault", "Localhost", "Unconfined"}

func (r *reader) seccompProfile(v *jsonpos.Value) (c Choice) {
	var name, kind *jsonpos.Value
	faults := len(r.Faults)
	r.only(v, []string{"type", "localhostProfile"}, func(key string, v *jsonpos.Value) {
		switch {
		case v.Kind == jsonpos.Null || !r.Want(jsonpos.Text, v):
		case key == "type":
			kind = v
		default:
			name = v
		}
	})
	switch {
	case v.Kind == jsonpos.Null || len(r.Faults) > faults:
		return c
	case kind == nil:
		r.failf(profile.CodeMissing, v, "no type (write RuntimeDefault, Localhost or Unconfined)")
		return c
	case kind.Text == "RuntimeDefault":
		c = r.choice(Builtin, kind)
	case kind.Text == "Unconfined":
		c = r.choice(Unconfined, kind)
	case kind.Text != "Localhost":
		r.failf(profile.CodeUnknownChoice, kind, "unknown type %q%s", kind.Text, spell.HintOr(kind.Text, slices.Values(seccompTypes), strings.Join(seccompTypes, ", ")))
		return c
	case name == nil:
		r.failf(profile.CodeMissing, v, "type Localhost without a localhostProfile (write the name of the profile)")
		return c
	default:
		return r.named(name)
	}
	if name != nil {
		r.failf(profile.CodeTwoChoices, name, "localhostProfile beside type %s (leave it out, or write type Localhost)", kind.Text)
	}
	return c
}
