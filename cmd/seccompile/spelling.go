package main

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/syscalls"
)

// spelled returns the name of a call, constant or errno that is meant by one with the prefix
// of headers or listings, such as __NR_socket and SYS_socket, or in other letters. A name
// that stands for several is an error, as is one that nothing has.
func spelled(name string) (string, error) {
	if slices.Contains(slices.Collect(allNames()), name) {
		return name, nil
	}
	if _, _, ok := subcallConstant(name); ok {
		return name, nil
	}
	for _, prefix := range []string{"__NR_", "SYS_", "sys_", "NR_"} {
		if call, ok := strings.CutPrefix(name, prefix); ok && syscalls.Known(call) {
			return call, nil
		}
	}
	var like []string
	for n := range allNames() {
		if strings.EqualFold(n, name) {
			like = append(like, n)
		}
	}
	switch len(like) {
	case 0:
		return "", fmt.Errorf("no call, constant or errno %q%s", name, hint(name, allNames()))
	case 1:
		return like[0], nil
	}
	return "", fmt.Errorf("no call, constant or errno %q, but several in other capitals (one of %s)", name, strings.Join(like, ", "))
}

// allNames returns an iterator over the names of calls, constants and errnos.
func allNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, names := range []iter.Seq[string]{syscalls.Names(), syscalls.Constants(), errnoNames} {
			for n := range names {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// constantOf returns a constant of an ABI, or the number of a call that a multiplexer makes.
func constantOf(a arch.Arch, name string) (n uint64, ok bool) {
	if n, ok = syscalls.Constant(a, name); ok {
		return n, true
	}
	_, n, ok = subcallConstant(name)
	return n, ok
}

// subcallConstant returns the multiplexer that has a name such as SYS_SOCKET for one of its
// calls (linux/net.h), or SEMOP (linux/ipc.h), and its number.
func subcallConstant(name string) (mux string, n uint64, ok bool) {
	if strings.ToUpper(name) != name {
		return "", 0, false
	}
	want := "ipc"
	call, ok := strings.CutPrefix(name, "SYS_")
	if ok {
		want = "socketcall"
	}
	nr, sub, ok := syscalls.Mux(arch.X86, strings.ToLower(call)) // the numbers are those of every ABI
	if mux, _ = syscalls.Name(arch.X86, nr); !ok || mux != want {
		return "", 0, false
	}
	return mux, uint64(sub), true
}

// instead returns the calls of an ABI that do the same as one that it lacks, or if there are
// none what does a part of it.
func instead(a arch.Arch, name string) (list []string) {
	has := func(call string) bool {
		_, ok := syscalls.Number(a, call)
		if !ok {
			_, _, ok = syscalls.Mux(a, call)
		}
		return ok
	}
	for _, suffix := range []string{"_time64", "_64", "64", "32"} { // of calls of 32-bit ABIs, with longer arguments
		if wide, ok := strings.CutSuffix(name, suffix); ok && has(wide) {
			return []string{wide}
		} else if ok && syscalls.Known(wide) {
			name = wide
		}
	}
	var parts []string
	for _, s := range profile.Substitutes(name) {
		switch {
		case slices.ContainsFunc(s.Calls, func(call string) bool { return !has(call) }):
		case len(s.Calls) == 1 && s.Part == "":
			list = append(list, s.Calls[0])
		case s.Part != "":
			parts = append(parts, strings.Join(s.Calls, " with ")+" ("+s.Part+")")
		}
	}
	if list == nil {
		return parts
	}
	return list
}
