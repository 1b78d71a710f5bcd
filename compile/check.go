package compile

import (
	"errors"
	"fmt"

	"github.com/seccompile/seccompile/profile"
)

var errNoFilter = errors.New("no filter: nil (Policy, Profile, JSON and Load return one)")

// check reports what keeps a policy from being compiled, or nil: it is nil, lacks
// ABIs, has an invalid one, or ABIs of both byte orders, rules out of order or
// conditions that mean nothing. Resolve returns no such policy.
func check(pol *profile.Policy) error {
	if pol == nil {
		return errors.New("no policy: nil (Resolve returns one)")
	}
	if len(pol.Arches) == 0 {
		return errors.New("a policy without ABIs (Resolve returns none)")
	}
	native := pol.Arches[0].Arch
	for i := range pol.Arches {
		switch a := pol.Arches[i].Arch; {
		case !a.Valid():
			return fmt.Errorf("Arches[%d].Arch is %d, which is not an ABI (use a constant of package arch)", i, a)
		case a.ByteOrder() != native.ByteOrder():
			return fmt.Errorf("Arches[%d].Arch is %s, which has the other byte order than %s (make a policy for each)", i, a, native)
		}
		for j, rule := range pol.Arches[i].Rules {
			if j > 0 && rule.Nr < pol.Arches[i].Rules[j-1].Nr {
				return fmt.Errorf("Arches[%d].Rules[%d].Nr is %d, which is less than that of the rule before (sort the rules by number)", i, j, rule.Nr)
			}
			for k, c := range rule.Conds {
				if what := checkCond(c); what != "" {
					return fmt.Errorf("Arches[%d].Rules[%d].Conds[%d].%s", i, j, k, what)
				}
			}
		}
	}
	return nil
}

// checkCond returns which field of a condition means nothing, and why, or "".
func checkCond(c profile.Cond) string {
	beyond := uint64(0) // the bits that are not compared
	if c.Width > 0 {
		beyond = ^uint64(0) << c.Width
	}
	switch {
	case c.Arg < 0 || c.Arg > 5:
		return fmt.Sprintf("Arg is %d (a call has six arguments, 0 to 5)", c.Arg)
	case c.Op < profile.NE || c.Op > profile.MaskedEQ:
		return fmt.Sprintf("Op is %d, which is not an operator (use a constant of package profile)", c.Op)
	case c.Width != 0 && c.Width != 16 && c.Width != 32 && c.Width != 64:
		return fmt.Sprintf("Width is %d (the kernel reads 16, 32 or 64 bits; 0 stands for 64)", c.Width)
	case c.Value&beyond != 0:
		return fmt.Sprintf("Value is %#x, which has bits beyond Width, %d", c.Value, c.Width)
	case c.Mask&beyond != 0:
		return fmt.Sprintf("Mask is %#x, which has bits beyond Width, %d", c.Mask, c.Width)
	}
	return ""
}
