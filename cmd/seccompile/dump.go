package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/install"
	"github.com/seccompile/seccompile/profile/policy"
)

// dumpVerb reads the filters that a running process has, whoever installed
// them.
func dumpVerb(s stdio) *verb {
	v := &verb{
		name: "dump", section: sectionFacts, args: []string{"--pid N [flags]"},
		about: "list the filters of a running process",
		text:  "The process is stopped for a moment and then continues. This needs root, and a kernel with CONFIG_CHECKPOINT_RESTORE.",
		examples: []string{
			"dump --pid 4711",
			"dump --pid 4711 --format raw -o live.bpf",
			"dump --pid 4711 --fold --format raw -o live.bpf    # all as one",
		},
		values: []string{},
	}
	g := v.group("Flags")
	pid := g.Int("pid", 0, "the ID `N` of a process or a thread")
	index := g.Int("index", -1, "list only filter `I`, 0 for the oldest (default: all)")
	fold := g.Bool("fold", false, "print one filter, proved to answer as all of them do together")
	format := g.String("format", "list", "the `FORMAT`: list, or raw, an array of struct sock_filter")
	output := g.StringP("output", "o", "-", "write to `FILE`, - for standard output")
	v.run = func(args []string) int { return dumpTo(args, *pid, *index, *fold, *format, *output, s) }
	return v
}

func dumpTo(args []string, pid, index int, fold bool, format, output string, s stdio) int {
	switch {
	case len(args) > 0:
		return s.fail("dump", fmt.Errorf("unexpected argument %q (pass the process with --pid)", args[0]))
	case pid == 0:
		return s.fail("dump", fmt.Errorf("no process (--pid says which)"))
	case index < -1:
		return s.fail("dump", fmt.Errorf("no filter %d (0 is the oldest; -1 means all)", index))
	case fold && index >= 0:
		return s.fail("dump", errors.New("--fold together with --index (a single filter has nothing to fold)"))
	case format != "raw" && format != "list":
		return s.fail("dump", fmt.Errorf("unknown format %q (raw or list)", format))
	}
	dump := func() ([]byte, error) { return dump(pid, index, format == "raw") }
	if fold {
		dump = func() ([]byte, error) { return dumpFold(pid, format) }
	}
	out, err := dump()
	if err == nil {
		err = s.write(output, out)
	}
	if err != nil {
		return s.fail("dump", err)
	}
	return exitOK
}

// dump returns the filters of a thread, or the one of that index if it is not
// negative.
func dump(pid, index int, raw bool) ([]byte, error) {
	list, err := install.Filters(pid)
	if err != nil {
		return nil, err
	}
	first := max(index, 0)
	switch {
	case index >= len(list):
		return nil, fmt.Errorf("no filter %d: thread %d has %d (0 is the oldest)", index, pid, len(list))
	case index >= 0:
		list = list[index : index+1]
	}
	if raw {
		return rawFilter(list)
	}
	return listFilters(list, first)
}

// dumpFold returns the filters of a thread as one.
func dumpFold(pid int, format string) ([]byte, error) {
	stack, _, err := installed(pid)
	if err != nil {
		return nil, err
	}
	return folded(stack, format)
}

// folded returns a stack as one filter, raw or listed.
func folded(stack *compile.Stack, format string) ([]byte, error) {
	f, err := stack.Fold()
	if err != nil {
		return nil, err
	}
	if format == "list" {
		return []byte(f.String()), nil
	}
	return f.Bytes(), nil
}

// listFilters lists filters that are numbered from first on.
func listFilters(list []install.Installed, first int) ([]byte, error) {
	if len(list) == 0 {
		return []byte("no filters\n"), nil
	}
	var b strings.Builder
	for i, in := range list {
		f, err := onThisMachine(in)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "filter %d: %d instructions, %s\n%s", first+i, len(in.Insns), flagsOf(in), f)
	}
	return []byte(b.String()), nil
}

// flagsOf says what is known of the flags that a filter was installed with.
func flagsOf(in install.Installed) string {
	const log = uint(policy.FlagLog)
	switch {
	case in.Told&log == 0:
		return "flags not reported by this kernel"
	case in.Flags&log != 0:
		return "with " + policy.FlagLog.String()
	}
	return "without " + policy.FlagLog.String() + ", other flags are not reported by the kernel"
}

// rawFilter returns the bytes of the one filter of a list.
func rawFilter(list []install.Installed) ([]byte, error) {
	switch len(list) {
	case 0:
		return nil, fmt.Errorf("no filters, but raw needs one (--format list says so without an error)")
	case 1:
		f, err := onThisMachine(list[0])
		if err != nil {
			return nil, err
		}
		return f.Bytes(), nil
	}
	return nil, fmt.Errorf("%d filters, but raw is a single one (--fold combines them; --index selects one, from 0, the oldest, to %d, the newest)", len(list), len(list)-1)
}

// onThisMachine is a filter that this kernel has taken.
func onThisMachine(in install.Installed) (*compile.Filter, error) {
	host, err := abiNamed("")
	if err != nil {
		return nil, err
	}
	return compile.Load(in.Insns, host)
}
