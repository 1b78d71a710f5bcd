package layers

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMap: the paths that CONTRIBUTING.md names exist, and its map has every public
// package.
func TestMap(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, m := range regexp.MustCompile("`([a-z.][\\w.-]*(/[\\w.-]+)+|[\\w-]+\\.(go|md))`").FindAllStringSubmatch(string(text), -1) {
		if strings.HasSuffix(m[1], "vX.Y.Z") {
			continue // a tag
		}
		paths = append(paths, m[1])
		if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
			t.Errorf("CONTRIBUTING.md: %v", err)
		}
	}
	if len(paths) < 20 {
		t.Errorf("CONTRIBUTING.md names %q, want 20 paths or more", paths)
	}
	_, table, _ := strings.Cut(string(text), "\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var mapped []string
	for row := range strings.Lines(table) {
		first := strings.Split(row, "|")[1]
		mapped = append(mapped, strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune("`, ", r) })...)
	}
	for _, l := range layers {
		if !strings.Contains(l.dir, "internal/") && !slices.Contains(mapped, l.dir) {
			t.Errorf("the map of CONTRIBUTING.md lacks %s", l.dir)
		}
	}
}
