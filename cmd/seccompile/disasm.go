package main

import (
	"fmt"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/profile"
)

// disasmVerb lists a filter that anybody compiled.
func disasmVerb(args []string, s stdio) int {
	const usage = "[--arch NAME] FILE|-"
	f := newFlags("disasm", s)
	var name string
	value(f, &name, "arch", leaveOut, "the filter is for machines of the ABI `NAME`, whose byte order it has; this machine's is the default")
	if status, ok := parse(f, args, usage, s); !ok {
		return status
	}
	if f.NArg() != 1 {
		return s.fail("disasm", fmt.Errorf("want one file with a filter, or - (\"seccompile compile --format list\" lists a profile)"))
	}
	a, err := abiNamed(name)
	if err != nil {
		return s.fail("disasm", err)
	}
	raw, file, err := readFile(f.Arg(0), s)
	if err != nil {
		return s.fail("disasm", err)
	}
	filter, err := compile.LoadBytes(raw, a)
	if err != nil {
		return s.fail("disasm", fmt.Errorf("%s: %w (is it for %s? --arch says for which)", file, err, a))
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
