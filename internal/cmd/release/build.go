package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// toolchain is the release of Go that builds: other ones make other bytes.
const toolchain = "go1.26.8"

// A target is a system that binaries are made for.
type target struct{ os, arch string }

func (t target) String() string { return t.os + "/" + t.arch }

// targets are in the order in which they are built. One is that of this machine, whose
// binary prints the manual and the completions.
var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"linux", "386"}, {"linux", "arm"}, {"linux", "riscv64"},
	{"linux", "s390x"}, {"linux", "ppc64le"}, {"linux", "mips64le"}, {"linux", "loong64"},
	{"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

// levels are the oldest processors of each architecture that Go knows, but for arm: 6 is
// the first with floating point.
var levels = []string{
	"GOAMD64=v1", "GOARM64=v8.0", "GO386=sse2", "GOARM=6", "GORISCV64=rva20u64", "GOPPC64=power8", "GOMIPS64=hardfloat",
}

// A binary is the command for a target.
type binary struct {
	target
	data     []byte
	info     *buildinfo.BuildInfo
	licenses file // of all that it contains of others
}

// name is that of the file.
func (b *binary) name() string {
	if b.os == "windows" {
		return "seccompile.exe"
	}
	return "seccompile"
}

// A builder installs the command from a repository that has the tags of the release.
type builder struct {
	*commit
	tmp string   // the repository, and what go install makes
	env []string // of go install, for all targets
}

// newBuilder makes the repository in tmp. Of the machine's settings, those for the
// download of modules and the cache of compiled packages are kept.
func newBuilder(c *commit, tmp string) (*builder, error) {
	repo := filepath.Join(tmp, "repository")
	t := tags(c.version)
	for _, args := range [][]string{
		{"init", "-q", "--bare", repo},
		{"-C", repo, "fetch", "-q", "--no-tags", c.dir, "HEAD:refs/tags/" + t[0]},
		{"-C", repo, "tag", t[1], t[0]},
	} {
		if _, err := output(exec.Command("git", args...)); err != nil {
			return nil, err
		}
	}
	tagged, err := output(exec.Command("git", "-C", repo, "rev-parse", t[0]))
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(tagged) != c.hash {
		return nil, fmt.Errorf("the checkout moved from %s to %s: run this again", c.hash, strings.TrimSpace(tagged))
	}
	out, err := output(exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB"))
	if err != nil {
		return nil, err
	}
	var set struct{ GOCACHE, GOMODCACHE, GOPROXY, GOSUMDB string }
	if err := json.Unmarshal([]byte(out), &set); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	env := append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + tmp, "TMPDIR=" + tmp,
		"GOENV=off", "GOWORK=off", "GOTOOLCHAIN=" + toolchain, "CGO_ENABLED=0", "GOFLAGS=-modcacherw",
		"GOPATH=" + filepath.Join(tmp, "gopath"), "GOMODCACHE=" + filepath.Join(tmp, "modules"), "GOCACHE=" + set.GOCACHE,
		"GOPRIVATE=" + library, "GOSUMDB=" + set.GOSUMDB,
		"GOPROXY=file://" + filepath.ToSlash(set.GOMODCACHE) + "/cache/download," + set.GOPROXY,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url.file://" + filepath.ToSlash(repo) + ".insteadOf", "GIT_CONFIG_VALUE_0=https://" + library,
	}, levels...)
	return &builder{c, tmp, env}, nil
}

// run returns what a go command prints for a target.
func (b *builder) run(t target, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = b.tmp
	cmd.Env = append(b.env, "GOOS="+t.os, "GOARCH="+t.arch)
	return output(cmd)
}

// install returns the command for a target. The linker leaves out the symbol table and
// DWARF, which neither traces of panics nor scanners of modules need.
func (b *builder) install(t target) (*binary, error) {
	if _, err := b.run(t, "install", "-trimpath", "-ldflags=-s -w", command+"@"+b.version); err != nil {
		return nil, err
	}
	bin := &binary{target: t}
	file := filepath.Join(b.tmp, "gopath", "bin", t.os+"_"+t.arch, bin.name())
	if _, err := os.Stat(file); err != nil { // for this machine, go install makes no directory
		file = b.own()
	}
	var err error
	if bin.info, err = buildinfo.ReadFile(file); err != nil {
		return nil, err
	}
	if bin.data, err = os.ReadFile(file); err != nil {
		return nil, err
	}
	sums, err := b.file("cmd/seccompile/go.sum")
	if err != nil {
		return nil, err
	}
	if err := bin.check(b.commit, string(sums)); err != nil {
		return nil, err
	}
	bin.licenses, err = b.licensesOf(bin)
	return bin, err
}

// own is the path of the command for this machine.
func (b *builder) own() string { return filepath.Join(b.tmp, "gopath", "bin", "seccompile") }

// check reports whether the binary is that of the release, with the modules of its go.sum.
func (b *binary) check(c *commit, sums string) error {
	set := map[string]string{}
	for _, s := range b.info.Settings {
		set[s.Key] = s.Value
	}
	if got := set["GOOS"] + "/" + set["GOARCH"]; got != b.String() {
		return fmt.Errorf("%s: the binary is for %s", b.target, got)
	}
	if m := b.info.Main; m.Path != command || m.Version != c.version || b.info.GoVersion != toolchain {
		return fmt.Errorf("%s: the binary is %s %s of %s, want %s %s of %s", b.target, m.Path, m.Version, b.info.GoVersion, command, c.version, toolchain)
	}
	for _, m := range b.info.Deps {
		switch {
		case m.Replace != nil:
			return fmt.Errorf("%s: %s is replaced", b.target, m.Path)
		case m.Path == library && m.Version != c.version:
			return fmt.Errorf("%s: the binary has the library %s, want %s", b.target, m.Version, c.version)
		case m.Path != library && !strings.Contains("\n"+sums, "\n"+m.Path+" "+m.Version+" "+m.Sum+"\n"):
			return fmt.Errorf("%s: cmd/seccompile/go.sum lacks %s %s %s", b.target, m.Path, m.Version, m.Sum)
		}
	}
	return nil
}

// build writes the files of a release to a directory that must be empty or not exist. A
// build that fails leaves nothing there.
func build(w io.Writer, c *commit, list []target, image bool, dir string) (err error) {
	if found, err := os.ReadDir(dir); err == nil && len(found) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	}
	tmp, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	b, err := newBuilder(c, tmp)
	if err != nil {
		return err
	}
	var binaries []*binary
	for _, t := range list {
		fmt.Fprintln(w, t)
		bin, err := b.install(t)
		if err != nil {
			return err
		}
		binaries = append(binaries, bin)
	}
	files, err := b.files(binaries, image)
	if err != nil {
		return err
	}
	return write(dir, append(files, sums(files)))
}

// files returns the files of a release but SHA256SUMS.
func (b *builder) files(binaries []*binary, image bool) (list []file, err error) {
	shared, err := b.texts()
	if err != nil {
		return nil, err
	}
	for _, bin := range binaries {
		name := fmt.Sprintf("seccompile_%s_%s_%s", b.version, bin.os, bin.arch)
		inside := append([]file{{bin.name(), 0o755, bin.data}, bin.licenses}, shared...)
		for i := range inside {
			inside[i].name = name + "/" + inside[i].name
		}
		archive, err := tarGz(inside, b.time)
		if err != nil {
			return nil, err
		}
		bom, err := bom(b.commit, bin)
		if err != nil {
			return nil, err
		}
		list = append(list, file{name + ".tar.gz", 0o644, archive}, file{name + ".cdx.json", 0o644, bom})
	}
	if image {
		data, err := ociImage(b.commit, shared[0], binaries)
		if err != nil {
			return nil, err
		}
		list = append(list, file{"seccompile_" + b.version + "_image.tar", 0o644, data})
	}
	return list, nil
}

// sums returns SHA256SUMS, for sha256sum -c.
func sums(files []file) file {
	var b bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(f.data), f.name)
	}
	return file{"SHA256SUMS", 0o644, b.Bytes()}
}

// write writes all files to the directory, or none.
func write(dir string, files []file) error {
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".release")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, f := range files {
		name := filepath.Join(tmp, f.name)
		if err := os.WriteFile(name, f.data, 0o666); err != nil {
			return err
		}
		if err := os.Chmod(name, fs.FileMode(f.mode)); err != nil { // whatever the umask
			return err
		}
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	return os.Rename(tmp, dir) // replaces an empty directory
}
