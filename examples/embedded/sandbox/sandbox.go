// Package sandbox has the policy of the program. Only its generator and tests import it.
package sandbox

import (
	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/compile"
	"github.com/seccompile/seccompile/compile/generate"
	"github.com/seccompile/seccompile/profile"
	"github.com/seccompile/seccompile/profile/policy"
)

// Policy allows what Go's runtime needs, and reading and writing of open files.
func Policy() (*profile.Profile, error) {
	return profile.New(policy.KillProcess).
		AllowGo().
		Allow("read", "write").
		Profile()
}

// Files returns a Go file for each ABI for which the program is built.
func Files() (generate.Files, error) {
	p, err := Policy()
	if err != nil {
		return generate.Files{}, err
	}
	var filters []compile.Compiled
	for _, a := range []arch.Arch{arch.X86_64, arch.AArch64} {
		f, err := compile.Profile(p, profile.Target{Arch: a}, compile.Options{})
		if err != nil {
			return generate.Files{}, err
		}
		filters = append(filters, f)
	}
	return generate.Go(generate.Options{Package: "main"}, filters...)
}
