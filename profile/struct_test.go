package profile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// The types of the OCI runtime specification, as they stand there
// (specs-go/config.go).
type (
	LinuxSeccomp struct {
		DefaultAction    Action    `json:"defaultAction"`
		DefaultErrnoRet  *uint     `json:"defaultErrnoRet,omitempty"`
		Architectures    []Arch    `json:"architectures,omitempty"`
		Flags            []Flag    `json:"flags,omitempty"`
		ListenerPath     string    `json:"listenerPath,omitempty"`
		ListenerMetadata string    `json:"listenerMetadata,omitempty"`
		Syscalls         []Syscall `json:"syscalls,omitempty"`
	}
	Syscall struct {
		Names    []string `json:"names"`
		Action   Action   `json:"action"`
		ErrnoRet *uint    `json:"errnoRet,omitempty"`
		Args     []Arg    `json:"args,omitempty"`
	}
	Arg struct {
		Index    uint   `json:"index"`
		Value    uint64 `json:"value"`
		ValueTwo uint64 `json:"valueTwo,omitempty"`
		Op       Op     `json:"op"`
	}
	Action string
	Arch   string
	Flag   string
	Op     string
)

// TestFromStruct: a struct means what its text means, but for flags that are empty.
func TestFromStruct(t *testing.T) {
	errno := uint(38)
	full := LinuxSeccomp{
		DefaultAction: "SCMP_ACT_ERRNO", DefaultErrnoRet: &errno, Architectures: []Arch{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"},
		Flags: []Flag{"SECCOMP_FILTER_FLAG_LOG"}, ListenerPath: "/run/s.sock", ListenerMetadata: "m",
		Syscalls: []Syscall{
			{Names: []string{"read", "write"}, Action: "SCMP_ACT_ALLOW"},
			{Names: []string{"openat"}, Action: "SCMP_ACT_ALLOW", Args: []Arg{{Index: 2, Value: 3, Op: "SCMP_CMP_MASKED_EQ"}}},
			{Names: []string{"personality"}, Action: "SCMP_ACT_ERRNO", ErrnoRet: &errno, Args: []Arg{{Op: "SCMP_CMP_NE"}}},
			{Names: []string{"mount"}, Action: "SCMP_ACT_NOTIFY"},
		},
	}
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	want, err := profile.Parse(text, profile.ParseOptions{Dialect: profile.OCI})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{full, &full, struct{ *LinuxSeccomp }{&full}} {
		got, err := profile.FromStruct(value, profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		x, err1 := json.Marshal(got)
		y, err2 := json.Marshal(want)
		if err1 != nil || err2 != nil || !bytes.Equal(x, y) {
			t.Errorf("%T is %s, %v, want %s, %v", value, x, err1, y, err2)
		}
		if got.Dialect() != profile.OCI {
			t.Errorf("dialect %s", got.Dialect())
		}
	}
	target := profile.Target{Arch: arch.X86_64}
	for _, tt := range []struct {
		flags []Flag
		want  []policy.Flag
	}{
		{nil, []policy.Flag{policy.FlagSpecAllow}},
		{[]Flag{}, nil},
		{[]Flag{"SECCOMP_FILTER_FLAG_LOG"}, []policy.Flag{policy.FlagLog}},
	} {
		p, err := profile.FromStruct(LinuxSeccomp{DefaultAction: "SCMP_ACT_ALLOW", Flags: tt.flags}, profile.ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := p.Resolve(target)
		if err != nil || !slices.Equal(res.Policy().Flags, tt.want) {
			t.Errorf("flags %#v: the policy has %v, %v, want %v", tt.flags, res, err, tt.want)
		}
	}
}

// Types that other structs embed.
type (
	Args      []Arg
	Flags     []Flag
	FewFlags  struct{ Flags []Flag }
	MoreFlags struct{ Flags []Flag }
)

// TestFromStructEmbedded: an embedded struct has fields for the one around it, and any other
// embedded type is a field.
func TestFromStructEmbedded(t *testing.T) {
	type call struct {
		Names  []string
		Action Action
		Args
	}
	value := struct {
		DefaultAction Action
		Flags
		Syscalls []call
	}{"SCMP_ACT_ERRNO", Flags{}, []call{{[]string{"socket"}, "SCMP_ACT_ALLOW", Args{{Value: 1, Op: "SCMP_CMP_EQ"}}}}}
	p, err := profile.FromStruct(value, profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64})
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Policy().Flags; len(got) > 0 {
		t.Errorf("flags %v, want none", got)
	}
	for family, want := range []policy.Action{policy.Errno(1), policy.Allow, policy.Errno(1)} {
		if got, _ := res.Decide(syscalls.Call{Audit: arch.X86_64.Audit(), Nr: 41, Args: [6]uint64{uint64(family)}}); got != want {
			t.Errorf("socket(%d) gets %s, want %s", family, got, want)
		}
	}
}

// TestFromStructFaults: faults and notes name the field.
func TestFromStructFaults(t *testing.T) {
	call := func(s Syscall) LinuxSeccomp {
		return LinuxSeccomp{DefaultAction: "SCMP_ACT_ERRNO", Syscalls: []Syscall{{Names: []string{"write"}, Action: "SCMP_ACT_ALLOW"}, s}}
	}
	big := uint(5000)
	type ring struct{ Next *ring }
	type knot *knot
	var tied knot
	tied = &tied
	var self any
	self = &self
	loop := &ring{}
	loop.Next = loop
	wide := make([]any, 100) // has itself
	for i := range wide {
		wide[i] = wide
	}
	tests := []struct {
		value any
		code  profile.Code
		want  string
	}{
		{nil, profile.CodeEmpty, "nil: nil: runtimes take this for no seccomp at all and run the container unconfined"},
		{(*LinuxSeccomp)(nil), profile.CodeEmpty, "profile_test.LinuxSeccomp: nil: runtimes take this for no seccomp at all and run the container unconfined"},
		{"text", profile.CodeType, "string: string where a struct should be (pass a specs.LinuxSeccomp)"},
		{LinuxSeccomp{}, profile.CodeEmpty, "profile_test.LinuxSeccomp: no defaultAction and no syscalls: runtimes take this for no seccomp at all and run the container unconfined (write the action for all other calls, such as \"SCMP_ACT_ERRNO\")"},
		{LinuxSeccomp{DefaultAction: "SCMP_ACT_ALOW"}, profile.CodeUnknownAction, "profile_test.LinuxSeccomp.DefaultAction: unknown action \"SCMP_ACT_ALOW\" (did you mean SCMP_ACT_ALLOW?)"},
		{LinuxSeccomp{DefaultAction: "SCMP_ACT_ALLOW", Architectures: []Arch{"SCMP_ARCH_X86", "X"}}, profile.CodeUnknownArch, "profile_test.LinuxSeccomp.Architectures[1]: unknown architecture \"X\""},
		{LinuxSeccomp{DefaultAction: "SCMP_ACT_ALLOW", Flags: []Flag{""}}, profile.CodeUnknownFlag, "profile_test.LinuxSeccomp.Flags[0]: unknown flag"},
		{LinuxSeccomp{DefaultAction: "SCMP_ACT_ERRNO", DefaultErrnoRet: &big}, profile.CodeErrno, "profile_test.LinuxSeccomp.DefaultErrnoRet: errno 5000 is out of range (at most 4095)"},
		{call(Syscall{Names: []string{"read"}}), profile.CodeMissing, "profile_test.LinuxSeccomp.Syscalls[1]: no action"},
		{call(Syscall{Names: []string{"read", ""}, Action: "SCMP_ACT_ALLOW"}), profile.CodeMissing, "profile_test.LinuxSeccomp.Syscalls[1].Names[1]: empty name of a call (delete it)"},
		{call(Syscall{Names: []string{"read"}, Action: "SCMP_ACT_ALLOW", Args: []Arg{{Index: 6, Op: "SCMP_CMP_EQ"}}}), profile.CodeArgIndex, "profile_test.LinuxSeccomp.Syscalls[1].Args[0].Index: argument index 6"},
		{call(Syscall{Names: []string{"read"}, Action: "SCMP_ACT_ALLOW", Args: []Arg{{Index: 1, Op: "=="}}}), profile.CodeUnknownOp, "profile_test.LinuxSeccomp.Syscalls[1].Args[0].Op: unknown operator \"==\" (did you mean SCMP_CMP_EQ?)"},
		{struct{ DefaultAction func() }{func() {}}, profile.CodeType, "struct.DefaultAction: a func(), which profiles cannot have (leave it out)"},
		{struct {
			Linux *struct{ Seccomp *LinuxSeccomp }
		}{}, profile.CodeType, "struct: a struct without a field DefaultAction (pass a specs.LinuxSeccomp, which a specs.Spec has as Linux.Seccomp)"},
		{loop, profile.CodeTooLarge, "profile_test.ring.Next.Next"},
		{tied, profile.CodeTooLarge, "profile_test.knot: more than 10 values inside each other (is it the right struct?)"},
		{self, profile.CodeTooLarge, "interface {}: more than 10 values inside each other (is it the right struct?)"},
		{struct {
			DefaultAction Action
			*FewFlags
			MoreFlags
		}{"SCMP_ACT_ALLOW", &FewFlags{}, MoreFlags{Flags: []Flag{}}}, profile.CodeDuplicateKey, "struct.Flags: two embedded structs have this field (write it in the struct itself)"},
		{struct{ Syscalls any }{wide}, profile.CodeTooLarge, "struct.Syscalls[0]"},
		{struct{ DefaultAction []int }{make([]int, 1<<19)}, profile.CodeTooLarge, "struct.DefaultAction[262142]: more than 262144 values"},
		{struct{ DefaultAction int }{-1}, profile.CodeType, "struct.DefaultAction: a number where a string should be"},
	}
	for _, tt := range tests {
		p, err := profile.FromStruct(tt.value, profile.ParseOptions{})
		var e *profile.Error
		if p != nil || !errors.As(err, &e) || e.Code != tt.code || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("FromStruct(%T) = %v, want %q", tt.value, err, tt.want)
		}
	}
	if _, err := profile.FromStruct(LinuxSeccomp{DefaultAction: "X"}, profile.ParseOptions{File: "spec.Linux.Seccomp"}); err == nil || !strings.HasPrefix(err.Error(), "spec.Linux.Seccomp.DefaultAction: ") {
		t.Errorf("with a name: %v", err)
	}
	if _, err := profile.FromStruct(LinuxSeccomp{}, profile.ParseOptions{Dialect: 99}); err == nil {
		t.Error("an unknown dialect is no error")
	}
}

// TestFromStructNotes: fields that OCI does not have are noted, and those of Resolve name
// the field, too.
func TestFromStructNotes(t *testing.T) {
	type guarded struct {
		Syscall
		Includes struct{ Caps []string }
		Priority int
		hidden   int
	}
	value := struct {
		DefaultAction Action
		Syscalls      []*guarded
		Extra         []string
		Zero          int
	}{"SCMP_ACT_ERRNO", []*guarded{{Syscall: Syscall{Names: []string{"read"}, Action: "SCMP_ACT_ALLOW"}, hidden: 1}, {Syscall: Syscall{Names: []string{"raed", "read"}, Action: "SCMP_ACT_ALLOW"}, Priority: 1}}, nil, 0}
	value.Syscalls[0].Includes.Caps = []string{"CAP_KILL"}
	p, err := profile.FromStruct(value, profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	notes := func(list []profile.Note) (s []string) {
		for _, n := range list {
			s = append(s, n.Effect.String()+" "+n.String())
		}
		return s
	}
	if diff := cmp.Diff([]string{
		`weaker struct.Syscalls[0].Includes: key "includes" belongs to another dialect and is ignored in that of oci`,
		`same struct.Syscalls[1].Includes: key "includes" belongs to another dialect and is ignored in that of oci`,
		`same struct.Syscalls[1].Priority: unknown key "priority" is ignored`,
	}, notes(p.Notes())); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
	p, err = profile.FromStruct(value, profile.ParseOptions{Dialect: profile.Docker})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(profile.Target{Arch: arch.X86_64, Caps: []string{"CAP_KILL"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{
		`same struct.Syscalls[1].Priority: unknown key "priority" is ignored`,
		`stricter struct.Syscalls[1].Names[0]: unknown system call "raed" (did you mean read?) is ignored`,
		`same struct.Syscalls[1].Names[1]: read already is ALLOW by the entry that names it at struct.Syscalls[0].Names[0]`,
	}, notes(res.Notes())); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
}
