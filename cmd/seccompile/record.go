package main

import (
	"fmt"
	"path/filepath"

	"github.com/seccompile/seccompile/profile/record"
)

// recordVerb runs a command and writes down what it calls.
func recordVerb(s stdio) *verb {
	v := &verb{
		name: "record", section: "Records", args: []string{"[flags] [--] COMMAND [ARG...]", "--pid N [flags]"},
		about: "run a command and record the calls that it makes",
		text: "Every call of the command, and of all processes that it starts, is counted with its arguments. Nothing is refused or changed. The record has a line of JSON per call. A summary is printed on standard error at the end. With --known, the calls of an earlier record run at full speed and are not counted. \"seccompile profile --from\" makes a profile from records.\n\n" +
			"With --pid, a running process is recorded until it ends, or until Ctrl-C; then the process continues. Every call stops, even a known one, since no filter selects them. Earlier calls are not seen.",
		examples: []string{
			"record -o web.record -- nginx -g 'daemon off;'",
			"record --known web.record -o more.record make test",
			"record --pid 4711 -o web.record",
		},
		launches: true,
	}
	r := &recorder{}
	g := v.group("Flags")
	value(g, &r.output, "output", "leave the flag out for COMMAND.record or PID.record", "write the record to `FILE` (default: COMMAND.record, or PID.record)")
	g.Lookup("output").Shorthand = "o"
	g.IntVar(&r.pid, "pid", 0, "attach to the process `N`, instead of running a command")
	g.StringArrayVar(&r.known, "known", nil, "a `RECORD` whose calls are neither stopped nor counted; repeatable")
	g.BoolVar(&r.quiet, "quiet", false, "print no summary, and no line before it attaches")
	g.BoolVar(&r.newPrivs, "allow-new-privs", false, "do not set no_new_privs (needs CAP_SYS_ADMIN)")
	v.run = func(args []string) int {
		status, err := exitRun, error(nil)
		switch attach := v.given("pid") != ""; {
		case attach && len(args) > 0:
			err = fmt.Errorf("both the command %q and --pid %d (leave one of them out)", args[0], r.pid)
		case attach:
			if err = v.unused("beside --pid", "allow-new-privs"); err == nil {
				status, err = r.attach(s)
			}
		default:
			status, err = r.run(args, s)
		}
		if err != nil {
			s.fail(v.name, err)
		}
		return status
	}
	return v
}

// A recorder is what record is asked for.
type recorder struct {
	options
	output string
	pid    int
	known  []string
	quiet  bool
}

// outputFor returns the name of the file for the record of a command or of a process ID.
func (r *recorder) outputFor(command string) string {
	if r.output != "" {
		return r.output
	}
	return filepath.Base(command) + ".record"
}

// summary says what a record has.
func summaryOf(r *record.Record, file string) string {
	calls, names, abis := uint64(0), 0, map[string]bool{}
	for _, c := range r.Calls() {
		names++
		if calls += c.Count; calls < c.Count { // too many for 64 bits
			calls = ^uint64(0)
		}
		if c.Arch.Valid() && c.Arch != r.Arch() {
			abis[c.Arch.String()] = true
		}
	}
	text := fmt.Sprintf("%d calls of %s, in %s", calls, count(names, "kind"), show(file))
	if len(abis) > 0 {
		text += fmt.Sprintf("; %s besides %s", count(len(abis), "ABI"), r.Arch())
	}
	return text
}
