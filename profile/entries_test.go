package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
)

const extended = `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"},
{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 2, "op": "SCMP_CMP_EQ"}]},
{"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_PTRACE"]}},
{"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38, "excludes": {"caps": ["CAP_BPF"]}}]}`

func baseOf(t *testing.T, text string) *Profile {
	t.Helper()
	p, err := Parse([]byte(text), ParseOptions{File: "base"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// names returns the names of each entry with its position.
func names(p *Profile) (list []string) {
	for i := range p.entries {
		list = append(list, fmt.Sprintf("%d %s: %s", p.entries[i].index, p.entries[i].Pos, p.entries[i].String()))
	}
	return list
}

// TestAddNothing: an empty list is one that adds nothing, and removes nothing.
func TestAddNothing(t *testing.T) {
	base := baseOf(t, extended)
	e, err := ParseEntries([]byte(`{"syscalls": []}`), ParseOptions{File: "more"})
	if err != nil {
		t.Fatal(err)
	}
	added, err := base.Add(e)
	if err != nil {
		t.Fatal(err)
	}
	removed, err := base.Remove(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Profile{added, removed} {
		if diff := cmp.Diff(names(base), names(p)); diff != "" {
			t.Errorf("the entries (-want +got)\n%s", diff)
		}
	}
}

func TestAdd(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		dialect  Dialect
		want     string // the last entry, or the error
	}{
		{"one", `{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}`, Auto, "4 more:1:1: getpid -> ALLOW"},
		{"guarded twin", `{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}`, Auto, "4 more:1:1: bpf -> ALLOW"},
		{"other condition", `{"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}`, Auto, "4 more:1:1: socket if a0 == 2 -> ERRNO(1)"},
		{"wider", `{"names": ["ptrace"], "action": "SCMP_ACT_ALLOW"}`, Auto, "4 more:1:1: ptrace -> ALLOW"},
		{"same default", `{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}]}`, Auto, "4 more:1:50: getpid -> ALLOW"},

		{"twice", `{"syscalls": [{"names": ["write"], "action": "SCMP_ACT_ALLOW"}]}`, Auto,
			"more:1:26: /syscalls/0/names/0: write is ALLOW at base:2:20 already (leave it out here)"},
		{"narrower", `{"names": ["write"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`, Auto,
			"more:1:12: /names/0: write is ALLOW at base:2:20 already (leave it out here)"},
		{"other order", `{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 1, "value": 2, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}`, Auto,
			"more:1:12: /names/0: socket is ALLOW at base:3:12 already (leave it out here)"},
		{"contradiction", `{"names": ["bpf"], "action": "SCMP_ACT_ALLOW"}`, Auto,
			"more:1:12: /names/0: bpf is ALLOW here and ERRNO(38) at base:5:12, under the same conditions (remove it from the base first, or leave it out here)"},
		{"another errno", `{"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_SYS_ADMIN"]}}`, Auto,
			"more:1:12: /names/0: bpf is ERRNO(1) here and ERRNO(38) at base:5:12, under the same conditions (remove it from the base first, or leave it out here)"},
		{"other default", `{"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}]}`, Auto,
			"more:1:1: /: the default action, LOG, is not that of the base, which starts at base:1:1 (delete defaultAction, or use the base's)"},
		{"ABIs", `{"architectures": ["SCMP_ARCH_X86"], "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}]}`, Auto,
			"more:1:1: /: the ABIs are not those of the base, which starts at base:1:1 (delete architectures or archMap, or use the base's)"},
		{"flags", `{"flags": [], "listenerPath": "/s", "syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}]}`, Auto,
			"more:1:1: /: the listener is not that of the base, which starts at base:1:1 (delete listenerPath and listenerMetadata, or use the base's)"},
		{"errno by name", `{"names": ["getpid"], "action": "SCMP_ACT_ERRNO", "errno": "ENOSYS"}`, Containers,
			"more:1:1: /: the base is in the docker dialect, which has no errno by name (write errnoRet)"},
		{"nothing", `{"syscalls": null}`, Auto,
			"more:1:1: /: no syscalls, so there is nothing to add or to remove (write the entries into it, or"},
		{"no names", `{"defaultAction": "SCMP_ACT_ERRNO"}`, Auto,
			"more:1:1: /: no syscalls, so there is nothing to add or to remove (write the entries into it, or \"syscalls\": [] for none)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := baseOf(t, extended)
			before := names(base)
			e, err := ParseEntries([]byte(tt.in), ParseOptions{File: "more", Dialect: tt.dialect})
			var p *Profile
			if err == nil {
				p, err = base.Add(e)
			}
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				list := names(p)
				got = list[len(list)-1]
				if diff := cmp.Diff(before, list[:len(list)-1]); diff != "" {
					t.Errorf("the base's entries (-want +got)\n%s", diff)
				}
			}
			if !strings.Contains(got, tt.want) {
				t.Errorf("Add = %s\nwant %s", got, tt.want)
			}
			if diff := cmp.Diff(before, names(base)); diff != "" {
				t.Errorf("Add changes its base (-want +got)\n%s", diff)
			}
		})
	}
}

// TestAddNotes: notes of both texts stay, and notes of a resolution have the place of the
// text that an entry is from, although the JSON Pointers are those of others in the base.
func TestAddNotes(t *testing.T) {
	base := baseOf(t, `{"defaultAction": "SCMP_ACT_ERRNO", "odd": [], "syscalls": [{"names": ["read", "reed"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_BPF"]}}]}`)
	e, err := ParseEntries([]byte(`{"even": 1, "syscalls": [{"names": ["getpid", "getpidd"], "action": "SCMP_ACT_ALLOW"}]}`), ParseOptions{File: "more"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := base.Add(e)
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Resolve(Target{Arch: arch.X86_64, Caps: []string{"CAP_BPF"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range slices.Concat(p.Notes(), res.Notes()) {
		got = append(got, n.Pos.File+" "+n.Path+" "+string(n.Code))
	}
	slices.Sort(got)
	want := []string{"base /odd unknown-key", "base /syscalls/0/names/1 unknown-call", "more /even unknown-key", "more /syscalls/0/names/1 unknown-call"}
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("notes (-want +got)\n%s", diff)
	}
	for _, r := range res.Policy().Arches[0].Rules {
		if got, want := res.Guarded(&r), r.Origin.Name == "read"; got != want {
			t.Errorf("Guarded(%s) = %t", r.Origin.Name, got)
		}
	}
}

func TestAllowCalls(t *testing.T) {
	base := baseOf(t, extended)
	for name, want := range map[string]string{
		"@io_uring": "io_uring_enter, io_uring_register, io_uring_setup -> ALLOW",
		"getpid":    "getpid -> ALLOW",
		"read":      "read: read is ALLOW at base:2:12 already (leave it out here)",
		"@io_urink": "@io_urink: unknown group of calls (did you mean @io_uring?)",
		"reed":      "reed: unknown system call (did you mean read?)",
		"":          "empty name of a call (leave it out)",
	} {
		e, err := AllowCalls(name)
		var p *Profile
		if err == nil {
			p, err = base.Add(e)
		}
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = p.entries[len(p.entries)-1].String()
		}
		if got != want {
			t.Errorf("AllowCalls(%q): %s, want %s", name, got, want)
		}
	}
	e, _ := AllowCalls("@files")
	p, err := base.Add(e)
	if err != nil {
		t.Fatal(err)
	}
	if last := p.entries[len(p.entries)-1]; slices.ContainsFunc(last.Names, func(n callName) bool { return n.Name == "read" }) || len(last.Names) < 50 {
		t.Errorf("@files adds %s", last.String())
	}
}

func TestRemove(t *testing.T) {
	for in, want := range map[string]string{
		`{"names": ["write"], "action": "SCMP_ACT_ALLOW"}`:                                                            "0 base:2:1: read -> ALLOW",
		`{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}`:                                                    "0 base:3:1: socket if a0 == 1, a1 == 2 -> ALLOW",
		`{"names": ["read"], "action": "SCMP_ACT_LOG"}`:                                                               "more:1:12: /names/0: the base has no such entry of read (the one at base:2:12 is read, write -> ALLOW)",
		`{"names": ["getpid"], "action": "SCMP_ACT_ALLOW"}`:                                                           "more:1:12: /names/0: the base has no such entry of getpid (it does not name the call)",
		`{"names": ["ptrace"], "action": "SCMP_ACT_ALLOW"}`:                                                           "more:1:12: /names/0: the base has no such entry of ptrace (the one at base:4:12 is ptrace -> ALLOW)",
		`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}`: "more:1:1: /: the default action, ALLOW, is not that of the base, which starts at base:1:1 (delete defaultAction, or use the base's)",
	} {
		base := baseOf(t, extended)
		e, err := ParseEntries([]byte(in), ParseOptions{File: "more"})
		if err != nil {
			t.Fatal(err)
		}
		p, err := base.Remove(e)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = names(p)[0]
		}
		if got != want {
			t.Errorf("Remove(%s): %s, want %s", in, got, want)
		}
		if len(base.entries) != 4 || len(base.entries[0].Names) != 2 {
			t.Errorf("Remove changes its base")
		}
	}
	base := baseOf(t, extended)
	p, err := base.RemoveCalls("@files")
	if err != nil || len(p.entries) != 3 || len(base.entries[0].Names) != 2 {
		t.Errorf("RemoveCalls(@files): %v, %v", names(p), err)
	}
	if _, err := base.RemoveCalls("getpid"); err == nil || err.Error() != "getpid: the base, which starts at base:1:1, does not name it" {
		t.Errorf("RemoveCalls(getpid): %v", err)
	}
	for _, f := range []func(*Profile) (*Profile, error){
		func(p *Profile) (*Profile, error) { return p.Add(nil) },
		func(p *Profile) (*Profile, error) { return p.Remove(&Entries{}) },
		func(p *Profile) (*Profile, error) { return p.RemoveCalls("read") },
	} {
		for _, p := range []*Profile{nil, {}} {
			if _, err := f(p); err == nil {
				t.Error("no error without a profile")
			}
		}
	}
}

func TestParseChain(t *testing.T) {
	resource := func(name, base, entries string) string {
		return fmt.Sprintf(`{"kind": "SeccompProfile", "metadata": {"name": %q}, "spec": {"defaultAction": "SCMP_ACT_ERRNO", "baseProfileName": %q, "syscalls": [%s]}}`, name, base, entries)
	}
	allow := func(names string) string { return fmt.Sprintf(`{"names": ["%s"], "action": "SCMP_ACT_ALLOW"}`, names) }
	texts := map[string]string{
		"root":  `{"defaultAction": "SCMP_ACT_LOG", "syscalls": [` + allow("read") + `]}`,
		"mid":   resource("mid", "root", allow("write")),
		"kill":  resource("kill", "", `{"names": ["read"], "action": "SCMP_ACT_KILL_PROCESS"}`),
		"a":     resource("a", "b", allow("read")),
		"b":     resource("b", "a", allow("read")),
		"wrong": resource("right", "", allow("read")),
	}
	for i := range 20 {
		texts[fmt.Sprint("n", i)] = resource(fmt.Sprint("n", i), fmt.Sprint("n", i+1), allow("read"))
	}
	read := func(name string) ([]byte, ParseOptions, error) {
		if text, ok := texts[name]; ok {
			return []byte(text), ParseOptions{File: name}, nil
		}
		return nil, ParseOptions{}, fs.ErrNotExist
	}
	for _, tt := range []struct{ base, want string }{
		{"", "0 top:1:137: getpid, read -> ALLOW"},
		{"mid", "0 root:1:48: read -> ALLOW; 1 mid:1:141: write -> ALLOW; 2 top:1:140: getpid -> ALLOW"},
		{"kill", "top:1:162: /spec/syscalls/0/names/1: read is ALLOW here and KILL_PROCESS at kill:1:149, under the same conditions (remove it from the base first, or leave it out here)"},
		{"top", `top:1:120: /spec/baseProfileName: the base profile "top" is based on this one: top, then top (delete one baseProfileName)`},
		{"a", `b:1:118: /spec/baseProfileName: the base profile "a" is based on this one: a, then b, then a (delete one baseProfileName)`},
		{"wrong", `wrong:1:67: /metadata/name: the profile's name is "right", but top:1:120 names it "wrong" (rename one of them)`},
		{"missing", `top:1:120: /spec/baseProfileName: the base profile "missing": file does not exist`},
		{"n0", `/spec/baseProfileName: a chain of more than 15 base profiles (merge some)`},
		{"n6", ""},
	} {
		if tt.base == "n6" {
			texts["n20"], tt.want = resource("n20", "", allow("read")), "0 n20:1:137: read -> ALLOW; 1 top:1:139: getpid -> ALLOW"
		}
		p, err := ParseChain([]byte(resource("top", tt.base, allow(`getpid", "read`))), ParseOptions{File: "top"}, read)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = strings.Join(names(p), "; ")
		}
		if !strings.HasSuffix(got, tt.want) {
			t.Errorf("base %q: %s\nwant %s", tt.base, got, tt.want)
		}
		var fault *Error
		if err != nil && !errors.As(err, &fault) {
			t.Errorf("base %q: the error is a %T", tt.base, err)
		}
	}
}
