package lint

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/audit.md anew")

const intro = `# Audit

For reviewers of profiles: every finding of ` + "`seccompile audit`" + `, with its reason and an example. [harden.md](harden.md) shows the command.

A finding is something suspicious in a profile that is legal: a fact with a stable code, a severity, a place, the calls with the exact
arguments, and a remedy. Findings are not scored. ` + "`go test ./profile/lint -update`" + ` writes this page from the rules of package
profile/lint and from the examples that its tests run, for x86_64.

| severity | means |
|---|---|
| error | the text is not carried out as written, or calls pass that no rule is about |
| warning | calls pass, or programs fail, that the author probably did not have in mind |
| info | a fact that a reviewer should know; ` + "`-v`" + ` lists these |

Faults of the text are errors among the findings, and its notes are findings with their own codes ([codes.md](codes.md)): those by
which the policy is weaker than the text are errors.

## Accept a finding

A finding stays until somebody accepts it with a reason: in a comment of the entry, or of the profile for findings on the whole,
or in a list for ` + "`--ignore`" + `. If calls are listed, findings about these calls alone are accepted, so that the next call
is found. An acceptance that accepts nothing is itself a finding.

` + "```json" + `
{"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "comment": "lint:ignore kernel-surface:bpf the agent loads its programs"}
` + "```" + `

` + "```" + `
# accepted.txt
kernel-surface:keyctl,add_key  sessions of the login service
missing-abi                    the images have no 32-bit programs
` + "```" + `

## Codes
`

// TestDocument: docs/audit.md has the rules, with the examples that TestCodes runs.
func TestDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString(intro)
	for i, r := range Rules() {
		on := "profiles and filters"
		if r.Text {
			on = "profiles"
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s, of %s: %s. %s\n", r.Code, strings.ToUpper(r.Severity.String()[:1])+r.Severity.String()[1:], on, r.Title, r.Why)
		if len(r.Sources) > 0 {
			var links []string
			for _, url := range r.Sources {
				links = append(links, fmt.Sprintf("[%s](%s)", label(url), url))
			}
			fmt.Fprintf(&b, "\nSee %s.\n", strings.Join(links, ", "))
		}
		if tt := codeTests[i]; tt.says != "" {
			fmt.Fprintf(&b, "\n```\n%s\n```\n\n> %s\n", tt.fires, tt.says)
		}
	}
	const file = "../../docs/audit.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("docs/audit.md is not what the rules say (run go test ./profile/lint -update) (-want +got):\n%s", diff)
	}
}

// label returns a short text for a link: moby/moby#42680, CVE-2022-0185, david942j/seccomp-tools, or the host.
func label(url string) string {
	parts := strings.Split(strings.TrimPrefix(url, "https://"), "/")
	if n := len(parts); n == 5 && parts[3] == "issues" {
		return fmt.Sprintf("%s/%s#%s", parts[1], parts[2], parts[4])
	} else if strings.HasPrefix(parts[n-1], "CVE-") || strings.HasPrefix(parts[n-1], "GHSA-") {
		return parts[n-1]
	} else if parts[0] == "github.com" {
		return parts[1] + "/" + parts[2]
	}
	return parts[0]
}
