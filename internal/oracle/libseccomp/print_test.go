//go:build seccomp

package libseccomp

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	seccomp "github.com/seccomp/libseccomp-golang"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A printing is what was made of policies by printing them.
type printing struct {
	equal, unsayable int
	why              map[string]int // the unsayable, by the reason
	large            int            // for libseccomp, though not for us
	ipc              int            // stricter under libseccomp for calls by ipc, of whose number it compares all bits
}

// judge prints a policy and holds what libseccomp makes of the text to it, for all inputs
// but the calls that are newer than the profile, which runc answers itself, and those that
// libseccomp does not know.
func (p *printing) judge(pol *policy.Policy) error {
	withoutNotify(pol)
	text, err := compile.Print(pol)
	var told *compile.PrintedError
	var known *profile.PrintError
	switch {
	case errors.As(err, &told), errors.As(err, &known):
		p.refused(err)
		return nil
	case err != nil:
		return err
	}
	return p.hold(text, pol)
}

// refused counts an error by what remains of its reason without names and numbers.
func (p *printing) refused(err error) {
	p.unsayable++
	if p.why == nil {
		p.why = map[string]int{}
	}
	kind := err.Error()
	for _, k := range []string{"masks", "take more than", "rules that differ", "libseccomp may compile", "two rules match", "under runc", "two actions under", "no profile for runc expresses this policy"} {
		if strings.Contains(kind, k) {
			kind = k
			break
		}
	}
	p.why[kind]++
}

// hold holds what libseccomp makes of a section to a policy.
func (p *printing) hold(text []byte, pol *policy.Policy) error {
	var s specs.LinuxSeccomp
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	want := pol.Clone()
	for i := range want.Arches {
		a := &want.Arches[i]
		a.Newer, a.Enosys = nil, 0
		a.Rules = slices.DeleteFunc(a.Rules, func(r policy.Rule) bool {
			name, _ := syscalls.Name(a.Arch, r.Nr)
			if r.Origin != nil {
				name = r.Origin.Name
			}
			nr, err := seccomp.GetSyscallFromNameByArch(name, tokens[a.Arch])
			return err != nil || nr < -1000 // a call of other ABIs; those that socketcall and ipc make have -101 to -224
		})
	}
	for level := 1; level <= 2; level++ {
		theirs, err := Filter(&s, pol.Arches[0].Arch, level)
		if err != nil && strings.Contains(err.Error(), "the kernel takes at most") {
			p.large++
			return nil
		}
		if err != nil {
			return fmt.Errorf("optimize level %d: libseccomp refuses what is printed: %w\n%s", level, err, text)
		}
		w, err := prove.Policy(theirs, want)
		if w != nil && w.Got.Stricter(w.Want) && strings.HasPrefix(w.Call.String(), "x86 ipc(") {
			p.ipc++
			return nil
		}
		if w != nil || err != nil {
			return fmt.Errorf("optimize level %d: libseccomp's filter: %v, %v\n%s", level, w, err, text)
		}
	}
	p.equal++
	return nil
}

// withoutNotify puts another action in place of NOTIFY, for which libseccomp asks the
// kernel.
func withoutNotify(pol *policy.Policy) {
	pol.Flags, pol.Listener = nil, policy.Listener{}
	for i := range pol.Arches {
		for j := range pol.Arches[i].Rules {
			if r := &pol.Arches[i].Rules[j]; r.Action == policy.Notify {
				r.Action = policy.Trace(77)
			}
		}
	}
}

// TestPrintCorpus: libseccomp makes of printed profiles what their policies say in the
// kernel's reading.
func TestPrintCorpus(t *testing.T) {
	files, _ := filepath.Glob(corpus)
	if len(files) == 0 {
		t.Skip("the profiles from the field are not there")
	}
	for _, native := range []arch.Arch{arch.X86_64, arch.AArch64, arch.RISCV64} {
		var got printing
		skipped := 0
		for _, file := range append(files, "") {
			text := profile.DefaultText()
			if file != "" {
				var err error
				if text, err = os.ReadFile(file); err != nil {
					t.Fatal(err)
				}
			}
			pol, err := kernelReading(text, native)
			if err != nil {
				skipped++
				continue
			}
			if err := got.judge(pol); err != nil {
				t.Errorf("%s for %s: %v", file, native, err)
			}
		}
		t.Logf("%s: %d equal, %d that no profile can say, %v, %d not for this target", native, got.equal, got.unsayable, got.why, skipped)
		if got.equal < 200 {
			t.Errorf("%s: %d printed, want 200", native, got.equal)
		}
	}
}

func kernelReading(text []byte, native arch.Arch) (*policy.Policy, error) {
	p, err := profile.Parse(text, profile.ParseOptions{})
	if err != nil {
		return nil, err
	}
	res, err := p.Resolve(profile.Target{Arch: native, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true})
	if err != nil {
		return nil, err
	}
	return res.Policy(), nil
}

// TestHarden: libseccomp makes of hardened profiles what they say in the kernel's reading,
// for Docker's default and the corpus.
func TestHarden(t *testing.T) {
	files, _ := filepath.Glob(corpus)
	var got printing
	skipped := 0
	for _, file := range append(files, "") {
		text := profile.DefaultText()
		if file != "" {
			var err error
			if text, err = os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
		p, err := profile.Parse(text, profile.ParseOptions{})
		if err != nil {
			skipped++
			continue
		}
		hard, err := compile.Harden(p, arch.X86_64)
		if err != nil {
			got.refused(err)
			continue
		}
		target := profile.Target{Arch: arch.X86_64, Caps: mustCaps("docker"), Kernel: syscalls.Version{Major: 6, Minor: 18}, AcceptWeaker: true}
		res, err := p.Resolve(target)
		if err != nil {
			skipped++
			continue
		}
		pol := res.Policy()
		if slices.Contains(pol.Flags, policy.FlagNewListener) {
			skipped++ // libseccomp asks the kernel for NOTIFY
			continue
		}
		target.Compat = profile.CompatRunc
		if res, err = hard.Resolve(target); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		section, err := res.MarshalJSON()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if err := got.hold(section, pol); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	t.Logf("%d equal, %d but for stricter calls by ipc, %d that cannot be hardened, %v, %d not for this target", got.equal, got.ipc, got.unsayable, got.why, skipped)
	if got.equal <= len(files)/2 {
		t.Errorf("%d of %d are equal, want more than half", got.equal, len(files)+1)
	}
}

// TestPrintRandom does the same for made-up profiles: 5 to 40 names, all operators, three
// ABIs.
func TestPrintRandom(t *testing.T) {
	var got printing
	skipped := 0
	for i := range uint64(*count) / 40 {
		r := rand.New(rand.NewPCG(*seed, i))
		text := randomText(r)
		pol, err := kernelReading([]byte(text), arch.X86_64)
		if err != nil {
			skipped++
			continue
		}
		stuck := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("-seed=%d, profile %d: no answer", *seed, i)) })
		err = got.judge(pol)
		stuck.Stop()
		if err != nil {
			t.Fatalf("-seed=%d, profile %d: %v\nof %s\n%s", *seed, i, err, text, pol)
		}
	}
	t.Logf("-seed=%d: %d equal, %d that no profile can say, %v, %d too large for libseccomp, %d faulty", *seed, got.equal, got.unsayable, got.why, got.large, skipped)
	if got.equal < *count/40/4 {
		t.Errorf("%d printed, want a quarter of %d", got.equal, *count/40)
	}
}

// TestPrintStricter: libseccomp makes of profiles that are stricter than their policies what
// we read in them, and so nothing laxer than the policies.
func TestPrintStricter(t *testing.T) {
	files, _ := filepath.Glob(corpus)
	var texts []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	for i := range uint64(*count) / 40 {
		texts = append(texts, randomText(rand.New(rand.NewPCG(*seed, i))), nestedText(rand.New(rand.NewPCG(*seed, i))))
	}
	var got printing
	exact, faulty := 0, 0
	for i, text := range texts {
		pol, err := kernelReading([]byte(text), arch.X86_64)
		if err != nil {
			faulty++
			continue
		}
		withoutNotify(pol)
		stuck := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("-seed=%d, profile %d: no answer", *seed, i)) })
		printed, cost, err := compile.PrintStricter(pol)
		switch {
		case err != nil:
			got.refused(err)
		case cost == nil:
			exact++ // as Print, whose tests are above
		default:
			p, err := profile.Parse(printed, profile.ParseOptions{Dialect: profile.OCI})
			if err != nil {
				t.Fatal(err)
			}
			// ENOSYS for newer calls is runc's own.
			res, err := p.Resolve(profile.Target{Arch: arch.X86_64, Compat: profile.CompatRunc, Enosys: profile.Enosys{Mode: profile.EnosysOff}, AcceptWeaker: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := got.hold(printed, res.Policy()); err != nil {
				t.Errorf("-seed=%d, profile %d: %v\nof %s", *seed, i, err, text)
			}
		}
		stuck.Stop()
	}
	t.Logf("-seed=%d: %d equal, %d but for stricter calls by ipc, %d too large for libseccomp, %d have an exact profile, %d none, %v, %d faulty", *seed, got.equal, got.ipc, got.large, exact, got.unsayable, got.why, faulty)
	if got.equal < *count/100 {
		t.Errorf("%d stricter profiles, want %d", got.equal, *count/100)
	}
}

// TestPrintNested does the same for calls with several rules, some with two conditions, of
// which libseccomp compiles few wrongly: with the numbers of others.
func TestPrintNested(t *testing.T) {
	var got printing
	for i := range uint64(*count) / 10 {
		r := rand.New(rand.NewPCG(*seed, i))
		text := nestedText(r)
		pol, err := kernelReading([]byte(text), arch.X86_64)
		if err == nil {
			err = got.judge(pol)
		}
		if err != nil {
			t.Fatalf("-seed=%d, profile %d: %v\nof %s", *seed, i, err, text)
		}
	}
	t.Logf("-seed=%d: %d equal, %d refused", *seed, got.equal, got.unsayable)
	if got.equal < *count/50 || got.unsayable < *count/50 {
		t.Errorf("want a fifth of %d of each", *count/10)
	}
}

// nestedText makes a profile of up to three calls.
func nestedText(r *rand.Rand) string {
	data := [][]uint64{{0, 1, 5, 8, 1 << 32, 1<<32 + 5}, {1, 2, 3}, {0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 1<<32 + 3}, {1<<32 + 9, 5, 1<<32 - 1, 8}}[r.IntN(4)]
	arches := []string{`"SCMP_ARCH_X86_64"`, `"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"`, `"SCMP_ARCH_X86_64", "SCMP_ARCH_X32"`}[r.IntN(3)]
	var entries []string
	for _, name := range []string{"lseek", "mremap", "pread64"}[:1+r.IntN(3)] {
		for range 1 + r.IntN(5) {
			var args []string
			for _, index := range r.Perm(4)[:1+r.IntN(2)] {
				arg := fmt.Sprintf(`{"index": %d, "value": %d, "op": "SCMP_CMP_EQ"}`, index, data[r.IntN(len(data))])
				if r.IntN(3) == 0 {
					arg = fmt.Sprintf(`{"index": %d, "value": %d, "valueTwo": %d, "op": "SCMP_CMP_MASKED_EQ"}`, index, []uint64{1, 7, 0xff00000007}[r.IntN(3)], data[r.IntN(len(data))])
				}
				args = append(args, arg)
			}
			entries = append(entries, fmt.Sprintf(`{"names": [%q], "action": "SCMP_ACT_ERRNO", "args": [%s]}`, name, strings.Join(args, ", ")))
		}
	}
	return fmt.Sprintf(`{"defaultAction": "SCMP_ACT_ALLOW", "architectures": [%s], "syscalls": [%s]}`, arches, strings.Join(entries, ",\n"))
}

// randomText makes a profile.
func randomText(r *rand.Rand) string {
	names := []string{"read", "write", "open", "openat", "close", "clone", "socket", "personality", "ioctl", "fcntl", "prctl", "mmap", "mprotect", "futex", "kill", "umask",
		"chmod", "fchmodat", "setuid", "unshare", "setns", "ptrace", "keyctl", "bpf", "perf_event_open", "clone3", "lseek", "dup3", "pipe2", "accept4", "socketpair", "connect", "sendto", "socketcall", "getpid", "exit", "exit_group", "execve", "mount", "quotactl"}
	actions := []string{`"SCMP_ACT_ALLOW"`, `"SCMP_ACT_ALLOW"`, `"SCMP_ACT_ERRNO", "errnoRet": 13`, `"SCMP_ACT_KILL_PROCESS"`, `"SCMP_ACT_LOG"`}
	ops := []string{"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"}
	data := []uint64{0, 1, 2, 3, 7, 8, 16, 40, 255, 0x10000000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0xffffffff80000000, 1<<64 - 1}
	pick := func() uint64 { return data[r.IntN(len(data))] }
	arches := [][]string{{"SCMP_ARCH_X86_64"}, {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"}, {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}}[r.IntN(3)]
	var entries []string
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = names[:5+r.IntN(36)]
	for _, name := range names {
		for range 1 + r.IntN(5)/4 {
			var args []string
			if r.IntN(3) == 0 {
				for _, index := range r.Perm(6)[:1+r.IntN(8)/7] {
					args = append(args, fmt.Sprintf(`{"index": %d, "value": %d, "valueTwo": %d, "op": %q}`, index, pick(), pick()*uint64(r.IntN(2)), ops[r.IntN(len(ops))]))
				}
			}
			entries = append(entries, fmt.Sprintf(`{"names": [%q], "action": %s, "args": [%s]}`, name, actions[r.IntN(len(actions))], strings.Join(args, ", ")))
		}
	}
	return fmt.Sprintf(`{"defaultAction": %s, "architectures": ["%s"], "syscalls": [%s]}`,
		[]string{`"SCMP_ACT_ERRNO"`, `"SCMP_ACT_ERRNO"`, `"SCMP_ACT_ALLOW"`, `"SCMP_ACT_KILL_PROCESS"`}[r.IntN(4)], strings.Join(arches, `", "`), strings.Join(entries, ",\n"))
}
