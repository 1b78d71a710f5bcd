package prove

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/bpf"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// Compile is compile.Policy without its proof. A test package of its own sets it,
// since compile imports this one.
var Compile func(*policy.Policy) ([]bpf.RawInstruction, error)

// mustCompile returns the compiler's program for the policy.
func mustCompile(t testing.TB, pol *policy.Policy) []bpf.RawInstruction {
	t.Helper()
	insns, err := Compile(pol)
	if err != nil {
		t.Fatal(err)
	}
	return insns
}

// resolve returns the policy of a profile's text for an ABI, without ENOSYS.
func resolve(t testing.TB, text string, a arch.Arch) *policy.Policy {
	t.Helper()
	p, err := profile.Parse([]byte(text), profile.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pol, err := p.Resolve(profile.Target{Arch: a, Enosys: profile.Enosys{Mode: profile.EnosysOff}})
	if err != nil {
		t.Fatal(err)
	}
	return pol.Policy()
}

func defaultPolicy(t testing.TB, a arch.Arch, caps []string) *policy.Policy {
	t.Helper()
	pol, err := profile.Default().Resolve(profile.Target{Arch: a, Caps: caps, Kernel: syscalls.Version{Major: 6, Minor: 18}})
	if err != nil {
		t.Fatal(err)
	}
	return pol.Policy()
}

// TestDefault proves the default profile's filter for every ABI.
func TestDefault(t *testing.T) {
	for a := range arch.All() {
		for _, caps := range [][]string{mustCaps("docker"), nil, mustCaps("all")} {
			pol := defaultPolicy(t, a, caps)
			if w, err := Policy(mustCompile(t, pol), pol); w != nil || err != nil {
				t.Errorf("Policy for %s with %d capabilities = %+v, %v, want nil, nil", a, len(caps), w, err)
			}
		}
	}
}

// TestRandomPolicies proves the filters of made-up policies, and finds what a
// change to the policy makes differ.
func TestRandomPolicies(t *testing.T) {
	r := newRand(t)
	for i := range repeat(1000) {
		pol := randomPolicy(r)
		insns := mustCompile(t, pol)
		if w, err := Policy(insns, pol); w != nil || err != nil {
			t.Fatalf("policy %d: Policy = %+v, %v, want nil, nil\n%s", i, w, err, pol)
		}
		other := randomPolicy(r)
		other.Arches[0].Arch = pol.Arches[0].Arch
		w, err := Policy(insns, other)
		if err != nil {
			t.Fatalf("policy %d: %v\n%s\n%s", i, err, pol, other)
		}
		prog, err := vm.New(insns, pol.Arches[0].Arch.ByteOrder())
		if err != nil {
			t.Fatal(err)
		}
		if w == nil {
			ks := constants(insns, other)
			for range 2000 {
				c := likely(r, other, ks)
				if got, want := answerOf(prog, c), decision(other, c); got != want {
					t.Fatalf("policy %d: Policy = nil, but Run(%s) = %s, want %s", i, c, got, want)
				}
			}
			continue
		}
		if diff := cmp.Diff(&Witness{w.Call, answerOf(prog, w.Call), decision(other, w.Call)}, w); diff != "" || w.Got == w.Want {
			t.Fatalf("policy %d: the witness %+v (-run +got)\n%s", i, w, diff)
		}
	}
}

// TestWitness: counterexamples are what a person would choose.
func TestWitness(t *testing.T) {
	const (
		allow = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [`
		both  = `{"defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [{"names": [`
		open  = `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"]}`
	)
	tests := []struct {
		name           string
		program, means string // the profiles of the program and of the policy
		change         func(*policy.Policy)
		want           string
		got, wants     policy.Action
	}{
		{"a call more", allow + `"read"], "action": "SCMP_ACT_ALLOW"}]}`, allow + `"read", "openat"], "action": "SCMP_ACT_ALLOW"}]}`, nil,
			"x86_64 openat()", policy.Errno(1), policy.Allow},
		{"an argument", allow + `"socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 6, "op": "SCMP_CMP_GE"}]}]}`,
			allow + `"socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 5, "op": "SCMP_CMP_GE"}]}]}`, nil,
			"x86_64 socket(0, 5)", policy.Errno(1), policy.Allow},
		{"a high half", allow + `"read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 2, "value": 4294967296, "op": "SCMP_CMP_LT"}]}]}`,
			allow + `"read"], "action": "SCMP_ACT_ALLOW"}]}`, nil,
			"x86_64 read(0, 0, 0x100000000)", policy.Errno(1), policy.Allow},
		{"beyond the tables", `{"defaultAction": "SCMP_ACT_ALLOW"}`, `{"defaultAction": "SCMP_ACT_ALLOW"}`,
			func(p *policy.Policy) {
				p.Arches[0].Newer, p.Arches[0].Enosys = []policy.Range{{Lo: 700, Hi: 800}}, policy.Errno(38)
			},
			"x86_64 700()", policy.Allow, policy.Errno(38)},
		{"another ABI", `{"defaultAction": "SCMP_ACT_ALLOW"}`, `{"defaultAction": "SCMP_ACT_ALLOW"}`,
			func(p *policy.Policy) { p.BadArch = policy.Trap },
			"x32 0x40000000()", policy.KillThread, policy.Trap},
		{"the native ABI first", both + `"read"], "action": "SCMP_ACT_ALLOW"}]}`, both + `"read", "openat"], "action": "SCMP_ACT_ALLOW"}]}`, nil,
			"x86_64 openat()", policy.Errno(1), policy.Allow},
		{"another ABI's call before a number without a name", open, open,
			func(p *policy.Policy) {
				p.Arches[0].Newer, p.Arches[0].Enosys = []policy.Range{{Lo: 700, Hi: 800}}, policy.Errno(38)
				p.Arches[1].Newer, p.Arches[1].Enosys = []policy.Range{{Lo: 3, Hi: 3}}, policy.Errno(38)
			},
			"x86 read()", policy.Allow, policy.Errno(38)},
		{"the native ABI's number without a name", open, open,
			func(p *policy.Policy) {
				p.Arches[0].Newer, p.Arches[0].Enosys = []policy.Range{{Lo: 700, Hi: 800}}, policy.Errno(38)
				p.Arches[1].Newer, p.Arches[1].Enosys = []policy.Range{{Lo: 600, Hi: 800}}, policy.Errno(38)
			},
			"x86_64 700()", policy.Allow, policy.Errno(38)},
		{"minus one", `{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"]}`, `{"defaultAction": "SCMP_ACT_ALLOW"}`,
			func(p *policy.Policy) {
				p.Arches[0].Newer, p.Arches[0].Enosys = []policy.Range{{Lo: ^uint32(0), Hi: ^uint32(0)}}, policy.Errno(38)
			},
			"x86_64 -1()", policy.Allow, policy.Errno(38)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pol := resolve(t, tt.means, arch.X86_64)
			if tt.change != nil {
				tt.change(pol)
			}
			got, err := Policy(mustCompile(t, resolve(t, tt.program, arch.X86_64)), pol)
			if err != nil {
				t.Fatal(err)
			}
			call, err := syscalls.ParseCall(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&Witness{call, tt.got, tt.wants}, got); diff != "" {
				t.Errorf("Policy (-want +got)\n%s", diff)
			}
		})
	}
}

// TestPolicyErrors: what is no question has an error for an answer.
func TestPolicyErrors(t *testing.T) {
	ret := []bpf.RawInstruction{{Op: 0x06}}
	x86 := policy.ArchPolicy{Arch: arch.X86_64}
	bad := func(c policy.Cond) *policy.Policy {
		return &policy.Policy{Arches: []policy.ArchPolicy{{Arch: arch.X86_64, Rules: []policy.Rule{{Origin: &policy.Origin{Name: "read"}, Conds: []policy.Cond{c}}}}}}
	}
	tests := []struct {
		name  string
		insns []bpf.RawInstruction
		pol   *policy.Policy
		want  string
	}{
		{"no ABI", ret, &policy.Policy{}, "a policy without ABIs (Resolve returns none)"},
		{"an unknown ABI", ret, &policy.Policy{Arches: []policy.ArchPolicy{x86, {}}}, "a policy for an unknown ABI (Resolve returns none)"},
		{"no argument", ret, bad(policy.Cond{Arg: 6, Op: policy.EQ}), "x86_64, read: a condition on 0 bits of argument 6 (a call has six of 64)"},
		{"too many bits", ret, bad(policy.Cond{Width: 65, Op: policy.EQ}), "x86_64, read: a condition on 65 bits of argument 0 (a call has six of 64)"},
		{"no program", nil, &policy.Policy{Arches: []policy.ArchPolicy{x86}}, "no instructions"},
		{"no return", []bpf.RawInstruction{{Op: 0x20}}, &policy.Policy{Arches: []policy.ArchPolicy{x86}}, "instruction 0: the last instruction is no return"},
	}
	for _, tt := range tests {
		if w, err := Policy(tt.insns, tt.pol); w != nil || err == nil || err.Error() != tt.want {
			t.Errorf("%s: Policy = %+v, %v, want %s", tt.name, w, err, tt.want)
		}
	}
	var e *vm.Error
	if _, err := Policy(nil, &policy.Policy{Arches: []policy.ArchPolicy{x86}}); !errors.As(err, &e) {
		t.Errorf("Policy of no program = %v, want a *vm.Error", err)
	}
}

// TestConfirm: a witness that does not show what it says is a fault.
func TestConfirm(t *testing.T) {
	pol := resolve(t, `{"defaultAction": "SCMP_ACT_ALLOW"}`, arch.X86_64)
	call := syscalls.Call{Audit: x86_64, Nr: 1}
	tests := []struct {
		name  string
		insns []bpf.RawInstruction
		w     Witness
		want  string
	}{
		{"right", []bpf.RawInstruction{ret(errno)}, Witness{call, policy.Errno(1), policy.Allow}, ""},
		{"no difference", []bpf.RawInstruction{ret(allow)}, Witness{call, policy.Allow, policy.Allow},
			"fault of the proof: it has ALLOW for the program's answer to x86_64 write() and ALLOW for the policy's, which are ALLOW and ALLOW"},
		{"another answer", []bpf.RawInstruction{ret(kill)}, Witness{call, policy.Errno(1), policy.Allow},
			"fault of the proof: it has ERRNO(1) for the program's answer to x86_64 write() and ALLOW for the policy's, which are KILL_THREAD and ALLOW"},
		{"another policy", []bpf.RawInstruction{ret(errno)}, Witness{call, policy.Errno(1), policy.Trap},
			"fault of the proof: it has ERRNO(1) for the program's answer to x86_64 write() and TRAP for the policy's, which are ERRNO(1) and ALLOW"},
	}
	for _, tt := range tests {
		got := ""
		if err := tt.w.confirm(tt.insns, arch.X86_64.ByteOrder(), pol); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: confirm (-want +got)\n%s", tt.name, diff)
		}
	}
}

// mustCaps returns the capabilities of a set that profile.ParseCaps knows.
func mustCaps(set string) []string {
	caps, err := profile.ParseCaps(set)
	if err != nil {
		panic(err)
	}
	return caps
}
