package profile

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

var seed = flag.Uint64("seed", 1, "of the random tests, 0 for a new one")

func random(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with -seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// A lawTest is a profile for a target, and what comes out of it: an expectation
// a line,
//
//	x86_64 lseek(0, 1) = ERRNO(1)             the answer to a call
//	note says-default same /syscalls/0/names/0
//	error same-arg /syscalls/0/args/1         from Parse or Resolve
//	refused unknown-call /syscalls/0/names/0  an error that is a note
//
// Notes and errors must be all that there are, in the order in which they come,
// but for the notes that are guarded or elsewhere.
// Every case is judged in both readings, in runc's with weaker notes accepted.
type lawTest struct {
	name   string
	text   string
	target Target // without Arch it is for x86_64 and without law 10
	want   string
	runc   string // what CompatRunc makes of it; the same if empty
}

func runLaw(t *testing.T, tests []lawTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkLaw(t, tt.text, tt.target, tt.want)
			tt.target.Compat, tt.target.AcceptWeaker = CompatRunc, true
			if tt.runc == "" {
				tt.runc = tt.want
			}
			checkLaw(t, tt.text, tt.target, tt.runc)
		})
	}
}

func checkLaw(t *testing.T, text string, target Target, want string) {
	t.Helper()
	if target.Arch == 0 {
		target.Arch, target.Enosys = arch.X86_64, Enosys{Mode: EnosysOff}
	}
	pol, err := resolveText(text, target)
	got := outcome(pol, err)
	var said []string
	for line := range strings.Lines(want) {
		line = strings.TrimSpace(line)
		call, action, ok := strings.Cut(line, " = ")
		switch {
		case line == "":
		case !ok:
			said = append(said, line)
		case pol != nil:
			if got := decide(t, pol, call).String(); got != action {
				t.Errorf("%s: Decide(%s) = %s, want %s\n%s\n%s", target.Compat, call, got, action, text, pol)
			}
		default:
			t.Errorf("%s: no policy to ask for %s", target.Compat, call)
		}
	}
	if diff := cmp.Diff(said, got); diff != "" {
		t.Errorf("%s: notes and errors of Resolve (-want +got):\n%s%s\n%v", target.Compat, diff, text, err)
	}
}

// resolveText is Parse and Resolve.
func resolveText(text string, target Target) (*Resolution, error) {
	return resolveDialect(text, Auto, target)
}

func resolveDialect(text string, d Dialect, target Target) (*Resolution, error) {
	p, err := Parse([]byte(text), ParseOptions{Dialect: d})
	if err != nil {
		return nil, err
	}
	return p.Resolve(target)
}

// outcome returns notes and errors as lawTest has them.
func outcome(pol *Resolution, err error) (lines []string) {
	if pol != nil {
		for _, n := range pol.notes {
			if n.Code == CodeGuarded || n.Code == CodeElsewhere {
				continue // what guards and lists of names are for
			}
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("note %s %s %s", n.Code, n.Effect, n.Path)))
		}
	}
	for _, e := range faults(err) {
		what := "error"
		if errors.Is(e, ErrRefused) {
			what = "refused"
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", what, e.Code, e.Path)))
	}
	return lines
}

// faults returns the errors that err joins.
func faults(err error) (list []*Error) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, faults(e)...)
		}
		return list
	}
	var e *Error
	if !errors.As(err, &e) {
		return []*Error{{Code: "not an *Error", Err: err}}
	}
	return []*Error{e}
}

func decide(t *testing.T, pol *Resolution, call string) policy.Action {
	t.Helper()
	c, err := syscalls.ParseCall(call)
	if err != nil {
		t.Fatal(err)
	}
	a, rule := pol.Decide(c)
	if rule != nil && (rule.Action != a || rule.Nr != c.Nr || !rule.Matches(c.Args)) {
		t.Errorf("Decide(%s) = %s by the rule %s", call, a, rule)
	}
	return a
}

var ruleText = regexp.MustCompile(`^(\S+)(?: if (.*))? -> (\w+)(?:\((\d+)\))?$`)
var condText = regexp.MustCompile(`^a(\d+) (?:(==|!=|<=?|>=?) (\w+)|& (\w+) == (\w+))$`)

// rules returns the text of a profile that has that default and an entry for
// each rule, written as Rule.String writes them:
//
//	rules("ERRNO(1)", "lseek if a1 & 0xff == 1 and a2 < 2 -> ALLOW")
func rules(def string, list ...string) string {
	type object = map[string]any
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	action := func(o object, key, errnoKey, name, errno string) {
		o[key] = "SCMP_ACT_" + name
		if errno != "" {
			o[errnoKey] = number(errno)
		}
	}
	profile := object{}
	def, errno, _ := strings.Cut(strings.TrimSuffix(def, ")"), "(")
	action(profile, "defaultAction", "defaultErrnoRet", def, errno)
	var entries []object
	for _, rule := range list {
		m := ruleText.FindStringSubmatch(rule)
		if m == nil {
			panic("no rule: " + rule)
		}
		entry := object{"names": []string{m[1]}}
		action(entry, "action", "errnoRet", m[3], m[4])
		var args []object
		for cond := range strings.SplitSeq(m[2], " and ") {
			switch c := condText.FindStringSubmatch(cond); {
			case c == nil && cond != "":
				panic("no condition: " + cond)
			case c == nil:
			case c[4] != "":
				args = append(args, object{"index": number(c[1]), "op": policy.MaskedEQ.SCMP(), "value": number(c[4]), "valueTwo": number(c[5])})
			default:
				for op := policy.NE; op < policy.MaskedEQ; op++ {
					if op.String() == c[2] {
						args = append(args, object{"index": number(c[1]), "op": op.SCMP(), "value": number(c[3])})
					}
				}
			}
		}
		if args != nil {
			entry["args"] = args
		}
		entries = append(entries, entry)
	}
	profile["syscalls"] = entries
	text, err := json.Marshal(profile)
	if err != nil {
		panic(err)
	}
	return string(text)
}
