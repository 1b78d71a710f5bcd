package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// sectionFacts has the verbs that print what the command knows.
const sectionFacts = "Facts"

// callsVerb prints names and numbers of calls and constants.
func callsVerb(s stdio) *verb {
	v := &verb{
		name: "calls", section: sectionFacts, args: []string{"[flags] [NAME|NUMBER|@GROUP|CONSTANT|PREFIX_*[=NUMBER]]..."},
		about: "look up calls, groups of them and constants, on every ABI",
		text:  "Without arguments it lists the calls of an ABI. A NAME has its numbers and a NUMBER its names on all ABIs, and with --arch the kernel that has the call first and the arguments of which it reads fewer bits than a register has. @ lists the groups, AF_* the constants that start so, and AF_*=40 those with a value.",
		examples: []string{
			"calls --arch aarch64",
			"calls socket 41 @mounts O_DIRECTORY 'AF_*=40'",
		},
		values: append(slices.Collect(syscalls.Names()), groupNames()...),
	}
	g := v.group("Flags")
	var abi string
	value(g, &abi, "arch", leaveOut, "on the ABI `NAME` (default: all, and this machine's for lists)")
	asJSON := g.Bool("json", false, "print JSON")
	v.run = func(args []string) int {
		if err := s.calls(args, abi, *asJSON); err != nil {
			return s.fail(v.name, err)
		}
		return exitOK
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
}

func (s stdio) calls(args []string, abi string, asJSON bool) error {
	on := slices.Collect(arch.All())
	listed, err := abiNamed(abi)
	if err != nil {
		return err
	}
	if abi != "" {
		on = []arch.Arch{listed}
	}
	var list []fact
	if len(args) == 0 {
		for nr, name := range syscalls.All(listed) {
			list = append(list, callFact(name, nr, listed, true))
		}
	}
	for _, arg := range args {
		found, err := lookUp(arg, on, listed)
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	if asJSON {
		return s.json(list)
	}
	var b strings.Builder
	for _, f := range list {
		f.format(&b, len(on) > 1)
	}
	_, err = fmt.Fprint(s.out, b.String())
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
		if len(list) == 0 {
			err = fmt.Errorf("no call has the number %s (numbers are those of seccomp_data.nr)", arg)
		}
	case syscalls.Known(arg):
		for _, a := range on {
			if nr, ok := syscalls.Number(a, arg); ok {
				list = join(list, callFact(arg, nr, a, len(on) == 1))
			} else if nr, sub, ok := syscalls.Mux(a, arg); ok {
				mux, _ := syscalls.Name(a, nr)
				list = join(list, fact{Name: arg, Via: fmt.Sprintf("%s(%d)", mux, sub), ABIs: []string{a.String()}})
			}
		}
		if len(list) == 0 {
			err = fmt.Errorf("%s has no call %s, other ABIs have", on[0], arg)
		}
	default:
		return constantFacts(arg, on)
	}
	return list, err
}

// constantFacts returns the values of a constant.
func constantFacts(name string, on []arch.Arch) (list []fact, err error) {
	for _, a := range on {
		if n, ok := syscalls.Constant(a, name); ok {
			list = join(list, fact{Name: name, Number: &n, ABIs: []string{a.String()}})
		}
	}
	if len(list) > 0 {
		return list, nil
	}
	for n := range syscalls.Constants() {
		if n == name {
			return nil, unknownConstant(on[0], name)
		}
	}
	return nil, fmt.Errorf("no call or constant %q%s", name, hint(name, callsAndConstants()))
}

// callsAndConstants returns an iterator over the names of both.
func callsAndConstants() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, names := range []iter.Seq[string]{syscalls.Names(), syscalls.Constants()} {
			for n := range names {
				if !yield(n) {
					return
				}
			}
		}
	}
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
		if same && l.Name == f.Name && l.Via == f.Via && l.Since == "" && f.Since == "" {
			l.ABIs = append(l.ABIs, f.ABIs...)
			return list
		}
	}
	return append(list, f)
}

// format writes a fact.
func (f fact) format(b *strings.Builder, abis bool) {
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
	line := fmt.Sprintf("%-10s %s", number, f.Name)
	if f.Since != "" {
		line += ", since " + f.Since
	}
	if f.Via != "" {
		line += ", by " + f.Via
	}
	if narrow := f.narrow(); narrow != "" {
		line += ", " + narrow
	}
	b.WriteString(line + "\n")
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
