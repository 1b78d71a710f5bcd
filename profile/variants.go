package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/syscalls"
)

// maxResolved is how many names the targets of Variants may have to be resolved for, which
// takes a second or two, and maxGuards how many capabilities the guards of one call may name.
const (
	maxResolved = 1 << 18
	maxGuards   = 10
)

// Atoms are what the guards on the entries of a call tell apart.
type atoms struct {
	caps    []string
	kernels []syscalls.Version
}

// add adds what others are told apart by.
func (at *atoms) add(caps []string, kernels ...syscalls.Version) {
	for _, c := range caps {
		if !slices.Contains(at.caps, c) {
			at.caps = append(at.caps, c)
		}
	}
	for _, k := range kernels {
		if !slices.Contains(at.kernels, k) {
			at.kernels = append(at.kernels, k)
		}
	}
}

// atoms returns those of each call, whose names it returns in order.
func (p *Profile) atoms() (calls map[string]*atoms, names []string) {
	calls = map[string]*atoms{}
	for i := range p.entries {
		e := &p.entries[i]
		for _, n := range e.Names {
			at := calls[n.Name]
			if at == nil {
				at = &atoms{}
				calls[n.Name] = at
				names = append(names, n.Name)
			}
			for _, g := range []*guard{&e.Includes, &e.Excludes} {
				at.add(g.Caps)
				if g.MinKernel != nil {
					at.add(nil, *g.MinKernel)
				}
			}
		}
	}
	for _, name := range names { // a call by a multiplexer is answered by the rules of both
		for a := range arch.All() {
			if nr, _, ok := syscalls.Mux(a, name); ok {
				via, _ := syscalls.Name(a, nr)
				if mux := calls[via]; mux != nil {
					calls[name].add(mux.caps, mux.kernels...)
				}
			}
		}
	}
	return calls, names
}

// Variants returns Targets for a native ABI that together cover the guards of each call
// that the profile names. They include every combination of capabilities and kernels that
// the guards of the call's entries distinguish. The guards of a multiplexer that makes the
// call count, too.
func (p *Profile) Variants(a arch.Arch) (list []Target, err error) {
	p = p.orZero()
	calls, names := p.atoms()
	newest := syscalls.Version{Major: 6, Minor: 18}
	size := 0
	for i := range p.entries {
		size += len(p.entries[i].Names)
	}
	for _, at := range calls {
		for _, k := range at.kernels {
			if k.Compare(newest) > 0 {
				newest = k
			}
		}
	}
	seen := map[string]bool{}
	add := func(caps []string, k syscalls.Version) {
		slices.Sort(caps)
		if key := strings.Join(caps, " ") + k.String(); !seen[key] {
			seen[key] = true
			list = append(list, Target{Arch: a, Caps: caps, Kernel: k})
		}
	}
	for _, name := range names {
		at := calls[name]
		if len(at.caps) > maxGuards {
			return nil, fmt.Errorf("the guards of %s name %d capabilities (%d at most)", name, len(at.caps), maxGuards)
		}
		kernels := []syscalls.Version{newest}
		for _, k := range at.kernels {
			kernels = append(kernels, k, before(k))
		}
		for set := range 1 << len(at.caps) {
			var caps []string
			for i, c := range at.caps {
				if set>>i&1 == 1 {
					caps = append(caps, c)
				}
			}
			for _, k := range kernels {
				if k.Compare(firstFilters) >= 0 {
					add(slices.Clone(caps), k)
				}
			}
			if len(list) > 1 && len(list)*size > maxResolved {
				return nil, fmt.Errorf("the guards of %s and others tell %d or more targets apart, each of which takes %d names, and all together %d at most (part the profile, or name fewer capabilities and kernels for one call)", name, len(list), size, maxResolved)
			}
		}
	}
	return list, nil
}

// before returns a version before another one.
func before(v syscalls.Version) syscalls.Version {
	if v.Minor > 0 {
		return syscalls.Version{Major: v.Major, Minor: v.Minor - 1}
	}
	return syscalls.Version{Major: v.Major - 1, Minor: 99}
}

// Natives returns the ABIs that archMap has elements for, or else all of architectures.
// It is empty if the profile has neither.
func (p *Profile) Natives() (list []arch.Arch) {
	p = p.orZero()
	for _, m := range p.archMap {
		if !slices.Contains(list, m.Arch) {
			list = append(list, m.Arch)
		}
	}
	for _, a := range p.architectures {
		if !slices.Contains(list, a.Arch) {
			list = append(list, a.Arch)
		}
	}
	return list
}
