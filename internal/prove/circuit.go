package prove

// A value is what a register or a word of scratch memory holds: 32 functions of
// the input, the lowest bit first. Arithmetic on values is by the circuits that
// a machine has for it, so that it is exact for all inputs at once, constants
// included.
type value [32]node

// constant returns the value that is k for every input.
func constant(k uint32) (v value) {
	for i := range v {
		v[i] = node(k >> i & 1)
	}
	return v
}

// input returns the value that is a word of the input.
func (d *diagrams) input(w word) (v value) {
	for i := range v {
		v[i] = d.bit(w.level(i))
	}
	return v
}

// each returns the value of op on each pair of bits.
func (a *value) each(x *value, op func(a, x node) node) (v value) {
	for i := range v {
		v[i] = op(a[i], x[i])
	}
	return v
}

// pick returns then where the condition holds, else other.
func (d *diagrams) pick(cond node, then, other *value) value {
	return then.each(other, func(t, o node) node { return d.ite(cond, t, o) })
}

// add returns a + x + carry.
func (d *diagrams) add(a, x *value, carry node) (sum value) {
	for i := range sum {
		one := d.xor(a[i], x[i])
		sum[i] = d.xor(one, carry)
		carry = d.ite(one, carry, a[i])
	}
	return sum
}

// sub returns a - x, which is a + ^x + 1.
func (d *diagrams) sub(a, x *value) value {
	inverse := x.each(x, func(b, _ node) node { return d.not(b) })
	return d.add(a, &inverse, yes)
}

// mul returns the low 32 bits of a * x.
func (d *diagrams) mul(a, x *value) (product value) {
	for i, b := range x {
		row := a.left(i)
		row = row.each(&row, func(a, _ node) node { return d.and(a, b) })
		product = d.add(&product, &row, no)
	}
	return product
}

// div returns a / x where x is not 0, by long division.
func (d *diagrams) div(a, x *value) (quotient value) {
	var rest value
	for i := 31; i >= 0; i-- {
		rest = rest.left(1) // no bit is lost: the rest is less than the bits taken from a so far
		rest[0] = a[i]
		quotient[i] = d.not(d.less(&rest, x))
		less := d.sub(&rest, x)
		rest = d.pick(quotient[i], &less, &rest)
	}
	return quotient
}

// left and right return the value shifted by n bits.
func (a *value) left(n int) (v value) {
	copy(v[n:], a[:])
	return v
}

func (a *value) right(n int) (v value) {
	copy(v[:], a[n:])
	return v
}

// shift returns a shifted by the low five bits of x.
func (d *diagrams) shift(a, x *value, by func(a *value, n int) value) value {
	v := *a
	for i := range 5 {
		far := by(&v, 1<<i)
		v = d.pick(x[i], &far, &v)
	}
	return v
}

// equal, less and meet return the conditions a == x, a < x and a & x != 0.
func (d *diagrams) equal(a, x *value) node {
	c := yes
	for i := range a {
		c = d.ite(a[i], d.by(x[i], c, no), d.by(x[i], no, c))
	}
	return c
}

func (d *diagrams) less(a, x *value) node {
	c := no
	for i := range a { // of the bits that differ the highest decides
		c = d.ite(a[i], d.by(x[i], c, no), d.by(x[i], yes, c))
	}
	return c
}

func (d *diagrams) meet(a, x *value) node {
	c := no
	for i := range a {
		c = d.ite(a[i], d.by(x[i], yes, c), c)
	}
	return c
}

// by is ite for conditions most of which are constants.
func (d *diagrams) by(cond, then, other node) node {
	switch cond {
	case yes:
		return then
	case no:
		return other
	}
	return d.ite(cond, then, other)
}

// verdict returns the function that answers every input with the word that the
// value has for it.
func (d *diagrams) verdict(v *value) node {
	return d.expand(*v, map[value]node{})
}

// expandSteps is what a call of expand counts for: it looks at 32 functions.
const expandSteps = 64

func (d *diagrams) expand(v value, done map[value]node) node {
	level := atLeaf
	for _, b := range v {
		level = min(level, d.rows[b].level)
	}
	if level == atLeaf {
		var k uint32
		for i, b := range v {
			k |= uint32(b) << i
		}
		return d.leaf(k)
	}
	n, ok := done[v]
	if d.spend(expandSteps); ok || d.full {
		return n
	}
	var lo, hi value
	for i, b := range v {
		lo[i], hi[i] = d.rows[b].split(level, b)
	}
	n = d.test(level, d.expand(lo, done), d.expand(hi, done))
	done[v] = n
	return n
}
