package install

import "github.com/seccompile/seccompile/internal/abi"

// Probe returns the actions and flags that the running kernel accepts, including
// backports. Actions are high halves of SECCOMP_RET_* words, and flags are
// SECCOMP_FILTER_FLAG_* bits. Both are empty if the kernel has no filters. An outer
// filter may hide features of the kernel.
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
