package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// requireGo returns the path of a program of Go that opens sockets of two families.
func requireGo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	const source = `package main

import "syscall"

func main() {
	for _, family := range [...]int{syscall.AF_UNIX, syscall.AF_INET} {
		if fd, err := open(family); err == nil {
			syscall.Close(fd)
		}
	}
	syscall.Socket(syscall.AF_INET6, syscall.SOCK_STREAM, 0)
}

func open(family int) (int, error) {
	if family == syscall.AF_UNIX {
		return syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	}
	return syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
}
`
	for name, text := range map[string]string{"main.go": source, "go.mod": "module web\n\ngo 1.25\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", "web", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "web")
}

// TestNeeds: what is printed, in each form, and the status.
func TestNeeds(t *testing.T) {
	path := requireRecord(t)
	web := requireGo(t)
	dir := filepath.Dir(web)
	got := runDoc(t, path, dir, "seccompile needs ./web")
	if got.Status != exitOK || !strings.HasSuffix(got.Out, "./web makes no other calls\n") || !strings.Contains(got.Out, "socket             a0=0x1|0x2|0xa a1=0x1 a2=0x0  ") {
		t.Errorf("%s", got)
	}
	got = runDoc(t, path, dir, "seccompile needs --json ./web")
	var c jsonCertificate
	if err := json.Unmarshal([]byte(got.Out), &c); err != nil || !c.Complete || c.Arch != "x86_64" || len(c.Places) < 30 || len(c.Calls) < 30 || !strings.HasPrefix(c.Go, "go1.") {
		t.Errorf("%v: %s", err, got)
	}
	for _, x := range c.Calls {
		if x.Call == "socket" && !slices.Equal(x.Args["0"], []string{"0x1", "0x2", "0xa"}) {
			t.Errorf("socket with %v", x.Args)
		}
	}
	// Another program's calls are not those of this one, and what it lacks is said.
	lacking := `{"record":1,"arch":"x86_64","runs":1}
{"abi":"x86_64","call":"socket","nr":41,"count":1,"telling":[0,1,2],"tuples":[["0x10","0x3","0x0"]],"by":["` + web + `"]}
{"abi":"x86_64","call":"bpf","nr":321,"count":1,"by":["` + web + `"]}
{"abi":"x86_64","call":"mount","nr":165,"count":1,"by":["/bin/other"]}
`
	if err := os.WriteFile(filepath.Join(dir, "lacking.record"), []byte(lacking), 0o666); err != nil {
		t.Fatal(err)
	}
	got = runDoc(t, path, dir, "seccompile needs ./web --check lacking.record")
	if got.Status != exitRefused || !strings.Contains(got.Out, "not in the code: x86_64 bpf\n") || !strings.Contains(got.Out, "not in the code: x86_64 socket a0=0x10 a1=0x3 a2=0x0\n") || strings.Contains(got.Out, "mount") {
		t.Errorf("%s", got)
	}
	for _, tt := range []struct{ args, want string }{
		{"", "want one program"},
		{"./web ./web", "want one program"},
		{"./missing", "no such file"},
		{"/dev/zero", "not a regular file"},
		{".", "not a regular file"},
		{"./lacking.record", "no ELF file"},
		{"--places --json ./web", "leave one of them out"},
		{"--check /dev/null ./web", "/dev/null"},
	} {
		if got := runDoc(t, path, dir, "seccompile needs "+tt.args); got.Status != exitUsage || !strings.Contains(got.Err, tt.want) || got.Out != "" {
			t.Errorf("%s: %s", tt.args, got)
		}
	}
}
