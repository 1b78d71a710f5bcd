package lint

import "slices"

// A Rule says what a code means, for all of its findings.
type Rule struct {
	Code     Code
	Severity Severity // the highest that its findings have
	Title    string   // what is so, without a full stop
	Why      string   // why it matters, as one or two sentences
	Sources  []string // URLs of threads, CVEs and manuals that show it
	Text     bool     // it needs a profile's text, and filters do not have it
}

// A check is a rule with the function that finds where it applies.
type check struct {
	Rule
	run func(*audit) error
}

// checks are all checks. Each is in a file of its own.
var checks = []check{
	permissiveDefault,
	noABICheck,
	abiGap,
	missingABI,
	siblingOpen,
	muxOpen,
	ioUring,
	runcWeaker,
	clone3Errno,
	noFallback,
	killThread,
	launcherCalls,
	notifyLauncher,
	kernelCode,
	hostFiles,
	kernelSurface,
	userNamespaces,
	dangerousCalls,
	openReadWrite,
	runtimeUnsupported,
	overBudget,
}

// Rules returns the rules of all codes except those of package profile, in the order in
// which they are checked.
func Rules() (list []Rule) {
	for _, c := range checks {
		r := c.Rule
		r.Sources = slices.Clone(r.Sources)
		list = append(list, r)
	}
	return append(list, unusedIgnore)
}

// RuleOf returns the rule of a code. For a code of package profile, the rule has no Why
// and no Sources; docs/codes.md has an example of each code. It reports false for an
// unknown code.
func RuleOf(c Code) (r Rule, ok bool) {
	for _, r := range Rules() {
		if r.Code == c {
			return r, true
		}
	}
	return noteRule(c)
}

// github returns the URL of an issue or a pull request.
func github(repository, number string) string {
	return "https://github.com/" + repository + "/issues/" + number
}

// cve returns the URL of a CVE.
func cve(id string) string { return "https://nvd.nist.gov/vuln/detail/CVE-" + id }

const (
	dockerDocs = "https://docs.docker.com/engine/security/seccomp/"
	seccompMan = "https://man7.org/linux/man-pages/man2/seccomp.2.html"
)
