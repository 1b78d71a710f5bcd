package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestWord(t *testing.T) {
	want := []string{"arch", "nr",
		"a0.low", "a0.high", "a0.low", "a1.low", "a1.high", "a1.low", "a2.low", "a2.high", "a2.low",
		"a3.low", "a3.high", "a3.low", "a4.low", "a4.high", "a4.low", "a5.low", "a5.high", "a5.low"}
	var got []string
	for w := range Word(Words) {
		got = append(got, w.String())
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("String of the words (-want +got)\n%s", diff)
	}
	for i := range 6 {
		if h, l := High(i).String(), Low(i).String(); h != fmt.Sprintf("a%d.high", i) || l != fmt.Sprintf("a%d.low", i) {
			t.Errorf("High(%d) = %s, Low(%d) = %s", i, h, i, l)
		}
	}
}

// TestOrder: by word, and of one word the whole first.
func TestOrder(t *testing.T) {
	order := []Test{{Arch, whole}, {Nr, whole}, {Nr, 0x80000000}, {Nr, 7}, {Nr, 1}, {High(0), 1}, {Low(0), whole}, {High(1), whole}, {Low(5), 0}}
	for i, a := range order {
		for j, b := range order {
			if got, want := a.compare(b), cmp.Compare(i, j); got != want {
				t.Errorf("%+v.compare(%+v) = %d, want %d", a, b, got, want)
			}
		}
	}
	if !slices.IsSortedFunc(tests, Test.compare) {
		t.Errorf("the random diagrams' tests are out of order: %+v", tests)
	}
}

func TestEval(t *testing.T) {
	var b Builder
	nr := Test{Nr, whole}
	flags := Test{Low(0), 0xf0}
	n := b.Split(nr, []uint32{1, 5, whole}, []*Node{
		b.Leaf(10),
		b.Split(flags, []uint32{0x10, 0x20}, []*Node{b.Leaf(20), b.Leaf(21), b.Leaf(22)}),
		b.Below(Test{High(5), whole}, 1, b.Leaf(30), b.Leaf(31)),
		b.Leaf(40),
	})
	type words map[Word]uint32
	tests := []struct {
		words words
		want  uint32
	}{
		{nil, 10},
		{words{Arch: whole, High(0): whole}, 10},
		{words{Nr: 1}, 20},
		{words{Nr: 4, Low(0): 0x0f}, 20},
		{words{Nr: 4, Low(0): 0x10}, 21},
		{words{Nr: 4, Low(0): 0xffffff1f}, 21},
		{words{Nr: 4, Low(0): 0x20}, 22},
		{words{Nr: 4, Low(0): whole}, 22},
		{words{Nr: 5}, 30},
		{words{Nr: whole - 1, Low(5): whole}, 30},
		{words{Nr: whole - 1, High(5): 1}, 31},
		{words{Nr: whole}, 40},
	}
	for _, tt := range tests {
		var w [Words]uint32
		for i, v := range tt.words {
			w[i] = v
		}
		if got := n.Eval(&w); got != tt.want {
			t.Errorf("Eval(%v) = %d, want %d", tt.words, got, tt.want)
		}
	}
	if got := b.Leaf(7).Eval(new([Words]uint32)); got != 7 {
		t.Errorf("Eval of a leaf = %d, want 7", got)
	}
}

func TestFormat(t *testing.T) {
	var b Builder
	verdict := func(v uint32) string { return fmt.Sprintf("<%d>", v) }
	if got, want := b.Leaf(3).Format(verdict), " <3>\n"; got != want {
		t.Errorf("Format of a leaf = %q, want %q", got, want)
	}
	twice := b.Below(Test{Low(2), 0xff}, 0x80, b.Leaf(1), b.Leaf(2))
	n := b.Split(Test{Arch, whole}, []uint32{0x40000003, 0x40000004, 0xc000003e}, []*Node{
		b.Leaf(0),
		b.Split(Test{Nr, whole}, []uint32{1, 5}, []*Node{twice, b.Leaf(0), b.Below(Test{High(0), whole}, 1, b.Leaf(7), twice)}),
		b.Leaf(9),
		b.Below(Test{Nr, 1}, 1, twice, b.Leaf(0)),
	})
	want := ` #1 arch
  0..0x40000002: <0>
  0x40000003: #2 nr
    0: #3 a2.low & 0xff
      0..127: <1>
      128..255: <2>
    1..4: <0>
    5..0xffffffff: #4 a0.high
      0: <7>
      1..0xffffffff: as #3
  0x40000004..0xc000003d: <9>
  0xc000003e..0xffffffff: #5 nr & 0x1
    0: as #3
    1: <0>
`
	if diff := gocmp.Diff(want, n.Format(verdict)); diff != "" {
		t.Errorf("Format (-want +got)\n%s", diff)
	}
	if a, b := n.Format(verdict), n.Format(verdict); a != b {
		t.Errorf("Format twice is\n%s\nand\n%s", a, b)
	}
}
