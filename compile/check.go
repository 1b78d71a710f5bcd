package compile

import (
	"errors"
	"fmt"

	"github.com/seccompile/seccompile/profile"
)

var errNoFilter = errors.New("no filter: nil (Policy, Profile, JSON and Load return one)")

// check reports what keeps a policy from being compiled, or nil: it is nil, lacks
// ABIs, has an invalid one, or ABIs of both byte orders. Resolve returns no such
// policy.
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
	}
	return nil
}
