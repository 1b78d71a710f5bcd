package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A changeLine is one line about differences: calls that change alike, on the same ABIs.
type changeLine struct {
	change   compile.Change
	old, new string
	subjects []string // calls, or one that is not the name of a call
	calls    bool     // whether they are calls
	where    string   // for which arguments; "" for all
	exactly  string   // the same, or the one subject that is not a call, in full and without names
	abis     []string // one "" for calls of unknown ones
}

// changeLines returns differences in as few lines as say all of them, weaker first, then
// stricter: of calls that change alike on several ABIs, and of several calls that do.
func changeLines(list []compile.Difference) []changeLine {
	usual := usualChanges(list)
	audits := severalAudits(list)
	var each []changeLine // of one subject
	for i := range list {
		d := &list[i]
		line := changeLine{change: d.Change, old: named(d.Old, d.Arch), new: named(d.New, d.Arch), where: whereOf(d, false), exactly: whereOf(d, true), abis: []string{""}}
		if d.Arch.Valid() {
			line.abis[0] = d.Arch.String()
		}
		line.subjects, line.calls = []string{subjectOf(d, audits)}, d.Call != ""
		if u := usual[d.Arch]; u.subject != "" && u.is(d) && (d.Call != "" || u.unnamed) {
			line.subjects[0], line.calls = u.subject, false
		} else if !line.calls {
			line.exactly += fmt.Sprint(d.Numbers, d.Audits)
		}
		at := slices.IndexFunc(each, func(l changeLine) bool {
			return l.subjects[0] == line.subjects[0] && l.like(&line)
		})
		switch {
		case at < 0:
			each = append(each, line)
		case !slices.Contains(each[at].abis, line.abis[0]):
			each[at].abis = append(each[at].abis, line.abis[0])
		}
	}
	var lines []changeLine
	for _, line := range each {
		at := slices.IndexFunc(lines, func(l changeLine) bool {
			return l.calls && line.calls && l.like(&line) && slices.Equal(l.abis, line.abis)
		})
		if at < 0 {
			lines = append(lines, line)
			continue
		}
		lines[at].subjects = append(lines[at].subjects, line.subjects...)
	}
	order := []compile.Change{compile.Weaker, compile.Stricter, compile.Incomparable, compile.Equal}
	slices.SortStableFunc(lines, func(a, b changeLine) int {
		return cmp.Compare(slices.Index(order, a.change), slices.Index(order, b.change))
	})
	return lines
}

// like reports whether two lines say the same of their calls.
func (l *changeLine) like(m *changeLine) bool {
	return l.change == m.change && l.old == m.old && l.new == m.new && l.where == m.where && l.exactly == m.exactly
}

// subjectsMost is how many subjects stand before what happens to them.
const subjectsMost = 8

// text returns the line, such as "stricter: socket if a0 in 3-6, 11: ERRNO(1) EPERM instead
// of ALLOW (x86_64, x86)", and the subjects apart if they are many.
func (l *changeLine) text() (line, subjects string) {
	subjects = strings.Join(l.subjects, ", ")
	line = subjects
	if many := len(l.subjects) > subjectsMost; many {
		line = fmt.Sprintf("%d calls", len(l.subjects))
	} else {
		subjects = ""
	}
	line = fmt.Sprintf("%s: %s%s: %s instead of %s", l.change, line, l.where, l.new, l.old)
	if l.abis[0] != "" {
		line += " (" + strings.Join(l.abis, ", ") + ")"
	}
	return line, subjects
}

// printChanges prints differences in groups, in lines of the terminal's width.
func printChanges(w io.Writer, list []compile.Difference) error {
	var b strings.Builder
	style := styleOf(w)
	for _, l := range changeLines(list) {
		text, subjects := l.text()
		if subjects != "" {
			text += ":"
		}
		for i, line := range append(wrap(text, columns(w)-4), wrap(subjects, columns(w)-4)...) {
			if i > 0 {
				b.WriteString("    " + line + "\n")
				continue
			}
			keyword := l.change.String()
			b.WriteString(style.bold(keyword) + strings.TrimPrefix(line, keyword) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// whereOf returns for which arguments a difference is, as " if ...", or "" for all. In full it
// is not shortened.
func whereOf(d *compile.Difference, full bool) string {
	if d.Where == nil {
		call := d.Witness.String()
		if _, rest, ok := strings.Cut(call, " "); ok && d.Arch.Valid() {
			call = rest
		}
		limit := ""
		if d.Beyond != "" {
			limit = " (" + d.Beyond + ")"
		}
		return " for arguments that cannot be listed" + limit + ", as in " + call
	}
	if text := whereText(d.Where, d.Arch, d.Call, full); text != "" {
		return " if " + text
	}
	return ""
}

// subjectOf names what a difference is about.
func subjectOf(d *compile.Difference, audits bool) string {
	switch {
	case d.Call != "":
		return d.Call
	case d.Arch.Valid() && numbersIn(d.Numbers) == unnamed(d.Arch):
		return "every number without a name"
	case d.Arch.Valid():
		return "numbers " + rangesText(d.Numbers)
	}
	text := "every call of other ABIs"
	if d.Numbers != nil {
		text = "calls " + rangesText(d.Numbers) + " of other ABIs"
	}
	if audits {
		text += " (audit values " + rangesText(d.Audits) + ")"
	}
	return text
}

// severalAudits reports whether differences are of different audit values that are not
// ABIs.
func severalAudits(list []compile.Difference) bool {
	var first []policy.Range
	for _, d := range list {
		if d.Arch.Valid() {
			continue
		}
		if first == nil {
			first = d.Audits
		}
		if !slices.Equal(first, d.Audits) {
			return true
		}
	}
	return false
}

// rangesText returns ranges as text, the first of them if they are many.
func rangesText(list []policy.Range) string {
	number := func(n uint32) string {
		if n > 0xffff {
			return fmt.Sprintf("%#x", n)
		}
		return fmt.Sprint(n)
	}
	var parts []string
	for i, r := range list {
		switch {
		case i == rangesShown:
			return strings.Join(parts, ", ") + fmt.Sprintf(", ... and %d more (--json has all)", len(list)-i)
		case r.Lo == r.Hi:
			parts = append(parts, number(r.Lo))
		default:
			parts = append(parts, number(r.Lo)+"-"+number(r.Hi))
		}
	}
	return strings.Join(parts, ", ")
}

// numbersIn returns how many numbers ranges have.
func numbersIn(list []policy.Range) (n uint64) {
	for _, r := range list {
		n += uint64(r.Hi-r.Lo) + 1
	}
	return n
}

// namedNumbers returns how many numbers of an ABI are calls, and unnamed how many are not.
func namedNumbers(a arch.Arch) (n uint64) {
	last := uint32(math.MaxUint32)
	for nr := range syscalls.All(a) {
		if nr != last {
			n++
		}
		last = nr
	}
	return n
}

func unnamed(a arch.Arch) uint64 {
	const half = 1 << 31
	switch a {
	case arch.X86_64: // and -1, of the numbers that have x32's bit
		return half + 1 - namedNumbers(a)
	case arch.X32:
		return half - 1 - namedNumbers(a)
	}
	return 2*half - namedNumbers(a)
}

// A usualChange is the one that most calls of an ABI have, whatever their arguments, if
// all calls of it change.
type usualChange struct {
	old, new policy.Action
	subject  string
	unnamed  bool // numbers without a name have it, too
}

// is reports whether a difference is the usual change.
func (u usualChange) is(d *compile.Difference) bool {
	return d.Old == u.old && d.New == u.new && unconditional(d)
}

func unconditional(d *compile.Difference) bool { return len(d.Where) == 1 && len(d.Where[0]) == 0 }

// usualMost is how many calls are listed rather than counted as all that are left.
const usualMost = 20

// usualChanges returns the usual changes of ABIs.
func usualChanges(list []compile.Difference) map[arch.Arch]usualChange {
	all := map[arch.Arch]usualChange{}
	for i, first := range list {
		a := first.Arch
		if i > 0 && list[i-1].Arch == a || !a.Valid() {
			continue
		}
		calls := map[string]bool{} // that change
		var u usualChange
		counts, most := map[[2]policy.Action]int{}, 0
		for _, d := range list {
			if d.Arch != a || d.Call == "" {
				continue
			}
			calls[d.Call] = true
			if pair := [2]policy.Action{d.Old, d.New}; unconditional(&d) {
				if counts[pair]++; counts[pair] > most {
					most, u = counts[pair], usualChange{old: d.Old, new: d.New}
				}
			}
		}
		if most <= usualMost || uint64(len(calls)) != namedNumbers(a) {
			continue
		}
		others := false // whether other lines are about the ABI
		for _, d := range list {
			switch {
			case d.Arch != a:
			case !u.is(&d):
				others = true
			case d.Call == "" && numbersIn(d.Numbers) == unnamed(a):
				u.unnamed = true
			}
		}
		if u.subject = "call with a name"; u.unnamed {
			u.subject = "call"
		}
		if others {
			u.subject = "every other " + u.subject
		} else {
			u.subject = "every " + u.subject
		}
		all[a] = u
	}
	return all
}
