package compile

import (
	"fmt"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/abi"
	"github.com/seccompile/seccompile/internal/vm"
	"github.com/seccompile/seccompile/profile"
)

// Options say how to compile. The zero value is right.
type Options struct {
	Parse profile.ParseOptions // how JSON reads its text
}

// JSON compiles the text of a profile.
func JSON(text []byte, t profile.Target, o Options) (*Filter, error) {
	p, err := profile.Parse(text, o.Parse)
	if err != nil {
		return nil, err
	}
	return Profile(p, t, o)
}

// Profile compiles a profile for a target.
func Profile(p *profile.Profile, t profile.Target, o Options) (*Filter, error) {
	pol, err := p.Resolve(t)
	if err != nil {
		return nil, err
	}
	return Policy(pol, o)
}

// Policy compiles a policy. Its errors are a *SizeError, and a *BugError, which
// no policy should give.
func Policy(pol *profile.Policy, o Options) (*Filter, error) {
	if len(pol.Arches) == 0 {
		return nil, fmt.Errorf("a policy without ABIs (Resolve returns none)")
	}
	native := pol.Arches[0].Arch
	insns := emit(lower(pol), bigEndian(native), native.Audit())
	if len(insns) > abi.MaxInsns {
		return nil, tooLarge(pol, len(insns))
	}
	prog, err := vm.New(insns, native.ByteOrder())
	if err != nil {
		return nil, &BugError{err}
	}
	return &Filter{insns: insns, program: prog, native: native, policy: pol}, nil
}

func bigEndian(a arch.Arch) bool {
	return a.ByteOrder().Uint16([]byte{1, 0}) != 1
}
