//go:build seccomp

package main

import (
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
	n, scores, err := scoresOf(dir)
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
