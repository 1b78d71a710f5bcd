package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
)

// TestInstalled: the filter of a container under Docker's default profile, as the
// kernel has it, is byte for byte what seccompile compile writes.
func TestInstalled(t *testing.T) {
	list := variants(t)
	command := filepath.Join(t.TempDir(), "seccompile")
	build := exec.Command("go", "build", "-o", command, "./cmd/seccompile")
	build.Dir, build.Env = list[0].checkout, append(os.Environ(), "GOWORK=") // go.work joins the command and the library
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
		cp "$2/state/default/state.json" "$4.json"
		"$1" --root "$2/state" delete --force default; cat "$2/log"`
	for _, v := range list {
		t.Run(v.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "installed")
			out, err := jailed(v.tree, time.Minute, "sh", "-c", script, "sh", v.runc, dir, command, file)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%d instructions", len(got)/8)
			state, err := os.ReadFile(file + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if handed := bytes.Contains(state, []byte(`"program":"`)); handed != (v.name == "parent") {
				t.Errorf("runc has compiled = %t", handed)
			}
			if same := bytes.Equal(got, want); same != (v.name != list[0].name) {
				t.Errorf("the filters are equal = %t: %d bytes are installed, %d compiled", same, len(got), len(want))
			}
		})
	}
}

// TestFeatures: runc features prints the names that it prints on libseccomp.
func TestFeatures(t *testing.T) {
	type list map[string][]string
	var want list
	for _, v := range variants(t) {
		out, err := exec.Command(v.runc, "features").Output()
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Linux struct{ Seccomp map[string]any }
		}
		if err := json.Unmarshal(out, &f); err != nil {
			t.Fatal(err)
		}
		got := list{}
		for _, key := range []string{"actions", "operators", "archs", "knownFlags"} {
			names, _ := f.Linux.Seccomp[key].([]any)
			for _, name := range names {
				got[key] = append(got[key], fmt.Sprint(name))
			}
			slices.Sort(got[key])
			if len(got[key]) == 0 {
				t.Errorf("%s: no %s", v.name, key)
			}
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", v.name, got, want)
		}
	}
}
