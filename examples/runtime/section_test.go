package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/seccompile/seccompile/profile"
)

// TestSection: an entry for a capability is in the section exactly if the container has it,
// and a runtime gets the filter that the profile means.
func TestSection(t *testing.T) {
	const text = `{"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":[]}],"syscalls":[
		{"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
		{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}`
	for _, tt := range []struct {
		process *specs.Process
		want    []string
	}{
		{nil, []string{"read"}},
		{&specs.Process{}, []string{"read"}},
		{&specs.Process{Capabilities: &specs.LinuxCapabilities{Effective: []string{"CAP_SYS_ADMIN"}}}, []string{"read"}},
		{&specs.Process{Capabilities: &specs.LinuxCapabilities{Bounding: []string{"CAP_SYS_ADMIN"}}}, []string{"mount", "read"}},
	} {
		s, err := section([]byte(text), "web.json", &specs.Spec{Process: tt.process}, target)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, entry := range s.Syscalls {
			got = append(got, entry.Names...)
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") || s.DefaultAction != specs.ActErrno {
			t.Errorf("section for %+v has the calls %q, want %q", tt.process, got, tt.want)
		}
		// Without this, entries for a capability apply to every container.
		var direct specs.LinuxSeccomp
		if err := json.Unmarshal([]byte(text), &direct); err != nil || len(direct.Syscalls) != 2 {
			t.Errorf("the text as a section has %d entries, %v, want 2: this example has lost its reason", len(direct.Syscalls), err)
		}
		f, err := filter(&specs.Spec{Linux: &specs.Linux{Seccomp: s}}, target)
		if err != nil || len(f.Insns()) == 0 {
			t.Errorf("filter = %v, %v", f, err)
		}
	}
}

func TestSectionFault(t *testing.T) {
	const text = `{"defaultAction":"SCMP_ACT_EERNO","syscalls":[]}`
	s, err := section([]byte(text), "web.json", &specs.Spec{}, profile.Target{Arch: target.Arch})
	if s != nil || err == nil || !strings.HasPrefix(err.Error(), "web.json:1:18: /defaultAction: unknown action") {
		t.Errorf("section = %v, %v", s, err)
	}
}

// TestSectionFlags: a section has the flags of the text in config.json, too, or is an error.
func TestSectionFlags(t *testing.T) {
	for flags, want := range map[string]string{
		``: "", `"flags":["SECCOMP_FILTER_FLAG_LOG"],`: `"flags":["SECCOMP_FILTER_FLAG_LOG"]`, `"flags":[],`: "error",
	} {
		got := "error"
		s, err := section([]byte(`{"defaultAction":"SCMP_ACT_ALLOW",`+flags+`"syscalls":[]}`), "web.json", &specs.Spec{}, target)
		if err == nil {
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			got = regexp.MustCompile(`"flags":\S*?\]|$`).FindString(string(text))
		}
		if got != want || (s == nil) != (err != nil) {
			t.Errorf("of a text with %q, config.json has %q, %v, want %q", flags, got, err, want)
		}
	}
}
