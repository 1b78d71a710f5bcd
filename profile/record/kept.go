package record

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// A keep says which bits of an argument a profile compares with what was recorded.
type keep struct {
	arg  int
	mask uint64 // 0 for the whole argument
	zero bool   // only whether these bits are all 0 matters: read-only, not executable
}

// Bits of arguments (include/linux/net.h, include/uapi/linux/sched.h, include/uapi/linux/mman.h).
const (
	sockTypes  = 0xf        // SOCK_TYPE_MASK: the type of a socket without SOCK_CLOEXEC and SOCK_NONBLOCK
	namespaces = 0x7e020000 // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
	executable = 0x4        // PROT_EXEC
)

// keeps returns the arguments of a call that security cares about, in the order in which they
// are tried: the first one for which all that was recorded is within is taken. Of most
// calls it is one choice.
func (c *Call) keeps(tight bool) [][]keep {
	whole := func(args ...int) (list [][]keep) {
		var all []keep
		for _, i := range args {
			all = append(all, keep{arg: i})
		}
		return [][]keep{all}
	}
	if tight && c.Name != "clone3" && len(c.Telling()) > 0 {
		known := slices.DeleteFunc(slices.Clone(c.Telling()), func(i int) bool { return c.Args[i] == nil || c.Args[i].List == nil })
		list := whole(c.Telling()...)
		if c.Tuples == nil && len(known) > 0 {
			list = whole(known...)
		}
		return append(list, c.keeps(false)...)
	}
	switch c.Name {
	case "socket", "socketpair":
		return [][]keep{{{arg: 0}, {arg: 1, mask: sockTypes}}, {{arg: 0}}}
	case "clone3": // a filter cannot see its flags
		return nil
	case "clone":
		return [][]keep{{{arg: c.Telling()[0], mask: namespaces}}}
	case "mmap", "mmap2", "mprotect", "pkey_mprotect":
		return [][]keep{{{arg: 2, mask: executable, zero: true}}}
	case "open", "openat":
		arg := profile.TellingArgs(c.Arch, c.Name)[0]
		create := flags(c.Arch, "O_CREAT", "O_TRUNC", "O_TMPFILE") &^ flags(c.Arch, "O_DIRECTORY")
		return [][]keep{
			{{arg: arg, mask: create | flags(c.Arch, "O_ACCMODE"), zero: true}},
			{{arg: arg, mask: create, zero: true}},
		}
	case "unshare", "personality", "prctl", "arch_prctl", "ptrace", "bpf", "keyctl":
		return whole(0)
	case "socketcall", "ipc": // which call they make; of that one's arguments a filter sees nothing
		return whole(0)
	case "setns", "ioctl", "fcntl", "fcntl64":
		return whole(1)
	}
	return nil
}

// plainFamilies are AF_UNIX, AF_INET and AF_INET6, of which the protocol follows from the type
// or hardly matters. Of others, such as AF_NETLINK, each protocol is a part of the kernel of its
// own.
var plainFamilies = []uint64{1, 2, 10}

// flags returns the bits of constants of an ABI.
func flags(a arch.Arch, names ...string) (bits uint64) {
	for _, name := range names {
		v, _ := syscalls.Constant(a, name)
		bits |= v
	}
	return bits
}

// A match is what an argument is compared with.
type match struct {
	arg         int
	mask, value uint64 // mask 0 for the whole argument
}

// maxMatches is how many combinations of values a profile compares a call with.
const maxMatches = 32

// matches returns the combinations of values that were recorded of a call, each of which an
// entry is to allow; nil if they are too many, or all arguments are to be allowed.
func (c *Call) matches(tight bool) (list [][]match) {
	for _, choice := range c.keeps(tight) {
		list = c.matchesOf(choice)
		if list != nil {
			return list
		}
	}
	return nil
}

func (c *Call) matchesOf(keeps []keep) (list [][]match) {
	if c.Tuples == nil {
		return c.matchesEach(keeps)
	}
	for _, t := range c.Tuples {
		var all []match
		for _, k := range keeps {
			i := slices.Index(c.Telling(), k.arg)
			if i < 0 {
				return nil
			}
			m := match{k.arg, k.mask, t[i]}
			if k.mask != 0 {
				m.value &= k.mask
			}
			if k.zero && m.value != 0 {
				return nil
			}
			all = append(all, m)
		}
		if protocol := slices.Index(c.Telling(), 2); c.needsProtocol(all) && protocol >= 0 {
			all = append(all, match{arg: 2, value: t[protocol]})
		}
		if !slices.ContainsFunc(list, func(x []match) bool { return slices.Equal(x, all) }) {
			list = append(list, all)
		}
		if len(list) > maxMatches {
			return nil
		}
	}
	return list
}

// needsProtocol reports whether family and type of a socket do not say which part of the kernel it is.
func (c *Call) needsProtocol(all []match) bool {
	return strings.HasPrefix(c.Name, "socket") && len(all) == 2 && all[1].arg == 1 && !slices.Contains(plainFamilies, all[0].value)
}

// matchesEach returns each value of an argument with each of the others, where it is not known
// which were combined.
func (c *Call) matchesEach(keeps []keep) (list [][]match) {
	list = [][]match{nil}
	for _, k := range keeps {
		one := c.matchesOne(k)
		if list = product(list, one); list == nil {
			return nil
		}
	}
	var all [][]match
	for _, m := range list {
		one := [][]match{m}
		if protocols := c.matchesOne(keep{arg: 2}); c.needsProtocol(m) && protocols != nil {
			one = product(one, protocols)
		}
		if all = append(all, one...); one == nil || len(all) > maxMatches {
			return nil
		}
	}
	return all
}

// product returns each of some matches followed by each of others, nil if they are too many.
func product(list, others [][]match) (all [][]match) {
	if len(list)*len(others) > maxMatches {
		return nil
	}
	for _, x := range list {
		for _, y := range others {
			all = append(all, slices.Concat(x, y))
		}
	}
	return all
}

// matchesOne returns the values that are known of an argument, nil if they are too many, or it is
// to be allowed with any.
func (c *Call) matchesOne(k keep) (list [][]match) {
	v := c.Args[k.arg]
	switch {
	case v == nil || !v.seen:
		return nil
	case k.zero && v.Or&k.mask == 0: // of single bits it is known whether they were ever set
		return [][]match{{{k.arg, k.mask, 0}}}
	case k.zero:
		return nil
	}
	for _, n := range v.List {
		m := match{k.arg, k.mask, n}
		if k.mask != 0 {
			m.value &= k.mask
		}
		if !slices.ContainsFunc(list, func(x []match) bool { return x[0] == m }) {
			list = append(list, []match{m})
		}
	}
	if len(list) > maxMatches {
		return nil
	}
	return list
}
