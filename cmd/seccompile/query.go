package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A query is a question about a call, some of whose arguments can be open.
type query struct {
	call syscalls.Call // an open argument is 0
	name string        // of the call, or its number
	mux  string        // the multiplexer that makes the call where it has no number; args are that's
	args []operand     // as written; further ones are open
}

// An operand is an argument as written.
type operand struct {
	open  bool
	value uint64
	text  string
}

// A queryText is the text of a query. Its value depends on the ABI, since numbers of
// calls and constants do.
type queryText struct {
	abi  string // as written; "" if it is not said
	name string
	args []string
	ip   string // what follows @
}

// strayWord is a word that strace and journals have before a call: a process or a time.
var strayWord = regexp.MustCompile(`^(\[pid|\d+\]|[\d:.+]*\d)$`)

// parseQuery splits a call: ABI NAME(ARGUMENTS), as vectors have it, NAME(ARGUMENTS), NAME,
// or a line of strace(1).
func parseQuery(line string) (q queryText, err error) {
	head, rest, called := strings.Cut(strings.TrimSpace(line), "(")
	words := strings.Fields(head)
	if len(words) == 0 {
		return q, fmt.Errorf("no call in %q (want NAME(ARGUMENTS), as in socket(AF_INET, SOCK_STREAM))", echo(line))
	}
	q.name = words[len(words)-1]
	for _, w := range words[:len(words)-1] {
		_, err := arch.Parse(w)
		switch {
		case q.abi == "" && (err == nil || strings.HasPrefix(w, "0x")):
			q.abi = w
		case !strayWord.MatchString(w):
			return q, fmt.Errorf("%q before the call in %q is not an ABI, such as x86_64", echo(w), echo(line))
		}
	}
	if !called {
		return q, nil
	}
	if rest, err = q.split(rest); err != nil {
		return q, fmt.Errorf("%w in %q", err, echo(line))
	}
	if len(q.args) > 6 {
		return q, fmt.Errorf("%d arguments in %q, a call has at most 6", len(q.args), echo(line))
	}
	rest = strings.TrimSpace(rest)
	if ip, ok := strings.CutPrefix(rest, "@"); ok {
		q.ip, rest, _ = strings.Cut(ip, " ")
		rest = strings.TrimSpace(rest)
	}
	if rest != "" && !strings.HasPrefix(rest, "=") { // what strace or a vector says the answer is
		return q, fmt.Errorf("%q after the call in %q", echo(rest), echo(line))
	}
	return q, nil
}

// split takes the arguments from text and returns what follows their parenthesis. Commas
// separate them, except in strings, structures and comments of strace.
func (q *queryText) split(text string) (rest string, err error) {
	depth, start, quoted := 0, 0, false
	add := func(end int) { q.args = append(q.args, strings.TrimSpace(text[start:end])) }
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.HasPrefix(text[i:], "/*"):
			n := strings.Index(text[i:], "*/")
			if n < 0 {
				return "", errors.New("a comment without its end")
			}
			text = text[:i] + text[i+n+2:]
			i--
		case depth == 0 && strings.HasPrefix(text[i:], "<unfinished ...>"):
			add(i)
			return "", nil
		case c == ')' && depth == 0:
			if len(q.args) > 0 || strings.TrimSpace(text[start:i]) != "" {
				add(i)
			}
			return text[i+1:], nil
		case c == '(' || c == '{' || c == '[':
			depth++
		case c == ')' || c == '}' || c == ']':
			depth--
		case c == ',' && depth == 0:
			add(i)
			start = i + 1
		}
	}
	return "", errors.New("no ) after the arguments")
}

// on returns the query for an ABI, which counts if the text does not say one.
func (t queryText) on(a arch.Arch) (q query, err error) {
	if t.abi != "" && !strings.HasPrefix(t.abi, "0x") {
		if a, err = arch.Parse(t.abi); err != nil {
			return q, err
		}
	}
	q.name, q.call.Audit = t.name, a.Audit()
	var sub uint32
	var muxed bool
	nr, err := parseInt(t.name, 32)
	switch {
	case strings.HasPrefix(t.abi, "0x"):
		audit, abiErr := strconv.ParseUint(t.abi, 0, 32)
		if abiErr != nil || err != nil {
			return q, fmt.Errorf("%s %s: an audit value of 32 bits takes the number of a call", t.abi, t.name)
		}
		q.call.Audit, q.call.Nr = uint32(audit), uint32(nr)
		a, _ = arch.Of(q.call.Audit, q.call.Nr)
	case err == nil:
		q.call.Nr = uint32(nr)
	default:
		var ok bool
		if q.call.Nr, ok = syscalls.Number(a, t.name); !ok {
			if q.call.Nr, sub, muxed = syscalls.Mux(a, t.name); !muxed {
				if !syscalls.Known(t.name) {
					return q, fmt.Errorf("unknown system call %q%s", echo(t.name), profile.Suggestion(t.name))
				}
				_, err := syscalls.ParseCall(a.String() + " " + t.name + "()")
				var fault *syscalls.CallError
				if errors.As(err, &fault) {
					err = fault.Err
				}
				return q, err
			}
		}
	}
	if name, ok := syscalls.Name(a, q.call.Nr); muxed {
		q.mux = name
	} else if ok {
		q.name = name
	}
	if t.ip != "" {
		if q.call.IP, err = parseInt(t.ip, 64); err != nil {
			return q, fmt.Errorf("@%s is not an address", echo(t.ip))
		}
	}
	if err := q.operands(a, t.args); err != nil {
		return q, fmt.Errorf("%s: %w", t.name, err)
	}
	if muxed { // the filter sees the multiplexer's arguments
		q.args = []operand{{value: uint64(sub), text: strconv.Itoa(int(sub))}}
	}
	for i, o := range q.args {
		q.call.Args[i] = o.value
	}
	return q, nil
}

// cloneArgs are the names that strace gives arguments of clone, which it does not print
// in their order.
var cloneArgs = map[string]int{"flags": 0, "child_stack": 1, "stack": 1}

// operands evaluates arguments.
func (q *query) operands(a arch.Arch, texts []string) error {
	for i, text := range texts {
		name, value, named := strings.Cut(text, "=")
		if named && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") == "" {
			text = value
			if q.name == "clone" {
				at, known := cloneArgs[name]
				if !known {
					continue
				}
				if a == arch.S390 || a == arch.S390X {
					at = 1 - at
				}
				i = at
			}
		}
		for len(q.args) <= i {
			q.args = append(q.args, operand{open: true, text: "_"})
		}
		if sub, ok := subcall(a, q.name, text); ok && i == 0 {
			q.args[i] = operand{value: uint64(sub), text: text}
			continue
		}
		o, err := evaluate(a, text)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i, err)
		}
		q.args[i] = o
	}
	return nil
}

// subcall returns the number by which a multiplexer makes a call, as headers name it: SYS_SOCKET
// (include/uapi/linux/net.h), or SHMAT (include/uapi/linux/ipc.h).
func subcall(a arch.Arch, mux, text string) (sub uint32, ok bool) {
	name, prefixed := strings.CutPrefix(text, "SYS_")
	nr, sub, ok := syscalls.Mux(a, strings.ToLower(name))
	if by, _ := syscalls.Name(a, nr); !ok || by != mux || prefixed != (mux == "socketcall") || name != strings.ToUpper(name) {
		return 0, false
	}
	return sub, true
}

// evaluate returns an argument: _, a number, constants joined by |, or what strace prints
// for memory, which is open, since no filter sees more than its address.
func evaluate(a arch.Arch, text string) (o operand, err error) {
	if fd, path, ok := strings.Cut(text, "<"); ok && strings.HasSuffix(path, ">") && !strings.Contains(path, "<") {
		text = strings.TrimSpace(fd) // of strace -y
	}
	o.text = strings.ReplaceAll(text, " ", "")
	switch {
	case text == "NULL":
		return o, nil
	case text == "" || text == "_" || text == "..." || strings.ContainsAny(text[:1], `"{[&~@`) || strings.Contains(text, "("):
		return operand{open: true, text: "_"}, nil
	}
	for term := range strings.SplitSeq(o.text, "|") {
		n, err := parseInt(term, 64)
		if err != nil {
			var ok bool
			if n, ok = constantOf(a, term); !ok {
				return o, unknownConstant(a, term)
			}
		}
		o.value |= n
	}
	if len(o.text) > maxEcho {
		o.text = fmt.Sprintf("%#x", o.value)
	}
	return o, nil
}

// parseInt reads a decimal, octal or hexadecimal number, or a negative one in two's
// complement.
func parseInt(s string, bits int) (uint64, error) {
	digits, negative := strings.CutPrefix(s, "-")
	n, err := strconv.ParseUint(digits, 0, bits)
	if err == nil && negative {
		if n > 1<<(bits-1) {
			return 0, strconv.ErrRange
		}
		n = -n
		if bits == 32 {
			n = uint64(uint32(n))
		}
	}
	return n, err
}

// unknownConstant says what is wrong with a term that is not a constant of an ABI.
func unknownConstant(a arch.Arch, term string) error {
	for b := range arch.All() {
		if _, ok := syscalls.Constant(b, term); ok {
			return fmt.Errorf("%s has no constant %s, other ABIs have", a, echo(term))
		}
	}
	return fmt.Errorf("unknown constant %q%s", echo(term), hintOr(term, syscalls.Constants(), "O_CREAT, a number, or _ for any value"))
}

// open reports whether argument i is open.
func (q query) open(i int) bool { return i >= len(q.args) || q.args[i].open }

// abi returns the ABI of the call; ok is false if its audit value is unknown.
func (q query) abi() (a arch.Arch, ok bool) { return q.call.Arch() }

// String returns the query, such as "x86_64 openat(AT_FDCWD, _, O_RDONLY)" or "x86
// socketcall(5) (accept)".
func (q query) String() string {
	abi := fmt.Sprintf("%#x", q.call.Audit)
	if a, ok := q.abi(); ok {
		abi = a.String()
	}
	var list []string
	for _, o := range q.args {
		list = append(list, o.text)
	}
	for len(list) > 0 && list[len(list)-1] == "_" {
		list = slices.Delete(list, len(list)-1, len(list))
	}
	if len(list) == 0 {
		list = []string{"_"}
	}
	text := fmt.Sprintf("%s %s(%s)", abi, cmp.Or(q.mux, q.name), strings.Join(list, ", "))
	if q.mux != "" {
		text += " (" + q.name + ")"
	}
	return text
}
