package main

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// A domain is the constants that an argument takes.
type domain struct {
	prefixes []string
	not      []string // prefixes of constants with such names that mean something else, and of lesser names
	flags    bool     // bits, each with its own name
}

var (
	families   = domain{prefixes: []string{"AF_"}, not: []string{"AF_MAX", "AF_LOCAL", "AF_ROUTE"}}
	types      = domain{prefixes: []string{"SOCK_"}, not: []string{"SOCK_TYPE_MASK"}}
	cloneFlags = domain{prefixes: []string{"CLONE_"}, not: []string{"CLONE_ARGS"}, flags: true}
	openFlags  = domain{prefixes: []string{"O_"}, not: []string{"O_ACCMODE", "O_NDELAY"}, flags: true}
	protection = domain{prefixes: []string{"PROT_"}, flags: true}
)

// domains are those of arguments that profiles compare, by call and argument.
var domains = map[string]map[int]domain{
	"socket":        {0: families, 1: types},
	"socketpair":    {0: families, 1: types},
	"clone":         {0: cloneFlags},
	"unshare":       {0: cloneFlags},
	"setns":         {1: cloneFlags},
	"open":          {1: openFlags},
	"openat":        {2: openFlags},
	"mmap":          {2: protection},
	"mmap2":         {2: protection},
	"mprotect":      {2: protection},
	"pkey_mprotect": {2: protection},
	"personality":   {0: {prefixes: []string{"PER_LINUX", "UNAME26"}}},
	"madvise":       {2: {prefixes: []string{"MADV_"}}},
	"ioctl":         {1: {prefixes: []string{"TIOC", "TC", "FIO", "SIOC", "KD"}, not: []string{"TCOO", "TCIO", "TCIF", "TCOF"}}},
	"mount":         {3: {prefixes: []string{"MS_"}, not: []string{"MS_ASYNC", "MS_SYNC", "MS_INVALIDATE", "MS_VERBOSE"}, flags: true}},
	"ptrace":        {0: {prefixes: []string{"PTRACE_"}, not: []string{"PTRACE_EVENT", "PTRACE_O_", "PTRACE_SYSCALL_INFO", "PTRACE_PEEKSIGINFO_SHARED", "PTRACE_OLDSETOPTIONS"}}},
	"keyctl":        {0: {prefixes: []string{"KEYCTL_"}, not: []string{"KEYCTL_CAPS", "KEYCTL_SUPPORTS", "KEYCTL_MOVE_EXCL"}}},
}

// domainOf returns the domain of a call's argument.
func domainOf(a arch.Arch, call string, arg int) (d domain, ok bool) {
	if call == "clone" && (a == arch.S390 || a == arch.S390X) { // CONFIG_CLONE_BACKWARDS2
		arg = 1 - arg
	}
	d, ok = domains[call][arg]
	return d, ok
}

// name returns the name of a value, "" if none or several have it.
func (d domain) name(a arch.Arch, value uint64) (name string) {
	starts := func(n string) func(string) bool { return func(p string) bool { return strings.HasPrefix(n, p) } }
	for n := range syscalls.Constants() {
		if !slices.ContainsFunc(d.prefixes, starts(n)) || slices.ContainsFunc(d.not, starts(n)) {
			continue
		}
		if v, ok := syscalls.Constant(a, n); !ok || v != value {
			continue
		}
		if name != "" {
			return ""
		}
		name = n
	}
	return name
}

// text returns a value as names, or "". Of three flags and more only the first has the prefix
// that all have.
func (d domain) text(a arch.Arch, value uint64) string {
	if !d.flags {
		return d.name(a, value)
	}
	var list []string
	for rest := value; rest != 0; rest &= rest - 1 {
		n := d.name(a, 1<<bits.TrailingZeros64(rest))
		if n == "" {
			return ""
		}
		if len(list) > 0 && bits.OnesCount64(value) > 2 {
			n = strings.TrimPrefix(n, d.prefixes[0])
		}
		list = append(list, n)
	}
	return strings.Join(list, "|")
}

// condText returns a condition on an argument of the query's call, or of its multiplexer.
func (q query) condText(c policy.Cond) string {
	a, _ := q.abi()
	return condText(a, cmp.Or(q.mux, q.name), c)
}

// condText returns a condition on an argument of a call, with the names of its constants in
// brackets. The width is left out: a width is what the kernel reads.
func condText(a arch.Arch, call string, c policy.Cond) string {
	c.Width = 64
	text := c.String()
	d, ok := domainOf(a, call, int(c.Arg))
	if !ok {
		return text
	}
	value, mask := d.text(a, c.Value), ""
	if c.Op == policy.MaskedEQ && d.flags {
		mask = d.text(a, c.Mask)
	}
	switch {
	case mask == "" && (value == "" || d.flags && c.Op == policy.MaskedEQ):
		return text
	case mask == "" || c.Value == c.Mask:
		return fmt.Sprintf("%s (%s)", text, value)
	case c.Value == 0:
		return fmt.Sprintf("%s (none of %s)", text, mask)
	case value == "":
		return text
	}
	return fmt.Sprintf("%s (%s of %s)", text, value, mask)
}
