package install

import "github.com/seccompile/seccompile/internal/abi"

// Probe returns the actions and flags that the running kernel accepts, backports
// included: high halves of SECCOMP_RET_* words, and SECCOMP_FILTER_FLAG_* bits. Both
// are empty where there are no filters. An outer filter may hide what the kernel has.
//
//	target.Features = profile.FeaturesOf(install.Probe())
func Probe() (actions []uint32, flags uint) {
	for _, row := range abi.Actions {
		if row.Name != "" && HaveAction(row.Ret) == nil {
			actions = append(actions, row.Ret)
		}
	}
	for _, row := range abi.Flags {
		if HaveFlag(row.Flag) == nil {
			flags |= row.Flag
		}
	}
	return actions, flags
}
