package choice

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// securityOptTests are values of --security-opt and what ParseSecurityOpt says.
var securityOptTests = []choiceTest{
	{`seccomp=unconfined`, `1:1: /: unconfined`},
	{`seccomp:unconfined`, `1:1: /: unconfined`},
	{`seccomp=builtin`, `1:1: /: builtin`},
	{`seccomp=/etc/p.json`, `1:1: /: file "/etc/p.json"`},
	{`seccomp=a=b:c`, `1:1: /: file "a=b:c"`},
	{`seccomp=default`, `1:1: /: file "default"`},
	{`seccomp=`, `missing 1:1: /: seccomp without a value (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)`},
	{`seccomp`, `missing 1:1: /: seccomp without a value (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)`},
	{`seccomp:`, `missing 1:1: /: seccomp without a value (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)`},
	{`secomp=unconfined`, `unknown-choice 1:1: /: unknown security option "secomp" (did you mean seccomp?)`},
	{`Seccomp=unconfined`, `unknown-choice 1:1: /: unknown security option "Seccomp" (did you mean seccomp?)`},
	{`seccomp:a=b`, `unknown-choice 1:1: /: unknown security option "seccomp:a" (did you mean seccomp?)`},
	{`seccomp={"defaultAction": "SCMP_ACT_ALLOW"}`, `unsupported 1:1: /: seccomp with the text of a profile (write it into a file and give its path)`},
	{"seccomp=a\x00b", `bad-name 1:1: /: path "a\x00b" has a NUL (correct it)`},
	{`apparmor=unconfined`, `unknown-choice 1:1: /: security option "apparmor=unconfined" is not about seccomp (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)`},
	{`no-new-privileges`, `unknown-choice 1:1: /: security option "no-new-privileges" is not about seccomp (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)`},
	{``, `unknown-choice 1:1: /: security option "" is not about seccomp (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)`},
}

// parseSecurityOpt is a choiceParser.
func parseSecurityOpt(opt []byte, _ string) ([]Container, error) {
	c, err := ParseSecurityOpt(string(opt))
	if err != nil {
		return nil, err
	}
	return []Container{{"", c}}, nil
}

func TestParseSecurityOpt(t *testing.T) { testChoices(t, parseSecurityOpt, securityOptTests) }

func TestParseSecurityOpts(t *testing.T) {
	tests := []struct {
		opts []string
		want string
	}{
		{nil, `unsaid`},
		{[]string{"no-new-privileges", "apparmor=unconfined", "label=disable", "label:disable", "systempaths=unconfined", "credentialspec=x"}, `unsaid`},
		{[]string{"label=disable", "seccomp=unconfined"}, `--security-opt:2:1: /1: unconfined`},
		{[]string{"seccomp=a.json", "no-new-privileges=true", "seccomp:a.json"}, `--security-opt:1:1: /0: file "a.json"`},
		{[]string{"seccomp=a.json", "seccomp=b.json", "seccomp=builtin"}, `two-choices --security-opt:2:1: /1: "seccomp=b.json" with another choice (keep one of them)
two-choices --security-opt:3:1: /2: "seccomp=builtin" with another choice (keep one of them)`},
		{[]string{"secomp=unconfined", "seccomp="}, `unknown-choice --security-opt:1:1: /0: unknown security option "secomp" (did you mean seccomp?)
missing --security-opt:2:1: /1: seccomp without a value (write seccomp=PATH, seccomp=builtin or seccomp=unconfined)`},
	}
	for _, tt := range tests {
		c, err := ParseSecurityOpts(tt.opts, "--security-opt")
		list := []Container{{"", c}}
		if err != nil {
			if c != (Choice{}) {
				t.Errorf("ParseSecurityOpts(%q) = %v and an error", tt.opts, c)
			}
			list = nil
		}
		if diff := cmp.Diff(tt.want, said(list, err)); diff != "" {
			t.Errorf("ParseSecurityOpts(%q) (-want +got)\n%s", tt.opts, diff)
		}
	}
}
