package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxFaults is how many faults Check lists.
const maxFaults = 100

// Check returns every fault of the policy, joined, each with the path of its field. It
// reports at most a hundred. A policy without faults can be compiled.
func (p *Policy) Check() error {
	if p == nil {
		return errors.New("no policy: nil (Resolve returns one)")
	}
	c := &checker{}
	c.action(at("Default"), p.Default)
	c.action(at("BadArch"), p.BadArch)
	c.flags(p)
	if len(p.Arches) == 0 {
		c.fault("Arches", "is empty (the native ABI is the first)")
	}
	known := true
	for i := range p.Arches {
		known = c.abi(fmt.Sprintf("Arches[%d].Arch", i), p, i) && known
	}
	for i := range p.Arches {
		var numbers []Range
		if known {
			numbers = p.anyNumbers(p.Arches[i].Arch)
		}
		c.arch(at(fmt.Sprintf("Arches[%d]", i)), &p.Arches[i], numbers)
	}
	return errors.Join(c.faults...)
}

// A field returns the path of a field within the one that it stands for. Rules are many
// and faults few: no path is made before there is a fault.
type field func(within string) string

// at returns the field at a path.
func at(path string) field { return func(within string) string { return path + within } }

// A checker collects the faults of a policy.
type checker struct{ faults []error }

// fault adds a fault of the field at path.
func (c *checker) fault(path, format string, args ...any) {
	switch n := len(c.faults); {
	case n < maxFaults:
		c.faults = append(c.faults, fieldError("Policy."+path+" "+fmt.Sprintf(format, args...)))
	case n == maxFaults:
		c.faults = append(c.faults, fmt.Errorf("more than %d faults: the others are not listed", maxFaults))
	}
}

// A fieldError starts with the path of a field.
type fieldError string

func (e fieldError) Error() string { return string(e) }

// action faults a word that the kernel takes for another action.
func (c *checker) action(f field, a Action) {
	switch {
	case !a.Valid():
		c.fault(f(""), "is %s, which is not an action (use the constants, Errno and Trace)", a)
	case a != a.Effective():
		c.fault(f(""), "is %s, which the kernel treats as %s (write that)", a, a.Effective())
	}
}

// notifies reports whether the policy says NOTIFY anywhere.
func (p *Policy) notifies() bool {
	return p.Default == Notify || p.BadArch == Notify || slices.ContainsFunc(p.Arches, func(a ArchPolicy) bool {
		return len(a.Newer) > 0 && a.Enosys == Notify || slices.ContainsFunc(a.Rules, func(r Rule) bool { return r.Action == Notify })
	})
}

func (c *checker) flags(p *Policy) {
	notifies := p.notifies()
	for i, f := range p.Flags {
		path := fmt.Sprintf("Flags[%d]", i)
		switch {
		case !f.Valid():
			c.fault(path, "is %s, which is not a flag (use the constants)", f)
		case slices.Contains(p.Flags[:i], f):
			c.fault(path, "is %s, like an earlier one (delete it)", f)
		case !f.inPolicy():
			c.fault(path, "is %s, which is about the installation (set it in install.Options)", f)
		case f == FlagWaitKillableRecv && !notifies:
			c.fault(path, "is %s, which the kernel refuses without NOTIFY (delete it)", f)
		}
	}
	if has := slices.Contains(p.Flags, FlagNewListener); has != notifies {
		if has {
			c.fault("Flags", "have %s, and no action is NOTIFY (delete it)", FlagNewListener)
		} else {
			c.fault("Flags", "lack %s, without which every NOTIFY call fails with ENOSYS (add it)", FlagNewListener)
		}
	}
}

// abi reports whether nothing is wrong with the choice of ABI i.
func (c *checker) abi(path string, p *Policy, i int) bool {
	a, native := p.Arches[i].Arch, p.Arches[0].Arch
	switch {
	case !a.Valid():
		c.fault(path, "is %d, which is not an ABI (use a constant of package arch)", a)
	case slices.ContainsFunc(p.Arches[:i], func(o ArchPolicy) bool { return o.Arch == a }):
		c.fault(path, "is %s, like an earlier one (put the rules of both into one)", a)
	case native.Valid() && a.ByteOrder() != native.ByteOrder():
		c.fault(path, "is %s, which does not have the byte order of %s (make a policy for each)", a, native)
	default:
		return true
	}
	return false
}

// arch faults the part of the policy for an ABI. It answers calls with these numbers;
// none means that they are unknown.
func (c *checker) arch(f field, a *ArchPolicy, numbers []Range) {
	for j, r := range a.Newer {
		at := f(fmt.Sprintf(".Newer[%d]", j))
		switch {
		case r.Lo > r.Hi:
			c.fault(at, "goes from %d to %d (Lo comes first)", r.Lo, r.Hi)
		case j > 0 && r.Lo <= a.Newer[j-1].Hi:
			c.fault(at, "starts at %d, not after the one before, which ends at %d (sort them, without overlaps)", r.Lo, a.Newer[j-1].Hi)
		case numbers != nil && !meets(numbers, r):
			c.fault(at, "is %#x..%#x, and no call of %s in this filter has such a number (they have %s)", r.Lo, r.Hi, a.Arch, rangeList(numbers))
		}
	}
	if len(a.Newer) > 0 {
		c.action(at(f(".Enosys")), a.Enosys)
	} else if a.Enosys != 0 {
		c.fault(f(".Enosys"), "is %s, and Newer, the calls that get it, is empty (delete it)", a.Enosys)
	}
	for j := range a.Rules {
		r := &a.Rules[j]
		rule := func(within string) string { return f(fmt.Sprintf(".Rules[%d]", j) + within) }
		if numbers != nil && !meets(numbers, Range{r.Nr, r.Nr}) {
			c.fault(rule(".Nr"), "is %#x, and no call of %s in this filter has that number (they have %s)", r.Nr, a.Arch, rangeList(numbers))
		}
		c.action(func(string) string { return rule(".Action") }, r.Action)
		for k := range r.Conds {
			c.cond(func(within string) string { return rule(fmt.Sprintf(".Conds[%d]", k) + within) }, r.Conds[k])
		}
	}
}

// meets reports whether a number of r is in one of the ranges.
func meets(list []Range, r Range) bool {
	for _, o := range list {
		if r.Lo <= o.Hi && o.Lo <= r.Hi {
			return true
		}
	}
	return false
}

// rangeList returns ranges as text.
func rangeList(list []Range) string {
	var words []string
	for _, r := range list {
		words = append(words, fmt.Sprintf("%#x..%#x", r.Lo, r.Hi))
	}
	return strings.Join(words, ", ")
}

// cond faults a condition. The bits of an invalid width are unknown.
func (c *checker) cond(f field, d Cond) {
	beyond := ^d.Field() // the bits that are not compared
	if d.Arg > 5 {
		c.fault(f(".Arg"), "is %d (a call has six arguments, 0 to 5)", d.Arg)
	}
	known := d.Op.SCMP() != ""
	if !known {
		c.fault(f(".Op"), "is %d, which is not an operator (use a constant)", d.Op)
	}
	if d.Width != 0 && d.Width != 16 && d.Width != 32 && d.Width != 64 {
		c.fault(f(".Width"), "is %d (the kernel reads 16, 32 or 64 bits; 0 means 64)", d.Width)
		beyond = 0
	}
	if d.Value&beyond != 0 {
		c.fault(f(".Value"), "is %#x, which has bits beyond Width, %d (delete them)", d.Value, d.Width)
	}
	if known && d.Op != MaskedEQ && d.Mask != 0 {
		c.fault(f(".Mask"), "is %#x, and %s has no mask (use MaskedEQ, or delete it)", d.Mask, d.Op)
	} else if d.Mask&beyond != 0 {
		c.fault(f(".Mask"), "is %#x, which has bits beyond Width, %d (delete them)", d.Mask, d.Width)
	}
}
