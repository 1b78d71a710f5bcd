package record

import (
	"slices"
)

// Values are the recorded values of an argument.
type Values struct {
	List     []uint64 // the values, ascending; nil if there were more than 32
	Min, Max uint64   // the smallest and the largest
	Or, And  uint64   // bits that were set in some value, and in all
	seen     bool
}

func (v *Values) add(n uint64) {
	v.merge(&Values{List: []uint64{n}, Min: n, Max: n, Or: n, And: n, seen: true})
}

// merge adds what another has. In whatever order values come, the result is the same.
func (v *Values) merge(other *Values) {
	switch {
	case !other.seen:
		return
	case !v.seen:
		*v = *other
		v.List = slices.Clone(other.List)
		return
	}
	v.Min, v.Max = min(v.Min, other.Min), max(v.Max, other.Max)
	v.Or, v.And = v.Or|other.Or, v.And&other.And
	if v.List == nil || other.List == nil {
		v.List = nil
		return
	}
	for _, n := range other.List {
		if i, found := slices.BinarySearch(v.List, n); !found {
			v.List = slices.Insert(v.List, i, n)
		}
	}
	if len(v.List) > maxValues {
		v.List = nil
	}
}

// equal reports whether both have the same.
func (v *Values) equal(other *Values) bool {
	return v.Min == other.Min && v.Max == other.Max && v.Or == other.Or && v.And == other.And &&
		(v.List == nil) == (other.List == nil) && slices.Equal(v.List, other.List)
}

// sum adds counts. One that would be more than 64 bits hold is the greatest.
func sum(a, b uint64) uint64 {
	if a > ^uint64(0)-b {
		return ^uint64(0)
	}
	return a + b
}
