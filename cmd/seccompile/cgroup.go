package main

import (
	"fmt"
	"regexp"
	"strings"
)

// A place is what the cgroup of a process belongs to: a container, or a unit. The zero
// value is a process whose cgroup tells nothing.
type place struct {
	Kind   string `json:"kind,omitempty"`   // container, machine or unit
	ID     string `json:"id,omitempty"`     // or its name
	Engine string `json:"engine,omitempty"` // or the service manager; "" if the cgroup does not tell it
	Pod    string `json:"pod,omitempty"`
}

// cgroupForms are the names that engines give the cgroup of a container, and service
// managers that of a unit; of two that fit at one place the first counts.
var cgroupForms = []struct {
	form *regexp.Regexp
	place
}{
	{regexp.MustCompile(`(?:^|/)cri-containerd-([0-9a-f]{12,64})\.scope`), place{Kind: "container", Engine: "containerd"}},
	{regexp.MustCompile(`(?::|/)cri-containerd:([0-9a-f]{12,64})(?:/|$)`), place{Kind: "container", Engine: "containerd"}},
	{regexp.MustCompile(`(?:^|/)crio-([0-9a-f]{12,64})(?:\.scope|/|$)`), place{Kind: "container", Engine: "CRI-O"}},
	{regexp.MustCompile(`(?:^|/)libpod-([0-9a-f]{12,64})(?:\.scope|/|$)`), place{Kind: "container", Engine: "Podman"}},
	{regexp.MustCompile(`(?:^|/)docker-([0-9a-f]{12,64})\.scope`), place{Kind: "container", Engine: "Docker"}},
	{regexp.MustCompile(`(?:^|/)docker/([0-9a-f]{12,64})(?:/|$)`), place{Kind: "container", Engine: "Docker"}},
	{regexp.MustCompile(`(?:^|/)nerdctl-([0-9a-f]{12,64})\.scope`), place{Kind: "container", Engine: "nerdctl"}},
	{regexp.MustCompile(`(?:^|/)mesos/([0-9a-f-]{36})(?:/|$)`), place{Kind: "container", Engine: "Mesos"}},
	{regexp.MustCompile(`(?:^|/)kubepods[^:]*?/([0-9a-f]{64})(?:/|$)`), place{Kind: "container"}},
	{regexp.MustCompile(`(?:^|/)lxc(?:\.payload)?[./]([^/]+)`), place{Kind: "container", Engine: "LXC"}},
	{regexp.MustCompile(`(?:^|/)runc-([^/]+)\.scope(?:/|$)`), place{Kind: "container", Engine: "runc"}},
	{regexp.MustCompile(`(?:^|/)crun-([^/]+)\.scope(?:/|$)`), place{Kind: "container", Engine: "crun"}},
	{regexp.MustCompile(`(?:^|/)machine-([^/]+)\.scope`), place{Kind: "machine", Engine: "systemd"}},
	{regexp.MustCompile(`(?:^|/)([0-9a-f]{64})(?:/|$)`), place{Kind: "container"}}, // of an engine with a parent of its own
	{regexp.MustCompile(`.*/([^/]+\.service)(?:/|$)`), place{Kind: "unit"}},
	{regexp.MustCompile(`.*/([^/]+\.scope)(?:/|$)`), place{Kind: "unit"}},
}

// podOf is the pod that a cgroup of the kubelet is of.
var podOf = regexp.MustCompile(`kubepods.*pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})`)

// placeOf returns what a process is in by its /proc/PID/cgroup: the outermost container of a
// path, since what is in a container can make cgroups of any name; else the innermost unit.
func placeOf(cgroups string) (p place) {
	outermost := -1
	for _, path := range cgroupPaths(cgroups) {
		for _, f := range cgroupForms {
			m := f.form.FindStringSubmatchIndex(path)
			if m == nil || f.Kind == "unit" && p.Kind != "" || p.Kind != "" && p.Kind != "unit" && outermost <= m[2] {
				continue
			}
			p, outermost = f.place, m[2]
			p.ID = path[m[2]:m[3]]
			if pod := podOf.FindStringSubmatch(path); pod != nil {
				p.Pod = strings.ReplaceAll(pod[1], "_", "-")
			}
		}
	}
	return p
}

// cgroupPaths returns the paths in a /proc/PID/cgroup, whose lines are
// HIERARCHY:CONTROLLERS:PATH (kernel/cgroup/cgroup.c, proc_cgroup_show).
func cgroupPaths(cgroups string) (paths []string) {
	for line := range strings.Lines(cgroups) {
		_, path, _ := strings.Cut(strings.TrimSpace(line), ":")
		if _, path, ok := strings.Cut(path, ":"); ok {
			paths = append(paths, path)
		}
	}
	return paths
}

// String returns the place as in "container 4c01db0b339c of Docker, pod ...", or "".
func (p place) String() string {
	if p.Kind == "" {
		return ""
	}
	text := fmt.Sprintf("%s %s", p.Kind, p.ID)
	if p.Engine != "" {
		text += " of " + p.Engine
	}
	if p.Pod != "" {
		text += ", pod " + p.Pod
	}
	return text
}
