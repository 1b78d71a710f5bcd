package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

// A Draft is a profile that was made from a record.
type Draft struct {
	Text    []byte   // in Docker's format, with the evidence in comments
	Reasons []Reason // why it allows more than was recorded, for each excess
}

// Options say how a profile is made from a record. The zero value suits most programs.
type Options struct {
	Level Level
}

// docker is a profile in Docker's format.
type docker struct {
	DefaultAction   string    `json:"defaultAction"`
	DefaultErrnoRet uint      `json:"defaultErrnoRet"`
	ArchMap         []archMap `json:"archMap"`
	Syscalls        []entry   `json:"syscalls"`
}

type archMap struct {
	Architecture     string   `json:"architecture"`
	SubArchitectures []string `json:"subArchitectures"`
}

type entry struct {
	Comment string   `json:"comment,omitempty"`
	Names   []string `json:"names"`
	Action  string   `json:"action"`
	Errno   uint16   `json:"errnoRet,omitempty"`
	Args    []arg    `json:"args,omitempty"`
}

type arg struct {
	Index    int    `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo,omitempty"`
	Op       string `json:"op"`
}

// Profile makes a profile that allows what was recorded, and little else. It limits the
// arguments that matter for security if few values were recorded, and allows any value
// of the others. Everything else that it allows has a Reason.
//
// It is an error if nothing was recorded, or if a call has no name.
func (r *Record) Profile(o Options) (*Draft, error) {
	if len(r.calls) == 0 {
		return nil, errors.New("the record has no calls")
	}
	if o.Level > Loose {
		return nil, fmt.Errorf("unknown Level %d", o.Level)
	}
	var names []string
	arches := []arch.Arch{r.native}
	byName := map[string][]*Call{}
	for _, c := range r.Calls() {
		if c.Name == "" || !c.Arch.SameKernel(r.native) {
			continue // no entry can allow it; Outside has it
		}
		if byName[c.Name] = append(byName[c.Name], c); len(byName[c.Name]) == 1 {
			names = append(names, c.Name)
		}
		if !slices.Contains(arches, c.Arch) {
			arches = append(arches, c.Arch)
		}
	}
	d, recordedABIs := &Draft{}, len(arches)
	if o.Level == Loose {
		for a := range arch.All() {
			if a.SameKernel(r.native) && a != arch.X32 && !slices.Contains(arches, a) {
				arches = append(arches, a)
				d.Reasons = append(d.Reasons, Reason{[]string{a.String()}, "programs of this ABI may also be started"})
			}
		}
	}
	d.Reasons = append(d.Reasons, AcrossABIs(arches[:recordedABIs])...)
	slices.Sort(names)
	p := docker{DefaultAction: "SCMP_ACT_ERRNO", DefaultErrnoRet: 1, ArchMap: []archMap{{r.native.SCMP(), []string{}}}}
	for _, a := range arches[1:] {
		p.ArchMap[0].SubArchitectures = append(p.ArchMap[0].SubArchitectures, a.SCMP())
	}
	d.entries(&p, names, byName, arches, o.Level)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	d.Text = b.Bytes()
	return d, nil
}

const allow = "SCMP_ACT_ALLOW"

// entries adds the entries of calls that were recorded, and those that a level adds.
func (d *Draft) entries(p *docker, names []string, byName map[string][]*Call, arches []arch.Arch, level Level) {
	clone3 := level != Loose && falls(byName["clone3"])
	if clone3 {
		byName["clone"] = append(byName["clone"], byName["clone3"]...)
		names = slices.DeleteFunc(names, func(n string) bool { return n == "clone3" })
		if !slices.Contains(names, "clone") {
			names = append(names, "clone")
			slices.Sort(names)
		}
		d.Reasons = append(d.Reasons, Reason{[]string{"clone"}, "clone3 was recorded and gets ENOSYS, so that C libraries call clone instead: a filter cannot see the flags of clone3"})
	}
	var free, said []string
	var limited []entry
	for _, name := range names {
		list := byName[name]
		matches := matchesOf(list, level)
		d.Reasons = append(d.Reasons, multiplexed(list, matches != nil)...)
		if matches == nil {
			free, said = append(free, name), append(said, evidence(list))
			if keeps := list[0].keeps(level == Tight); keeps != nil && level != Loose {
				d.Reasons = append(d.Reasons, Reason{[]string{name}, "with any arguments, since too many or too different ones were recorded"})
			}
			continue
		}
		least := slices.MinFunc(matches, func(x, y []match) int { return len(x) - len(y) })
		if rest := uncompared(least, list[0]); rest != "" {
			d.Reasons = append(d.Reasons, Reason{[]string{name}, "with any " + rest})
		}
		if crossed(list, matches) {
			d.Reasons = append(d.Reasons, Reason{[]string{name}, "with every combination of the recorded values: it is not known which of them occurred in one call"})
		}
		for _, m := range matches {
			e := entry{Names: []string{name}, Action: allow, Comment: "recorded: " + evidence(list)}
			for _, x := range m {
				a := arg{Index: x.arg, Value: x.value, Op: "SCMP_CMP_EQ"}
				if x.mask != 0 {
					a = arg{Index: x.arg, Value: x.mask, ValueTwo: x.value, Op: "SCMP_CMP_MASKED_EQ"}
				}
				e.Args = append(e.Args, a)
			}
			limited = append(limited, e)
		}
	}
	if len(free) > 0 {
		p.Syscalls = append(p.Syscalls, entry{Names: free, Action: allow, Comment: "recorded: " + strings.Join(said, ", ")})
	}
	p.Syscalls = append(p.Syscalls, limited...)
	reasons, soft := widened(names, arches, level)
	for _, x := range reasons {
		p.Syscalls = append(p.Syscalls, entry{Names: x.Calls, Action: allow, Comment: "not recorded: " + x.Why})
	}
	d.Reasons = append(d.Reasons, reasons...)
	if clone3 && !slices.Contains(soft, "clone3") {
		soft = append(soft, "clone3")
		slices.Sort(soft)
	}
	if len(soft) > 0 {
		p.Syscalls = append(p.Syscalls, entry{Names: soft, Action: "SCMP_ACT_ERRNO", Errno: arches[0].ENOSYS(), Comment: "programs fall back to older calls if these get ENOSYS"})
	}
}

// clearSighand is CLONE_CLEAR_SIGHAND, without which glibc's posix_spawn does with clone
// (sysdeps/unix/sysv/linux/spawni.c).
const clearSighand = 1 << 32

// falls reports whether clone can do all that was recorded of clone3: it has 32 bits for
// flags, of which the low eight are the signal (kernel/fork.c, clone).
func falls(clone3 []*Call) bool {
	for _, c := range clone3 {
		for _, t := range c.Tuples {
			if flags := t[0] &^ clearSighand; flags>>32 != 0 || flags&0xff != 0 {
				return false
			}
		}
		if c.Tuples == nil {
			return false
		}
	}
	return len(clone3) > 0
}

// matchesOf returns the combinations of values that were recorded of a call on all ABIs, nil if
// it is to be allowed with any.
func matchesOf(list []*Call, level Level) (all [][]match) {
	if level == Loose {
		return nil
	}
	for _, c := range list {
		own := c.matches(level == Tight)
		if c.Name == "clone3" && falls(list3(list)) {
			own = c.asClone()
		}
		if own == nil {
			return nil
		}
		for _, m := range own {
			if !slices.ContainsFunc(all, func(x []match) bool { return slices.Equal(x, m) }) {
				all = append(all, m)
			}
		}
	}
	if len(all) > maxMatches {
		return nil
	}
	return all
}

// crossed reports whether arguments are compared that were perhaps not recorded beside each other.
func crossed(list []*Call, matches [][]match) bool {
	return len(matches) > 1 && slices.ContainsFunc(matches, func(m []match) bool { return len(m) > 1 }) &&
		slices.ContainsFunc(list, func(c *Call) bool { return c.Tuples == nil })
}

// uncompared names the telling bits of a call that are not compared, "" if all are.
func uncompared(compared []match, c *Call) string {
	var rest []string
	for _, arg := range c.Telling() {
		i := slices.IndexFunc(compared, func(m match) bool { return m.arg == arg })
		switch {
		case i < 0:
			rest = append(rest, fmt.Sprintf("a%d", arg))
		case compared[i].mask != 0:
			rest = append(rest, fmt.Sprintf("a%d except its bits %#x", arg, compared[i].mask))
		}
	}
	return strings.Join(rest, " and ")
}

// list3 returns those of a list that are clone3.
func list3(list []*Call) []*Call {
	return slices.DeleteFunc(slices.Clone(list), func(c *Call) bool { return c.Name != "clone3" })
}

// asClone returns what clone is to be compared with so that it does what was recorded of clone3:
// the namespaces among its flags, in its first argument, or on s390 the second.
func (c *Call) asClone() (list [][]match) {
	for _, t := range c.Tuples {
		m := []match{{profile.TellingArgs(c.Arch, "clone")[0], namespaces, t[0] & namespaces}}
		if !slices.ContainsFunc(list, func(x []match) bool { return slices.Equal(x, m) }) {
			list = append(list, m)
		}
	}
	return list
}

// evidence says how often a call was made, and by whom.
func evidence(list []*Call) string {
	n := uint64(0)
	for _, c := range list {
		n = sum(n, c.Count)
	}
	if n == 0 {
		return list[0].Name + " (in its code)"
	}
	return fmt.Sprintf("%s %d", list[0].Name, n)
}
