package lint

import (
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

var runtimeUnsupported = check{Rule{
	Code: "runtime-unsupported", Severity: Info, Text: true,
	Title: "a program that reads or applies profiles of this dialect does not support what this profile uses",
	Why: "containerd reads a Localhost profile of Kubernetes as OCI's section: it ignores guards, archMap and minKernel, so entries for " +
		"some capabilities always apply. Mesos rejects values that its enumerations lack. Podman's own validation knows fewer actions than runtimes do.",
	Sources: []string{"https://github.com/containerd/containerd/tree/main/contrib/seccomp", "https://mesos.apache.org/documentation/latest/isolators/linux-seccomp/"},
}, func(a *audit) error {
	pol := a.res.Policy()
	actions := map[policy.Action]bool{pol.Default.Kind(): true}
	guards := false
	for i := range pol.Arches {
		for j := range pol.Arches[i].Rules {
			r := &pol.Arches[i].Rules[j]
			actions[r.Action.Kind()] = true
			guards = guards || a.res.Guarded(r)
		}
	}
	var lacks []string
	lacking := func(who string, list ...policy.Action) {
		var names []string
		for _, x := range list {
			if actions[x] {
				names = append(names, x.String())
			}
		}
		if len(names) > 0 {
			lacks = append(lacks, fmt.Sprintf("%s rejects %s", who, strings.Join(names, ", ")))
		}
	}
	switch a.profile.Dialect() {
	case profile.Mesos:
		lacking("Mesos", policy.KillProcess, policy.Log, policy.Notify)
	case profile.Containers:
		lacking("Podman's validation", policy.KillProcess, policy.Notify)
	case profile.Docker:
		if guards {
			lacks = append(lacks, "containerd ignores includes and excludes of a Localhost profile of Kubernetes, so all entries apply")
		}
	}
	if len(lacks) > 0 {
		a.add(Info, Finding{Pos: a.profile.Pos(), Text: strings.Join(lacks, "; "), Fix: "\"seccompile resolve\" prints the section for one target"})
	}
	return nil
}}
