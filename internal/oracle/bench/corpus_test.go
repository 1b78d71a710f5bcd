//go:build seccomp

package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCorpus: on no profile from the field another compiler's program, proved equal, is
// better than ours in instructions or mean path and not worse in the other.
func TestCorpus(t *testing.T) {
	const dir = "../../../../shared/corpus"
	if files, _ := filepath.Glob(dir + "/*.json"); len(files) == 0 {
		t.Skip("the profiles from the field are not there")
	}
	n, scores, err := scoresOf(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scores {
		if len(s.wins) > 0 {
			t.Errorf("%s wins on %q", s.name, s.wins)
		}
		if s.equal < n/3 {
			t.Errorf("%s: %d of %d profiles are proved equal, want a third", s.name, s.equal, n)
		}
	}
	t.Logf("%d profiles\n%s", n, scoreTable(scores))
}

// TestClassTable: a profile is in the row of its size, and medians are of the rows' own.
func TestClassTable(t *testing.T) {
	at := func(calls, ours, theirs int, time float64) pair {
		return pair{calls, size{ours, 2}, size{theirs, 3}, time}
	}
	list := []score{
		{name: "a", pairs: []pair{at(15, 10, 20, 4), at(16, 10, 40, 8), at(63, 20, 40, 2), at(20, 10, 30, 6), at(4000, 100, 100, 0.5)}},
		{name: "b", pairs: []pair{at(1, 10, 15, 1)}},
	}
	want := `| calls |  | profiles | our instructions | theirs | instructions ÷ ours | mean path ÷ ours | time ÷ ours |
|---|---:|---:|---:|---:|---:|---:|---:|
| up to 15 | a | 1 | 10 | 20 | 2.00 | 1.50 | 4.0 |
| up to 15 | b | 1 | 10 | 15 | 1.50 | 1.50 | 1.0 |
| 16 to 63 | a | 3 | 10 | 40 | 3.00 | 1.50 | 6.0 |
| 256 and more | a | 1 | 100 | 100 | 1.00 | 1.50 | 0.5 |
`
	if diff := cmp.Diff(want, classTable(list)); diff != "" {
		t.Errorf("classTable (-want +got)\n%s", diff)
	}
	for i := range list { // the picture finds the colors by name
		list[i].name = rivals[i].name
	}
	if p := corpusPicture(list); drawn(t, p) != 2*len(list) || !bytes.Equal(p.data, corpusPicture(list).data) {
		t.Errorf("corpus.svg has %d series, want %d, each time alike", drawn(t, p), 2*len(list))
	}
}

// TestScore: who wins, and what is counted.
func TestScore(t *testing.T) {
	ours := size{10, 5}
	tests := []struct {
		theirs size
		want   score
	}{
		{size{10, 5}, score{same: 1, alike: 1}},
		{size{9, 5}, score{smaller: 1, alike: 1, wins: []string{"p1"}}},
		{size{10, 4.5}, score{same: 1, faster: 1, wins: []string{"p1"}}},
		{size{9, 4}, score{smaller: 1, faster: 1, wins: []string{"p1"}}},
		{size{9, 6}, score{smaller: 1, slower: 1}},
		{size{11, 4}, score{larger: 1, faster: 1}},
		{size{11, 6}, score{larger: 1, slower: 1}},
	}
	for _, tt := range tests {
		var got score
		got.add("p1", ours, tt.theirs)
		tt.want.equal = 1
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(score{})); diff != "" {
			t.Errorf("add(%v, %v) (-want +got)\n%s", ours, tt.theirs, diff)
		}
	}
}
