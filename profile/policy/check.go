package policy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seccompile/seccompile/arch"
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
	c.action("Default", p.Default)
	c.action("BadArch", p.BadArch)
	c.flags(p)
	if len(p.Arches) == 0 {
		c.fault("Arches", "is empty (the native ABI is the first)")
	}
	for i := range p.Arches {
		c.arch(fmt.Sprintf("Arches[%d]", i), p, i)
	}
	return errors.Join(c.faults...)
}

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
func (c *checker) action(path string, a Action) {
	switch {
	case !a.Valid():
		c.fault(path, "is %s, which is not an action (use the constants, Errno and Trace)", a)
	case a != a.Effective():
		c.fault(path, "is %s, which the kernel takes for %s (write that)", a, a.Effective())
	}
}

func (c *checker) flags(p *Policy) {
	notifies := p.Default == Notify || p.BadArch == Notify || slices.ContainsFunc(p.Arches, func(a ArchPolicy) bool {
		return slices.ContainsFunc(a.Rules, func(r Rule) bool { return r.Action == Notify })
	})
	for i, f := range p.Flags {
		path := fmt.Sprintf("Flags[%d]", i)
		switch {
		case !f.Valid():
			c.fault(path, "is %s, which is not a flag (use the constants)", f)
		case slices.Contains(p.Flags[:i], f):
			c.fault(path, "is %s, as an earlier one is (delete it)", f)
		case !f.inPolicy():
			c.fault(path, "is %s, which says who installs the filter, not what it means (install.Options has it)", f)
		case f == FlagWaitKillableRecv && !notifies:
			c.fault(path, "is %s, which the kernel refuses without NOTIFY (delete it)", f)
		}
	}
	if has := slices.Contains(p.Flags, FlagNewListener); has != notifies {
		if has {
			c.fault("Flags", "have %s, and nothing says NOTIFY (delete it)", FlagNewListener)
		} else {
			c.fault("Flags", "lack %s, without which every call that says NOTIFY fails with ENOSYS (add it)", FlagNewListener)
		}
	}
}

// arch faults the part of the policy for ABI i.
func (c *checker) arch(path string, p *Policy, i int) {
	a, native := &p.Arches[i], p.Arches[0].Arch
	switch {
	case !a.Arch.Valid():
		c.fault(path+".Arch", "is %d, which is not an ABI (use a constant of package arch)", a.Arch)
		return
	case slices.ContainsFunc(p.Arches[:i], func(o ArchPolicy) bool { return o.Arch == a.Arch }):
		c.fault(path+".Arch", "is %s, as an earlier one is (put the rules of both into one)", a.Arch)
	case native.Valid() && a.Arch.ByteOrder() != native.ByteOrder():
		c.fault(path+".Arch", "is %s, which has the other byte order than %s (make a policy for each)", a.Arch, native)
	}
	for j, r := range a.Newer {
		at := fmt.Sprintf("%s.Newer[%d]", path, j)
		if r.Lo > r.Hi {
			c.fault(at, "goes from %d to %d (Lo comes first)", r.Lo, r.Hi)
		} else if j > 0 && r.Lo <= a.Newer[j-1].Hi {
			c.fault(at, "starts at %d, not after the one before, which ends at %d (sort them, without overlaps)", r.Lo, a.Newer[j-1].Hi)
		}
	}
	if len(a.Newer) > 0 {
		c.action(path+".Enosys", a.Enosys)
	}
	for j := range a.Rules {
		c.rule(fmt.Sprintf("%s.Rules[%d]", path, j), a.Arch, &a.Rules[j])
	}
}

func (c *checker) rule(path string, a arch.Arch, r *Rule) {
	c.action(path+".Action", r.Action)
	for k := range r.Conds {
		c.cond(fmt.Sprintf("%s.Conds[%d]", path, k), r.Conds[k])
	}
}

func (c *checker) cond(path string, d Cond) {
	beyond := ^d.Field() // the bits that are not compared
	switch {
	case d.Arg > 5:
		c.fault(path+".Arg", "is %d (a call has six arguments, 0 to 5)", d.Arg)
	case d.Op.SCMP() == "":
		c.fault(path+".Op", "is %d, which is not an operator (use a constant)", d.Op)
	case d.Width != 0 && d.Width != 16 && d.Width != 32 && d.Width != 64:
		c.fault(path+".Width", "is %d (the kernel reads 16, 32 or 64 bits; 0 stands for 64)", d.Width)
	case d.Value&beyond != 0:
		c.fault(path+".Value", "is %#x, which has bits beyond Width, %d (delete them)", d.Value, d.Width)
	case d.Mask&beyond != 0:
		c.fault(path+".Mask", "is %#x, which has bits beyond Width, %d (delete them)", d.Mask, d.Width)
	case d.Op != MaskedEQ && d.Mask != 0:
		c.fault(path+".Mask", "is %#x, and %s has no mask (use MaskedEQ, or delete it)", d.Mask, d.Op)
	}
}
