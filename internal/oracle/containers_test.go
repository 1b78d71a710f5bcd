//go:build seccomp

package oracle

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	_ "unsafe" // for linkname

	containers "github.com/containers/common/pkg/seccomp"
	"github.com/google/go-cmp/cmp"
	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/oracle/native"
	"github.com/seccompile/seccompile/profile"
)

// containersHosts is containers-common's table of hosts that archMap counts on:
// from the name that libseccomp-golang prints to the ABI.
//
//go:linkname containersHosts github.com/containers/common/pkg/seccomp.nativeToSeccomp
var containersHosts map[string]containers.Arch

// containersErrnos is containers-common's table of errnos, with the numbers of
// the machine that it was built for.
//
//go:linkname containersErrnos github.com/containers/common/pkg/seccomp.errnoArch
var containersErrnos map[string]uint

// containersPorts are the hosts that libseccomp 2.5 knows, with the Go port that
// has their errnos. What later releases know depends on the headers here; of
// PA-RISC, which has errnos of its own, Go has no port.
var containersPorts = []struct {
	host arch.Arch
	port string
}{
	{arch.X86, "386"},
	{arch.X86_64, "amd64"},
	{arch.X32, "amd64"},
	{arch.ARM, "arm"},
	{arch.AArch64, "arm64"},
	{arch.MIPS, "mips"},
	{arch.MIPSEL, "mipsle"},
	{arch.MIPS64, "mips64"},
	{arch.MIPSEL64, "mips64le"},
	{arch.MIPS64N32, "mips64"},
	{arch.MIPSEL64N32, "mips64le"},
	{arch.PPC, "ppc"},
	{arch.PPC64, "ppc64"},
	{arch.PPC64LE, "ppc64le"},
	{arch.RISCV64, "riscv64"},
	{arch.S390, "s390x"},
	{arch.S390X, "s390x"},
}

// TestContainers: we resolve as containers-common does, on every host.
func TestContainers(t *testing.T) {
	errnos := portErrnos(t)
	h := hearing{
		name:    "containers",
		load:    containers.LoadProfile,
		dialect: profile.Containers,
		become: func(host profile.Target) (restore func()) {
			back, archMap, numbers := native.Set(host.Arch), containersHosts, containersErrnos
			containersHosts, containersErrnos = maps.Clone(archMap), errnos[host.Arch]
			return func() {
				back()
				containersHosts, containersErrnos = archMap, numbers
			}
		},
		complete: func() {
			host, err := seccomp.GetNativeArch()
			if err != nil {
				t.Fatal(err)
			}
			a, err := arch.Parse(host.String())
			if err != nil {
				t.Fatal(err)
			}
			containersHosts[host.String()] = containers.Arch(a.SCMP())
		},
	}
	for _, p := range containersPorts {
		h.hosts = append(h.hosts, p.host)
	}
	name := containersProfile(t)
	h.run(t, name, filepath.Join(filepath.Dir(name), "fixtures", "*.json"))
}

// containersProfile returns the path of Podman's default profile.
func containersProfile(t *testing.T) string {
	return filepath.Join(moduleDir(t, "github.com/containers/common"), "pkg", "seccomp", "seccomp.json")
}

// portErrnos returns containers-common's table of errnos for each host, as it
// comes out when it is built there: from the constants of x/sys/unix.
func portErrnos(t *testing.T) map[arch.Arch]map[string]uint {
	dir := filepath.Join(moduleDir(t, "golang.org/x/sys"), "unix")
	constant := regexp.MustCompile(`(?m)^\t(E\w+) += syscall\.Errno\((0x[0-9a-f]+)\)$`)
	tables := map[arch.Arch]map[string]uint{}
	for _, p := range containersPorts {
		tables[p.host] = map[string]uint{}
		for _, name := range []string{"zerrors_linux.go", "zerrors_linux_" + p.port + ".go"} {
			in, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range constant.FindAllStringSubmatch(string(in), -1) {
				n, err := strconv.ParseUint(m[2], 0, 16)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if _, ok := containersErrnos[m[1]]; ok {
					tables[p.host][m[1]] = uint(n)
				}
			}
		}
		if len(tables[p.host]) != len(containersErrnos) {
			t.Fatalf("x/sys/unix for %s has %d of %d errnos", p.port, len(tables[p.host]), len(containersErrnos))
		}
	}
	return tables
}

// TestContainersErrnos: we know all of containers-common's names of errnos, by
// the same numbers on each host.
func TestContainersErrnos(t *testing.T) {
	for host, want := range portErrnos(t) {
		got := map[string]uint{}
		for name := range want {
			text := fmt.Sprintf(`{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": %q}`, name)
			p, err := profile.Parse([]byte(text), profile.ParseOptions{})
			if err != nil {
				t.Errorf("Parse(%s): %v", text, err)
				continue
			}
			pol, err := p.Resolve(profile.Target{Arch: host})
			if err != nil {
				t.Errorf("Resolve(%s) for %s: %v", text, host, err)
				continue
			}
			got[name] = uint(pol.Policy().Default.Data())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("errnos on %s (-containers +ours)\n%s", host, diff)
		}
	}
}

// TestContainersKnown: nobody has to say which dialect Podman's default profile
// is in.
func TestContainersKnown(t *testing.T) {
	in, err := os.ReadFile(containersProfile(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse(in, profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Dialect() != profile.Containers {
		t.Errorf("Parse(seccomp.json) takes it for %s, want %s", p.Dialect(), profile.Containers)
	}
}
