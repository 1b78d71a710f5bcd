package main

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// overlay replaces the generated file by one that compiles the same policy at start.
const overlay = "-overlay=atstart"

// build builds the program statically and returns its path, or the go command's output.
func build(t *testing.T, goarch string, flags ...string) (path, failure string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "embedded")
	args := []string{"build", "-o", path}
	for _, flag := range flags {
		if flag == overlay {
			name := filepath.Join(dir, "overlay.json")
			text, err := json.Marshal(map[string]map[string]string{"Replace": {
				absolute(t, "zfilter_linux_"+goarch+".go"): absolute(t, "testdata/atstart/filter.go"),
			}})
			if err == nil {
				err = os.WriteFile(name, text, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			flag = "-overlay=" + name
		}
		args = append(args, flag)
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+goarch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", string(out)
	}
	return path, ""
}

func mustBuild(t *testing.T, flags ...string) string {
	t.Helper()
	path, failure := build(t, runtime.GOARCH, flags...)
	if failure != "" {
		t.Fatal(failure)
	}
	return path
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func live(t *testing.T) {
	t.Helper()
	if why := os.Getenv("SECCOMPILE_NO_LIVE"); why != "" {
		t.Skip(why)
	}
}

// compressed returns text as gzip, in two parts: all of the text can be read from the
// first.
func compressed(t *testing.T, text string) (first, rest []byte) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Flush(); err != nil {
		t.Fatal(err)
	}
	n := b.Len()
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()[:n], b.Bytes()[n:]
}

// TestFiltered: while the program works, each of its threads has one filter.
func TestFiltered(t *testing.T) {
	live(t)
	for _, flags := range [][]string{nil, {overlay}} {
		cmd := exec.Command(mustBuild(t, flags...))
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timeout := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		defer timeout.Stop()
		const text = "some text\n"
		first, rest := compressed(t, text)
		in.Write(first)
		got := make([]byte, len(text))
		if _, err := io.ReadFull(out, got); err != nil || string(got) != text {
			t.Errorf("%s: output %q, %v, want %q", flags, got, err, text)
		}
		tasks, err := filepath.Glob("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/task/*/status")
		if err != nil || len(tasks) < 2 {
			t.Errorf("%s: %d threads, %v, want several", flags, len(tasks), err)
		}
		for _, task := range tasks {
			status, err := os.ReadFile(task)
			if err == nil && !strings.Contains(string(status), "\nSeccomp:\t2\n") {
				t.Errorf("%s: no filter in %s", flags, task)
			}
		}
		// For longer than a second, since the runtime looks at the processors once in one.
		time.Sleep(1500 * time.Millisecond)
		in.Write(rest)
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", flags, err)
		}
	}
}

// TestSize: the program is static, has nothing of the compiler in it, and is much smaller
// than one that compiles at start.
func TestSize(t *testing.T) {
	size := func(flags ...string) int64 {
		path := mustBuild(t, append(flags, "-trimpath", "-ldflags=-s -w")...)
		f, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
			t.Errorf("%s: not a static binary", flags)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	embedded, atStart := size(), size(overlay)
	t.Logf("%d bytes with the filter in it, %d that compile at start", embedded, atStart)
	if embedded*3 > atStart*2 {
		t.Errorf("%d bytes with the filter in it, and %d that compile at start: want at most two thirds", embedded, atStart)
	}

	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`(?m)^github.com/seccompile/seccompile/.*$`).FindAllString(string(out), -1)
	want := []string{"github.com/seccompile/seccompile/internal/abi", "github.com/seccompile/seccompile/install", "github.com/seccompile/seccompile/examples/embedded"}
	if !slices.Equal(got, want) {
		t.Errorf("the program is made of %s, want %s", got, want)
	}
}

// TestABI: the program builds for the ABIs that have a filter, and for no other.
func TestABI(t *testing.T) {
	for goarch, want := range map[string]string{
		"amd64":   "",
		"arm64":   "",
		"386":     "undefined: filter",
		"riscv64": "undefined: filter",
	} {
		if _, failure := build(t, goarch); (failure == "") != (want == "") || !strings.Contains(failure, want) {
			t.Errorf("GOARCH=%s go build: %q, want %q", goarch, failure, want)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	for b.Loop() {
		filter()
	}
}
