package main

import (
	"fmt"
	"os"
	pathpkg "path"
	"slices"
	"strings"
)

// A scope is which processes count: those for which everything holds that is set.
type scope struct {
	containers bool
	cgroup     string // a path, or the ID of a container or unit; "" for all
	pids       []int  // nil for all
}

// cgroupRoot is where cgroups are mounted, as systemd has it (Documentation/admin-guide/cgroup-v2.rst).
const cgroupRoot = "/sys/fs/cgroup"

// of returns the processes of a list that count, without the one that asks. A cgroup or a
// process that is not there is an error.
func (c scope) of(list []nodeProcess, self int) ([]nodeProcess, error) {
	list = slices.DeleteFunc(list, func(p nodeProcess) bool { return p.pid == self })
	for _, pid := range c.pids {
		if !slices.ContainsFunc(list, func(p nodeProcess) bool { return p.pid == pid }) {
			return nil, fmt.Errorf("--pid %d: no process has this ID in this PID namespace, or it is a thread, the kernel's, or has ended", pid)
		}
	}
	if c.pids != nil {
		list = slices.DeleteFunc(list, func(p nodeProcess) bool { return !slices.Contains(c.pids, p.pid) })
	}
	if c.cgroup != "" {
		var err error
		if list, err = inCgroup(list, c.cgroup); err != nil {
			return nil, err
		}
	}
	if c.containers {
		list = slices.DeleteFunc(list, func(p nodeProcess) bool { return !p.contained() })
	}
	return list, nil
}

// contained reports whether a process is in a container: its cgroup says so, or it is in a
// PID namespace of its own. Containers without that have the name of one in their cgroup.
func (p nodeProcess) contained() bool {
	return p.place.Kind == "container" || p.place.Kind == "machine" || p.nested
}

// inCgroup returns the processes in a cgroup, or those below it.
func inCgroup(list []nodeProcess, cgroup string) ([]nodeProcess, error) {
	if strings.HasPrefix(cgroup, "/") {
		dir := cgroupPath(cgroup)
		in := slices.DeleteFunc(list, func(p nodeProcess) bool {
			return !slices.ContainsFunc(p.cgroups, func(c string) bool { return below(c, dir) })
		})
		if len(in) == 0 {
			return nil, fmt.Errorf("--cgroup %s: no process is in this cgroup (/proc/PID/cgroup has the paths)", cgroup)
		}
		return in, nil
	}
	var ids []string
	in := slices.DeleteFunc(list, func(p nodeProcess) bool {
		id, ok := p.named(cgroup)
		if ok && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return !ok
	})
	switch {
	case len(ids) == 0:
		return nil, fmt.Errorf("--cgroup %s: no process is in a container, unit or cgroup with this name or prefix (a path begins with /)", cgroup)
	case len(ids) > 1 && !slices.Contains(ids, cgroup):
		slices.Sort(ids)
		return nil, fmt.Errorf("--cgroup %s: %d containers or cgroups match, %s and %s for example (add more of the ID)", cgroup, len(ids), ids[0], ids[1])
	case len(ids) > 1:
		in = slices.DeleteFunc(in, func(p nodeProcess) bool { id, _ := p.named(cgroup); return id != cgroup })
	}
	return in, nil
}

// named returns the container, or the cgroup, of a process whose ID begins with a text, or
// is called so.
func (p nodeProcess) named(text string) (id string, ok bool) {
	if p.place.Kind != "" && strings.HasPrefix(p.place.ID, text) {
		return p.place.ID, true
	}
	for _, c := range p.cgroups {
		if slices.Contains(strings.Split(c, "/"), text) {
			return text, true
		}
	}
	return "", false
}

// cgroupPath returns a path as /proc has it of one that may be below the directory where
// cgroups are mounted: hierarchies of version 1 have a directory each there.
func cgroupPath(dir string) string {
	dir = pathpkg.Clean(dir)
	rest, ok := strings.CutPrefix(dir, cgroupRoot)
	if !ok || rest != "" && rest[0] != '/' {
		return dir
	}
	if _, err := os.Stat(cgroupRoot + "/cgroup.controllers"); err != nil { // version 1, or both
		_, rest, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	}
	return pathpkg.Clean("/" + rest)
}

// below reports whether a path is dir or below it.
func below(c, dir string) bool {
	return c == dir || dir == "/" || strings.HasPrefix(c, dir+"/")
}
