package profile

import (
	"fmt"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/profile/policy"
)

// How many entries a printed profile may have: so many times those that it would have if
// each rule took one, or smallPrint if that is more. Beyond, nobody reads it.
const (
	printGrowth = 4
	smallPrint  = 128 // two comparisons of 64 bits
)

// count takes account of the entries of a call.
func (p *printer) count(a arch.Arch, name string, rules []*policy.Rule, entries int) {
	if p.least == nil {
		p.least = map[string]bool{}
	}
	for _, r := range rules {
		p.least[r.Action.String()+condsKey(wide(r.Conds))] = true
	}
	if entries > p.entries {
		p.most, p.entries = PrintError{Arch: a, Call: name}, entries
	}
}

// size reports, as an error, that the profile has become too large.
func (p *printer) size() error {
	n, most := len(p.out.Syscalls), max(printGrowth*len(p.least), smallPrint)
	if n <= most {
		return nil
	}
	p.most.Reason = fmt.Sprintf("it takes %d entries, as runc and libseccomp read them, and the profile %d (%d at most, as it has %d rules that differ)", p.entries, n, most, len(p.least))
	return &p.most
}
