//go:build seccomp

package libseccomp

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	containers "github.com/containers/common/pkg/seccomp"
	moby "github.com/moby/profiles/seccomp"
	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// Missing calls are those that libseccomp has no rules for on an ABI.
type missingCalls struct {
	arch  arch.Arch // 0: all
	calls string    // as words
	why   string
}

// missing is all that libseccomp's filters of the profiles below differ in from
// ours: calls that libseccomp 2.5 has no rules for.
var missing = []missingCalls{
	{0, "getxattrat listmount listxattrat mseal removexattrat setxattrat statmount uretprobe riscv_hwprobe", "libseccomp 2.5 does not know them"},
	{arch.X32, "map_shadow_stack", "libseccomp 2.5 has it on other ABIs only"},
}

// TestShipped: libseccomp makes of the profiles that engines come with what we
// make of them, but for what is missing. moby's and containers-common's are
// resolved by their own code, ours is resolved for other machines, too. Docker and
// Podman have them compiled at optimize level 2, Mesos at level 1.
func TestShipped(t *testing.T) {
	if major, minor, _ := seccomp.GetLibraryVersion(); major != 2 || minor != 5 {
		t.Skipf("what is missing is of libseccomp 2.5, this is %d.%d", major, minor)
	}
	target, err := profile.Host()
	if err != nil {
		t.Fatal(err)
	}
	if target.Arch != arch.X86_64 {
		t.Skipf("the resolvers are asked on x86_64, this is %s", target.Arch)
	}
	target.Caps, target.Compat, target.AcceptWeaker, target.Enosys.Mode = mustCaps("docker"), profile.CompatRunc, true, profile.EnosysOff
	spec := &specs.Spec{Process: &specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: target.Caps}}}
	mesos, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "profiles", "mesos.json"))
	if err != nil {
		t.Fatal(err)
	}

	c := comparison{t: t, seen: map[string]bool{}}
	c.compare("moby's", marshal(t, moby.DefaultProfile()), profile.Docker, target, func() (*specs.LinuxSeccomp, error) { return moby.GetDefaultProfile(spec) }, 1, 2)
	c.compare("containers-common's", marshal(t, containers.DefaultProfile()), profile.Containers, target, func() (*specs.LinuxSeccomp, error) { return containers.GetDefaultProfile(spec) }, 1, 2)
	c.compare("Mesos'", mesos, profile.Mesos, target, nil, 1)
	for _, a := range []arch.Arch{arch.X86_64, arch.X86, arch.AArch64, arch.ARM, arch.RISCV64, arch.PPC64LE, arch.MIPSEL64, arch.MIPSEL} {
		target.Arch = a
		c.compare("ours", profile.DefaultText(), profile.Docker, target, nil, 1, 2)
	}
	for _, m := range missing {
		for call := range strings.FieldsSeq(m.calls) {
			if !c.seen[call] {
				t.Errorf("no filter differs in %s: the row is stale (delete it there): %s", call, m.why)
			}
		}
	}
}

// marshal returns a profile as text.
func marshal(t *testing.T, p any) []byte {
	t.Helper()
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A comparison is of libseccomp's filters of some profiles and ours.
type comparison struct {
	t    *testing.T
	seen map[string]bool // calls that some filters differ in
}

// compare compares the filters of a profile at some optimize levels. Without
// resolve it is us who say what libseccomp is given.
func (c *comparison) compare(name string, text []byte, dialect profile.Dialect, target profile.Target, resolve func() (*specs.LinuxSeccomp, error), levels ...int) {
	c.t.Helper()
	p, err := profile.Parse(text, profile.ParseOptions{Dialect: dialect})
	if err != nil {
		c.t.Fatalf("Parse(%s): %v", name, err)
	}
	res, err := p.Resolve(target)
	if err != nil {
		c.t.Fatalf("Resolve(%s) for %s: %v", name, target.Arch, err)
	}
	ours, err := compile.Resolution(res, compile.Options{})
	if err != nil {
		c.t.Fatalf("Resolution(%s) for %s: %v", name, target.Arch, err)
	}
	if resolve == nil {
		resolve = func() (*specs.LinuxSeccomp, error) {
			text, err := res.MarshalJSON()
			if err != nil {
				return nil, err
			}
			s := new(specs.LinuxSeccomp)
			return s, json.Unmarshal(text, s)
		}
	}
	s, err := resolve()
	if err != nil {
		c.t.Fatalf("%s for %s: %v", name, target.Arch, err)
	}
	for _, level := range levels {
		theirs, err := Filter(s, target.Arch, level)
		if err != nil {
			c.t.Fatalf("Filter(%s, %s, %d): %v", name, target.Arch, level, err)
		}
		list, err := prove.Programs(prove.Program{Insns: theirs, Arch: target.Arch}, prove.Program{Insns: ours.Insns(), Arch: target.Arch})
		if err != nil {
			c.t.Fatalf("Programs(%s) for %s at level %d: %v", name, target.Arch, level, err)
		}
		c.t.Logf("%s for %s at level %d: libseccomp makes %d instructions, we make %d; %d differences", name, target.Arch, level, len(theirs), len(ours.Insns()), len(list))
		for _, d := range list {
			if !c.explain(d) {
				c.t.Errorf("%s for %s at level %d: audit values %#x to %#x, numbers %#x to %#x: libseccomp has %s, we have %s, as in %s",
					name, target.Arch, level, d.FirstAudit, d.LastAudit, d.FirstNr, d.LastNr, d.Old, d.New, d.Witness)
			}
		}
	}
}

// explain reports whether a difference is in calls that libseccomp is missing
// alone.
func (c *comparison) explain(d prove.Difference) bool {
	if d.FirstAudit != d.LastAudit {
		return false
	}
	for nr := d.FirstNr; ; nr++ {
		a, _ := arch.Of(d.FirstAudit, nr)
		name, known := syscalls.Name(a, nr)
		if !known || !slices.ContainsFunc(missing, func(m missingCalls) bool {
			return (m.arch == 0 || m.arch == a) && slices.Contains(strings.Fields(m.calls), name)
		}) {
			return false
		}
		c.seen[name] = true
		if nr == d.LastNr {
			return true
		}
	}
}
