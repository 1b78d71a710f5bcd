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

// A concern is a note that is not left out, and what it is about.
type concern struct {
	said  jsonNote
	entry string   // JSON Pointer of the entry that it is in
	names []string // JSON Pointers of the names of calls that it is on, nil for the whole entry
	means []string // calls that an unknown name may mean
}

// concerning returns the notes on entries that name the query's call, and on unknown names
// that may mean it. Harmless notes, and those on other names of the entries, are left out.
func (x *explainer) concerning(q query) []jsonNote {
	names, entries := map[string]bool{}, map[string]bool{}
	for _, name := range q.names() {
		for _, m := range x.res.Mentions(name) {
			names[m.Path], entries[entryPath(m.Path)] = true, true
		}
	}
	list := []jsonNote{}
	for _, c := range x.concerns() {
		means := func(name string) bool { return slices.Contains(c.means, name) }
		named := func(path string) bool { return names[path] }
		if slices.ContainsFunc(q.names(), means) || slices.ContainsFunc(c.names, named) || c.names == nil && entries[c.entry] {
			list = append(list, c.said)
		}
	}
	return list
}

// concerns returns the notes that can concern a call.
func (x *explainer) concerns() []concern {
	if x.noted {
		return x.notesOn
	}
	x.noted = true
	for _, n := range x.res.Notes() {
		c := concern{entry: entryPath(n.Path)}
		if n.Harmless() || c.entry == "" || n.Effect == profile.Same && slices.Contains(saidOfEntries, n.Code) {
			continue
		}
		if strings.HasPrefix(n.Path[len(c.entry):], "/name") {
			c.names = append([]string{n.Path}, n.Others...)
		}
		if n.Code == profile.CodeUnknownCall {
			c.means = callsIn(n.Text)
		}
		text := n
		text.Pos, text.Path = profile.Note{}.Pos, ""
		c.said = jsonNote{*placeJSON(n.Pos, n.Path), n.Effect.String(), text.String()}
		x.notesOn = append(x.notesOn, c)
	}
	return x.notesOn
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

// callsIn returns the words of a text that can be names of calls.
func callsIn(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
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
