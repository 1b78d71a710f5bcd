package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// AcrossABIs returns the reasons why a profile for several ABIs allows more than was recorded on
// each of them. It returns nil for a single ABI.
func AcrossABIs(arches []arch.Arch) []Reason {
	if len(arches) < 2 {
		return nil
	}
	var all []string
	for _, a := range arches {
		all = append(all, a.String())
	}
	return []Reason{{all, "programs of each ABI may make the calls of the others, since an entry is for all ABIs of a profile"}}
}

// multiplexed returns why a profile that allows socketcall or ipc goes beyond what was recorded
// of it: its first argument says which call it makes, and that one's arguments are in memory.
func multiplexed(list []*Call, compared bool) (reasons []Reason) {
	name := list[0].Name
	if name != "socketcall" && name != "ipc" {
		return nil
	}
	var hidden []string
	for _, c := range list {
		for call := range syscalls.Names() {
			nr, sub, ok := syscalls.Mux(c.Arch, call)
			if ok && nr == c.Nr && (!compared || c.made(uint64(sub))) && len(profile.TellingArgs(c.Arch, call)) > 0 && !slices.Contains(hidden, call) {
				hidden = append(hidden, call)
			}
		}
	}
	if len(hidden) == 0 {
		return nil
	}
	slices.Sort(hidden)
	return []Reason{{[]string{name}, fmt.Sprintf("%s through it with any arguments, which a filter cannot see", and(hidden))}}
}

// made reports whether a multiplexer was asked for a call, as far as it is known. Of ipc the upper
// half of the number is a version (ipc/syscall.c, ksys_ipc).
func (c *Call) made(sub uint64) bool {
	v := c.Args[0]
	return v == nil || v.List == nil || slices.ContainsFunc(v.List, func(n uint64) bool {
		if c.Name == "ipc" {
			n &= 0xffff
		}
		return n == sub
	})
}

// and lists texts as a sentence does.
func and(list []string) string {
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " and " + list[n-1]
	}
	return strings.Join(list, "")
}
