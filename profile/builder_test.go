package profile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// here returns the line of the call.
func here() int {
	_, _, line, _ := runtime.Caller(1)
	return line
}

// TestBuilderMisuse: each misuse is an error at the line of the code.
func TestBuilderMisuse(t *testing.T) {
	eperm := policy.Errno(1)
	tests := []struct {
		build func() *profile.Builder
		line  int
		code  profile.Code
		want  string
	}{
		{func() *profile.Builder { return profile.New(eperm).Allow("raed") }, here(), profile.CodeUnknownCall, `unknown system call "raed" (did you mean read?)`},
		{func() *profile.Builder { return profile.New(eperm).Allow("read", "") }, here(), profile.CodeMissing, "empty name of a call (delete it)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("@fils") }, here(), profile.CodeUnknownCall, `unknown group of calls "@fils" (did you mean @files?)`},
		{func() *profile.Builder { return profile.New(eperm).Allow() }, here(), profile.CodeMissing, "a rule without calls (name them)"},
		{func() *profile.Builder { return profile.New(eperm) }, here(), profile.CodeMissing, "no rules: every call would get ERRNO(1) (add some)"},
		{func() *profile.Builder { return profile.New(policy.Allow) }, here(), profile.CodeMissing, "no rules: every call would get ALLOW (add some)"},
		{func() *profile.Builder { return profile.New(policy.Notify).Allow("read") }, here(), profile.CodeNotifyDefault, "NOTIFY cannot be the default: it would also stop the process that waits for the answers (name the calls)"},
		{func() *profile.Builder { return profile.New(0x12340000).Allow("read") }, here(), profile.CodeUnknownAction, "0x12340000 is not an action (use the constants of package policy, Errno and Trace)"},
		{func() *profile.Builder { return profile.New(eperm).Answer(0x12340000, "read") }, here(), profile.CodeUnknownAction, "0x12340000 is not an action (use the constants of package policy, Errno and Trace)"},
		{func() *profile.Builder { return profile.New(eperm).Answer(policy.Errno(5000), "read") }, here(), profile.CodeErrno, "errno 5000 is out of range (at most 4095)"},
		{func() *profile.Builder { return profile.New(eperm).Errno("ENOSY", "clone3") }, here(), profile.CodeUnknownErrno, `unknown errno "ENOSY" (did you mean ENOSYS?)`},
		{func() *profile.Builder { return profile.New(eperm).Errno("clone3", "mount") }, here(), profile.CodeUnknownErrno, `unknown errno "clone3" (write one such as EPERM, then the calls)`},
		{func() *profile.Builder { return profile.New(eperm).If(profile.Arg(0).Is(1)).Allow("read") }, here(), profile.CodeMissing, "If without a rule before it (write Allow or another rule first)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If() }, here(), profile.CodeEmpty, "If without conditions (write them, or delete it)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Condition{}) }, here(), profile.CodeMissing, "an empty Condition (start from Arg, Caps, NoCaps or SinceKernel)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("read").If(profile.Arg(0).Is(1)).If(profile.Arg(1).Is(1))
		}, here() - 1, profile.CodeSameArg, "a second If for one rule (list all conditions in one If if all must hold; else write another rule)"},
		{func() *profile.Builder {
			return profile.New(eperm).
				Allow("read").
				If(profile.Arg(1).Is(0),
					profile.Arg(1).Not(1))
		}, here() - 1, profile.CodeSameArg, "a second condition on argument 1 (combine them, as in Is with all values, or Between; if one of them is enough, write another rule)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(6).Is(1)) }, here(), profile.CodeArgIndex, "argument 6 (a call has six arguments, 0 to 5)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(-1).Masked(1, 1)) }, here(), profile.CodeArgIndex, "argument -1 (a call has six arguments, 0 to 5)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Is()) }, here(), profile.CodeEmpty, "Is without values (name the values to compare the argument with)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Without()) }, here(), profile.CodeEmpty, "Without without values (name the values to compare the argument with)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Masked(3)) }, here(), profile.CodeEmpty, "Masked without values (name the values to compare the argument with)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("read").If(profile.Arg(0).Not(1, "PROT_READ", 1))
		}, here() - 1, profile.CodeSameArg, "Not has 1 twice (delete one)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Is("AF_UNIXX")) }, here(), profile.CodeUnknownConst, `unknown constant "AF_UNIXX" (did you mean AF_UNIX?)`},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Is("7")) }, here(), profile.CodeType, `Is: the string "7" (write the number without quotes)`},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Is("")) }, here(), profile.CodeType, "Is: an empty string (write a number, or the name of a constant)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Is(nil)) }, here(), profile.CodeType, "Is: nil (write a number, or the name of a constant)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Is(1.5)) }, here(), profile.CodeType, "Is: 1.5, a float64 (write an integer, or the name of a constant)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Is(new(int))) }, here(), profile.CodeType, "Is: a *int (write an integer, or the name of a constant)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("read").If(profile.Arg(0).Is([]string{"AF_UNIX"}))
		}, here() - 1, profile.CodeType, "Is: [AF_UNIX], a []string (write an integer, or the name of a constant)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Between(5, 4)) }, here(), profile.CodeEmpty, "Between(5, 4): the first value is greater than the second (exchange them)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("read").If(profile.Arg(0).Between("AF_INET6", "AF_UNIX"))
		}, here() - 1, profile.CodeEmpty, "Between(AF_INET6, AF_UNIX): the first value is greater than the second (exchange them)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").If(profile.Arg(0).Between(-1, 4)) }, here(), profile.CodeType, "Between(-1, 4): comparisons are unsigned, so that -1 is more than any positive number (to compare with it, write Is or Not)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("read").If(profile.Arg(0).Between(0, uint64(1<<64-1)))
		}, here() - 1, profile.CodeEmpty, "Between(0, 18446744073709551615): every argument is in this range (delete the condition)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("openat").If(profile.Arg(2).Masked("O_RDONLY", "O_ACCMODE"))
		}, here() - 1, profile.CodeMaskBits, "the bits 0x3 of the value are outside the mask, so the condition would ignore them (are the two exchanged?)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("openat").If(profile.Arg(2).Masked(0, 0)) }, here(), profile.CodeMaskBits, "the mask is 0, so that the condition would hold for every argument (name the bits)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("openat").If(profile.Arg(2).Masked(nil, 0)) }, here(), profile.CodeType, "Masked: nil (write a number, or the name of a constant)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("openat").If(profile.Arg(2).Without("O_CREAT|O_RDONLY"))
		}, here() - 1, profile.CodeMaskBits, "Without: O_RDONLY is 0, so the condition holds for every argument (to exclude a value, write Not or Masked)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("openat").If(profile.Arg(2).Masked("O_RDONLY|O_CREAT", "O_RDONLY"))
		}, here() - 1, profile.CodeMaskBits, "Masked: O_RDONLY is 0, so it adds nothing to the mask (if it is a value, name the mask before it, such as O_ACCMODE)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("mount").If(profile.Caps("CAP_SYS_ADMN")) }, here(), profile.CodeUnknownCap, `unknown capability "CAP_SYS_ADMN" (did you mean CAP_SYS_ADMIN?)`},
		{func() *profile.Builder { return profile.New(eperm).Allow("mount").If(profile.NoCaps()) }, here(), profile.CodeEmpty, `NoCaps without names (write capabilities such as "CAP_SYS_ADMIN")`},
		{func() *profile.Builder { return profile.New(eperm).Allow("mount").If(profile.SinceKernel("")) }, here(), profile.CodeMinKernel, `SinceKernel without a release (write one such as "4.8")`},
		{func() *profile.Builder { return profile.New(eperm).Allow("mount").If(profile.SinceKernel("4.8.1")) }, here(), profile.CodeMinKernel, `SinceKernel "4.8.1" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)`},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("mount").
				If(profile.SinceKernel("4.x"))
		}, here() - 1, profile.CodeMinKernel, `SinceKernel "4.x" (want KERNEL.MAJOR, as in "4.8": two numbers up to 255)`},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("mount").If(profile.SinceKernel("5.10"),
				profile.SinceKernel("4.8"))
		}, here() - 1, profile.CodeSameArg, "a second SinceKernel (write the newer release alone)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("mount").If(profile.Caps("CAP_KILL"),
				profile.NoCaps("CAP_CHOWN", "CAP_KILL"))
		}, here() - 1, profile.CodeContradiction, "Caps and NoCaps both have CAP_KILL, so that the rule would never apply (delete one)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("openat").If(profile.Arg(2).Without("O_CREAT", "O_RDONLY"))
		}, here() - 1, profile.CodeMaskBits, "Without: O_RDONLY is 0, so the condition holds for every argument (to exclude a value, write Not or Masked)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("openat").If(profile.Arg(2).Without(0, 4))
		}, here() - 1, profile.CodeMaskBits, "Without: 0 is 0, so the condition holds for every argument (to exclude a value, write Not or Masked)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("openat").If(profile.Arg(2).Is("O_CREAT|"))
		}, here() - 1, profile.CodeUnknownConst, `"O_CREAT|" has an empty name (join constants by one | between two)`},
		{func() *profile.Builder { return profile.New(eperm).Allow("openat").If(profile.Arg(2).Is("-1")) }, here(), profile.CodeUnknownConst, `unknown constant "-1" (one of the kernel's, such as O_CREAT, or several joined by |)`},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("read").If(profile.Arg(0).Not(make([]any, 1025)...))
		}, here() - 1, profile.CodeTooLarge, "Not with more than 1024 values (write Between for a range)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").Arches() }, here(), profile.CodeEmpty, "Arches without ABIs (name some, or delete Arches: the Target's ABI is always in the filter)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").Arches(99) }, here(), profile.CodeUnknownArch, "99 is not an ABI (use a constant of package arch)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").Flags(1 << 30) }, here(), profile.CodeUnknownFlag, "0x40000000 is not a flag (use the constants of package policy)"},
		{func() *profile.Builder {
			return profile.New(eperm).Allow("read").
				Flags(policy.FlagNewListener)
		}, here() - 1, profile.CodeUnknownFlag, "profiles cannot name SECCOMP_FILTER_FLAG_NEW_LISTENER (delete it: the compiler or the installer sets it if necessary)"},
		{func() *profile.Builder { return profile.New(eperm).Allow("read").Flags().Flags() }, here(), profile.CodeFlagIgnored, "Flags twice (list all in one)"},
	}
	for _, tt := range tests {
		p, err := tt.build().Profile()
		if err == nil || p != nil {
			t.Errorf("builder_test.go:%d: Profile = %v, nil error; want %q", tt.line, p, tt.want)
			continue
		}
		want := fmt.Sprintf("builder_test.go:%d: %s", tt.line, tt.want)
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("error (-want +got)\n%s", diff)
		}
		var e *profile.Error
		if !errors.As(err, &e) || e.Code != tt.code || e.Pos.File != "builder_test.go" || e.Pos.Line != tt.line || e.Pos.Col != 0 {
			t.Errorf("%v is %+v, want code %s at line %d", err, e, tt.code, tt.line)
		}
	}
	for _, b := range []*profile.Builder{nil, {}} {
		_, err := b.Profile()
		var e *profile.Error
		if want := fmt.Sprintf("builder_test.go:%d: a Builder that New did not return (start from New)", here()-2); !errors.As(err, &e) || err.Error() != want {
			t.Errorf("Profile of %v: %v, want %s", b, err, want)
		}
	}
}

// TestBuilderFaults: all faults come at once, in the order of the lines.
func TestBuilderFaults(t *testing.T) {
	first := here() + 2
	_, err := profile.New(policy.Errno(1)).
		Allow("raed").
		Answer(policy.Errno(5000), "write").
		Allow("openat").If(profile.Arg(2).Masked(1, 2)).
		Allow("socket").If(profile.Arg(7).Is(1)).
		Profile()
	want := fmt.Sprintf(`builder_test.go:%d: unknown system call "raed" (did you mean read?)
builder_test.go:%d: errno 5000 is out of range (at most 4095)
builder_test.go:%d: the bits 0x2 of the value are outside the mask, so the condition would ignore them (are the two exchanged?)
builder_test.go:%d: argument 7 (a call has six arguments, 0 to 5)`, first, first+1, first+2, first+3)
	if err == nil || err.Error() != want {
		t.Errorf("Profile = %v\nwant %s", err, want)
	}
	// Combinations of values are bounded.
	var values []any
	for i := range 33 {
		values = append(values, i)
	}
	b := profile.New(policy.Errno(1)).Allow("read").If(profile.Arg(0).Is(values...), profile.Arg(1).Is(values...))
	if _, err := b.Profile(); err == nil || !strings.Contains(err.Error(), "more than 1024 combinations") {
		t.Errorf("33 * 33 combinations: %v", err)
	}
}

// TestBuilderResolve: faults and notes of Resolve name the line, too.
func TestBuilderResolve(t *testing.T) {
	line := here() + 2
	p, err := profile.New(policy.Errno(1)).
		Allow("fcntl").If(profile.Arg(1).Is("F_GETLK64")).
		Allow("lseek").If(profile.Arg(1).Is(5)).
		Kill("lseek").If(profile.Arg(1).Is(5)).
		Profile()
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Resolve(profile.Target{Arch: arch.X86_64})
	want := fmt.Sprintf(`builder_test.go:%d: x86_64 has no constant F_GETLK64 (leave that ABI out, or write a number)
builder_test.go:%d: lseek has two actions under the same condition: ALLOW at builder_test.go:%d and KILL_PROCESS here (keep one of them)`, line, line+2, line+1)
	if err == nil || err.Error() != want {
		t.Errorf("Resolve = %v\nwant %s", err, want)
	}
	line = here() + 1
	p, err = profile.New(policy.Errno(1)).Allow("read").Allow("read").Allow("open").If(profile.Arg(1).Is(0, 1)).Profile()
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.AArch64})
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, n := range res.Notes() {
		notes = append(notes, n.String())
	}
	if diff := cmp.Diff([]string{
		fmt.Sprintf("builder_test.go:%d: no ABI of the filter has open", line),
		fmt.Sprintf("builder_test.go:%d: read already is ALLOW by the entry that names it at builder_test.go:%[1]d (delete it here)", line),
	}, notes); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
}

// TestBuilderWords: a remedy is one that code has.
func TestBuilderWords(t *testing.T) {
	p, err := profile.New(policy.Errno(1)).Allow("clone").If(profile.Arg(0).Without("CLONE_NEWUSER")).Profile()
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.S390X})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, n := range res.Notes() {
		found = found || n.Code == profile.CodeCloneFlags && strings.HasSuffix(n.Text, "the flags are argument 1 (make a profile for that ABI alone)")
	}
	if !found {
		t.Errorf("notes %v, want one on the flags of clone", res.Notes())
	}
}

// TestBuilderPlaces: a note is on the line of what it is about, not of the rule or of New.
func TestBuilderPlaces(t *testing.T) {
	line := here() + 3
	p, err := profile.New(policy.Errno(1)).
		Allow("read").
		Flags(policy.FlagTSync).
		Profile()
	if err != nil {
		t.Fatal(err)
	}
	notes := p.Notes()
	if len(notes) != 1 || notes[0].Code != profile.CodeFlagIgnored || notes[0].Pos.Line != line {
		t.Errorf("notes %v, want one on line %d", notes, line)
	}
}

// TestBuilderOrder: rules come in the order of the calls that add them, not of their
// lines. In runc's reading the first unconditional rule counts.
func TestBuilderOrder(t *testing.T) {
	kill := func(b *profile.Builder) { b.Kill("read") }
	b := profile.New(policy.Errno(1)).Allow("read")
	kill(b)
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64, Compat: profile.CompatRunc, AcceptWeaker: true})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := res.Decide(syscalls.Call{Audit: arch.X86_64.Audit()}); got != policy.Allow {
		t.Errorf("read gets %s, want ALLOW of the rule that was added first", got)
	}
}

// TestBuilderJSON: a profile that JSON can say is printed, and read as the same; what it
// cannot say is an error, as it is in runc's reading.
func TestBuilderJSON(t *testing.T) {
	p, err := profile.New(policy.Errno(1)).
		Allow("openat").If(profile.Arg(2).Masked("O_ACCMODE", "O_RDONLY"), profile.Caps("CAP_KILL")).
		Errno("ENOSYS", "clone3").
		Profile()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	want := `{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"syscalls":[` +
		`{"names":["openat"],"action":"SCMP_ACT_ALLOW","args":[{"index":2,"value":"O_ACCMODE","valueTwo":"O_RDONLY","op":"SCMP_CMP_MASKED_EQ"}],"includes":{"caps":["CAP_KILL"]}},` +
		`{"names":["clone3"],"action":"SCMP_ACT_ERRNO","errno":"ENOSYS"}]}`
	if err != nil || string(text) != want {
		t.Fatalf("MarshalJSON = %s, %v, want %s", text, err, want)
	}
	again, err := profile.Parse(text, profile.ParseOptions{Dialect: p.Dialect()})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(again); err != nil || string(out) != want {
		t.Errorf("read again it is %s, %v", out, err)
	}
	for _, cond := range []profile.Condition{profile.Arg(0).Between(1, 5), profile.Arg(0).Not(1, 2)} {
		p, err := profile.New(policy.Errno(1)).Allow("read").If(cond).Profile()
		if err != nil {
			t.Fatal(err)
		}
		if out, err := json.Marshal(p); err == nil || !strings.Contains(err.Error(), "have no JSON") {
			t.Errorf("MarshalJSON = %s, %v", out, err)
		}
		res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := json.Marshal(res); err == nil || !strings.Contains(err.Error(), "have no JSON") {
			t.Errorf("the Resolution prints %s, %v", out, err)
		}
		if _, err := p.Resolve(profile.Target{Arch: arch.X86_64, Compat: profile.CompatRunc}); err == nil || !strings.Contains(err.Error(), "which profiles for runtimes cannot do") {
			t.Errorf("in runc's reading: %v", err)
		}
	}
	p, err = profile.New(policy.Errno(1)).Allow("read").If(profile.SinceKernel("4.8")).Errno("ENOSYS", "clone3").Profile()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(p); err == nil || !strings.Contains(err.Error(), "no dialect has both") {
		t.Errorf("MarshalJSON = %s, %v", out, err)
	}
}

// TestBuilderAgain: a Builder can go on after Profile, which does not change.
func TestBuilderAgain(t *testing.T) {
	b := profile.New(policy.Errno(1)).Allow("read").Flags(policy.FlagLog)
	first, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Allow("write").Profile()
	if err != nil {
		t.Fatal(err)
	}
	write := syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 1}
	for p, want := range map[*profile.Profile]policy.Action{first: policy.Errno(38), second: policy.Allow} {
		res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := res.Decide(write); got != want {
			t.Errorf("write gets %s, want %s", got, want)
		}
		if !slices.Equal(res.Policy().Flags, []policy.Flag{policy.FlagLog}) {
			t.Errorf("flags %v", res.Policy().Flags)
		}
	}
	// What is passed to it can be used further, too.
	caps := []string{"CAP_KILL"}
	b = profile.New(policy.Errno(1)).Allow("write").If(profile.Caps(caps...))
	caps[0] = "CAP_CHOWN"
	third, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	res, err := third.Resolve(profile.Target{Arch: arch.X86_64, Caps: []string{"CAP_KILL"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := res.Decide(write); got != policy.Allow {
		t.Errorf("write gets %s after the caller's slice has changed, want ALLOW", got)
	}
	if file := path.Base(first.Pos().File); file != "builder_test.go" || first.Pos().Line == 0 {
		t.Errorf("Pos() = %v", first.Pos())
	}
}
