package profile

import (
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/jsonpos"
	"github.com/seccompile/seccompile/profile/policy"
)

// A toy is a dialect as one file adds it: it has its profile under a key, a key of
// its own, a name of its own for the architecture, and refuses LOG.
type toy struct{ docker }

var toyKeys = [...][]string{
	levelTop:     append(slices.Clone(dockerKeys[levelTop]), "color"),
	levelArchMap: dockerKeys[levelArchMap],
	levelEntry:   dockerKeys[levelEntry],
	levelArg:     dockerKeys[levelArg],
	levelGuard:   dockerKeys[levelGuard],
}

func (toy) name() string                         { return "toy" }
func (toy) keys(at level) []string               { return toyKeys[at] }
func (toy) path() []string                       { return []string{"toy"} }
func (toy) is(v *jsonpos.Value) bool             { return v.Named("toy") != nil }
func (toy) host(a arch.Arch) string              { return "toy-" + a.String() }
func (toy) marshal(_ *Profile, out *jsonProfile) { out.ListenerMetadata = "toy" }

func (toy) entry(r *reader, v *jsonpos.Value, _ *Profile, e *entry) {
	if e.Action == policy.Log {
		r.failf(CodeUnknownAction, v, "toys do not log")
	}
}

// TestToyDialect: a dialect is one type, and nothing else knows of it.
func TestToyDialect(t *testing.T) {
	defer func(list []dialect) { dialects = list }(dialects)
	dialects = append(slices.Clone(dialects), toy{})
	d, err := ParseDialect("toy")
	if err != nil || d.String() != "toy" {
		t.Fatalf("ParseDialect(toy) = %s, %v", d, err)
	}
	text := `{"toy": {"defaultAction": "SCMP_ACT_ERRNO", "color": "red", "syscalls": [
{"names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["toy-x86_64"]}},
{"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64"]}}]}}`
	p, err := Parse([]byte(text), ParseOptions{})
	if err != nil || p.dialect != d || len(p.notes) > 0 {
		t.Fatalf("Parse = dialect %v, notes %v, %v", p.dialect, p.notes, err)
	}
	res, err := p.Resolve(Target{Arch: arch.X86_64, AcceptWeaker: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := []policy.Action{decide(t, res, "x86_64 read()"), decide(t, res, "x86_64 write()")}; !slices.Equal(got, []policy.Action{policy.Allow, policy.Errno(38)}) {
		t.Errorf("read and write get %v", got)
	}
	if _, err := Parse([]byte(`{"toy": {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG"}]}}`), ParseOptions{}); err == nil ||
		err.Error() != "1:58: /toy/syscalls/0: toys do not log" {
		t.Errorf("Parse of LOG: %v", err)
	}
	if out := marshal(t, p); !strings.Contains(out, `"listenerMetadata": "toy"`) {
		t.Errorf("MarshalJSON = %s", out)
	}
}
