package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A reading is a profile and a call that has two answers.
type reading struct {
	law                  int
	rules, call, because string
}

// more are readings beyond those of docs/readings.md: on them our two agree, and runtimes may not.
var more = []reading{
	{7, "ERRNO(1); mremap if a0 == 1 and a0 == 2 -> ALLOW", "x86_64 mremap(2)", "AND or OR: one entry compares an argument twice"},
	{7, "ERRNO(1); mremap if a0 == 1 and a0 == 2 and a0 == 3 and a0 == 4 and a0 == 5 and a0 == 6 and a0 == 7 -> ALLOW", "x86_64 mremap(7)", "an entry of seven conditions: the seventh"},
	{7, "ERRNO(1); mremap if a0 == 1 and a0 == 2 and a0 == 3 and a0 == 4 and a0 == 5 and a0 == 6 and a0 == 7 -> ALLOW", "x86_64 mremap(6)", "an entry of seven conditions: the sixth"},
	{7, "ALLOW; mremap if a0 == 1 and a0 == 2 and a0 == 3 and a0 == 4 and a0 == 5 and a0 == 6 and a0 == 7 -> ERRNO(1)", "x86_64 mremap(7)", "an entry of seven conditions that refuses: the seventh"},
	{7, "ALLOW; mremap if a0 == 1 and a1 == 1 and a2 == 1 and a3 == 1 and a4 == 1 and a5 == 1 and a0 == 2 -> ERRNO(1)", "x86_64 mremap(1)", "AND or OR: the seventh condition is the first to compare an argument again"},
	{7, "ERRNO(1); mremap if a0 == 1 and a1 == 2 and a0 == 3 -> ALLOW", "x86_64 mremap(0, 2)", "AND or OR: an argument twice, and another"},
	{11, "ERRNO(1); mremap -> ERRNO(4095)", "x86_64 mremap()", "the largest errno"},
	{11, "ERRNO(1); mremap -> KILL_PROCESS", "x86_64 mremap()", "the process, not the thread"},
	{11, "ERRNO(1); mremap -> KILL", "x86_64 mremap()", "the thread, not the process"},
	{11, "ERRNO(1); mremap -> TRAP", "x86_64 mremap()", "a signal"},
	{11, "ERRNO(1); mremap -> TRACE(5)", "x86_64 mremap()", "nobody traces"},
	{11, "ERRNO(1); mremap -> LOG", "x86_64 mremap()", "passes, and is logged"},
}

// readings returns those of the table in docs/readings.md, and more.
func readings(checkout string) ([]reading, error) {
	text, err := os.ReadFile(filepath.Join(checkout, "docs", "readings.md"))
	if err != nil {
		return nil, err
	}
	_, section, _ := strings.Cut(string(text), "\n## Two readings\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var list []reading
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 8 {
			continue
		}
		because := strings.TrimSpace(cells[6])
		for i := range cells {
			cells[i] = strings.Trim(cells[i], " `")
		}
		if law, err := strconv.Atoi(cells[1]); err == nil {
			list = append(list, reading{law, cells[2], cells[3], because})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("docs/readings.md has no table under Two readings")
	}
	return append(list, more...), nil
}

var (
	ruleText = regexp.MustCompile(`^(\w+)(?: if (.+))? -> ([A-Z_]+(?:\(\d+\))?)$`)
	condText = regexp.MustCompile(`^a([0-5]) (?:& (0x[0-9a-f]+) )?(==|!=|<=|>=|<|>) (\w+)$`)
	operator = map[string]specs.LinuxSeccompOperator{
		"==": specs.OpEqualTo, "!=": specs.OpNotEqual, "<": specs.OpLessThan, "<=": specs.OpLessEqual,
		">": specs.OpGreaterThan, ">=": specs.OpGreaterEqual,
	}
)

// profileOf returns the profile of "DEFAULT; CALL if a0 == 1 and a1 & 0x3 == 2 -> ACTION; ...".
func profileOf(rules string, abis ...specs.Arch) ([]byte, error) {
	list := strings.Split(rules, "; ")
	s := specs.LinuxSeccomp{Architectures: abis}
	var err error
	if s.DefaultAction, s.DefaultErrnoRet, err = actionOf(list[0]); err != nil {
		return nil, err
	}
	for _, rule := range list[1:] {
		m := ruleText.FindStringSubmatch(rule)
		if m == nil {
			return nil, fmt.Errorf("%q is not CALL if CONDITIONS -> ACTION", rule)
		}
		c := specs.LinuxSyscall{Names: []string{m[1]}}
		if c.Action, c.ErrnoRet, err = actionOf(m[3]); err != nil {
			return nil, err
		}
		for cond := range strings.SplitSeq(m[2], " and ") {
			if cond == "" {
				continue
			}
			a, err := condOf(cond)
			if err != nil {
				return nil, err
			}
			c.Args = append(c.Args, a)
		}
		s.Syscalls = append(s.Syscalls, c)
	}
	return json.Marshal(s)
}

// condOf reads a condition of a rule.
func condOf(s string) (a specs.LinuxSeccompArg, err error) {
	m := condText.FindStringSubmatch(s)
	if m == nil {
		return a, fmt.Errorf("%q is not a condition such as a0 == 1", s)
	}
	a.Index, a.Op = uint(m[1][0]-'0'), operator[m[3]]
	value, err := strconv.ParseUint(m[4], 0, 64)
	if err != nil || m[2] == "" {
		a.Value = value
		return a, err
	}
	if a.Op != specs.OpEqualTo {
		return a, fmt.Errorf("%q: a mask takes ==", s)
	}
	a.Op, a.ValueTwo = specs.OpMaskedEqual, value
	a.Value, err = strconv.ParseUint(m[2], 0, 64)
	return a, err
}

// actionOf reads an action such as ERRNO(1).
func actionOf(s string) (specs.LinuxSeccompAction, *uint, error) {
	name, data, has := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	if !has {
		return specs.LinuxSeccompAction("SCMP_ACT_" + name), nil, nil
	}
	n, err := strconv.ParseUint(data, 10, 16)
	errno := uint(n)
	return specs.LinuxSeccompAction("SCMP_ACT_" + name), &errno, err
}
