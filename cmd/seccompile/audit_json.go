package main

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"github.com/seccompile/seccompile/profile/lint"
	"github.com/seccompile/seccompile/profile/policy"
)

// A jsonAudited is what --format json prints of a profile or of filters.
type jsonAudited struct {
	Name     string        `json:"name"`
	Findings []jsonFinding `json:"findings"`
}

type jsonFinding struct {
	Code     lint.Code     `json:"code"`
	Severity string        `json:"severity"`
	Place    *jsonPlace    `json:"place,omitempty"`
	Text     string        `json:"text"`
	Fix      string        `json:"fix,omitempty"`
	Why      string        `json:"why,omitempty"`
	Sources  []string      `json:"sources,omitempty"`
	Subjects []jsonSubject `json:"subjects"`
	Accepted string        `json:"accepted,omitempty"` // the reason
}

// A jsonSubject is a call with the arguments for which a finding is true of it.
type jsonSubject struct {
	ABI     string         `json:"abi,omitempty"`
	Call    string         `json:"call,omitempty"`
	Where   [][]jsonValues `json:"where"` // as of a difference; null if it is not known
	Beyond  string         `json:"beyond,omitempty"`
	Example string         `json:"example"`
}

func (a *auditor) jsonFindings() (list []jsonAudited) {
	for _, x := range a.audited {
		j := jsonAudited{x.name, []jsonFinding{}}
		for i := range x.findings {
			j.Findings = append(j.Findings, findingJSON(&x.findings[i]))
		}
		list = append(list, j)
	}
	return list
}

func findingJSON(f *lint.Finding) jsonFinding {
	r, _ := lint.RuleOf(f.Code)
	j := jsonFinding{
		Code: f.Code, Severity: f.Severity.String(), Text: f.Text, Fix: f.Fix, Why: r.Why, Sources: r.Sources,
		Subjects: []jsonSubject{}, Accepted: f.Accepted,
	}
	if f.Pos != (policy.Pos{}) {
		j.Place = placeJSON(f.Pos, f.Path)
	}
	for _, s := range f.Subjects {
		x := jsonSubject{Call: s.Call, Where: casesJSON(s.Where), Beyond: s.Beyond, Example: s.Example.String()}
		if s.Arch.Valid() {
			x.ABI = s.Arch.String()
		}
		j.Subjects = append(j.Subjects, x)
	}
	return j
}

// The parts of SARIF 2.1.0 that GitHub, GitLab and editors show (OASIS, sarif-v2.1.0).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Results    []sarifResult `json:"results"`
		ColumnKind string        `json:"columnKind"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               lint.Code    `json:"id"`
		ShortDescription sarifText    `json:"shortDescription"`
		FullDescription  *sarifText   `json:"fullDescription,omitempty"`
		HelpURI          string       `json:"helpUri"`
		Configuration    sarifDefault `json:"defaultConfiguration"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       lint.Code          `json:"ruleId"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifLogical struct {
		FullName string `json:"fullyQualifiedName"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
)

const (
	homepage    = "https://github.com/seccompile/seccompile"
	sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

// sarifLevel returns SARIF's word for a severity.
func sarifLevel(s lint.Severity) string {
	if s == lint.Info {
		return "note"
	}
	return s.String()
}

func (a *auditor) sarif() sarifLog {
	run := sarifRun{Results: []sarifResult{}, ColumnKind: "utf16CodeUnits"}
	run.Tool.Driver = sarifDriver{Name: "seccompile", InformationURI: homepage, Rules: []sarifRule{}}
	seen := map[lint.Code]bool{}
	for _, x := range a.audited {
		for i := range x.findings {
			f := &x.findings[i]
			if !seen[f.Code] {
				seen[f.Code] = true
				run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(f.Code))
			}
			run.Results = append(run.Results, a.sarifResultOf(x.name, f))
		}
	}
	return sarifLog{sarifSchema, "2.1.0", []sarifRun{run}}
}

func sarifRuleOf(c lint.Code) sarifRule {
	r, _ := lint.RuleOf(c)
	rule := sarifRule{ID: c, ShortDescription: sarifText{r.Title}, HelpURI: homepage + "/blob/main/docs/codes.md#" + string(c), Configuration: sarifDefault{sarifLevel(r.Severity)}}
	if r.Why != "" {
		rule.FullDescription = &sarifText{strings.Join(append([]string{r.Why}, r.Sources...), "\n")}
		rule.HelpURI = homepage + "/blob/main/docs/audit.md#" + string(c)
	}
	return rule
}

// sarifResultOf returns a finding on what a name names, which is its place if it has none.
func (a *auditor) sarifResultOf(name string, f *lint.Finding) sarifResult {
	r := sarifResult{RuleID: f.Code, Level: sarifLevel(f.Severity), Message: sarifText{sarifPlain.Replace(strings.Join(findingTexts(f), "\n"))}}
	var at sarifLocation
	at.Physical.Artifact.URI = uriOf(name)
	if f.Pos.File != "" {
		at.Physical.Artifact.URI = uriOf(f.Pos.File)
	}
	if f.Pos.Line > 0 {
		at.Physical.Region = &sarifRegion{f.Pos.Line, a.sources.utf16Column(f.Pos)}
	}
	if f.Path != "" {
		at.Logical = []sarifLogical{{f.Path}}
	}
	r.Locations = []sarifLocation{at}
	if f.Accepted != "" {
		kind := "external"
		if f.AcceptedAt.File == f.Pos.File {
			kind = "inSource"
		}
		r.Suppressions = []sarifSuppression{{kind, f.Accepted}}
	}
	return r
}

// sarifPlain escapes what is a link in a message of SARIF (sarif-v2.1.0, 3.11.6).
var sarifPlain = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`)

// utf16Column returns the column of a place in units of UTF-16; places have bytes.
func (s sources) utf16Column(p policy.Pos) int {
	lines := bytes.Split(s[p.File], []byte("\n"))
	if p.Line > len(lines) || p.Col < 1 || p.Col > len(lines[p.Line-1]) {
		return max(1, p.Col)
	}
	return 1 + len(utf16.Encode([]rune(string(lines[p.Line-1][:p.Col-1]))))
}

// uriOf returns a file name as a relative URI, or an absolute one with its scheme.
func uriOf(file string) string {
	if file == stdinName {
		file = "stdin"
	}
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
	}
	return u.String()
}
