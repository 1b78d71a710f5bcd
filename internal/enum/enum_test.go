package enum

import "testing"

func TestNames(t *testing.T) {
	n := Names{"red", "green", "blue"}
	for i, want := range map[int]string{0: "red", 2: "blue", 3: "Color(3)", -1: "Color(-1)"} {
		if got := n.Name("Color", i); got != want {
			t.Errorf("Name(%d) = %q, want %q", i, got, want)
		}
		text, err := n.Marshal("Color", i)
		if (err == nil) != (i >= 0 && i < 3) || err == nil && string(text) != want {
			t.Errorf("Marshal(%d) = %q, %v", i, text, err)
		}
	}
	for i, name := range n {
		if got, err := n.Parse("color", name); got != i || err != nil {
			t.Errorf("Parse(%s) = %d, %v", name, got, err)
		}
	}
	for in, want := range map[string]string{
		"gren": `unknown color "gren" (did you mean green?)`,
		"":     `unknown color "" (one of red, green or blue)`,
	} {
		if _, err := n.Parse("color", in); err == nil || err.Error() != want {
			t.Errorf("Parse(%q): %v, want %s", in, err, want)
		}
	}
}
