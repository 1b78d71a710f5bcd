package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

var dirFlag = flag.String("dir", "", "the `directory` for what is built; without it, one that is removed")

var built = sync.OnceValues(func() ([]buildOf, error) { return build(*dirFlag) })

func TestMain(m *testing.M) {
	ifJailed()
	flag.Parse()
	temporary := *dirFlag == ""
	if temporary {
		var err error
		if *dirFlag, err = os.MkdirTemp("", "seccompile-runc-"); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	if temporary {
		os.RemoveAll(*dirFlag)
	}
	os.Exit(code)
}

// builds returns the runcs, libseccomp's first. It skips a test where there can be none.
func builds(t *testing.T) []buildOf {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
	if os.Geteuid() != 0 {
		t.Skip("containers and the filters of processes are for root")
	}
	list, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// bundle writes the bundle of a container that executes args under a section, which is
// JSON, and has the namespaces on which runc insists.
func bundle(t *testing.T, dir, rootfs, section string, args ...string) {
	t.Helper()
	spec := specs.Spec{
		Version: "1.2.0",
		Root:    &specs.Root{Path: rootfs, Readonly: true},
		Mounts:  []specs.Mount{{Destination: "/proc", Type: "proc", Source: "proc"}, {Destination: "/dev", Type: "tmpfs", Source: "tmpfs"}},
		Process: &specs.Process{Args: args, Cwd: "/", Capabilities: &specs.LinuxCapabilities{}, NoNewPrivileges: true},
		Linux:   &specs.Linux{Namespaces: []specs.LinuxNamespace{{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}}},
	}
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	// As text: structs would lose what is odd about a section.
	var whole, linux map[string]json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(whole["linux"], &linux); err != nil {
		t.Fatal(err)
	}
	linux["seccomp"] = json.RawMessage(section)
	if whole["linux"], err = json.Marshal(linux); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(whole); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// rootfs returns a directory with busybox.
func rootfs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	image, err := busyboxRoot()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "root.tar")
	if err := os.WriteFile(file, image, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := in(dir, "tar", "-xf", file); err != nil {
		t.Fatal(err)
	}
	return dir
}
