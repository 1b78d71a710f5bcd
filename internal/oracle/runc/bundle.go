package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// writeBundle writes the bundle of a container that executes args. The section is JSON, and
// nil means no seccomp section.
func writeBundle(dir, rootfs string, section []byte, cgroup string, limits *specs.LinuxResources, args ...string) error {
	spec, err := json.Marshal(specs.Spec{
		Version: "1.2.0",
		Root:    &specs.Root{Path: rootfs, Readonly: true},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}, {Destination: "/dev", Type: "tmpfs", Source: "tmpfs"}},
		Process: &specs.Process{Args: args, Cwd: "/", Capabilities: &specs.LinuxCapabilities{}, NoNewPrivileges: true},
		Linux: &specs.Linux{
			Namespaces:  []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}},
			CgroupsPath: cgroup,
			Resources:   limits,
		},
	})
	if err != nil {
		return err
	}
	// Structs would lose what is odd about the section.
	var whole, linux map[string]json.RawMessage
	if err := json.Unmarshal(spec, &whole); err != nil {
		return err
	}
	if err := json.Unmarshal(whole["linux"], &linux); err != nil {
		return err
	}
	if section != nil {
		linux["seccomp"] = section
	}
	if whole["linux"], err = json.Marshal(linux); err != nil {
		return err
	}
	if spec, err = json.Marshal(whole); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.json"), spec, 0o644)
}

// writeRoot makes dir a root directory with busybox.
func writeRoot(dir string) error {
	image, err := busyboxRoot()
	if err != nil {
		return err
	}
	file := filepath.Clean(dir) + ".tar"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, image, 0o644); err != nil {
		return err
	}
	defer os.Remove(file)
	return in(dir, "tar", "-xf", file)
}
