package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// TestTarGz: an archive has the files in their order, of the given time and of root, and
// gzip's header says nothing of the machine.
func TestTarGz(t *testing.T) {
	data, err := tarGz([]file{{"b/x", 0o755, []byte("1")}, {"b/a", 0o644, []byte("22")}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() || z.Comment != "" || z.Extra != nil {
		t.Errorf("gzip's header is %+v", z.Header)
	}
	type entry struct {
		Name, Text, User string
		Mode             int64
		UID              int
		Time             time.Time
	}
	want := []entry{{"b/x", "1", "", 0o755, 0, noon}, {"b/a", "22", "", 0o644, 0, noon}}
	var got []entry
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entry{h.Name, string(text), h.Uname, h.Mode, h.Uid, h.ModTime.UTC()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("archive (-want +got)\n%s", diff)
	}
}

// TestAddLicenses: licenses and notices are found by name; a module without one cannot be
// published.
func TestAddLicenses(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := addLicenses(&b, "m v1", dir); err == nil {
		t.Error("a module without a license passes")
	}
	for name, text := range map[string]string{"LICENSE.txt": "may\n", "NOTICE": "by\n", "license.go": "package m\n", "README": "no\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := addLicenses(&b, "m v1", dir); err != nil {
		t.Fatal(err)
	}
	if want := "== m v1: LICENSE.txt\n\nmay\n\n== m v1: NOTICE\n\nby\n\n"; !strings.HasPrefix(b.String(), want) || strings.Contains(b.String(), "no\n") {
		t.Errorf("addLicenses writes %q, want %q", b.String(), want)
	}
}

// released is a binary as check wants it.
func released() *binary {
	return &binary{target: target{"linux", "arm"}, data: []byte("ELF"), info: &debug.BuildInfo{
		GoVersion: toolchain,
		Main:      debug.Module{Path: command, Version: "v0.1.0", Sum: "h1:main="},
		Deps:      []*debug.Module{{Path: library, Version: "v0.1.0", Sum: "h1:lib="}, {Path: "example.com/m", Version: "v1.2.0", Sum: "h1:m="}},
		Settings:  []debug.BuildSetting{{Key: "GOARCH", Value: "arm"}, {Key: "GOOS", Value: "linux"}},
	}, licenses: file{"LICENSE-THIRD-PARTY", 0o644, []byte("may, too")}}
}

// TestCheck: a binary of anything but the release, its toolchain and its modules is an
// error.
func TestCheck(t *testing.T) {
	c, sums := &commit{version: "v0.1.0"}, "example.com/m v1.2.0 h1:m=\nexample.com/m v1.2.0/go.mod h1:g=\n"
	if err := released().check(c, sums); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		wrong func(*binary)
		want  string
	}{
		{"another target", func(b *binary) { b.arch = "arm64" }, "is for linux/arm"},
		{"not the release", func(b *binary) { b.info.Main.Version = "(devel)" }, "(devel)"},
		{"not the command", func(b *binary) { b.info.Main.Path = library }, "want " + command},
		{"another toolchain", func(b *binary) { b.info.GoVersion = "go1.2" }, "go1.2,"},
		{"another library", func(b *binary) { b.info.Deps[0].Version = "v0.0.9" }, "the library v0.0.9"},
		{"a replaced module", func(b *binary) { b.info.Deps[1].Replace = new(debug.Module) }, "is replaced"},
		{"another sum", func(b *binary) { b.info.Deps[1].Sum = "h1:n=" }, "go.sum lacks example.com/m v1.2.0 h1:n="},
	}
	for _, tt := range tests {
		b := released()
		tt.wrong(b)
		if err := b.check(c, sums); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestBOM: the document has the binary's hash and every module once, and depends on each.
func TestBOM(t *testing.T) {
	text, err := bom(&commit{version: "v0.1.0", time: noon}, released())
	if err != nil {
		t.Fatal(err)
	}
	var got bomDocument
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bomHash{{"SHA-256", "706abe3c90152075e656b661079730facf323f3ebccda7547ee1935c90845a09"}}, got.Metadata.Component.Hashes); diff != "" {
		t.Errorf("hashes (-want +got)\n%s", diff) // of "ELF"
	}
	want := []string{"pkg:golang/std@" + strings.TrimPrefix(toolchain, "go"), "pkg:golang/" + library + "@v0.1.0", "pkg:golang/example.com/m@v1.2.0"}
	var names []string
	for _, c := range got.Components {
		names = append(names, c.PURL)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("components (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]bomDepends{{"pkg:golang/" + command + "@v0.1.0", want}}, got.Dependencies); diff != "" {
		t.Errorf("dependencies (-want +got)\n%s", diff)
	}
	if got.Metadata.Timestamp != "2026-01-02T12:00:00Z" {
		t.Errorf("timestamp %s, want the commit's", got.Metadata.Timestamp)
	}
}

// TestImage: the image has a manifest for each target of Linux, and every descriptor that
// can be reached leads to a blob of its size and digest.
func TestImage(t *testing.T) {
	windows := released()
	windows.os, windows.arch = "windows", "amd64"
	s390x := released()
	s390x.arch, s390x.data = "s390x", []byte("another")
	data, err := ociImage(&commit{version: "v0.1.0", time: noon}, file{"LICENSE", 0o644, []byte("may")}, []*binary{released(), windows, s390x})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	read := func(d imageDescriptor, into any) []byte {
		t.Helper()
		blob := files["blobs/"+strings.Replace(d.Digest, ":", "/", 1)]
		if len(blob) != d.Size || fmt.Sprintf("sha256:%x", sha256.Sum256(blob)) != d.Digest {
			t.Fatalf("%v leads to a blob of %d bytes", d, len(blob))
		}
		if into != nil {
			if err := json.Unmarshal(blob, into); err != nil {
				t.Fatal(err)
			}
		}
		return blob
	}
	var top, index imageIndex
	if err := json.Unmarshal(files["index.json"], &top); err != nil {
		t.Fatal(err)
	}
	read(top.Manifests[0], &index)
	var got []imagePlatform
	for _, d := range index.Manifests {
		var m imageManifest
		var c imageConfig
		read(d, &m)
		read(m.Config, &c)
		got = append(got, *d.Platform)
		if c.imagePlatform != *d.Platform || c.Created != "2026-01-02T12:00:00Z" || c.Config.Labels["org.opencontainers.image.version"] != "v0.1.0" {
			t.Errorf("%v has the configuration %+v", *d.Platform, c)
		}
		z, err := gzip.NewReader(bytes.NewReader(read(m.Layers[0], nil)))
		if err != nil {
			t.Fatal(err)
		}
		layer, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		if sum := fmt.Sprintf("sha256:%x", sha256.Sum256(layer)); len(c.RootFS.DiffIDs) != 1 || sum != c.RootFS.DiffIDs[0] {
			t.Errorf("%v: the layer is %s, and the configuration has %v", *d.Platform, sum, c.RootFS.DiffIDs)
		}
	}
	if diff := cmp.Diff([]imagePlatform{{"arm", "linux", "v6"}, {"s390x", "linux", ""}}, got); diff != "" {
		t.Errorf("platforms (-want +got)\n%s", diff)
	}
}

// TestBlobs: a blob that comes twice is there once.
func TestBlobs(t *testing.T) {
	var l blobs
	a, b, c := l.add(layerType, []byte("x")), l.add(layerType, []byte("x")), l.add(layerType, []byte("y"))
	if a.Digest != b.Digest || a.Digest == c.Digest || len(l.files) != 2 || a.Size != 1 {
		t.Errorf("add(x), add(x), add(y) = %v, %v, %v and %d files", a, b, c, len(l.files))
	}
	if want := "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"; a.Digest != want {
		t.Errorf("the digest of x is %s, want %s", a.Digest, want)
	}
}

// TestWrite: the directory has all files, and one that is not empty stays as it is.
func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := write(dir, []file{{"x", 0o604, []byte("1")}}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "x")); err != nil || string(text) != "1" {
		t.Errorf("x has %q, %v", text, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "x")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o604 {
		t.Errorf("x has another mode than it was given, by the umask: %v, %v", info, err)
	}
	if err := write(dir, []file{{"y", 0o644, nil}}); err == nil {
		t.Error("write replaces a directory with files in it")
	}
	if err := build(io.Discard, nil, nil, false, dir); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("build into a directory with files in it: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the directory: %v, %v", left, err)
	}
}
