package profile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seccompile/seccompile/profile/policy"
)

// mostNames is how many names a merged note lists.
const mostNames = 8

// MergeNames merges notes that say the same of several names of one entry. The first note
// stays in its place, and its Others lists the other names. Notes on unknown names are
// not merged, since each has its own suggestion. If [Profile.Resolve] did not return the
// Resolution, MergeNames returns the notes unchanged.
func (res *Resolution) MergeNames(notes []Note) []Note {
	if res == nil || res.from == nil {
		return notes
	}
	type kind struct {
		code   Code
		effect Effect
		list   listAt // of the names
		text   string // without the name
	}
	first := map[kind]int{} // in merged
	merged := make([]Note, 0, len(notes))
	ofList := map[kind]int{} // how many notes there are, whatever their texts
	for _, n := range notes {
		if list, _, ok := cutName(n.Path); ok {
			ofList[kind{n.Code, n.Effect, listAt{n.Pos.File, list}, ""}]++
		}
	}
	for _, n := range notes {
		list, index, ok := cutName(n.Path)
		k := kind{n.Code, n.Effect, listAt{n.Pos.File, list}, ""}
		if ok = ok && n.Code != CodeUnknownCall && ofList[k] > 1; ok {
			k.text = strings.Replace(n.Text, res.from.nameAt(k.list, index), "", 1)
		}
		if at, found := first[k]; ok && found {
			merged[at].Others = append(merged[at].Others, n.Path)
			continue
		}
		if ok {
			first[k] = len(merged)
		}
		merged = append(merged, n)
	}
	for i := range merged {
		if n := &merged[i]; len(n.Others) > 0 && isName(n.Path) {
			n.Text += " (likewise " + res.from.nameList(n.Pos.File, n.Others) + ")"
		}
	}
	return merged
}

// Guarded reports whether a rule of the policy depends on the Target, because its
// entry has includes or excludes.
func (res *Resolution) Guarded(r *policy.Rule) bool {
	if res == nil || res.from == nil || r == nil || r.Origin == nil {
		return false
	}
	e := res.from.entryAt(listOf(r.Origin))
	return e != nil && e.guarded()
}

// Requires returns the capabilities that a rule of the policy depends on: the includes.caps of
// its entry. The caller must not change the slice.
func (res *Resolution) Requires(r *policy.Rule) []string {
	if !res.Guarded(r) {
		return nil
	}
	return res.from.entryAt(listOf(r.Origin)).Includes.Caps
}

// A listAt is the place of a list of names: entries may be from several files.
type listAt struct{ file, path string }

// listOf returns the list that an origin is in.
func listOf(o *policy.Origin) listAt { return listAt{o.Pos.File, o.List} }

// nameList returns some of the names of an entry, by their JSON Pointers.
func (r *resolver) nameList(file string, paths []string) string {
	var names []string
	for _, path := range paths[:min(len(paths), mostNames)] {
		list, index, _ := cutName(path)
		names = append(names, r.nameAt(listAt{file, list}, index))
	}
	s := strings.Join(names, ", ")
	if more := len(paths) - mostNames; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// entryAt returns the entry that has a list of names, or nil.
func (r *resolver) entryAt(list listAt) *entry {
	r.lists.Do(func() { // methods of a Resolution may run at the same time
		r.byList = make(map[listAt]*entry, len(r.profile.entries))
		for i := range r.profile.entries {
			if e := &r.profile.entries[i]; len(e.Names) > 0 {
				r.byList[listOf(&e.Names[0].Origin)] = e
			}
		}
	})
	return r.byList[list]
}

// nameAt returns the name at an index of a list.
func (r *resolver) nameAt(list listAt, index int) string {
	e := r.entryAt(list)
	if e == nil {
		return ""
	}
	i, ok := slices.BinarySearchFunc(e.Names, int32(index), func(n callName, i int32) int { return cmp.Compare(n.Index, i) })
	if !ok {
		return ""
	}
	return e.Names[i].Name
}

// isName reports whether a JSON Pointer is that of a name.
func isName(path string) bool {
	_, _, ok := cutName(path)
	return ok
}

// cutName parts the JSON Pointer of a name into that of its list and the index; ok
// is false for any other.
func cutName(path string) (list string, i int, ok bool) {
	at := strings.LastIndexByte(path, '/')
	if at < 0 {
		return "", 0, false
	}
	list = path[:at]
	i, err := strconv.Atoi(path[at+1:])
	key := list[strings.LastIndexByte(list, '/')+1:]
	return list, i, err == nil && strings.EqualFold(key, "names")
}
