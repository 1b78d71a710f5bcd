package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// errFetch marks what Debian's archive does not give: nothing is known of the kernel then.
var errFetch = errors.New("cannot be had")

// errNoPackage is of a suite that has no package of such a name.
var errNoPackage = errors.New("no package")

// A debian fetches packages by name. Each suite and architecture has an apt with a state of its own, which is
// quicker than one for all, and the machine's packages are not touched. The machine's apt.conf.d holds, for proxies.
type debian struct {
	dir string // of the cache
	tmp string // for what a run removes
	mu  sync.Mutex
	set map[string]bool // the apts whose lists of packages are those of today
}

// An apt is one of them.
type apt struct{ dir string }

// apt returns that of a suite for an architecture, with the lists of packages.
func (d *debian) apt(ctx context.Context, suite, deb string) (apt, error) {
	a := apt{filepath.Join(d.dir, "apt", suite+"-"+deb)}
	if d.set[a.dir] {
		return a, nil
	}
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial", "parts"} {
		if err := os.MkdirAll(filepath.Join(a.dir, sub), 0o755); err != nil {
			return a, err
		}
	}
	conf := fmt.Sprintf("Dir::State %q;\nDir::State::status %q;\nDir::Cache %q;\nDir::Etc::SourceList %q;\nDir::Etc::SourceParts %q;\n",
		a.dir+"/state", a.dir+"/state/status", a.dir+"/cache", a.dir+"/sources.list", a.dir+"/parts") +
		fmt.Sprintf("APT::Architecture %q;\nAPT::Architectures { %q; };\nAcquire::Languages \"none\";\nAPT::Sandbox::User \"\";\n", deb, deb)
	sources := fmt.Sprintf("deb [target=Packages signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s main\n", suites[suite])
	for name, text := range map[string]string{"apt.conf": conf, "sources.list": sources, "state/status": ""} {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o644); err != nil {
			return a, err
		}
	}
	_, err := a.run(ctx, d.dir, "apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any")
	d.set[a.dir] = err == nil
	return a, err
}

// run runs a command of apt's in dir and returns what it prints.
func (a apt) run(ctx context.Context, dir string, words ...string) (string, error) {
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "APT_CONFIG="+filepath.Join(a.dir, "apt.conf"), "LC_ALL=C")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %v\n%s", strings.Join(words, " "), err, strings.TrimSpace(stderr.String()))
		if !strings.Contains(stderr.String(), "No space left on device") { // which is not for another day to mend
			err = fmt.Errorf("%w: %v", errFetch, err)
		}
		return "", err
	}
	return string(out), nil
}

// newest returns the packages whose names the pattern matches, the highest version first.
func (a apt) newest(ctx context.Context, pattern string) ([]string, error) {
	re, err := regexp.Compile("^" + pattern + "$")
	if err != nil {
		return nil, err
	}
	prefix, _ := regexp.MustCompile(pattern).LiteralPrefix()
	out, err := a.run(ctx, a.dir, "apt-cache", "pkgnames", prefix)
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range strings.FieldsSeq(out) {
		if re.MatchString(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w %s in the lists of %s", errNoPackage, pattern, a.dir)
	}
	slices.SortFunc(names, func(a, b string) int { return versions(b, a) })
	return names, nil
}

var part = regexp.MustCompile(`[0-9]+|[^0-9]+`)

// versions compares two names, the numbers in them as numbers.
func versions(a, b string) int {
	return slices.CompareFunc(part.FindAllString(a, -1), part.FindAllString(b, -1), func(a, b string) int {
		if len(a) != len(b) && a[0] <= '9' && b[0] <= '9' {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}

// tries are how many versions of a package are tried: a mirror can lack what its lists have.
const tries = 4

// kernel returns the guest's kernel image, which it fetches if the cache lacks it or newer asks for a newer one.
func (d *debian) kernel(ctx context.Context, g guest, newer bool) (image string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := filepath.Join(d.dir, "kernels", g.name)
	image = filepath.Join(dir, "vmlinuz")
	have, whole := held(dir)
	if whole && !newer {
		return image, nil
	}
	a, err := d.apt(ctx, g.suite, g.deb)
	if err != nil {
		return "", err
	}
	names, err := a.newest(ctx, g.kernel)
	if err != nil {
		return "", err
	}
	if whole && names[0] == have {
		return image, nil
	}
	tmp, err := os.MkdirTemp(d.tmp, "fetch")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	var name string
	for _, name = range names[:min(len(names), tries)] {
		fmt.Printf("fetching %s:%s\n", name, g.deb)
		if err = a.unpack(ctx, tmp, name); err == nil || !errors.Is(err, errFetch) || ctx.Err() != nil {
			break
		}
		fmt.Println(err)
	}
	if err != nil {
		return "", err
	}
	found, _ := filepath.Glob(tmp + "/root/boot/vmlinu[xz]*")
	also, _ := filepath.Glob(tmp + "/root/usr/lib/modules/*/vmlinu[xz]")
	if found = append(found, also...); len(found) != 1 {
		return "", fmt.Errorf("%s: kernel images %v, want one", name, found)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := os.Rename(found[0], image); err != nil {
		return "", err
	}
	sum, err := checksum(image)
	if err != nil {
		return "", err
	}
	return image, os.WriteFile(filepath.Join(dir, "package"), []byte(name+" "+sum), 0o644)
}

// held returns the package that the kernel in dir is of; whole is false if the kernel is missing or not what was
// written there.
func held(dir string) (name string, whole bool) {
	text, err := os.ReadFile(filepath.Join(dir, "package"))
	name, sum, _ := strings.Cut(string(text), " ")
	if err != nil {
		return name, false
	}
	now, err := checksum(filepath.Join(dir, "vmlinuz"))
	return name, err == nil && now == sum
}

// checksum returns the SHA-256 of a file.
func checksum(file string) (string, error) {
	data, err := os.ReadFile(file)
	return fmt.Sprintf("%x", sha256.Sum256(data)), err
}

// unpack puts the files of packages below dir/root, where /bin and the like are links into /usr.
func (a apt) unpack(ctx context.Context, dir string, packages ...string) error {
	if _, err := a.run(ctx, dir, append([]string{"apt-get", "download", "-q"}, packages...)...); err != nil {
		return err
	}
	debs, err := filepath.Glob(dir + "/*.deb")
	if err != nil || len(debs) != len(packages) {
		return fmt.Errorf("%w: of %v there are %v (%v)", errFetch, packages, debs, err)
	}
	for _, sub := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.MkdirAll(filepath.Join(dir, "root/usr", sub), 0o755); err != nil {
			return err
		}
		if err := os.Symlink("usr/"+sub, filepath.Join(dir, "root", sub)); err != nil {
			return err
		}
	}
	for _, deb := range debs {
		const files = `dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink --exclude='*.ko' --exclude='*.ko.xz' --exclude='./usr/share/*'`
		out, err := exec.CommandContext(ctx, "bash", "-o", "pipefail", "-c", files, "bash", deb, dir+"/root").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %v\n%s", deb, err, out)
		}
	}
	return nil
}

// commands are the packages of a shell, and of what tests start.
var commands = []string{"dash", "coreutils", "grep", "sed"}

// userland returns a directory with those for the guest, which it fetches if the cache lacks it or has changed it.
func (d *debian) userland(ctx context.Context, g guest) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := filepath.Join(d.dir, "userland", g.deb+"-"+strings.Join(commands, "-"))
	sum, err := treeSum(dir)
	if had, _ := os.ReadFile(dir + ".sum"); err == nil && string(had) == sum {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	suite := "bookworm"
	if g.deb == "riscv64" {
		suite = "sid" // bookworm has none
	}
	a, err := d.apt(ctx, suite, g.deb)
	if err != nil {
		return "", err
	}
	// What is wanted is what apt would install where nothing is.
	out, err := a.run(ctx, a.dir, append([]string{"apt-get", "install", "-s", "-q", "--no-install-recommends"}, commands...)...)
	if err != nil {
		return "", err
	}
	var packages []string
	for _, m := range regexp.MustCompile(`(?m)^Inst (\S+) `).FindAllStringSubmatch(out, -1) {
		packages = append(packages, m[1])
	}
	tmp, err := os.MkdirTemp(d.tmp, "fetch")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	fmt.Printf("fetching a userland of %s: %s\n", g.deb, strings.Join(packages, " "))
	if err := a.unpack(ctx, tmp, packages...); err != nil {
		return "", err
	}
	if err := os.Symlink("dash", filepath.Join(tmp, "root/usr/bin/sh")); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	if sum, err = treeSum(filepath.Join(tmp, "root")); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(tmp, "root"), dir); err != nil {
		return "", err
	}
	return dir, os.WriteFile(dir+".sum", []byte(sum), 0o644)
}

// treeSum returns a checksum of all that is below a directory.
func treeSum(dir string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		what := ""
		switch entry.Type() {
		case 0:
			what, err = checksum(name)
		case fs.ModeSymlink:
			what, err = os.Readlink(name)
		}
		fmt.Fprintf(h, "%q %v %q\n", rel, entry.Type(), what)
		return err
	})
	return fmt.Sprintf("%x", h.Sum(nil)), err
}
