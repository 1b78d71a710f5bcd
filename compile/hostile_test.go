package compile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile"
)

// hostile are entries of profiles that take the most of one stage or another, and
// what they compile to; nil: a filter.
var hostile = []struct {
	name  string
	n     int
	want  error
	all   bool // every stage, or only those that differ most from policy to policy
	entry func(r *rand.Rand, i int) string
}{
	{"masks, a group each", 5000, new(SizeError), false, func(r *rand.Rand, i int) string {
		return allow("mmap", masked(r, 0))
	}},
	{"ranges of two arguments, each with an errno of its own", 3000, new(prove.UndecidedError), true, func(r *rand.Rand, i int) string {
		return fmt.Sprintf(`{"names": ["mmap"], "action": "SCMP_ACT_ERRNO", "errnoRet": %d, "args": [%s, %s]}`, 2+i%4000, compared(r, 0, "GE"), compared(r, 1, "LE"))
	}},
	{"odd numbers, which one JSET tells from even ones", 3000, nil, false, func(_ *rand.Rand, i int) string {
		return allow("mmap", fmt.Sprintf(`{"index": 0, "value": %d, "op": "SCMP_CMP_EQ"}`, 2*i+1))
	}},
	{"many calls with all operators", 250, nil, false, func(r *rand.Rand, i int) string {
		op := [...]string{"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"}[r.IntN(7)]
		return allow(strings.Join([]string{"read", "write", "lseek", "mmap", "mprotect", "munmap", "brk", "ioctl", "pread64", "access", "mremap", "msync",
			"mincore", "madvise", "dup", "dup2", "sendfile", "fcntl", "flock", "fsync", "getcwd", "chdir", "rename", "mkdir", "chmod", "prctl", "futex", "clone",
			"splice", "tee", "mlock", "statfs"}, `", "`), compared(r, r.IntN(3), op))
	}},
	{"single bits of two arguments", 2000, nil, false, func(r *rand.Rand, i int) string {
		bit := func(arg int) string {
			b := uint64(1) << r.IntN(63)
			return fmt.Sprintf(`{"index": %d, "value": %d, "valueTwo": %[2]d, "op": "SCMP_CMP_MASKED_EQ"}`, arg, b)
		}
		return allow("mmap", bit(0), bit(1))
	}},
}

func allow(names string, conds ...string) string {
	return fmt.Sprintf(`{"names": ["%s"], "action": "SCMP_ACT_ALLOW", "args": [%s]}`, names, strings.Join(conds, ", "))
}

func masked(r *rand.Rand, arg int) string {
	return fmt.Sprintf(`{"index": %d, "value": %d, "valueTwo": %d, "op": "SCMP_CMP_MASKED_EQ"}`, arg, r.Uint64()>>1, r.Uint64()>>1)
}

func compared(r *rand.Rand, arg int, op string) string {
	if op == "MASKED_EQ" {
		return masked(r, arg)
	}
	return fmt.Sprintf(`{"index": %d, "value": %d, "op": "SCMP_CMP_%s"}`, arg, r.Uint64()>>1, op)
}

// hostileText returns the profile with n entries.
func hostileText(n int, entry func(r *rand.Rand, i int) string) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString(`{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [`)
	for i := range n {
		e := entry(r, i)
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(e)
	}
	return b.String() + "]}"
}

// TestHostile: up to a megabyte of text gets an answer from each stage, or an error that
// names rules, within bounds of time and memory.
func TestHostile(t *testing.T) {
	atLength(t)
	if raceEnabled {
		t.Skip("the race detector takes ten times as long")
	}
	// A twentieth of these seconds is usual. What is allocated is not all in use at a
	// time: processes take 130 MB.
	const seconds, megabytes = 20, 512
	defaults, err := Policy(costPolicy(t, arch.X86_64, false), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range hostile {
		text := hostileText(tt.n, tt.entry)
		stage := func(name string, work func() error) bool {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			err := work()
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			if took > seconds*time.Second || allocated > megabytes {
				t.Errorf("%s: %s took %v and %d MB, want less than %d s and %d MB", tt.name, name, took, allocated, seconds, megabytes)
			}
			t.Logf("%s: %s: %v, %d MB, %.100v", tt.name, name, took.Round(time.Millisecond), allocated, err)
			var large *SizeError
			var undecided *prove.UndecidedError
			switch {
			case errors.As(err, &large) && len(large.Costly) > 0 && large.Costly[0].Rule.Pos().Line > 0:
			case errors.As(err, &undecided) && (strings.Contains(err.Error(), " rules for x86") || undecided.Index >= 0):
			case contains(err, reflect.TypeFor[*MismatchError]()), contains(err, reflect.TypeFor[*DiffError]()): // a call shows the answer
			case err != nil:
				t.Errorf("%s: %s: %v, want a *SizeError or *prove.UndecidedError that names rules", tt.name, name, err)
			}
			return err == nil
		}
		var res *profile.Resolution
		if !stage("Parse and Resolve", func() error {
			p, err := profile.Parse([]byte(text), profile.ParseOptions{})
			if err == nil {
				res, err = p.Resolve(profile.Target{Arch: arch.X86_64, AcceptWeaker: true})
			}
			return err
		}) {
			continue
		}
		pol := res.Policy()
		stage("PrintNotes", func() error { res.PrintNotes(); return nil })
		stage("notes", func() error { shadowed(pol, res); return nil }) // which has one where it is not known
		var got error
		stage("Policy", func() error { _, got = Policy(pol, Options{}); return got })
		if want := reflect.TypeOf(tt.want); got == nil && want != nil || got != nil && !contains(got, want) {
			t.Errorf("%s: Policy = %v, want %v", tt.name, got, want)
		}
		var f *Filter
		stage("Policy, optimal, without proof", func() (err error) {
			f, err = Policy(pol, Options{Optimal: true, NoVerify: true})
			return err
		})
		if !tt.all {
			continue
		}
		stage("Fingerprint", func() error { _, err := Fingerprint(pol); return err })
		stage("Verify", func() error { return Verify(defaults, pol) })
		stage("Summary", func() error { f.Summary(); return nil })
		stage("Diff", func() error { _, err := Diff(defaults, f); return err })
		stage("Verify, without claims", func() error {
			loaded, err := Load(f.insns, f.native)
			if err == nil {
				err = Verify(loaded, pol)
			}
			return err
		})
	}
}

// contains reports whether err or one that it wraps is of a type.
func contains(err error, of reflect.Type) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if reflect.TypeOf(err) == of {
			return true
		}
	}
	return false
}
