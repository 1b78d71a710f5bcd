package prove

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

func mustCanon(t *testing.T, pol *policy.Policy) []byte {
	t.Helper()
	out, err := Canon(pol)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCanonWords: texts that mean the same have one form, others have others.
func TestCanonWords(t *testing.T) {
	same := []string{
		`{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4, "op": "SCMP_CMP_LE"}]}`,
		`{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_LT"}]}, {"names": ["write"], "action": "SCMP_ACT_ALLOW"}, {"names": ["read"], "action": "SCMP_ACT_ALLOW"}`,
		`{"names": ["read", "write", "read"], "action": "SCMP_ACT_ALLOW", "comment": "twice"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_LT"}]},
		 {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4294967294, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ"}]}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4, "op": "SCMP_CMP_EQ"}]}`,
	}
	others := []string{
		`{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_LE"}]}`,
		`{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "value": 4, "op": "SCMP_CMP_LE"}]}`,
		`{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 4, "op": "SCMP_CMP_LE"}]}`,
		`{"names": ["read"], "action": "SCMP_ACT_ALLOW"}, {"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4, "op": "SCMP_CMP_LE"}]}`,
	}
	policy := func(rules string) *policy.Policy {
		return resolve(t, `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [`+rules+`]}`, arch.X86_64)
	}
	want := mustCanon(t, policy(same[0]))
	for _, rules := range same[1:] {
		if !bytes.Equal(mustCanon(t, policy(rules)), want) {
			t.Errorf("Canon of %s is not that of %s", rules, same[0])
		}
	}
	seen := map[string]string{string(want): same[0]}
	for _, rules := range others {
		form := string(mustCanon(t, policy(rules)))
		if twin, ok := seen[form]; ok {
			t.Errorf("Canon of %s is that of %s", rules, twin)
		}
		seen[form] = rules
	}
}

// TestCanonForm reads forms by their description and answers calls with them.
func TestCanonForm(t *testing.T) {
	r := newRand(t)
	for range repeat(200) {
		pol := randomPolicy(r)
		form := mustCanon(t, pol)
		text, ok := strings.CutPrefix(string(form), "seccompile decision function 1\n")
		if !ok || len(text)%12 != 0 {
			t.Fatalf("Canon begins with %q and has %d bytes behind it", form[:31], len(text))
		}
		var nodes [][3]uint32
		for b := []byte(text); len(b) > 0; b = b[12:] {
			n := [3]uint32{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])}
			if slices.Contains(nodes, n) {
				t.Fatalf("node %v stands twice", n)
			}
			if n[0] != 512 && (n[1] == n[2] || int(max(n[1], n[2])) >= len(nodes) || nodes[n[1]][0] <= n[0] || nodes[n[2]][0] <= n[0]) {
				t.Fatalf("node %d, %v, does not ascend", len(nodes), n)
			}
			nodes = append(nodes, n)
		}
		// They come as a walk from the last one finishes them, 0 before 1.
		next := uint32(0)
		var walk func(i uint32)
		walk = func(i uint32) {
			if i < next {
				return
			}
			if n := nodes[i]; n[0] != 512 {
				walk(n[1])
				walk(n[2])
			}
			if i != next {
				t.Fatalf("node %d comes where %d is due", i, next)
			}
			next++
		}
		walk(uint32(len(nodes)) - 1)
		ks := constants(nil, pol)
		for range 200 {
			c := likely(r, pol, ks)
			in := inputOf(c)
			n := nodes[len(nodes)-1]
			for n[0] != 512 {
				n = nodes[n[1+in[n[0]/32]>>(31-n[0]%32)&1]]
			}
			if want := decide(pol, c); policy.Action(n[1]) != want {
				t.Fatalf("the form has %s for %s, want %s\n%s", policy.Action(n[1]), c, want, pol)
			}
		}
	}
}

// TestCanonIgnores: what stands beside the answers plays no part.
func TestCanonIgnores(t *testing.T) {
	pol := defaultPolicy(t, arch.X86_64, nil)
	want := mustCanon(t, pol)
	pol.Flags = nil
	slices.Reverse(pol.Arches)
	for _, a := range pol.Arches {
		for i := range a.Rules {
			r := &a.Rules[i]
			*r = policy.Rule{Nr: r.Nr, Action: r.Action, Conds: r.Conds}
		}
	}
	if !bytes.Equal(mustCanon(t, pol), want) {
		t.Error("Canon goes by flags, notes, names, positions or the order of ABIs")
	}
	if _, err := Canon(&policy.Policy{}); err == nil {
		t.Error("Canon of a policy without ABIs = nil, want an error")
	}
}

// TestCanonOfRandom: two policies have one form exactly if the program of one is
// proved to be the other's.
func TestCanonOfRandom(t *testing.T) {
	r := newRand(t)
	same := 0
	for range repeat(300) {
		pol := randomPolicy(r)
		other := *pol
		other.Arches = slices.Clone(pol.Arches)
		rules := slices.Clone(pol.Arches[0].Rules)
		for range r.IntN(4) {
			if len(rules) > 0 {
				i := r.IntN(len(rules))
				if r.IntN(2) == 0 {
					rules = slices.Insert(rules, i, rules[i])
				} else {
					rules[i].Action = policy.Errno(1)
				}
			}
		}
		other.Arches[0].Rules = rules
		equal := bytes.Equal(mustCanon(t, pol), mustCanon(t, &other))
		if equal {
			same++
		}
		w, err := Policy(mustCompile(t, pol), &other)
		if err != nil {
			t.Fatal(err)
		}
		if (w == nil) != equal {
			t.Fatalf("Canon says equal: %v, Policy %+v\n%s\n%s", equal, w, pol, &other)
		}
	}
	if same < repeat(30) || same > repeat(290) {
		t.Errorf("%d of the policies are equal, want some and not all", same)
	}
}
