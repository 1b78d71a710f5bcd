package compile

import (
	_ "embed"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/internal/spell"
	"github.com/seccompile/seccompile/syscalls"
)

// Weights say how often calls are made. Frequent calls get the shortest paths through a
// filter. Weights do not change the answer to any call. The zero value means that all
// calls are equally frequent.
type Weights struct {
	counts map[string]uint64
	total  uint64
}

// ParseWeights parses counts of calls. Each line is a count and the name of a call:
//
//	12 openat
//
// ParseWeights also accepts the output of strace -c and perf trace -s, and any mixture of
// these formats. Counts of the same call are added. A # starts a comment. Errors include
// the line number.
func ParseWeights(text string) (Weights, error) {
	w := Weights{counts: map[string]uint64{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		name, count, err := counted(strings.Fields(line))
		if err == nil && name != "" && !syscalls.Known(name) {
			err = fmt.Errorf("unknown call %q%s", name, spell.Hint(name, syscalls.Names()))
		}
		if err == nil && count > mostCounted-w.total {
			err = fmt.Errorf("more than %d calls in total (divide all counts)", uint64(mostCounted))
		}
		if err != nil {
			return Weights{}, fmt.Errorf("weights: line %d: %w", n, err)
		}
		if name != "" {
			w.counts[name] += count
			w.total += count
		}
	}
	if w.total == 0 {
		return Weights{}, fmt.Errorf("weights: no counts (write lines such as \"12 openat\", or use the output of strace -c or perf trace -s)")
	}
	return w, nil
}

// mostCounted is how many calls weights may count.
const mostCounted = 1 << 62

// counted returns the call that a line counts; no name for a line that counts
// none.
func counted(fields []string) (name string, count uint64, err error) {
	switch n := len(fields); {
	case n == 0 || isHeader(fields):
		return "", 0, nil
	case n == 2: // 12 openat
		name, fields = fields[1], fields[:1]
	case (n == 5 || n == 6) && share(fields[0]): // strace: % time, seconds, usecs/call, calls, errors or none, syscall
		if name, fields = fields[n-1], fields[3:4]; name == "total" {
			return "", 0, nil
		}
	case n >= 7 && share(fields[n-2]): // perf: syscall, calls, errors or none, times
		name, fields = fields[0], fields[1:2]
	default:
		return "", 0, fmt.Errorf("%q is neither a count and the name of a call nor a line of strace -c or perf trace -s", strings.Join(fields, " "))
	}
	count, err = strconv.ParseUint(fields[0], 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not a number of calls of %s", fields[0], name)
	}
	return name, count, nil
}

// isHeader reports whether a line is a heading, a rule or a remark.
func isHeader(fields []string) bool {
	switch fields[0] {
	case "%", "syscall", "(msec)", "strace:":
		return true
	case "Summary":
		return strings.Join(fields, " ") == "Summary of events:"
	}
	return strings.HasPrefix(fields[0], "---") || strings.Contains(strings.Join(fields, " "), " events, ")
}

// share reports whether a field is a number with a decimal point, which strace
// and perf print and counts are not.
func share(field string) bool {
	_, err := strconv.ParseFloat(strings.TrimSuffix(field, "%"), 64)
	return err == nil && strings.Contains(field, ".")
}

// ServerWeights returns weights for processes such as web servers, databases and scripts.
// They were measured as docs/weights.md describes.
func ServerWeights() Weights {
	w, err := ParseWeights(servers)
	if err != nil {
		panic(err) // a test parses the text
	}
	return w
}

//go:embed servers.txt
var servers string

// weigh returns how much a call weighs that comes to a node that is expected so
// often.
func (w *Weights) weigh(name string, expected int64) int64 {
	if w.total == 0 {
		return expected
	}
	hi, lo := bits.Mul64(w.counts[name], weighed)
	share, _ := bits.Div64(hi, lo, w.total)
	return seldom + int64(share)
}

// weighed is what all calls weigh together, as many as an ABI has that are let
// through without Weights.
const weighed = 320 * often
