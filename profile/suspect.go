package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// noteSuspects notes entries that mean what they say, but probably not what their
// author meant.
func (r *resolver) noteSuspects(entries []*entry) {
	for _, e := range entries {
		if slices.ContainsFunc(e.Names, func(n callName) bool { return n.Name == "clone" }) {
			r.noteCloneFlags(e)
		}
		if slices.ContainsFunc(e.Names, func(n callName) bool { return n.Name == "clone3" }) {
			r.noteClone3(e)
		}
		if !r.profile.def.Stricter(e.Action) && !r.profile.code { // code says Without
			r.noteMaskNone(e)
		}
	}
	r.noteRenamed(entries)
	if len(r.errs) == 0 { // not too large, for one thing
		r.noteExtensions(entries)
	}
}

// noteMaskNone notes masked conditions of a strict entry that hold where no bit of
// the mask is set: who wants to refuse a flag and leaves valueTwo out refuses
// everything without it.
func (r *resolver) noteMaskNone(e *entry) {
	for j, c := range e.Conds {
		if c.Op != policy.MaskedEQ || c.Mask == 0 || c.Value&c.Mask != 0 || r.has(CodeCloneFlags, c.Pos, e.argPath(j)) {
			continue
		}
		if c.Mask == 1<<16-1 || c.Mask == 1<<32-1 || c.Mask == ^uint64(0) {
			continue // a comparison with 0 of that many bits
		}
		fix := "write the bit as valueTwo, too"
		if c.Mask&(c.Mask-1) != 0 {
			fix = "write an entry for each bit, with it as valueTwo, too"
		}
		r.note(Note{Code: CodeMaskNone, Pos: c.Pos, Path: e.argPath(j),
			Text: fmt.Sprintf("the condition holds if none of the bits %#x of argument %d is set, so the entry refuses calls without them (to refuse calls with any of them, %s)", c.Mask, c.Arg, fix)})
	}
}

// noteClone3 notes conditions on clone3's first argument, a pointer to a struct
// clone_args (include/uapi/linux/sched.h) that has the flags.
func (r *resolver) noteClone3(e *entry) {
	for j, c := range e.Conds {
		if c.Arg == 0 {
			r.note(Note{Code: CodeCloneFlags, Pos: c.Pos, Path: e.argPath(j),
				Text: "argument 0 of clone3 is the address of its flags, which a filter cannot read (refuse the whole call with ENOSYS, so that programs use clone)"})
		}
	}
}

// noteCloneFlags notes conditions on clone's stack that look as if meant for its
// flags. These are argument 0, but on s390 and s390x 1 (kernel/fork.c, clone,
// CONFIG_CLONE_BACKWARDS2).
func (r *resolver) noteCloneFlags(e *entry) {
	for j, c := range e.Conds {
		for _, a := range r.abis {
			flags := uint8(0)
			if a == arch.S390 || a == arch.S390X {
				flags = 1
			}
			if c.Arg == 1-flags {
				remedy := "write an entry for each, with includes.arches"
				if r.profile.code {
					remedy = "make a profile for that ABI alone"
				}
				r.note(Note{Code: CodeCloneFlags, Pos: c.Pos, Path: e.argPath(j),
					Text: fmt.Sprintf("argument %d of clone is the stack on %s, the flags are argument %d (%s)", c.Arg, a, flags, remedy)})
				break
			}
		}
	}
}

// renamed are the calls that have different names on different ABIs, or several on
// one, though they do the same (internal/calls/table.csv).
var renamed = [][]string{
	{"fadvise64", "fadvise64_64", "arm_fadvise64_64"},
	{"sync_file_range", "sync_file_range2", "arm_sync_file_range"},
	{"newfstatat", "fstatat64"},
	{"mmap", "mmap2"},
	{"umount2", "umount"},
	{"getrlimit", "ugetrlimit"},
}

// alike returns the names of calls that do what the named one does: those of renamed,
// and on 32-bit ABIs the forms with 64-bit times
// (arch/x86/entry/syscalls/syscall_32.tbl, 403 to 423).
func alike(name string) []string {
	if g := slices.IndexFunc(renamed, func(group []string) bool { return slices.Contains(group, name) }); g >= 0 {
		return renamed[g]
	}
	if timed := name + "_time64"; syscalls.Known(timed) {
		return []string{name, timed}
	}
	for _, prefix := range [...]string{"clock_", "timer_", "timerfd_"} {
		if timed := name + "64"; strings.HasPrefix(name, prefix) && syscalls.Known(timed) {
			return []string{name, timed}
		}
	}
	return nil
}

// noteRenamed notes names in strict entries that an ABI of the filter does not have
// where it has the call by another name, which no entry has. A permissive entry
// opens less there than it could, and Docker's own profile does so.
func (r *resolver) noteRenamed(entries []*entry) {
	var names map[string]bool // of all entries, made when a call has other names
	named := func(name string) bool {
		if names == nil {
			names = map[string]bool{}
			for _, e := range entries {
				for _, n := range e.Names {
					names[n.Name] = true
				}
			}
		}
		return names[name]
	}
	for _, e := range entries {
		if r.profile.def.Stricter(e.Action) || e.Action == r.profile.def {
			continue
		}
		for i := range e.Names {
			n := &e.Names[i]
			group := alike(n.Name)
			for _, a := range r.abis {
				var others []string
				for _, o := range group {
					if _, ok := syscalls.Number(a, o); ok && !named(o) {
						others = append(others, o)
					}
				}
				if len(others) > 0 {
					r.note(Note{Code: CodeRenamed, Pos: n.Pos, Path: n.Path(),
						Text: fmt.Sprintf("%s has the call by another name that no entry has: %s is %s there (add that name)", a, n.Name, strings.Join(others, " or "))})
					break
				}
			}
		}
	}
}

// noteExtensions notes, in the kernel's reading, calls with data of one argument
// that are the same number to the kernel, written with zeros above it in one entry
// and with the sign in another: each is compared in the bits that the kernel reads
// (law 8), so that together they may let a call pass which as written both refuse.
// Two entries of different actions that ask for equality do not, nor do permissive
// ones of one action.
func (r *resolver) noteExtensions(entries []*entry) {
	if r.target.Compat == CompatRunc {
		return
	}
	type place struct {
		name string
		arg  uint8
	}
	type said struct {
		*entry
		equal bool // the condition is EQ
	}
	apart := func(a, b said) bool {
		if a.Action != b.Action {
			return !a.equal || !b.equal
		}
		return a.entry != b.entry && !r.profile.def.Stricter(a.Action) && !a.equal && !b.equal
	}
	seen := map[place]*[2][]said{} // by extension, no two that are alike to others
	for _, e := range entries {
		for i := range e.Names {
			for j, c := range e.Conds {
				kinds := r.extensions(e.Names[i].Name, c)
				if kinds == [2]bool{} {
					continue
				}
				k, one := place{e.Names[i].Name, c.Arg}, said{e, c.Op == policy.EQ}
				if seen[k] == nil {
					seen[k] = new([2][]said)
				}
				for kind := range kinds {
					if !kinds[kind] {
						continue
					}
					if i := slices.IndexFunc(seen[k][1-kind], func(o said) bool { return apart(o, one) }); i >= 0 {
						o := seen[k][1-kind][i]
						r.note(Note{Code: CodeArgWidth, Effect: Weaker, Pos: c.Pos, Path: e.argPath(j),
							Text: fmt.Sprintf("the entry at %s, %s, extends a negative number for argument %d of %s differently from this one, %s: one by its sign, the other by zeros, which are the same to the kernel (write both numbers alike)", elsewhere(o.Pos, o.path, e.Pos), o.Action, c.Arg, k.name, e.Action)})
					}
					if known := seen[k][kind]; len(known) < 2 || !slices.ContainsFunc(known, func(o said) bool { return o.Action == e.Action && o.equal == one.equal }) {
						seen[k][kind] = append(known, one)
					}
				}
			}
		}
	}
}

// extensions reports whether the datum of a condition on an argument of a call is
// negative in the bits that the kernel reads, on an ABI of the filter, with zeros
// above them, and with the sign.
func (r *resolver) extensions(name string, c cond) (kinds [2]bool) {
	if v := c.Value; v>>15 == 0 || v>>32 != 0 && v>>31 != 1<<33-1 {
		return kinds // in no width
	}
	for _, a := range r.abis {
		w := syscalls.Width(a, name, int(c.Arg))
		if w == 64 {
			continue
		}
		high := ^uint64(0) << w
		negative := c.Value>>(w-1)&1 == 1
		kinds[0] = kinds[0] || negative && c.Value&high == 0
		kinds[1] = kinds[1] || negative && c.Value&high == high
	}
	return kinds
}

// guardedABI returns an ABI of the filter, beside the native one, that the arches
// of a guard include, while the native one is not among them.
func (r *resolver) guardedABI(g *guard) (arch.Arch, bool) {
	if r.hostIn(g.Arches) {
		return 0, false
	}
	for _, a := range r.abis[1:] {
		if name := r.profile.dialect.row().host(a); name != "" && slices.Contains(g.Arches, name) {
			return a, true
		}
	}
	return 0, false
}
