package main

import (
	"fmt"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
)

// disasmVerb lists a filter that anybody compiled.
func disasmVerb(s stdio) *verb {
	v := &verb{
		name: "disasm", section: sectionFacts, args: []string{"[flags] FILE|-"},
		about:    "list a compiled filter, from any compiler",
		examples: []string{"disasm web.bpf", "disasm --arch s390x - <web.bpf"},
	}
	var name string
	value(v.group("Flags"), &name, "arch", leaveOut, "the ABI `NAME` of the filter, for its byte order (default: this machine's)")
	v.run = func(args []string) int { return disasm(args, name, s) }
	return v
}

func disasm(args []string, arch string, s stdio) int {
	if len(args) != 1 {
		return s.fail("disasm", fmt.Errorf("want one file with a filter, or - (\"seccompile compile --format list\" lists a profile)"))
	}
	a, err := abiNamed(arch)
	if err != nil {
		return s.fail("disasm", err)
	}
	raw, file, err := readFile(args[0], s)
	if err != nil {
		return s.fail("disasm", err)
	}
	filter, err := filterIn(raw, file, aFilter, a)
	if err != nil {
		return s.fail("disasm", err)
	}
	if _, err := fmt.Fprint(s.out, filter); err != nil {
		return s.fail("disasm", err)
	}
	return exitOK
}

// abiNamed returns the ABI of that name, this machine's for "".
func abiNamed(name string) (arch.Arch, error) {
	if name == "" {
		t, err := profile.Host()
		return t.Arch, err
	}
	return arch.Parse(name)
}
