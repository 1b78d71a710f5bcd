package profile

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/profile/policy"
)

func TestComments(t *testing.T) {
	p, err := Parse([]byte(`{"_note": "one", "defaultAction": "SCMP_ACT_ERRNO", "description": ["two", 3, ""], "syscalls": [
{"comment": "three", "names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1, "//": "four"}]},
{"comment": "", "names": ["write"], "action": "SCMP_ACT_ALLOW"}]}`), ParseOptions{File: "p.json"})
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, col int) policy.Pos { return policy.Pos{File: "p.json", Line: line, Col: col} }
	want := []Comment{
		{at(1, 11), "", "one"}, {at(1, 69), "", "two"},
		{at(2, 13), "/syscalls/0", "three"}, {at(2, 130), "/syscalls/0/args/0", "four"},
	}
	if diff := cmp.Diff(want, p.Comments()); diff != "" {
		t.Errorf("Comments (-want +got):\n%s", diff)
	}
	if got := (*Profile)(nil).Comments(); got != nil {
		t.Errorf("Comments of nil = %v", got)
	}
}
