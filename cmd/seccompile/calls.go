package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// sectionFacts has the verbs that print what filters, or the command, have.
const sectionFacts = "Filters and facts"

// callsVerb prints names and numbers of calls and constants.
func callsVerb(s stdio) *verb {
	v := &verb{
		name: "calls", section: sectionFacts, args: []string{"[flags] [NAME|NUMBER|@GROUP|CONSTANT|PREFIX_*[=NUMBER]]..."},
		about: "look up calls, groups of them, constants and errnos, on every ABI",
		text:  "Without arguments it lists the calls of an ABI. For a NAME it prints the numbers on all ABIs, and for a NUMBER the names. With --arch it also prints the first kernel with the call, and the arguments of which the kernel reads fewer bits than a register has. @ lists the groups, AF_* the constants with that prefix, and AF_*=40 those with that value. The exit status is 1 if the ABI lacks something.",
		examples: []string{
			"calls --arch aarch64 select EPERM",
			"calls socket 41 @mounts O_DIRECTORY 'AF_*=40'",
		},
		values: append(slices.Collect(syscalls.Names()), groupNames()...),
	}
	g := v.group("Flags")
	var abi string
	value(g, &abi, "arch", leaveOut, "only the ABI `NAME` (default: all; for lists, this machine's)")
	asJSON := g.Bool("json", false, "print JSON")
	v.run = func(args []string) int {
		list, faults, err := look(args, abi)
		if err == nil && (len(list) > 0 || len(faults) == 0) {
			err = s.facts(list, abi == "", *asJSON)
		}
		if err != nil {
			return s.fail(v.name, err)
		}
		status := exitOK
		if slices.ContainsFunc(list, func(f fact) bool { return f.Absent }) {
			status = exitRefused
		}
		for _, err := range faults {
			status = s.fail(v.name, err)
		}
		return status
	}
	return v
}

// groupNames returns the names of groups, and @ for all of them.
func groupNames() []string { return append([]string{"@"}, profile.Groups()...) }

// A fact is a line of what calls prints.
type fact struct {
	Name   string   `json:"name,omitempty"`
	Number *uint64  `json:"number,omitempty"` // of a call as in seccomp_data.nr, of a constant with its sign in 64 bits
	ABIs   []string `json:"abis,omitempty"`
	Since  string   `json:"since,omitempty"`  // the kernel that has the call first
	Via    string   `json:"via,omitempty"`    // the multiplexer that makes it, with the number for that
	Widths []int    `json:"widths,omitempty"` // how many bits the kernel reads of each argument
	Calls  []string `json:"calls,omitempty"`  // of a group
	About  string   `json:"about,omitempty"`

	Absent  bool     `json:"absent,omitempty"`  // the ABIs lack what others have
	Instead []string `json:"instead,omitempty"` // what does the same, or part of it, there
}

// look returns the facts that arguments ask for, those about all ABIs if none is named, and
// the faults of arguments.
func look(args []string, abi string) (list []fact, faults []error, err error) {
	on := slices.Collect(arch.All())
	listed, err := abiNamed(abi)
	if err != nil {
		return nil, nil, err
	}
	if abi != "" {
		on = []arch.Arch{listed}
	}
	if len(args) == 0 {
		for nr, name := range syscalls.All(listed) {
			list = append(list, callFact(name, nr, listed, true))
		}
	}
	for _, arg := range args {
		found, err := lookUp(arg, on, listed)
		if err != nil {
			faults = append(faults, err)
		}
		list = append(list, found...)
	}
	return list, faults, nil
}

// facts prints facts, with their ABIs or without.
func (s stdio) facts(list []fact, abis, asJSON bool) error {
	if asJSON {
		return s.json(list)
	}
	var b strings.Builder
	for _, f := range list {
		f.format(&b, abis, columns(s.out))
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

// lookUp returns the facts that an argument asks for.
func lookUp(arg string, on []arch.Arch, listed arch.Arch) (list []fact, err error) {
	prefix, rest, isPrefix := strings.Cut(arg, "*")
	nr, numberErr := parseInt(arg, 32)
	switch {
	case arg == "@":
		for _, g := range profile.Groups() {
			list = append(list, fact{Name: g, Calls: profile.GroupCalls(g)})
		}
	case strings.HasPrefix(arg, "@"):
		if calls := profile.GroupCalls(arg); len(calls) > 0 {
			return []fact{{Name: arg, Calls: calls}}, nil
		}
		err = fmt.Errorf("unknown group %q%s", arg, hintOr(arg, slices.Values(profile.Groups()), "@files, @network, ...; @ lists them"))
	case isPrefix:
		return constantsLike(prefix, rest, listed)
	case numberErr == nil:
		for _, a := range on {
			if name, ok := syscalls.Name(a, uint32(nr)); ok {
				list = join(list, callFact(name, uint32(nr), a, len(on) == 1))
			}
		}
		list = append(list, errnoFacts(on, func(_ string, n uint64) bool { return n == nr })...)
		if len(list) == 0 {
			err = fmt.Errorf("no call or errno has the number %s (numbers of calls are those of seccomp_data.nr)", arg)
		}
	default:
		name, err := spelled(arg)
		if err != nil {
			return nil, err
		}
		if list = namedFacts(name, on); len(list) == 0 { // on is one ABI
			list = []fact{{Name: name, ABIs: []string{on[0].String()}, Absent: true, Instead: instead(on[0], name)}}
		}
	}
	return list, err
}

// namedFacts returns the numbers of a call, constant or errno.
func namedFacts(name string, on []arch.Arch) (list []fact) {
	for _, a := range on {
		if nr, ok := syscalls.Number(a, name); ok {
			list = join(list, callFact(name, nr, a, len(on) == 1))
		} else if nr, sub, ok := syscalls.Mux(a, name); ok {
			mux, _ := syscalls.Name(a, nr)
			list = join(list, fact{Name: name, Via: fmt.Sprintf("%s(%d)", mux, sub), ABIs: []string{a.String()}})
		} else if n, ok := syscalls.Constant(a, name); ok {
			list = join(list, fact{Name: name, Number: &n, ABIs: []string{a.String()}})
		} else if mux, n, ok := subcallConstant(name); ok {
			if _, has := syscalls.Number(a, mux); has {
				list = join(list, fact{Name: name, Number: &n, ABIs: []string{a.String()}, About: "argument 0 of " + mux})
			}
		}
	}
	return append(list, errnoFacts(on, func(n string, _ uint64) bool { return n == name })...)
}

// constantsLike returns the constants of an ABI that start with a prefix, those of one value
// for =NUMBER after it.
func constantsLike(prefix, rest string, a arch.Arch) (list []fact, err error) {
	number, filtered := strings.CutPrefix(rest, "=")
	want, numberErr := parseInt(number, 64)
	if prefix == "" || rest != "" && !filtered || filtered && numberErr != nil {
		return nil, errors.New("want PREFIX* or PREFIX*=NUMBER, as in AF_*=40")
	}
	for name := range syscalls.Constants() {
		if n, ok := syscalls.Constant(a, name); ok && strings.HasPrefix(name, prefix) && (!filtered || n == want) {
			list = append(list, fact{Name: name, Number: &n, ABIs: []string{a.String()}})
		}
	}
	list = append(list, errnosLike(prefix, filtered, want, a)...)
	if len(list) == 0 {
		return nil, fmt.Errorf("%s has no constant %s%s", a, prefix+"*", rest)
	}
	return list, nil
}

// callFact returns the facts about a call on an ABI, all of them or those that differ
// little between ABIs.
func callFact(name string, nr uint32, a arch.Arch, all bool) fact {
	number := uint64(nr)
	f := fact{Name: name, Number: &number, ABIs: []string{a.String()}}
	if mux, sub, ok := syscalls.Mux(a, name); ok {
		n, _ := syscalls.Name(a, mux)
		f.Via = fmt.Sprintf("%s(%d)", n, sub)
	}
	if !all {
		return f
	}
	if since, ok := syscalls.Since(a, name); ok {
		f.Since = since.String()
	}
	for i := range 6 {
		f.Widths = append(f.Widths, syscalls.Width(a, name, i))
	}
	return f
}

// join adds a fact to a list: an ABI to the one that is the same but for the ABI.
func join(list []fact, f fact) []fact {
	for i := range list {
		l := &list[i]
		same := l.Number == f.Number || l.Number != nil && f.Number != nil && *l.Number == *f.Number
		if same && l.Name == f.Name && l.Via == f.Via && l.About == f.About && l.Since == "" && f.Since == "" {
			l.ABIs = append(l.ABIs, f.ABIs...)
			return list
		}
	}
	return append(list, f)
}

// format writes a fact in lines of so many columns.
func (f fact) format(b *strings.Builder, abis bool, width int) {
	if f.Calls != nil {
		fmt.Fprintf(b, "%s\n", f.Name)
		for _, line := range wrap(strings.Join(f.Calls, ", "), width-4) {
			b.WriteString("    " + line + "\n")
		}
		return
	}
	number := "-"
	switch {
	case f.Number == nil:
	case int64(*f.Number) < 0 && int64(*f.Number) > -0x10000:
		number = fmt.Sprint(int64(*f.Number))
	case *f.Number > 0xffff:
		number = fmt.Sprintf("%#x", *f.Number)
	default:
		number = fmt.Sprint(*f.Number)
	}
	line := f.Name
	if f.Since != "" {
		line += ", since " + f.Since
	}
	if f.Via != "" {
		line += ", by " + f.Via
	}
	if narrow := f.narrow(); narrow != "" {
		line += ", " + narrow
	}
	if f.Absent {
		line += ", not on " + f.ABIs[0]
	}
	if len(f.Instead) > 0 {
		line += "; instead: " + strings.Join(f.Instead, ", ")
	}
	if f.About != "" {
		line += ", " + f.About
	}
	for _, part := range wrap(line, width-11) {
		fmt.Fprintf(b, "%-10s %s\n", number, part)
		number = ""
	}
	if abis {
		for _, line := range wrap(strings.Join(f.ABIs, ", "), width-11) {
			fmt.Fprintf(b, "%11s%s\n", "", line)
		}
	}
}

// narrow names the arguments of which the kernel does not read the whole register.
func (f fact) narrow() string {
	var list []string
	whole := slices.Max(append([]int{0}, f.Widths...))
	for i, w := range f.Widths {
		if w < whole {
			list = append(list, fmt.Sprintf("a%d:%d", i, w))
		}
	}
	return strings.Join(list, " ")
}
