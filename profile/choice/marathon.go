package choice

import (
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile"
)

// marathonSetting is the way to seccomp in an app, from container on, and in a
// pod, from containers on.
var marathonSetting = setting{
	place: "linuxInfo.seccomp of a container",
	keys:  []string{"container", "containers", "linuxInfo", "seccomp", "profileName", "unconfined"},
	alone: []string{"linuxInfo", "seccomp", "profileName"},
	free:  []string{"env", "environment", "labels", "secrets"},
}

// ParseMarathon parses the profiles that the containers of a Marathon app or pod request,
// in the order of the text. An app has one container, without a name. Positions have the
// given file name.
//
//	"linuxInfo": {"seccomp": {"profileName": "web.json"}}    Named
//	"linuxInfo": {"seccomp": {"unconfined": true}}           Unconfined
//	without seccomp                                          Unsaid: the Mesos agent's default
//
// A name together with unconfined: true is an error, and so is seccomp with neither, as
// in Marathon. A seccomp setting of the pod itself is not supported. A group, or a list,
// even of one app, is an error.
func ParseMarathon(in []byte, file string) ([]Container, error) {
	return choose(in, file, (*reader).marathon)
}

func (r *reader) marathon(v *jsonpos.Value) (list []Container) {
	several := v.Kind == jsonpos.Array
	for _, key := range [...]string{"apps", "pods", "groups"} {
		several = several || len(v.Named(key)) > 0
	}
	switch {
	case several:
		r.failf(profile.CodeUnsupported, v, "a group or a list of apps or pods (give one app, or one pod)")
	case !r.Need(jsonpos.Object, v):
	case len(v.Named("containers")) > 0:
		return r.marathonPod(v)
	default:
		return []Container{{Choice: r.marathonApp(v)}}
	}
	return nil
}

func (r *reader) marathonApp(v *jsonpos.Value) (c Choice) {
	r.fields(&marathonSetting, v, []string{"container"}, func(_ string, v *jsonpos.Value) {
		r.fields(&marathonSetting, v, []string{"linuxInfo"}, func(_ string, v *jsonpos.Value) {
			c = r.linuxInfo(v)
		})
	})
	return c
}

// linuxInfo reads the linuxInfo of a container.
func (r *reader) linuxInfo(v *jsonpos.Value) (c Choice) {
	r.fields(&marathonSetting, v, []string{"seccomp"}, func(_ string, v *jsonpos.Value) {
		c = r.seccomp(v, "profileName")
	})
	return c
}

func (r *reader) marathonPod(v *jsonpos.Value) []Container {
	var list containers
	r.fields(&marathonSetting, v, []string{"containers", "linuxInfo", "executorResources"}, func(key string, v *jsonpos.Value) {
		switch key {
		case "containers":
			r.Elements(v, func(v *jsonpos.Value) { r.marathonContainer(&list, v) })
			if v.Kind == jsonpos.Null || v.Kind == jsonpos.Array && len(v.Elems()) == 0 {
				r.failf(profile.CodeMissing, v, "a pod without containers (write them)")
			}
		case "linuxInfo":
			r.fields(&marathonSetting, v, []string{"seccomp"}, func(_ string, v *jsonpos.Value) {
				if v.Kind != jsonpos.Null {
					r.failf(profile.CodeUnsupported, v, "seccomp of a pod, which is its executor's, is not supported (write it into linuxInfo of each container)")
				}
			})
		case "executorResources":
			r.fields(&marathonSetting, v, nil, nil)
		}
	})
	return list.list
}

func (r *reader) marathonContainer(list *containers, v *jsonpos.Value) {
	if !r.Need(jsonpos.Object, v) {
		return
	}
	var c Choice
	var name *jsonpos.Value
	r.fields(&marathonSetting, v, []string{"name", "linuxInfo"}, func(key string, v *jsonpos.Value) {
		switch key {
		case "name":
			name = v
		case "linuxInfo":
			c = r.linuxInfo(v)
		}
	})
	r.add(list, c, v, name)
}
