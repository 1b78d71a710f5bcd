package profile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

func TestMentions(t *testing.T) {
	p, err := Parse([]byte(`{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
{"names": ["read", "open"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 3, "op": "SCMP_CMP_LT"}]},
{"names": ["open"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
{"names": ["open"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF", "CAP_CHOWN", "CAP_BPF"]}},
{"names": ["open"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"], "arches": ["arm64"]}},
{"names": ["open"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}, "excludes": {"caps": ["CAP_BPF"]}},
{"names": ["open"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_CHOWN"]}},
{"names": ["open"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "6.2"}},
{"names": ["open"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["BPF"]}},
{"name": "open", "action": "SCMP_ACT_LOG"}]}`), ParseOptions{File: "p"})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(Target{Arch: arch.X86_64, Caps: []string{"CAP_CHOWN"}, Kernel: syscalls.Version{Major: 6, Minor: 1}, AcceptWeaker: true})
	if err != nil {
		t.Fatal(err)
	}
	want := []Mention{
		{Path: "/syscalls/0/names/1", Entry: "read, open if a0 < 3 -> ALLOW", Action: policy.Allow, Pos: policy.Pos{File: "p", Line: 2, Col: 20}},
		{Path: "/syscalls/1/names/0", Entry: "open -> ERRNO(38)", Action: policy.Errno(38), Pos: policy.Pos{File: "p", Line: 3, Col: 12}},
		{Path: "/syscalls/2/names/0", Entry: "open -> ALLOW", Action: policy.Allow, Pos: policy.Pos{File: "p", Line: 4, Col: 12}, Dropped: "the target has no CAP_BPF", Lacks: []string{"CAP_BPF"}},
		{Path: "/syscalls/3/names/0", Entry: "open -> ALLOW", Action: policy.Allow, Pos: policy.Pos{File: "p", Line: 5, Col: 12}, Dropped: "x86_64 is not among the architectures that it includes"},
		{Path: "/syscalls/4/names/0", Entry: "open -> ALLOW", Action: policy.Allow, Pos: policy.Pos{File: "p", Line: 6, Col: 12}, Dropped: "the target has no CAP_BPF"},
		{Path: "/syscalls/5/names/0", Entry: "open -> ALLOW", Action: policy.Allow, Pos: policy.Pos{File: "p", Line: 7, Col: 12}, Dropped: "it excludes CAP_CHOWN, which the target has"},
		{Path: "/syscalls/6/names/0", Entry: "open -> ALLOW", Action: policy.Allow, Pos: policy.Pos{File: "p", Line: 8, Col: 12}, Dropped: "it needs Linux 6.2, and the target has 6.1"},
		{Path: "/syscalls/7/names/0", Entry: "open -> ALLOW", Action: policy.Allow, Pos: policy.Pos{File: "p", Line: 9, Col: 12}, Dropped: "BPF is not a capability"},
		{Path: "/syscalls/8/name", Entry: "open -> LOG", Action: policy.Log, Pos: policy.Pos{File: "p", Line: 10, Col: 10}},
	}
	if diff := cmp.Diff(want, res.Mentions("open")); diff != "" {
		t.Errorf("Mentions(open) (-want +got)\n%s", diff)
	}
	if got := res.Mentions("write"); got != nil {
		t.Errorf("Mentions(write) = %v", got)
	}
	if got := (*Resolution)(nil).Mentions("open"); got != nil {
		t.Errorf("Mentions of nil = %v", got)
	}
}
