package oracle

import (
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	_ "unsafe" // for linkname

	moby "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

// mobyNames is moby's table of hosts, from GOARCH to the name that guards are
// compared with. moby looks up runtime.GOARCH: what stands there is the host.
//
//go:linkname mobyNames github.com/moby/profiles/seccomp.goToNative
var mobyNames map[string]string

// mobyABIs is moby's table of the ABIs that archMap is searched for, by those
// names.
//
//go:linkname mobyABIs github.com/moby/profiles/seccomp.nativeToSeccomp
var mobyABIs map[string]specs.Arch

// mobyKernel is how moby asks for the kernel's version.
//
//go:linkname mobyKernel github.com/moby/profiles/seccomp.getKernelVersion
var mobyKernel func() (*moby.KernelVersion, error)

// TestMoby: we resolve as moby does, on every host of its table, which has some
// that Go has no port for, and on mips, which it lacks.
func TestMoby(t *testing.T) {
	names := map[arch.Arch]string{arch.MIPS: ""}
	for _, goarch := range slices.Sorted(maps.Keys(mobyNames)) {
		a, err := arch.Parse(goarch)
		if err != nil {
			t.Fatalf("moby has a host that we do not know: %v", err)
		}
		names[a] = mobyNames[goarch]
	}
	const mips = "a name for mips"
	h := hearing{
		name:    "moby",
		load:    moby.LoadProfile,
		dialect: profile.Docker,
		hosts:   slices.Sorted(maps.Keys(names)),
		become: func(host profile.Target) (restore func()) {
			name, kernel := mobyNames[runtime.GOARCH], mobyKernel
			mobyNames[runtime.GOARCH] = names[host.Arch]
			mobyKernel = func() (*moby.KernelVersion, error) {
				return &moby.KernelVersion{Kernel: uint64(host.Kernel.Major), Major: uint64(host.Kernel.Minor)}, nil
			}
			return func() {
				mobyNames[runtime.GOARCH], mobyKernel = name, kernel
				delete(mobyABIs, mips)
			}
		},
		complete: func() {
			if mobyNames[runtime.GOARCH] == "" {
				mobyNames[runtime.GOARCH] = mips
				mobyABIs[mips] = specs.ArchMIPS
			}
		},
	}
	dir := moduleDir(t, "github.com/moby/profiles/seccomp")
	h.run(t, filepath.Join(dir, "default.json"), filepath.Join(dir, "fixtures", "*.json"))
}
