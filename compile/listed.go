package compile

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/seccompile/seccompile/arch"
	"github.com/seccompile/seccompile/internal/prove"
	"github.com/seccompile/seccompile/profile/policy"
	"github.com/seccompile/seccompile/syscalls"
)

// listed returns the differences of a proof for people: by call. What is not a call is one
// difference for all numbers, and then for all audit values, of which the same is true.
func listed(runs []prove.Difference, native arch.Arch) []Difference {
	var list []Difference
	numbers := map[string]int{} // where in list, by all but numbers
	for _, r := range runs {
		for _, own := range audits(r, native) {
			for _, d := range named(r, own) {
				key := fmt.Sprint(d.Arch, d.Audits, d.Old, d.New, d.Where, d.Beyond)
				i, ok := numbers[key]
				switch {
				case d.Call != "":
					list = append(list, d)
				case !ok:
					numbers[key] = len(list)
					list = append(list, d)
				default:
					list[i].Numbers = join(list[i].Numbers, d.Numbers)
				}
			}
		}
	}
	list = joinAudits(list)
	slices.SortStableFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(rank(a.Arch, native), rank(b.Arch, native)), cmp.Compare(a.Witness.Nr, b.Witness.Nr),
			cmp.Compare(a.Old, b.Old), cmp.Compare(a.New, b.New))
	})
	return list
}

// joinAudits makes differences of audit values that do not belong to an ABI one if they
// differ in nothing but these.
func joinAudits(list []Difference) (joined []Difference) {
	at := map[string]int{}
	for _, d := range list {
		if d.Arch == 0 {
			key := fmt.Sprint(d.Numbers, d.Old, d.New, d.Where, d.Beyond)
			if i, ok := at[key]; ok {
				joined[i].Audits = join(joined[i].Audits, d.Audits)
				continue
			}
			at[key] = len(joined)
		}
		joined = append(joined, d)
	}
	return joined
}

// A part is the audit values and numbers of a difference that are one ABI's, or of none
// that is known.
type part struct {
	audits, numbers policy.Range
}

// audits parts a run by audit values: those of the ABIs of the native one's kernel are
// apart from others, and where x86_64 and x32 take turns their numbers are.
func audits(r prove.Difference, native arch.Arch) (list []part) {
	var known []uint32
	for a := range arch.All() {
		if audit := a.Audit(); a.SameKernel(native) && r.FirstAudit <= audit && audit <= r.LastAudit {
			known = append(known, audit)
		}
	}
	slices.Sort(known)
	add := func(lo, hi uint32) {
		for _, own := range halves(lo, hi, policy.Range{Lo: r.FirstNr, Hi: r.LastNr}) {
			list = append(list, part{policy.Range{Lo: lo, Hi: hi}, own})
		}
	}
	next := uint64(r.FirstAudit)
	for _, audit := range slices.Compact(known) {
		if next < uint64(audit) {
			add(uint32(next), audit-1)
		}
		add(audit, audit)
		next = uint64(audit) + 1
	}
	if next <= uint64(r.LastAudit) {
		add(uint32(next), r.LastAudit)
	}
	return list
}

// halves parts numbers where x86_64 and x32 take turns, as [arch.Of] has it: the last
// number is x86_64's.
func halves(firstAudit, lastAudit uint32, numbers policy.Range) (list []policy.Range) {
	const bit = arch.X32Bit
	if firstAudit != lastAudit || firstAudit != arch.X86_64.Audit() {
		return []policy.Range{numbers}
	}
	for lo := numbers.Lo; ; {
		hi := min(numbers.Hi, lo|(bit-1))
		if hi == math.MaxUint32 && lo < hi {
			hi--
		}
		list = append(list, policy.Range{Lo: lo, Hi: hi})
		if hi == numbers.Hi {
			return list
		}
		lo = hi + 1
	}
}

// named returns the differences of a run over a part of it: one for each call, and one for
// the numbers between them.
func named(r prove.Difference, own part) (list []Difference) {
	base := Difference{Old: r.Old, New: r.New, Change: change(r.Old, r.New), Witness: r.Witness, Where: casesOf(r.Where), Beyond: r.Beyond}
	base.Witness.Audit, base.Witness.Nr = own.audits.Lo, own.numbers.Lo
	a, ok := arch.Of(own.audits.Lo, own.numbers.Lo)
	if !ok || own.audits.Lo != own.audits.Hi {
		base.Audits = []policy.Range{own.audits}
		if base.Numbers = []policy.Range{own.numbers}; own.numbers == (policy.Range{Hi: math.MaxUint32}) {
			base.Numbers = nil
		}
		return []Difference{base}
	}
	base.Arch = a
	add := func(lo, hi uint32, call string) {
		d := base
		d.Call, d.Numbers, d.Witness.Nr = call, []policy.Range{{Lo: lo, Hi: hi}}, lo
		list = append(list, d)
	}
	next := own.numbers.Lo // the first number that has no difference yet
	for nr, name := range syscalls.All(a) {
		if nr < next || nr > own.numbers.Hi {
			continue // or another name of the last one
		}
		if next < nr {
			add(next, nr-1, "")
		}
		add(nr, nr, name)
		if next = nr + 1; nr == own.numbers.Hi {
			return list
		}
	}
	add(next, own.numbers.Hi, "")
	return list
}

// join returns the ranges of both, those that touch as one. All of b is after a.
func join(a, b []policy.Range) []policy.Range {
	for _, r := range b {
		if n := len(a); n > 0 && a[n-1].Hi+1 == r.Lo {
			a[n-1].Hi = r.Hi
		} else {
			a = append(a, r)
		}
	}
	return a
}

// rank puts the native ABI first, then other ABIs, then unknown audit values.
func rank(a, native arch.Arch) int {
	switch {
	case a == native:
		return 0
	case a.Valid():
		return int(a)
	}
	return 1 << 8
}
