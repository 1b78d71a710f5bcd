package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// A denial is what a log tells of a call that a filter refused or had logged.
type denial struct {
	call   queryText // without a name if the log does not have the call
	traced bool      // the arguments are as strace prints them
	whole  bool      // the arguments are all registers of the call, as a supervisor has seen them
	bits32 bool      // it is of a process in 32-bit mode, and the ABI is not said
	number string    // of the call, if strace has it and nothing says the ABI
	unsaid bool      // it is a record that does not say the ABI
	seen   seen

	pid       int // 0 if it is not told
	comm, exe string
	where     string  // the container or the unit, as the log has it
	at        float64 // when, in seconds since 1970; 0 if it is not told
	compat    bool    // the kernel has more bits than the call

	line   int    // of the log
	stamp  string // what it says, with its time and serial number, if it is an audit record with these
	record bool   // it is an audit record
	last   bool   // it is the last call before a kill, of which other threads die, too
}

// seen is what a log tells of the answer that a call got.
type seen struct {
	text    string // for people
	actions []policy.Action
	whole   bool   // the data of the action, too, are seen
	errno   string // that the call failed with, instead of actions
	strict  bool   // strict mode, in which no filter is asked
}

// is reports whether an action, on an ABI, is what was seen.
func (s seen) is(action policy.Action, a arch.Arch) bool {
	action = action.Effective()
	if kind := action.Kind(); s.errno == "ENOSYS" || s.errno == "EPERM" {
		if kind == policy.Notify || kind == policy.Trace(0) {
			return true // the kernel's own answer if nobody supervises, and what supervisors refuse with
		}
	}
	if s.errno != "" {
		n, ok := a.Errno(s.errno)
		return ok && action == policy.Errno(n)
	}
	for _, x := range s.actions {
		if x = x.Effective(); x == action || !s.whole && x.Kind() == action.Kind() {
			return true
		}
	}
	return false
}

// ends reports whether what was seen is that a process got SIGSYS.
func (s seen) ends() bool {
	return slices.ContainsFunc(s.actions, func(a policy.Action) bool {
		return slices.ContainsFunc(killed.actions, func(b policy.Action) bool { return a.Effective().Kind() == b })
	})
}

// killed is what is known if a signal ended a process. A process that does not handle
// the signal of TRAP ends as one that is killed.
var killed = seen{text: "SIGSYS", actions: []policy.Action{policy.KillProcess, policy.KillThread, policy.Trap}}

// A denialReader finds denials in logs.
type denialReader struct {
	found func(denial)
	fault func(line int, err error)

	unnamed []policy.Action // that calls without a name may get
	machine arch.Arch       // of these

	skipped int // lines that tell of no denial
	again   int // denials that the logs have told already
	passed  int // calls that are told, and that a filter allowed
	cut     int // lines that are too long

	number  int                      // of the line that is read, from 1
	where   string                   // what the line that is read says of where it is from
	threads map[string]*tracedThread // of strace, by what it calls them
	dump    *goDump                  // that is being read
	crash   *crash                   // likewise
	wrapped *wrappedRecord           // likewise
}

// maxLine is how long a line can be that is read. Audit records have at most 8970 bytes
// (include/uapi/linux/audit.h, MAX_AUDIT_MESSAGE_LENGTH).
const maxLine = 256 << 10

// read reads a log.
func (r *denialReader) read(in io.Reader) error {
	r.number = 0
	b := bufio.NewReaderSize(in, 64<<10)
	if err := notText(b); err != nil {
		return err
	}
	for {
		line, long, err := readLine(b)
		if len(line) > 0 || long || err == nil {
			r.number++
			if long {
				r.cut++
			} else {
				r.line(string(bytes.TrimRight(line, "\r\n\x00")))
			}
		}
		if err == io.EOF {
			r.endWrapped()
			r.endDump()
			r.endCrash(0)
			r.threads = nil
			return nil
		} else if err != nil {
			return err
		}
	}
}

// encodings are how files start whose text is not there to read, and what makes a log of them.
var encodings = []struct{ start, name, remedy string }{
	{"\x1f\x8b", "compressed by gzip", "zcat FILE | seccompile why"},
	{"\xfd7zXZ\x00", "compressed by xz", "xzcat FILE | seccompile why"},
	{"\x28\xb5\x2f\xfd", "compressed by zstd", "zstdcat FILE | seccompile why"},
	{"BZh", "compressed by bzip2", "bzcat FILE | seccompile why"},
	{"LPKSHHRH", "a journal", "journalctl --file FILE | seccompile why"},
	{"\xff\xfe", "UTF-16", "iconv -f UTF-16 -t UTF-8 FILE | seccompile why"},
	{"\xfe\xff", "UTF-16", "iconv -f UTF-16 -t UTF-8 FILE | seccompile why"},
}

// notText says what a log is that has to be made text first.
func notText(b *bufio.Reader) error {
	start, _ := b.Peek(64) // an error is what reading returns
	for _, e := range encodings {
		if bytes.HasPrefix(start, []byte(e.start)) {
			return fmt.Errorf("the log is %s, not text (%s)", e.name, e.remedy)
		}
	}
	for first, name := range []string{"BE", "LE"} { // without a mark: of ASCII each other byte is zero
		if zeros(start, first) == len(start)/2 && zeros(start, 1-first) == 0 && len(start) >= 8 {
			return fmt.Errorf("the log is UTF-16, not text (iconv -f UTF-16%s -t UTF-8 FILE | seccompile why)", name)
		}
	}
	return nil
}

// zeros counts the zeros of every other byte.
func zeros(text []byte, first int) (n int) {
	for i := first; i < len(text); i += 2 {
		if text[i] == 0 {
			n++
		}
	}
	return n
}

// readLine returns the next line. Of one that is too long it returns nothing.
func readLine(b *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := b.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		if err != bufio.ErrBufferFull {
			return line, long, err
		}
	}
}

// line reads a line.
func (r *denialReader) line(line string) {
	r.where = ""
	line = uncoloured(line)
	if strings.HasPrefix(line, "{") && r.object(line) {
		return
	}
	r.text(line)
}

// control is a control sequence of terminals (ECMA-48, 5.4), with which dmesg --color=always and
// others colour lines.
var control = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]`)

// uncoloured returns a line without control sequences.
func uncoloured(line string) string {
	if !strings.Contains(line, "\x1b[") { // as most
		return line
	}
	return control.ReplaceAllString(line, "")
}

// text reads a line that is not JSON.
func (r *denialReader) text(line string) {
	line = uncoloured(line)
	for _, form := range []func(string) bool{r.crashed, r.audit, r.goDump, r.report, r.strace, r.shell} {
		if form(line) {
			return
		}
	}
	r.skipped++
}

// denied tells of a denial in the line that is read.
func (r *denialReader) denied(d denial) {
	if d.line == 0 {
		d.line = r.number
	}
	if d.where == "" {
		d.where = r.where
	}
	r.found(d)
}

// faulty is fault with what the line is.
func (r *denialReader) faulty(line int, what string, err error) {
	r.fault(line, fmt.Errorf("%s: %w", what, err))
}
