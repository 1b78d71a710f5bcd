package compile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// TestHardenDefault: in Docker's default profile, hardened, runc refuses what the kernel
// would truncate to a refused family, with the guards and the names as they were.
func TestHardenDefault(t *testing.T) {
	p := profile.Default()
	hard, err := Harden(p)
	if err != nil {
		t.Fatal(err)
	}
	before, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	after, err := hard.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"CAP_SYS_ADMIN", "minKernel", `"excludes"`, "archMap", `"clone3"`} {
		if b, a := strings.Count(string(before), part), strings.Count(string(after), part); a < b || b == 0 {
			t.Errorf("%s is there %d times, %d before", part, a, b)
		}
	}
	vsock, err := syscalls.ParseCall("x86_64 socket(0x100000028, 1, 0)")
	if err != nil {
		t.Fatal(err)
	}
	target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
	for _, tt := range []struct {
		p      *profile.Profile
		compat profile.Compat
		want   policy.Action
	}{
		{p, profile.CompatRunc, policy.Allow},
		{p, profile.CompatKernel, policy.Errno(1)},
		{hard, profile.CompatRunc, policy.Errno(1)},
		{hard, profile.CompatKernel, policy.Errno(1)},
	} {
		target.Compat = tt.compat
		res, err := tt.p.Resolve(target)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := res.Decide(vsock); got != tt.want {
			t.Errorf("hardened %v, in the reading of %v: %s = %s, want %s", tt.p == hard, tt.compat, vsock, got, tt.want)
		}
	}
	// To the kernel both are one.
	target.Compat = profile.CompatKernel
	var sums [2][32]byte
	for i, q := range []*profile.Profile{p, hard} {
		res, err := q.Resolve(target)
		if err != nil {
			t.Fatal(err)
		}
		if sums[i], err = Fingerprint(res.Policy()); err != nil {
			t.Fatal(err)
		}
	}
	if sums[0] != sums[1] {
		t.Error("hardened, the profile means something else to the kernel")
	}
	again, err := Harden(hard)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := again.MarshalJSON(); string(text) != string(after) {
		t.Error("hardened twice, the profile changes")
	}
}

// TestHardenFaults: what no rewriting of entries mends is an error with a call.
func TestHardenFaults(t *testing.T) {
	const deny = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["ioctl"], "action": "SCMP_ACT_ALLOW"},
		{"names": ["ioctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13, "args": [{"index": 1, "value": 21522, "op": "SCMP_CMP_EQ"}], "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}`
	p, err := profile.Parse([]byte(deny), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Harden(p, arch.X86_64)
	want := "x86_64 ioctl(0, 21522) is ERRNO(13) and under runc ALLOW, with no capabilities on Linux 6.18: entries with different actions match it (write entries that do not overlap)"
	var differs *HardenError
	if !errors.As(err, &differs) || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if _, err := Harden(nil); err == nil {
		t.Error("Harden of nil: no error")
	}
	const mux = `{"defaultAction": "SCMP_ACT_LOG", "architectures": ["SCMP_ARCH_X86"], "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_BPF"]}},
		{"names": ["socketcall"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_KILL"]}}]}`
	if p, err = profile.Parse([]byte(mux), profile.ParseOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err = Harden(p, arch.X86_64); !errors.As(err, &differs) || differs.Difference.Call != "socketcall" {
		t.Errorf("error %v, want one about socketcall with both capabilities", err)
	}
	var entries []string
	for _, c := range mustCaps("docker")[:10] {
		entries = append(entries, fmt.Sprintf(`{"names": ["getppid"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": [%q]}}`, c))
	}
	for name := range syscalls.Names() {
		entries = append(entries, fmt.Sprintf(`{"names": [%q], "action": "SCMP_ACT_ALLOW"}`, name))
	}
	if p, err = profile.Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [`+strings.Join(entries, ",")+`]}`), profile.ParseOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := Harden(p, arch.X86_64); err == nil || !strings.HasPrefix(err.Error(), "the guards of getppid and others tell ") {
		t.Errorf("ten capabilities in a long profile: error %v", err)
	}
}

// TestHardenArches: an entry for some machines has the widths of these.
func TestHardenArches(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 17, "op": "SCMP_CMP_EQ"}], %s}]}`
	for guard, want := range map[string]string{
		`"includes": {"arches": ["amd64", "arm64"]}`: "the entry is for 32 bits",
		`"excludes": {"arches": ["s390", "s390x"]}`:  "the entry is for 32 bits",
		`"includes": {"arches": ["s390x"]}`:          "the entry stays",
		`"comment": ""`:                              "error",
	} {
		p, err := profile.Parse([]byte(fmt.Sprintf(text, guard)), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got := "error"
		if hard, err := Harden(p, arch.X86_64, arch.S390X); err == nil {
			text, err := hard.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			got = "the entry stays"
			if strings.Contains(string(text), `"value":4294967295,"valueTwo":17,"op":"SCMP_CMP_MASKED_EQ"`) {
				got = "the entry is for 32 bits"
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", guard, got, want)
		}
	}
}

// TestHardenParts: conditions that are on other bits on some machines are in entries for
// these, if the text has guards or archMap, and only then.
func TestHardenParts(t *testing.T) {
	const entry = `{"names": ["clone", "umask"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 17, "op": "SCMP_CMP_EQ"}]}`
	const archMap = `"archMap": [{"architecture": "SCMP_ARCH_X86_64"}, {"architecture": "SCMP_ARCH_AARCH64"}, {"architecture": "SCMP_ARCH_S390X"}], `
	for _, tt := range []struct{ text, want string }{
		{`{"defaultAction": "SCMP_ACT_ERRNO", ` + archMap + `"syscalls": [` + entry + `]}`,
			`[{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":4294967295,"valueTwo":17,"op":"SCMP_CMP_MASKED_EQ"}],"excludes":{"arches":["s390x"]}},` +
				`{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":17,"op":"SCMP_CMP_EQ"}],"includes":{"arches":["s390x"]}},` +
				`{"names":["umask"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":4294967295,"valueTwo":17,"op":"SCMP_CMP_MASKED_EQ"}]}]`},
		{`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [` + entry + `]}`,
			"1:61: /syscalls/0/names/0: s390x clone: the kernel reads other bits of its arguments than on x86_64, which one entry cannot express (write an entry for each ABI, with includes.arches in Docker's format; or print a profile for each with \"seccompile resolve --arch\")"},
		// No runtime is built for parisc64, which has other widths of eventfd2.
		{`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["eventfd2"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 0, "op": "SCMP_CMP_EQ"}]}]}`,
			`[{"names":["eventfd2"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":4294967295,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}]}]`},
	} {
		p, err := profile.Parse([]byte(tt.text), profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		hard, err := Harden(p)
		got := ""
		if err != nil {
			got = err.Error()
		} else if text, err := hard.MarshalJSON(); err != nil {
			t.Fatal(err)
		} else {
			var out struct{ Syscalls json.RawMessage }
			if err := json.Unmarshal(text, &out); err != nil {
				t.Fatal(err)
			}
			got = string(out.Syscalls)
		}
		if got != tt.want {
			t.Errorf("%s:\n%s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// TestHardenDoubt: what libseccomp may compile wrongly is not hardened.
func TestHardenDoubt(t *testing.T) {
	const text = `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [
		{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 13, "op": "SCMP_CMP_EQ"}, {"index": 4, "value": 5, "op": "SCMP_CMP_EQ"}]},
		{"names": ["lseek"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]},
		{"names": ["pread64"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 2, "value": 1, "op": "SCMP_CMP_EQ"}]}]}`
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Harden(p)
	var doubt *profile.PrintError
	if !errors.As(err, &doubt) || doubt.Call != "lseek" {
		t.Errorf("error %v, want one about lseek", err)
	}
}

// TestHardenCorpus hardens profiles of the corpus, with the proof of Harden.
func TestHardenCorpus(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	files, _ := filepath.Glob("../../shared/corpus/*.json")
	if len(files) == 0 {
		t.Skip("no corpus")
	}
	hard, skipped, differ := 0, 0, 0
	for i, file := range files {
		if *randomPairs < 1000 && i%8 > 0 { // one takes a tenth of a second
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err != nil {
			skipped++
			continue
		}
		_, err = Harden(p)
		var differs *HardenError
		switch {
		case err == nil:
			hard++
		case errors.As(err, &differs):
			differ++
			t.Logf("%s: %v", filepath.Base(file), err)
		default:
			skipped++
			t.Logf("%s: %v", filepath.Base(file), err)
		}
	}
	t.Logf("%d hardened, %d that runc reads its own way, %d faulty", hard, differ, skipped)
	if hard < 3*differ {
		t.Errorf("%d hardened, %d not: want three in four", hard, differ)
	}
}
