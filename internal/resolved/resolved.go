// Package resolved lets the compiler read the policy of a profile.Resolution without the
// copy that Resolution.Policy makes.
package resolved

import "github.com/seccompile/seccompile/profile/policy"

// Policy returns the policy of a *profile.Resolution, which must not be changed. It is
// nil if Resolve did not return the Resolution. Package profile sets the function.
var Policy func(resolution any) *policy.Policy
