package main

import (
	"slices"
	"strings"

	"github.com/seccompile/seccompile/profile"
)

// A jsonNote is a note of the profile that concerns a call.
type jsonNote struct {
	Place  jsonPlace `json:"place"`
	Effect string    `json:"effect"`
	Text   string    `json:"text"`
}

// concerning returns the notes on entries that name the query's call, and on unknown names
// that may mean it. Harmless notes, and those on other names of the entries, are left out.
func (x *explainer) concerning(q query) []jsonNote {
	var names, entries []string
	for _, name := range q.names() {
		for _, m := range x.res.Mentions(name) {
			names = append(names, m.Path)
			entries = append(entries, entryPath(m.Path))
		}
	}
	list := []jsonNote{}
	for _, n := range x.res.Notes() {
		on := append([]string{n.Path}, n.Others...)
		isName := strings.HasPrefix(strings.TrimPrefix(n.Path, entryPath(n.Path)), "/name")
		switch {
		case n.Harmless() || n.Effect == profile.Same && slices.Contains(saidOfEntries, n.Code):
			continue
		case n.Code == profile.CodeUnknownCall && slices.ContainsFunc(q.names(), func(name string) bool { return hasWord(n.Text, name) }):
		case isName && slices.ContainsFunc(on, func(path string) bool { return slices.Contains(names, path) }):
		case !isName && slices.Contains(entries, entryPath(n.Path)):
		default:
			continue
		}
		text := n
		text.Pos, text.Path = profile.Note{}.Pos, ""
		list = append(list, jsonNote{*placeJSON(n.Pos, n.Path), n.Effect.String(), text.String()})
	}
	return list
}

// saidOfEntries are notes that say why an entry does not decide, as the list of entries does.
var saidOfEntries = []profile.Code{profile.CodeOverlap, profile.CodeRedundant, profile.CodeShadowed, profile.CodeSaysDefault, profile.CodeFirstCounts}

// names are the names of entries that can decide the query.
func (q query) names() []string {
	if q.mux == "" {
		return []string{q.name}
	}
	return []string{q.name, q.mux}
}

// entryPath returns the JSON Pointer of the entry that a pointer leads into, "" if it does
// not lead into one.
func entryPath(path string) string {
	before, after, ok := strings.Cut(path, "/syscalls/")
	if !ok {
		return ""
	}
	index, _, _ := strings.Cut(after, "/")
	return before + "/syscalls/" + index
}

// hasWord reports whether a text has a name of a call that is not part of a longer one.
func hasWord(text, name string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	}), name)
}

// weakerElsewhere returns how many notes by which the policy is weaker than the text do not
// concern the calls of explanations.
func (x *explainer) weakerElsewhere(list []explanation) (n int) {
	told := map[jsonPlace]bool{}
	for _, e := range list {
		for _, note := range e.Notes {
			told[note.Place] = true
		}
	}
	for _, note := range x.res.Notes() {
		if note.Effect == profile.Weaker && !told[*placeJSON(note.Pos, note.Path)] {
			n++
		}
	}
	return n
}
