package profile

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestLaw2Guards tries every combination of the six guards, each of them absent,
// holding or not.
func TestLaw2Guards(t *testing.T) {
	holds := map[string]any{"caps": []string{"CAP_CHOWN"}, "arches": []string{"arm64", "amd64"}, "minKernel": "4.8"}
	fails := map[string]any{"caps": []string{"CAP_BPF"}, "arches": []string{"arm64", "x86"}, "minKernel": "6.19"}
	keys := []string{"caps", "arches", "minKernel"}
	target := Target{Caps: []string{"CAP_CHOWN", "CAP_KILL"}, Kernel: syscalls.Version{Major: 6, Minor: 18}}
	for n := range 3 * 3 * 3 * 3 * 3 * 3 {
		includes, excludes, want := map[string]any{}, map[string]any{}, policy.Allow
		rest := n
		for _, key := range keys {
			switch rest % 3 {
			case 1:
				includes[key] = holds[key]
			case 2:
				includes[key] = fails[key]
				want = policy.Errno(1)
			}
			rest /= 3
			switch rest % 3 {
			case 1:
				excludes[key] = holds[key]
				want = policy.Errno(1)
			case 2:
				excludes[key] = fails[key]
			}
			rest /= 3
		}
		text, err := json.Marshal(map[string]any{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": []any{map[string]any{
			"names": []string{"read"}, "action": "SCMP_ACT_ALLOW", "includes": includes, "excludes": excludes}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, target.Compat = range []Compat{CompatKernel, CompatRunc} {
			checkLaw(t, string(text), target, "x86_64 0() = "+want.String())
		}
	}
}

func TestLaw2GuardLists(t *testing.T) {
	// text allows read under guards.
	text := func(guards string) string {
		return `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", ` + guards + `}]}`
	}
	caps := func(c ...string) Target { return Target{Caps: c} }
	const kept, dropped = `x86_64 0() = ALLOW`, `x86_64 0() = ERRNO(1)`
	runLaw(t, []lawTest{
		{"includes null", text(`"includes": null, "excludes": null`), Target{}, kept, ""},
		{"includes empty", text(`"includes": {}, "excludes": {}`), Target{}, kept, ""},
		{"lists null", text(`"includes": {"caps": null, "arches": null}, "excludes": {"caps": null, "arches": null}`), Target{}, kept, ""},
		{"lists empty", text(`"includes": {"caps": [], "arches": []}, "excludes": {"caps": [], "arches": []}`), Target{}, kept, ""},
		{"includes.caps, both", text(`"includes": {"caps": ["CAP_BPF", "CAP_KILL"]}`), caps("CAP_KILL", "CAP_BPF"), kept, ""},
		{"includes.caps, one", text(`"includes": {"caps": ["CAP_BPF", "CAP_KILL"]}`), caps("CAP_BPF"), dropped, ""},
		{"includes.caps, none", text(`"includes": {"caps": ["CAP_BPF"]}`), Target{}, dropped, ""},
		{"excludes.caps, both", text(`"excludes": {"caps": ["CAP_BPF", "CAP_KILL"]}`), caps("CAP_KILL", "CAP_BPF"), dropped, ""},
		{"excludes.caps, one", text(`"excludes": {"caps": ["CAP_BPF", "CAP_KILL"]}`), caps("CAP_KILL"), dropped, ""},
		{"excludes.caps, none", text(`"excludes": {"caps": ["CAP_BPF", "CAP_KILL"]}`), caps("CAP_CHOWN"), kept, ""},
		{"a capability that nobody has", text(`"includes": {"caps": ["CAP_NOPE"]}`), caps(mustCaps("all")...), dropped + `
			note unknown-cap stricter /syscalls/0/includes/caps/0`, ""},
		{"one that this target has", text(`"includes": {"caps": ["CAP_NEW"]}`), caps("CAP_NEW"), kept, ""},
		{"capabilities are exact", text(`"includes": {"caps": ["cap_chown", "CHOWN"]}`), caps("CAP_CHOWN"), dropped + `
			note unknown-cap stricter /syscalls/0/includes/caps/0
			note unknown-cap stricter /syscalls/0/includes/caps/1`, ""},
		{"excluded by one that nobody has", text(`"excludes": {"caps": ["CAP_NOPE"]}`), Target{}, `
			refused unknown-cap /syscalls/0/excludes/caps/0`, kept + `
			note unknown-cap weaker /syscalls/0/excludes/caps/0`},
		{"a strict entry excluded so", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["read"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_NOPE"]}}]}`, Target{}, dropped + `
			note unknown-cap stricter /syscalls/0/excludes/caps/0`, ""},
		{"a strict entry included so", `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["read"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_NOPE"]}}]}`, Target{AcceptWeaker: true}, kept + `
			note unknown-cap weaker /syscalls/0/includes/caps/0`, ""},
		{"both guards, the second drops", text(`"includes": {"caps": ["CAP_BPF"]}, "excludes": {"arches": ["amd64"]}`), caps("CAP_BPF"), dropped, ""},
	})
}

func TestLaw2GuardArches(t *testing.T) {
	hosts := []struct {
		host      arch.Arch
		name      string
		in, notIn []string // as one list each
	}{
		{arch.X86_64, "amd64", []string{"arm64", "amd64"}, []string{"x86", "x32", "arm64"}},
		{arch.X86, "x86", []string{"x86"}, []string{"amd64"}},
		{arch.AArch64, "arm64", []string{"arm64"}, []string{"arm", "amd64"}},
		{arch.ARM, "arm", []string{"arm"}, []string{"arm64"}},
		{arch.LoongArch64, "loongarch64", []string{"loongarch64"}, []string{"amd64"}},
		{arch.MIPSEL, "mipsel", []string{"mipsel"}, []string{"mips64"}},
		{arch.MIPS64, "mips64", []string{"mips64"}, []string{"mipsel64"}},
		{arch.MIPSEL64, "mipsel64", []string{"mipsel64"}, []string{"mips64"}},
		{arch.MIPS64N32, "mips64n32", []string{"mips64n32"}, []string{"mips64"}},
		{arch.MIPSEL64N32, "mips3l64n32", []string{"mips3l64n32"}, []string{"mips64n32"}},
		{arch.PPC, "ppc", []string{"ppc"}, []string{"ppc64"}},
		{arch.PPC64, "ppc64", []string{"ppc64"}, []string{"ppc64le"}},
		{arch.PPC64LE, "ppc64le", []string{"ppc64le"}, []string{"ppc64"}},
		{arch.RISCV64, "riscv64", []string{"riscv64"}, []string{"amd64"}},
		{arch.S390X, "s390x", []string{"s390x"}, []string{"s390"}},
		{arch.S390, "s390", []string{"s390"}, []string{"s390x"}},
		{arch.X32, "", nil, []string{"amd64"}}, // Docker has no name for these
		{arch.MIPS, "", nil, []string{"mipsel", "mips64"}},
		{arch.SH, "", nil, []string{"amd64"}},
	}
	text := func(guard string, list []string) string {
		names, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "%s": {"arches": %s}}]}`, guard, names)
	}
	for _, h := range hosts {
		var tests []lawTest
		target := Target{Arch: h.host}
		kept, dropped := h.host.String()+" read() = ALLOW", h.host.String()+" read() = ERRNO(1)"
		if h.in != nil {
			tests = append(tests,
				lawTest{"included", text("includes", h.in), target, kept, ""},
				lawTest{"excluded", text("excludes", h.in), target, dropped, ""})
		}
		tests = append(tests,
			lawTest{"not included", text("includes", h.notIn), target, dropped, ""},
			lawTest{"not excluded", text("excludes", h.notIn), target, kept, ""})
		t.Run(h.host.String(), func(t *testing.T) { runLaw(t, tests) })
	}

	runLaw(t, []lawTest{
		// Names of others: Go's, uname's, libseccomp's.
		{"a name of Go", text("includes", []string{"loong64"}), Target{Arch: arch.LoongArch64}, `
			loongarch64 read() = ERRNO(1)
			note unknown-host stricter /syscalls/0/includes/arches/0`, ""},
		{"a name of uname", text("includes", []string{"x86_64"}), Target{}, `
			x86_64 read() = ERRNO(1)
			note unknown-host stricter /syscalls/0/includes/arches/0`, ""},
		{"a name of profiles", text("includes", []string{"SCMP_ARCH_X86_64"}), Target{}, `
			note unknown-host stricter /syscalls/0/includes/arches/0`, ""},
		{"mips, which Docker forgot", text("includes", []string{"mips"}), Target{Arch: arch.MIPS}, `
			mips read() = ERRNO(1)
			note unknown-host stricter /syscalls/0/includes/arches/0`, ""},
		{"no name", text("includes", []string{""}), Target{Arch: arch.MIPS}, `
			mips read() = ERRNO(1)
			note unknown-host stricter /syscalls/0/includes/arches/0`, ""},
		{"capitals", text("includes", []string{"AMD64", "amd64"}), Target{}, `
			x86_64 read() = ALLOW
			note unknown-host stricter /syscalls/0/includes/arches/0`, ""},
		{"excluded by a name of uname", text("excludes", []string{"aarch64"}), Target{}, `
			refused unknown-host /syscalls/0/excludes/arches/0`, `
			x86_64 read() = ALLOW
			note unknown-host weaker /syscalls/0/excludes/arches/0`},
	})
}

func TestLaw2GuardKernel(t *testing.T) {
	text := func(guard, version string) string {
		return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "%s": {"minKernel": %s}}]}`, guard, version)
	}
	on := func(major, minor uint16) Target { return Target{Kernel: syscalls.Version{Major: major, Minor: minor}} }
	const kept, dropped = `x86_64 0() = ALLOW`, `x86_64 0() = ERRNO(1)`
	runLaw(t, []lawTest{
		{"includes, older", text("includes", `"4.8"`), on(4, 7), dropped, ""},
		{"includes, the same", text("includes", `"4.8"`), on(4, 8), kept, ""},
		{"includes, newer", text("includes", `"4.8"`), on(4, 10), kept, ""},
		{"includes, next major", text("includes", `"4.8"`), on(5, 0), kept, ""},
		{"includes, previous major", text("includes", `"4.8"`), on(3, 19), dropped, ""},
		{"includes, far away", text("includes", `"255.255"`), on(6, 18), dropped, ""},
		{"excludes, older", text("excludes", `"4.8"`), on(4, 7), kept, ""},
		{"excludes, the same", text("excludes", `"4.8"`), on(4, 8), dropped, ""},
		{"excludes, newer", text("excludes", `"4.8"`), on(7, 3), dropped, ""},
		{"null", text("includes", `null`), Target{}, kept, ""},
		{"includes, of no version", text("includes", `""`), on(4, 7), kept + `
			note no-version same /syscalls/0/includes/minKernel`, ""},
		{"excludes, of no version", text("excludes", `""`), on(4, 7), dropped + `
			note no-version same /syscalls/0/excludes/minKernel`, ""},
		{"includes, of no version, on no kernel", text("includes", `""`), Target{}, kept + `
			note no-version same /syscalls/0/includes/minKernel`, ""},
		{"excludes, of no version, on no kernel", text("excludes", `""`), Target{}, dropped + `
			note no-version same /syscalls/0/excludes/minKernel`, ""},
		{"includes, on no kernel", text("includes", `"4.8"`), Target{}, `
			error no-kernel /syscalls/0/includes/minKernel`, ""},
		{"excludes, on no kernel", text("excludes", `"4.8"`), Target{}, `
			error no-kernel /syscalls/0/excludes/minKernel`, ""},
		{"on no kernel, dropped anyway", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW",
			"includes": {"minKernel": "4.8", "caps": ["CAP_BPF"]}}]}`, Target{}, `
			error no-kernel /syscalls/0/includes/minKernel`, ""},
	})
}
