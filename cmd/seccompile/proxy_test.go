package main

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	library = "github.com/seccompile/seccompile"
	command = library + "/cmd/seccompile"
)

// writeModule adds a module in a directory to a module proxy of files (go help
// goproxy): go.mod, and a zip file with all that is not another module's.
func writeModule(t *testing.T, proxy, module, release, dir string) {
	t.Helper()
	versions := filepath.Join(proxy, filepath.FromSlash(module), "@v")
	gomod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(versions, release+".mod"), string(gomod))
	writeText(t, filepath.Join(versions, release+".info"), fmt.Sprintf("{%q: %q}\n", "Version", release))
	writeText(t, filepath.Join(versions, "list"), release+"\n")
	f, err := os.Create(filepath.Join(versions, release+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, err := os.Stat(filepath.Join(p, "go.mod"))
			if p != dir && (err == nil || d.Name()[0] == '.') {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(dir, p)
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		w, err := z.Create(module + "@" + release + "/" + filepath.ToSlash(name))
		if err != nil {
			return err
		}
		text, err := os.Open(p)
		if err != nil {
			return err
		}
		defer text.Close()
		_, err = io.Copy(w, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestInstall: "go install" of a release of the command builds it from that release
// of the library, without a replacement and outside of the checkout.
func TestInstall(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	if testing.Short() || !*full {
		t.Skip("builds the command from a copy of everything: go test ./cmd/seccompile -large")
	}
	gomod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`\t` + library + ` (v\S+)\n`).FindSubmatch(gomod)
	if required == nil {
		t.Fatalf("go.mod does not require %s", library)
	}
	release := string(required[1])
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	cached := filepath.Join(strings.TrimSpace(string(out)), "cache", "download")
	proxy, dir := t.TempDir(), t.TempDir()
	writeModule(t, proxy, library, release, top)
	writeModule(t, proxy, command, release, filepath.Join(top, "cmd", "seccompile"))
	file := func(dir string) string { return "file://" + filepath.ToSlash(dir) }
	cmd := exec.Command(tool, "install", command+"@"+release)
	cmd.Dir = dir
	// What is not in the proxy of the test is in the cache that this test was built
	// from, or anywhere.
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -modcacherw", "GONOSUMDB=*", "GONOSUMCHECK=1", "GONOPROXY=none", "GOTOOLCHAIN=local",
		"GOOS=", "GOARCH=", "GOBIN="+dir, "GOMODCACHE="+filepath.Join(dir, "cache"),
		"GOPROXY="+file(proxy)+","+file(cached)+","+os.Getenv("GOPROXY"))
	if os.Getenv("GOPROXY") == "" {
		cmd.Env[len(cmd.Env)-1] += "https://proxy.golang.org,direct"
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "dial tcp") {
			t.Skipf("a module that this was not built from, and no network: %s", out)
		}
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	got, err := exec.Command(filepath.Join(dir, "seccompile"), "--version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(got), "seccompile "+release+"\n") {
		t.Errorf("the installed command prints %q, %v, want its version %s", got, err, release)
	}
}
