package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestInstalled: the filter of a container under Docker's default profile, as the
// kernel has it, is byte for byte what seccompile compile writes.
func TestInstalled(t *testing.T) {
	list := builds(t)
	_, checkout, err := modules()
	if err != nil {
		t.Fatal(err)
	}
	command := filepath.Join(t.TempDir(), "seccompile")
	build := exec.Command("go", "build", "-o", command, "./cmd/seccompile")
	build.Dir, build.Env = checkout.Dir, append(os.Environ(), "GOWORK=") // go.work joins the command and the library
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	seccompile := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(command, append(args, "--profile", "default", "--caps", "docker", "--compat", "runc")...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", cmd, err)
		}
		return out
	}
	dir := t.TempDir()
	compiled := filepath.Join(dir, "compiled")
	seccompile("compile", "-o", compiled)
	want, err := os.ReadFile(compiled)
	if err != nil {
		t.Fatal(err)
	}
	bundle(t, dir, rootfs(t), string(seccompile("resolve")), "/bin/sleep", "60")
	const script = `"$1" --root "$2/state" run --detach --bundle "$2" --pid-file "$2/pid" default </dev/null >"$2/log" 2>&1 &&
		"$3" dump --pid "$(cat "$2/pid")" --format raw -o "$4" 2>&1
		"$1" --root "$2/state" delete --force default; cat "$2/log"`
	for _, b := range list {
		t.Run(b.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "installed")
			out, err := jailed(b.tree, time.Minute, "sh", "-c", script, "sh", b.runc, dir, command, file)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%d instructions", len(got)/8)
			if same := bytes.Equal(got, want); same != (b.name != list[0].name) {
				t.Errorf("the filters are equal = %t: %d bytes are installed, %d compiled", same, len(got), len(want))
			}
		})
	}
}
